import { randomUuid } from '../../random.ts';
import type { Caller } from '../../region.ts';
import { type Document, defined, flag, text } from '../members.ts';
import { isOpen } from './activity-log.ts';
import type { ScalableTarget, ScalingActivity } from './records.ts';
import { ECS_SCOPE, listPage, partsOf, RESOURCE_TEXT, readNamespace } from './scope.ts';
import { type AutoscalingState, keyOf, setAlarm } from './state.ts';

const PAGE_MAX = 50;

/** "…from the previous six weeks." */
const KEPT_MS = 6 * 7 * 86_400_000;

/** How often, and how long, a change of capacity is followed. AWS names no numbers. */
const CHECK_MS = 5000;
const FOLLOWED_MS = 600_000;

/** Records something that was done at once. */
export function recordActivity(
  state: AutoscalingState,
  activity: Pick<ScalingActivity, 'resourceId' | 'description' | 'cause' | 'status' | 'statusMessage'>,
): void {
  const now = state.context.clock.now();
  keep(state, { ...activity, id: randomUuid(state.context.random), startedAt: now, endedAt: now });
}

/** Sets the desired count of a service, and follows it until ECS has done what was asked. */
export function changeCapacity(
  state: AutoscalingState,
  target: ScalableTarget,
  change: {
    readonly from: number;
    readonly to: number;
    readonly cause: string;
    readonly policyName?: string;
  },
): void {
  const { resourceId, minCapacity, maxCapacity } = target;
  const { from, to, cause, policyName } = change;
  for (const activity of state.activities.openOf(resourceId)) end(state, activity, 'Overridden');
  const begun = defined({
    id: randomUuid(state.context.random),
    resourceId,
    description: `Setting desired count to ${to}.`,
    cause,
    startedAt: state.context.clock.now(),
    status: 'InProgress' as const,
    statusMessage: `Successfully set desired count to ${to}. Waiting for change to be fulfilled by ecs.`,
    change: { from, to, minCapacity, maxCapacity },
    policyName,
  });
  keep(state, begun);
  const { cluster, service } = partsOf(resourceId);
  state.context.offers.setDesiredCount?.(cluster, service, to);
  followActivity(state, begun);
}

/** Looks after an activity that is not over, every few seconds since it began. */
export function followActivity(state: AutoscalingState, activity: ScalingActivity): void {
  if (!isOpen(activity)) return;
  const checks = Math.floor((state.context.clock.now() - activity.startedAt) / CHECK_MS) + 1;
  setAlarm(state, `activity ${activity.id}`, activity.startedAt + checks * CHECK_MS, () =>
    check(state, activity),
  );
}

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html */
export function describeScalingActivities(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const { ofEcs } = readNamespace(input, 'ResourceId');
  const resourceId = text(input, 'ResourceId', RESOURCE_TEXT);
  // What did not scale is not recorded here, so there is nothing to include.
  flag(input, 'IncludeNotScaledActivities');
  state.context.authorize('application-autoscaling:DescribeScalingActivities', '*', caller);
  forgetOld(state);
  const found = state.activities
    .list()
    .filter((activity) => ofEcs && (resourceId === undefined || activity.resourceId === resourceId));
  // Newest first: a page continues below the place where the last one ended.
  const placed = found.map((activity, index) => ({ activity, place: placeOf(activity, index) }));
  const page = listPage(
    input,
    { scope: ['DescribeScalingActivities', ofEcs, resourceId], items: placed, max: PAGE_MAX },
    ({ place }) => place,
  );
  return defined({
    ScalingActivities: page.items.map(({ activity }) => showActivity(activity)),
    NextToken: page.nextToken,
  });
}

/** Falls as time goes on; of one instant the later comes first. */
function placeOf(activity: ScalingActivity, index: number): string {
  const left = Number.MAX_SAFE_INTEGER - activity.startedAt;
  return `${String(left).padStart(16, '0')} ${String(1e9 - index).padStart(10, '0')}`;
}

