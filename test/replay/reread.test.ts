import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { formatKey } from '../../src/reconcile/key.ts';
import { fuzz } from '../../src/replay/fuzz/fuzzer.ts';
import type { ControllerWrapper } from '../../src/replay/rig.ts';
import { shipped } from './fuzz/kit.ts';

const RUNS = 40;
const SEED = 12;

/** Sweeps rely on it; here every one of them does, for every app, whatever was found of it. */
it('gives back what was read of an app only where the same would be read again', async () => {
  let looks = 0;
  let kept = 0;
  const stale: string[] = [];
  const last = new Map<string, unknown>();
  const wrap: ControllerWrapper = (controller) => ({
    ...controller,
    async read(request) {
      const { key, status, causes } = request;
      if (causes !== undefined) return controller.read(request);
      const before = last.get(formatKey(key));
      const facts = await controller.read({ key, status, before });
      last.set(formatKey(key), facts);
      looks += 1;
      if (facts !== before) return facts;
      kept += 1;
      if (!isDeepStrictEqual(await controller.read({ key, status }), facts)) stale.push(key.name);
      return facts;
    },
  });
  await fuzz(await shipped(), { runs: RUNS, seed: SEED, wrap, shrinkMax: 0 });
  expect(stale).toEqual([]);
  expect(kept).toBeGreaterThan(50);
  expect(looks).toBeGreaterThan(kept);
}, 120_000);
