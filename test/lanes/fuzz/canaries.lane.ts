import { describe, expect, it } from 'vitest';
import { CANARIES } from '../../replay/fuzz/canaries.ts';
import { hunt } from '../../replay/fuzz/kit.ts';

const HOUR_MS = 3_600_000;

describe('planners that are broken on purpose', () => {
  const table: string[] = [];

  it.each(CANARIES)(
    'one that $name is found within $runsMax runs',
    async (canary) => {
      const { runs, found } = await hunt(canary, 1);
      const [failure] = found;
      const by = failure?.violations.map(({ invariant }) => invariant).join(' ') ?? 'nothing';
      table.push(`${canary.name.padEnd(55)} ${String(runs).padStart(4)} of ${canary.runsMax}  ${by}`);
      expect(failure).toBeDefined();
      expect(runs).toBeLessThanOrEqual(canary.runsMax);
    },
    HOUR_MS,
  );

  it('are at least ten', () => {
    console.log(table.join('\n'));
    expect(CANARIES.length).toBeGreaterThanOrEqual(10);
  });
});
