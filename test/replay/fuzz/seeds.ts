import { beforeAll, describe, expect, it } from 'vitest';
import { fuzz } from '../../../src/replay/fuzz/fuzzer.ts';
import { openStopwatch } from '../../../src/replay/fuzz/shares.ts';
import { progressLine, renderFuzz } from '../../../src/replay/fuzz/wording.ts';
import type { Snapshot } from '../../../src/replay/snapshot.ts';
import { heapAfterCollecting, shipped } from './kit.ts';

/** How often each seed is played. */
const RUNS_EACH = 500;

/**
 * What is kept of a run when its session has ended. The engine goes on making code for the first thousands (6 to 8 kB a
 * run were measured); the world of one case would be ten times this. `npm run test:memory` looks longer.
 */
const BYTES_A_RUN_MAX = 20_000;

const HOUR_MS = 3_600_000;

/** Plays seeds one after the other in one process; two files of the lane share them, for a machine has two cores. */
export function describeSeeds(seeds: readonly number[]): void {
  let given: readonly Snapshot[] = [];
  const heaps: number[] = [];
  beforeAll(async () => {
    given = await shipped();
  });

  describe('fuzzing with fixed seeds', () => {
    it.each(seeds)(
      'breaks no promise with seed %i',
      async (seed) => {
        await playSeed(given, seed);
        heaps.push(heapAfterCollecting());
      },
      HOUR_MS,
    );

    it('keeps nothing of a session that has ended', () => {
      const [first = 0, ...others] = heaps;
      const last = others.at(-1) ?? first;
      const bytes = (last - first) / (others.length * RUNS_EACH);
      console.log(`heap: ${(last / 1e6).toFixed(1)} MB, ${bytes.toFixed(0)} bytes a run`);
      expect(bytes).toBeLessThan(BYTES_A_RUN_MAX);
    });
  });
}

async function playSeed(given: readonly Snapshot[], seed: number): Promise<void> {
  const startedAt = performance.now();
  const stopwatch = await openStopwatch();
  const result = await fuzz(given, { runs: RUNS_EACH, seed });
  const shares = await stopwatch.take();
  stopwatch.close();
  console.log(`seed ${seed}: ${progressLine(result, performance.now() - startedAt, shares)}`);
  const files = result.found.map((failure) => `fuzz-${failure.seed}.snapshot.json`);
  expect(result.found.length, renderFuzz(result, seed, files)).toBe(0);
  expect(result.runs).toBe(RUNS_EACH);
  // Whoever sees nothing finds nothing.
  expect(result.coverage.edge).toBeGreaterThanOrEqual(5);
  expect(result.coverage.reason).toBeGreaterThanOrEqual(15);
}
