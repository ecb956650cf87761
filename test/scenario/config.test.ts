import { afterEach, describe, expect, it } from 'vitest';
import { FAIR_WEATHER } from '../../src/simulator/faults.ts';
import {
  conditionsOf,
  deploymentsOf,
  revisionsOf,
  scale,
  serviceOf,
  setConfig,
  unsetConfig,
  variablesOf,
} from './people.ts';
import { type Actor, openStage, type Stage, type StageOptions } from './stage.ts';
import { scaled, worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

/** An app with two services that have its two config variables, and a controller that knows it. */
async function shop(options: StageOptions = {}): Promise<{ on: Stage; actor: Actor }> {
  const app = {
    scaling: { web: scaled(), worker: scaled() },
    services: { web: {}, worker: {} },
    config: ['DATABASE_URL', 'SECRET_KEY'],
  };
  const on = await openStage({ sections: worldOf({ shop: app }), ...options });
  stage = on;
  const actor = await on.start();
  await on.clock.advance(60_000);
  return { on, actor };
}

/** How many revisions and deployments each service has. */
async function counts(on: Stage): Promise<number[][]> {
  const services = ['shop-web', 'shop-worker'];
  const made: number[][] = [];
  for (const service of services) {
    const [revisions, deployments] = [await revisionsOf(on, service), await deploymentsOf(on, service)];
    made.push([revisions.length, deployments.length]);
  }
  return made;
}

describe('a config variable', () => {
  it('restarts nothing and changes nothing when trimtab sees the app for the first time', async () => {
    const { on, actor } = await shop();
    await on.clock.advance(600_000);
    expect(on.writes()).toEqual([]);
    expect(await conditionsOf(on, actor)).toEqual([]);
  });

  it('that is new, or gone, makes one revision and one deployment of each service', async () => {
    const { on, actor } = await shop();
    const before = await counts(on);
    await setConfig(on, 'NEW', 'a value');
    await on.clock.advance(180_000);
    expect(await variablesOf(on)).toEqual({
      secrets: ['DATABASE_URL', 'NEW', 'SECRET_KEY'],
      plain: ['KEEP'],
    });
    const put = await counts(on);
    expect(put).toEqual(before.map(([revisions = 0, deployments = 0]) => [revisions + 1, deployments + 1]));
    await unsetConfig(on, 'SECRET_KEY');
    await on.clock.advance(180_000);
    expect(await variablesOf(on)).toEqual({ secrets: ['DATABASE_URL', 'NEW'], plain: ['KEEP'] });
    expect(await counts(on)).toEqual(
      put.map(([revisions = 0, deployments = 0]) => [revisions + 1, deployments + 1]),
    );
    expect(await conditionsOf(on, actor)).toEqual([]);
    expect(actor.failures).toEqual([]);
  });

  it('that changed makes one deployment of each service and no revision', async () => {
    const { on, actor } = await shop();
    const before = await counts(on);
    await setConfig(on, 'SECRET_KEY', 'another value');
    await on.clock.advance(180_000);
    expect(await counts(on)).toEqual(
      before.map(([revisions = 0, deployments = 0]) => [revisions, deployments + 1]),
    );
    const updates = on.writes().filter((call) => call.operation === 'UpdateService');
    expect(updates).toHaveLength(2);
    expect(await conditionsOf(on, actor)).toEqual([]);
    const quietAt = on.clock.now();
    await on.clock.advance(3_600_000);
    expect(on.writes(quietAt)).toEqual([]);
  });

  it('that changed is looked at first when it rests, then when its deployments begin, and when each is over', async () => {
    const { on, actor } = await shop({ switches: { weather: FAIR_WEATHER } });
    const known = actor.reports.length;
    const changedAt = on.clock.now();
    await setConfig(on, 'SECRET_KEY', 'another value');
    await on.clock.advance(30_000);
    const looks = actor.reports.slice(known).filter(({ work }) => work.key.kind === 'app');
    expect(looks[0]?.startedAt).toBeGreaterThanOrEqual(changedAt + 5_000);
    expect(looks[0]?.startedAt).toBeLessThanOrEqual(changedAt + 6_500);
    const outcomes = looks.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'dropped');
    expect(outcomes).toEqual(['applied', 'unchanged', 'unchanged', 'unchanged']);
  });

  it('that was deleted and put again is a changed one', async () => {
    const { on } = await shop();
    const before = await counts(on);
    await unsetConfig(on, 'SECRET_KEY');
    await on.clock.advance(1_000);
    await setConfig(on, 'SECRET_KEY', 'another value');
    await on.clock.advance(180_000);
    expect(await counts(on)).toEqual(
      before.map(([revisions = 0, deployments = 0]) => [revisions, deployments + 1]),
    );
  });

  it('goes with a size that is asked for at the same time: one revision and one deployment for both', async () => {
    const { on } = await shop();
    const [before] = await counts(on);
    await setConfig(on, 'NEW', 'a value');
    await on.clock.advance(500);
    await scale(on, { cpu: 1024, memory: 2048 });
    await on.clock.advance(180_000);
    const [after] = await counts(on);
    expect(after).toEqual([(before?.[0] ?? 0) + 1, (before?.[1] ?? 0) + 1]);
    expect((await variablesOf(on)).secrets).toContain('NEW');
  });

  it('imported with nineteen others is looked at a few times, and rolled out once, five seconds after the last', async () => {
    const { on, actor } = await shop({ switches: { weather: FAIR_WEATHER } });
    const before = await counts(on);
    const known = actor.reports.length;
    for (let index = 0; index < 20; index += 1) {
      await setConfig(on, `VARIABLE_${index}`, 'a value');
      await on.clock.advance(300);
    }
    const lastAt = on.clock.now() - 300;
    await on.clock.advance(180_000);
    expect(await counts(on)).toEqual(
      before.map(([revisions = 0, deployments = 0]) => [revisions + 1, deployments + 1]),
    );
    expect((await variablesOf(on)).secrets).toHaveLength(22);
    const updatedAt = Math.min(
      ...on.writes(lastAt).flatMap(({ operation, at }) => (operation === 'UpdateService' ? [at] : [])),
    );
    expect(updatedAt).toBeGreaterThanOrEqual(lastAt + 5_000);
    expect(updatedAt).toBeLessThanOrEqual(lastAt + 6_500);
    const looks = actor.reports.slice(known).filter(({ startedAt }) => startedAt < updatedAt);
    expect(looks.filter(({ work }) => work.key.kind === 'app').length).toBeLessThanOrEqual(8);
  });

  it('makes one revision for two services that run the same one', async () => {
    const shared = { taskDefinition: 'shop-web:1' };
    const services = { web: {}, worker: shared };
    const app = { scaling: { web: scaled(), worker: scaled() }, services, config: ['SECRET_KEY'] };
    const on = await openStage({ sections: worldOf({ shop: app }) });
    stage = on;
    await on.start();
    await on.clock.advance(60_000);
    await setConfig(on, 'NEW', 'a value');
    await on.clock.advance(180_000);
    expect(await revisionsOf(on)).toHaveLength(2);
    for (const service of ['shop-web', 'shop-worker']) {
      expect((await serviceOf(on, service)).taskDefinition).toMatch(/shop-web:2$/);
      expect(await deploymentsOf(on, service)).toHaveLength(2);
    }
  });

  it('of a new app that is still being imported waits for the others', async () => {
    const on = await openStage({ sections: worldOf({ shop: { config: [] } }) });
    stage = on;
    for (let index = 0; index < 4; index += 1) await setConfig(on, `V${index}`, 'a value');
    await on.start();
    for (let index = 4; index < 8; index += 1) {
      await setConfig(on, `V${index}`, 'a value');
      await on.clock.advance(500);
    }
    await on.clock.advance(180_000);
    expect((await variablesOf(on)).secrets).toHaveLength(8);
    expect(await revisionsOf(on)).toHaveLength(2);
  });
});

