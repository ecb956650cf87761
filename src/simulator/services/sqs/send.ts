import type { Random } from '../../../reconcile/ports.ts';
import { randomUuid } from '../../random.ts';
import type { Caller, Operation, RegionContext } from '../../region.ts';
import { type Document, structure, text, wholeNumber } from '../members.ts';
import { numberOf } from './attributes.ts';
import { readEntries, runBatch } from './batch.ts';
import { attributesDigest, bodyDigest, contentDeduplicationId } from './digests.ts';
import { invalidParameter, invalidValue, missingParameter, sqsError } from './errors.ts';
import type { MessageAttribute, MessageAttributes } from './message.ts';
import { attributesBytes, checkBody, readMessageAttributes, readTraceHeader } from './message-attributes.ts';
import type { Queue } from './queue.ts';
import type { Registry } from './registry.ts';

const DELAY_SECONDS_MAX = 900;
const BATCH_BYTES_MAX = 1_048_576;
const FIFO_ID = /^[A-Za-z0-9!-/:-@[-`{-~]{1,128}$/;

/** A message as a sender asks for it. */
export interface Outgoing {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly traceHeader: MessageAttribute | undefined;
  readonly delaySeconds: number | undefined;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
}

/** SendMessage and SendMessageBatch. */
export function sendOperations(context: RegionContext, registry: Registry): Record<string, Operation> {
  const send = (queue: Queue, outgoing: Outgoing, caller: Caller) =>
    sendMessage(queue, outgoing, {
      senderId: caller.accessKey,
      now: context.clock.now(),
      random: context.random,
    });
  return {
    SendMessage: (input, caller) => {
      const { queue } = registry.reach(input, 'sqs:SendMessage', caller);
      const outgoing = readOutgoing(input);
      if (queue.isFifo && outgoing.groupId === undefined) throw missingParameter('MessageGroupId');
      return send(queue, outgoing, caller);
    },
    SendMessageBatch: (input, caller) => {
      const { queue } = registry.reach(input, 'sqs:SendMessage', caller);
      const entries = readEntries(input, 'SendMessageBatchRequestEntry');
      for (const { document } of entries) if (queue.isFifo) checkFifoEntry(queue, document);
      checkBatchSize(entries.map(({ document }) => document));
      return runBatch(entries, (document) => send(queue, readOutgoing(document), caller));
    },
  };
}

/**
 * Puts a message into a queue, or finds that it is one the queue has had. The digests are those of what was sent,
 * because SDKs compare; a duplicate gets the ids of the first one.
 */
export function sendMessage(
  queue: Queue,
  outgoing: Outgoing,
  sender: { readonly senderId: string; readonly now: number; readonly random: Random },
): Record<string, unknown> {
  checkOutgoing(queue, outgoing);
  const digest = bodyDigest(outgoing.body);
  const identity = queue.isFifo ? fifoIdentity(queue, outgoing, sender) : standardIdentity(outgoing, sender);
  if (!identity.isDuplicate) {
    const delaySeconds = queue.isFifo ? undefined : outgoing.delaySeconds;
    queue.put(
      {
        ...identity.ids,
        body: outgoing.body,
        bodyDigest: digest,
        attributes: outgoing.attributes,
        senderId: sender.senderId,
        sentAt: sender.now,
        ...(outgoing.traceHeader === undefined
          ? {}
          : { traceHeader: outgoing.traceHeader.StringValue ?? '' }),
      },
      (delaySeconds ?? numberOf(queue.attributes, 'DelaySeconds')) * 1000,
    );
  }
  return sendReply(outgoing, digest, identity.ids);
}

interface Ids {
  readonly messageId: string;
  readonly sequenceNumber?: string;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

interface Identity {
  readonly isDuplicate: boolean;
  readonly ids: Ids;
}

function standardIdentity({ groupId }: Outgoing, { random }: { random: Random }): Identity {
  const ids = { messageId: randomUuid(random), ...(groupId === undefined ? {} : { groupId }) };
  return { isDuplicate: false, ids };
}

/** Source: SQS API_SendMessage.html, MessageDeduplicationId; API_CreateQueue.html, DeduplicationScope */
function fifoIdentity(
  queue: Queue,
  outgoing: Outgoing,
  { now, random }: { now: number; random: Random },
): Identity {
  const groupId = outgoing.groupId ?? '';
  const deduplicationId = outgoing.deduplicationId ?? contentDeduplicationId(outgoing.body);
  const scope = queue.attributes.DeduplicationScope === 'messageGroup' ? groupId : undefined;
  const earlier = queue.deduplication.find(deduplicationId, scope, now);
  const messageId = earlier?.messageId ?? randomUuid(random);
  const sequenceNumber = earlier?.sequenceNumber ?? queue.nextSequenceNumber();
  if (earlier === undefined) {
    const inScope = scope === undefined ? {} : { groupId: scope };
    queue.deduplication.remember({ id: deduplicationId, ...inScope, messageId, sequenceNumber, sentAt: now });
  }
  return { isDuplicate: earlier !== undefined, ids: { messageId, sequenceNumber, groupId, deduplicationId } };
}

function sendReply(outgoing: Outgoing, digest: string, ids: Ids): Record<string, unknown> {
  const hasAttributes = Object.keys(outgoing.attributes).length > 0;
  return {
    MessageId: ids.messageId,
    MD5OfMessageBody: digest,
    ...(hasAttributes ? { MD5OfMessageAttributes: attributesDigest(outgoing.attributes) } : {}),
    ...(outgoing.traceHeader === undefined
      ? {}
      : { MD5OfMessageSystemAttributes: attributesDigest({ AWSTraceHeader: outgoing.traceHeader }) }),
    ...(ids.sequenceNumber === undefined ? {} : { SequenceNumber: ids.sequenceNumber }),
  };
}

function readOutgoing(input: Document): Outgoing {
  const body = text(input, 'MessageBody');
  if (body === undefined || body === '') throw missingParameter('MessageBody');
  return {
    body,
    attributes: readMessageAttributes(input),
    traceHeader: readTraceHeader(input),
    delaySeconds: wholeNumber(input, 'DelaySeconds'),
    groupId: text(input, 'MessageGroupId'),
    deduplicationId: text(input, 'MessageDeduplicationId'),
  };
}

function checkOutgoing(queue: Queue, outgoing: Outgoing): void {
  const { body, delaySeconds, deduplicationId, groupId } = outgoing;
  checkBody(body);
  checkSize(queue, outgoing);
  if (delaySeconds !== undefined && (delaySeconds < 0 || delaySeconds > DELAY_SECONDS_MAX)) {
    throw invalidValue(
      'DelaySeconds',
      delaySeconds,
      `DelaySeconds must be >= 0 and <= ${DELAY_SECONDS_MAX}.`,
    );
  }
  checkFifoId('MessageGroupId', groupId);
  if (!queue.isFifo) {
    if (deduplicationId !== undefined) throw wrongQueueType('MessageDeduplicationId', deduplicationId);
    return;
  }
  // A delay of nothing is allowed and means the queue's own. Source: SQS API_SendMessage.html, DelaySeconds
  if (delaySeconds !== undefined && delaySeconds > 0) throw wrongQueueType('DelaySeconds', delaySeconds);
  checkFifoId('MessageDeduplicationId', deduplicationId);
  if (deduplicationId === undefined && !deduplicatesByContent(queue)) throw needsDeduplication();
}

function checkSize(queue: Queue, { body, attributes }: Outgoing): void {
  const limit = numberOf(queue.attributes, 'MaximumMessageSize');
  if (Buffer.byteLength(body, 'utf8') + attributesBytes(attributes) <= limit) return;
  throw invalidParameter(
    `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
  );
}

