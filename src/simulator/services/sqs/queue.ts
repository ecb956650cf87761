import type { Clock, Random } from '../../../reconcile/ports.ts';
import type { Weather } from '../../faults.ts';
import { randomInteger } from '../../random.ts';
import { ReceiveAttempts } from './attempts.ts';
import { type Attributes, numberOf } from './attributes.ts';
import { Deduplication } from './deduplication.ts';
import { sqsError } from './errors.ts';
import type { Content, Delivery, Message } from './message.ts';
import {
  ExpiredHandle,
  type Receipt,
  readReceiptHandle,
  unavailableMessage,
  writeReceiptHandle,
} from './receipts.ts';
import {
  parseRedriveAllowPolicy,
  parseRedrivePolicy,
  type RedriveAllowPolicy,
  type RedrivePolicy,
} from './redrive.ts';
import { FifoShelf, StandardShelf } from './shelf.ts';
import { MessageStore } from './store.ts';

/** Most messages in flight in one queue. Source: SQS quotas-messages.html */
export const IN_FLIGHT_MAX = 120_000;

/** A message stays received for twelve hours at most. Source: SQS sqs-visibility-timeout.html */
const RECEIVED_MS_MAX = 43_200_000;

/** How far a standard queue's order strays, and how late a second copy comes, in bad weather. */
const STRAY_MAX = 10;
const ECHO_LAG_MS_MAX = 5_000;

/** Sequence numbers have twenty digits, grow, and leave gaps. Source: SQS API_SendMessage.html */
const SEQUENCE_BASE = 18_849_496_460_467_696_128n;
const SEQUENCE_STEP = 256n;

/** What a queue leans on. */
export interface QueueSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly weather: () => Weather;
  /** Moves a message that was received too often to the dead-letter queue; false if it stays. */
  readonly bury: (queue: Queue, message: Message) => boolean;
}

