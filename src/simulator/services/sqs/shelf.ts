import type { Message } from './message.ts';
import { Timeline } from './timeline.ts';

/** The visible messages of a queue, in the order in which they are handed out. */
export interface Shelf {
  /** A message joined the queue or changed its state. */
  update(message: Message): void;
  /** A message left the queue. */
  remove(message: Message): void;
  /**
   * Picks up to `max` messages to hand out. `accept` may refuse one, and then has taken it out of the queue;
   * the caller changes the state of those picked and reports it with `update`.
   */
  pick(max: number, accept: (message: Message) => boolean): Message[];
  clear(): void;
}

/**
 * Standard queues: in order of arrival, unless `skip` says to pass some messages over.
 *
 * @param skip how many messages to pass over for the next pick; best-effort ordering is all AWS promises.
 */
export class StandardShelf implements Shelf {
  private readonly messages = new Map<number, Message>();
  private readonly order = new Timeline((position) => this.messages.get(position)?.state === 'visible');
  private readonly skip: () => number;

  constructor(skip: () => number) {
    this.skip = skip;
  }

  update(message: Message): void {
    this.messages.set(message.position, message);
    if (message.state === 'visible') this.order.push(message.position, message.position);
  }

  remove(message: Message): void {
    this.messages.delete(message.position);
  }

  pick(max: number, accept: (message: Message) => boolean): Message[] {
    if (max > 0 && this.order.peek() === undefined) {
      // An empty queue is asked most of all. It draws a lot like any other, so that all draws after it stay the same.
      this.skip();
      return [];
    }
    const picked = new Map<number, Message>();
    const passedOver: Message[] = [];
    while (picked.size < max) {
      const message = this.takeNext(passedOver);
      if (message === undefined) break;
      if (!picked.has(message.position) && accept(message)) picked.set(message.position, message);
    }
    for (const message of passedOver) this.order.push(message.position, message.position);
    return [...picked.values()];
  }

  clear(): void {
    this.messages.clear();
    this.order.clear();
  }

  private takeNext(passedOver: Message[]): Message | undefined {
    for (let left = this.skip(); left > 0; left -= 1) {
      const message = this.takeFirst();
      if (message === undefined) return passedOver.pop();
      passedOver.push(message);
    }
    return this.takeFirst() ?? passedOver.pop();
  }

  private takeFirst(): Message | undefined {
    const entry = this.order.pop();
    return entry === undefined ? undefined : this.messages.get(entry.position);
  }
}

/**
 * FIFO queues. Of a group only the messages before the first one that is hidden can be received, so a message in
 * flight holds back all that come after it. A group that can be received again goes behind the others.
 * Sources: SQS FIFO-queues-understanding-logic.html, sqs-visibility-timeout.html ("subsequent messages in that
 * group are not made available until the in-flight message is either deleted or the visibility timeout expires")
 */
export class FifoShelf implements Shelf {
  private readonly groups = new Map<string, Map<number, Message>>();
  private readonly ready = new Set<string>();

  update(message: Message): void {
    const group = this.groups.get(groupOf(message)) ?? new Map<number, Message>();
    this.groups.set(groupOf(message), group);
    group.set(message.position, message);
    this.refresh(groupOf(message), group);
  }

  remove(message: Message): void {
    const group = this.groups.get(groupOf(message));
    if (group === undefined) return;
    group.delete(message.position);
    this.refresh(groupOf(message), group);
  }

  pick(max: number, accept: (message: Message) => boolean): Message[] {
    const picked: Message[] = [];
    for (const name of this.ready) {
      for (const message of this.groups.get(name)?.values() ?? []) {
        if (picked.length === max) return picked;
        if (message.state !== 'visible') break;
        if (accept(message)) picked.push(message);
      }
    }
    return picked;
  }

  clear(): void {
    this.groups.clear();
    this.ready.clear();
  }

  /** The groups that can be received, next one first. */
  readyGroups(): readonly string[] {
    return [...this.ready];
  }

  /** Puts the ready groups into the order `names`; others follow. */
  arrange(names: readonly string[]): void {
    const before = new Set(this.ready);
    this.ready.clear();
    for (const name of [...names, ...before]) if (before.has(name)) this.ready.add(name);
  }

  private refresh(name: string, group: Map<number, Message>): void {
    const head = group.values().next().value;
    if (head === undefined) this.groups.delete(name);
    if (head?.state === 'visible') this.ready.add(name);
    else this.ready.delete(name);
  }
}

/** Every message of a FIFO queue has a group; the send refuses those without. */
function groupOf(message: Message): string {
  return message.content.groupId ?? '';
}
