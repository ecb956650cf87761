import { AwsError } from '../../errors.ts';
import type { Operation, RegionContext, Service } from '../../region.ts';
import { dumpQueues } from './dump.ts';
import { handleOperations } from './handles.ts';
import { SQS_LIMITS } from './limits.ts';
import { listOperations } from './listing.ts';
import { loadQueues } from './load.ts';
import type { QueuedMessage } from './message.ts';
import { MoveTasks } from './move-tasks.ts';
import { policyAllows } from './policy.ts';
import { queueOperations } from './queues.ts';
import { receiveOperations } from './receive.ts';
import { Registry } from './registry.ts';
import { sendMessage, sendOperations } from './send.ts';
import { tagOperations } from './tagging.ts';

/** SQS with a look into its queues. */
export interface SqsService extends Service {
  /** Everything a queue holds, in order of arrival, without touching it; nothing if there is no such queue. */
  contents(queueName: string): readonly QueuedMessage[];
}

/** The id EventBridge sends with. */
const EVENTS_SENDER = 'AIDAJXNJGGKNS7OSV23OI';

/** Standard and FIFO queues of one account and region. */
export function createSqsService(context: RegionContext): SqsService {
  const registry = new Registry(context);
  const moveTasks = new MoveTasks(context, registry);
  context.offers.deliverToQueue = (...delivery) => deliver(context, registry, ...delivery);
  const operations: Record<string, Operation> = {
    ...queueOperations(context, registry),
    ...listOperations(context, registry),
    ...tagOperations(registry),
    ...sendOperations(context, registry),
    ...receiveOperations(context, registry),
    ...handleOperations(registry),
    ...moveTasks.operations,
  };
  return {
    name: 'sqs',
    operations,
    limits: SQS_LIMITS,
    load: (section) => loadQueues(context, registry, moveTasks, section),
    dump: () => dumpQueues(context, registry, moveTasks),
    contents: (queueName) => contents(registry, queueName),
  };
}

/** The SQS service among `services`, for tests that look into its queues. */
export function sqsAmong(services: ReadonlyMap<string, Service>): SqsService {
  const service = services.get('sqs');
  if (service !== undefined && 'contents' in service) return service as SqsService; // Only SQS has it.
  throw new Error('there is no SQS among these services');
}

/**
 * A message from EventBridge. It gets in only if the queue's policy lets it, and into a FIFO queue only if that
 * deduplicates by content. Sources: EB eb-troubleshooting.html; EBAPI API_SqsParameters.html
 */
function deliver(
  context: RegionContext,
  registry: Registry,
  queueArn: string,
  body: string,
  sourceArn: string,
  groupId?: string,
): boolean {
  const queue = registry.findByArn(queueArn)?.queue;
  if (queue === undefined) return false;
  const isAllowed = policyAllows(queue.attributes.Policy, {
    service: 'events.amazonaws.com',
    action: 'sqs:SendMessage',
    resource: queueArn,
    sourceArn,
    sourceAccount: context.account,
  });
  if (!isAllowed || (queue.isFifo && groupId === undefined)) return false;
  const outgoing = { body, attributes: {}, traceHeader: undefined, delaySeconds: undefined };
  try {
    sendMessage(
      queue,
      { ...outgoing, groupId: queue.isFifo ? groupId : undefined, deduplicationId: undefined },
      { senderId: EVENTS_SENDER, now: context.clock.now(), random: context.random },
    );
    return true;
  } catch (error) {
    // EventBridge retries and then drops what the queue refuses; the rule's target never learns why.
    if (error instanceof AwsError) return false;
    throw error;
  }
}

function contents(registry: Registry, queueName: string): readonly QueuedMessage[] {
  const messages = registry.find(queueName)?.queue.store.list() ?? [];
  return messages.map(({ content, state, visibleAt, receiveCount }) => ({
    messageId: content.messageId,
    body: content.body,
    state,
    visibleAt,
    sentAt: content.sentAt,
    receiveCount,
    ...(content.groupId === undefined ? {} : { groupId: content.groupId }),
    ...(content.deduplicationId === undefined ? {} : { deduplicationId: content.deduplicationId }),
  }));
}
