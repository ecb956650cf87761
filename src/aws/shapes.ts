/**
 * The SDK's own output types under the names the house uses, so that one place imports them.
 */
export type {
  ScalableTarget,
  ScalingPolicy,
  ScheduledAction,
} from '@aws-sdk/client-application-auto-scaling';
export type { Service, Task } from '@aws-sdk/client-ecs';
export type { Rule, Target as RuleTarget } from '@aws-sdk/client-eventbridge';

import type { TaskDefinition as EcsTaskDefinition, ServiceDeploymentBrief, Tag } from '@aws-sdk/client-ecs';

/** A revision together with its tags, which the API returns beside it. */
export interface TaskDefinition {
  readonly definition: EcsTaskDefinition;
  readonly tags: readonly Tag[];
}

/** A deployment of a service as a list shows it, with what the API tells elsewhere. */
export interface ServiceDeployment
  extends Pick<ServiceDeploymentBrief, 'serviceDeploymentArn' | 'createdAt' | 'status' | 'statusReason'> {
  /** The revision it rolls out; undefined while ECS does not tell. */
  readonly taskDefinition: string | undefined;
  /** It was stopped, and by its circuit breaker or an alarm rather than for another deployment. */
  readonly tripped: boolean;
}
