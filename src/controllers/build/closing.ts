import type { PlanContext } from '../../reconcile/controller.ts';
import { digestOf } from '../../reconcile/plan.ts';
import type { Nudge } from './actions.ts';
import type { ReadFacts } from './observed.ts';
import { isReviewAppClosed } from './requests.ts';

/** Of a review app that is closed what it had goes two minutes later. */
const LOOK_MS = 150_000;

/**
 * What is left to do for a review app that was closed: the app's controller deletes the records of its builds, tells nobody, and
 * forgets the app. A read that lagged may have made us write one after that, so it is made to look once more.
 */
export function afterClosing(
  facts: ReadFacts,
  { key, now }: Pick<PlanContext, 'key' | 'now'>,
): { readonly actions: readonly Nudge[]; readonly wakeAt?: number } {
  const isLeft = facts.records.state === 'found' && facts.records.value.length > 0;
  if (!isLeft || !isReviewAppClosed(facts)) return { actions: [] };
  const nudge: Nudge = {
    id: 'review-app/nudge',
    type: 'nudge',
    resource: `key app/${key.name}`,
    key: { ...key, kind: 'app' },
    cause: `closed-${digestOf([key.name, now])}`,
  };
  return { actions: facts.appStatus.state === 'absent' ? [nudge] : [], wakeAt: now + LOOK_MS };
}
