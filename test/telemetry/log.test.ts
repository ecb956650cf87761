import { describe, expect, it } from 'vitest';
import { LeaseLostError, wrapError } from '../../src/reconcile/errors.ts';
import { passId } from '../../src/reconcile/reconcile.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';
import { createLog, createLogListener, type LogOptions } from '../../src/telemetry/log.ts';
import { DENIED, NOW, someAction, someWork } from '../reconcile/builders.ts';
import { APPLIED, someCondition, someReport } from './kit.ts';

function openLog(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({
    level: 'debug',
    format: 'json',
    clock: new VirtualClock(NOW),
    out: { write: (line) => void lines.push(line) },
    ...options,
  });
  return {
    log,
    listener: createLogListener(log),
    lines,
    records: () => lines.map((line): Record<string, unknown> => JSON.parse(line)),
  };
}

const APPLYING = someReport({
  outcome: 'applied',
  synced: false,
  work: someWork({
    causes: [
      {
        id: 'event:11',
        change: { parameter: '/apppack/apps/shop/scaling', operation: 'Update', at: NOW - 1_000 },
      },
    ],
  }),
  differences: [{ path: 'services/web/desiredCount', desired: 3, observed: 2 }],
  actions: [APPLIED],
  wakeAt: NOW + 5_000,
});

describe('the line of a pass', () => {
  it('is one line at info with what was done and why, when something was done', () => {
    const { listener, records } = openLog({ level: 'info' });
    listener.report?.(APPLYING);
    expect(records()).toEqual([
      {
        level: 'info',
        time: '2026-01-05T12:00:00.000Z',
        msg: 'changes applied',
        reconcileId: 'a1b2c3d4e5f60718',
        key: '123456789012/us-east-1/app/shop',
        outcome: 'applied',
        synced: false,
        actions: ['updateService service shop-web'],
        differences: ['services/web/desiredCount'],
        changed: ['/apppack/apps/shop/scaling (Update)'],
        causes: ['event:11'],
        nextLookAt: '2026-01-05T12:00:05.000Z',
        awsCalls: 3,
        readMs: 40,
        applyMs: 0,
        durationMs: 50,
      },
    ]);
  });

  it('is told at debug only when there was nothing to do', () => {
    const quiet = openLog({ level: 'info' });
    quiet.listener.report?.(someReport());
    expect(quiet.lines).toEqual([]);
    const loud = openLog({ level: 'debug' });
    loud.listener.report?.(someReport());
    expect(loud.records()).toMatchObject([{ level: 'debug', msg: 'nothing to do' }]);
  });

  it('tells a new problem once, at warn and in full, and at info when it is gone', () => {
    const { listener, records } = openLog({ level: 'info' });
    const problem = someCondition();
    listener.report?.(someReport({ synced: false, conditions: [problem], news: [problem] }));
    listener.report?.(someReport({ synced: false, conditions: [problem] }));
    listener.report?.(someReport({ startedAt: NOW + 120_000, healed: [problem] }));
    expect(records().map(({ level, msg }) => `${level} ${msg}`)).toEqual([
      'warn problem found',
      'info problem solved',
    ]);
    expect(records()[0]).toMatchObject({
      condition: 'Valid',
      reason: 'BadSize',
      parameter: '/apppack/apps/shop/scaling',
      path: 'web.cpu',
      version: 4,
      detail: problem.message,
    });
    expect(records()[1]).toMatchObject({ condition: 'Valid', lastedSeconds: 120 });
  });

  it('shows ten members of a long list and says how many more there are', () => {
    const { listener, records } = openLog();
    const causes = Array.from({ length: 40 }, (_, index) => ({ id: `event:${index}` }));
    listener.report?.(someReport({ work: someWork({ causes }) }));
    const shown = records()[0]?.causes;
    expect(shown).toHaveLength(11);
    expect(shown).toContain('and 30 more');
  });
});

describe('the id of a pass', () => {
  it('stands on every line of it: problems, the pass, its AWS calls, and the pass that threw', () => {
    const { listener, records } = openLog();
    const work = someWork();
    const id = passId(work);
    const problem = someCondition();
    listener.awsCall?.({
      service: 'ecs',
      operation: 'DescribeServices',
      code: 'OK',
      durationMs: 12,
      throttled: false,
      pass: { id },
    });
    listener.report?.(
      someReport({ id, work, news: [problem], healed: [someCondition({ path: 'web.memory' })] }),
    );
    listener.failure?.({ work, error: new Error('no route to host'), durationMs: 9 });
    expect(records()).toHaveLength(5);
    for (const record of records()) expect(record.reconcileId).toBe(id);
  });
});

describe('what goes wrong', () => {
  it('is an error when a pass broke off, and no more than news when another worker has the key', () => {
    const { listener, records } = openLog();
    listener.failure?.({
      work: someWork(),
      error: wrapError('reading the status', new Error('connect ECONNREFUSED 127.0.0.1:8000')),
      durationMs: 9,
    });
    listener.failure?.({ work: someWork(), error: new LeaseLostError('updating'), durationMs: 9 });
    expect(records()).toMatchObject([
      {
        level: 'error',
        msg: 'pass broke off',
        fault: 'error',
        error: { message: 'reading the status: connect ECONNREFUSED 127.0.0.1:8000' },
      },
      { level: 'info', msg: 'pass given up', fault: 'lease' },
    ]);
  });

  it('is a warning when a loop stumbles or a message cannot be read', () => {
    const { listener, records } = openLog({ level: 'warn' });
    listener.failing?.('receiving from the work queue', new Error('no answer'));
    listener.unreadable?.(2);
    listener.intake?.({ source: 'other', result: 'malformed' });
    listener.intake?.({ source: 'aws.ssm', result: 'queued', keys: 1 });
    expect(records().map(({ msg }) => msg)).toEqual([
      'a call failed and is tried again',
      'work messages nobody here understands',
      'intake message could not be used',
    ]);
  });
});

describe('secrets', () => {
  const CANARY = 'hunter2-canary';

  it('never get into a line, wherever the loop carries them', () => {
    const { log, listener, lines } = openLog();
    const action = { ...someAction(), containerDefinitions: [{ environment: [{ value: CANARY }] }] };
    const thrown = Object.assign(new Error(`Value '${CANARY}' at 'environment' failed to satisfy`), {
      name: 'ValidationException',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
      $response: { body: CANARY },
    });
    let unparsed: unknown;
    try {
      JSON.parse(CANARY);
    } catch (error) {
      unparsed = error;
    }
    listener.report?.(
      someReport({
        outcome: 'failed',
        differences: [{ path: 'schedules/cleanup/command', desired: CANARY, observed: CANARY }],
        actions: [
          { type: 'applied', action, result: { secret: CANARY } },
          { type: 'failed', action, failure: DENIED },
          { type: 'skipped', action },
        ],
        waiting: [action],
        paused: CANARY,
      }),
    );
    for (const error of [
      thrown,
      wrapError('registering the revision', thrown),
      unparsed,
      wrapError('reading the answer', unparsed),
      new Error(`odd ${thrown.message} in the middle`, { cause: thrown }),
      CANARY,
      { secret: CANARY },
    ]) {
      listener.failure?.({ work: someWork(), error, durationMs: 1 });
      listener.failing?.('sending', error);
    }
    log.error({ error: thrown, err: unparsed }, 'told by hand');
    expect(lines.length).toBeGreaterThan(15);
    expect(lines.join('')).not.toContain(CANARY);
    expect(lines.join('')).toContain('registering the revision: ValidationException (HTTP 400)');
  });
});
