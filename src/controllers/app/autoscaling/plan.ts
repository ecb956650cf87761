import type { Condition, Difference } from '../../../reconcile/plan.ts';
import { entryOf } from '../lookup.ts';
import { type AppNames, actionId } from '../names.ts';
import type { ProcessWish } from '../services/desired.ts';
import type { ObservedService } from '../services/observed.ts';
import type { SettingsDesired } from '../settings.ts';
import type { SubPlan } from '../subplan.ts';
import type { AutoscalingAction, DeregisterTarget, PutPolicy, RegisterTarget } from './actions.ts';
import { type CountWish, countWish, rangeRemarks } from './desired.ts';
import {
  type AutoscalingFacts,
  CPU_METRIC,
  foreignParts,
  type ObservedPolicy,
  type ObservedTarget,
  policyName,
  type ScalingFacts,
} from './observed.ts';
import { contested, kept, unreadable } from './wording.ts';

/** A service of the app that may be written, and what is wished of it. */
export interface ScaledService {
  readonly process: string;
  readonly service: ObservedService;
  readonly wish: ProcessWish;
}

export interface AutoscalingInput {
  readonly facts: AutoscalingFacts;
  readonly services: readonly ScaledService[];
  readonly settings: SettingsDesired;
  readonly names: AppNames;
}

interface Part {
  readonly actions?: readonly AutoscalingAction[];
  readonly differences?: readonly Difference[];
  readonly conditions?: readonly Condition[];
}

/**
 * Processes whose count an autoscaler moves, ours or somebody else's: nobody else writes it. Where it is not
 * known whether there is one, a fixed count is written.
 */
export function autoscaledProcesses(
  { services }: AutoscalingFacts,
  wishes: readonly ProcessWish[],
  names: AppNames,
): ReadonlySet<string> {
  const moved = wishes.filter((wish) => {
    const count = countWish(wish, names);
    if (count?.type !== 'fixed') return count !== undefined;
    const facts = entryOf(services, wish.process);
    return facts?.target.state === 'found' && (foreignParts(facts, names) ?? []).length > 0;
  });
  return new Set(moved.map(({ process }) => process));
}

/** Plans the bounds and policies of an app's services. */
export function planAutoscaling(input: AutoscalingInput): SubPlan<AutoscalingAction> {
  const parts = input.services.map((one) => planService(one, input));
  return {
    actions: parts.flatMap((part) => part.actions ?? []),
    differences: parts.flatMap((part) => part.differences ?? []),
    conditions: parts.flatMap((part) => part.conditions ?? []),
    // A count is only fixed in so many words.
    deletionsAsked: true,
  };
}

function planService(scaled: ScaledService, input: AutoscalingInput): Part {
  const { process, service, wish } = scaled;
  const remarks = rangeRemarks(wish, input.names);
  const count = countWish(wish, input.names);
  const facts = entryOf(input.facts.services, process);
  if (count === undefined || facts === undefined) return { conditions: remarks };
  const part = planCount(count, { ...scaled, facts }, input);
  const failed = failures(facts, service);
  return { ...part, conditions: [...remarks, ...failed, ...(part.conditions ?? [])] };
}

type Known = ScaledService & { readonly facts: ScalingFacts };

function planCount(count: CountWish, known: Known, input: AutoscalingInput): Part {
  const { target } = known.facts;
  if (target.state === 'unreadable') return {};
  if (count.type === 'range') return planRange(count, known, input);
  return target.state === 'found' ? planRemoval(known, target.value, input.names) : {};
}

function failures(
  { target, policies, scheduledActions }: ScalingFacts,
  service: ObservedService,
): Condition[] {
  return [target, policies, scheduledActions].flatMap((reading) =>
    reading?.state === 'unreadable' ? [unreadable(service, reading.failure)] : [],
  );
}

/**
 * Back to a fixed count. Deregistering takes every policy and scheduled action with it, so it is done only to a
 * target that is ours; the update of the service that sets the count comes after it.
 */
function planRemoval({ process, service, facts }: Known, target: ObservedTarget, names: AppNames): Part {
  const foreign = foreignParts(facts, names);
  if (foreign === undefined) return {};
  if (foreign.length > 0) return { conditions: [contested(service, facts.resourceId, foreign, 'fixed')] };
  const action: DeregisterTarget = {
    id: actionId('autoscaling', process, 'remove'),
    type: 'deregisterTarget',
    resource: resourceOf(service),
    resourceId: facts.resourceId,
    deletes: true,
  };
  const difference = {
    path: `autoscaling/${process}`,
    desired: 'absent',
    observed: `${target.min}-${target.max}`,
  };
  return { actions: [action], differences: [difference] };
}

