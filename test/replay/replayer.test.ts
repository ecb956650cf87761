import { afterEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/replay/changes.ts';
import { chartsOf } from '../../src/replay/charts.ts';
import { asDocument, documentsIn } from '../../src/replay/documents.ts';
import { renderPage } from '../../src/replay/html/page.ts';
import { traceDigest } from '../../src/replay/invariants/pairs.ts';
import { runCase } from '../../src/replay/replayer.ts';
import { reportOf } from '../../src/replay/report.ts';
import { outcomeOf } from '../../src/replay/summary.ts';
import { renderText } from '../../src/replay/text.ts';
import { scaled } from '../scenario/worlds.ts';
import { instantAt, snapshotOf, wish } from './kit.ts';

const timeZone = process.env.TZ;
afterEach(() => {
  if (timeZone === undefined) delete process.env.TZ;
  else process.env.TZ = timeZone;
});

const ordinary = { staleReadsMs: 3000, duplicateEvents: 0.1, eventDelayMs: 500 };

describe('replaying', () => {
  it('plays the time line through the whole controller and tells of each step', async () => {
    const json = { web: scaled({ cpu: 1024, memory: 2048, min_processes: 2, max_processes: 2 }) };
    const snapshot = snapshotOf({ shop: {} }, [
      { at: instantAt(300), type: 'put', name: '/apppack/apps/shop/scaling', json },
    ]);
    const report = reportOf(await runCase(snapshot), 'one');
    expect(report).toMatchObject({ settled: true, violations: [], unsettled: [] });
    const [start, step] = report.steps;
    expect(start).toMatchObject({ what: 'start', differences: [] });
    expect(step).toMatchObject({
      what: 'put /apppack/apps/shop/scaling',
      differences: [
        { app: 'shop', path: 'services/web/desiredCount', desired: 2, observed: 1 },
        { app: 'shop', path: 'services/web/cpu', desired: 1024, observed: 512 },
        { app: 'shop', path: 'services/web/memory', desired: 2048, observed: 1024 },
      ],
      rollouts: [{ service: 'main/shop-web', ended: 'completed' }],
    });
    expect(step?.actions.map(({ type }) => type)).toEqual(['registerTaskDefinition', 'updateService']);
    expect(step?.convergedMs).toBeGreaterThan(1_000);
    expect(step?.convergedMs).toBeLessThan(60_000);
    expect(step?.calls['ecs.UpdateService']).toBe(1);
    expect(report.end.shop).toMatchObject({
      synced: true,
      services: { 'main/shop-web': { desired: 2, running: 2, size: '1024/2048', revision: 'shop-web:2' } },
    });
  });

  it('gives byte-identical reports every time, in every time zone, for the same seed', async () => {
    const snapshot = snapshotOf(
      { shop: {}, blog: {} },
      [
        wish(300, 'shop', 3),
        wish(301, 'blog', 2),
        {
          at: instantAt(500),
          type: 'call',
          service: 'ecs',
          operation: 'UpdateService',
          input: { cluster: 'main', service: 'shop-web', desiredCount: 7 },
        },
        { at: instantAt(900), type: 'restart', how: 'kill' },
      ],
      { aws: ordinary },
    );
    const everything = async (seed?: number) => {
      const result = await runCase(snapshot, seed === undefined ? {} : { seed });
      const report = { ...reportOf(result, 'x'), charts: chartsOf(result) };
      return {
        digest: traceDigest(result),
        text: renderText(report) + JSON.stringify(report) + renderPage([report]),
      };
    };
    process.env.TZ = 'Pacific/Kiritimati';
    const one = await everything();
    process.env.TZ = 'America/St_Johns';
    expect(await everything()).toEqual(one);
    expect((await everything(7)).digest).not.toBe(one.digest);
  });

  it('leaves the snapshot as it is, so that thousands of cases can start from one', async () => {
    const snapshot = snapshotOf({ shop: {} }, [wish(300, 'shop', 2)]);
    const before = JSON.stringify(snapshot);
    await runCase(snapshot, { seed: 3, faults: [{ kind: 'throttle', service: 'ecs', times: 2 }] });
    expect(JSON.stringify(snapshot)).toBe(before);
  });

  it('injects faults from outside beside those of the time line, and ends as without them', async () => {
    const snapshot = snapshotOf({ shop: {} }, [wish(300, 'shop', 2)]);
    const smooth = await runCase(snapshot);
    const faulty = await runCase(snapshot, {
      faults: [{ kind: 'error', operation: 'UpdateService', times: 4 }],
    });
    expect(faulty.calls.filter(({ fault }) => fault === 'error')).toHaveLength(4);
    expect(outcomeOf(faulty).end).toEqual(outcomeOf(smooth).end);
    expect(faulty.violations).toEqual([]);
  });

  it('groups changes that follow one another closely into one step', async () => {
    const timeline = [wish(300, 'shop', 2), wish(301, 'shop', 3), wish(302, 'shop', 2), wish(600, 'shop', 1)];
    const { steps } = reportOf(await runCase(snapshotOf({ shop: {} }, timeline)), 'x');
    expect(steps.map(({ what, changes }) => [what, changes])).toEqual([
      ['start', 0],
      ['put /apppack/apps/shop/scaling and 2 more', 3],
      ['put /apppack/apps/shop/scaling', 1],
    ]);
  });

  it('plays a time line of more changes than a call takes arguments', async () => {
    const seen = { at: instantAt(60), type: 'seen' as const, app: 'shop', what: 'nothing' };
    const snapshot = snapshotOf({ shop: {} });
    const result = await runCase({ ...snapshot, timeline: Array.from({ length: 200_000 }, () => seen) });
    expect({ settled: result.settled, violations: result.violations }).toEqual({
      settled: true,
      violations: [],
    });
  });

  it('says what AWS refused of the time line, and goes on', async () => {
    const { steps, settled } = reportOf(
      await runCase(
        snapshotOf({ shop: {} }, [
          { at: instantAt(300), type: 'delete', name: '/apppack/apps/shop/nothing' },
          { at: instantAt(400), type: 'call', service: 'ecs', operation: 'Explode', input: {} },
          wish(500, 'shop', 2),
        ]),
      ),
      'x',
    );
    expect(steps[1]?.refused).toEqual([expect.stringContaining('ParameterNotFound')]);
    expect(steps[2]?.refused).toEqual(['the simulated account has no ecs.Explode']);
    expect(steps[3]?.actions).toHaveLength(1);
    expect(settled).toBe(true);
  });

  it('lets builds fare as the time line says from then on', async () => {
    const codebuild = { projects: { shop: {} } };
    const fails: Change = { at: instantAt(5), type: 'builds', outcomes: [{ fails: 'POST_BUILD', times: 1 }] };
    const start = (seconds: number): Change => ({
      at: instantAt(seconds),
      type: 'call',
      service: 'codebuild',
      operation: 'StartBuild',
      input: { projectName: 'shop' },
    });
    const { world, ...rest } = snapshotOf({ shop: {} }, [start(3), fails, start(100), start(200)]);
    const accounts = world.accounts.map((account) => ({ ...account, codebuild }));
    const { end } = await runCase({ ...rest, world: { ...world, accounts } });
    const { builds } = asDocument(end.world.accounts[0]?.codebuild);
    expect(documentsIn(builds).map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED', 'SUCCEEDED']);
  });

  it('says that it did not settle when something never comes to rest', async () => {
    const json = { web: scaled({ cpu: 1024, memory: 2048 }) };
    const outcomes = [{ family: 'shop-web', neverStarts: true }];
    const snapshot = snapshotOf(
      { shop: {} },
      [
        { at: instantAt(250), type: 'outcomes', outcomes },
        { at: instantAt(300), type: 'put', name: '/apppack/apps/shop/scaling', json },
      ],
      { patienceSeconds: 1200 },
    );
    const result = await runCase(snapshot);
    const what = 'something still moved when patience ended';
    expect(result.settled).toBe(false);
    expect(result.unsettled).toContain(what);
    // Nothing was in the way, so the promise to come to rest is broken.
    expect(result.violations).toEqual([{ invariant: 'I1', what }]);
  });

  it('waits for no rollout of a service that was deleted under way', async () => {
    const settings = { cluster: 'main', deletion_policy: 'delete' };
    const app = { parameters: { '/apppack/apps/shop/settings': { type: 'String', json: settings } } };
    const result = await runCase(
      snapshotOf({ shop: app }, [
        {
          at: instantAt(5),
          type: 'put',
          name: '/apppack/apps/shop/scaling',
          json: { web: scaled({ cpu: 1024, memory: 2048 }) },
        },
        { at: instantAt(9), type: 'delete', name: '/apppack/apps/shop/scaling' },
        { at: instantAt(9), type: 'delete', name: '/apppack/apps/shop/settings' },
      ]),
    );
    expect(result.violations).toEqual([]);
    expect(result.rollouts).toMatchObject([{ ended: 'replaced', reason: 'the service was deleted' }]);
  });

  it('takes the same failure over and over for rest', async () => {
    const timeline = [
      { at: instantAt(250), type: 'denial', action: 'ecs:UpdateService', resource: '*' } as const,
      wish(300, 'shop', 2),
    ];
    const result = await runCase(snapshotOf({ shop: {} }, timeline, { patienceSeconds: 1200 }));
    expect(result.settled).toBe(true);
    expect(result.violations).toEqual([]);
  });

  it('lets a killed controller call nobody any more, and another one end its work', async () => {
    const snapshot = snapshotOf({ shop: {} }, [
      {
        at: instantAt(299),
        type: 'fault',
        fault: { kind: 'slow', operation: 'UpdateService', delayMs: 4000, times: 1 },
      },
      wish(300, 'shop', 2),
      { at: instantAt(301), type: 'restart', how: 'kill' },
    ]);
    const { calls, lives, violations, end } = await runCase(snapshot);
    expect(lives.map(({ client, stoppedAt }) => [client, stoppedAt === undefined])).toEqual([
      ['controller', false],
      ['controller-2', true],
    ]);
    const killedAt = lives[0]?.stoppedAt ?? 0;
    expect(calls.filter(({ client, at }) => client === 'controller' && at > killedAt)).toEqual([]);
    expect(end.statuses.get('shop')?.synced).toBe(true);
    expect(violations).toEqual([]);
  });

  it('refuses a world the simulator cannot load', async () => {
    const snapshot = snapshotOf({ shop: {} });
    const [account] = snapshot.world.accounts;
    const world = {
      ...snapshot.world,
      accounts: [{ ...account, ecs: { services: [{ cluster: 'nowhere', name: 'x' }] } }],
    };
    await expect(runCase({ ...snapshot, world } as typeof snapshot)).rejects.toThrow(/no cluster "nowhere"/);
  });
});
