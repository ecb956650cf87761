import type { PlanContext } from '../../reconcile/controller.ts';
import type { Condition, Plan } from '../../reconcile/plan.ts';
import type { AppAction } from './actions.ts';
import { autoscaledProcesses, planAutoscaling } from './autoscaling/plan.ts';
import { deletionOf } from './deletion.ts';
import { namedProcesses } from './desired.ts';
import { guardDeletions } from './guard.ts';
import { type AppMemory, parseMemory } from './memory.ts';
import type { AppFacts } from './observed.ts';
import { planReleases } from './releases/plan.ts';
import { releasingOf } from './releases/wishes.ts';
import { lifeOf, planReviews, RECORDS_DELETE, type ReviewLife } from './reviews/plan.ts';
import { planSchedules } from './schedules/plan.ts';
import { isShownByUnread } from './services/observed.ts';
import { type ClaimedService, planServices, type ServicesPlan } from './services/plan.ts';
import { inOrder, type SubPlan } from './subplan.ts';
import { unclaimedConditions } from './unclaimed.ts';

type ReadFacts = AppFacts & { state: 'read' };

/** What the resources of an app planned, by the name of the resource. */
type Parts = { readonly services: ServicesPlan } & Readonly<Record<string, SubPlan<AppAction>>>;

/** Plans an app: each resource by itself, then all of it as one. Pure. */
export function planApp(facts: AppFacts, context: PlanContext): Plan<AppAction> {
  if (facts.state === 'misnamed') return misnamed(facts, context);
  const memory = parseMemory(context.status.memory);
  const named = namedProcesses(facts.desired, memory);
  const deletion = deletionOf(facts, memory, context.now);
  const life = lifeOf(facts.desired.review, memory.resources.reviews, context);
  const services = planServices({
    facts: facts.services,
    scaling: facts.desired.scaling,
    autoscaled: autoscaledProcesses(facts.autoscaling, facts.desired.scaling.wishes, facts.names),
    config: facts.desired.config,
    pace: facts.pace,
    release: releasingOf(facts.desired, facts.names, context.key.region),
    ...(facts.desired.ecsConfig.launch === undefined ? {} : { launch: facts.desired.ecsConfig.launch }),
    named: new Set(Object.values(named).flat()),
    names: facts.names,
    memory: memory.resources.services,
    context,
    ...goneAs(facts, life, deletion.policy),
  });
  const parts = {
    services,
    autoscaling: autoscalingOf(facts, services),
    schedules: schedulesOf(facts, services, memory, context),
    releases: releasesOf(facts, services, memory, { context, gone: life.gone }),
    reviews: planReviews({ life, desired: facts.desired, names: facts.names, services, context }),
  };
  const answer = { release: parts.releases.answer };
  const remembered = { ...memory, named, ...deletion.memory, ...answer };
  const stale = [deletion, ...Object.values(parts)].flatMap(({ staleAt }) => staleAt ?? []);
  const isFollowed = parts.releases.answer !== undefined && parts.releases.answer.stage !== 'complete';
  return {
    ...assemble(facts, context, parts, remembered),
    ...(facts.desired.paused.state === 'unknown' ? {} : patienceOf(services, isFollowed)),
    ...(stale.length === 0 ? {} : { staleAt: Math.min(...stale) }),
  };
}

/** Whoever follows a release wants to see at once that its deployments began, and what changes meanwhile. */
function patienceOf(
  { deferring, gathering = [], beginnings }: ServicesPlan,
  isFollowed: boolean,
): Pick<Plan, 'gathering' | 'deferring'> {
  const gathered = isFollowed ? gathering : [...gathering, ...beginnings];
  return {
    ...(gathered.length === 0 ? {} : { gathering: gathered }),
    ...(isFollowed || deferring === undefined ? {} : { deferring }),
  };
}

function autoscalingOf({ autoscaling, desired, names }: ReadFacts, { claimed }: ServicesPlan) {
  // Of an app that is gone what stays, stays as it is; ECS takes a service's target away with it.
  const services = desired.absent
    ? []
    : claimed.flatMap(({ process, service, writable, wish }) =>
        writable && wish !== undefined ? [{ process, service, wish }] : [],
      );
  return planAutoscaling({ facts: autoscaling, services, settings: desired.settings, names });
}

function schedulesOf(facts: ReadFacts, { claimed }: ServicesPlan, memory: AppMemory, context: PlanContext) {
  const { schedules, desired, names, services } = facts;
  const usable = claimed.filter(({ service }) => service.status === 'ACTIVE');
  const source = usable.find(({ process }) => process === 'web') ?? usable[0];
  const settings = names.documents.settings ?? '';
  return planSchedules({
    facts: schedules,
    desired: desired.schedules,
    scaling: desired.scaling,
    settings: desired.settings,
    hasSettings: Object.hasOwn(desired.parameters, settings),
    isSourceUnread: isShownByUnread(source?.process, services.services),
    ...(source === undefined ? {} : { source: sourceOf(source) }),
    names,
    memory: memory.resources.schedules,
    context,
  });
}

