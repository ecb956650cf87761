import { randomUuid } from '../../random.ts';
import type { Caller, RegionContext } from '../../region.ts';
import { type Document, defined, requiredText, structure, type TextRule, text, texts } from '../members.ts';
import { authorizeAlarms, authorizeScaling, SCOPE_KEYS } from './permissions.ts';
import { metricOf, readStepScaling, readTargetTracking } from './policy-input.ts';
import type { PolicyType, ScalableTarget, ScalingPolicy } from './records.ts';
import {
  ECS_SCOPE,
  listPage,
  notFound,
  RESOURCE_TEXT,
  readNamespace,
  readScope,
  targetArn,
} from './scope.ts';
import { type AutoscalingState, drawLagMs, invalid, keyOf, refuseContended } from './state.ts';
import { limitReached } from './tagging.ts';
import { watch } from './ticker.ts';

/** "This value can be between 1 and 10." */
const PAGE_MAX = 10;
const NAMES_MAX = 50;

/** Source: https://docs.aws.amazon.com/general/latest/gr/as-app.html */
const POLICIES_MAX = 50;

const POLICY_NAME: TextRule = { min: 1, max: 256, pattern: /^\P{C}+$/u };
const TYPES = ['StepScaling', 'TargetTrackingScaling', 'PredictiveScaling'];

/** Where each type has its configuration. */
export const CONFIGURATION_MEMBERS: Readonly<Record<PolicyType, string>> = {
  TargetTrackingScaling: 'TargetTrackingScalingPolicyConfiguration',
  StepScaling: 'StepScalingPolicyConfiguration',
};

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html */
export function putScalingPolicy(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const resourceId = readScope(input);
  const name = requiredText(input, 'PolicyName', POLICY_NAME);
  const target = registeredTarget(state, resourceId, 'PutScalingPolicy', caller);
  authorizeScaling(state.context, resourceId, caller);
  authorizeAlarms(state.context, resourceId, caller);
  const existing = state.policies.actual(keyOf({ resourceId, name }));
  const type = readType(input, existing);
  const configuration = readConfiguration(input, type, existing);
  refuseContended(state, resourceId);
  const policy: ScalingPolicy = {
    resourceId,
    name,
    type,
    configuration,
    alarms: existing?.alarms ?? newAlarms(state.context, resourceId, type),
    createdAt: existing?.createdAt ?? state.context.clock.now(),
  };
  checkBeside(state, policy, existing === undefined);
  state.policies.set(keyOf(policy), policy, drawLagMs(state));
  watch(state, resourceId);
  return { PolicyARN: policyArn(state.context, target, name), Alarms: showAlarms(state.context, policy) };
}

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScalingPolicy.html */
export function deleteScalingPolicy(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const resourceId = readScope(input);
  const name = requiredText(input, 'PolicyName', RESOURCE_TEXT);
  const id = state.targets.actual(resourceId)?.id ?? '*';
  const arn = targetArn(state.context, id);
  state.context.authorize('application-autoscaling:DeleteScalingPolicy', arn, caller, SCOPE_KEYS);
  authorizeAlarms(state.context, resourceId, caller);
  const key = keyOf({ resourceId, name });
  if (state.policies.actual(key) === undefined) {
    throw notFound('scaling policy found', resourceId, `, policy name: ${name}`);
  }
  refuseContended(state, resourceId);
  state.policies.set(key, undefined, drawLagMs(state));
  state.memories.delete(key);
  watch(state, resourceId);
  return {};
}

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingPolicies.html */
export function describeScalingPolicies(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const { ofEcs } = readNamespace(input, 'ResourceId');
  const resourceId = text(input, 'ResourceId', RESOURCE_TEXT);
  const names = texts(input, 'PolicyNames', { max: NAMES_MAX }, RESOURCE_TEXT) ?? [];
  state.context.authorize('application-autoscaling:DescribeScalingPolicies', '*', caller);
  const items = state.policies
    .allSeen()
    .filter((policy) => ofEcs && (resourceId === undefined || policy.resourceId === resourceId))
    .filter((policy) => names.length === 0 || names.includes(policy.name));
  const scope = ['DescribeScalingPolicies', ofEcs, resourceId, names];
  const page = listPage(input, { scope, items, max: PAGE_MAX }, keyOf);
  return defined({
    ScalingPolicies: page.items.map((policy) => showPolicy(state, policy)),
    NextToken: page.nextToken,
  });
}

