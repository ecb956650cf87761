import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { compareOutcomes } from '../../src/replay/compare.ts';
import { runCase } from '../../src/replay/replayer.ts';
import { parseSnapshot } from '../../src/replay/snapshot.ts';
import { outcomeOf } from '../../src/replay/summary.ts';

/** One rule of the planner is edited: it asks for a process more than `scaling` does. */
vi.mock('../../src/controllers/app/services/desired.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/controllers/app/services/desired.ts')>();
  const parseScaling: typeof original.parseScaling = (...given) => {
    const desired = original.parseScaling(...given);
    const wishes = desired.wishes.map((wish) => {
      const { minProcesses = 1 } = wish;
      return { ...wish, minProcesses: minProcesses + 1, maxProcesses: minProcesses + 1 };
    });
    return { ...desired, wishes };
  };
  return { ...original, parseScaling };
});

it('shows with a readable diff what an edited rule would do otherwise', async () => {
  const file = new URL('../snapshots/count-follows-scaling.snapshot.json', import.meta.url);
  const snapshot = parseSnapshot(readFileSync(file, 'utf8'));
  const { same, lines } = compareOutcomes(snapshot.outcome, outcomeOf(await runCase(snapshot)));
  expect(same).toBe(false);
  expect(lines).toContain('  step 1  put /apppack/apps/shop/scaling');
  expect(lines).toContain('-   did      shop: updateService service shop-web  desiredCount=4');
  expect(lines).toContain('+   did      shop: updateService service shop-web  desiredCount=5');
});