/** Of a review app that is gone nothing stays; of another app what its settings said. */
function goneAs({ desired }: ReadFacts, life: ReviewLife, policy: 'retain' | 'delete') {
  if (life.gone) return { gone: 'delete' as const, goneForGood: true };
  return desired.absent ? { gone: policy } : {};
}

function releasesOf(
  facts: ReadFacts,
  services: ServicesPlan,
  memory: AppMemory,
  { context, gone }: { readonly context: PlanContext; readonly gone: boolean },
) {
  const { desired, names, releases } = facts;
  return planReleases({
    facts: releases,
    desired,
    names,
    services,
    servicesFacts: facts.services,
    gone: desired.absent || gone,
    memory: memory.resources.releases,
    context,
  });
}

function sourceOf({ process, service, facts, next }: ClaimedService) {
  const revision = facts.revision?.state === 'found' ? { revision: facts.revision.value } : {};
  return { process, service, ...revision, edits: next ?? {} };
}

function assemble(facts: ReadFacts, context: PlanContext, parts: Parts, memory: AppMemory): Plan<AppAction> {
  const { desired, names } = facts;
  const each = Object.values(parts);
  const mayWrite = desired.paused.state !== 'unknown';
  const planned = mayWrite ? inOrder(each.flatMap((part) => part.actions)) : [];
  const guarded = guardDeletions(parts, planned, context.status.approved, names.app);
  // What may not be written need not be followed either: what could not be read is tried again ever later.
  const wakes = mayWrite ? each.flatMap((part) => part.wakeAt ?? []) : [];
  return {
    ...guarded,
    differences: each.flatMap((part) => part.differences),
    conditions: [
      ...desired.scaling.conditions,
      ...desired.conditions,
      ...unclaimedConditions(facts, parts.services),
      ...each.flatMap((part) => part.conditions),
    ],
    memory: remember(facts, parts, memory),
    parameters: desired.parameters,
    closedIntents: each.flatMap((part) => part.closedIntents ?? []),
    ...(wakes.length === 0 ? {} : { wakeAt: Math.min(...wakes) }),
    ...(desired.paused.state === 'yes' ? { paused: desired.paused.reason } : {}),
    ...(isGone(facts, parts, planned, context.status) ? { gone: true } : {}),
  };
}

function remember({ services }: ReadFacts, parts: Parts, memory: AppMemory): AppMemory {
  const planned = Object.entries(parts).flatMap(([name, part]) =>
    part.memory === undefined ? [] : [[name, part.memory] as const],
  );
  const cluster = parts.services.claimed.length > 0 ? services.cluster : memory.cluster;
  return {
    named: memory.named,
    ...(memory.deletion === undefined ? {} : { deletion: memory.deletion }),
    ...(memory.settingsToldAt === undefined ? {} : { settingsToldAt: memory.settingsToldAt }),
    ...(memory.release === undefined ? {} : { release: memory.release }),
    ...(cluster === undefined ? {} : { cluster }),
    // What a resource that is not planned now remembered stays as it was.
    resources: { ...memory.resources, ...Object.fromEntries(planned) },
  };
}

/** Nothing is left of the app: no parameter, no service that is ours, nothing to clear up. */
function isGone(
  { desired, services }: ReadFacts,
  parts: Parts,
  planned: readonly AppAction[],
  { writes }: PlanContext['status'],
): boolean {
  const readable = services.services.every(({ reading }) => reading.state !== 'unreadable');
  const left = Object.values(parts).some((part) => (part.marked ?? 0) > 0);
  // Of a review app whose release never came to a service the records are left, until they are cleared up.
  const { review, releaseRecord } = desired;
  const isBuilt = review?.built === true && writes[RECORDS_DELETE] === undefined;
  const isRecorded = isBuilt || (review !== undefined && releaseRecord.record !== undefined);
  return desired.absent && readable && !left && !isRecorded && planned.length === 0;
}

function misnamed(facts: AppFacts & { state: 'misnamed' }, context: PlanContext): Plan<AppAction> {
  const shown = facts.app.length > 80 ? `${facts.app.slice(0, 77)}…` : facts.app;
  const condition: Condition = {
    type: 'Valid',
    status: 'False',
    reason: 'InvalidName',
    message: `An app cannot be named "${shown}": ${facts.problem}. Nothing is asked or written for it. Put its parameters under another name, and delete these.`,
  };
  return {
    actions: [],
    differences: [],
    conditions: [condition],
    memory: context.status.memory,
    parameters: {},
  };
}
