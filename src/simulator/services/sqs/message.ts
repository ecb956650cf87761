/** A message attribute as it is on the wire; binary values are base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** What a sender put into a message and what SQS wrote on it; never changes. */
export interface Content {
  readonly messageId: string;
  readonly body: string;
  /** The MD5 digest of the body, which every receive shows. */
  readonly bodyDigest: string;
  readonly attributes: MessageAttributes;
  readonly senderId: string;
  readonly sentAt: number;
  readonly traceHeader?: string;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly sequenceNumber?: string;
  /** The queue a dead letter came from. */
  readonly deadLetterSourceArn?: string;
}

/** Delayed: not yet visible for the first time. In flight: received, and hidden from others. */
export type MessageState = 'delayed' | 'visible' | 'inFlight';

/** A message in one queue. */
export interface Message {
  readonly content: Content;
  /** Order of arrival in this queue; its name inside of it. */
  readonly position: number;
  /** When retention began: a standard queue's dead letters keep the age they had. */
  readonly enqueuedAt: number;
  /** A second copy of a standard queue's message; copies are not copied again. */
  readonly isEcho: boolean;
  state: MessageState;
  /** When it is, or was last, available to be received. */
  visibleAt: number;
  /** Receives in every queue it was in, as ApproximateReceiveCount says. */
  receiveCount: number;
  /** Receives in this queue, which the redrive policy counts. */
  receivesHere: number;
  /** Number of the receive whose handle is good; 0 before the first one. */
  receipt: number;
  receivedAt: number;
  firstReceivedAt: number | undefined;
}

/** What one receive hands over. */
export interface Delivery {
  readonly content: Content;
  readonly position: number;
  readonly receipt: number;
  readonly receiptHandle: string;
  readonly receiveCount: number;
  readonly firstReceivedAt: number;
  readonly hiddenUntil: number;
}

/** A message as tests and people look at it. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly state: MessageState;
  readonly visibleAt: number;
  readonly sentAt: number;
  readonly receiveCount: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}
