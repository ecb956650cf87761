import { afterEach, describe, expect, it } from 'vitest';
import { closingOf } from '../../src/store/builds.ts';
import {
  type BuildWorld,
  closed,
  imageOf,
  openBuilds,
  RELEASE_TOML,
  REPOSITORY,
  recordOf,
  releaseOf,
  startBuild,
  states,
  until,
} from './builders.ts';
import { conditionsOf, deploymentsOf, ecsOf, revisionsOf } from './people.ts';
import type { Actor, Stage } from './stage.ts';

/** Rollouts that hang take hours of the simulated clock. */
const LONG = { timeout: 60_000 };

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const PLAIN = '[build]\nsystem = "dockerfile"\n[services.web]\ncommand = "./bin/web"\n';
const DEPLOYED = { build: 'succeeded', test: 'succeeded', finalize: 'succeeded', deploy: 'succeeded' };

/**
 * A service whose circuit breaker comes to its verdict after so many tasks. After fifty that takes hours: ECS waits longer
 * and longer between tasks that never ran.
 */
function breakingAfter(value: number): Record<string, unknown> {
  const thresholdConfiguration = { type: 'COUNT', value };
  const deploymentCircuitBreaker = { enable: true, rollback: true, thresholdConfiguration };
  return { deploymentConfiguration: { deploymentCircuitBreaker } };
}

/** An app whose rollouts hang when they cannot work, and whose first build works. */
async function shop(world: BuildWorld = {}): Promise<{ on: Stage; actor: Actor }> {
  const opened = await openBuilds({
    toml: PLAIN,
    app: { services: { web: breakingAfter(50) } },
    ...world,
  });
  stage = opened.on;
  expect(closingOf(await closed(stage, (await startBuild(stage)).number))).toBe('succeeded');
  await stage.clock.advance(60_000);
  return opened;
}

/** The image of a build, which is known as soon as its sources are there. */
async function imageOfBuild(on: Stage, number: number): Promise<string> {
  await until(on, async () => (await recordOf(on, number))?.commit !== undefined);
  return `${REPOSITORY}:${(await recordOf(on, number))?.commit}`;
}

/** Starts a build whose services fare like this, and waits until they are to run it. */
async function bad(on: Stage, fate: Record<string, unknown>): Promise<number> {
  const { number } = await startBuild(on);
  ecsOf(on).setOutcomes([{ image: await imageOfBuild(on, number), family: 'shop-web', ...fate }]);
  await until(on, async () => (await recordOf(on, number))?.phases.deploy?.state === 'started');
  return number;
}

