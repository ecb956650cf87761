import { beforeAll, describe, expect, it } from 'vitest';
import { edgesBetween } from '../../../src/replay/fuzz/coverage.ts';
import { fuzz } from '../../../src/replay/fuzz/fuzzer.ts';
import { count, sharesOf } from '../../../src/replay/fuzz/shares.ts';
import { runCase } from '../../../src/replay/replayer.ts';
import { parseSnapshot, type Snapshot } from '../../../src/replay/snapshot.ts';
import { snapshotOf, textOf, wish } from '../kit.ts';
import { CANARIES } from './canaries.ts';
import { hunt, shipped } from './kit.ts';

const LONG_MS = 120_000;

/** Broken planners that the first few cases show; the lane `fuzz` hunts them all. */
const QUICK: ReadonlySet<string> = new Set([
  'never deletes a removed rule',
  'tells the value of a config variable in a condition',
  'forgets which versions it has read',
]);

let given: readonly Snapshot[] = [];
beforeAll(async () => {
  given = await shipped();
});

describe('fuzzing', () => {
  it(
    'breaks no promise in the first cases, sees workflows, calls and reasons, and keeps what was new',
    async () => {
      const told: number[] = [];
      const result = await fuzz(given, { runs: 16, seed: 1, onRun: ({ runs }) => told.push(runs) });
      expect(result.found).toEqual([]);
      expect(result.runs).toBe(16);
      expect(told).toEqual(Array.from({ length: 16 }, (_none, index) => index + 1));
      expect(result.coverage.edge).toBeGreaterThanOrEqual(3);
      expect(result.coverage.calls).toBeGreaterThan(100);
      expect(result.coverage.reason).toBeGreaterThan(3);
      expect(result.corpus).toBeGreaterThan(given.length);
    },
    LONG_MS,
  );

  it(
    'plays the same cases for the same seed, byte for byte, and others for another',
    async () => {
      const small = [snapshotOf({ shop: {} }, [wish(5, 'shop', 2)], { settings: { sweepSeconds: 20 } })];
      const play = async (seed: number) => (await fuzz(small, { runs: 5, seed })).digest;
      const first = await play(1);
      expect(await play(1)).toBe(first);
      expect(await play(2)).not.toBe(first);
    },
    LONG_MS,
  );

  it.each(CANARIES.filter(({ name }) => QUICK.has(name)))(
    'finds a planner that $name',
    async (canary) => {
      const { found, runs } = await hunt(canary, 1);
      expect(found).toHaveLength(1);
      expect(runs).toBeLessThanOrEqual(canary.runsMax);
    },
    LONG_MS,
  );

  it(
    'makes a failure small, and the file of it fails in the same way',
    async () => {
      const canary = CANARIES.find(({ name }) => name === 'never changes the count of a service');
      const wrap = canary?.wrap;
      if (wrap === undefined) throw new Error('there is no such canary');
      const busy = snapshotOf(
        { shop: {}, blog: {} },
        [wish(2, 'blog', 1), wish(3, 'shop', 1), wish(5, 'shop', 2), wish(6, 'blog', 1), wish(7, 'blog', 1)],
        { settings: { sweepSeconds: 10 }, replicas: 2 },
      );
      const { found } = await fuzz([busy], { runs: 1, seed: 1, wrap, failuresMax: 1 });
      const [failure] = found;
      if (failure === undefined) throw new Error('nothing was found');
      expect(failure.snapshot.timeline).toEqual([wish(5, 'shop', 2)]);
      expect(failure.snapshot.replicas).toBeUndefined();
      expect(JSON.stringify(failure.snapshot.world)).not.toContain('blog');
      expect(failure.snapshot.about).toMatch(/^Found by trimtab fuzz --seed 1, run 1: I1 /);
      const read = parseSnapshot(textOf(failure.snapshot));
      const again = await runCase(read, { wrap });
      expect(again.violations).toEqual(failure.violations);
      // Nothing is wrong with it but the planner.
      expect((await runCase(read)).violations).toEqual([]);
    },
    LONG_MS,
  );
});

describe('the steps of stored workflows', () => {
  const stored = (value: string, context: object) => ({
    machine: 'rollout',
    revision: 1,
    snapshot: { status: 'active', value, context },
  });
  const memory = (process: string, workflow: unknown) => ({
    resources: { services: { progress: [{ process, rollout: { since: 1, workflow } }] } },
  });

  it('are told with what they changed', () => {
    const before = memory('web', stored('updating', { deployment: '', reason: '' }));
    const after = memory('web', stored('stabilizing', { deployment: 'ecs-svc/1', reason: '' }));
    expect(edgesBetween(before, after)).toEqual(['rollout updating > stabilizing (deployment)']);
    expect(edgesBetween(undefined, before)).toEqual(['rollout none > updating (deployment reason)']);
    expect(edgesBetween(after, after)).toEqual(['rollout stabilizing > stabilizing ()']);
    expect(edgesBetween(after, { resources: null })).toEqual([]);
  });

  it('are of one process, wherever it stands in the list', () => {
    const [web] = memory('web', stored('updating', {})).resources.services.progress;
    const [worker] = memory('worker', stored('stabilizing', {})).resources.services.progress;
    const list = (...progress: unknown[]) => ({ resources: { services: { progress } } });
    expect(edgesBetween(list(web, worker), list(worker, web))).toEqual([
      'rollout stabilizing > stabilizing ()',
      'rollout updating > updating ()',
    ]);
  });
});

describe('where time goes', () => {
  const node = (id: number, functionName: string, url: string, children: readonly number[] = []) => ({
    id,
    children: [...children],
    callFrame: { functionName, url, scriptId: '1', lineNumber: 1, columnNumber: 1 },
  });

  it('is told by whose code ran, or whose code called it', () => {
    const nodes = [
      node(1, '(root)', '', [2, 4, 6, 7, 8]),
      node(2, 'answer', 'file:///x/dist/simulator/account.js', [3]),
      node(3, 'structuredClone', ''),
      node(4, 'planApp', 'file:///x/dist/controllers/app/plan.js', [5]),
      node(5, 'parse', 'file:///x/node_modules/zod/v4/core/parse.js'),
      node(6, 'send', 'file:///x/node_modules/@smithy/core/client.js'),
      node(7, '(idle)', ''),
      node(8, '(garbage collector)', ''),
    ];
    const profile = { nodes, startTime: 0, endTime: 1, samples: [2, 3, 4, 5, 6, 7, 7, 8], timeDeltas: [] };
    const counts = { controller: 0, simulator: 0, rest: 0, waiting: 0 };
    expect(sharesOf(counts)).toBeUndefined();
    count(profile, counts);
    expect(counts).toEqual({ controller: 3, simulator: 2, rest: 1, waiting: 2 });
    expect(sharesOf(counts)).toEqual({ controller: 3 / 6, simulator: 2 / 6, rest: 1 / 6 });
  });
});
