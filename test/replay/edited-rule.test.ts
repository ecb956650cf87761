import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { runTrimtab } from './kit.ts';

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

const library = new URL('../snapshots/', import.meta.url).pathname;

it('makes `trimtab replay --check` fail when a rule was edited, and says what it would do otherwise', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trimtab-edited-'));
  for (const name of ['count-follows-scaling', 'deleted-scaling-changes-nothing', 'paused-app-is-left-alone'])
    copyFileSync(`${library}${name}.snapshot.json`, join(folder, `${name}.snapshot.json`));
  const { code, out, err } = await runTrimtab(['replay', folder, '--check']);
  expect({ code, err }).toEqual({ code: 2, err: '' });
  // A promise is looked at without any planner, so it breaks with the rule.
  expect(out).toContain('broken       count-follows-scaling\n');
  expect(out).toContain(
    '  broken promise I17: shop is said to be synced, but shop-web has 3 tasks, not 2 to 2\n',
  );
  expect(out).toContain('  differs from what is recorded (- recorded, + replayed):');
  expect(out).toContain('    step 1  put /apppack/apps/shop/scaling\n');
  expect(out).toContain('  -   did      shop: updateService service shop-web  desiredCount=4\n');
  expect(out).toContain('  +   did      shop: updateService service shop-web  desiredCount=5\n');
  expect(out).toMatch(/3 snapshots: 3 broken\n$/);
}, 60_000);
