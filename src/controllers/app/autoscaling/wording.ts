import type { Failure } from '../../../reconcile/errors.ts';
import type { Condition } from '../../../reconcile/plan.ts';
import type { ObservedService } from '../services/observed.ts';

type Named = Pick<ObservedService, 'name'>;

/** What belongs to a service's autoscaling could not be read. */
export function unreadable({ name }: Named, failure: Failure): Condition {
  const message = `The autoscaling of ${name} could not be read: ${failure.message} It stays as it is until it can.`;
  return {
    type: 'Readable',
    status: 'False',
    reason: failure.code,
    message,
    resource: `scalable target of ${name}`,
  };
}

/** Somebody else's autoscaling is in the way of what is wished. */
export function contested(
  { name }: Named,
  resourceId: string,
  foreign: readonly string[],
  wish: 'fixed' | 'bounds',
): Condition {
  const left =
    wish === 'fixed'
      ? 'A fixed count is wished, and trimtab takes away no autoscaling that it did not make: the count stays with it.'
      : 'Other bounds are wished, and scheduled actions set them by themselves: they stay as they are.';
  const command = `aws application-autoscaling deregister-scalable-target --service-namespace ecs --scalable-dimension ecs:service:DesiredCount --resource-id ${resourceId}`;
  const message = `${name} is scaled by what trimtab did not make (${foreign.join(', ')}). ${left} To hand it to trimtab, with all policies and scheduled actions on it: ${command}`;
  return {
    type: 'Owned',
    status: 'False',
    reason: 'Contested',
    message,
    resource: `scalable target of ${name}`,
  };
}

/** Somebody else's policy moves the count inside our bounds: a fact, not a problem. */
export function kept({ name }: Named, resourceId: string, foreign: readonly string[]): Condition {
  const message = `${name} is scaled by what trimtab did not make (${foreign.join(', ')}). trimtab keeps the bounds and puts no policy of its own beside it. To have trimtab scale by CPU load, delete that policy: aws application-autoscaling delete-scaling-policy --service-namespace ecs --scalable-dimension ecs:service:DesiredCount --resource-id ${resourceId} --policy-name NAME`;
  return {
    type: 'Owned',
    status: 'True',
    reason: 'ForeignPolicy',
    message,
    resource: `scalable target of ${name}`,
  };
}
