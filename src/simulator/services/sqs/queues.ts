import type { Operation, RegionContext } from '../../region.ts';
import { type Document, structure, text, texts } from '../members.ts';
import {
  ATTRIBUTE_NAMES,
  type Attributes,
  checkAttributes,
  checkThroughput,
  defaultAttributes,
  invalidAttribute,
  unknownAttribute,
  withAttributes,
} from './attributes.ts';
import { invalidParameter, invalidValue, missingParameter, sqsError } from './errors.ts';
import type { Queue } from './queue.ts';
import { allowsSource, parseRedriveAllowPolicy, parseRedrivePolicy } from './redrive.ts';
import { queueDoesNotExist, type Registry } from './registry.ts';
import { readTagMap } from './tagging.ts';

/** Source: SQS API_CreateQueue.html, API_PurgeQueue.html */
const REUSE_MS = 60_000;
const PURGE_MS = 60_000;
const STANDARD_NAME = /^[\w-]{1,80}$/;
const FIFO_NAME = /^[\w-]{1,75}\.fifo$/;

/** Making, finding, changing and removing queues. */
export function queueOperations(context: RegionContext, registry: Registry): Record<string, Operation> {
  return {
    CreateQueue: (input, caller) => {
      const name = requiredName(input);
      context.authorize('sqs:CreateQueue', registry.arnOf(name), caller);
      const tags = readTagMap(input, 'tags');
      if (tags.size > 0) context.authorize('sqs:TagQueue', registry.arnOf(name), caller);
      const created = createQueue(registry, name, readAttributes(input), context.clock.now());
      if (created !== undefined) created.tags = tags;
      return { QueueUrl: registry.urlOf(name) };
    },
    GetQueueUrl: (input, caller) => {
      const name = requiredName(input);
      context.authorize('sqs:GetQueueUrl', registry.arnOf(name), caller);
      const owner = text(input, 'QueueOwnerAWSAccountId') ?? context.account;
      if (registry.find(name) === undefined || owner !== context.account) throw queueDoesNotExist();
      return { QueueUrl: registry.urlOf(name) };
    },
    DeleteQueue: (input, caller) => {
      registry.delete(registry.reach(input, 'sqs:DeleteQueue', caller).queue.name);
      return {};
    },
    PurgeQueue: (input, caller) => {
      purgeQueue(registry.reach(input, 'sqs:PurgeQueue', caller).queue, context.clock.now());
      return {};
    },
    GetQueueAttributes: (input, caller) => {
      const { queue } = registry.reach(input, 'sqs:GetQueueAttributes', caller);
      const attributes = shownAttributes(queue, texts(input, 'AttributeNames') ?? []);
      return Object.keys(attributes).length === 0 ? {} : { Attributes: attributes };
    },
    SetQueueAttributes: (input, caller) => {
      const { queue } = registry.reach(input, 'sqs:SetQueueAttributes', caller);
      changeAttributes(registry, queue, readAttributes(input), context.clock.now());
      return {};
    },
  };
}

/**
 * Makes a queue, or finds that there is one like it already (then nothing is returned). Only the attributes given
 * are compared. Source: SQS API_CreateQueue.html
 */
export function createQueue(
  registry: Registry,
  name: string,
  requested: Attributes,
  now: number,
): Queue | undefined {
  const isFifo = requested.FifoQueue?.toLowerCase() === 'true';
  checkName(name, isFifo);
  if (requested.FifoQueue !== undefined && !isFifo) throw unknownAttribute('FifoQueue');
  const checked = checkAttributes(requested, isFifo);
  const existing = registry.find(name)?.queue;
  if (existing !== undefined) {
    refuseDifferent(existing, checked);
    return undefined;
  }
  if (now < (registry.deletedAt.get(name) ?? Number.NEGATIVE_INFINITY) + REUSE_MS) {
    throw sqsError(
      'QueueDeletedRecently',
      'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
    );
  }
  const attributes = withAttributes(defaultAttributes(isFifo), checked);
  checkThroughput(attributes);
  checkRedrive(registry, { arn: registry.arnOf(name), isFifo }, attributes);
  registry.deletedAt.delete(name);
  return registry.add(name, attributes).queue;
}

/** A dead-letter queue must exist, be of the same type, and allow this source. Source: SQS sqs-dead-letter-queues.html */
export function checkRedrive(
  registry: Registry,
  source: { readonly arn: string; readonly isFifo: boolean },
  attributes: Attributes,
): void {
  parseRedriveAllowPolicy(attributes.RedriveAllowPolicy);
  const policy = parseRedrivePolicy(attributes.RedrivePolicy);
  if (policy === undefined) return;
  const refuse = (reason: string) => invalidValue('RedrivePolicy', attributes.RedrivePolicy, reason);
  if (policy.deadLetterTargetArn === source.arn) {
    throw refuse('Dead letter target owner should be same as the source, and the target another queue.');
  }
  const target = registry.findByArn(policy.deadLetterTargetArn)?.queue;
  if (target === undefined) throw refuse('Dead letter target does not exist.');
  if (target.isFifo !== source.isFifo) {
    throw refuse('Dead-letter queue must be same type of queue as the source.');
  }
  if (!allowsSource(target.redriveAllowPolicy, source.arn)) {
    throw refuse('Dead-letter queue does not allow this source queue.');
  }
}

function changeAttributes(registry: Registry, queue: Queue, requested: Attributes, now: number): void {
  if (queue.isFifo && requested.FifoQueue !== undefined && requested.FifoQueue.toLowerCase() !== 'true') {
    throw invalidAttribute('FifoQueue', 'Modifying queue type is not supported.');
  }
  const changed = withAttributes(queue.attributes, checkAttributes(requested, queue.isFifo));
  checkThroughput(changed);
  checkRedrive(registry, queue, changed);
  queue.modifiedAt = now;
  queue.setAttributes(changed);
}

function purgeQueue(queue: Queue, now: number): void {
  if (queue.purgedAt !== undefined && now < queue.purgedAt + PURGE_MS) {
    throw sqsError(
      'PurgeQueueInProgress',
      `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
    );
  }
  queue.purge();
}

function refuseDifferent(queue: Queue, requested: Attributes): void {
  for (const [name, value] of Object.entries(requested)) {
    if ((queue.attributes[name] ?? '') === value) continue;
    throw sqsError(
      'QueueNameExists',
      `A queue already exists with the same name and a different value for attribute ${name}`,
    );
  }
}

function shownAttributes(queue: Queue, names: readonly string[]): Record<string, string> {
  const unknown = names.find((name) => !ATTRIBUTE_NAMES.includes(name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
  const counts = queue.store.count();
  const all: Attributes = {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1000)),
    ...queue.attributes,
  };
  const isWanted = (name: string): boolean => names.includes('All') || names.includes(name);
  return Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name)));
}

function requiredName(input: Document): string {
  const name = text(input, 'QueueName');
  if (name === undefined) throw missingParameter('QueueName');
  return name;
}

function checkName(name: string, isFifo: boolean): void {
  if (isFifo && !FIFO_NAME.test(name)) {
    throw invalidParameter(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length',
    );
  }
  if (!isFifo && !STANDARD_NAME.test(name)) {
    throw invalidParameter(
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
  }
}

/** Values are text on the wire; anything else cannot be read. */
function readAttributes(input: Document): Attributes {
  const given = structure(input, 'Attributes') ?? {};
  return Object.fromEntries(Object.keys(given).map((name) => [name, text(given, name) ?? '']));
}
