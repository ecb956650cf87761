import {
  type ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { ABSENT, found, type Reading } from '../reconcile/reading.ts';
import { readList, readMany } from './complete.ts';
import type { ScalableTarget, ScalingPolicy, ScheduledAction } from './shapes.ts';

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html */
export const TARGETS_MAX = 50;

/** Pages of one resource's things: 50 policies or 200 scheduled actions at most, and short pages. */
const OWN_PAGES_MAX = 50;

/** Thirty services of one app, and no more calls than asking for each of a few would take. */
const NAMED_PAGES_MAX = 3;

/** Everything of ours hangs on the count of ECS services. */
const ECS_COUNTS = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' } as const;

/** Scalable targets of at most fifty ECS services; a good answer that lacks one means that it has none. */
export function describeScalableTargets(
  autoscaling: ApplicationAutoScalingClient,
  resourceIds: readonly string[],
): Promise<ReadonlyMap<string, Reading<ScalableTarget>>> {
  return readMany(resourceIds, async (some) => {
    const shown = new Map<string | undefined, ScalableTarget>();
    let NextToken: string | undefined;
    for (let page = 0; page < OWN_PAGES_MAX; page += 1) {
      const output = await autoscaling.send(
        new DescribeScalableTargetsCommand({ ...ECS_COUNTS, ResourceIds: [...some], NextToken }),
      );
      for (const target of output.ScalableTargets ?? []) shown.set(target.ResourceId, target);
      NextToken = output.NextToken;
      if (NextToken === undefined) return new Map(some.map((id) => [id, readingOf(shown.get(id))]));
    }
    throw new Error(`scalable targets: more than ${OWN_PAGES_MAX} pages for ${some.length} resources`);
  });
}

function readingOf(target: ScalableTarget | undefined): Reading<ScalableTarget> {
  return target === undefined ? ABSENT : found(target);
}

/**
 * Policies of this name on any ECS service: what a name finds need not be asked for service by service. Should
 * AWS filter its pages only after it cut them, the list is given up.
 */
export function describePoliciesNamed(
  autoscaling: ApplicationAutoScalingClient,
  name: string,
): Promise<Reading<readonly ScalingPolicy[]>> {
  return readList(
    `scaling policies named ${name}`,
    () => NAMED_PAGES_MAX,
    async (NextToken) => {
      const page = await autoscaling.send(
        new DescribeScalingPoliciesCommand({ ...scopeOf(undefined), PolicyNames: [name], NextToken }),
      );
      return { items: page.ScalingPolicies ?? [], next: page.NextToken };
    },
  );
}

/** Scaling policies of one ECS service, or of all when `resourceId` is left out; ten a page. */
export function describeScalingPolicies(
  autoscaling: ApplicationAutoScalingClient,
  resourceId: string | undefined,
  pagesMax: () => number = () => OWN_PAGES_MAX,
): Promise<Reading<readonly ScalingPolicy[]>> {
  return readList('scaling policies', pagesMax, async (NextToken) => {
    const page = await autoscaling.send(
      new DescribeScalingPoliciesCommand({ ...scopeOf(resourceId), NextToken }),
    );
    return { items: page.ScalingPolicies ?? [], next: page.NextToken };
  });
}

/** Scheduled actions of one ECS service, or of all when `resourceId` is left out; fifty a page. */
export function describeScheduledActions(
  autoscaling: ApplicationAutoScalingClient,
  resourceId: string | undefined,
  pagesMax: () => number = () => OWN_PAGES_MAX,
): Promise<Reading<readonly ScheduledAction[]>> {
  return readList('scheduled scaling actions', pagesMax, async (NextToken) => {
    const page = await autoscaling.send(
      new DescribeScheduledActionsCommand({ ...scopeOf(resourceId), NextToken }),
    );
    return { items: page.ScheduledActions ?? [], next: page.NextToken };
  });
}

/** "If you specify a scalable dimension, you must also specify a resource ID." */
function scopeOf(resourceId: string | undefined) {
  if (resourceId === undefined) return { ServiceNamespace: ECS_COUNTS.ServiceNamespace };
  return { ...ECS_COUNTS, ResourceId: resourceId };
}
