import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import type { Lease, PassScope } from '../reconcile/controller.ts';
import { formatKey, type Key } from '../reconcile/key.ts';

/** The pass that the running code belongs to. */
export interface CurrentPass {
  readonly id: string;
  readonly key: Key;
  /** The key as `formatKey` writes it: calls take their turns by it. */
  readonly keyText: string;
  readonly lease: Lease;
  /** Attempts that went out so far: `ecs.DescribeServices` → count. */
  readonly calls: Map<string, number>;
}

const storage = new AsyncLocalStorage<CurrentPass>();

/** The pass the caller runs in; undefined outside of any (intake, heartbeats, commands). */
export function currentPass(): CurrentPass | undefined {
  return storage.getStore();
}

/**
 * Does something that serves many passes as part of none: whose pass began it may lose its lease, and the others still
 * wait for it.
 */
export function outsideOfPasses<T>(work: () => Promise<T>): Promise<T> {
  return storage.exit(work);
}

/** Counts one attempt that goes out now for the pass the caller runs in, if any; `name` is `ecs.DescribeServices`. */
export function countCall(name: string): void {
  const calls = currentPass()?.calls;
  calls?.set(name, (calls.get(name) ?? 0) + 1);
}

/** Makes the scope that ties AWS calls to the pass they are made for. */
export function createPassScope(): PassScope {
  return {
    run(pass, work) {
      // Every call of the pass that waits listens to this one signal; Node would take more than ten for a leak.
      setMaxListeners(0, pass.lease.signal);
      return storage.run({ ...pass, keyText: formatKey(pass.key), calls: new Map() }, work);
    },
    calls() {
      const calls = [...(currentPass()?.calls ?? [])];
      return Object.fromEntries(calls.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    },
  };
}
