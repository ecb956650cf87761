/**
 * The SDK's own output types under the names the house uses, so that one place imports them.
 */
export type {
  ScalableTarget,
  ScalingPolicy,
  ScheduledAction,
} from '@aws-sdk/client-application-auto-scaling';
export type { Service, ServiceDeployment, Task } from '@aws-sdk/client-ecs';
export type { Rule, Target as RuleTarget } from '@aws-sdk/client-eventbridge';

import type { TaskDefinition as EcsTaskDefinition, Tag } from '@aws-sdk/client-ecs';

/** A revision together with its tags, which the API returns beside it. */
export interface TaskDefinition {
  readonly definition: EcsTaskDefinition;
  readonly tags: readonly Tag[];
}