describe('a build whose services cannot be brought up', LONG, () => {
  it('gives way to the next one as soon as that is ready, and services go from one to the other', async () => {
    const { on } = await shop();
    const second = await bad(on, { exitCode: 1 });
    await on.clock.advance(60_000);
    const third = await closed(on, (await startBuild(on)).number);
    expect(states(third)).toEqual(DEPLOYED);
    const older = await closed(on, second);
    expect(older.phases.deploy).toMatchObject({ state: 'failed', reason: 'superseded by build 3' });
    expect(closingOf(older)).toBe('superseded');
    const waited = (older.phases.deploy?.end ?? 0) - (third.phases.finalize?.end ?? 0);
    expect(waited).toBeLessThan(45);
    expect(await imageOf(on)).toBe(`${REPOSITORY}:${third.commit}`);
    // What ran before any build, and one of each build: none of them went back.
    expect(await revisionsOf(on)).toHaveLength(4);
    expect(await deploymentsOf(on)).toHaveLength(4);
    expect(await releaseOf(on)).toMatchObject({ current: { buildNumber: 3 }, previous: { buildNumber: 1 } });
  });

  it('is not what services go back to when the next one fails too', async () => {
    const { on } = await shop({ app: { services: { web: breakingAfter(6) } } });
    const good = await imageOf(on);
    const second = await bad(on, { exitCode: 1 });
    const third = await bad(on, { exitCode: 2 });
    expect(closingOf(await closed(on, second))).toBe('superseded');
    expect(closingOf(await closed(on, third))).toBe('failed');
    await on.clock.advance(300_000);
    expect(await imageOf(on)).toBe(good);
    expect(await releaseOf(on)).toMatchObject({
      current: { buildNumber: 1 },
      decided: { outcome: 'failed', reason: expect.stringContaining('exited with code 2') },
    });
  });

  it('is not what services stay at when the release task of the next one fails', async () => {
    const { on } = await shop({ builds: [{ times: 2 }, { apppackToml: RELEASE_TOML }] });
    const good = await imageOf(on);
    const second = await bad(on, { exitCode: 1 });
    await on.clock.advance(60_000);
    ecsOf(on).setOutcomes([
      { family: 'shop-web', image: await imageOfBuild(on, second), exitCode: 1 },
      { family: 'shop-release', exitCode: 3 },
    ]);
    const third = await closed(on, (await startBuild(on)).number);
    expect(states(third).release).toBe('failed');
    expect(closingOf(await closed(on, second))).toBe('superseded');
    await on.clock.advance(120_000);
    expect(await imageOf(on)).toBe(good);
    const { current, overtaken } = (await releaseOf(on)) ?? {};
    expect([current?.buildNumber, overtaken]).toEqual([1, undefined]);
  });

  it('gives way after five minutes when nothing is known but that they do not start', async () => {
    const { on } = await shop();
    const second = await bad(on, { neverStarts: true });
    await on.clock.advance(30_000);
    const third = await closed(on, (await startBuild(on)).number);
    const older = await closed(on, second);
    const { start = 0, end = 0, reason } = older.phases.deploy ?? {};
    expect(reason).toBe('superseded by build 3');
    expect(end - start).toBeGreaterThanOrEqual(300);
    expect(end - start).toBeLessThan(345);
    expect(states(third)).toEqual(DEPLOYED);
  });

  it('holds nobody up when there are many: the youngest serves', async () => {
    const { on } = await shop();
    const second = await bad(on, { exitCode: 1 });
    await on.clock.advance(60_000);
    const [third, fourth] = [await startBuild(on), await startBuild(on)];
    const last = await closed(on, fourth.number);
    expect(states(last)).toEqual(DEPLOYED);
    for (const number of [second, third.number]) {
      expect(closingOf(await closed(on, number))).toBe('superseded');
    }
    expect(await imageOf(on)).toBe(`${REPOSITORY}:${last.commit}`);
  });

  it('and that ECS gives up is no hindrance either: the next one follows what ran before', async () => {
    const breaker = {
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    };
    const { on } = await shop({ app: { services: { web: breaker } } });
    const second = await bad(on, { exitCode: 1 });
    const older = await closed(on, second);
    expect(closingOf(older)).toBe('failed');
    const third = await closed(on, (await startBuild(on)).number);
    expect(states(third)).toEqual(DEPLOYED);
  });
});

describe('a build whose services come up slowly', LONG, () => {
  it('is let to its end before the next one', async () => {
    const { on } = await shop();
    const second = (await startBuild(on)).number;
    await on.clock.advance(6_000);
    const third = await closed(on, (await startBuild(on)).number);
    const older = await closed(on, second);
    expect([states(older), states(third)]).toEqual([DEPLOYED, DEPLOYED]);
    // They did overlap: the younger one was ready first, and waited.
    expect(third.phases.finalize?.end).toBeLessThan(older.phases.deploy?.end ?? 0);
    expect(third.phases.deploy?.start).toBeGreaterThanOrEqual(older.phases.deploy?.end ?? 0);
  });
});

describe('a shell that cannot be registered', LONG, () => {
  it('is told of, and holds no release up', async () => {
    const { on, actor } = await shop({ toml: RELEASE_TOML });
    on.simulator.switches.faults.push({
      kind: 'denied',
      operation: 'RegisterTaskDefinition',
      client: 'controller',
      when: ({ family }) => family === 'shop-shell',
    });
    for (const number of [2, 3]) {
      await startBuild(on);
      expect(closingOf(await closed(on, number))).toBe('succeeded');
      const told = (await conditionsOf(on, actor)).filter(({ status }) => status === 'False');
      expect(told).toMatchObject([
        { type: 'Applied', reason: 'AccessDeniedException', resource: 'task definition shop-shell' },
      ]);
    }
    const before = await revisionsOf(on, 'shop-shell');
    on.simulator.switches.faults.splice(0);
    await on.clock.advance(600_000);
    expect(await revisionsOf(on, 'shop-shell')).toHaveLength(before.length + 1);
    expect((await conditionsOf(on, actor)).filter(({ status }) => status === 'False')).toEqual([]);
  });
});
