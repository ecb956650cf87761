import type { Caller, ConditionKeys, RegionContext } from '../../region.ts';
import { ECS_SCOPE } from './scope.ts';

/** Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_applicationautoscaling.html */
export const SCOPE_KEYS: ConditionKeys = {
  'application-autoscaling:service-namespace': ECS_SCOPE.ServiceNamespace,
  'application-autoscaling:scalable-dimension': ECS_SCOPE.ScalableDimension,
};

/**
 * Whoever lets a service be scaled must be allowed to scale it.
 * Source: https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
 */
export function authorizeScaling(context: RegionContext, resourceId: string, caller: Caller): void {
  for (const action of ['DescribeServices', 'UpdateService'])
    context.authorize(`ecs:${action}`, context.arn('ecs', resourceId), caller);
}

/** Policies have alarms, which are made, changed and deleted with leave of whoever makes the policy. Source: as above. */
export function authorizeAlarms(context: RegionContext, resourceId: string, caller: Caller): void {
  const alarms = context.arn('cloudwatch', `alarm:TargetTracking-${resourceId}-*`);
  for (const action of ['DescribeAlarms', 'PutMetricAlarm', 'DeleteAlarms'])
    context.authorize(`cloudwatch:${action}`, alarms, caller);
}
