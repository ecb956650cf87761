import PQueue from 'p-queue';
import { type Polling, pollQueue } from '../aws/polling.ts';
import { deleteAll, hideAll, type Queue, type Received } from '../aws/queues.ts';
import type { Lease, Work, WorkItem } from '../reconcile/controller.ts';
import { LeaseLostError, StatusConflictError } from '../reconcile/errors.ts';
import { formatKey } from '../reconcile/key.ts';
import { sleep } from '../reconcile/ports.ts';
import type { Report } from '../reconcile/reconcile.ts';
import { backoff, spread } from '../reconcile/retry.ts';
import { Crowd, type Stay } from './crowd.ts';
import { HeldLease } from './lease.ts';
import type { Postponed, WorkerListener } from './listener.ts';
import { type Parcel, receivesOf, sortByKey, type WorkMessage, workOf } from './parcel.ts';
import { RecentPasses } from './recent.ts';

/** How long a received message is hidden from other workers; a crash costs its key this long. */
const VISIBILITY_SECONDS = 30;

/** A key whose pass broke down comes back after this. Doubles with each receive, from the first to the last. */
const AFTER_ERROR_FIRST_MS = 5_000;
const AFTER_ERROR_LAST_MS = 60_000;

/** A key whose status somebody else wrote comes back sooner. */
const AFTER_CONFLICT_FIRST_MS = 1_000;

/** A key whose last pass here still runs although its lease is gone. */
const WHILE_BUSY_MS = 15_000;

/** How often a worker with no free slot says that it is alive. */
const TURN_MS = 20_000;

/** A message that was received ten times goes to the dead letters; one whose account is slow is let go before. */
const CROWDED_RECEIVES_MAX = 8;

/** How long running passes may take to end when the worker stops. */
const DRAIN_MS = 30_000;

/** How a pass ended for the queue: only `done` messages are deleted, `lost` ones are somebody else's. */
type Ending = 'done' | 'lost' | 'conflict' | 'failed';

export interface WorkerOptions {
  readonly queue: Queue;
  /** Keys worked on at the same time. */
  readonly concurrency: number;
  /** One pass. When it throws, its messages stay in the queue. */
  readonly handle: (work: Work, lease: Lease) => Promise<Pick<Report, 'outcome' | 'gathering' | 'deferring'>>;
  /** Sends a cause to its key again in `forMs`; nothing is put off where nobody says how. */
  readonly defer?: (item: WorkItem, forMs: number) => Promise<void>;
  /** Whether keys of several accounts come; never, unless said. */
  readonly isShared?: () => boolean;
  readonly listener?: WorkerListener;
}

/**
 * Works on the keys of the FIFO work queue, at most `concurrency` at a time, and receives only for free slots.
 * SQS hands a key (a message group) to one worker at a time; heartbeats keep it so while a pass runs. Messages are
 * deleted after their effect, never before.
 */
export class Worker {
  private readonly options: WorkerOptions;
  private readonly passes = new PQueue();
  private readonly crowd: Crowd;
  private readonly recent = new RecentPasses();
  /** Keys whose pass runs, by name: one whose lease was lost may still do so when its key comes again. */
  private readonly running = new Set<string>();
  private readonly leases = new Set<HeldLease>();
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private slotFreed: () => void = () => {};

  constructor(options: WorkerOptions) {
    this.options = options;
    this.crowd = new Crowd(options.concurrency, options.isShared ?? (() => false));
  }

  start(): void {
    const { queue, listener } = this.options;
    const polling: Polling = {
      queue,
      visibilitySeconds: VISIBILITY_SECONDS,
      room: () => this.room(),
      take: (messages, polledAt) => this.take(messages, polledAt),
      polled: () => listener?.polled?.(),
      failing: (error) => {
        listener?.turned?.();
        listener?.failing?.('receiving from the work queue', error);
      },
    };
    this.loop = pollQueue(polling, this.stopping.signal);
  }

  /**
   * Receives nothing more, gives back what has not begun, and waits for running passes. Those that take longer
   * than `drainMs` lose their lease, and their keys go to another worker when SQS shows the messages again.
   * Resolves to whether all of them ended.
   */
  async stop(drainMs: number = DRAIN_MS): Promise<boolean> {
    this.stopping.abort();
    this.slotFreed();
    const ended = new AbortController();
    const drained = Promise.all([this.loop, this.passes.onIdle()]).then(() => true);
    const late = sleep(this.options.queue.clock, drainMs, ended.signal).then(() => false);
    const inTime = await Promise.race([drained, late]);
    ended.abort();
    for (const lease of this.leases) lease.lose();
    return inTime;
  }

