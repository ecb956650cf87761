import { recordActivity } from './activities.ts';
import { adjust } from './capacity.ts';
import type { ScalableTarget, ScheduledAction } from './records.ts';
import { nextRunAt, parseSchedule } from './schedule.ts';
import { type AutoscalingState, clearAlarm, keyOf, setAlarm } from './state.ts';

/** Waits for the next run of an action, in place of any it waited for; what a sleeping clock missed is lost. */
export function armAction(state: AutoscalingState, action: ScheduledAction, after = 0): void {
  const name = `action ${keyOf(action)}`;
  clearAlarm(state, name);
  const schedule = parseSchedule(action.schedule);
  if (schedule === undefined) return;
  const { timezone = 'UTC', createdAt, startAt, endAt } = action;
  const from = Math.max(after, state.context.clock.now());
  const at = nextRunAt({ schedule, timezone, createdAt, startAt, endAt }, from);
  if (at === undefined) return;
  setAlarm(state, name, at, () => {
    run(state, keyOf(action));
    armAction(state, action, at);
  });
}

/**
 * Moves the bounds, then capacity between them, unless scheduled scaling is suspended.
 * Source: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html
 */
function run(state: AutoscalingState, key: string): void {
  const action = state.actions.actual(key);
  if (action === undefined) return;
  const target = state.targets.actual(action.resourceId);
  if (target === undefined || target.suspended.scheduledScaling) return;
  const moved = {
    ...target,
    minCapacity: action.minCapacity ?? target.minCapacity,
    maxCapacity: action.maxCapacity ?? target.maxCapacity,
  };
  record(state, action, moved);
  if (!isValid(moved)) return;
  state.targets.set(target.resourceId, moved);
  adjust(state, target.resourceId);
}

/** One bound alone may have become impossible since the action was put. */
function isValid({ minCapacity, maxCapacity }: ScalableTarget): boolean {
  return minCapacity <= maxCapacity;
}

function record(state: AutoscalingState, action: ScheduledAction, moved: ScalableTarget): void {
  const parts = [
    ...(action.minCapacity === undefined ? [] : [`min capacity to ${action.minCapacity}`]),
    ...(action.maxCapacity === undefined ? [] : [`max capacity to ${action.maxCapacity}`]),
  ];
  const what = parts.join(' and ');
  recordActivity(state, {
    resourceId: action.resourceId,
    description: `Setting ${what}`,
    cause: `scheduled action name ${action.name} was triggered`,
    ...(isValid(moved)
      ? { status: 'Successful', statusMessage: `Successfully set ${what}` }
      : {
          status: 'Failed',
          statusMessage: `Failed to set ${what}. Reason: Maximum capacity cannot be less than minimum capacity`,
        }),
  });
}
