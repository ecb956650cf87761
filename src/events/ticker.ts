import type { WorkSink } from '../reconcile/controller.ts';
import { assert } from '../reconcile/errors.ts';
import type { Key } from '../reconcile/key.ts';
import { type Clock, sleep } from '../reconcile/ports.ts';
import { backoff } from '../reconcile/retry.ts';

/** SQS forgets a deduplication id after five minutes. Source: SQS using-messagededuplicationid-property.html */
export const SWEEP_MS_MAX = 300_000;

const AFTER_FAILURE_FIRST_MS = 1_000;
const AFTER_FAILURE_LAST_MS = 30_000;

export interface TickerOptions {
  readonly clock: Clock;
  readonly sink: WorkSink;
  /** The sweep keys: one for each account and region that is served now. */
  readonly keys: () => readonly Key[];
  /** Length of a slot, at most five minutes. */
  readonly sweepMs: number;
  /** The sweep of `slot` lies in the work queue, by us or by another replica. */
  readonly ticked?: (slot: number) => void;
  readonly failing?: (error: unknown) => void;
}

/** The number of the slot that `now` falls into; the same on every replica. */
export function sweepSlot(now: number, sweepMs: number): number {
  return Math.floor(now / sweepMs);
}

/**
 * Queues a sweep at start and at the begin of every slot. Every replica does; the queue's deduplication leaves
 * one of them, so a slot must not be longer than it lasts.
 */
export class Ticker {
  private readonly options: TickerOptions;
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(options: TickerOptions) {
    assert(options.sweepMs > 0 && options.sweepMs <= SWEEP_MS_MAX, 'a sweep slot is at most five minutes');
    this.options = options;
  }

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { clock, sweepMs } = this.options;
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted; ) {
      const slot = sweepSlot(clock.now(), sweepMs);
      const ticked = await this.tick(slot);
      failures = ticked ? 0 : failures + 1;
      const nextSlotMs = Math.max(0, (slot + 1) * sweepMs - clock.now());
      const againMs = backoff(failures, AFTER_FAILURE_FIRST_MS, AFTER_FAILURE_LAST_MS);
      await sleep(clock, ticked ? nextSlotMs : Math.min(nextSlotMs, againMs), signal);
    }
  }

  private async tick(slot: number): Promise<boolean> {
    const { keys, sink, ticked, failing } = this.options;
    try {
      const items = keys().map((key) => ({ key, cause: { id: `sweep:${slot}` } }));
      const unsent = await sink.addAll(items);
      if (unsent.length > 0) throw new Error(`${unsent.length} of ${items.length} sweeps were not queued`);
      ticked?.(slot);
      return true;
    } catch (error) {
      failing?.(error);
      return false;
    }
  }
}
