import { beforeAll, describe, expect, it } from 'vitest';
import type { Kill } from '../killed/course.ts';
import { DEPLOYMENTS, type Deployment } from '../killed/deployment.ts';
import { type Delay, killAt } from '../killed/killing.ts';

/** The calls at which most is at stake; the lane `kill-matrix` has every one. */
const CALLS: ReadonlyArray<readonly [operation: string, nth: number]> = [
  ['PutItem', 1],
  ['RegisterTaskDefinition', 1],
  ['RunTask', 1],
  ['PutObject', 1],
  ['PutItem', 2],
  ['UpdateService', 1],
  ['PutItem', 3],
  // Records and statuses, the ones around the task among them.
  ...[1, 20, 30].map((nth) => ['UpdateItem', nth] as const),
];
const DELAYS: readonly Delay[] = ['at once', 'after 10 minutes', 'after 25 hours'];
const SIDES = ['before', 'after'] as const;

/** Every call on both sides; the delays take turns, and a task that was asked for is left for each of them. */
const CASES = CALLS.flatMap(([operation, nth], index) =>
  SIDES.flatMap((side, other) => {
    const turn = DELAYS[(index + other) % DELAYS.length] ?? 'at once';
    const delays = operation === 'RunTask' ? DELAYS : [turn];
    return delays.map((delay) => [side, operation, nth, delay] as const);
  }),
);

describe('a controller that is killed', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await DEPLOYMENTS.shop();
  }, 120_000);

  const nthOf = (operation: string, nth: number): Kill => {
    const kill = deployment.course.kills.filter((one) => one.operation === operation)[nth - 1];
    if (kill === undefined) throw new Error(`there is no ${operation} number ${nth}`);
    return kill;
  };

  it.each(CASES)(
    '%s its %s number %i, and followed by another %s, leaves a build that ends right and a task that ran once',
    async (side, operation, nth, delay) => {
      const { outcome, wrong } = await killAt(deployment, nthOf(operation, nth)[side], delay);
      expect(wrong).toEqual([]);
      expect(outcome).not.toBe('neither');
    },
    60_000,
  );
});
