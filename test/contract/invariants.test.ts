import { describe, expect, it } from 'vitest';
import { type Around, violationsOf } from './invariants.ts';
import { type BuildStatus, decodeBuild } from './records.ts';

const AT = 1_800_000_000;
const TASK = 'arn:aws:ecs:us-east-1:123456789012:task/main/abc';
const around: Around = {
  objectExists: (url) => url.startsWith('s3://bucket/7/'),
  taskStatus: (arn) => (arn === TASK ? 'RUNNING' : undefined),
};

/** A build that is in its release phase, with all before it well. */
function item(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const done = { start: AT, end: AT + 60, state: 'succeeded' };
  return {
    app: 'shop',
    build_number: 7,
    build: { ...done, arns: ['arn:aws:codebuild:us-east-1:1:build/shop:1'], logs: 's3://bucket/7/build.log' },
    test: { ...done, logs: 's3://bucket/7/test.log' },
    finalize: done,
    release: {
      arns: [TASK],
      logs: 'cloudwatch://group#release/release/abc',
      start: AT + 60,
      state: 'started',
    },
    ...changes,
  };
}

function found(
  changes: Record<string, unknown>,
  before?: BuildStatus,
  key = 'APP#shop BUILD#0000000007',
): string[] {
  return violationsOf(key, item(changes), before, around).map(
    (violation) => violation.split(':', 1)[0] ?? '',
  );
}

describe('the checker of build records', () => {
  it('finds nothing wrong with a record as the contract wants it', () => {
    expect(found({})).toEqual([]);
    const deployed = { deploy: { arns: ['a'], start: AT, end: AT + 1, state: 'succeeded' } };
    expect(found({ release: undefined, ...deployed })).toEqual([]);
  });

  const SEEDED: ReadonlyArray<readonly [string, string, Record<string, unknown>]> = [
    ['types', 'a number stored as a text', { build_number: '7' }],
    [
      'types',
      'milliseconds for seconds',
      { finalize: { start: AT * 1000, end: AT * 1000, state: 'succeeded' } },
    ],
    ['1', 'a build without arns', { build: { start: AT, state: 'started' } }],
    [
      '2',
      'a log URL without a stream',
      { build: { arns: ['a'], start: AT, state: 'started', logs: 'cloudwatch://group' } },
    ],
    ['3', "the build's log moved before the test's", { test: { start: AT, state: 'started' } }],
    [
      '3',
      'a log that is not in the bucket yet',
      { test: { start: AT, end: AT, state: 'succeeded', logs: 's3://bucket/8/test.log' } },
    ],
    ['4', 'a phase that runs and has no start', { finalize: { state: 'started' } }],
    ['4', 'a skipped phase with a start', { postdeploy: { start: AT } }],
    ['4', 'a state nobody knows', { finalize: { start: AT, state: 'superseded' } }],
    ['5', 'a deployment that ended without a verdict', { deploy: { start: AT, end: AT, state: 'started' } }],
    ['6', 'a failure without an end', { release: { start: AT, state: 'failed' } }],
    ['8', 'a running task without logs', { release: { arns: [TASK], start: AT, state: 'started' } }],
    [
      '8',
      'a task that is over with its logs where they were',
      {
        release: { arns: [TASK], start: AT, end: AT, state: 'succeeded', logs: 'cloudwatch://group#stream' },
      },
    ],
    [
      '8',
      'a task that ECS has forgotten',
      { release: { arns: ['arn:gone'], start: AT, state: 'started', logs: 'cloudwatch://group#stream' } },
    ],
  ];
  it.each(SEEDED)('catches a violation of %s: %s', (invariant, _what, changes) => {
    expect(found(changes)).toContain(invariant);
  });

  it('catches a deployment that is over without an end', () => {
    expect(found({ deploy: { start: AT, state: 'succeeded' } })).toContain('5');
  });

  it('catches a phase that was over and is not any more', () => {
    const before = decodeBuild(item({ release: { start: AT, end: AT, state: 'failed' } }));
    expect(found({}, before)).toEqual(['11']);
  });

  it('catches a build number of fewer than ten digits', () => {
    expect(found({}, undefined, 'APP#shop BUILD#7')).toEqual(['types']);
  });
});
