import { defined } from '../members.ts';
import { compare } from '../paging.ts';
import { writeInstant } from '../sections.ts';
import type { ScalableTarget, ScalingActivity, ScalingPolicy, ScheduledAction } from './records.ts';
import { type AutoscalingState, keyOf } from './state.ts';
import { linkedRole } from './targets.ts';

/** Everything, as `loadSection` reads it. */
export function dumpSection(state: AutoscalingState): unknown {
  const targets = state.targets.allActual().sort((a, b) => compare(a.resourceId, b.resourceId));
  const policies = state.policies.allActual().sort((a, b) => compare(keyOf(a), keyOf(b)));
  const actions = state.actions.allActual().sort((a, b) => compare(keyOf(a), keyOf(b)));
  return defined({
    targets: targets.map((target) => writeTarget(state, target)),
    policies: policies.map((policy) => writePolicy(state, policy)),
    scheduledActions: actions.map(writeAction),
    activities: state.activities.list().map(writeActivity),
    load: writeScripts(state),
    cpu: state.datapoints.size === 0 ? undefined : Object.fromEntries(state.datapoints),
  });
}

function writeTarget(state: AutoscalingState, target: ScalableTarget): unknown {
  const { roleArn, suspended, tags } = target;
  const switches = Object.entries(suspended).filter(([, isOn]) => isOn);
  return defined({
    resourceId: target.resourceId,
    minCapacity: target.minCapacity,
    maxCapacity: target.maxCapacity,
    roleArn: roleArn === linkedRole(state.context.account) ? undefined : roleArn,
    suspended: switches.length === 0 ? undefined : Object.fromEntries(switches),
    tags: tags.size === 0 ? undefined : Object.fromEntries(tags),
    createdAt: writeInstant(target.createdAt),
    id: target.id,
    ownerId: target.ownerId,
    adjustAt: instantOrNothing(state.adjustments.get(target.resourceId)),
  });
}

function writePolicy(state: AutoscalingState, policy: ScalingPolicy): unknown {
  const { lastScaleOut, lastScaleInAt } = state.memories.get(keyOf(policy)) ?? {};
  return defined({
    resourceId: policy.resourceId,
    policyName: policy.name,
    [policy.type === 'StepScaling' ? 'stepScaling' : 'targetTracking']: policy.configuration,
    createdAt: writeInstant(policy.createdAt),
    alarms: policy.alarms,
    lastScaleOut: lastScaleOut && { at: writeInstant(lastScaleOut.at), from: lastScaleOut.from },
    lastScaleInAt: instantOrNothing(lastScaleInAt),
  });
}

function writeAction(action: ScheduledAction): unknown {
  return defined({
    resourceId: action.resourceId,
    scheduledActionName: action.name,
    schedule: action.schedule,
    timezone: action.timezone,
    startAt: instantOrNothing(action.startAt),
    endAt: instantOrNothing(action.endAt),
    minCapacity: action.minCapacity,
    maxCapacity: action.maxCapacity,
    createdAt: writeInstant(action.createdAt),
  });
}

function writeActivity(activity: ScalingActivity): unknown {
  return defined({
    ...activity,
    startedAt: writeInstant(activity.startedAt),
    endedAt: instantOrNothing(activity.endedAt),
  });
}

function writeScripts(state: AutoscalingState): unknown {
  if (state.scripts.size === 0) return undefined;
  return Object.fromEntries(
    [...state.scripts].map(([resourceId, steps]) => [
      resourceId,
      steps.map(({ at, load }) => ({ at: writeInstant(at), load })),
    ]),
  );
}

function instantOrNothing(at: number | undefined): string | undefined {
  return at === undefined ? undefined : writeInstant(at);
}
