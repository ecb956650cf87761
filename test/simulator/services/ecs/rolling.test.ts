import { describe, expect, it } from 'vitest';
import {
  breakerThreshold,
  launchDelayMs,
  planStep,
  type RollingTask,
} from '../../../../src/simulator/services/ecs/rolling.ts';

/** `"oH oH ns"`: old or new, then starting, running or Healthy. */
function tasks(text: string): RollingTask[] {
  const phases = { s: 'starting', r: 'running', H: 'healthy' } as const;
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word, index) => ({
      arn: `${word}${index}`,
      isCurrent: word.startsWith('n'),
      phase: phases[word[1] as 's' | 'r' | 'H'],
      createdAt: index,
    }));
}

describe('a step of a rolling update', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
  it.each([
    ['starts everything that is missing', '', 2, 100, 200, 2, []],
    ['starts new tasks beside the old', 'oH oH', 2, 100, 200, 2, []],
    ['waits for new tasks to be healthy', 'oH oH nr nr', 2, 100, 200, 0, []],
    ['stops one old task for each new healthy one', 'oH oH nH nr', 2, 100, 200, 0, ['oH1']],
    ['stops the last old tasks', 'oH oH nH nH', 2, 100, 200, 0, ['oH1', 'oH0']],
    ['stops old tasks that are not healthy at once', 'or oH oH ns', 2, 100, 200, 1, ['or0']],
    ['makes room first when it may not exceed', 'oH oH', 2, 50, 100, 1, ['oH1']],
    ['can do without any for a while', 'oH oH', 2, 0, 100, 2, ['oH1', 'oH0']],
    ['goes one by one', 'oH oH', 2, 100, 150, 1, []],
    ['rounds the ceiling down', 'oH oH oH', 3, 100, 125, 0, []],
    ['rounds the floor up', 'oH oH', 2, 75, 200, 2, []],
    ['stops the least advanced of too many', 'nH ns nH', 2, 100, 200, 0, ['ns1']],
    ['stops the youngest of too many', 'nH nH nH', 2, 100, 200, 0, ['nH2']],
    ['stops all when none are wanted', 'oH nH', 0, 100, 200, 0, ['nH1', 'oH0']],
    ['rests', 'nH nH', 2, 100, 200, 0, []],
  ] as const)('%s', (_title, text, desired, minimumHealthyPercent, maximumPercent, start, stop) => {
    const view = { desired, minimumHealthyPercent, maximumPercent, tasks: tasks(text) };
    expect(planStep(view)).toEqual({ start, stop });
  });
});

describe('the thresholds', () => {
  it.each([
    [1, 3],
    [6, 3],
    [7, 4],
    [25, 13],
    [400, 200],
    [800, 200],
  ])('of %i tasks is %i', (desired, threshold) => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    expect(breakerThreshold(desired)).toBe(threshold);
  });

  it('can be configured', () => {
    expect(breakerThreshold(10, { type: 'COUNT', value: 1 })).toBe(1);
    expect(breakerThreshold(10, { type: 'UNBOUNDED_PERCENT', value: 10 })).toBe(1);
    expect(breakerThreshold(100, { type: 'BOUNDED_PERCENT', value: 10 })).toBe(10);
  });

  it('delays grow to 27 minutes', () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
    expect([0, 2, 3, 4, 5, 100].map(launchDelayMs)).toEqual([0, 0, 10_000, 20_000, 40_000, 27 * 60_000]);
  });
});
