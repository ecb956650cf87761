import {
  type ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import type { Clients } from '../../../aws/clients.ts';
import { isNotFound } from '../../../aws/errors.ts';
import type { ApplyContext } from '../../../reconcile/controller.ts';
import { NotYetError, unreachable } from '../../../reconcile/errors.ts';
import type { AutoscalingAction, PutPolicy } from './actions.ts';
import { CPU_METRIC } from './observed.ts';

/** Everything of ours hangs on the count of ECS services. */
const ECS_COUNT = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' } as const;

/** How soon a policy is tried again on a target that was registered a moment ago. */
const REGISTERED_LOOK_MS = 2_000;

/** Does one write of an app's autoscaling; throws what AWS threw. */
export async function applyAutoscaling(
  action: AutoscalingAction,
  context: ApplyContext,
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
      await putPolicy(action, context, autoscaling);
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

/** A target that was registered just now may take a moment to be found: no failure, the pass comes back for it. */
async function putPolicy(
  { resourceId, policy, targetValue, after = [] }: PutPolicy,
  { results, now }: ApplyContext,
  autoscaling: ApplicationAutoScalingClient,
): Promise<void> {
  const input = {
    ...ECS_COUNT,
    ResourceId: resourceId,
    PolicyName: policy,
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: targetValue,
      PredefinedMetricSpecification: { PredefinedMetricType: CPU_METRIC },
    },
  } as const;
  try {
    await autoscaling.send(new PutScalingPolicyCommand(input));
  } catch (error) {
    const isFresh = after.some((id) => results.has(id));
    if (isFresh && isNotFound(error)) throw new NotYetError('PutScalingPolicy', now + REGISTERED_LOOK_MS);
    throw error;
  }
}
