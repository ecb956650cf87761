import { expect, it } from 'vitest';
import { fuzz } from '../../src/replay/fuzz/fuzzer.ts';
import { heapAfterCollecting, shipped } from '../replay/fuzz/kit.ts';

const MINUTE_MS = 60_000;

/** Memory is watched over so many runs, or as many as there is time for. */
const RUNS = Number(process.env.TRIMTAB_MEMORY_RUNS ?? 20_000);
const TIME_MS = Number(process.env.TRIMTAB_MEMORY_MINUTES ?? 180) * MINUTE_MS;
const SAMPLE_EVERY = 100;
/** When the heap is told. */
const TOLD: ReadonlySet<number> = new Set([1_000, 2_000, 5_000, 10_000, 15_000, 20_000]);
/** The corpus and the features are being filled before this; both have a bound. */
const WARM_UP_SHARE = 0.4;
/** A leak of one case's world would be a hundred times this. */
const BYTES_A_RUN_MAX = 2_000;

interface Sample {
  readonly run: number;
  readonly bytes: number;
}

it(
  'is flat however many cases are played',
  async () => {
    const samples: Sample[] = [];
    const ends = new AbortController();
    const startedAt = performance.now();
    const result = await fuzz(await shipped(), {
      runs: RUNS,
      seed: 5,
      stop: ends.signal,
      // What is found here is for the lane `fuzz` to tell.
      failuresMax: Number.POSITIVE_INFINITY,
      shrinkMax: 0,
      onRun({ runs, failures }) {
        if (runs % SAMPLE_EVERY !== 0) return;
        const bytes = heapAfterCollecting();
        samples.push({ run: runs, bytes });
        if (TOLD.has(runs)) console.log(`${runs} runs: ${megabytes(bytes)}, ${failures} failures`);
        if (performance.now() - startedAt > TIME_MS) ends.abort();
      },
    });
    const late = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
    const slope = slopeOf(late);
    const last = late.at(-1)?.bytes ?? 0;
    console.log(`${result.runs} runs: ${megabytes(last)}, ${slope.toFixed(0)} bytes a run`);
    expect(late.length).toBeGreaterThanOrEqual(5);
    expect(slope).toBeLessThan(BYTES_A_RUN_MAX);
  },
  TIME_MS + 10 * MINUTE_MS,
);

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Bytes a run by which the heap grows: least squares over all samples. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (pick: (one: Sample) => number) =>
    samples.reduce((sum, one) => sum + pick(one), 0) / samples.length;
  const run = mean((one) => one.run);
  const bytes = mean((one) => one.bytes);
  const covariance = mean((one) => (one.run - run) * (one.bytes - bytes));
  const variance = mean((one) => (one.run - run) ** 2);
  return variance === 0 ? 0 : covariance / variance;
}
