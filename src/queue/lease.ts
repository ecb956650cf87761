import type { Lease } from '../reconcile/controller.ts';
import { LeaseLostError } from '../reconcile/errors.ts';
import type { Clock } from '../reconcile/ports.ts';

/** No mutating call starts this shortly before the lease may end: it may take a while to arrive. */
export const LEASE_MARGIN_MS = 10_000;

/** A pass that takes longer than this is stuck; its key goes to somebody else. */
const PASS_MAX_MS = 900_000;

/** A pass does not begin with less time than this left; the lease is renewed first. */
const BEGIN_MIN_MS = 5_000;

export interface LeaseOptions {
  readonly clock: Clock;
  /** For how long the messages were hidden, and are with each heartbeat. */
  readonly visibilityMs: number;
  /** When the receive that handed out the messages was sent: SQS hid them then or later. */
  readonly heldFrom: number;
  /** Hides the messages for another `visibilityMs`; false or an error means that it may not have worked. */
  readonly renew: () => Promise<boolean>;
}

/**
 * The right to write a key, as long as its messages stay hidden from other workers. It is counted from before the
 * call that hid them, so it ends here before it ends there. Once lost it never comes back.
 */
export class HeldLease implements Lease {
  private readonly options: LeaseOptions;
  private readonly lost = new AbortController();
  private isOver = false;
  /** Ends what waits here: a second signal for that would cost more than all the rest of a lease. */
  private readonly wakes = new Set<() => void>();
  private heldFrom: number;
  private beating: Promise<void> = Promise.resolve();

  constructor(options: LeaseOptions) {
    this.options = options;
    this.heldFrom = options.heldFrom;
  }

  get signal(): AbortSignal {
    return this.lost.signal;
  }

  check(doing: string): void {
    if (this.isOver || this.lost.signal.aborted || this.leftMs() <= 0) {
      throw new LeaseLostError(doing);
    }
  }

  /** Begins the heartbeats; false when the lease could not be had, because the receive took too long. */
  async begin(): Promise<boolean> {
    if (this.leftMs() < BEGIN_MIN_MS) await this.renew();
    if (this.lost.signal.aborted) return false;
    this.beating = this.beat();
    void this.watch(this.options.clock.now() + PASS_MAX_MS);
    return true;
  }

  /** Ends the lease; resolves when no heartbeat is on its way any more. */
  async end(): Promise<void> {
    this.isOver = true;
    for (const wake of this.wakes) wake();
    await this.beating;
  }

  /** Gives the lease up without having it taken: nobody may count on it from now on. */
  lose(): void {
    this.lost.abort();
  }

  private leftMs(): number {
    return this.heldFrom + this.options.visibilityMs - LEASE_MARGIN_MS - this.options.clock.now();
  }

  private async beat(): Promise<void> {
    const { clock, visibilityMs } = this.options;
    for (;;) {
      const waitMs = this.heldFrom + visibilityMs / 3 - clock.now();
      await this.wait(Math.max(0, waitMs));
      if (this.isOver || this.lost.signal.aborted) return;
      await this.renew();
    }
  }

  private async renew(): Promise<void> {
    const sentAt = this.options.clock.now();
    const renewed = await this.options.renew().catch(() => false);
    if (renewed) this.heldFrom = sentAt;
    else if (!this.isOver) this.lost.abort();
  }

  /** Aborts the pass when its time is over, also while a heartbeat hangs. */
  private async watch(untilAt: number): Promise<void> {
    const { clock } = this.options;
    while (!this.isOver && !this.lost.signal.aborted) {
      const leftMs = Math.min(this.leftMs(), untilAt - clock.now());
      if (leftMs <= 0) this.lost.abort();
      else await this.wait(leftMs);
    }
  }

  /** Until then, or until the lease is over. */
  private wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.isOver) {
        resolve();
        return;
      }
      const wake = () => {
        cancel();
        this.wakes.delete(wake);
        resolve();
      };
      const cancel = this.options.clock.setTimer(delayMs, wake);
      this.wakes.add(wake);
    });
  }
}
