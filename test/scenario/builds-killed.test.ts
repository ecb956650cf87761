import { afterEach, describe, expect, it } from 'vitest';
import { closed, openBuilds, releaseOf, startBuild, startsOf, states, until } from './builders.ts';
import { serviceOf } from './people.ts';
import type { Stage } from './stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  stage?.simulator.switches.faults.splice(0);
  await stage?.stop();
  stage = undefined;
});

/** The moments of a release at which a controller may be killed: before or after its n-th call of an operation. */
const MOMENTS: ReadonlyArray<readonly [operation: string, nth: number]> = [
  ['RunTask', 1],
  ['PutItem', 1],
  ['PutItem', 2],
  ['PutItem', 3],
  ['PutObject', 1],
  ['RegisterTaskDefinition', 1],
  ['UpdateService', 1],
  // Records and statuses: the ones around the task are among them.
  ...[6, 10, 14, 18, 22].map((nth) => ['UpdateItem', nth] as const),
];

/**
 * A build whose controller dies at a moment, and a second controller that finds what it left. The dead one's calls
 * are not answered any more and have no effect, which is what others see of a process that was killed.
 */
async function killedAt(
  operation: string,
  nth: number,
  when: 'before' | 'after',
): Promise<{ on: Stage; number: number; died: () => boolean }> {
  const { on } = await openBuilds({ tasks: [{ family: 'shop-release', runSeconds: 20, exitCode: 0 }] });
  stage = on;
  let seen = 0;
  let isDead = false;
  const dies = (target: string) => {
    if (isDead || target !== operation) return false;
    seen += 1;
    return seen === nth;
  };
  const faults = on.simulator.switches.faults;
  faults.push({ kind: 'reset', client: 'controller', when: () => isDead });
  const last = when === 'before' ? 'reset' : 'lostResponse';
  faults.push({
    kind: last,
    client: 'controller',
    operation,
    when: () => {
      isDead = dies(operation);
      return isDead;
    },
  });
  const { number } = await startBuild(on);
  await until(on, async () => isDead);
  on.cli.excuseHangs();
  await on.start('second');
  return { on, number, died: () => isDead };
}

describe('a controller that is killed', () => {
  it.each(
    MOMENTS.flatMap(([operation, nth]) =>
      (['before', 'after'] as const).map((when) => [when, operation, nth] as const),
    ),
  )(
    '%s its %s number %i leaves a build that ends right, and a release task that ran once',
    async (when, operation, nth) => {
      const { on, number, died } = await killedAt(operation, nth, when);
      const record = await closed(on, number);
      expect(died()).toBe(true);
      expect(states(record)).toMatchObject({
        finalize: 'succeeded',
        release: 'succeeded',
        deploy: 'succeeded',
      });
      await on.clock.advance(120_000);
      expect(await releaseOf(on)).toMatchObject({
        decided: { outcome: 'succeeded' },
        current: { buildNumber: number },
      });
      expect(await startsOf(on)).toBe(1);
      expect((await serviceOf(on)).deployments).toHaveLength(1);
    },
    60_000,
  );
});
