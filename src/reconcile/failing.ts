import type { ActionOutcome } from './apply.ts';
import type { Key } from './key.ts';
import { type Action, type Condition, fingerprintOf, type Plan } from './plan.ts';
import { AFTER_FAILURE_FIRST_MS, AFTER_FAILURE_LAST_MS, backoff, spread } from './retry.ts';
import type { DatedCondition, Failed, Status } from './status.ts';

interface Tried {
  readonly work: { readonly key: Key };
  readonly plan: Plan;
  readonly outcomes: readonly ActionOutcome[];
  readonly now: number;
}

/** How an action failed when it was tried last; undefined when it asks for something else by now. */
export function failureOf(action: Action, status: Status): Failed | undefined {
  const failure = status.failures?.[action.id];
  return failure?.digest === fingerprintOf(action) ? failure : undefined;
}

/**
 * The planned actions that failed when they were tried last. Each waits for itself, so that nothing that brings
 * another pass makes it hurry.
 */
export function nextFailures(before: Status, { work, plan, outcomes, now }: Tried): Status['failures'] {
  const ended = new Map(outcomes.map((outcome) => [outcome.action.id, outcome.type]));
  const failures = plan.actions.flatMap((action): Array<[string, Failed]> => {
    const known = failureOf(action, before);
    const outcome = ended.get(action.id);
    if (outcome === 'failed') {
      const tries = (known?.tries ?? 0) + 1;
      const until = now + afterFailure(tries, work.key);
      return [[action.id, { digest: fingerprintOf(action), tries, until }]];
    }
    return known === undefined || outcome === 'applied' ? [] : [[action.id, known]];
  });
  return failures.length === 0 ? undefined : Object.fromEntries(failures);
}

/** How long to wait after so many failures in a row. */
export function afterFailure(tries: number, key: Key): number {
  return spread(backoff(tries, AFTER_FAILURE_FIRST_MS, AFTER_FAILURE_LAST_MS), JSON.stringify(key));
}

/** Whether something the plan needs could not be read. */
export function isUnreadable(plan: Plan): boolean {
  return plan.conditions.some(({ type, status }) => type === 'Readable' && status === 'False');
}

export function failureCondition({ action, failure }: ActionOutcome & { type: 'failed' }): Condition {
  const next = failure.kind === 'denied' ? 'Give the role this permission' : 'trimtab tries again';
  return {
    type: 'Applied',
    status: 'False',
    reason: failure.code,
    resource: action.resource,
    message: `${failureOpening(action)} ${failure.message} ${next}; nothing else of this key is held back by it.`,
  };
}

/** What was said of actions that failed before and were not tried now. */
export function stillFailing(before: Status, { plan, outcomes }: Tried): readonly DatedCondition[] {
  const tried = new Set(outcomes.map(({ action }) => action.id));
  const failing = plan.actions.filter((action) => !tried.has(action.id) && failureOf(action, before));
  return before.conditions.filter(
    ({ type, message }) =>
      type === 'Applied' && failing.some((action) => message.startsWith(failureOpening(action))),
  );
}

/** How the message about a failed action begins; no other action's does. */
function failureOpening(action: Action): string {
  return `${action.type} for ${action.resource} failed:`;
}
