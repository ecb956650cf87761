import { beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/reconcile/reconcile.ts';
import type { Evidence } from '../../src/replay/evidence.ts';
import { sameEffects, sameEnd, sameTrace } from '../../src/replay/invariants/pairs.ts';
import { findViolations, INVARIANTS } from '../../src/replay/invariants.ts';
import { LEFT_OUT, LEFT_OUT_SECRET } from '../../src/replay/redact.ts';
import { runCase } from '../../src/replay/replayer.ts';
import type { LoggedCall } from '../../src/simulator/region.ts';
import { scaled } from '../scenario/worlds.ts';
import { instantAt, owned, START, snapshotOf, wish } from './kit.ts';

/**
 * An oracle that sees nothing proves nothing: each invariant is shown a good case in which one thing is changed so
 * that it does not hold any more.
 */
let good: Evidence;
const larger = { web: scaled({ cpu: 1024, memory: 2048, min_processes: 2, max_processes: 2 }) };

beforeAll(async () => {
  const snapshot = snapshotOf({ shop: {}, blog: { services: { web: { tags: owned('blog') } } } }, [
    { at: instantAt(300), type: 'put', name: '/apppack/apps/shop/scaling', json: larger },
    wish(600, 'blog', 3),
  ]);
  good = await runCase(snapshot);
});

const call = (members: Partial<LoggedCall>): LoggedCall => ({
  at: START + 700_000,
  endedAt: START + 700_000,
  client: 'controller',
  account: '123456789012',
  region: 'us-east-1',
  service: 'ecs',
  operation: 'UpdateService',
  input: { cluster: 'main', service: 'shop-web', desiredCount: 2 },
  code: 'OK',
  ...members,
});

const withCalls = (evidence: Evidence, ...calls: LoggedCall[]): Evidence => ({
  ...evidence,
  calls: [...evidence.calls, ...calls],
});

/** The last pass over an app that wrote something, with some of its report changed. */
function withPass(evidence: Evidence, changes: Partial<Report>, times = 1, everyMs = 1_000): Evidence {
  const last = evidence.reports.findLast(
    ({ report }) => report.work.key.name === 'shop' && report.actions.length > 0,
  );
  if (last === undefined) throw new Error('the good case has no writing pass');
  const { report } = last;
  const more = Array.from({ length: times }, (_, index) => {
    const at = START + 800_000 + index * everyMs;
    return { ...last, at, report: { ...report, conditions: [], startedAt: at, ...changes } };
  });
  return { ...evidence, reports: [...evidence.reports, ...more] };
}

const condition = (since: number) => ({
  type: 'Valid' as const,
  status: 'False' as const,
  reason: 'InvalidSize',
  message: 'x',
  since,
});

const foreign = (evidence: Evidence): Evidence => {
  const text = JSON.stringify(evidence.snapshot).replaceAll('/apppack/apps/shop"', '/other/apps/shop"');
  return { ...evidence, snapshot: JSON.parse(text) };
};

const tamper: ReadonlyArray<readonly [string, string, (evidence: Evidence) => Evidence, RegExp]> = [
  ['I1', 'something still moves at the end', (e) => ({ ...e, unsettled: ['it moved'] }), /it moved/],
  [
    'I2',
    'a write is sent twice',
    (e) => withCalls(e, call({}), call({ at: START + 705_000 })),
    /UpdateService of service main\/shop-web at 705 s asks for what 700 s did/,
  ],
  [
    'I6',
    'a pass writes by an old version',
    (e) => withPass(e, { parameters: { '/apppack/apps/shop/scaling': 1 } }),
    /shop wrote at 800 s by version 1 of \/apppack\/apps\/shop\/scaling/,
  ],
  [
    'I6',
    'a service is deleted without a look',
    (e) => withCalls(e, call({ operation: 'DeleteService' })),
    /deleted at 700 s without a look/,
  ],
  [
    'I7',
    'two controllers write a key at the same time',
    (e) => {
      const twice = withPass(e, { startedAt: START + 799_000 });
      const last = twice.reports.at(-1);
      if (last === undefined) throw new Error('no pass');
      return { ...twice, reports: [...twice.reports, { ...last, client: 'controller-2' }] };
    },
    /controller and controller-2 wrote shop at the same time/,
  ],
  [
    'I7',
    'an intent takes effect twice',
    (e) => {
      const first = e.calls.find(({ operation }) => operation === 'RegisterTaskDefinition');
      return withCalls(
        e,
        call({ operation: 'RegisterTaskDefinition', input: first?.input ?? {}, fault: 'lostResponse' }),
      );
    },
    /family shop-web got two revisions for one intent/,
  ],
  [
    'I8',
    'the last change was not looked at',
    (e) => ({
      ...e,
      end: {
        ...e.end,
        statuses: new Map([...e.end.statuses].map(([app, status]) => [app, { ...status, parameters: {} }])),
      },
    }),
    /scaling has version 2, but shop was last looked at with none/,
  ],
  ['I9', "a service bears somebody else's mark", foreign, /bears the mark of \/other\/apps\/shop/],
  [
    'I9',
    'a service is nobody’s',
    (e) => withCalls(e, call({ input: { cluster: 'main', service: 'stranger-web', desiredCount: 0 } })),
    /stranger-web at 700 s, which no mark and no record claims/,
  ],
  [
    'I10',
    'a deletion follows from a failed read',
    (e) =>
      withPass(e, {
        actions: [
          {
            type: 'applied',
            result: undefined,
            action: { id: 'x', type: 'deleteRule', resource: 'rule x', deletes: true },
          },
        ],
        conditions: [{ ...condition(1), type: 'Readable', reason: 'ThrottlingException' }],
      }),
    /deleted rule x at 800 s although it could not read all: ThrottlingException/,
  ],
  [
    'I10',
    'many deletions pass without a person',
    (e) =>
      withPass(e, {
        actions: Array.from({ length: 6 }, (_, index) => ({
          type: 'applied' as const,
          result: undefined,
          action: { id: `x${index}`, type: 'deleteRule', resource: `rule x${index}`, deletes: true },
        })),
      }),
    /shop deleted 6 resources at 800 s that nobody let pass/,
  ],
  [
    'I11',
    'a service is deleted though no settings said so',
    (e) => withCalls(e, call({ operation: 'DeleteService' })),
    /shop-web was deleted at 700 s though no settings said so/,
  ],
  [
    'I12',
    'something is written in observe mode',
    (e) => ({ ...e, snapshot: { ...e.snapshot, settings: { mode: 'observe' } } }),
    /in observe mode/,
  ],
  [
    'I12',
    'a paused app is written',
    (e) => withPass(e, { paused: 'moving' }),
    /shop was written at 800 s although it is paused/,
  ],
  [
    'I13',
    'a failing key comes back again and again',
    (e) =>
      withPass(
        e,
        { attempts: 2, work: { key: wokenKey, causes: [{ id: 'wake:x' }], beganAt: 0 } },
        60,
        5_000,
      ),
    /shop tried again \d+ times in 295 s/,
  ],
  [
    'I14',
    'a change waits for ever',
    (e) => ({ ...e, reports: e.reports.filter(({ report }) => report.work.key.name !== 'blog') }),
    /nobody looked at \/apppack\/apps\/blog\/scaling, changed at 600 s, within 660 s/,
  ],
  [
    'I15',
    'AWS throttles it',
    (e) => withCalls(e, call({ code: 'ThrottlingException' })),
    /ecs.UpdateService was throttled at 700 s/,
  ],
  [
    'I16',
    'a key goes round in circles',
    (e) => withPass(e, {}, 150, 1_000),
    /shop had more than 120 passes in ten minutes/,
  ],
  [
    'I17',
    'a condition becomes younger',
    (e) => {
      const older = withPass(e, { conditions: [condition(1_000)] });
      const younger = withPass(e, { conditions: [condition(9_000)] }).reports.at(-1);
      return { ...older, reports: [...older.reports, ...(younger === undefined ? [] : [younger])] };
    },
    /"Valid InvalidSize" became 8000 ms younger/,
  ],
  [
    'I17',
    'a status says synced though it differs',
    (e) => ({
      ...e,
      end: {
        ...e.end,
        observation: {
          ...e.end.observation,
          apps: e.end.observation.apps.map((app) => ({
            ...app,
            inspection: { ...app.inspection, synced: false },
          })),
        },
      },
    }),
    /shop is said to be synced, but differs/,
  ],
  [
    'I18',
    'a value gets into a report',
    (e) => withPass(e, { conditions: [{ ...condition(1), message: `found ${LEFT_OUT_SECRET}` }] }),
    /the report of shop holds a value/,
  ],
  [
    'I18',
    'a value gets into a queue',
    (e) => withCalls(e, call({ service: 'sqs', operation: 'SendMessage', input: { MessageBody: LEFT_OUT } })),
    /sqs.SendMessage was sent a value/,
  ],
  [
    'I20',
    'a stopped controller calls on',
    (e) => ({
      ...withCalls(e, call({ client: 'old', operation: 'ReceiveMessage', service: 'sqs', input: {} })),
      lives: [{ client: 'old', startedAt: START, stoppedAt: START + 600_000 }],
    }),
    /old called ReceiveMessage after it stopped, at 700 s/,
  ],
  [
    'I22',
    'an intent stays open',
    (e) => ({
      ...e,
      end: {
        ...e.end,
        statuses: new Map(
          [...e.end.statuses].map(([app, status]) => [
            app,
            { ...status, intents: [{ action: 'services/web/register', digest: 'x', at: START }] },
          ]),
        ),
      },
    }),
    /shop: the intent services\/web\/register is still open/,
  ],
];

const wokenKey = { account: '123456789012', region: 'us-east-1', kind: 'app', name: 'shop' } as const;

describe('the invariants', () => {
  it('hold in a good case, and each has a name of its own', () => {
    expect(findViolations(good)).toEqual([]);
    expect(new Set(INVARIANTS.map(({ id }) => id)).size).toBe(INVARIANTS.length);
  });

  it.each(tamper)('%s sees that %s', (id, _, change, expected) => {
    const violations = findViolations(change(good)).filter(({ invariant }) => invariant === id);
    expect(violations.map(({ what }) => what).join('\n')).toMatch(expected);
  });

  it('are all shown to see something', () => {
    expect(new Set(tamper.map(([id]) => id))).toEqual(new Set(INVARIANTS.map(({ id }) => id)));
  });

  it('do not count what is excused: faults that last, somebody who meddles, an app that is asked anew', () => {
    expect(findViolations({ ...good, unsettled: ['it moved'], faultsLeft: true })).toEqual([]);
    const meddler = {
      at: instantAt(702),
      type: 'call' as const,
      service: 'ecs',
      operation: 'UpdateService',
      input: { cluster: 'main', service: 'shop-web', desiredCount: 9 },
    };
    const timeline = [...good.snapshot.timeline, meddler];
    const excused = withCalls(
      { ...good, snapshot: { ...good.snapshot, timeline } },
      call({}),
      call({ at: START + 705_000 }),
    );
    expect(findViolations(excused).filter(({ invariant }) => invariant === 'I2')).toEqual([]);
  });
});

describe('invariants over two cases', () => {
  it('find nothing between a case and itself', () => {
    expect([...sameEnd(good, good), ...sameEffects(good, good), ...sameTrace(good, good)]).toEqual([]);
  });

  it('see another end, other effects, another trace; but not another number of revisions', async () => {
    const detour = [wish(200, 'shop', 5), ...good.snapshot.timeline];
    const other = await runCase({ ...good.snapshot, timeline: detour });
    expect(sameEnd(good, other)).toEqual([]);
    expect(sameTrace(good, other)).toHaveLength(1);
    const elsewhere = await runCase({ ...good.snapshot, timeline: [wish(300, 'shop', 5)] });
    expect(sameEnd(good, elsewhere).join('\n')).toMatch(
      /-.*2 of 2 running, 1024\/2048[\s\S]*\+.*5 of 5 running, 512\/1024/,
    );
    expect(sameEffects(good, elsewhere)).toContain('-   RegisterTaskDefinition family shop-web');
  });
});