/**
 * Bounds are what the app's scaling says, also on a target that somebody else made: setting them takes nothing
 * away. Only scheduled actions move bounds by themselves; where there are some, the bounds are theirs.
 */
function planRange(range: CountWish & { type: 'range' }, known: Known, input: AutoscalingInput): Part {
  const { target, scheduledActions } = known.facts;
  const observed = target.state === 'found' ? target.value : undefined;
  const isMoved = observed !== undefined && (observed.min !== range.min || observed.max !== range.max);
  if (isMoved && scheduledActions?.state === 'unreadable') return {};
  const actions = scheduledActions?.state === 'found' ? scheduledActions.value : [];
  if (isMoved && actions.length > 0) {
    const foreign = actions.map((name) => `scheduled action ${name}`);
    return { conditions: [contested(known.service, known.facts.resourceId, foreign, 'bounds')] };
  }
  const bounds = planBounds(range, known, observed);
  const policy = planPolicy(known, input, bounds.action);
  return {
    actions: [...(bounds.action === undefined ? [] : [bounds.action]), ...policy.actions],
    differences: [...bounds.differences, ...policy.differences],
    conditions: policy.conditions,
  };
}

interface Bounds {
  readonly action?: RegisterTarget;
  readonly differences: readonly Difference[];
}

/**
 * A count that somebody put outside the bounds is not corrected by Application Auto Scaling itself; registering
 * the same bounds again does it. https://github.com/aws/containers-roadmap/issues/2626
 */
function planBounds(
  { min, max }: CountWish & { type: 'range' },
  { process, service, facts }: Known,
  observed: ObservedTarget | undefined,
): Bounds {
  const nearest = Math.min(Math.max(service.desiredCount, min), max);
  const differences: Difference[] = [
    ...(observed === undefined
      ? [{ path: `autoscaling/${process}`, desired: `${min}-${max}`, observed: 'absent' }]
      : [
          { path: `autoscaling/${process}/min`, desired: min, observed: observed.min },
          { path: `autoscaling/${process}/max`, desired: max, observed: observed.max },
        ]),
    { path: `services/${process}/desiredCount`, desired: nearest, observed: service.desiredCount },
  ].filter(({ desired, observed: seen }) => desired !== seen);
  if (differences.length === 0) return { differences };
  const { resourceId } = facts;
  const id = actionId('autoscaling', process, 'target');
  const resource = resourceOf(service);
  return { action: { id, type: 'registerTarget', resource, resourceId, min, max }, differences };
}

interface PolicyPart {
  readonly actions: readonly PutPolicy[];
  readonly differences: readonly Difference[];
  readonly conditions: readonly Condition[];
}

/** Beside a policy of somebody else's ours is not put: two would pull at one count. */
function planPolicy(
  { process, service, facts }: Known,
  { names, settings, facts: { cpuTarget } }: AutoscalingInput,
  bounds: RegisterTarget | undefined,
): PolicyPart {
  const nothing = { actions: [], differences: [], conditions: [] };
  const policies = facts.policies?.state === 'found' ? facts.policies.value : [];
  const policy = policyName(names);
  const own = policies.find(({ name }) => name === policy);
  const others = policies.filter(({ name }) => name !== policy).map(({ name }) => `policy ${name}`);
  const isUnknown = facts.policies?.state === 'unreadable' || settings.unknown.includes('cpuTarget');
  if (own === undefined && others.length > 0)
    return { ...nothing, conditions: [kept(service, facts.resourceId, others)] };
  const targetValue = settings.value.cpuTarget ?? cpuTarget;
  if (isUnknown || isRight(own, targetValue)) return nothing;
  const action: PutPolicy = {
    id: actionId('autoscaling', process, 'policy'),
    type: 'putPolicy',
    resource: resourceOf(service),
    resourceId: facts.resourceId,
    policy,
    targetValue,
    after: bounds === undefined ? [] : [bounds.id],
  };
  const observed =
    own === undefined ? 'absent' : `${own.metric ?? 'another metric'} at ${own.targetValue ?? '?'}`;
  const difference = {
    path: `autoscaling/${process}/policy`,
    desired: `${CPU_METRIC} at ${targetValue}`,
    observed,
  };
  return { ...nothing, actions: [action], differences: [difference] };
}

function isRight(policy: ObservedPolicy | undefined, targetValue: number): boolean {
  return policy?.metric === CPU_METRIC && policy.targetValue === targetValue && policy.scalesIn;
}

function resourceOf({ name }: ObservedService): string {
  return `scalable target of ${name}`;
}
