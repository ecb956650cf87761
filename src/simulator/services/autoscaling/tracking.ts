import { type Document, structure } from '../members.ts';
import type { PolicyMemory, ScalingPolicy } from './records.ts';

/**
 * What a target tracking policy does, as a function of what it sees. AWS describes it in words and publishes no
 * formula: https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
 */

/** Datapoints of one minute that must breach before an alarm goes off; AWS creates its alarms like that. */
const HIGH_DATAPOINTS = 3;
export const LOW_DATAPOINTS = 15;

/** Capacity is removed only "far enough below the target value (usually more than 10% lower)". */
const LOW_SHARE = 0.9;

/** The usual cooldowns of ECS services, both ways. */
const COOLDOWN_SECONDS = 300;

const CPU_METRICS = ['ECSServiceAverageCPUUtilization', 'ECSServiceAverageCPUUtilizationHighResolution'];

export interface Tracking {
  readonly policyName: string;
  readonly targetValue: number;
  /** Any other metric sits at its target for ever. */
  readonly tracksCpu: boolean;
  readonly scaleOutCooldownMs: number;
  readonly scaleInCooldownMs: number;
  readonly scalesIn: boolean;
}

export interface Situation {
  readonly now: number;
  readonly desired: number;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  /** CPU percent of the newest minutes, oldest first. */
  readonly datapoints: ReadonlyArray<number | null>;
  readonly mayScaleOut: boolean;
  readonly mayScaleIn: boolean;
  readonly policies: ReadonlyArray<{ readonly tracking: Tracking; readonly memory: PolicyMemory }>;
}

export interface Decision {
  readonly policyName: string;
  readonly to: number;
  readonly alarm: 'AlarmHigh' | 'AlarmLow';
}

/** What a target tracking policy follows; nothing for a policy of another type. */
export function trackingOf(policy: ScalingPolicy): Tracking | undefined {
  if (policy.type !== 'TargetTrackingScaling') return undefined;
  const { configuration } = policy;
  const metric = structure(configuration, 'PredefinedMetricSpecification')?.PredefinedMetricType;
  return {
    policyName: policy.name,
    targetValue: Number(configuration.TargetValue),
    tracksCpu: CPU_METRICS.includes(String(metric)),
    scaleOutCooldownMs: cooldownMs(configuration, 'ScaleOutCooldown'),
    scaleInCooldownMs: cooldownMs(configuration, 'ScaleInCooldown'),
    scalesIn: configuration.DisableScaleIn !== true,
  };
}

/** Whether capacity changes now; scaling out goes before scaling in, the largest capacity wins. */
export function decide(situation: Situation): Decision | undefined {
  return scaleOut(situation) ?? scaleIn(situation);
}

/**
 * Proportional to the metric, as fast as it can. A count above the maximum is left alone, one below the minimum
 * is raised: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
 */
function scaleOut(situation: Situation): Decision | undefined {
  const { desired, minCapacity, maxCapacity, datapoints, mayScaleOut, policies } = situation;
  if (!mayScaleOut || desired >= maxCapacity) return undefined;
  const wishes = policies
    .filter(({ tracking }) => breachesHigh(tracking, datapoints))
    .map(({ tracking, memory }) => ({
      policyName: tracking.policyName,
      to: capacityFor(outBase(situation, tracking, memory), tracking, datapoints),
    }));
  const most = largest(wishes);
  if (most === undefined) return undefined;
  const to = Math.min(Math.max(most.to, minCapacity), maxCapacity);
  return to > desired ? { policyName: most.policyName, to, alarm: 'AlarmHigh' } : undefined;
}

/** In the cooldown "the capacity added by the initiating scale-out activity is calculated as part of the desired capacity". */
function outBase(situation: Situation, tracking: Tracking, memory: PolicyMemory): number {
  const last = memory.lastScaleOut;
  const cooling = last !== undefined && situation.now < last.at + tracking.scaleOutCooldownMs;
  return cooling ? last.from : situation.desired;
}

/** "It will scale in only if all of the target tracking policies (with the scale-in portion enabled) are ready." */
function scaleIn(situation: Situation): Decision | undefined {
  const { now, desired, minCapacity, maxCapacity, datapoints, mayScaleIn } = situation;
  if (!mayScaleIn || desired <= minCapacity) return undefined;
  const taking = situation.policies.filter(({ tracking }) => tracking.scalesIn);
  const ready = taking.every(
    ({ tracking, memory }) =>
      breachesLow(tracking, datapoints) &&
      (memory.lastScaleInAt === undefined || now >= memory.lastScaleInAt + tracking.scaleInCooldownMs),
  );
  if (!ready) return undefined;
  const most = largest(
    taking.map(({ tracking }) => ({
      policyName: tracking.policyName,
      to: capacityFor(desired, tracking, datapoints),
    })),
  );
  if (most === undefined) return undefined;
  const to = Math.min(Math.max(most.to, minCapacity), maxCapacity);
  return to < desired ? { policyName: most.policyName, to, alarm: 'AlarmLow' } : undefined;
}

/** Insufficient data is neither high nor low. */
function breachesHigh({ tracksCpu, targetValue }: Tracking, datapoints: Situation['datapoints']): boolean {
  const newest = datapoints.slice(-HIGH_DATAPOINTS);
  return (
    tracksCpu &&
    newest.length === HIGH_DATAPOINTS &&
    newest.every((percent) => percent !== null && percent > targetValue)
  );
}

function breachesLow({ tracksCpu, targetValue }: Tracking, datapoints: Situation['datapoints']): boolean {
  const newest = datapoints.slice(-LOW_DATAPOINTS);
  return (
    tracksCpu &&
    newest.length === LOW_DATAPOINTS &&
    newest.every((percent) => percent !== null && percent < targetValue * LOW_SHARE)
  );
}

/** Rounded up both ways; what is left of dividing and rounding percents must not count as a task. */
function capacityFor(base: number, tracking: Tracking, datapoints: Situation['datapoints']): number {
  const percent = datapoints.at(-1) ?? 0;
  return Math.max(0, Math.ceil((base * percent) / tracking.targetValue - 1e-4));
}

function largest<Wish extends { readonly to: number }>(wishes: readonly Wish[]): Wish | undefined {
  return wishes.reduce<Wish | undefined>(
    (most, wish) => (most === undefined || wish.to > most.to ? wish : most),
    undefined,
  );
}

function cooldownMs(configuration: Document, member: string): number {
  const seconds = configuration[member];
  return (typeof seconds === 'number' ? seconds : COOLDOWN_SECONDS) * 1000;
}
