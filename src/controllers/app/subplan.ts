import type { Action, Condition, Deferral, Difference, Gathering } from '../../reconcile/plan.ts';

/** What one resource (services, autoscaling, schedules) gives to the plan of its app. */
export interface SubPlan<A extends Action = Action> {
  /** In any order: `after` says what comes first, also across resources; ids that are not planned are ignored. */
  readonly actions: readonly A[];
  readonly differences: readonly Difference[];
  readonly conditions: readonly Condition[];
  /** What the resource remembers; it gets it back as `unknown` and parses it itself. */
  readonly memory?: unknown;
  readonly wakeAt?: number;
  /** See `Plan`. */
  readonly staleAt?: number;
  readonly gathering?: readonly Gathering[];
  readonly deferring?: readonly Deferral[];
  readonly closedIntents?: readonly string[];
  /** How many resources carry our mark; deletions are measured against it. */
  readonly marked?: number;
  /** True when desired state asks for the deletions in so many words (`[]`), not by lacking something. */
  readonly deletionsAsked?: boolean;
}

/**
 * Actions in an order in which each comes after what it names in `after`, otherwise as they were given.
 * References to actions that are not planned are dropped; a circle is a bug and left as it is.
 */
export function inOrder<A extends Action>(actions: readonly A[]): A[] {
  const byId = new Map(actions.map((action) => [action.id, action]));
  const placed = new Map<string, A>();
  const visiting = new Set<string>();
  const place = (action: A) => {
    if (placed.has(action.id) || visiting.has(action.id)) return;
    visiting.add(action.id);
    const { after: wanted, ...rest } = action;
    const after = (wanted ?? []).filter((id) => byId.has(id));
    for (const id of after) {
      const before = byId.get(id);
      if (before !== undefined) place(before);
    }
    // The same action but for a shorter `after`.
    placed.set(action.id, (after.length === 0 ? rest : { ...rest, after }) as A);
  };
  for (const action of actions) place(action);
  return [...placed.values()];
}