function check(state: AutoscalingState, followed: ScalingActivity): void {
  const activity = state.activities.get(followed.id);
  if (activity?.change === undefined || !isOpen(activity)) return;
  const { cluster, service } = partsOf(activity.resourceId);
  const counts = state.context.offers.serviceCounts?.(cluster, service);
  const { to } = activity.change;
  if (counts === undefined) end(state, activity, 'Failed');
  else if (counts.desired !== to) end(state, activity, 'Overridden');
  else if (counts.running === to) end(state, activity, 'Successful');
  else if (state.context.clock.now() - activity.startedAt >= FOLLOWED_MS) end(state, activity, 'Unfulfilled');
  else followActivity(state, activity);
}

function end(state: AutoscalingState, activity: ScalingActivity, status: ScalingActivity['status']): void {
  const ended: ScalingActivity = {
    ...activity,
    status,
    statusMessage: endMessage(activity, status),
    endedAt: state.context.clock.now(),
  };
  state.activities.put(ended);
  if (status !== 'Successful') return;
  restartCooldown(state, ended);
  emitScaledToMax(state, ended);
}

function endMessage(activity: ScalingActivity, status: ScalingActivity['status']): string {
  const to = activity.change?.to;
  switch (status) {
    case 'Successful':
      return `Successfully set desired count to ${to}. Change successfully fulfilled by ecs.`;
    case 'Overridden':
      return `Successfully set desired count to ${to}. Change was overridden by a newer one.`;
    case 'Failed':
      return `Failed to set desired count to ${to}. Reason: The service is not active.`;
    default:
      return `Successfully set desired count to ${to}. Change was not fulfilled by ecs.`;
  }
}

/** A cooldown is counted from the end of what started it. */
function restartCooldown(state: AutoscalingState, { resourceId, policyName, change }: ScalingActivity): void {
  if (policyName === undefined || change === undefined) return;
  const key = keyOf({ resourceId, name: policyName });
  const memory = state.memories.get(key);
  if (memory === undefined) return;
  const now = state.context.clock.now();
  const moved =
    change.to > change.from
      ? { ...memory, lastScaleOut: { at: now, from: change.from } }
      : { ...memory, lastScaleInAt: now };
  state.memories.set(key, moved);
}

/**
 * The only event there is: capacity went up to its maximum.
 * Source: https://docs.aws.amazon.com/autoscaling/application/userguide/monitoring-eventbridge.html
 */
function emitScaledToMax(state: AutoscalingState, activity: ScalingActivity): void {
  const { change, endedAt, resourceId, startedAt, status } = activity;
  if (change === undefined || endedAt === undefined) return;
  const { from, to, minCapacity, maxCapacity } = change;
  if (to <= from || to !== maxCapacity) return;
  state.context.emit({
    source: 'aws.application-autoscaling',
    detailType: 'Application Auto Scaling Scaling Activity State Change',
    resources: [],
    detail: {
      startTime: wholeSeconds(startedAt),
      endTime: wholeSeconds(endedAt),
      newDesiredCapacity: to,
      oldDesiredCapacity: from,
      minCapacity,
      maxCapacity,
      resourceId,
      scalableDimension: ECS_SCOPE.ScalableDimension,
      serviceNamespace: ECS_SCOPE.ServiceNamespace,
      statusCode: status,
      scaledToMax: true,
      direction: 'scale-out',
    },
  });
}

function wholeSeconds(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

function keep(state: AutoscalingState, activity: ScalingActivity): void {
  forgetOld(state);
  state.activities.put(activity);
}

function forgetOld(state: AutoscalingState): void {
  state.activities.forgetUntil(state.context.clock.now() - KEPT_MS);
}

function showActivity(activity: ScalingActivity): Record<string, unknown> {
  return defined({
    ActivityId: activity.id,
    ...ECS_SCOPE,
    ResourceId: activity.resourceId,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: activity.startedAt / 1000,
    EndTime: activity.endedAt === undefined ? undefined : activity.endedAt / 1000,
    StatusCode: activity.status,
    StatusMessage: activity.statusMessage,
  });
}