/** Source: SQS API_SendMessageBatch.html; the whole call is refused. */
function checkBatchSize(documents: readonly Document[]): void {
  const bytes = documents.reduce((sum, document) => {
    const body = text(document, 'MessageBody') ?? '';
    return (
      sum + Buffer.byteLength(body, 'utf8') + attributesBytes(structure(document, 'MessageAttributes') ?? {})
    );
  }, 0);
  if (bytes <= BATCH_BYTES_MAX) return;
  throw sqsError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${BATCH_BYTES_MAX} bytes. You have sent ${bytes} bytes.`,
  );
}

/** What a FIFO queue misses in one entry fails the whole batch. */
function checkFifoEntry(queue: Queue, document: Document): void {
  if (text(document, 'MessageDeduplicationId') === undefined && !deduplicatesByContent(queue)) {
    throw needsDeduplication();
  }
  if (text(document, 'MessageGroupId') === undefined) {
    throw invalidParameter('The request must contain the parameter MessageGroupId.');
  }
}

function checkFifoId(parameter: string, value: string | undefined): void {
  if (value === undefined || FIFO_ID.test(value)) return;
  throw invalidValue(
    parameter,
    value,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

function deduplicatesByContent(queue: Queue): boolean {
  return queue.attributes.ContentBasedDeduplication === 'true';
}

function needsDeduplication() {
  return invalidParameter(
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

function wrongQueueType(parameter: string, value: unknown) {
  return invalidValue(
    parameter,
    value,
    'The request include parameter that is not valid for this queue type.',
  );
}
