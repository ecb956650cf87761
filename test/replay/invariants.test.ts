import { beforeAll, describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/replay/evidence.ts';
import { sameEffects, sameEnd, sameTrace } from '../../src/replay/invariants/pairs.ts';
import { findViolations, INVARIANTS } from '../../src/replay/invariants.ts';
import { runCase } from '../../src/replay/replayer.ts';
import { scaled } from '../scenario/worlds.ts';
import { shipped } from './fuzz/kit.ts';
import { instantAt, owned, START, snapshotOf, wish } from './kit.ts';
import { BUILDING } from './tampering/building.ts';
import { DELETING } from './tampering/deleting.ts';
import {
  byHand,
  call,
  condition,
  deletionOf,
  PLACE,
  passAt,
  SETTINGS,
  type Tampering,
  withCalls,
  withChanges,
  withConditions,
  withPass,
  wokenKey,
} from './tampering/kit.ts';
import { OWNING } from './tampering/owning.ts';
import { TELLING } from './tampering/telling.ts';
import { WRITING } from './tampering/writing.ts';

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
  const [builds] = await shipped('built');
  if (builds === undefined) throw new Error('there is no such snapshot');
  built = await runCase(builds);
});

const tamper: readonly Tampering[] = [...WRITING, ...OWNING, ...DELETING, ...TELLING];

/** The same of a case in which one build works and another fails its tests. */
let built: Evidence;

