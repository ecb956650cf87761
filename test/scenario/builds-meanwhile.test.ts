import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definition } from '../contract/installation.ts';
import { closed, imageOf, openBuilds, REPOSITORY, recordOf, startBuild, states, until } from './builders.ts';
import { exactly, put } from './hands.ts';
import { deploymentsOf, serviceOf, setConfig } from './people.ts';
import type { Stage } from './stage.ts';

/** What people change while a build of theirs is being released. */

let on: Stage;
beforeAll(async () => {
  ({ on } = await openBuilds({
    tasks: [{ family: 'shop-release', runSeconds: 35, exitCode: 0 }],
    app: { config: ['DATABASE_URL'], scaling: { web: exactly(1) } },
  }));
});
afterAll(() => on.stop());

/** Waits until a phase of a build has begun, and a little longer. */
async function begun(number: number, phase: 'release' | 'deploy'): Promise<void> {
  const isBegun = async () => (await recordOf(on, number))?.phases[phase]?.state === 'started';
  expect(await until(on, isBegun)).toBe(true);
  await on.clock.advance(6_000);
  expect(await isBegun()).toBe(true);
}

/** A build in whose phase something is changed; how many rollouts there were for both. */
async function rolloutsWith(phase: 'release' | 'deploy', change: () => Promise<void>): Promise<number> {
  const before = (await deploymentsOf(on)).length;
  const { number } = await startBuild(on);
  await on.clock.advance(25_000);
  await begun(number, phase);
  await change();
  await on.clock.advance(60_000);
  const record = await closed(on, number);
  expect(states(record)).toMatchObject({ release: 'succeeded', deploy: 'succeeded' });
  await on.clock.advance(150_000);
  expect(await imageOf(on)).toBe(`${REPOSITORY}:${record.commit}`);
  expect((await serviceOf(on)).deployments).toMatchObject([{ rolloutState: 'COMPLETED' }]);
  return (await deploymentsOf(on)).length - before;
}

describe('while a release is under way', () => {
  it.each([
    ['release', 2, 1024],
    ['deploy', 3, 512],
  ] as const)(
    '(%s) a count, a size and a variable are there in the end, for one more rollout at most',
    async (phase, count, cpu) => {
      const variable = `NEW_${phase.toUpperCase()}`;
      const rollouts = await rolloutsWith(phase, async () => {
        await setConfig(on, variable, 'x');
        // Reads lag: a size that shows before the variable is told of goes out alone.
        await on.clock.advance(1_000);
        await put(on, 'shop/scaling', { web: exactly(count, { cpu, memory: 2 * cpu }) });
      });
      expect(rollouts).toBeLessThanOrEqual(2);
      const { desiredCount, runningCount, taskDefinition = '' } = await serviceOf(on);
      expect([desiredCount, runningCount]).toEqual([count, count]);
      const { cpu: size, secrets } = await definition(on, taskDefinition);
      expect(size).toBe(String(cpu));
      expect(secrets.map(({ name }) => name)).toContain(variable);
    },
  );

  it.each([['release'], ['deploy']] as const)(
    '(%s) the new value of a variable reaches every task, for one more rollout at most',
    async (phase) => {
      let changedAt = 0;
      const rollouts = await rolloutsWith(phase, async () => {
        await setConfig(on, 'DATABASE_URL', phase);
        changedAt = on.clock.now();
      });
      expect(rollouts).toBeLessThanOrEqual(2);
      const [primary] = (await serviceOf(on)).deployments ?? [];
      // Tasks read their variables when they start, so the deployment is younger than the value.
      expect(primary?.createdAt?.getTime()).toBeGreaterThanOrEqual(changedAt);
    },
  );
});
