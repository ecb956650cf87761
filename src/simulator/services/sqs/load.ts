import { z } from 'zod';
import { randomUuid } from '../../random.ts';
import type { RegionContext } from '../../region.ts';
import { checkThroughput } from './attributes.ts';
import { bodyDigest, contentDeduplicationId } from './digests.ts';
import type { Content, Delivery } from './message.ts';
import type { MoveTasks } from './move-tasks.ts';
import type { Queue } from './queue.ts';
import { checkRedrive, createQueue } from './queues.ts';
import type { Registry } from './registry.ts';
import { type MessageSection, present, type QueueSection, sqsSection } from './section.ts';
import { FifoShelf } from './shelf.ts';

/** Replaces all queues by those of a world's section; throws a sentence that says what is wrong where. */
export function loadQueues(
  context: RegionContext,
  registry: Registry,
  moveTasks: MoveTasks,
  document: unknown,
): void {
  const parsed = sqsSection.safeParse(document);
  if (!parsed.success) throw new Error(`section "sqs": ${z.prettifyError(parsed.error)}`);
  registry.clear();
  const { queues, recentlyDeleted } = parsed.data;
  for (const section of queues) at(section, () => loadQueue(context, registry, section));
  for (const section of queues) at(section, () => loadRedrivePolicy(registry, section));
  for (const [name, deletedAt] of Object.entries(recentlyDeleted)) registry.deletedAt.set(name, deletedAt);
  moveTasks.restore(parsed.data.moveTasks.map(present));
}

function at(section: QueueSection, perform: () => void): void {
  try {
    perform();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`section "sqs", queue "${section.name}": ${reason}`, { cause: error });
  }
}

function loadQueue(context: RegionContext, registry: Registry, section: QueueSection): void {
  const now = context.clock.now();
  const { RedrivePolicy: _later, ...attributes } = section.attributes;
  const queue = createQueue(registry, section.name, attributes, now);
  if (queue === undefined) throw new Error('it is listed twice');
  queue.tags = new Map(Object.entries(section.tags));
  queue.createdAt = section.createdAt ?? now;
  queue.modifiedAt = section.modifiedAt ?? queue.createdAt;
  queue.purgedAt = section.purgedAt;
  queue.receipts = section.receipts;
  for (const message of section.messages) loadMessage(context, queue, message);
  queue.store.arrivals = Math.max(queue.store.arrivals, section.arrivals);
  for (const send of section.deduplication) {
    const { groupId, ...others } = send;
    queue.deduplication.remember({ ...others, ...(groupId === undefined ? {} : { groupId }) });
  }
  loadAttempts(queue, section);
  if (queue.shelf instanceof FifoShelf) queue.shelf.arrange(section.readyGroups);
}

/** After all queues are there: a dead-letter queue may be listed after its source. */
function loadRedrivePolicy(registry: Registry, section: QueueSection): void {
  const queue = registry.find(section.name)?.queue;
  if (queue === undefined || section.attributes.RedrivePolicy === undefined) return;
  const attributes = { ...queue.attributes, RedrivePolicy: section.attributes.RedrivePolicy };
  checkThroughput(attributes);
  checkRedrive(registry, queue, attributes);
  queue.setAttributes(attributes);
}

function loadMessage(context: RegionContext, queue: Queue, section: MessageSection): void {
  const now = context.clock.now();
  const visibleAt = section.visibleAt ?? now;
  const sentAt = section.sentAt ?? now;
  const hiddenState = section.receipt > 0 ? 'inFlight' : 'delayed';
  queue.receipts = Math.max(queue.receipts, section.receipt);
  queue.store.add({
    content: contentOf(context, queue, section, sentAt),
    position: section.position ?? queue.store.arrivals + 1,
    enqueuedAt: section.enqueuedAt ?? sentAt,
    isEcho: section.isEcho,
    state: visibleAt > now ? hiddenState : 'visible',
    visibleAt,
    receiveCount: section.receiveCount,
    receivesHere: section.receivesHere ?? section.receiveCount,
    receipt: section.receipt,
    receivedAt: section.receivedAt ?? 0,
    firstReceivedAt: section.firstReceivedAt,
  });
}

function contentOf(context: RegionContext, queue: Queue, section: MessageSection, sentAt: number): Content {
  if (queue.isFifo && section.groupId === undefined) {
    throw new Error(`the message ${JSON.stringify(section.body)} needs a groupId, because the queue is FIFO`);
  }
  const { body, attributes, groupId, traceHeader, deadLetterSourceArn } = section;
  return {
    body,
    bodyDigest: bodyDigest(body),
    attributes,
    messageId: section.messageId ?? randomUuid(context.random),
    senderId: section.senderId ?? context.account,
    sentAt,
    ...(groupId === undefined ? {} : { groupId }),
    ...(traceHeader === undefined ? {} : { traceHeader }),
    ...(deadLetterSourceArn === undefined ? {} : { deadLetterSourceArn }),
    ...(queue.isFifo
      ? {
          deduplicationId: section.deduplicationId ?? contentDeduplicationId(body),
          sequenceNumber: section.sequenceNumber ?? queue.nextSequenceNumber(),
        }
      : {}),
  };
}

function loadAttempts(queue: Queue, section: QueueSection): void {
  for (const attempt of section.receiveAttempts) {
    const deliveries = attempt.deliveries.flatMap((delivery): Delivery[] => {
      const content = queue.store.get(delivery.position)?.content;
      return content === undefined ? [] : [{ ...delivery, content }];
    });
    queue.attempts.remember({ ...attempt, deliveries });
  }
}
