import type { Clock } from '../../../reconcile/ports.ts';
import type { Message, MessageState } from './message.ts';
import type { Shelf } from './shelf.ts';
import { Timeline } from './timeline.ts';

/** The counts SQS calls approximate; here they are exact. */
export type MessageCounts = Readonly<Record<MessageState, number>>;

/**
 * The messages of one queue and their states. A message becomes visible, and expires, when its instant has
 * come: that is worked out by `settle`, so that a queue nobody waits for needs no timers.
 */
export class MessageStore {
  /** How many messages arrived, ever. */
  arrivals = 0;
  private readonly clock: Clock;
  private readonly shelf: Shelf;
  private readonly retentionMs: () => number;
  private readonly messages = new Map<number, Message>();
  private readonly hidden = new Timeline((position, at) => this.isHiddenUntil(position, at));
  private readonly ages = new Timeline((position) => this.messages.has(position));
  private readonly counts: Record<MessageState, number> = { delayed: 0, visible: 0, inFlight: 0 };

  constructor(clock: Clock, shelf: Shelf, retentionMs: () => number) {
    this.clock = clock;
    this.shelf = shelf;
    this.retentionMs = retentionMs;
  }

  add(message: Message): void {
    this.messages.set(message.position, message);
    this.arrivals = Math.max(this.arrivals, message.position);
    this.counts[message.state] += 1;
    this.ages.push(message.enqueuedAt, message.position);
    if (message.state !== 'visible') this.hidden.push(message.visibleAt, message.position);
    this.shelf.update(message);
  }

  get(position: number): Message | undefined {
    return this.messages.get(position);
  }

  remove(message: Message): void {
    if (!this.messages.delete(message.position)) return;
    this.counts[message.state] -= 1;
    this.shelf.remove(message);
  }

  clear(): void {
    this.messages.clear();
    this.shelf.clear();
    this.hidden.clear();
    this.ages.clear();
    for (const state of ['delayed', 'visible', 'inFlight'] as const) this.counts[state] = 0;
  }

  /** Makes a message unavailable until the instant `visibleAt`. */
  hide(message: Message, state: 'delayed' | 'inFlight', visibleAt: number): void {
    message.visibleAt = visibleAt;
    this.enter(message, state);
    this.hidden.push(visibleAt, message.position);
  }

  /** Brings the messages up to the present instant: visible at T means from T on, and so does expired. */
  settle(): void {
    const now = this.clock.now();
    for (let oldest = this.ages.peek(); oldest !== undefined; oldest = this.ages.peek()) {
      if (oldest.at + this.retentionMs() > now) break;
      const message = this.messages.get(oldest.position);
      if (message !== undefined) this.remove(message);
    }
    for (let next = this.hidden.peek(); next !== undefined && next.at <= now; next = this.hidden.peek()) {
      const message = this.messages.get(next.position);
      if (message !== undefined) this.enter(message, 'visible');
    }
  }

  /** When the next message becomes visible or expires. */
  nextChangeAt(): number | undefined {
    const oldest = this.ages.peek();
    if (oldest === undefined) return undefined;
    const visibleAt = this.hidden.peek()?.at ?? Number.POSITIVE_INFINITY;
    return Math.min(visibleAt, oldest.at + this.retentionMs());
  }

  /** Every message, in order of arrival. */
  list(): readonly Message[] {
    this.settle();
    return [...this.messages.values()].sort((a, b) => a.position - b.position);
  }

  count(): MessageCounts {
    this.settle();
    return { ...this.counts };
  }

  /** How many messages were in flight when the store was last settled. */
  get inFlight(): number {
    return this.counts.inFlight;
  }

  private enter(message: Message, state: MessageState): void {
    this.counts[message.state] -= 1;
    this.counts[state] += 1;
    message.state = state;
    this.shelf.update(message);
  }

  private isHiddenUntil(position: number, at: number): boolean {
    const message = this.messages.get(position);
    return message !== undefined && message.state !== 'visible' && message.visibleAt === at;
  }
}