describe('many config variables at once', () => {
  it('put within two seconds make one revision and one deployment of each service, and so do deleted ones', async () => {
    const { on, actor } = await shop();
    const before = await counts(on);
    for (let index = 0; index < 10; index += 1) {
      await setConfig(on, `V${index}`, 'a value');
      await on.clock.advance(200);
    }
    await on.clock.advance(180_000);
    expect((await variablesOf(on)).secrets).toHaveLength(12);
    const put = await counts(on);
    expect(put).toEqual(before.map(([revisions = 0, deployments = 0]) => [revisions + 1, deployments + 1]));
    for (let index = 0; index < 10; index += 1) {
      await unsetConfig(on, `V${index}`);
      await on.clock.advance(200);
    }
    await on.clock.advance(180_000);
    expect((await variablesOf(on)).secrets).toHaveLength(2);
    expect(await counts(on)).toEqual(
      put.map(([revisions = 0, deployments = 0]) => [revisions + 1, deployments + 1]),
    );
    expect(actor.failures).toEqual([]);
  });

  it('changed every three seconds for five minutes still roll out, and a count meanwhile lands within a second', async () => {
    const { on } = await shop({ switches: { weather: FAIR_WEATHER } });
    const [before] = await counts(on);
    const startedAt = on.clock.now();
    let writtenAt = startedAt;
    for (let write = 0; write < 100; write += 1) {
      writtenAt = on.clock.now();
      await setConfig(on, 'SECRET_KEY', `value ${write}`);
      if (write === 50) {
        await scale(on, { min_processes: 3, max_processes: 3 });
        await on.clock.advance(1_000);
        const counted = on.writes(writtenAt).filter((call) => call.operation === 'UpdateService');
        expect(counted.map(({ input }) => input.desiredCount)).toEqual([3]);
        await on.clock.advance(2_000);
      } else await on.clock.advance(3_000);
    }
    await on.clock.advance(120_000);
    const restarts = on
      .writes(startedAt)
      .filter(({ operation, input }) => operation === 'UpdateService' && input.service === 'shop-web')
      .filter(({ input }) => input.forceNewDeployment === true)
      .map(({ at }) => at);
    const waits = restarts.map((at, index) => at - (restarts[index - 1] ?? startedAt));
    console.log(
      `a write every 3 s for 5 minutes: ${restarts.length} rollouts, the longest wait ${Math.max(...waits) / 1000} s`,
    );
    expect(Math.max(...waits)).toBeLessThanOrEqual(65_000);
    expect(restarts.at(-1)).toBeGreaterThan(writtenAt);
    expect(restarts.length).toBeLessThanOrEqual(6);
    const [after] = await counts(on);
    expect(after).toEqual([before?.[0], (before?.[1] ?? 0) + restarts.length]);
    expect((await serviceOf(on)).desiredCount).toBe(3);
  });
});

describe('a changed value', () => {
  it.each(['lostResponse', 'reset', 'error', 'throttle'] as const)(
    'makes exactly one deployment although its update met a fault: %s',
    async (kind) => {
      const { on } = await shop();
      const before = await counts(on);
      const fault = { kind, service: 'ecs', operation: 'UpdateService', client: 'controller', times: 1 };
      on.simulator.switches.faults.push(fault);
      await setConfig(on, 'SECRET_KEY', 'another value');
      await on.clock.advance(240_000);
      expect(await counts(on)).toEqual(
        before.map(([revisions = 0, deployments = 0]) => [revisions, deployments + 1]),
      );
    },
  );

  it('is found by the sweep when no event told of it', async () => {
    const { on } = await shop({
      switches: { weather: { staleReadsMs: 3_000, duplicateEvents: 0.1, lostEvents: 1, eventDelayMs: 500 } },
    });
    const before = await counts(on);
    await setConfig(on, 'SECRET_KEY', 'another value');
    await on.clock.advance(900_000);
    expect(await counts(on)).toEqual(
      before.map(([revisions = 0, deployments = 0]) => [revisions, deployments + 1]),
    );
  });
});
