import { describe, expect, it } from 'vitest';
import type { Build, CodeBuildPhase } from '../../../src/aws/build-shapes.ts';
import { followBuild, followForgotten } from '../../../src/controllers/build/following.ts';
import type { ArtifactFacts } from '../../../src/controllers/build/observed.ts';
import { found } from '../../../src/reconcile/reading.ts';
import { type BuildRecord, buildRecordKey, closingOf } from '../../../src/store/builds.ts';

const START = 1_700_000_000_000;

function phase(type: string, second: number, seconds?: number, status = 'SUCCEEDED'): CodeBuildPhase {
  const startedAt = START + second * 1000;
  return seconds === undefined
    ? { type, startedAt }
    : { type, status, startedAt, endedAt: startedAt + seconds * 1000 };
}

const MAKING = [phase('SUBMITTED', 0, 0), phase('QUEUED', 0, 1), phase('PRE_BUILD', 1, 9)];
const MADE = [...MAKING, phase('BUILD', 10, 50)];
const TESTED = [...MADE, phase('POST_BUILD', 60, 10)];
const DONE = [
  ...TESTED,
  phase('UPLOAD_ARTIFACTS', 70, 5),
  phase('FINALIZING', 75, 5),
  phase('COMPLETED', 80),
];

function build(phases: readonly CodeBuildPhase[], changes: Partial<Build> = {}): Build {
  return {
    id: 'shop:1',
    arn: 'arn:aws:codebuild:us-east-1:123456789012:build/shop:1',
    project: 'shop',
    number: 1,
    status: 'IN_PROGRESS',
    startedAt: START,
    phases,
    log: { group: '/aws/codebuild/shop', stream: '1' },
    artifacts: { bucket: 'artifacts', folder: '1' },
    external: false,
    ...changes,
  };
}

const ended = (phases: readonly CodeBuildPhase[], status: string, changes: Partial<Build> = {}) =>
  build(phases, { status, endedAt: START + 90_000, ...changes });

const FRESH: BuildRecord = {
  key: buildRecordKey('shop', 1),
  revision: 0,
  app: 'shop',
  buildNumber: 1,
  phases: {},
};
const THERE: ArtifactFacts = { buildLog: found(10), testLog: found(10) };
const MISSING: ArtifactFacts = { buildLog: { state: 'absent' }, testLog: { state: 'absent' } };

function states(record: BuildRecord): string {
  return Object.entries(record.phases)
    .map(([name, one]) => `${name} ${one?.state}`)
    .join(', ');
}

