import { type Condition, type Difference, digestOf } from '../../../reconcile/plan.ts';
import { actionId } from '../names.ts';
import type { ServicesAction, TagService, UpdateService } from './actions.ts';
import { adoptedRollout } from './adopting.ts';
import { resourceOf } from './claims.ts';
import type { Members } from './desired.ts';
import { begunBy } from './looking.ts';
import type { Progress, RememberedRevision } from './memory.ts';
import { type ObservedService, primaryOf } from './observed.ts';
import {
  type ChangeInput,
  familyResource,
  planRevision,
  type RevisionPlan,
  registerId,
  restartId,
  revisionOf,
} from './registering.ts';
import { type ConfigNeed, configNeed, restartDigest, sameRevision } from './restarts.ts';
import type { RevisionEdits } from './revision.ts';
import { planRollout, type RolloutStep, type WishedRollout } from './rollouts.ts';

/** The writes that bring one service to its wish, and what they change. */
export interface Changes {
  readonly actions: readonly ServicesAction[];
  readonly differences: readonly Difference[];
  readonly conditions: readonly Condition[];
  readonly closedIntents: readonly string[];
  readonly revision?: RememberedRevision;
  readonly progress: Progress;
  /** What the revision that is being rolled out changes; absent while it waits, and once it did not work. */
  readonly next?: RevisionEdits;
  readonly wakeAt?: number;
}

/**
 * Plans one service: at most one registration and one update, which carries count and revision together, or count
 * and restart. Revisions and restarts wait while config is about to come to rest, the size that is wanted at the
 * same time with them, so that there is one rollout for both; a count never waits.
 */
export function changesOf(input: ChangeInput): Changes {
  const { process, service, marked } = input.claimed;
  const count = input.autoscaled ? undefined : wantedCount(input.wish, service.desiredCount);
  const revision = planRevision(input);
  const need = configNeed(service, revision.used, input.progress.baseline);
  const wish = wishedRollout(input, revision, need);
  const rollout = rolloutOf(input, revision, { wish, need });
  const updates = updatesOf(input, count, revision, { rollout, wish });
  const tag = marked || updates.length === 0 ? [] : tagAction(input);
  const tagged = tag.map(({ id }) => id);
  return {
    actions: [
      ...tag,
      ...(revision.register === undefined || !rollout.asks ? [] : [revision.register]),
      ...updates.map((update) => ({ ...update, after: [...tagged, ...(update.after ?? [])] })),
    ],
    differences: [
      ...(count === undefined
        ? []
        : [{ path: `services/${process}/desiredCount`, desired: count, observed: service.desiredCount }]),
      ...revision.differences,
      ...(need.due ? [restartDifference(input, need)] : []),
    ],
    conditions: [...revision.conditions, ...rollout.conditions],
    closedIntents: [...revision.closedIntents, ...(rollout.shown === true ? [restartId(process)] : [])],
    ...(revision.remembered === undefined ? {} : { revision: revision.remembered }),
    progress: { ...input.progress, rollout: rollout.remembered },
    ...(revision.wished === undefined || rollout.isOpen !== true ? {} : { next: revision.wished.edits }),
    ...(rollout.wakeAt === undefined ? {} : { wakeAt: rollout.wakeAt }),
  };
}

/** A fixed count, or the nearest that lies inside the bounds that are said. */
function wantedCount(wish: Members, count: number): number | undefined {
  const { minProcesses: min, maxProcesses: max } = wish;
  if (min !== undefined && count < min) return min;
  if (max !== undefined && count > max) return max;
  return undefined;
}

/** What should be rolled out, at once or when config has come to rest; undefined when all is as it should be. */
function wishedRollout(
  { claimed }: ChangeInput,
  { wished, arn }: RevisionPlan,
  { restartFor, youngestAt, due }: ConfigNeed,
): WishedRollout | undefined {
  const { service } = claimed;
  const notBefore = due ? youngestAt : 0;
  const wish = { service: service.name, restartFor, notBefore };
  if (wished !== undefined)
    return { ...wish, digest: wished.digest, ...(arn === undefined ? {} : { taskDefinition: arn }) };
  if (!due) return undefined;
  return { ...wish, digest: sameRevision(service), taskDefinition: service.taskDefinition };
}

