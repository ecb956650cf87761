import { z } from 'zod';
import { sqsError } from './errors.ts';

/** Attributes of a queue as they are set and shown: text all of them. */
export type Attributes = Readonly<Record<string, string>>;

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Whole numbers and their bounds. Source: SQS API_SetQueueAttributes.html */
const NUMBERS: Readonly<Record<string, Range>> = {
  DelaySeconds: { min: 0, max: 900 },
  MaximumMessageSize: { min: 1024, max: 1_048_576 },
  MessageRetentionPeriod: { min: 60, max: 1_209_600 },
  ReceiveMessageWaitTimeSeconds: { min: 0, max: 20 },
  VisibilityTimeout: { min: 0, max: 43_200 },
  KmsDataKeyReusePeriodSeconds: { min: 60, max: 86_400 },
};

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  FifoQueue: ['true', 'false'],
  ContentBasedDeduplication: ['true', 'false'],
  SqsManagedSseEnabled: ['true', 'false'],
  DeduplicationScope: ['queue', 'messageGroup'],
  FifoThroughputLimit: ['perQueue', 'perMessageGroupId'],
};

/** JSON documents; setting them to nothing removes them. */
const DOCUMENTS = ['Policy', 'RedrivePolicy', 'RedriveAllowPolicy'];

const FIFO_ONLY = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

const COMMON_DEFAULTS: Attributes = {
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
  SqsManagedSseEnabled: 'true',
};

const FIFO_DEFAULTS: Attributes = {
  ...COMMON_DEFAULTS,
  FifoQueue: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
};

/** Attributes that only AWS writes. */
export const READ_ONLY_ATTRIBUTES = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'QueueArn',
] as const;

/** Every attribute that can be asked for. */
export const ATTRIBUTE_NAMES: readonly string[] = [
  'All',
  ...READ_ONLY_ATTRIBUTES,
  ...Object.keys(NUMBERS),
  ...Object.keys(CHOICES),
  ...DOCUMENTS,
  'KmsMasterKeyId',
];

/** What a new queue has. */
export function defaultAttributes(isFifo: boolean): Attributes {
  return isFifo ? FIFO_DEFAULTS : COMMON_DEFAULTS;
}

/** Applies `changes` (already checked) to `attributes`; an empty text removes. */
export function withAttributes(attributes: Attributes, changes: Attributes): Attributes {
  const merged = Object.fromEntries(
    Object.entries({ ...attributes, ...changes }).filter(([, value]) => value !== ''),
  );
  if (merged.KmsMasterKeyId !== undefined) return { ...merged, SqsManagedSseEnabled: 'false' };
  return merged;
}

/** Checks attributes to be set, and gives them in their normal form. */
export function checkAttributes(requested: Attributes, isFifo: boolean): Attributes {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(requested)) {
    refuseForeign(name, isFifo);
    checked[name] = checkValue(name, value);
  }
  if ((checked.KmsMasterKeyId ?? '') !== '' && checked.SqsManagedSseEnabled === 'true') {
    throw sqsError(
      'InvalidAttributeName',
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    );
  }
  return checked;
}

/** High throughput needs deduplication by group. Source: SQS API_SetQueueAttributes.html */
export function checkThroughput(attributes: Attributes): void {
  if (attributes.FifoThroughputLimit !== 'perMessageGroupId') return;
  if (attributes.DeduplicationScope === 'messageGroup') return;
  throw invalidAttribute('FifoThroughputLimit', 'DeduplicationScope must be set to messageGroup.');
}

/** A numeric attribute as a number. */
export function numberOf(attributes: Attributes, name: keyof typeof NUMBERS): number {
  return Number(attributes[name] ?? COMMON_DEFAULTS[name] ?? 0);
}

/** The reply to a value an attribute cannot have. */
export function invalidAttribute(name: string, reason?: string) {
  const more = reason === undefined ? '' : ` Reason: ${reason}`;
  return sqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.${more}`);
}

/** The reply to an attribute there is not, or not for this type of queue. */
export function unknownAttribute(name: string) {
  return sqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}

function refuseForeign(name: string, isFifo: boolean): void {
  const known =
    Object.hasOwn(NUMBERS, name) ||
    Object.hasOwn(CHOICES, name) ||
    DOCUMENTS.includes(name) ||
    name === 'KmsMasterKeyId';
  if (!known) throw unknownAttribute(name);
  if (isFifo || !FIFO_ONLY.includes(name)) return;
  if (name === 'FifoQueue' || name === 'ContentBasedDeduplication') throw unknownAttribute(name);
  throw sqsError('InvalidAttributeName', `You can specify the ${name} only when FifoQueue is set to true.`);
}

function checkValue(name: string, value: string): string {
  const range = NUMBERS[name];
  if (range !== undefined) return checkNumber(name, value, range);
  const choices = CHOICES[name];
  if (choices !== undefined) return checkChoice(name, value, choices);
  if (DOCUMENTS.includes(name) && value !== '' && !isJsonObject(value)) throw invalidAttribute(name);
  return value;
}

function checkNumber(name: string, value: string, range: Range): string {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= range.min && number <= range.max)) throw invalidAttribute(name);
  return String(number);
}

/** Booleans may be written `True`. */
function checkChoice(name: string, value: string, choices: readonly string[]): string {
  const choice = choices.includes('true') ? value.toLowerCase() : value;
  if (!choices.includes(choice)) throw invalidAttribute(name);
  return choice;
}

const jsonObject = z.record(z.string(), z.unknown());

function isJsonObject(text: string): boolean {
  try {
    return jsonObject.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
