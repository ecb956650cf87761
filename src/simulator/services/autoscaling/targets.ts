import { randomHex, randomUuid } from '../../random.ts';
import type { Caller } from '../../region.ts';
import { type Document, defined, flag, structure, text, texts, wholeNumber } from '../members.ts';
import { readTagMap, type Tags } from '../tags.ts';
import { countsOf, dropAdjustment, requestAdjustment } from './capacity.ts';
import { authorizeScaling, SCOPE_KEYS } from './permissions.ts';
import type { ScalableTarget, SuspendedState } from './records.ts';
import {
  ECS_SCOPE,
  listPage,
  notFound,
  RESOURCE_TEXT,
  readNamespace,
  readScope,
  targetArn,
} from './scope.ts';
import { type AutoscalingState, clearAlarm, drawLagMs, invalid, keyOf, refuseContended } from './state.ts';
import { limitReached } from './tagging.ts';
import { watch } from './ticker.ts';

const PAGE_MAX = 50;
const RESOURCES_MAX = 50;

/** Source: https://docs.aws.amazon.com/general/latest/gr/as-app.html */
const ECS_TARGETS_MAX = 3000;

export const NOT_SUSPENDED: SuspendedState = {
  dynamicScalingIn: false,
  dynamicScalingOut: false,
  scheduledScaling: false,
};

/**
 * Members that are not given keep their values; capacity is brought between the bounds in any case.
 * Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
 */
export function registerScalableTarget(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const resourceId = readScope(input);
  const tags = readTagMap(input, 'Tags');
  const existing = state.targets.actual(resourceId);
  const bounds = {
    minCapacity: wholeNumber(input, 'MinCapacity') ?? existing?.minCapacity,
    maxCapacity: wholeNumber(input, 'MaxCapacity') ?? existing?.maxCapacity,
  };
  const roleArn = text(input, 'RoleARN', RESOURCE_TEXT);
  const suspended = readSuspended(input, existing?.suspended ?? NOT_SUSPENDED);
  const arn = targetArn(state.context, existing?.id ?? '*');
  state.context.authorize('application-autoscaling:RegisterScalableTarget', arn, caller, SCOPE_KEYS);
  authorizeScaling(state.context, resourceId, caller);
  if (tags !== undefined) state.context.authorize('application-autoscaling:TagResource', arn, caller);
  checkBounds(bounds.minCapacity, bounds.maxCapacity);
  checkTagging(existing, tags);
  if (countsOf(state, resourceId) === undefined) throw invalid(`ECS service doesn't exist: ${resourceId}`);
  refuseContended(state, resourceId);
  checkQuota(state, existing);
  const { minCapacity = 0, maxCapacity = 0 } = bounds;
  const asked = defined({ minCapacity, maxCapacity, roleArn, suspended });
  const registered: ScalableTarget = { ...(existing ?? newTarget(state, resourceId, tags)), ...asked };
  state.targets.set(resourceId, registered, drawLagMs(state));
  requestAdjustment(state, resourceId);
  return { ScalableTargetARN: targetArn(state.context, registered.id) };
}

/**
 * Takes policies and scheduled actions with it.
 * Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
 */
export function deregisterScalableTarget(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const resourceId = readScope(input);
  const target = state.targets.actual(resourceId);
  const arn = targetArn(state.context, target?.id ?? '*');
  state.context.authorize('application-autoscaling:DeregisterScalableTarget', arn, caller, SCOPE_KEYS);
  if (target === undefined) throw notFound('scalable target found', resourceId);
  refuseContended(state, resourceId);
  removeTarget(state, resourceId);
  return {};
}

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html */
export function describeScalableTargets(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const { ofEcs } = readNamespace(input, 'ResourceIds');
  const asked = texts(input, 'ResourceIds', { max: RESOURCES_MAX }, RESOURCE_TEXT) ?? [];
  state.context.authorize('application-autoscaling:DescribeScalableTargets', '*', caller);
  const items = ofEcs ? seenTargets(state, asked) : [];
  const scope = ['DescribeScalableTargets', ofEcs, asked];
  const page = listPage(input, { scope, items, max: PAGE_MAX }, ({ resourceId }) => resourceId);
  return defined({
    ScalableTargets: page.items.map((target) => showTarget(state, target)),
    NextToken: page.nextToken,
  });
}