/** One queue: what may be received, by whom it was, and what its handles still can do. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly isFifo: boolean;
  readonly store: MessageStore;
  readonly shelf: FifoShelf | StandardShelf;
  readonly deduplication = new Deduplication();
  readonly attempts = new ReceiveAttempts();
  tags: ReadonlyMap<string, string> = new Map();
  createdAt: number;
  modifiedAt: number;
  purgedAt: number | undefined;
  /** How many messages were handed out, ever. */
  receipts = 0;
  /** Called when there may be something to receive. */
  onChange: () => void = () => {};
  private readonly surroundings: QueueSurroundings;
  private current: Attributes;
  private redrive: RedrivePolicy | undefined;
  private allow: RedriveAllowPolicy | undefined;

  constructor(name: string, arn: string, attributes: Attributes, surroundings: QueueSurroundings) {
    this.name = name;
    this.arn = arn;
    this.current = attributes;
    this.redrive = parseRedrivePolicy(attributes.RedrivePolicy);
    this.allow = parseRedriveAllowPolicy(attributes.RedriveAllowPolicy);
    this.isFifo = attributes.FifoQueue === 'true';
    this.surroundings = surroundings;
    this.createdAt = surroundings.clock.now();
    this.modifiedAt = this.createdAt;
    this.shelf = this.isFifo ? new FifoShelf() : new StandardShelf(() => this.strayBy());
    this.store = new MessageStore(
      surroundings.clock,
      this.shelf,
      () => numberOf(this.current, 'MessageRetentionPeriod') * 1000,
    );
  }

  get attributes(): Attributes {
    return this.current;
  }

  get redrivePolicy(): RedrivePolicy | undefined {
    return this.redrive;
  }

  get redriveAllowPolicy(): RedriveAllowPolicy | undefined {
    return this.allow;
  }

  /** Replaces the attributes; they have been checked. A FIFO queue's new delay also holds for messages that wait. */
  setAttributes(attributes: Attributes): void {
    const delayChanges = this.current.DelaySeconds !== attributes.DelaySeconds;
    this.current = attributes;
    this.redrive = parseRedrivePolicy(attributes.RedrivePolicy);
    this.allow = parseRedriveAllowPolicy(attributes.RedriveAllowPolicy);
    if (delayChanges && this.isFifo) this.delayWaiting();
    this.onChange();
  }

  /** The number the next message of a FIFO queue gets. */
  nextSequenceNumber(): string {
    return String(SEQUENCE_BASE + BigInt(this.store.arrivals + 1) * SEQUENCE_STEP);
  }

  /** Puts a new message in; `delayMs` passes before it can be received. */
  put(content: Content, delayMs: number): void {
    this.store.settle();
    this.store.add({
      content,
      position: this.store.arrivals + 1,
      enqueuedAt: this.now(),
      isEcho: false,
      state: delayMs > 0 ? 'delayed' : 'visible',
      visibleAt: this.now() + delayMs,
      receiveCount: 0,
      receivesHere: 0,
      receipt: 0,
      receivedAt: 0,
      firstReceivedAt: undefined,
    });
    this.onChange();
  }

  /** Takes in what another queue gave up on; its receive count goes on. */
  putDeadLetter(content: Content, from: Message): void {
    this.store.settle();
    this.store.add({
      ...from,
      content,
      position: this.store.arrivals + 1,
      // Source: SQS setting-up-dead-letter-queue-retention.html
      enqueuedAt: this.isFifo ? this.now() : from.enqueuedAt,
      state: 'visible',
      visibleAt: this.now(),
      receivesHere: 0,
      receipt: 0,
    });
    this.onChange();
  }

  /** Receives up to `max` messages that are visible now, and hides them for `visibilityMs`. */
  receive(max: number, visibilityMs: number): Delivery[] {
    this.store.settle();
    const room = Math.max(0, Math.min(max, IN_FLIGHT_MAX - this.store.inFlight));
    const picked = this.shelf.pick(room, (message) => !this.surroundings.bury(this, message));
    if (picked.length === 0) return [];
    const deliveries = picked.map((message) => this.handOut(message, visibilityMs));
    this.store.settle();
    return deliveries;
  }

  /** Removes the message of a handle. Sources: SQS API_DeleteMessage.html; for FIFO API_ReceiveMessage.html */
  delete(handle: string): void {
    const { receipt, message } = this.read(handle);
    if (message === undefined) return;
    const isLatest = receipt.receipt === message.receipt;
    if (this.isFifo && !(isLatest && message.state === 'inFlight')) throw new ExpiredHandle(handle);
    if (!isLatest) return;
    this.store.remove(message);
    this.onChange();
  }

  /** Hides a received message for `visibilityMs` from now. Source: SQS API_ChangeMessageVisibility.html */
  changeVisibility(handle: string, visibilityMs: number): void {
    const { receipt, message } = this.read(handle);
    if (message === undefined || receipt.receipt !== message.receipt) throw unavailableMessage(handle);
    if (message.state !== 'inFlight') {
      throw sqsError('MessageNotInflight', 'The specified message is not in flight.');
    }
    const visibleAt = this.now() + visibilityMs;
    if (visibleAt > message.receivedAt + RECEIVED_MS_MAX) throw beyondLimit(visibilityMs);
    this.store.hide(message, 'inFlight', visibleAt);
    this.store.settle();
    this.onChange();
  }

  /** Hides delivered messages anew; nothing if one of them was touched by somebody since. */
  hideAgain(deliveries: readonly Delivery[], visibilityMs: number): Delivery[] | undefined {
    this.store.settle();
    const messages = deliveries.flatMap(({ position, receipt, hiddenUntil }) => {
      const message = this.store.get(position);
      return message?.receipt === receipt && message.visibleAt === hiddenUntil ? [message] : [];
    });
    if (messages.length < deliveries.length) return undefined;
    const hiddenUntil = this.now() + visibilityMs;
    for (const message of messages) this.store.hide(message, 'inFlight', hiddenUntil);
    this.store.settle();
    return deliveries.map((delivery) => ({ ...delivery, hiddenUntil }));
  }

  /** Removes every message. Deduplication starts anew as well. */
  purge(): void {
    this.store.clear();
    this.deduplication.clear();
    this.attempts.clear();
    this.purgedAt = this.now();
  }

  /** Source: SQS sqs-delay-queues.html, "retroactive" */
  private delayWaiting(): void {
    const delayMs = numberOf(this.current, 'DelaySeconds') * 1000;
    for (const message of this.store.list()) {
      if (message.receiveCount === 0) this.store.hide(message, 'delayed', message.enqueuedAt + delayMs);
    }
    this.store.settle();
  }

  private handOut(message: Message, visibilityMs: number): Delivery {
    const now = this.now();
    const firstReceivedAt = message.firstReceivedAt ?? now;
    this.receipts += 1;
    message.receiveCount += 1;
    message.receivesHere += 1;
    message.receivedAt = now;
    message.firstReceivedAt = firstReceivedAt;
    message.receipt = this.receipts;
    const hiddenUntil = now + visibilityMs;
    this.store.hide(message, 'inFlight', hiddenUntil);
    this.maybeEcho(message);
    const { content, position, receipt, receiveCount } = message;
    const named = { queueName: this.name, messageId: content.messageId, position, receipt };
    const receiptHandle = writeReceiptHandle(named);
    return { content, position, receipt, receiveCount, firstReceivedAt, hiddenUntil, receiptHandle };
  }

  private read(handle: string): { receipt: Receipt; message: Message | undefined } {
    this.store.settle();
    const receipt = readReceiptHandle(handle, this.name);
    const message = this.store.get(receipt.position);
    return { receipt, message: message?.content.messageId === receipt.messageId ? message : undefined };
  }

  /**
   * Standard queues deliver at least once: now and then a copy on another server survives and comes later, even
   * after the message was deleted. Source: SQS standard-queues-at-least-once-delivery.html
   */
  private maybeEcho(message: Message): void {
    const { random, weather } = this.surroundings;
    const chance = this.isFifo || message.isEcho ? 0 : weather().duplicateEvents;
    if (chance <= 0 || random() >= chance) return;
    this.store.add({
      ...message,
      position: this.store.arrivals + 1,
      isEcho: true,
      state: 'delayed',
      visibleAt: this.now() + 1 + randomInteger(random, ECHO_LAG_MS_MAX),
      receivesHere: message.receivesHere - 1,
      receipt: 0,
    });
  }

  /** How many messages the next pick passes over. Source: SQS standard-queues.html, best-effort ordering */
  private strayBy(): number {
    const { random, weather } = this.surroundings;
    const chance = weather().duplicateEvents;
    return chance > 0 && random() < chance ? randomInteger(random, STRAY_MAX) : 0;
  }

  private now(): number {
    return this.surroundings.clock.now();
  }
}

function beyondLimit(visibilityMs: number) {
  return sqsError(
    'InvalidParameterValueException',
    `Value ${visibilityMs / 1000} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [${RECEIVED_MS_MAX / 1000} seconds]`,
  );
}
