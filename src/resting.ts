import type { Inspection } from './inspect.ts';
import { formatKey, type Key } from './reconcile/key.ts';
import { createRecall, type Recall } from './reconcile/recall.ts';
import { sameData } from './reconcile/same.ts';
import type { Status } from './reconcile/status.ts';

/** So many keys are remembered, with what was read of each: some ten kilobytes. */
const RESTING_MAX = 2_000;

/** A key is planned anew at least this often, whatever is remembered of it. */
const TRUSTED_MS = 3_600_000;

/** A key that was found at rest, and what was known of it then. */
interface Rest {
  readonly facts: unknown;
  readonly status: Status;
  readonly inspection: Inspection;
  readonly until: number;
}

/**
 * Keys that needed nothing when they were looked at last. Planning is pure: while facts and status are the same, and
 * nothing waits for a time, the plan is the same, and a sweep need not make it again.
 */
export interface Resting {
  /** What was found at rest, if what is known now is what was known then. */
  recall(
    key: Key,
    known: { readonly facts: unknown; readonly status: Status },
    now: number,
  ): Inspection | undefined;
  /** Takes note of a key if it is at rest. */
  note(inspection: Inspection, facts: unknown, now: number): void;
}

/** Remembers in memory only. */
export function createResting(max: number = RESTING_MAX): Resting {
  const rests: Recall<Rest> = createRecall(max);
  return {
    recall(key, { facts, status }, now) {
      const rest = rests.get(formatKey(key));
      if (rest === undefined || now >= rest.until) return undefined;
      return sameData(rest.status, status) && sameData(rest.facts, facts) ? rest.inspection : undefined;
    },
    note(inspection, facts, now) {
      if (!isAtRest(inspection)) return;
      const { key, status, plan } = inspection;
      const until = Math.min(now + TRUSTED_MS, plan.staleAt ?? Number.POSITIVE_INFINITY);
      rests.set(formatKey(key), { facts, status, inspection, until });
    },
  };
}

/** Nothing is due, and nothing waits for a time: no wake, no retry, no write that no read has shown. */
function isAtRest({ due, actions, plan, status }: Inspection): boolean {
  return (
    !due &&
    actions.length === 0 &&
    plan.wakeAt === undefined &&
    status.wake === undefined &&
    status.attempts === 0 &&
    status.intents.length === 0 &&
    status.failures === undefined &&
    status.unseen === undefined &&
    Object.values(status.writes).every(({ seen }) => seen)
  );
}
