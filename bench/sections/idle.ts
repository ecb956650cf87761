import { listCalls } from '../counting.ts';
import type { Section } from '../figures.ts';
import { measureIdleHour } from '../measures/idle.ts';
import { PROFILE, warmFloor } from '../profile.ts';

const APPS = 10;
const SWEEPS = 12;

/** Of no app, in each sweep: parameters of pipelines, and the documents that say who may see what. */
const ACCOUNT_CALLS = 2;

/** Two queues, a long poll every 20 s; the sweep's own message ends one of them each time. */
const POLLS_MAX = 2 * 180 + SWEEPS;

/** Sent, received, kept, deleted, and the queue asked for its length. */
const SQS_CALLS_A_SWEEP_MAX = 5;

/** A query for what is remembered of each kind, the items of apps, and the sweep's own status, read and written. */
const DYNAMODB_CALLS_A_SWEEP_MAX = 8;

/** What it costs that nothing happens. */
export async function idleSection(): Promise<Section> {
  const { calls, writes } = await measureIdleHour(APPS);
  const polls = calls.byOperation['sqs.ReceiveMessage'] ?? 0;
  return {
    title: `An hour of ${APPS} apps in which nothing happens`,
    figures: [
      { name: 'calls', value: calls.counted, atMost: SWEEPS * (warmFloor(APPS, PROFILE) + ACCOUNT_CALLS) },
      { name: 'long polls', value: polls, atMost: POLLS_MAX },
      { name: 'other SQS calls', value: calls.sqs - polls, atMost: SWEEPS * SQS_CALLS_A_SWEEP_MAX },
      { name: 'DynamoDB calls', value: calls.dynamodb, atMost: SWEEPS * DYNAMODB_CALLS_A_SWEEP_MAX },
      { name: 'writes', value: writes, atMost: 0 },
    ],
    notes: [listCalls(calls)],
  };
}
