import type { RegionContext } from '../../region.ts';
import type { ReceiveAttempt } from './attempts.ts';
import { defaultAttributes } from './attributes.ts';
import type { Message } from './message.ts';
import type { MoveTasks } from './move-tasks.ts';
import type { Queue } from './queue.ts';
import type { Registry } from './registry.ts';
import { FifoShelf } from './shelf.ts';

type Document = Record<string, unknown>;

/** All queues as a world's section: `load(dump())` is the same state. Members that say nothing are left out. */
export function dumpQueues(context: RegionContext, registry: Registry, moveTasks: MoveTasks): Document {
  const now = context.clock.now();
  const tasks = moveTasks.list().map((task) => ({ ...task, startedAt: instant(task.startedAt) }));
  return {
    queues: registry.list().map(({ queue }) => dumpQueue(queue, now)),
    ...unlessEmpty('recentlyDeleted', mapValues(Object.fromEntries(registry.deletedAt), instant)),
    ...unlessEmpty('moveTasks', tasks),
  };
}

function dumpQueue(queue: Queue, now: number): Document {
  return {
    name: queue.name,
    attributes: changedAttributes(queue),
    ...unlessEmpty('tags', Object.fromEntries(queue.tags)),
    messages: queue.store.list().map(dumpMessage),
    createdAt: instant(queue.createdAt),
    modifiedAt: instant(queue.modifiedAt),
    ...(queue.purgedAt === undefined ? {} : { purgedAt: instant(queue.purgedAt) }),
    arrivals: queue.store.arrivals,
    receipts: queue.receipts,
    ...unlessEmpty(
      'deduplication',
      queue.deduplication.list(now).map((send) => ({ ...send, sentAt: instant(send.sentAt) })),
    ),
    ...unlessEmpty('receiveAttempts', queue.attempts.list(now).map(dumpAttempt)),
    ...(queue.shelf instanceof FifoShelf ? unlessEmpty('readyGroups', queue.shelf.readyGroups()) : {}),
  };
}

/** What differs from a new queue; policies as JSON where that loses nothing. */
function changedAttributes(queue: Queue): Document {
  const defaults = defaultAttributes(queue.isFifo);
  const changed: Document = queue.isFifo ? { FifoQueue: 'true' } : {};
  for (const [name, value] of Object.entries(queue.attributes)) {
    if (defaults[name] !== value) changed[name] = name.endsWith('Policy') ? readable(value) : value;
  }
  return changed;
}

function readable(text: string): unknown {
  const document: unknown = JSON.parse(text);
  return JSON.stringify(document) === text ? document : text;
}

function dumpMessage(message: Message): Document {
  const { bodyDigest: _follows, ...content } = message.content;
  return {
    ...content,
    sentAt: instant(content.sentAt),
    position: message.position,
    visibleAt: instant(message.visibleAt),
    ...(message.enqueuedAt === content.sentAt ? {} : { enqueuedAt: instant(message.enqueuedAt) }),
    ...(message.isEcho ? { isEcho: true } : {}),
    ...(message.receiveCount === 0 ? {} : dumpReceives(message)),
  };
}

function dumpReceives(message: Message): Document {
  return {
    receiveCount: message.receiveCount,
    receivesHere: message.receivesHere,
    receipt: message.receipt,
    receivedAt: instant(message.receivedAt),
    ...(message.firstReceivedAt === undefined ? {} : { firstReceivedAt: instant(message.firstReceivedAt) }),
  };
}

function dumpAttempt(attempt: ReceiveAttempt): Document {
  return {
    id: attempt.id,
    receivedAt: instant(attempt.receivedAt),
    deliveries: attempt.deliveries.map(({ content: _known, ...delivery }) => ({
      ...delivery,
      firstReceivedAt: instant(delivery.firstReceivedAt),
      hiddenUntil: instant(delivery.hiddenUntil),
    })),
  };
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

function unlessEmpty(name: string, value: object): Document {
  return Object.keys(value).length === 0 ? {} : { [name]: value };
}

function mapValues<From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
