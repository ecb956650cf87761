import type { CancelTimer } from '../../../reconcile/ports.ts';
import { AwsError } from '../../errors.ts';
import type { RegionContext } from '../../region.ts';
import { setAlarm as setClockAlarm } from '../alarm.ts';
import { ActivityLog } from './activity-log.ts';
import { createLagging, type Lagging } from './lagging.ts';
import type { LoadStep, PolicyMemory, ScalableTarget, ScalingPolicy, ScheduledAction } from './records.ts';

/** Everything Application Auto Scaling knows in one account and region. */
export interface AutoscalingState {
  readonly context: RegionContext;
  /** By resource id. */
  readonly targets: Lagging<ScalableTarget>;
  /** By `keyOf`. */
  readonly policies: Lagging<ScalingPolicy>;
  /** By `keyOf`. */
  readonly actions: Lagging<ScheduledAction>;
  /** By `keyOf` of the policy. */
  readonly memories: Map<string, PolicyMemory>;
  /** When the capacity of a registered resource will be brought between its bounds. */
  readonly adjustments: Map<string, number>;
  /** Oldest first. */
  readonly activities: ActivityLog;
  /** Scripted load by resource id, in order of time. */
  readonly scripts: Map<string, readonly LoadStep[]>;
  /** The newest CPU datapoints of a resource in percent, oldest first; `null` where no task ran. */
  readonly datapoints: Map<string, ReadonlyArray<number | null>>;
  /** How many updates of a resource are still to be refused. */
  readonly contended: Map<string, number>;
  readonly timers: Map<string, CancelTimer>;
}

/** Nothing registered, nothing scripted. */
export function createState(context: RegionContext): AutoscalingState {
  const now = (): number => context.clock.now();
  return {
    context,
    targets: createLagging(now),
    policies: createLagging(now),
    actions: createLagging(now),
    memories: new Map(),
    adjustments: new Map(),
    activities: new ActivityLog(),
    scripts: new Map(),
    datapoints: new Map(),
    contended: new Map(),
    timers: new Map(),
  };
}

/** Forgets everything and stops every timer. */
export function clearState(state: AutoscalingState): void {
  for (const cancel of state.timers.values()) cancel();
  for (const store of [state.targets, state.policies, state.actions]) store.clear();
  for (const map of [state.memories, state.adjustments, state.scripts, state.datapoints, state.contended]) {
    map.clear();
  }
  state.timers.clear();
  state.activities.clear();
}

/** The key of a policy or scheduled action; a resource id has exactly three parts, so no two collide. */
export function keyOf(thing: { readonly resourceId: string; readonly name: string }): string {
  return `${thing.resourceId}/${thing.name}`;
}

/**
 * How long a write takes to show. "There might be a brief delay until the operation achieves eventual
 * consistency." Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
 */
export function drawLagMs(state: AutoscalingState): number {
  const { weather, random } = state.context;
  return weather.staleReadsMs > 0 ? Math.floor(random() * weather.staleReadsMs) : 0;
}

/** Runs `fire` at the instant `at` under `name`, in place of any timer of that name. */
export function setAlarm(state: AutoscalingState, name: string, at: number, fire: () => void): void {
  clearAlarm(state, name);
  const cancel = setClockAlarm(state.context.clock, at, () => {
    state.timers.delete(name);
    fire();
  });
  state.timers.set(name, cancel);
}

export function clearAlarm(state: AutoscalingState, name: string): void {
  state.timers.get(name)?.();
  state.timers.delete(name);
}

/** The complaint about a request that is well formed and still refused. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** Refuses an update while another one is pending, as often as a test asked for. The SDK calls it a server fault. */
export function refuseContended(state: AutoscalingState, resourceId: string): void {
  const left = state.contended.get(resourceId) ?? 0;
  if (left <= 0) return;
  state.contended.set(resourceId, left - 1);
  throw new AwsError(
    'ConcurrentUpdateException',
    'You already have a pending update to an Auto Scaling resource.',
    { status: 500 },
  );
}