/** The targets of the resources that are asked for, or of all. */
function seenTargets({ targets }: AutoscalingState, asked: readonly string[]): readonly ScalableTarget[] {
  if (asked.length === 0) return targets.allSeen();
  return [...new Set(asked)].flatMap((resourceId) => targets.seen(resourceId) ?? []);
}

/** Removes a target with all that hangs on it; nothing when there is none. */
export function removeTarget(state: AutoscalingState, resourceId: string): void {
  if (state.targets.actual(resourceId) === undefined) return;
  const lagMs = drawLagMs(state);
  state.targets.set(resourceId, undefined, lagMs);
  dropAdjustment(state, resourceId);
  for (const policy of state.policies.allActual()) {
    if (policy.resourceId !== resourceId) continue;
    state.policies.set(keyOf(policy), undefined, lagMs);
    state.memories.delete(keyOf(policy));
  }
  for (const action of state.actions.allActual()) {
    if (action.resourceId !== resourceId) continue;
    state.actions.set(keyOf(action), undefined, lagMs);
    clearAlarm(state, `action ${keyOf(action)}`);
  }
  watch(state, resourceId);
}

/** The role every ECS target has unless another is given. */
export function linkedRole(account: string): string {
  return `arn:aws:iam::${account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`;
}

/** Throws when `minCapacity` and `maxCapacity` are no bounds. */
export function checkBounds(minCapacity: number | undefined, maxCapacity: number | undefined): void {
  if (minCapacity === undefined) throw invalid('Minimum capacity must be specified');
  if (maxCapacity === undefined) throw invalid('Maximum capacity must be specified');
  if (minCapacity < 0) throw invalid('Minimum capacity cannot be less than 0');
  if (maxCapacity < minCapacity) throw invalid('Maximum capacity cannot be less than minimum capacity');
}

function newTarget(state: AutoscalingState, resourceId: string, tags: Tags | undefined): ScalableTarget {
  const { account, clock, random } = state.context;
  return {
    resourceId,
    id: randomHex(random, 36),
    ownerId: randomUuid(random),
    minCapacity: 0,
    maxCapacity: 0,
    roleArn: linkedRole(account),
    suspended: NOT_SUSPENDED,
    tags: tags ?? new Map(),
    createdAt: clock.now(),
  };
}

function checkTagging(existing: ScalableTarget | undefined, tags: Tags | undefined): void {
  if (existing === undefined || tags === undefined) return;
  throw invalid(
    'The scalable target that you tried to tag already exists. To update tags on an existing scalable target, use the TagResource API.',
  );
}

function checkQuota(state: AutoscalingState, existing: ScalableTarget | undefined): void {
  if (existing !== undefined || state.targets.allActual().length < ECS_TARGETS_MAX) return;
  throw limitReached(`The account has reached its limit of ${ECS_TARGETS_MAX} scalable targets for ecs.`);
}

/** Flags that are not given keep their values. */
function readSuspended(input: Document, before: SuspendedState): SuspendedState {
  const given = structure(input, 'SuspendedState') ?? {};
  const flagOr = (member: string, otherwise: boolean): boolean =>
    (given[member] ?? undefined) === undefined ? otherwise : flag(given, member, 'suspendedState.');
  return {
    dynamicScalingIn: flagOr('DynamicScalingInSuspended', before.dynamicScalingIn),
    dynamicScalingOut: flagOr('DynamicScalingOutSuspended', before.dynamicScalingOut),
    scheduledScaling: flagOr('ScheduledScalingSuspended', before.scheduledScaling),
  };
}

function showTarget(state: AutoscalingState, target: ScalableTarget): Record<string, unknown> {
  return {
    ...ECS_SCOPE,
    ResourceId: target.resourceId,
    MinCapacity: target.minCapacity,
    MaxCapacity: target.maxCapacity,
    RoleARN: target.roleArn,
    CreationTime: target.createdAt / 1000,
    SuspendedState: {
      DynamicScalingInSuspended: target.suspended.dynamicScalingIn,
      DynamicScalingOutSuspended: target.suspended.dynamicScalingOut,
      ScheduledScalingSuspended: target.suspended.scheduledScaling,
    },
    ScalableTargetARN: targetArn(state.context, target.id),
  };
}
