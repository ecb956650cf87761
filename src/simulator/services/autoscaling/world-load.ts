import { randomHex, randomUuid } from '../../random.ts';
import { defined } from '../members.ts';
import { parseSection } from '../sections.ts';
import { followActivity } from './activities.ts';
import { requestAdjustment } from './capacity.ts';
import { orderSteps } from './load-script.ts';
import { newAlarms } from './policies.ts';
import { readStepScaling, readTargetTracking } from './policy-input.ts';
import type { ScalableTarget, ScalingPolicy, ScheduledAction } from './records.ts';
import { armAction } from './runs.ts';
import { checkAction } from './scheduled-actions.ts';
import { type AutoscalingState, clearState, keyOf } from './state.ts';
import { checkBounds, linkedRole, NOT_SUSPENDED } from './targets.ts';
import { watch } from './ticker.ts';
import {
  type ActionEntry,
  type PolicyEntry,
  type Section,
  sectionSchema,
  type TargetEntry,
} from './world-shape.ts';

/** Replaces everything by what the section says; throws a sentence that says where it is wrong. */
export function loadSection(state: AutoscalingState, content: unknown): void {
  const section = parseSection(sectionSchema, content, 'autoscaling');
  const { targets = [], policies = [], scheduledActions = [] } = section;
  const read = {
    targets: each(
      'targets',
      targets,
      ({ resourceId }) => resourceId,
      (entry) => readTarget(state, entry),
    ),
    policies: each(
      'policies',
      policies,
      ({ policyName }) => policyName,
      (entry) => readPolicy(state, section, entry),
    ),
    actions: each(
      'scheduledActions',
      scheduledActions,
      ({ scheduledActionName }) => scheduledActionName,
      (entry) => readAction(state, section, entry),
    ),
  };
  clearState(state);
  for (const target of read.targets) state.targets.set(target.resourceId, target);
  for (const policy of read.policies) state.policies.set(keyOf(policy), policy);
  for (const action of read.actions) state.actions.set(keyOf(action), action);
  loadMemories(state, section);
  loadScripts(state, section);
  resume(state, section);
}

/** Whatever is wrong with an entry is told with its place; no two may be the same thing. */
function each<Entry, Item extends { readonly resourceId: string; readonly name?: string }>(
  list: string,
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
  read: (entry: Entry) => Item,
): Item[] {
  const seen = new Set<string>();
  return entries.map((entry, index) => {
    try {
      const item = read(entry);
      const key = keyOf({ resourceId: item.resourceId, name: item.name ?? '' });
      if (seen.has(key)) throw new Error('it is there twice');
      seen.add(key);
      return item;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `the world's section autoscaling.${list}.${index} (${nameOf(entry)}) is wrong: ${reason}`,
      );
    }
  });
}

function readTarget(state: AutoscalingState, entry: TargetEntry): ScalableTarget {
  const { account, clock, random } = state.context;
  checkBounds(entry.minCapacity, entry.maxCapacity);
  return {
    resourceId: entry.resourceId,
    id: entry.id ?? randomHex(random, 36),
    ownerId: entry.ownerId ?? randomUuid(random),
    minCapacity: entry.minCapacity,
    maxCapacity: entry.maxCapacity,
    roleArn: entry.roleArn ?? linkedRole(account),
    suspended: { ...NOT_SUSPENDED, ...defined(entry.suspended ?? {}) },
    tags: new Map(Object.entries(entry.tags ?? {})),
    createdAt: entry.createdAt ?? clock.now(),
  };
}

function readPolicy(state: AutoscalingState, section: Section, entry: PolicyEntry): ScalingPolicy {
  const { resourceId, policyName, targetTracking, stepScaling } = entry;
  checkRegistered(section, resourceId);
  if ((targetTracking === undefined) === (stepScaling === undefined)) {
    throw new Error('it needs either "targetTracking" or "stepScaling"');
  }
  const type = targetTracking === undefined ? 'StepScaling' : 'TargetTrackingScaling';
  return {
    resourceId,
    name: policyName,
    type,
    configuration:
      targetTracking === undefined
        ? readStepScaling(stepScaling ?? {})
        : readTargetTracking(withMetric(targetTracking)),
    alarms: entry.alarms ?? newAlarms(state.context, resourceId, type),
    createdAt: entry.createdAt ?? state.context.clock.now(),
  };
}

/** People mean the CPU when they do not say what. */
function withMetric(targetTracking: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const says =
    'PredefinedMetricSpecification' in targetTracking || 'CustomizedMetricSpecification' in targetTracking;
  if (says) return { ...targetTracking };
  const PredefinedMetricSpecification = { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' };
  return { ...targetTracking, PredefinedMetricSpecification };
}

function readAction(state: AutoscalingState, section: Section, entry: ActionEntry): ScheduledAction {
  const { scheduledActionName, createdAt, ...plain } = entry;
  checkRegistered(section, entry.resourceId);
  const action = defined({
    ...plain,
    name: scheduledActionName,
    createdAt: createdAt ?? state.context.clock.now(),
  });
  checkAction(action);
  return action;
}

function checkRegistered(section: Section, resourceId: string): void {
  if (section.targets?.some((target) => target.resourceId === resourceId)) return;
  throw new Error(`there is no target ${resourceId}`);
}

function loadMemories(state: AutoscalingState, section: Section): void {
  for (const { resourceId, policyName, lastScaleOut, lastScaleInAt } of section.policies ?? []) {
    if (lastScaleOut === undefined && lastScaleInAt === undefined) continue;
    state.memories.set(keyOf({ resourceId, name: policyName }), defined({ lastScaleOut, lastScaleInAt }));
  }
}

function loadScripts(state: AutoscalingState, section: Section): void {
  const now = state.context.clock.now();
  for (const [resourceId, steps] of Object.entries(section.load ?? {})) {
    const read = steps.map(({ at, afterSeconds = 0, load }) => ({
      at: at ?? now + afterSeconds * 1000,
      load,
    }));
    state.scripts.set(resourceId, orderSteps(read));
  }
  for (const [resourceId, percents] of Object.entries(section.cpu ?? {})) {
    state.datapoints.set(resourceId, percents);
  }
}

/** Takes up what was under way. */
function resume(state: AutoscalingState, section: Section): void {
  for (const { resourceId, adjustAt } of section.targets ?? []) {
    if (adjustAt !== undefined) requestAdjustment(state, resourceId, adjustAt);
    watch(state, resourceId);
  }
  for (const action of state.actions.allActual()) armAction(state, action);
  for (const activity of section.activities ?? []) {
    if (state.activities.get(activity.id) !== undefined)
      throw new Error(`autoscaling: the activity ${activity.id} is there twice`);
    state.activities.put(defined(activity));
  }
  for (const activity of state.activities.list()) followActivity(state, activity);
}
