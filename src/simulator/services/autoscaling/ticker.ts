import { changeCapacity } from './activities.ts';
import { countsOf } from './capacity.ts';
import { loadAt, nextStepAt } from './load-script.ts';
import type { PolicyMemory, ScalableTarget, ScalingPolicy } from './records.ts';
import { partsOf } from './scope.ts';
import { type AutoscalingState, clearAlarm, keyOf, setAlarm } from './state.ts';
import { type Decision, decide, LOW_DATAPOINTS, type Situation, trackingOf } from './tracking.ts';

/** ECS sends its metrics every minute. */
const MINUTE_MS = 60_000;

/**
 * Measures a resource every minute, but only while a script gives its load and a policy tracks its CPU: without a
 * script the CPU sits at its target, nothing can happen, and there is no timer. Call it after every change.
 */
export function watch(state: AutoscalingState, resourceId: string, after = 0): void {
  const name = `minute ${resourceId}`;
  clearAlarm(state, name);
  const steps = state.scripts.get(resourceId) ?? [];
  const now = Math.max(after, state.context.clock.now());
  const tracked = steps.length > 0 && trackings(state, resourceId).some(({ tracking }) => tracking.tracksCpu);
  const loaded = tracked && loadAt(steps, now) !== null;
  if (!loaded) state.datapoints.delete(resourceId);
  if (!tracked) return;
  const minute = (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
  const at = loaded ? minute : nextStepAt(steps, now);
  if (at === undefined) return;
  setAlarm(state, name, at, () => {
    if (loaded) look(state, resourceId, at);
    watch(state, resourceId, at);
  });
}

function look(state: AutoscalingState, resourceId: string, at: number): void {
  const load = loadAt(state.scripts.get(resourceId) ?? [], at);
  const target = state.targets.actual(resourceId);
  if (load === null || target === undefined) return;
  measure(state, resourceId, load);
  track(state, target);
}

/** The service's average; without a running task there is no datapoint. */
function measure(state: AutoscalingState, resourceId: string, load: number): void {
  const running = countsOf(state, resourceId)?.running ?? 0;
  // Fewer digits, so that 1.65 / 3 is 55 %; a task cannot use more than all of its CPU.
  const percent = running === 0 ? null : Math.min(100, Math.round((load / running) * 1e8) / 1e6);
  const before = state.datapoints.get(resourceId) ?? [];
  state.datapoints.set(resourceId, [...before, percent].slice(-LOW_DATAPOINTS));
}

function track(state: AutoscalingState, target: ScalableTarget): void {
  const { resourceId, minCapacity, maxCapacity, suspended } = target;
  const counts = countsOf(state, resourceId);
  if (counts === undefined) return;
  const { cluster, service } = partsOf(resourceId);
  // "Application Auto Scaling turns off scale-in processes while Amazon ECS deployments are in progress."
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-auto-scaling.html
  const deploying = state.context.offers.isDeploying?.(cluster, service) === true;
  const decision = decide({
    now: state.context.clock.now(),
    desired: counts.desired,
    minCapacity,
    maxCapacity,
    datapoints: state.datapoints.get(resourceId) ?? [],
    mayScaleOut: !suspended.dynamicScalingOut,
    mayScaleIn: !suspended.dynamicScalingIn && !deploying,
    policies: trackings(state, resourceId),
  });
  if (decision !== undefined) act(state, target, counts.desired, decision);
}

function act(state: AutoscalingState, target: ScalableTarget, from: number, decision: Decision): void {
  const { policyName, to, alarm } = decision;
  const { resourceId } = target;
  const policy = state.policies.actual(keyOf({ resourceId, name: policyName }));
  if (policy === undefined) return;
  const now = state.context.clock.now();
  remember(state, policy, to > from ? { lastScaleOut: { at: now, from } } : { lastScaleInAt: now });
  const alarmName = policy.alarms.find((name) => name.includes(`-${alarm}-`));
  const cause = `monitor alarm ${alarmName} in state ALARM triggered policy ${policyName}`;
  changeCapacity(state, target, { from, to, cause, policyName });
}

/** A scale-out ends the scale-in cooldowns: "the scale-in cooldown period stops and doesn't complete". */
function remember(state: AutoscalingState, policy: ScalingPolicy, done: PolicyMemory): void {
  if (done.lastScaleOut !== undefined) {
    for (const other of policiesOf(state, policy.resourceId)) {
      const { lastScaleInAt: _stopped, ...memory } = state.memories.get(keyOf(other)) ?? {};
      state.memories.set(keyOf(other), memory);
    }
  }
  state.memories.set(keyOf(policy), { ...state.memories.get(keyOf(policy)), ...done });
}

function policiesOf(state: AutoscalingState, resourceId: string): ScalingPolicy[] {
  return state.policies.allActual().filter((policy) => policy.resourceId === resourceId);
}

function trackings(state: AutoscalingState, resourceId: string): Situation['policies'] {
  return policiesOf(state, resourceId).flatMap((policy) => {
    const tracking = trackingOf(policy);
    return tracking === undefined ? [] : [{ tracking, memory: state.memories.get(keyOf(policy)) ?? {} }];
  });
}
