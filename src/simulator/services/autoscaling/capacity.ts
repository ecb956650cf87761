import { changeCapacity } from './activities.ts';
import { partsOf } from './scope.ts';
import { type AutoscalingState, clearAlarm, setAlarm } from './state.ts';

/** How soon after a registration capacity is brought between the bounds; users saw about a second. */
const ADJUST_MS = 1000;

/** Counts of the service behind a resource; nothing when it is not ACTIVE. */
export function countsOf(
  state: AutoscalingState,
  resourceId: string,
): { readonly desired: number; readonly running: number } | undefined {
  const { cluster, service } = partsOf(resourceId);
  return state.context.offers.serviceCounts?.(cluster, service);
}

/** Has capacity brought between the bounds soon, or at the instant `at`. */
export function requestAdjustment(
  state: AutoscalingState,
  resourceId: string,
  at: number = state.context.clock.now() + ADJUST_MS,
): void {
  state.adjustments.set(resourceId, at);
  setAlarm(state, `adjustment ${resourceId}`, at, () => adjust(state, resourceId));
}

/** Takes back what `requestAdjustment` asked for. */
export function dropAdjustment(state: AutoscalingState, resourceId: string): void {
  state.adjustments.delete(resourceId);
  clearAlarm(state, `adjustment ${resourceId}`);
}

/**
 * "If it's below the minimum capacity or above the maximum capacity, Application Auto Scaling adjusts the capacity
 * of the scalable target to place it within these bounds": at a registration, and never by itself later.
 * Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
 */
export function adjust(state: AutoscalingState, resourceId: string): void {
  dropAdjustment(state, resourceId);
  const target = state.targets.actual(resourceId);
  const counts = countsOf(state, resourceId);
  if (target === undefined || counts === undefined) return;
  const { minCapacity, maxCapacity } = target;
  const from = counts.desired;
  if (from < minCapacity) {
    const cause = `minimum capacity was set to ${minCapacity}`;
    changeCapacity(state, target, { from, to: minCapacity, cause });
  } else if (from > maxCapacity) {
    const cause = `maximum capacity was set to ${maxCapacity}`;
    changeCapacity(state, target, { from, to: maxCapacity, cause });
  }
}
