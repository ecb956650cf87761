import { type Polling, pollQueue } from '../aws/polling.ts';
import { deleteAll, type Outgoing, type Queue, type Received, type Refusal, sendAll } from '../aws/queues.ts';
import type { WorkItem, WorkSink } from '../reconcile/controller.ts';
import type { Key } from '../reconcile/key.ts';
import { type IntakeMessage, parseIntakeMessage } from './event.ts';
import type { IgnoredReason, Routing } from './routing.ts';
import { wakeMessage } from './wakes.ts';

/** Handling a batch takes three round trips; the rest is for a slow day. */
const VISIBILITY_SECONDS = 30;

/** Batches handled at the same time; more only when the queue is full. */
const BATCHES_MAX = 4;

/**
 * What became of one intake message. `later` is a wake that is not due and was sent on; `noted` is for people only;
 * `failed` comes back by itself, for a key could not be found or queued.
 */
export interface IntakeReport {
  /** Who sent it: `aws.ssm`, `aws.ecs`, `aws.codebuild`, `trimtab` (wakes, requests, what was put off), or `other`. */
  readonly source: string;
  readonly result: 'queued' | 'later' | 'noted' | 'ignored' | 'malformed' | 'failed';
  /** Why it was ignored; from a closed set. */
  readonly reason?: IgnoredReason;
  readonly keys: number;
  /** The app of which a scheduled task failed. */
  readonly failedTask?: Key;
  /** From when SQS got it until now; approximate, for the clocks are two. */
  readonly ageMs: number;
}

/** Listens to an intake. No message body ever gets here. */
export interface IntakeListener {
  /** The intake queue answered a poll. */
  readonly polled?: () => void;
  /** A poll failed; told each time, so that the intake is not taken for dead. */
  readonly turned?: () => void;
  readonly intake?: (report: IntakeReport) => void;
  /** A call to SQS or a look-up failed; the loop goes on by itself. */
  readonly failing?: (doing: string, error: unknown) => void;
}

export interface IntakeOptions {
  readonly queue: Queue;
  readonly sink: WorkSink;
  readonly route: (message: IntakeMessage, now: number) => Promise<Routing>;
  readonly listener?: IntakeListener;
}

const SOURCES: Readonly<Record<IntakeMessage['type'], string>> = {
  parameter: 'aws.ssm',
  service: 'aws.ecs',
  task: 'aws.ecs',
  failedSchedule: 'aws.ecs',
  build: 'aws.codebuild',
  wake: 'trimtab',
  request: 'trimtab',
  deferred: 'trimtab',
  unknown: 'other',
};

interface Handled {
  readonly received: Received;
  readonly message: IntakeMessage;
  /** Undefined when a look-up failed. */
  readonly routing: Routing | undefined;
}

/**
 * Turns what arrives in the intake queue into keys on the work queue. A message is deleted once all it means was
 * sent; what says nothing to us is counted and deleted, so that nothing comes back for ever.
 */
export class Intake {
  private readonly options: IntakeOptions;
  private readonly stopping = new AbortController();
  private readonly batches = new Set<Promise<void>>();
  private loop: Promise<void> = Promise.resolve();

  constructor(options: IntakeOptions) {
    this.options = options;
  }

  start(): void {
    const { queue, listener } = this.options;
    const polling: Polling = {
      queue,
      visibilitySeconds: VISIBILITY_SECONDS,
      room: () => this.room(),
      take: (messages) => this.take(messages),
      polled: () => listener?.polled?.(),
      failing: (error) => {
        listener?.turned?.();
        listener?.failing?.('receiving from the intake queue', error);
      },
    };
    this.loop = pollQueue(polling, this.stopping.signal);
  }

  /** Stops polling and waits for the batches at hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    await Promise.all(this.batches);
  }

  private async room(): Promise<number> {
    while (this.batches.size >= BATCHES_MAX) await Promise.race(this.batches);
    return Number.POSITIVE_INFINITY;
  }

  private take(messages: readonly Received[]): void {
    const batch = this.handle(messages)
      .catch((error: unknown) => this.options.listener?.failing?.('handling intake messages', error))
      .then(() => {
        this.batches.delete(batch);
      });
    this.batches.add(batch);
  }

  private async handle(messages: readonly Received[]): Promise<void> {
    const handled = await Promise.all(messages.map((received) => this.understand(received)));
    const [unsent, unsentWakes] = await Promise.all([this.addWork(handled), this.sendLater(handled)]);
    const done: Received[] = [];
    for (const one of handled) {
      const kept = one.routing === undefined || unsentWakes.has(one) || isUnsent(one.routing, unsent);
      if (!kept) done.push(one.received);
      this.options.listener?.intake?.(this.report(one, kept));
    }
    this.tell('deleting intake messages', await deleteAll(this.options.queue, done));
  }

  private async understand(received: Received): Promise<Handled> {
    const message = parseIntakeMessage(received.body, received.messageId);
    try {
      const routing = await this.options.route(message, this.options.queue.clock.now());
      return { received, message, routing };
    } catch (error) {
      this.options.listener?.failing?.('finding the keys of an event', error);
      return { received, message, routing: undefined };
    }
  }

  private async addWork(handled: readonly Handled[]): Promise<ReadonlySet<WorkItem>> {
    const items = handled.flatMap(({ routing }) => (routing?.type === 'work' ? routing.items : []));
    if (items.length === 0) return new Set();
    return new Set(await this.options.sink.addAll(items));
  }

  private async sendLater(handled: readonly Handled[]): Promise<ReadonlySet<Handled>> {
    const now = this.options.queue.clock.now();
    const wakes: (Outgoing & { readonly from: Handled })[] = handled.flatMap((one) => {
      if (one.routing?.type !== 'later') return [];
      return [{ ...wakeMessage(one.routing.wake.key, one.routing.wake, now), from: one }];
    });
    const refusals = await sendAll(this.options.queue, wakes);
    this.tell('sending wakes on', refusals);
    return new Set(refusals.map(({ entry }) => entry.from));
  }

  private report({ received, message, routing }: Handled, kept: boolean): IntakeReport {
    const ageMs = Math.max(0, this.options.queue.clock.now() - received.sentAt);
    const keys = routing?.type === 'work' && !kept ? routing.items.length : 0;
    const draft = { source: SOURCES[message.type], keys, ageMs: Number.isFinite(ageMs) ? ageMs : 0 };
    if (kept || routing === undefined) return { ...draft, result: 'failed' };
    if (routing.type === 'failedTask') return { ...draft, result: 'noted', failedTask: routing.key };
    if (routing.type !== 'ignored')
      return { ...draft, result: routing.type === 'later' ? 'later' : 'queued' };
    const malformed = routing.reason === 'notJson' || routing.reason === 'malformed';
    return { ...draft, result: malformed ? 'malformed' : 'ignored', reason: routing.reason };
  }

  private tell(doing: string, refusals: readonly Refusal<unknown>[]): void {
    for (const { code, message } of refusals) {
      this.options.listener?.failing?.(doing, new Error(`${code}: ${message}`));
    }
  }
}

function isUnsent(routing: Routing, unsent: ReadonlySet<WorkItem>): boolean {
  return routing.type === 'work' && routing.items.some((item) => unsent.has(item));
}
