import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Clock, sleep } from '../reconcile/ports.ts';
import { backoff } from '../reconcile/retry.ts';

/** Most entries of one batch call, and most messages of one receive. Source: SQS quotas-messages.html */
export const BATCH_MAX = 10;

/** Longest delay of a message in a standard queue. Source: SQS sqs-delay-queues.html */
export const DELAY_SECONDS_MAX = 900;

/** How often the entries of a batch that SQS refused for reasons of its own are sent again. */
const TRIES_MAX = 3;
const RETRY_FIRST_MS = 200;
const RETRY_LAST_MS = 2_000;

/** One queue, and the clock by which its calls wait. */
export interface Queue {
  readonly sqs: SQSClient;
  readonly url: string;
  readonly clock: Clock;
}

/** A message as it was handed to us. The instants are SQS's clock, not ours. */
export interface Received {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** +Infinity when the queue did not say: such a message never counts as old. */
  readonly sentAt: number;
  /** 0 when the queue did not say. */
  readonly firstReceivedAt: number;
  readonly receiveCount: number;
}

export interface Outgoing {
  readonly body: string;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly delaySeconds?: number;
}

/** An entry of a batch call that did not go through; the others did. */
export interface Refusal<T> {
  readonly entry: T;
  /** SQS's code, or the name of the error that ended the call. */
  readonly code: string;
  readonly message: string;
}

export interface Poll {
  /** At most this many messages, 1 to 10. */
  readonly max: number;
  readonly waitSeconds: number;
  readonly visibilitySeconds: number;
}

/**
 * Receives; resolves to nothing at once when `signal` is aborted. A poll that was given up may still be
 * answered: what it hands out is given back, so that nobody waits for it.
 */
export async function receive(queue: Queue, poll: Poll, signal: AbortSignal): Promise<readonly Received[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queue.url,
    MaxNumberOfMessages: poll.max,
    WaitTimeSeconds: poll.waitSeconds,
    VisibilityTimeout: poll.visibilitySeconds,
    MessageSystemAttributeNames: [
      'SentTimestamp',
      'ApproximateFirstReceiveTimestamp',
      'ApproximateReceiveCount',
    ],
  });
  const answer = queue.sqs
    .send(command, { abortSignal: signal })
    .then((output) => (output.Messages ?? []).flatMap(readMessage));
  const given = await beforeAbort(answer, signal);
  if (given !== undefined) return given;
  giveBack(queue, answer);
  return [];
}

/** Sends messages, ten a call; tells which could not be sent. */
export function sendAll<T extends Outgoing>(
  queue: Queue,
  messages: readonly T[],
): Promise<readonly Refusal<T>[]> {
  return inBatches(queue.clock, messages, TRIES_MAX, async (chunk) => {
    const entries = chunk.map((message, index) => ({
      Id: String(index),
      MessageBody: message.body,
      ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
      ...(message.deduplicationId === undefined ? {} : { MessageDeduplicationId: message.deduplicationId }),
      ...(message.delaySeconds === undefined ? {} : { DelaySeconds: message.delaySeconds }),
    }));
    const command = new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: entries });
    return (await queue.sqs.send(command)).Failed;
  });
}

/** Deletes messages; tells which could not be deleted. */
export function deleteAll<T extends Received>(
  queue: Queue,
  messages: readonly T[],
): Promise<readonly Refusal<T>[]> {
  return inBatches(queue.clock, messages, TRIES_MAX, async (chunk) => {
    const entries = chunk.map((message, index) => ({
      Id: String(index),
      ReceiptHandle: message.receiptHandle,
    }));
    const command = new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: entries });
    return (await queue.sqs.send(command)).Failed;
  });
}

/** Hides messages for `seconds` from now on, once: a refusal is an answer that the caller must act on. */
export function hideAll<T extends Received>(
  queue: Queue,
  messages: readonly T[],
  seconds: number,
): Promise<readonly Refusal<T>[]> {
  return inBatches(queue.clock, messages, 1, async (chunk) => {
    const entries = chunk.map((message, index) => ({
      Id: String(index),
      ReceiptHandle: message.receiptHandle,
      VisibilityTimeout: seconds,
    }));
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queue.url, Entries: entries });
    return (await queue.sqs.send(command)).Failed;
  });
}

