import { beforeAll, describe, expect, it } from 'vitest';
import { fuzz } from '../../src/replay/fuzz/fuzzer.ts';
import { openStopwatch } from '../../src/replay/fuzz/shares.ts';
import { progressLine, renderFuzz } from '../../src/replay/fuzz/wording.ts';
import type { Snapshot } from '../../src/replay/snapshot.ts';
import { CANARIES } from '../replay/fuzz/canaries.ts';
import { hunt, shipped } from '../replay/fuzz/kit.ts';

/** Seeds of the gate, and how often each is played. */
const SEEDS = [1, 2, 3, 4];
const RUNS_EACH = 500;

const MINUTE_MS = 60_000;

/** Memory is watched over so many runs, or as many as there is time for. */
const MEMORY_RUNS = 20_000;
const MEMORY_MS = Number(process.env.TRIMTAB_FUZZ_MEMORY_MS ?? 5 * MINUTE_MS);
const SAMPLE_EVERY = 25;
/** The corpus and the features are being filled before this; both have a bound. */
const WARM_UP_SHARE = 0.4;
/** A leak of one case's world would be a hundred times this. */
const BYTES_A_RUN_MAX = 2_000;

let given: readonly Snapshot[] = [];
beforeAll(async () => {
  given = await shipped();
});

describe('fuzzing with fixed seeds', () => {
  it.each(SEEDS)(
    'breaks no promise with seed %i',
    async (seed) => {
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
    },
    60 * MINUTE_MS,
  );
});

describe('planners that are broken on purpose', () => {
  const table: string[] = [];

  it.each(CANARIES)(
    'one that $name is found within $runsMax runs',
    async (canary) => {
      const { runs, found } = await hunt(canary, 1, given);
      const [failure] = found;
      const by = failure?.violations.map(({ invariant }) => invariant).join(' ') ?? 'nothing';
      table.push(`${canary.name.padEnd(55)} ${String(runs).padStart(4)} of ${canary.runsMax}  ${by}`);
      expect(failure).toBeDefined();
      expect(runs).toBeLessThanOrEqual(canary.runsMax);
    },
    30 * MINUTE_MS,
  );

  it('are at least ten', () => {
    console.log(table.join('\n'));
    expect(CANARIES.length).toBeGreaterThanOrEqual(10);
  });
});

describe('memory', () => {
  it(
    'is flat however many cases are played',
    async () => {
      const collect = globalThis.gc;
      if (collect === undefined) throw new Error('this lane needs --expose-gc');
      const samples: Array<{ readonly run: number; readonly bytes: number }> = [];
      const ends = new AbortController();
      const startedAt = performance.now();
      const result = await fuzz(given, {
        runs: MEMORY_RUNS,
        seed: 5,
        stop: ends.signal,
        failuresMax: 1,
        onRun({ runs }) {
          if (runs % SAMPLE_EVERY === 0) {
            collect();
            samples.push({ run: runs, bytes: process.memoryUsage().heapUsed });
          }
          if (performance.now() - startedAt > MEMORY_MS) ends.abort();
        },
      });
      const late = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
      const slope = slopeOf(late);
      const last = (late.at(-1)?.bytes ?? 0) / 1e6;
      console.log(
        `heap over ${result.runs} of ${MEMORY_RUNS} runs: ${last.toFixed(1)} MB, ${slope.toFixed(0)} bytes a run`,
      );
      expect(late.length).toBeGreaterThanOrEqual(5);
      expect(slope).toBeLessThan(BYTES_A_RUN_MAX);
    },
    MEMORY_MS + 10 * MINUTE_MS,
  );
});

/** Bytes a run by which the heap grows: least squares over all samples. */
function slopeOf(samples: ReadonlyArray<{ readonly run: number; readonly bytes: number }>): number {
  const mean = (pick: (one: (typeof samples)[number]) => number) =>
    samples.reduce((sum, one) => sum + pick(one), 0) / samples.length;
  const run = mean((one) => one.run);
  const bytes = mean((one) => one.bytes);
  const covariance = mean((one) => (one.run - run) * (one.bytes - bytes));
  const variance = mean((one) => (one.run - run) ** 2);
  return variance === 0 ? 0 : covariance / variance;
}
