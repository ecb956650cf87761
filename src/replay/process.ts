import type { CancelTimer, Clock } from '../reconcile/ports.ts';
import type { Simulator } from '../simulator/account.ts';
import { type Gate, SimulatedTransport } from '../simulator/transport.ts';

/**
 * What one controller sees of the world, and can lose at once: after `kill` none of its timers fires and none of
 * its calls is answered. Calls that were on the wire still take effect, as when a real process dies.
 */
export class MortalProcess implements Clock {
  readonly requestHandler: SimulatedTransport;
  private readonly clock: Clock;
  private readonly timers = new Set<CancelTimer>();
  private dead = false;

  constructor(clock: Clock, simulator: Simulator, options: { readonly client: string; readonly gate: Gate }) {
    this.clock = clock;
    this.requestHandler = new SimulatedTransport(simulator, { ...options, isGone: () => this.dead });
  }

  now(): number {
    return this.clock.now();
  }

  setTimer(delayMs: number, fire: () => void): CancelTimer {
    if (this.dead) return () => {};
    const cancel = this.clock.setTimer(delayMs, () => {
      this.timers.delete(cancel);
      fire();
    });
    this.timers.add(cancel);
    return () => {
      this.timers.delete(cancel);
      cancel();
    };
  }

  kill(): void {
    this.dead = true;
    for (const cancel of this.timers) cancel();
    this.timers.clear();
  }
}