/** The target a policy or scheduled action is put on; a fresh one may take a moment to be found. */
export function registeredTarget(
  state: AutoscalingState,
  resourceId: string,
  action: string,
  caller: Caller,
): ScalableTarget {
  const target = state.targets.actual(resourceId);
  const arn = targetArn(state.context, target?.id ?? '*');
  state.context.authorize(`application-autoscaling:${action}`, arn, caller, SCOPE_KEYS);
  if (target !== undefined && state.targets.seen(resourceId) !== undefined) return target;
  throw notFound('scalable target registered', resourceId);
}

/** Target tracking has two alarms, which AWS makes, changes and deletes by itself. */
export function newAlarms(context: RegionContext, resourceId: string, type: PolicyType): readonly string[] {
  if (type !== 'TargetTrackingScaling') return [];
  return ['AlarmHigh', 'AlarmLow'].map(
    (alarm) => `TargetTracking-${resourceId}-${alarm}-${randomUuid(context.random)}`,
  );
}

function readType(input: Document, existing: ScalingPolicy | undefined): PolicyType {
  const given = text(input, 'PolicyType', { oneOf: TYPES }) ?? existing?.type;
  if (given === undefined) throw invalid('PolicyType must be specified when creating a scaling policy');
  if (given !== 'TargetTrackingScaling' && given !== 'StepScaling') {
    throw invalid(`The policy type ${given} is not simulated`);
  }
  if (existing !== undefined && existing.type !== given) {
    throw invalid(`The policy type of ${existing.name} cannot be changed from ${existing.type} to ${given}`);
  }
  return given;
}

/** An update that names no configuration leaves it as it is. */
function readConfiguration(
  input: Document,
  type: PolicyType,
  existing: ScalingPolicy | undefined,
): ScalingPolicy['configuration'] {
  const member = CONFIGURATION_MEMBERS[type];
  const other = CONFIGURATION_MEMBERS[type === 'StepScaling' ? 'TargetTrackingScaling' : 'StepScaling'];
  if (structure(input, other) !== undefined) throw invalid(`${other} does not fit the policy type ${type}`);
  const given = structure(input, member);
  if (given !== undefined) return type === 'StepScaling' ? readStepScaling(given) : readTargetTracking(given);
  if (existing !== undefined) return existing.configuration;
  throw invalid(`${member} must be specified for the policy type ${type}`);
}

function checkBeside(state: AutoscalingState, policy: ScalingPolicy, isNew: boolean): void {
  const others = state.policies
    .allActual()
    .filter(({ resourceId, name }) => resourceId === policy.resourceId && name !== policy.name);
  if (isNew && others.length >= POLICIES_MAX) {
    throw limitReached(`${policy.resourceId} has reached its limit of ${POLICIES_MAX} scaling policies.`);
  }
  const metric = metricOf(policy.configuration);
  const rival = others.some(
    ({ type, configuration }) => type === policy.type && metricOf(configuration) === metric,
  );
  if (policy.type === 'TargetTrackingScaling' && rival) {
    throw invalid('Only one TargetTrackingScaling policy for a given metric specification is allowed.');
  }
}

function showPolicy(state: AutoscalingState, policy: ScalingPolicy): Record<string, unknown> {
  const target = state.targets.actual(policy.resourceId) ?? state.targets.seen(policy.resourceId);
  return {
    PolicyARN: policyArn(state.context, target, policy.name),
    PolicyName: policy.name,
    ...ECS_SCOPE,
    ResourceId: policy.resourceId,
    PolicyType: policy.type,
    [CONFIGURATION_MEMBERS[policy.type]]: policy.configuration,
    Alarms: showAlarms(state.context, policy),
    CreationTime: policy.createdAt / 1000,
  };
}

function showAlarms(context: RegionContext, { alarms }: ScalingPolicy): unknown {
  return alarms.map((name) => ({ AlarmName: name, AlarmARN: context.arn('cloudwatch', `alarm:${name}`) }));
}

function policyArn(context: RegionContext, target: ScalableTarget | undefined, name: string): string {
  const owner = `${target?.ownerId}:resource/${ECS_SCOPE.ServiceNamespace}/${target?.resourceId}`;
  return context.arn('autoscaling', `scalingPolicy:${owner}:policyName/${name}`);
}
