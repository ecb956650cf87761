import type { PlanContext } from '../../../reconcile/controller.ts';
import { type Condition, type Difference, digestOf } from '../../../reconcile/plan.ts';
import { actionId } from '../names.ts';
import type { ServicesAction, TagService, UpdateService } from './actions.ts';
import { resourceOf } from './claims.ts';
import type { ProcessWish } from './desired.ts';
import type { RememberedRevision } from './memory.ts';
import type { ObservedService } from './observed.ts';
import {
  type ChangeInput,
  familyResource,
  planRevision,
  type RevisionPlan,
  registerId,
} from './registering.ts';

/** The writes that bring one service to its wish, and what they change. */
export interface Changes {
  readonly actions: readonly ServicesAction[];
  readonly differences: readonly Difference[];
  readonly conditions: readonly Condition[];
  readonly closedIntents: readonly string[];
  readonly revision?: RememberedRevision;
}

/** Plans one service: at most one registration and one update, which carries count and revision together. */
export function changesOf(input: ChangeInput): Changes {
  const { process, service, marked } = input.claimed;
  const count = wantedCount(input.wish, service.desiredCount);
  const revision = planRevision(input);
  const updates = updatesOf(input, count, revision);
  const tag = marked || updates.length === 0 ? [] : tagAction(input);
  const tagged = tag.map(({ id }) => id);
  return {
    actions: [
      ...tag,
      ...(revision.register === undefined ? [] : [revision.register]),
      ...updates.map((update) => ({ ...update, after: [...tagged, ...(update.after ?? [])] })),
    ],
    differences: [
      ...(count === undefined
        ? []
        : [{ path: `services/${process}/desiredCount`, desired: count, observed: service.desiredCount }]),
      ...revision.differences,
    ],
    conditions: revision.conditions,
    closedIntents: revision.closedIntents,
    ...(revision.remembered === undefined ? {} : { revision: revision.remembered }),
  };
}

/** A fixed count, or the nearest that lies inside the range; inside it the count is the autoscaler's. */
function wantedCount(wish: ProcessWish, count: number): number | undefined {
  const { minProcesses: min, maxProcesses: max } = wish;
  if (min !== undefined && count < min) return min;
  if (max !== undefined && count > max) return max;
  return undefined;
}

/** An adopted service is marked with the first write to it. Old short ARNs cannot be tagged. */
function tagAction({ claimed, names }: ChangeInput): TagService[] {
  const { service, process } = claimed;
  if (!/:service\/[^/]+\/[^/]+$/.test(service.arn)) return [];
  const { owner } = names;
  return [
    {
      id: actionId('services', process, 'tag'),
      type: 'tagService',
      resource: resourceOf(service),
      arn: service.arn,
      owner,
    },
  ];
}

function updatesOf(input: ChangeInput, count: number | undefined, revision: RevisionPlan): UpdateService[] {
  const { wished } = revision;
  if (wished === undefined)
    return count === undefined ? [] : [updateAction(input, 'update', count, undefined)];
  const source = { digest: wished.digest, ...sourceOf(revision, input.claimed.process) };
  // A registration that keeps failing must not keep a count from being what it should be.
  if (count !== undefined && failedBefore(input.context, familyResource(wished.family))) {
    return [updateAction(input, 'count', count, undefined), updateAction(input, 'update', undefined, source)];
  }
  return [updateAction(input, 'update', count, source)];
}

function sourceOf(revision: RevisionPlan, process: string): { arn: string } | { from: string } {
  return revision.arn === undefined ? { from: registerId(process) } : { arn: revision.arn };
}

function failedBefore(context: PlanContext, resource: string): boolean {
  return context.status.conditions.some(
    (condition) =>
      condition.type === 'Applied' && condition.status === 'False' && condition.resource === resource,
  );
}

function updateAction(
  { claimed }: ChangeInput,
  verb: 'update' | 'count',
  count: number | undefined,
  revision: UpdateService['revision'],
): UpdateService {
  const { service, process } = claimed;
  const asked = {
    cluster: service.clusterArn,
    service: service.name,
    ...(count === undefined ? {} : { desiredCount: count }),
  };
  return {
    id: actionId('services', process, verb),
    type: 'updateService',
    resource: resourceOf(service),
    ...asked,
    ...(revision === undefined ? {} : { revision, ...passengers(service) }),
    fingerprint: digestOf({ ...asked, revision: revision?.digest }),
    after: [
      ...(revision !== undefined && 'from' in revision ? [revision.from] : []),
      // Without its scalable target gone first, the autoscaler would undo a fixed count.
      ...(count === undefined ? [] : [actionId('autoscaling', process, 'remove')]),
    ],
  };
}

/** What rides with a revision that somebody asked for, and never causes one. */
function passengers(service: ObservedService): Partial<UpdateService> {
  return {
    ...(service.propagateTags === 'NONE' ? { propagateTags: 'TASK_DEFINITION' } : {}),
    ...(service.breaker
      ? {}
      : {
          deploymentConfiguration: {
            ...service.deploymentConfiguration,
            deploymentCircuitBreaker: { enable: true, rollback: true },
          },
        }),
  };
}