describe('the invariants', () => {
  it('hold in a good case, and each has a name of its own', () => {
    expect(findViolations(good)).toEqual([]);
    expect(findViolations(built)).toEqual([]);
    expect(new Set(INVARIANTS.map(({ id }) => id)).size).toBe(INVARIANTS.length);
  });

  it.each(tamper)('%s sees that %s', (id, _, change, expected) => {
    const violations = findViolations(change(good)).filter(({ invariant }) => invariant === id);
    expect(violations.map(({ what }) => what).join('\n')).toMatch(expected);
  });

  it.each(BUILDING)('%s sees of builds that %s', (id, _, change, expected) => {
    const violations = findViolations(change(built)).filter(({ invariant }) => invariant === id);
    expect(violations.map(({ what }) => what).join('\n')).toMatch(expected);
  });

  it('are all shown to see something', () => {
    expect(new Set([...tamper, ...BUILDING].map(([id]) => id))).toEqual(
      new Set(INVARIANTS.map(({ id }) => id)),
    );
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

  it('let a review app be enriched again that somebody wrote within the lag of reads', () => {
    const name = '/apppack/pipelines/pipe/review-apps/pr/7';
    const put = (at: number) =>
      call({
        at,
        endedAt: at,
        service: 'ssm',
        operation: 'PutParameter',
        input: { Name: name, Value: '{}' },
      });
    const twice = withCalls(good, put(START + 700_000), put(START + 701_000));
    const before = { at: instantAt(699), type: 'put' as const, name, json: {} };
    const told = (evidence: Evidence) =>
      findViolations(evidence).filter(({ invariant }) => invariant === 'I2').length;
    expect(told(twice)).toBe(1);
    const lagging = withChanges(twice, before);
    expect(told(lagging)).toBe(1);
    const { snapshot } = lagging;
    expect(told({ ...lagging, snapshot: { ...snapshot, aws: { staleReadsMs: 3000 } } })).toBe(0);
  });

  it('let a log be copied again when the pass that copied it could not write that down', () => {
    const put = (at: number) =>
      call({
        at,
        endedAt: at,
        service: 's3',
        operation: 'PutObject',
        input: { Bucket: 'pipe-artifacts', Key: '2/release.log' },
      });
    const twice = withCalls(good, put(START + 700_000), put(START + 710_000));
    const told = (evidence: Evidence) =>
      findViolations(evidence).filter(({ invariant }) => invariant === 'I2').length;
    expect(told(twice)).toBe(1);
    const failure = {
      step: 1,
      client: 'controller',
      at: START + 702_000,
      key: `${PLACE}/build/pipe:7`,
      what: 'x',
    };
    expect(told({ ...twice, failures: [failure] })).toBe(0);
    expect(told({ ...twice, failures: [{ ...failure, at: START + 712_000 }] })).toBe(1);
  });

  it('let what follows a service go back with it when ECS took its deployment back', () => {
    const register = (at: number, digest: string) =>
      call({
        at: START + at,
        operation: 'RegisterTaskDefinition',
        input: { family: 'shop-web', tags: [{ key: 'trimtab:digest', value: digest }] },
      });
    const back = withCalls(good, register(700_000, 'a'), register(710_000, 'b'), register(720_000, 'a'));
    const kinds = (evidence: Evidence) => findViolations(evidence).map(({ invariant }) => invariant);
    expect(kinds(back)).toContain('I7');
    const rollout = { step: 0, id: 'x', service: 'main/shop-web', startedAt: START + 711_000 };
    const failed = { ...rollout, ended: 'failed' as const, endedAt: START + 715_000 };
    expect(kinds({ ...back, rollouts: [...back.rollouts, failed] })).not.toContain('I7');
  });

  it('know nothing of what AWS refused to people', () => {
    const change = byHand(650, 'autoscaling', 'PutScalingPolicy', {
      ResourceId: 'service/main/shop-web',
      PolicyName: 'by-hand',
    });
    const input = { ResourceId: 'service/main/shop-web' };
    const told = withCalls(
      withChanges(good, change),
      call({ service: 'autoscaling', operation: 'DeregisterScalableTarget', input }),
    );
    const kinds = (evidence: Evidence) => findViolations(evidence).map(({ invariant }) => invariant);
    expect(kinds(told)).toContain('I9');
    const [first, ...rest] = told.steps;
    if (first === undefined || change.type !== 'call') throw new Error('there is no step');
    const refused = [...first.refused, { change, why: 'AccessDeniedException: no' }];
    expect(kinds({ ...told, steps: [{ ...first, refused }, ...rest] })).not.toContain('I9');
  });

  it('let the controller be throttled while somebody types at the same account, and not later', () => {
    const throttled = withCalls(good, call({ code: 'ThrottlingException' }));
    const told = (evidence: Evidence) =>
      findViolations(evidence).filter(({ invariant }) => invariant === 'I15').length;
    expect(told(withChanges(throttled, { at: instantAt(699), type: 'approve', app: 'shop' }))).toBe(0);
    expect(told(withChanges(throttled, { at: instantAt(600), type: 'approve', app: 'shop' }))).toBe(1);
  });

  it('let an empty list take rules away that can be read, whatever else cannot', () => {
    const emptied = withChanges(
      withPass(good, {
        actions: Array.from({ length: 6 }, (_, index) => deletionOf(`rule x${index}`)),
        conditions: [
          { ...condition(1), type: 'Readable', reason: 'ServerException', resource: 'service shop-web' },
        ],
      }),
      { at: instantAt(700), type: 'put', name: '/apppack/apps/shop/scheduled-tasks', json: [] },
    );
    expect(findViolations(emptied).filter(({ invariant }) => invariant === 'I10')).toEqual([]);
  });

  it('let a release take away what another deployed, and settings what is theirs', () => {
    const deletion = call({ operation: 'DeleteService' });
    const look = call({
      at: START + 699_000,
      operation: 'DescribeServices',
      input: { cluster: 'main', services: ['shop-web'] },
    });
    const release = call({
      at: START + 650_000,
      operation: 'RegisterTaskDefinition',
      input: { family: 'shop-web', tags: [{ key: 'apppack:buildNumber', value: '1' }] },
    });
    const released = withCalls(good, release, look, deletion);
    const asked = withChanges(withCalls(good, look, deletion), {
      at: instantAt(650),
      type: 'put',
      name: SETTINGS,
      json: { deletion_policy: 'delete' },
    });
    for (const evidence of [released, asked])
      expect(findViolations(evidence).filter(({ invariant }) => invariant === 'I11')).toEqual([]);
  });

  it('hold nobody to settings whose event was lost and that no pass read, unless it was told of them', () => {
    const deleted = withCalls(
      withChanges(
        good,
        { at: instantAt(650), type: 'put', name: SETTINGS, json: { deletion_policy: 'delete' } },
        { at: instantAt(660), type: 'put', name: SETTINGS, json: {} },
        { at: instantAt(661), type: 'delete', name: SETTINGS },
      ),
      call({ operation: 'DeleteService' }),
    );
    const isTold = (evidence: Evidence) =>
      findViolations(evidence).some(({ invariant }) => invariant === 'I11');
    expect(isTold(deleted)).toBe(true);
    const stormy = (evidence: Evidence) =>
      withChanges(evidence, { at: instantAt(655), type: 'weather', weather: { lostEvents: 0.5 } });
    expect(isTold(stormy(deleted))).toBe(false);
    const lull = { at: instantAt(657), type: 'weather', weather: {} } as const;
    expect(isTold(withChanges(stormy(deleted), lull))).toBe(true);
    const read = passAt(stormy(deleted), 660.5, { parameters: { [SETTINGS]: 3 } });
    expect(isTold(read)).toBe(true);
    const change = { parameter: SETTINGS, operation: 'Update', at: START + 660_000 };
    const causes = [{ id: 'event:x', change }];
    expect(isTold(passAt(stormy(deleted), 663, { work: { key: wokenKey, causes, beganAt: 0 } }))).toBe(true);
  });

  it('take what an app that may only be looked at remembers for nothing that was read', () => {
    const scaling = '/apppack/apps/shop/scaling';
    const looked = (outcome: 'observed' | 'unchanged') => {
      const seen = passAt(good, 800, { outcome, actions: [], parameters: { [scaling]: 7 } });
      return withPass(seen, { parameters: { [scaling]: 6 }, startedAt: START + 801_000 });
    };
    const kinds = (evidence: Evidence) => findViolations(evidence).map(({ invariant }) => invariant);
    expect(kinds(looked('unchanged'))).toContain('I6');
    expect(kinds(looked('observed'))).not.toContain('I6');
  });

  it('let what is told of a key begin anew when it comes back after it was gone', () => {
    const comesBack = (gone: object) => {
      const before = passAt(good, 800, { outcome: 'unchanged', conditions: [condition(1_000)], ...gone });
      return passAt(before, 801, { outcome: 'unchanged', conditions: [condition(9_000)] });
    };
    const kinds = (evidence: Evidence) => findViolations(evidence).map(({ invariant }) => invariant);
    expect(kinds(comesBack({}))).toContain('I17');
    expect(kinds(comesBack({ gone: true }))).not.toContain('I17');
  });

  it('want no second look at an app that nobody can name so, once that was told', () => {
    const misnamed = (since: number) =>
      withConditions(withChanges(good, wish(700, 'blog', 3)), 'blog', [
        { ...condition(START + since), reason: 'InvalidName' },
      ]);
    const kinds = (evidence: Evidence) => findViolations(evidence).map(({ invariant }) => invariant);
    expect(kinds(misnamed(701_000))).toContain('I14');
    expect(kinds(misnamed(600_000))).not.toContain('I14');
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
