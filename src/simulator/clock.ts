import type { CancelTimer, Clock } from '../reconcile/ports.ts';
import { type Timer, Timers } from './timers.ts';

/** Turns of the event loop without news after which the program is taken to be idle. */
const IDLE_TURNS = 2;

export interface VirtualClockOptions {
  /**
   * Says that the program waits for nothing but promises and timers of this clock, so that one turn of the event loop brings
   * it to its end; false unless set. Turns cost, and a long replay makes a hundred thousand of them a day.
   */
  readonly onlyPromises?: boolean;
}

/**
 * A clock that stands still until somebody runs it. Between two timers the program runs to idleness,
 * so nothing depends on how fast the machine is.
 */
export class VirtualClock implements Clock {
  private time: number;
  private sequence = 0;
  private readonly timers = new Timers();
  private readonly hooks: Array<() => boolean> = [];
  private readonly onlyPromises: boolean;

  constructor(
    startAt: number = Date.UTC(2026, 0, 5, 12),
    { onlyPromises = false }: VirtualClockOptions = {},
  ) {
    this.time = startAt;
    this.onlyPromises = onlyPromises;
  }

  now(): number {
    return this.time;
  }

  setTimer(delayMs: number, fire: () => void): CancelTimer {
    const timer: Timer = {
      at: this.time + Math.max(0, delayMs),
      order: this.sequence++,
      fire,
      isOver: false,
    };
    this.timers.add(timer);
    return () => this.timers.cancel(timer);
  }

  /** Registers work to do whenever the program is idle; it returns whether it did something. */
  onIdle(hook: () => boolean): void {
    this.hooks.push(hook);
  }

  /** Runs `durationMs` of virtual time; timers and idle hooks fire in a fixed order. */
  async advance(durationMs: number): Promise<void> {
    await this.runUntil(this.time + durationMs);
  }

  /** Runs to the instant `until`, and leaves the clock there with the program idle. */
  async runUntil(until: number): Promise<void> {
    for (;;) {
      await this.settle();
      const next = this.timers.first();
      if (next === undefined || next.at > until) break;
      this.time = Math.max(this.time, next.at);
      this.timers.takeFirst();
      next.fire();
    }
    this.time = Math.max(this.time, until);
  }

  /** Advances until `done()` holds; fails with `what` after `limitMs` of virtual time. */
  async waitFor(what: string, done: () => boolean | Promise<boolean>, limitMs = 3_600_000): Promise<void> {
    const limit = this.time + limitMs;
    for (;;) {
      await this.settle();
      if (await done()) return;
      const next = this.timers.first();
      if (next === undefined || next.at > limit) {
        throw new Error(`waited ${limitMs} ms of virtual time for: ${what}`);
      }
      await this.runUntil(next.at);
    }
  }

  private async settle(): Promise<void> {
    do await new Promise<void>((resolve) => this.awaitQuiet(resolve));
    while (this.hooks.some((hook) => hook()));
  }

  /** Calls `go` after some turns in a row in which nobody set a timer, or after one where that says it all. */
  private awaitQuiet(go: () => void): void {
    if (this.onlyPromises) {
      setImmediate(go);
      return;
    }
    let quiet = 0;
    let before = this.sequence;
    const turn = (): void => {
      quiet = this.sequence === before ? quiet + 1 : 0;
      before = this.sequence;
      if (quiet === IDLE_TURNS) go();
      else setImmediate(turn);
    };
    setImmediate(turn);
  }
}
