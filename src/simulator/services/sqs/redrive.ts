import { z } from 'zod';
import { invalidAttribute } from './attributes.ts';
import { invalidParameter, invalidValue } from './errors.ts';

/** Where messages go that were received too often. */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** Which queues may name this one as their dead-letter queue. */
export interface RedriveAllowPolicy {
  readonly redrivePermission: 'allowAll' | 'denyAll' | 'byQueue';
  readonly sourceQueueArns: readonly string[];
}

const QUEUE_ARN = /^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w.-]{1,80}$/;
const RECEIVE_COUNT_MAX = 1000;
const SOURCE_QUEUES_MAX = 10;

/** Parses the attribute RedrivePolicy; the count may be a number or text. Source: SQS sqs-dead-letter-queues.html */
export function parseRedrivePolicy(text: string | undefined): RedrivePolicy | undefined {
  if (text === undefined || text === '') return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = parseObject(text, 'RedrivePolicy');
  if (deadLetterTargetArn === undefined) throw missingPart(text, 'deadLetterTargetArn');
  if (maxReceiveCount === undefined) throw missingPart(text, 'maxReceiveCount');
  if (typeof deadLetterTargetArn !== 'string' || !QUEUE_ARN.test(deadLetterTargetArn)) {
    throw invalidValue('RedrivePolicy', text, 'Invalid value for deadLetterTargetArn.');
  }
  const count = Number(maxReceiveCount);
  if (!Number.isInteger(count) || count < 1 || count > RECEIVE_COUNT_MAX) {
    throw invalidValue(
      'RedrivePolicy',
      text,
      `Invalid value for maxReceiveCount: ${String(maxReceiveCount)}, valid values are from 1 to ${RECEIVE_COUNT_MAX} both inclusive.`,
    );
  }
  return { deadLetterTargetArn, maxReceiveCount: count };
}

const allowPolicy = z.object({
  redrivePermission: z.enum(['allowAll', 'denyAll', 'byQueue']),
  sourceQueueArns: z.array(z.string().regex(QUEUE_ARN)).max(SOURCE_QUEUES_MAX).default([]),
});

/** Parses the attribute RedriveAllowPolicy. Source: SQS API_SetQueueAttributes.html */
export function parseRedriveAllowPolicy(text: string | undefined): RedriveAllowPolicy | undefined {
  if (text === undefined || text === '') return undefined;
  const parsed = allowPolicy.safeParse(parseObject(text, 'RedriveAllowPolicy'));
  if (!parsed.success) throw invalidAttribute('RedriveAllowPolicy');
  if (parsed.data.redrivePermission !== 'byQueue' && parsed.data.sourceQueueArns.length > 0) {
    throw invalidAttribute('RedriveAllowPolicy', 'sourceQueueArns needs redrivePermission byQueue.');
  }
  return parsed.data;
}

/** Whether `policy` lets `sourceArn` send its dead letters here; without one everybody of the account may. */
export function allowsSource(policy: RedriveAllowPolicy | undefined, sourceArn: string): boolean {
  if (policy === undefined || policy.redrivePermission === 'allowAll') return true;
  return policy.redrivePermission === 'byQueue' && policy.sourceQueueArns.includes(sourceArn);
}

function parseObject(text: string, name: string): Readonly<Record<string, unknown>> {
  try {
    const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // Falls through to the same refusal: a text that is not JSON is not a policy.
  }
  throw invalidAttribute(name);
}

function missingPart(text: string, part: string) {
  return invalidParameter(
    `Value ${text} for parameter RedrivePolicy is invalid. Reason: Redrive policy does not contain mandatory attribute: ${part}.`,
  );
}
