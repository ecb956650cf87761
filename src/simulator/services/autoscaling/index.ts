import type { ServiceLimits } from '../../limits.ts';
import type { Caller, Operation, RegionContext, Service } from '../../region.ts';
import type { Document } from '../members.ts';
import { describeScalingActivities } from './activities.ts';
import { orderSteps } from './load-script.ts';
import { deleteScalingPolicy, describeScalingPolicies, putScalingPolicy } from './policies.ts';
import type { LoadStep } from './records.ts';
import { deleteScheduledAction, describeScheduledActions, putScheduledAction } from './scheduled-actions.ts';
import { type AutoscalingState, createState } from './state.ts';
import { listTagsForResource, tagResource, untagResource } from './tagging.ts';
import {
  deregisterScalableTarget,
  describeScalableTargets,
  registerScalableTarget,
  removeTarget,
} from './targets.ts';
import { watch } from './ticker.ts';
import { dumpSection } from './world-dump.ts';
import { loadSection } from './world-load.ts';

/** Application Auto Scaling, and what a test can do to it that no API call does. */
export interface AutoscalingService extends Service {
  /** Replaces the scripted load of a resource (`service/<cluster>/<service>`); no steps: its CPU sits at its target. */
  setLoad(resourceId: string, steps: readonly LoadStep[]): void;
  /** Refuses the next `times` updates of a resource with ConcurrentUpdateException. */
  contend(resourceId: string, times: number): void;
}

type AutoscalingOperation = (state: AutoscalingState, input: Document, caller: Caller) => unknown;

const OPERATIONS: Readonly<Record<string, AutoscalingOperation>> = {
  DeleteScalingPolicy: deleteScalingPolicy,
  DeleteScheduledAction: deleteScheduledAction,
  DeregisterScalableTarget: deregisterScalableTarget,
  DescribeScalableTargets: describeScalableTargets,
  DescribeScalingActivities: describeScalingActivities,
  DescribeScalingPolicies: describeScalingPolicies,
  DescribeScheduledActions: describeScheduledActions,
  ListTagsForResource: listTagsForResource,
  PutScalingPolicy: putScalingPolicy,
  PutScheduledAction: putScheduledAction,
  RegisterScalableTarget: registerScalableTarget,
  TagResource: tagResource,
  UntagResource: untagResource,
};

/** AWS publishes no rate; its users report that about ten calls a second hold. */
const LIMITS: ServiceLimits = {
  buckets: { all: { burst: 10, perSecond: 10 } },
  operations: Object.fromEntries(Object.keys(OPERATIONS).map((operation) => [operation, 'all'])),
  refusal: { code: 'ThrottlingException', message: 'Rate exceeded' },
};

/** Application Auto Scaling of one account and region, for ECS services. Its world section is described in world-shape.ts. */
export function createAutoscalingService(context: RegionContext): AutoscalingService {
  const state = createState(context);
  // ECS takes the target of a service with it: https://github.com/hashicorp/terraform-provider-aws/issues/10432,
  // https://github.com/eagletmt/hako/pull/69
  context.offers.serviceDeleted = (cluster, service) => removeTarget(state, `service/${cluster}/${service}`);
  return {
    name: 'autoscaling',
    operations: Object.fromEntries(
      Object.entries(OPERATIONS).map(([name, operation]): [string, Operation] => [
        name,
        (input, caller) => operation(state, input, caller),
      ]),
    ),
    limits: LIMITS,
    load: (section) => loadSection(state, section),
    dump: () => dumpSection(state),
    setLoad(resourceId, steps) {
      state.scripts.set(resourceId, orderSteps(steps));
      watch(state, resourceId);
    },
    contend(resourceId, times) {
      state.contended.set(resourceId, times);
    },
  };
}

/** Whether a service of a region is this one, with what a test can do to it. */
export function isAutoscalingService(service: Service | undefined): service is AutoscalingService {
  return service?.name === 'autoscaling';
}
