import type { Caller, RegionContext } from '../../region.ts';
import { type Document, text } from '../members.ts';
import type { Attributes } from './attributes.ts';
import { missingParameter, sqsError } from './errors.ts';
import type { Message } from './message.ts';
import { Polls } from './polls.ts';
import { Queue, type QueueSurroundings } from './queue.ts';

/** A queue and those who wait at it. */
export interface OpenQueue {
  readonly queue: Queue;
  readonly polls: Polls;
}

/** The queues of one account and region, and the names that were just deleted. */
export class Registry {
  readonly deletedAt = new Map<string, number>();
  private readonly context: RegionContext;
  private readonly queues = new Map<string, OpenQueue>();
  private readonly surroundings: QueueSurroundings;

  constructor(context: RegionContext) {
    this.context = context;
    this.surroundings = {
      clock: context.clock,
      random: context.random,
      weather: () => context.weather,
      bury: (queue, message) => this.bury(queue, message),
    };
  }

  /** Only the last two parts of the URL matter, so any host works. */
  urlOf(name: string): string {
    return `https://sqs.${this.context.region}.amazonaws.com/${this.context.account}/${name}`;
  }

  arnOf(name: string): string {
    return this.context.arn('sqs', name);
  }

  find(name: string): OpenQueue | undefined {
    return this.queues.get(name);
  }

  findByArn(arn: string): OpenQueue | undefined {
    const found = this.queues.get(arn.split(':')[5] ?? '');
    return found?.queue.arn === arn ? found : undefined;
  }

  /** Every queue, by name. */
  list(): readonly OpenQueue[] {
    return [...this.queues.values()].sort((a, b) => (a.queue.name < b.queue.name ? -1 : 1));
  }

  /** The queues whose dead letters come to `arn`. */
  sourcesOf(arn: string): readonly Queue[] {
    return this.list()
      .map(({ queue }) => queue)
      .filter((queue) => queue.redrivePolicy?.deadLetterTargetArn === arn);
  }

  add(name: string, attributes: Attributes): OpenQueue {
    const queue = new Queue(name, this.arnOf(name), attributes, this.surroundings);
    const open = { queue, polls: new Polls(this.context.clock, queue) };
    this.queues.set(name, open);
    return open;
  }

  delete(name: string): void {
    this.queues.get(name)?.polls.close(queueDoesNotExist());
    this.queues.delete(name);
    this.deletedAt.set(name, this.context.clock.now());
  }

  clear(): void {
    for (const { polls } of this.queues.values()) polls.close(queueDoesNotExist());
    this.queues.clear();
    this.deletedAt.clear();
  }

  /** The queue that a call names by its URL, once the caller may do `action` there. */
  reach(input: Document, action: string, caller: Caller): OpenQueue {
    const url = text(input, 'QueueUrl');
    if (url === undefined || url === '') throw missingParameter('QueueUrl');
    const { name, account } = splitUrl(url);
    this.context.authorize(action, this.arnOf(name), caller);
    const found = this.queues.get(name);
    const isOurs = account === undefined || account === this.context.account;
    if (found === undefined || !isOurs) throw queueDoesNotExist();
    return found;
  }

  /** Moves a message that was received often enough. Source: SQS sqs-dead-letter-queues.html */
  private bury(queue: Queue, message: Message): boolean {
    const policy = queue.redrivePolicy;
    if (policy === undefined || message.receivesHere < policy.maxReceiveCount) return false;
    const target = this.findByArn(policy.deadLetterTargetArn)?.queue;
    if (target === undefined) return false;
    queue.store.remove(message);
    target.putDeadLetter(
      {
        ...message.content,
        deadLetterSourceArn: queue.arn,
        ...(target.isFifo ? fifoIdentity(target, message) : {}),
      },
      message,
    );
    return true;
  }
}

/** The last two parts of a queue's URL; a bare name has no account. */
function splitUrl(url: string): { readonly name: string; readonly account: string | undefined } {
  const slash = url.lastIndexOf('/');
  if (slash < 0) return { name: url, account: undefined };
  const before = slash === 0 ? -1 : url.lastIndexOf('/', slash - 1);
  return { name: url.slice(slash + 1), account: url.slice(before + 1, slash) };
}

/** The reply to a queue that is not there. */
export function queueDoesNotExist() {
  return sqsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

/**
 * A FIFO dead letter is deduplicated by its message id, so that two messages that shared an id are both kept.
 * Source: SQS sqs-configure-dead-letter-queue-redrive.html
 */
function fifoIdentity(target: Queue, message: Message) {
  return {
    deduplicationId: message.content.messageId,
    sequenceNumber: target.nextSequenceNumber(),
  };
}
