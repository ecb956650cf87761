import type { Document } from '../members.ts';
import type { Tags } from '../tags.ts';

/** Records are never changed, only replaced. Instants are milliseconds. */

export interface SuspendedState {
  readonly dynamicScalingIn: boolean;
  readonly dynamicScalingOut: boolean;
  readonly scheduledScaling: boolean;
}

/** An ECS service whose `desiredCount` may be moved between two bounds. */
export interface ScalableTarget {
  /** `service/<cluster>/<service>`; there is one target for each. */
  readonly resourceId: string;
  /** The end of its ARN. */
  readonly id: string;
  /** Stands in the ARNs of its policies and scheduled actions. */
  readonly ownerId: string;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly roleArn: string;
  readonly suspended: SuspendedState;
  readonly tags: Tags;
  readonly createdAt: number;
}

export const POLICY_TYPES = ['TargetTrackingScaling', 'StepScaling'] as const;
export type PolicyType = (typeof POLICY_TYPES)[number];

export interface ScalingPolicy {
  readonly resourceId: string;
  readonly name: string;
  readonly type: PolicyType;
  /** As PutScalingPolicy took it, by AWS's member names. */
  readonly configuration: Document;
  /** Names of its CloudWatch alarms; step scaling policies have none of their own. */
  readonly alarms: readonly string[];
  readonly createdAt: number;
}

/** What a policy did last, for its cooldowns. */
export interface PolicyMemory {
  /** When its last scale-out ended (or began, while it goes on), and the capacity before it. */
  readonly lastScaleOut?: { readonly at: number; readonly from: number };
  readonly lastScaleInAt?: number;
}

export interface ScheduledAction {
  readonly resourceId: string;
  readonly name: string;
  readonly schedule: string;
  readonly timezone?: string;
  readonly startAt?: number;
  readonly endAt?: number;
  readonly minCapacity?: number;
  readonly maxCapacity?: number;
  readonly createdAt: number;
}

export const ACTIVITY_STATUSES = [
  'Pending',
  'InProgress',
  'Successful',
  'Overridden',
  'Unfulfilled',
  'Failed',
] as const;

export interface ScalingActivity {
  readonly id: string;
  readonly resourceId: string;
  readonly description: string;
  readonly cause: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly status: (typeof ACTIVITY_STATUSES)[number];
  readonly statusMessage: string;
  /** The change of capacity it is about; actions that only move the bounds have none. */
  readonly change?: {
    readonly from: number;
    readonly to: number;
    readonly minCapacity: number;
    readonly maxCapacity: number;
  };
  /** The policy whose cooldown it starts. */
  readonly policyName?: string;
}

/** From `at` on the service has this load, in units of one task at 100 % CPU; `null`: it sits at its target. */
export interface LoadStep {
  readonly at: number;
  readonly load: number | null;
}
