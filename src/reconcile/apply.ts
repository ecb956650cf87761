import type { Lease } from './controller.ts';
import { type Failure, LeaseLostError, NotYetError } from './errors.ts';
import type { Action } from './plan.ts';

/**
 * What became of one action. `skipped`: something it comes after did not succeed. `deferred`: its turn is at
 * `at`; it did not take effect.
 */
export type ActionOutcome =
  | { readonly type: 'applied'; readonly action: Action; readonly result: unknown }
  | { readonly type: 'failed'; readonly action: Action; readonly failure: Failure }
  | { readonly type: 'deferred'; readonly action: Action; readonly at: number }
  | { readonly type: 'skipped'; readonly action: Action };

export interface Applier {
  /** Does one action; throws what AWS threw. */
  readonly apply: (action: Action, results: ReadonlyMap<string, unknown>) => Promise<unknown>;
  readonly classify: (error: unknown) => Failure;
  readonly lease: Lease;
}

/**
 * Applies actions: independent ones in parallel, dependent ones after what they depend on, results passed
 * along. One failure stops only what depends on it; a lost lease stops everything.
 */
export async function applyActions(
  actions: readonly Action[],
  applier: Applier,
): Promise<readonly ActionOutcome[]> {
  const started = new Map<string, Promise<ActionOutcome>>();
  const results = new Map<string, unknown>();
  for (const action of actions) started.set(action.id, start(action));
  const settled = await Promise.allSettled(started.values());
  const lost = settled.find((one) => one.status === 'rejected');
  if (lost !== undefined) throw lost.reason;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));

  async function start(action: Action): Promise<ActionOutcome> {
    const before = await Promise.all((action.after ?? []).map((id) => started.get(id)));
    if (before.some((one) => one !== undefined && one.type !== 'applied')) return { type: 'skipped', action };
    applier.lease.check(action.id);
    try {
      const result = await applier.apply(action, results);
      results.set(action.id, result);
      return { type: 'applied', action, result };
    } catch (error) {
      if (error instanceof LeaseLostError) throw error;
      if (error instanceof NotYetError) return { type: 'deferred', action, at: error.at };
      return { type: 'failed', action, failure: applier.classify(error) };
    }
  }
}
