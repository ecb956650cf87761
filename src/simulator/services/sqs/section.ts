import { z } from 'zod';

/** Instants are ISO 8601 in a world, so that people can read and write them. */
const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const count = z.int().min(0);

/** An attribute may be a number, a boolean, or (policies) a JSON object. */
const attributeValue = z
  .union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown())])
  .transform((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)));

/** A body may be text or any JSON; the latter is sent as JSON text. */
const body = z
  .union([z.string().min(1), z.record(z.string(), z.unknown()), z.array(z.unknown())])
  .transform((value) => (typeof value === 'string' ? value : JSON.stringify(value)));

const messageAttribute = z.union([
  z.strictObject({ DataType: z.string(), StringValue: z.string() }),
  z.strictObject({ DataType: z.string(), BinaryValue: z.string() }),
]);

/** A message. By hand, `body` (and `groupId` in a FIFO queue) is enough; the rest is what `dump` keeps. */
const messageSection = z.strictObject({
  body,
  groupId: z.string().optional(),
  deduplicationId: z.string().optional(),
  attributes: z.record(z.string(), messageAttribute).default({}),
  traceHeader: z.string().optional(),
  messageId: z.string().optional(),
  senderId: z.string().optional(),
  sequenceNumber: z.string().optional(),
  deadLetterSourceArn: z.string().optional(),
  sentAt: instant.optional(),
  /** When retention began, if not when it was sent. */
  enqueuedAt: instant.optional(),
  /** In the future: delayed, or in flight if it was received. */
  visibleAt: instant.optional(),
  receiveCount: count.default(0),
  /** Receives in this queue, if it came from another one. */
  receivesHere: count.optional(),
  /** Number of the receive whose handle is good. */
  receipt: count.default(0),
  receivedAt: instant.optional(),
  firstReceivedAt: instant.optional(),
  /** Order of arrival; the order of the list unless given. */
  position: count.optional(),
  isEcho: z.boolean().default(false),
});

const rememberedSend = z.strictObject({
  id: z.string(),
  groupId: z.string().optional(),
  messageId: z.string(),
  sequenceNumber: z.string(),
  sentAt: instant,
});

const receiveAttempt = z.strictObject({
  id: z.string(),
  receivedAt: instant,
  deliveries: z.array(
    z.strictObject({
      position: count,
      receipt: count,
      receiptHandle: z.string(),
      receiveCount: count,
      firstReceivedAt: instant,
      hiddenUntil: instant,
    }),
  ),
});

const queueSection = z.strictObject({
  $comment: z.string().optional(),
  name: z.string(),
  attributes: z.record(z.string(), attributeValue).default({}),
  tags: z.record(z.string(), z.string()).default({}),
  messages: z.array(messageSection).default([]),
  createdAt: instant.optional(),
  modifiedAt: instant.optional(),
  purgedAt: instant.optional(),
  /** How many messages arrived and were handed out so far. */
  arrivals: count.default(0),
  receipts: count.default(0),
  deduplication: z.array(rememberedSend).default([]),
  receiveAttempts: z.array(receiveAttempt).default([]),
  /** FIFO groups in the order in which they are received next, if not by their first message. */
  readyGroups: z.array(z.string()).default([]),
});

const moveTask = z.strictObject({
  id: z.string(),
  sourceArn: z.string(),
  destinationArn: z.string().optional(),
  messagesPerSecond: z.int().min(1).max(500).optional(),
  toMove: count,
  startedAt: instant,
  status: z.enum(['RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED']),
  moved: count,
  failureReason: z.string().optional(),
});

/**
 * The section `sqs` of a world:
 * `{"queues": [{"name": "work.fifo", "attributes": {"VisibilityTimeout": 60}, "messages": [{"body": "…", "groupId": "a"}]}]}`
 */
export const sqsSection = z.strictObject({
  $comment: z.string().optional(),
  queues: z.array(queueSection).default([]),
  /** Queues deleted less than a minute ago, whose names cannot be used yet. */
  recentlyDeleted: z.record(z.string(), instant).default({}),
  moveTasks: z.array(moveTask).default([]),
});

export type QueueSection = z.output<typeof queueSection>;
export type MessageSection = z.output<typeof messageSection>;
export type SqsSection = z.output<typeof sqsSection>;

/** The members of a document that are there; zod leaves `undefined` in optional ones. */
export type Present<Shape> = { [Member in keyof Shape]: Exclude<Shape[Member], undefined> };

/** Drops members that are undefined. */
export function present<Shape extends object>(document: Shape): Present<Shape> {
  const entries = Object.entries(document).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<Shape>; // The filter is what the type says.
}
