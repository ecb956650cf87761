import { type Action, planDigest } from '../../reconcile/plan.ts';
import type { SubPlan } from './subplan.ts';

/** Fewer deletions than this of one kind are never held. */
const DELETIONS_FREE = 5;

/** Whether so many deletions of one kind need a person's word. */
export function isMassDeletion(deletions: number, marked: number): boolean {
  return deletions > DELETIONS_FREE && deletions > marked / 2;
}

export interface Guarded<A extends Action> {
  readonly actions: readonly A[];
  readonly held?: { readonly actions: readonly A[]; readonly reason: string };
}

/**
 * Holds back deletions of more than five and more than half of an app's marked resources of one kind, unless
 * a person let exactly this plan pass or desired state asks for them in so many words.
 */
export function guardDeletions<A extends Action>(
  parts: Readonly<Record<string, SubPlan<A>>>,
  actions: readonly A[],
  approved: string | undefined,
  app: string,
): Guarded<A> {
  const risky = Object.entries(parts).flatMap(([kind, part]) => {
    const deletions = part.actions.filter((action) => action.deletes === true);
    const many = isMassDeletion(deletions.length, part.marked ?? 0);
    return many && part.deletionsAsked !== true ? [{ kind, deletions, marked: part.marked ?? 0 }] : [];
  });
  if (risky.length === 0 || approved === planDigest(actions)) return { actions };
  const ids = new Set(risky.flatMap(({ deletions }) => deletions.map((action) => action.id)));
  // Actions come in order, so what depends on a withheld one, however far away, is met after it.
  for (const { id, after = [] } of actions) if (after.some((before) => ids.has(before))) ids.add(id);
  const withheld = (action: A) => ids.has(action.id);
  const what = risky
    .map(({ kind, deletions, marked }) => `${deletions.length} of ${marked} ${kind}`)
    .join(' and ');
  const reason = `This would delete ${what} of ${app} at once, so it is held. If that is meant: trimtab approve ${app}. If not, put the parameters back.`;
  return {
    actions: actions.filter((action) => !withheld(action)),
    held: { actions: actions.filter(withheld), reason },
  };
}
