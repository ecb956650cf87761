import type { Caller } from '../../region.ts';
import {
  type Document,
  defined,
  requiredText,
  structure,
  type TextRule,
  text,
  texts,
  wholeNumber,
} from '../members.ts';
import { instant } from './numbers.ts';
import { registeredTarget } from './policies.ts';
import type { ScalableTarget, ScheduledAction } from './records.ts';
import { armAction } from './runs.ts';
import { parseSchedule } from './schedule.ts';
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
import { isTimeZone } from './zone.ts';

const PAGE_MAX = 50;
const NAMES_MAX = 50;

/** Source: https://docs.aws.amazon.com/general/latest/gr/as-app.html */
const ACTIONS_MAX = 200;

const ACTION_NAME: TextRule = {
  min: 1,
  max: 256,
  pattern: /^(?! )(?!.* $)[^\p{Cc}:/|]+$/u,
};

/**
 * Members that are not given keep their values, but for the start and end time: "the old values are deleted".
 * Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
 */
export function putScheduledAction(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const resourceId = readScope(input);
  const name = requiredText(input, 'ScheduledActionName', ACTION_NAME);
  const asked = defined({
    schedule: text(input, 'Schedule', RESOURCE_TEXT),
    timezone: text(input, 'Timezone', RESOURCE_TEXT),
    startAt: instant(input, 'StartTime'),
    endAt: instant(input, 'EndTime'),
  });
  registeredTarget(state, resourceId, 'PutScheduledAction', caller);
  const existing = state.actions.actual(keyOf({ resourceId, name }));
  const schedule = asked.schedule ?? existing?.schedule;
  if (schedule === undefined) throw invalid('Schedule must be specified when creating a scheduled action');
  const put: ScheduledAction = {
    ...defined({ timezone: existing?.timezone }),
    ...boundsOf(existing, input),
    ...asked,
    createdAt: existing?.createdAt ?? state.context.clock.now(),
    resourceId,
    name,
    schedule,
  };
  checkAction(put);
  refuseContended(state, resourceId);
  checkQuota(state, put, existing === undefined);
  state.actions.set(keyOf(put), put, drawLagMs(state));
  armAction(state, put);
  return {};
}

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScheduledAction.html */
export function deleteScheduledAction(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const resourceId = readScope(input);
  const name = requiredText(input, 'ScheduledActionName', RESOURCE_TEXT);
  const arn = targetArn(state.context, state.targets.actual(resourceId)?.id ?? '*');
  state.context.authorize('application-autoscaling:DeleteScheduledAction', arn, caller);
  const key = keyOf({ resourceId, name });
  if (state.actions.actual(key) === undefined) {
    throw notFound('scheduled action found', resourceId, `, scheduled action name: ${name}`);
  }
  refuseContended(state, resourceId);
  state.actions.set(key, undefined, drawLagMs(state));
  clearAlarm(state, `action ${key}`);
  return {};
}

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScheduledActions.html */
export function describeScheduledActions(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const { ofEcs } = readNamespace(input, 'ResourceId');
  const resourceId = text(input, 'ResourceId', RESOURCE_TEXT);
  const names = texts(input, 'ScheduledActionNames', { max: NAMES_MAX }, RESOURCE_TEXT) ?? [];
  state.context.authorize('application-autoscaling:DescribeScheduledActions', '*', caller);
  const items = state.actions
    .allSeen()
    .filter((action) => ofEcs && (resourceId === undefined || action.resourceId === resourceId))
    .filter((action) => names.length === 0 || names.includes(action.name));
  const scope = ['DescribeScheduledActions', ofEcs, resourceId, names];
  const page = listPage(input, { scope, items, max: PAGE_MAX }, keyOf);
  return defined({
    ScheduledActions: page.items.map((action) => showAction(state, action)),
    NextToken: page.nextToken,
  });
}

/** Throws when an action cannot be. */
export function checkAction(action: ScheduledAction): void {
  const { minCapacity, maxCapacity, startAt, endAt, timezone } = action;
  if (minCapacity === undefined && maxCapacity === undefined) {
    throw invalid('At least one of minimum capacity and maximum capacity should be provided');
  }
  if ((minCapacity ?? 0) < 0) throw invalid('Minimum capacity cannot be less than 0');
  if ((maxCapacity ?? 0) < 0) throw invalid('Maximum capacity cannot be less than 0');
  if (minCapacity !== undefined && maxCapacity !== undefined && maxCapacity < minCapacity) {
    throw invalid('Maximum capacity cannot be less than minimum capacity');
  }
  if (parseSchedule(action.schedule) === undefined) {
    throw invalid(`Invalid schedule expression: ${action.schedule}`);
  }
  if (timezone !== undefined && !isTimeZone(timezone)) throw invalid(`Invalid timezone: ${timezone}`);
  if (startAt !== undefined && endAt !== undefined && endAt <= startAt) {
    throw invalid('The end time must be later than the start time');
  }
}

/** The bounds of a request, together in one structure, or those there were. */
function boundsOf(
  existing: ScheduledAction | undefined,
  input: Document,
): Pick<ScheduledAction, 'minCapacity' | 'maxCapacity'> {
  const given = structure(input, 'ScalableTargetAction');
  if (given === undefined) {
    return defined({ minCapacity: existing?.minCapacity, maxCapacity: existing?.maxCapacity });
  }
  const prefix = 'scalableTargetAction.';
  return defined({
    minCapacity: wholeNumber(given, 'MinCapacity', {}, prefix),
    maxCapacity: wholeNumber(given, 'MaxCapacity', {}, prefix),
  });
}

function checkQuota(state: AutoscalingState, action: ScheduledAction, isNew: boolean): void {
  const count = state.actions.allActual().filter(({ resourceId }) => resourceId === action.resourceId).length;
  if (!isNew || count < ACTIONS_MAX) return;
  throw limitReached(`${action.resourceId} has reached its limit of ${ACTIONS_MAX} scheduled actions.`);
}

function showAction(state: AutoscalingState, action: ScheduledAction): Record<string, unknown> {
  const { resourceId, name, schedule, timezone, startAt, endAt, minCapacity, maxCapacity } = action;
  const target = state.targets.actual(resourceId) ?? state.targets.seen(resourceId);
  return defined({
    ScheduledActionName: name,
    ScheduledActionARN: actionArn(state, target, action),
    ...ECS_SCOPE,
    Schedule: schedule,
    Timezone: timezone,
    ResourceId: resourceId,
    StartTime: startAt === undefined ? undefined : startAt / 1000,
    EndTime: endAt === undefined ? undefined : endAt / 1000,
    ScalableTargetAction: defined({ MinCapacity: minCapacity, MaxCapacity: maxCapacity }),
    CreationTime: action.createdAt / 1000,
  });
}

function actionArn(
  state: AutoscalingState,
  target: ScalableTarget | undefined,
  { resourceId, name }: ScheduledAction,
): string {
  const owner = `${target?.ownerId}:resource/${ECS_SCOPE.ServiceNamespace}/${resourceId}`;
  return state.context.arn('autoscaling', `scheduledAction:${owner}:scheduledActionName/${name}`);
}
