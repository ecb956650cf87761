import { digestOf } from '../../../reconcile/plan.ts';
import type { SchedulesMemory } from './memory.ts';
import { ruleResource } from './rule.ts';
import { missingRules, type SchedulesInput, type SortedRules } from './sorting.ts';

/** How long EventBridge is left in peace after it had no room for another rule. */
const ROOM_RETRY_MS = 3_600_000;

/** EventBridge had no room for a rule, and is not asked again before this. */
export interface NoRoom {
  readonly memory: NonNullable<SchedulesMemory['full']>;
  readonly until: number;
}

/**
 * Whether to leave missing rules missing: the quota concerns the whole account, waiting does not help, and
 * every try costs a call of a rate that is shared, too. Another wish and rules that go are reasons to try.
 */
export function noRoomFor(
  { context }: Pick<SchedulesInput, 'context'>,
  sorted: SortedRules,
  memory: SchedulesMemory,
  deletions: number,
): NoRoom | undefined {
  const missing = missingRules(sorted);
  if (missing.length === 0 || deletions > 0) return undefined;
  const wanted = digestOf(missing);
  const isRefused = context.status.conditions.some(
    ({ type, status, reason, resource }) =>
      type === 'Applied' &&
      status === 'False' &&
      reason === 'LimitExceededException' &&
      missing.some((name) => resource === ruleResource(name)),
  );
  const full = isRefused ? { at: context.now, wanted } : memory.full;
  if (full === undefined || full.wanted !== wanted) return undefined;
  const until = full.at + ROOM_RETRY_MS;
  return context.now < until ? { memory: full, until } : undefined;
}