function rolloutOf(
  input: ChangeInput,
  revision: RevisionPlan,
  { wish, need }: { readonly wish: WishedRollout | undefined; readonly need: ConfigNeed },
): RolloutStep {
  const { claimed, context, progress, settlesAt } = input;
  const { service, facts, process } = claimed;
  const settles = settlesAt !== undefined;
  const update = context.status.writes[actionId('services', process, 'update')];
  return planRollout({
    service,
    facts,
    context,
    waits: settles || input.doubtful || revision.doubtful === true,
    wish: settles ? undefined : wish,
    before: progress.rollout,
    updatedAt: update?.at,
    adopted: wish === undefined ? adoptedRollout(input, need) : undefined,
    revisionOf: (digest) => revisionOf(input, digest),
    begun: (asked) => begunBy(context.status.writes[restartId(process)], restartDigest(asked)),
  });
}

function restartDifference({ claimed }: ChangeInput, { youngestAt }: ConfigNeed): Difference {
  return {
    path: `services/${claimed.process}/startedAt`,
    desired: `after ${new Date(youngestAt).toISOString()}, when its config changed`,
    observed: new Date(primaryOf(claimed.service)?.createdAt ?? 0).toISOString(),
  };
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

interface Asked {
  readonly rollout: RolloutStep;
  readonly wish: WishedRollout | undefined;
}

function updatesOf(
  input: ChangeInput,
  count: number | undefined,
  revision: RevisionPlan,
  { rollout, wish }: Asked,
): UpdateService[] {
  const countAlone = count === undefined ? [] : [updateAction(input, { verb: 'update', count })];
  if (!rollout.asks || wish === undefined) return countAlone;
  const { wished } = revision;
  if (wished === undefined) return restarts(input, count, wish);
  const { restartFor } = wish;
  const source = { digest: wished.digest, ...sourceOf(revision, input.claimed.process) };
  // A registration that keeps failing must not keep a count from being what it should be.
  if (count !== undefined && failedBefore(input, familyResource(wished.family))) {
    return [
      updateAction(input, { verb: 'count', count }),
      updateAction(input, { verb: 'update', revision: source, restartFor }),
    ];
  }
  return [updateAction(input, { verb: 'update', count, revision: source, restartFor })];
}

/** A forced deployment under an intent. While it is not known whether one went out, the count goes alone. */
function restarts(input: ChangeInput, count: number | undefined, wish: WishedRollout): UpdateService[] {
  const { process } = input.claimed;
  const intent = restartDigest(wish);
  const isOpen = input.context.status.intents.some(({ action }) => action === restartId(process));
  const restart = updateAction(input, { verb: 'restart', count: isOpen ? undefined : count });
  const alone = isOpen && count !== undefined ? [updateAction(input, { verb: 'update', count })] : [];
  return [...alone, { ...restart, force: true, intent, fingerprint: intent }];
}

function sourceOf(revision: RevisionPlan, process: string): { arn: string } | { from: string } {
  return revision.arn === undefined ? { from: registerId(process) } : { arn: revision.arn };
}

function failedBefore({ context }: ChangeInput, resource: string): boolean {
  return context.status.conditions.some(
    (condition) =>
      condition.type === 'Applied' && condition.status === 'False' && condition.resource === resource,
  );
}

interface UpdateMembers {
  readonly verb: 'update' | 'count' | 'restart';
  readonly count?: number | undefined;
  readonly revision?: NonNullable<UpdateService['revision']>;
  /** The config that the revision's tasks are to run with: another one is another update. */
  readonly restartFor?: string;
}

function updateAction(
  { claimed }: ChangeInput,
  { verb, count, revision, restartFor = '' }: UpdateMembers,
): UpdateService {
  const { service, process } = claimed;
  const asked = {
    cluster: service.clusterArn,
    service: service.name,
    ...(count === undefined ? {} : { desiredCount: count }),
  };
  const config = restartFor === '' ? {} : { restartFor };
  return {
    id: actionId('services', process, verb),
    type: 'updateService',
    resource: resourceOf(service),
    ...asked,
    ...(revision === undefined ? {} : { revision, ...passengers(service) }),
    fingerprint: digestOf({ ...asked, revision: revision?.digest, ...config }),
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
