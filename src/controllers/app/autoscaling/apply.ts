import {
  DeregisterScalableTargetCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import type { Clients } from '../../../aws/clients.ts';
import { isNotFound } from '../../../aws/errors.ts';
import { unreachable } from '../../../reconcile/errors.ts';
import type { AutoscalingAction } from './actions.ts';
import { CPU_METRIC } from './observed.ts';

/** Everything of ours hangs on the count of ECS services. */
const ECS_COUNT = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' } as const;

/** Does one write of an app's autoscaling; throws what AWS threw. */
export async function applyAutoscaling(
  action: AutoscalingAction,
  { clients }: { readonly clients: Pick<Clients, 'autoscaling'> },
): Promise<undefined> {
  const { autoscaling } = clients;
  const ResourceId = action.resourceId;
  switch (action.type) {
    case 'registerTarget':
      // Always both bounds: alone, one could cross the other. Never SuspendedState: what a person suspended
      // stays so. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
      await autoscaling.send(
        new RegisterScalableTargetCommand({
          ...ECS_COUNT,
          ResourceId,
          MinCapacity: action.min,
          MaxCapacity: action.max,
        }),
      );
      return undefined;
    case 'putPolicy':
      await autoscaling.send(
        new PutScalingPolicyCommand({
          ...ECS_COUNT,
          ResourceId,
          PolicyName: action.policy,
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: {
            TargetValue: action.targetValue,
            PredefinedMetricSpecification: { PredefinedMetricType: CPU_METRIC },
          },
        }),
      );
      return undefined;
    case 'deregisterTarget':
      try {
        await autoscaling.send(new DeregisterScalableTargetCommand({ ...ECS_COUNT, ResourceId }));
      } catch (error) {
        // Gone already, which is what was wanted.
        if (!isNotFound(error)) throw error;
      }
      return undefined;
    default:
      return unreachable(action);
  }
}