  private async room(): Promise<number> {
    for (;;) {
      const { clock } = this.options.queue;
      const free = this.crowd.free(clock.now());
      if (free > 0 || this.stopping.signal.aborted) return free;
      const freed = new AbortController();
      this.slotFreed = () => freed.abort();
      await sleep(clock, this.crowd.lookMs ?? TURN_MS, freed.signal);
      // Nobody waits now, and an abort costs an error with its stack though nobody hears it.
      this.slotFreed = () => {};
      this.options.listener?.turned?.();
    }
  }

  private take(received: readonly Received[], polledAt: number): void {
    const { listener } = this.options;
    const { parcels, unreadable } = sortByKey(received);
    if (unreadable.length > 0) listener?.unreadable?.(unreadable.length);
    for (const parcel of parcels) {
      const redelivered = receivesOf(parcel.messages) > 1;
      listener?.work?.({ type: 'ready', key: parcel.key, redelivered });
      const stay = this.crowd.enter(placeOf(parcel), this.options.queue.clock.now());
      this.passes
        .add(() => this.work(parcel, polledAt, stay))
        .catch((error: unknown) => listener?.failing?.(`handling the messages of ${parcel.name}`, error))
        .then(() => {
          this.crowd.leave(stay);
          this.slotFreed();
        });
    }
  }

  private async work(parcel: Parcel, polledAt: number, stay: Stay): Promise<void> {
    const isCrowded = this.crowd.isCrowded(stay, this.options.queue.clock.now());
    const passed = isCrowded ? await this.leaveForLater(parcel) : await this.workOn(parcel, polledAt);
    if (!passed) this.options.listener?.work?.({ type: 'released', key: parcel.key });
  }

  /** Its account is slow. What waited often enough goes: the account's next sweep finds it, the dead letters must not. */
  private async leaveForLater(parcel: Parcel): Promise<false> {
    const receives = receivesOf(parcel.messages);
    if (receives < CROWDED_RECEIVES_MAX) {
      const delayMs = spread(backoff(receives, AFTER_ERROR_FIRST_MS, AFTER_ERROR_LAST_MS), parcel.name);
      await this.postpone(parcel, 'crowded', delayMs);
    } else await this.remove(parcel.messages);
    return false;
  }

  /** Returns whether there was a pass. */
  private async workOn(parcel: Parcel, polledAt: number): Promise<boolean> {
    if (this.stopping.signal.aborted) {
      await this.hide(parcel.messages, 0);
      return false;
    }
    if (this.running.has(parcel.name)) {
      await this.postpone(parcel, 'busy', WHILE_BUSY_MS);
      return false;
    }
    // The order to sweep is no news that an earlier pass can have seen.
    const isOrder = parcel.key.kind === 'sweep';
    const now = this.options.queue.clock.now();
    const fresh = parcel.messages.filter((message) => isOrder || !this.recent.covers(parcel.name, message));
    const isAwaited = fresh.every((message) => this.recent.awaits(parcel.name, message, now));
    if (isAwaited) this.recent.gather(parcel.name, fresh);
    // Sending takes a while, and nobody else is to begin a pass meanwhile.
    this.running.add(parcel.name);
    const isLeft = isAwaited || (await this.putOff(parcel, fresh, now));
    this.running.delete(parcel.name);
    const skipped = parcel.messages.length - (isLeft ? 0 : fresh.length);
    if (skipped > 0) this.options.listener?.skipped?.(parcel.key, skipped);
    if (isLeft) {
      await this.remove(parcel.messages);
      return false;
    }
    const waitMs = this.recent.waitMs(parcel.name, now);
    if (waitMs > 0) {
      await this.postpone(parcel, 'storm', waitMs);
      return false;
    }
    return this.workUnderLease(
      parcel,
      workOf(parcel.key, fresh, this.recent.gathered(parcel.name, now)),
      polledAt,
    );
  }

