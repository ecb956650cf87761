import type { Reading } from '../../../reconcile/reading.ts';
import type { AppNames } from '../names.ts';
import { clusterName } from '../services/observed.ts';

/** The metric that our policies follow. */
export const CPU_METRIC = 'ECSServiceAverageCPUUtilization';

/** The bounds between which a service is scaled. */
export interface ObservedTarget {
  readonly min: number;
  readonly max: number;
}

export interface ObservedPolicy {
  readonly name: string;
  /** What a target tracking policy follows; absent for other policies and metrics of one's own. */
  readonly metric?: string;
  readonly targetValue?: number;
  readonly scalesIn: boolean;
}

/** What is known of the autoscaling of one service. */
export interface ScalingFacts {
  /** `service/<cluster>/<service>`. */
  readonly resourceId: string;
  readonly target: Reading<ObservedTarget>;
  /** Only where there is a target: all, or ours alone where the count is to stay between bounds. */
  readonly policies?: Reading<readonly ObservedPolicy[]>;
  /** Names of scheduled actions; only where the target is about to be changed or removed. */
  readonly scheduledActions?: Reading<readonly string[]>;
}

export interface AutoscalingFacts {
  /** By process. */
  readonly services: Readonly<Record<string, ScalingFacts>>;
  /** Average CPU in percent that is aimed at where the app's settings say nothing. */
  readonly cpuTarget: number;
}

/** What was read last time, for the next pass to ask early. */
export interface AutoscalingHint {
  /** Resource ids. */
  readonly targets: readonly string[];
  /** Those of them that are registered. */
  readonly registered: readonly string[];
  /** What ours is called. */
  readonly policy: string;
}

export function autoscalingHint(
  { services }: AutoscalingFacts,
  names: Pick<AppNames, 'owner'>,
): AutoscalingHint {
  const all = Object.values(services);
  return {
    targets: all.map(({ resourceId }) => resourceId),
    registered: all.filter(({ target }) => target.state === 'found').map(({ resourceId }) => resourceId),
    policy: policyName(names),
  };
}

/** The name of the one policy that is ours on a target of the app. */
export function policyName({ owner }: Pick<AppNames, 'owner'>): string {
  return `trimtab:${owner}`;
}

/** How Application Auto Scaling calls a service. */
export function resourceIdOf(cluster: string, service: string): string {
  return `service/${clusterName(cluster)}/${service}`;
}

/**
 * What on a target is not ours; undefined while that is not known. A target whose policies are all ours by name,
 * and that has no scheduled actions, is ours: it has no other mark.
 */
export function foreignParts(
  { policies, scheduledActions }: ScalingFacts,
  names: Pick<AppNames, 'owner'>,
): readonly string[] | undefined {
  if (policies === undefined || policies.state === 'unreadable') return undefined;
  const own = policyName(names);
  const others = policies.state === 'found' ? policies.value.filter(({ name }) => name !== own) : [];
  const foreign = others.map(({ name }) => `policy ${name}`);
  if (scheduledActions === undefined) return foreign.length > 0 ? foreign : undefined;
  if (scheduledActions.state === 'unreadable') return foreign.length > 0 ? foreign : undefined;
  const actions = scheduledActions.state === 'found' ? scheduledActions.value : [];
  return [...foreign, ...actions.map((name) => `scheduled action ${name}`)];
}

/** The members of AWS's `ScalableTarget` that are used. */
export interface TargetDocument {
  readonly MinCapacity?: number | undefined;
  readonly MaxCapacity?: number | undefined;
}

export function normalTarget({ MinCapacity: min = 0, MaxCapacity: max = 0 }: TargetDocument): ObservedTarget {
  return { min, max };
}

/** The members of AWS's `ScalingPolicy` that are used. */
export interface PolicyDocument {
  readonly PolicyName?: string | undefined;
  readonly TargetTrackingScalingPolicyConfiguration?:
    | {
        readonly TargetValue?: number | undefined;
        readonly DisableScaleIn?: boolean | undefined;
        readonly PredefinedMetricSpecification?:
          | { readonly PredefinedMetricType?: string | undefined }
          | undefined;
      }
    | undefined;
}

/** Cooldowns are left out: they are nobody's wish, and stay as somebody tuned them. */
export function normalPolicy(policy: PolicyDocument): ObservedPolicy {
  const tracking = policy.TargetTrackingScalingPolicyConfiguration;
  const metric = tracking?.PredefinedMetricSpecification?.PredefinedMetricType;
  const targetValue = tracking?.TargetValue;
  return {
    name: policy.PolicyName ?? '',
    ...(metric === undefined ? {} : { metric }),
    ...(targetValue === undefined ? {} : { targetValue }),
    scalesIn: tracking?.DisableScaleIn !== true,
  };
}
