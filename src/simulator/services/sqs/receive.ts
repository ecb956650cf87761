import type { Operation, RegionContext } from '../../region.ts';
import { type Document, text, texts, wholeNumber } from '../members.ts';
import { ATTRIBUTE_NAMES, numberOf, unknownAttribute } from './attributes.ts';
import { attributesDigest } from './digests.ts';
import { invalidValue, sqsError } from './errors.ts';
import type { Delivery, MessageAttributes } from './message.ts';
import type { ReceiveWish } from './polls.ts';
import { IN_FLIGHT_MAX, type Queue } from './queue.ts';
import type { OpenQueue, Registry } from './registry.ts';

export const VISIBILITY_SECONDS_MAX = 43_200;
const MESSAGES_MAX = 10;
const WAIT_SECONDS_MAX = 20;
const ATTEMPT_ID = /^[A-Za-z0-9!-/:-@[-`{-~]{1,128}$/;

/** What may be asked for in MessageSystemAttributeNames. Source: SQS API_ReceiveMessage.html */
const SYSTEM_ATTRIBUTES: ReadonlySet<string> = new Set([
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
]);

interface Request extends ReceiveWish {
  readonly waitMs: number;
  readonly attemptId: string | undefined;
  readonly systemAttributes: readonly string[];
  readonly messageAttributes: readonly string[];
}

/** ReceiveMessage, by short or long poll. */
export function receiveOperations(context: RegionContext, registry: Registry): Record<string, Operation> {
  return {
    ReceiveMessage: async (input, caller) => {
      const open = registry.reach(input, 'sqs:ReceiveMessage', caller);
      const request = readRequest(input, open.queue, caller.signal);
      refuseWhenFull(open.queue, request);
      const deliveries = await receive(open, request, () => context.clock.now());
      if (deliveries.length === 0) return {};
      return { Messages: deliveries.map((delivery) => render(delivery, request)) };
    },
  };
}

/** A retry with the same attempt id gets the same messages again. Source: SQS API_ReceiveMessage.html */
async function receive(
  { queue, polls }: OpenQueue,
  request: Request,
  now: () => number,
): Promise<readonly Delivery[]> {
  const id = request.attemptId;
  if (id === undefined) return polls.receive(request, request.waitMs);
  const earlier = queue.attempts.find(id, now());
  const again = earlier && queue.hideAgain(earlier.deliveries, request.visibilityMs);
  if (earlier !== undefined && again !== undefined) {
    queue.attempts.remember({ ...earlier, deliveries: again });
    return again;
  }
  const deliveries = await polls.receive(request, request.waitMs);
  if (deliveries.length > 0) queue.attempts.remember({ id, receivedAt: now(), deliveries });
  return deliveries;
}

/** A full standard queue says so to short polls; long polls and FIFO queues just stay empty. Source: SQS sqs-visibility-timeout.html */
function refuseWhenFull(queue: Queue, { waitMs }: Request): void {
  if (queue.isFifo || waitMs > 0 || queue.store.count().inFlight < IN_FLIGHT_MAX) return;
  throw sqsError(
    'OverLimit',
    `The maximum number of in flight messages is reached: ${IN_FLIGHT_MAX} for a standard queue.`,
  );
}

function readRequest(input: Document, queue: Queue, signal: AbortSignal | undefined): Request {
  const max = wholeNumber(input, 'MaxNumberOfMessages') ?? 1;
  if (max < 1 || max > MESSAGES_MAX) {
    throw invalidValue('MaxNumberOfMessages', max, `Must be between 1 and ${MESSAGES_MAX}, if provided.`);
  }
  const wait = wholeNumber(input, 'WaitTimeSeconds');
  if (wait !== undefined && (wait < 0 || wait > WAIT_SECONDS_MAX)) {
    throw invalidValue('WaitTimeSeconds', wait, `Must be >= 0 and <= ${WAIT_SECONDS_MAX}, if provided.`);
  }
  const visibility = readVisibility(input) ?? numberOf(queue.attributes, 'VisibilityTimeout');
  return {
    max,
    signal,
    visibilityMs: visibility * 1000,
    waitMs: (wait ?? numberOf(queue.attributes, 'ReceiveMessageWaitTimeSeconds')) * 1000,
    attemptId: readAttemptId(input, queue),
    systemAttributes: readSystemAttributes(input),
    messageAttributes: texts(input, 'MessageAttributeNames') ?? [],
  };
}

/** Reads the member VisibilityTimeout. */
export function readVisibility(input: Document): number | undefined {
  const seconds = wholeNumber(input, 'VisibilityTimeout');
  if (seconds === undefined || (seconds >= 0 && seconds <= VISIBILITY_SECONDS_MAX)) return seconds;
  throw invalidValue(
    'VisibilityTimeout',
    seconds,
    `VisibilityTimeout must be an integer between 0 and ${VISIBILITY_SECONDS_MAX}.`,
  );
}

function readAttemptId(input: Document, queue: Queue): string | undefined {
  const id = text(input, 'ReceiveRequestAttemptId');
  if (id === undefined) return undefined;
  if (queue.isFifo && ATTEMPT_ID.test(id)) return id;
  const reason = queue.isFifo
    ? 'ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.'
    : 'The request include parameter that is not valid for this queue type.';
  throw invalidValue('ReceiveRequestAttemptId', id, reason);
}

/** The older member AttributeNames also takes names of queue attributes, which messages do not have. */
function readSystemAttributes(input: Document): readonly string[] {
  const names = texts(input, 'MessageSystemAttributeNames') ?? [];
  const oldNames = texts(input, 'AttributeNames') ?? [];
  const unknown =
    names.find((name) => !SYSTEM_ATTRIBUTES.has(name)) ??
    oldNames.find((name) => !SYSTEM_ATTRIBUTES.has(name) && !ATTRIBUTE_NAMES.includes(name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
  return oldNames.length === 0 ? names : [...names, ...oldNames];
}

function render(delivery: Delivery, request: Request): Record<string, unknown> {
  const { content } = delivery;
  const system = systemAttributes(delivery, request.systemAttributes);
  const attributes = chosenAttributes(content.attributes, request.messageAttributes);
  return {
    MessageId: content.messageId,
    ReceiptHandle: delivery.receiptHandle,
    Body: content.body,
    MD5OfBody: content.bodyDigest,
    ...(Object.keys(system).length === 0 ? {} : { Attributes: system }),
    ...(Object.keys(attributes).length === 0
      ? {}
      : { MessageAttributes: attributes, MD5OfMessageAttributes: attributesDigest(attributes) }),
  };
}

/** What SQS knows of a message, in the order in which it is shown. */
const SYSTEM_VALUES: ReadonlyArray<
  readonly [name: string, read: (delivery: Delivery) => string | undefined]
> = [
  ['SenderId', ({ content }) => content.senderId],
  ['SentTimestamp', ({ content }) => String(content.sentAt)],
  ['ApproximateReceiveCount', ({ receiveCount }) => String(receiveCount)],
  ['ApproximateFirstReceiveTimestamp', ({ firstReceivedAt }) => String(firstReceivedAt)],
  ['SequenceNumber', ({ content }) => content.sequenceNumber],
  ['MessageDeduplicationId', ({ content }) => content.deduplicationId],
  ['MessageGroupId', ({ content }) => content.groupId],
  ['AWSTraceHeader', ({ content }) => content.traceHeader],
  ['DeadLetterQueueSourceArn', ({ content }) => content.deadLetterSourceArn],
];

function systemAttributes(delivery: Delivery, wanted: readonly string[]): Record<string, string> {
  const chosen: Record<string, string> = {};
  const isAll = wanted.includes('All');
  for (const [name, read] of SYSTEM_VALUES) {
    const value = isAll || wanted.includes(name) ? read(delivery) : undefined;
    if (value !== undefined) chosen[name] = value;
  }
  return chosen;
}

/** Names are whole, `All`, or a beginning followed by `.*`. Source: SQS API_ReceiveMessage.html */
function chosenAttributes(attributes: MessageAttributes, wanted: readonly string[]): MessageAttributes {
  const isWanted = (name: string): boolean =>
    wanted.some(
      (filter) =>
        filter === 'All' ||
        filter === name ||
        (filter.endsWith('.*') && name.startsWith(filter.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}