  /** Has the first of the messages sent again later where its look need not come now; tells whether that worked. */
  private async putOff(
    { key, name }: Parcel,
    messages: readonly WorkMessage[],
    now: number,
  ): Promise<boolean> {
    const { defer, listener } = this.options;
    const look = this.recent.deferral(name, messages, now);
    const [first] = messages;
    if (defer === undefined || look === undefined || first === undefined) return false;
    try {
      await defer({ key, cause: first.cause, toldAt: first.sentAt }, look.until - now);
    } catch (error) {
      listener?.failing?.(`putting off a look at ${name}`, error);
      return false;
    }
    this.recent.deferred(name, messages, look, now);
    return true;
  }

  private async workUnderLease(parcel: Parcel, work: Work, polledAt: number): Promise<boolean> {
    const lease = this.leaseOn(parcel.messages, polledAt);
    this.leases.add(lease);
    // From here on nothing is gathered: the work knows what it takes.
    this.running.add(parcel.name);
    try {
      if (!(await lease.begin())) {
        this.running.delete(parcel.name);
        const lost = new LeaseLostError('the pass could begin');
        this.options.listener?.failing?.(`taking the lease on ${parcel.name}`, lost);
        return false;
      }
      await this.pass(parcel, work, lease);
      return true;
    } finally {
      this.leases.delete(lease);
      void lease.end();
    }
  }

  /** The lease holds the skipped messages too: in a FIFO group those before a hidden one can be received. */
  private leaseOn(messages: readonly WorkMessage[], polledAt: number): HeldLease {
    const { queue } = this.options;
    return new HeldLease({
      clock: queue.clock,
      visibilityMs: VISIBILITY_SECONDS * 1000,
      heldFrom: polledAt,
      renew: async () => (await hideAll(queue, messages, VISIBILITY_SECONDS)).length === 0,
    });
  }

  private async pass(parcel: Parcel, work: Work, lease: HeldLease): Promise<void> {
    const { key } = work;
    const { queue, listener } = this.options;
    const startedAt = queue.clock.now();
    this.recent.began(parcel.name, startedAt);
    listener?.work?.({ type: 'started', key });
    const ending = await this.endingOf(work, lease, startedAt);
    listener?.work?.({ type: 'ended', key });
    this.running.delete(parcel.name);
    const ended = lease.end();
    if (ending === 'done') return this.remove(parcel.messages);
    if (ending === 'lost') return;
    // A heartbeat that is still on its way would hide the messages for longer again.
    await ended;
    await this.postpone(parcel, ending, backoffOf(ending, parcel));
  }

  private async endingOf(work: Work, lease: HeldLease, startedAt: number): Promise<Ending> {
    try {
      const { outcome, ...patience } = await this.options.handle(work, lease);
      // A dropped wake was not worth a look at the world, so nothing is seen by it.
      if (outcome !== 'dropped') this.recent.completed(formatKey(work.key), work.beganAt, patience);
      return 'done';
    } catch (error) {
      const durationMs = this.options.queue.clock.now() - startedAt;
      this.options.listener?.failure?.({ work, error, durationMs });
      if (error instanceof LeaseLostError || lease.signal.aborted) return 'lost';
      return error instanceof StatusConflictError ? 'conflict' : 'failed';
    }
  }

  private postpone(parcel: Parcel, why: Postponed, delayMs: number): Promise<void> {
    this.options.listener?.postponed?.(parcel.key, why, delayMs);
    return this.hide(parcel.messages, Math.ceil(delayMs / 1000));
  }

  private async hide(messages: readonly WorkMessage[], seconds: number): Promise<void> {
    for (const { code, message } of await hideAll(this.options.queue, messages, seconds)) {
      this.options.listener?.failing?.('putting work messages back', new Error(`${code}: ${message}`));
    }
  }

  private async remove(messages: readonly WorkMessage[]): Promise<void> {
    for (const { code, message } of await deleteAll(this.options.queue, messages)) {
      this.options.listener?.failing?.('deleting work messages', new Error(`${code}: ${message}`));
    }
  }
}

function placeOf({ key }: Parcel): string {
  return `${key.account}/${key.region}`;
}

function backoffOf(ending: 'conflict' | 'failed', parcel: Parcel): number {
  const firstMs = ending === 'conflict' ? AFTER_CONFLICT_FIRST_MS : AFTER_ERROR_FIRST_MS;
  return spread(backoff(receivesOf(parcel.messages), firstMs, AFTER_ERROR_LAST_MS), parcel.name);
}