describe('a build in CodeBuild', () => {
  it.each<[string, Build, string]>([
    ['was submitted', build([phase('SUBMITTED', 0)]), 'build started'],
    ['makes its image', build([...MAKING, phase('BUILD', 10)]), 'build started'],
    ['is tested', build([...MADE, phase('POST_BUILD', 60)]), 'build succeeded, test started'],
    [
      'uploads its artifacts',
      build([...TESTED, phase('UPLOAD_ARTIFACTS', 70)]),
      'build succeeded, test succeeded, finalize started',
    ],
    ['is done', ended(DONE, 'SUCCEEDED'), 'build succeeded, test succeeded, finalize succeeded'],
    [
      'failed before its image',
      build([...MAKING, phase('PRE_BUILD', 5, 1, 'FAILED'), phase('UPLOAD_ARTIFACTS', 70, 5)]),
      'build failed',
    ],
    [
      'failed at its image, and went on after that',
      ended([...MAKING, phase('BUILD', 10, 5, 'FAILED'), ...DONE.slice(4)], 'FAILED'),
      'build failed',
    ],
    [
      'failed its tests, and went on after that',
      ended([...MADE, phase('POST_BUILD', 60, 10, 'FAILED'), phase('UPLOAD_ARTIFACTS', 70, 5)], 'FAILED'),
      'build succeeded, test failed',
    ],
    [
      'could not upload its artifacts',
      ended([...TESTED, phase('UPLOAD_ARTIFACTS', 70, 5, 'CLIENT_ERROR')], 'FAILED'),
      'build succeeded, test succeeded, finalize failed',
    ],
    ['was stopped in the queue', ended([phase('SUBMITTED', 0, 0)], 'STOPPED'), 'build failed'],
    [
      'was stopped between two phases',
      ended(TESTED, 'STOPPED'),
      'build succeeded, test succeeded, finalize failed',
    ],
    [
      'was built elsewhere',
      ended(DONE, 'SUCCEEDED', { external: true }),
      'build succeeded, finalize succeeded',
    ],
    [
      'was built elsewhere and took too long',
      ended([...MADE, phase('POST_BUILD', 60, 30, 'TIMED_OUT')], 'TIMED_OUT', { external: true }),
      'build succeeded, finalize failed',
    ],
  ])('that %s', (_title, one, expected) => {
    const record = followBuild(FRESH, one, undefined);
    expect(states(record)).toBe(expected);
    for (const phase of Object.values(record.phases)) {
      expect(phase.start).toBeGreaterThan(0);
      if (phase.state !== 'started') expect(phase.end).toBeGreaterThanOrEqual(phase.start ?? 0);
    }
    if (one.status !== 'IN_PROGRESS' && one.status !== 'SUCCEEDED') expect(closingOf(record)).toBe('failed');
  });

  it('that was built elsewhere and hung fails although its image was told of before', () => {
    const hanging = build([...MADE, phase('POST_BUILD', 60)], { external: true });
    const told = followBuild(FRESH, hanging, undefined);
    const over = ended([...MADE, phase('POST_BUILD', 60, 30, 'TIMED_OUT')], 'TIMED_OUT', { external: true });
    const record = followBuild(told, over, undefined);
    expect([states(told), closingOf(record)]).toEqual(['build succeeded', 'failed']);
    expect(record.phases.finalize?.reason).toMatch(/phase POST_BUILD ended TIMED_OUT/);
  });

  it.each([
    ['STOPPED', /stopped by hand/],
    ['TIMED_OUT', /longer than its project allows/],
    ['FAULT', /fault of its own/],
    ['FAILED', /phase BUILD ended FAILED/],
  ])('that ended %s says why', (status, reason) => {
    const phaseStatus = status === 'FAILED' ? 'FAILED' : status;
    const record = followBuild(
      FRESH,
      ended([...MAKING, phase('BUILD', 10, 5, phaseStatus)], status),
      undefined,
    );
    expect(record.phases.build?.reason).toMatch(reason);
  });

  it('names a log that can be tailed as soon as there is one, and none before', () => {
    const live = followBuild(FRESH, build(MAKING), undefined);
    expect(live.phases.build?.logs).toBe('cloudwatch:///aws/codebuild/shop#1');
    const { log: _log, ...unopened } = build(MAKING);
    expect(followBuild(FRESH, unopened, undefined).phases.build).not.toHaveProperty('logs');
  });

  it('moves the logs of build and test together, once both are in the bucket', () => {
    const live = followBuild(FRESH, build(TESTED), undefined);
    const logs = (artifacts: ArtifactFacts) => {
      const { build: making, test } = followBuild(live, ended(DONE, 'SUCCEEDED'), artifacts).phases;
      return [making?.logs, test?.logs];
    };
    expect(logs(THERE)).toEqual(['s3://artifacts/1/build.log', 's3://artifacts/1/test.log']);
    const unmoved = ['cloudwatch:///aws/codebuild/shop#1', undefined];
    expect(logs(MISSING)).toEqual(unmoved);
    expect(logs({ ...THERE, testLog: { state: 'absent' } })).toEqual(unmoved);
  });

  it('never moves a log back', () => {
    const moved = followBuild(FRESH, ended(DONE, 'SUCCEEDED'), THERE);
    expect(followBuild(moved, ended(DONE, 'SUCCEEDED'), MISSING)).toEqual(moved);
  });

  it('keeps what was closed, whatever is read late', () => {
    const done = followBuild(FRESH, ended(DONE, 'SUCCEEDED'), THERE);
    expect(states(followBuild(done, build(MAKING), undefined))).toBe(states(done));
  });

  it('that CodeBuild has forgotten between two phases fails in the last', () => {
    const record = followBuild(FRESH, build(MADE), undefined);
    const between = { ...record, phases: { build: record.phases.build ?? {} } };
    expect(closingOf(between)).toBeUndefined();
    const forgotten = followForgotten(between, START + 99_000);
    expect(forgotten.phases.finalize).toMatchObject({ state: 'failed', start: START / 1000 + 99 });
    expect(closingOf(forgotten)).toBe('failed');
  });

  it('that CodeBuild has forgotten fails where it was', () => {
    const open = followBuild(FRESH, build([...MADE, phase('POST_BUILD', 60)]), undefined);
    expect(followForgotten(open, START + 99_000).phases.test).toMatchObject({
      state: 'failed',
      end: START / 1000 + 99,
      reason: expect.stringContaining('does not know'),
    });
    const done = followBuild(FRESH, ended(DONE, 'SUCCEEDED'), THERE);
    expect(followForgotten(done, START)).toBe(done);
  });
});
