import { fileURLToPath } from 'node:url';
import { findSnapshots, readSnapshot } from '../../../src/replay/files.ts';
import { type FuzzResult, fuzz } from '../../../src/replay/fuzz/fuzzer.ts';
import { SHIPPED_SNAPSHOTS } from '../../../src/replay/fuzz/shipped.ts';
import type { Snapshot } from '../../../src/replay/snapshot.ts';
import type { Canary } from './canaries.ts';

const LIBRARY = fileURLToPath(new URL('../../snapshots', import.meta.url));

/** The snapshots that come with the program, or the one of a name, which may also be of the library. */
export async function shipped(name?: string): Promise<readonly Snapshot[]> {
  const files = await findSnapshots(name === undefined ? [SHIPPED_SNAPSHOTS] : [SHIPPED_SNAPSHOTS, LIBRARY]);
  const wanted = files.filter(({ path }) => name === undefined || path.endsWith(`/${name}.snapshot.json`));
  return Promise.all(wanted.map(({ path }) => readSnapshot(path)));
}

/** Looks for a broken planner until it is found; nothing is made smaller, for it is known what is broken. */
export async function hunt(canary: Canary, seed: number): Promise<FuzzResult> {
  const { wrap, wrapBuilds, runsMax: runs, troubles, from } = canary;
  return fuzz(await shipped(from), {
    runs,
    seed,
    ...(wrap === undefined ? {} : { wrap }),
    ...(wrapBuilds === undefined ? {} : { wrapBuilds }),
    failuresMax: 1,
    shrinkMax: 0,
    ...(troubles === undefined ? {} : { troubles }),
  });
}

/** Bytes of the heap that are in use when all that can be thrown away has been. */
export function heapAfterCollecting(): number {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('this needs --expose-gc');
  collect();
  return process.memoryUsage().heapUsed;
}