/** How many messages a queue holds; SQS calls these numbers approximate. */
export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

const DEPTH_ATTRIBUTES = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** Asks SQS for the depth of a queue; throws what AWS threw. */
export async function queueDepth(queue: Queue): Promise<QueueDepth> {
  const command = new GetQueueAttributesCommand({
    QueueUrl: queue.url,
    AttributeNames: [...DEPTH_ATTRIBUTES],
  });
  const { Attributes: found = {} } = await queue.sqs.send(command);
  return {
    visible: Number(found.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(found.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(found.ApproximateNumberOfMessagesDelayed ?? 0),
  };
}

/**
 * The queue that gets what nobody could handle, or undefined when there is none; throws what AWS threw. It is always
 * of the same account and region, so its URL differs in the name only.
 * Source: SQS sqs-dead-letter-queues.html
 */
export async function deadLetterQueue(queue: Queue): Promise<Queue | undefined> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['RedrivePolicy'] });
  const { Attributes: found = {} } = await queue.sqs.send(command);
  const name = /"deadLetterTargetArn"\s*:\s*"[^"]*:([^":]+)"/.exec(found.RedrivePolicy ?? '')?.[1];
  return name === undefined
    ? undefined
    : { ...queue, url: `${queue.url.slice(0, queue.url.lastIndexOf('/') + 1)}${name}` };
}

function readMessage(message: Message): Received[] {
  const { MessageId, ReceiptHandle, Body = '', Attributes = {} } = message;
  if (MessageId === undefined || ReceiptHandle === undefined) return [];
  return [
    {
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      sentAt: Number(Attributes.SentTimestamp ?? Number.POSITIVE_INFINITY),
      firstReceivedAt: Number(Attributes.ApproximateFirstReceiveTimestamp ?? 0),
      receiveCount: Number(Attributes.ApproximateReceiveCount ?? 1),
    },
  ];
}

/** What `answer` resolves to, or undefined as soon as `signal` is aborted. */
function beforeAbort<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(undefined);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

/** A failure here is harmless: the messages come back by themselves when their visibility timeout ends. */
function giveBack(queue: Queue, answer: Promise<readonly Received[]>): void {
  answer.then((messages) => hideAll(queue, messages, 0)).catch(() => {});
}

type BatchCall<T> = (chunk: readonly T[]) => Promise<readonly BatchResultErrorEntry[] | undefined>;

/**
 * Calls in batches of ten and tries again only what SQS refused through no fault of ours: a batch call answers
 * HTTP 200 although entries failed. Source: SQS sqs-batch-api-actions.html
 */
async function inBatches<T>(
  clock: Clock,
  entries: readonly T[],
  triesMax: number,
  call: BatchCall<T>,
): Promise<readonly Refusal<T>[]> {
  const refusals: Refusal<T>[] = [];
  let open = entries;
  for (let tries = 1; open.length > 0; tries += 1) {
    const again: T[] = [];
    for (let from = 0; from < open.length; from += BATCH_MAX) {
      const answers = await callOnce(open.slice(from, from + BATCH_MAX), call);
      for (const { refusal, retriable } of answers) {
        if (retriable && tries < triesMax) again.push(refusal.entry);
        else refusals.push(refusal);
      }
    }
    open = again;
    if (open.length > 0) await sleep(clock, backoff(tries, RETRY_FIRST_MS, RETRY_LAST_MS));
  }
  return refusals;
}

/** An error ends the chance of the whole chunk: the SDK has already tried it several times. */
async function callOnce<T>(
  chunk: readonly T[],
  call: BatchCall<T>,
): Promise<readonly { refusal: Refusal<T>; retriable: boolean }[]> {
  try {
    const failed = (await call(chunk)) ?? [];
    return failed.flatMap(({ Id, Code = 'Unknown', Message = '', SenderFault = false }) => {
      const entry = chunk[Number(Id)];
      if (entry === undefined) return [];
      return [{ refusal: { entry, code: Code, message: Message }, retriable: !SenderFault }];
    });
  } catch (error) {
    const code = error instanceof Error ? error.name : 'Unknown';
    const message = error instanceof Error ? error.message : String(error);
    return chunk.map((entry) => ({ refusal: { entry, code, message }, retriable: false }));
  }
}
