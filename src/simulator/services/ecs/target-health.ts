import type { TargetHealth, TargetView } from '../../region.ts';
import { invalidParameter } from './errors.ts';
import type { Document } from './input.ts';
import type { ServiceRecord, TaskRecord } from './records.ts';
import type { EcsState } from './state.ts';

/** What ECS and the load balancer tell one another about the tasks of a service. */

/** A RUNNING task counts as healthy after this long. AWS waits for 40 s or for health checks. */
const HEALTHY_AFTER_MS = 1000;

/** Services of a world may be attached to groups the world says nothing about; those are taken to be there. */
function isInUse(state: EcsState, targetGroupArn: string): boolean {
  return [...state.services.values()].some(
    (service) =>
      service.status !== 'INACTIVE' && groupsOf(service.workload.loadBalancers).includes(targetGroupArn),
  );
}

/**
 * Refuses target groups that do not exist, in the words AWS has for them since services had roles of their own,
 * those that no load balancer listens for, and those that take machines where every task has its own address.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
 */
export function checkTargetGroups(
  state: EcsState,
  balancers: readonly Document[] | undefined,
  networkMode: string | undefined,
): void {
  for (const arn of groupsOf(balancers)) {
    const group = state.context.offers.targetGroup?.(arn);
    const unattached = group?.attached === false || state.knobs.unattachedTargetGroups.includes(arn);
    if (unattached) {
      throw invalidParameter(
        `The target group with targetGroupArn ${arn} does not have an associated load balancer.`,
      );
    }
    if (group?.targetType === 'instance' && networkMode === 'awsvpc') {
      throw invalidParameter(
        `The provided target group ${arn} has target type instance, which is incompatible with the awsvpc network mode specified in the task definition.`,
      );
    }
    if (group === undefined && !isInUse(state, arn)) {
      throw invalidParameter(
        'Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role being passed has the proper permissions.',
      );
    }
  }
}

function groupsOf(balancers: readonly Document[] | undefined): string[] {
  return (balancers ?? []).flatMap(({ targetGroupArn }) =>
    typeof targetGroupArn === 'string' ? [targetGroupArn] : [],
  );
}

/** When a RUNNING task starts to count as healthy, in all its target groups; never, if one of them does not have it. */
export function healthyFrom(state: EcsState, task: TaskRecord): number {
  const delays = verdicts(state, task).map(({ health, afterMs }) =>
    health === 'unhealthy' ? Number.POSITIVE_INFINITY : afterMs,
  );
  return (task.startedAt ?? Number.POSITIVE_INFINITY) + Math.max(HEALTHY_AFTER_MS, ...delays);
}

/** How long a task runs until the load balancer has it stopped: the grace period, and some failed checks. */
export function failsChecksAfterMs(state: EcsState, task: TaskRecord): number | undefined {
  const unhealthy = verdicts(state, task).filter(({ health }) => health === 'unhealthy');
  if (unhealthy.length === 0) return undefined;
  const grace = serviceOf(state, task)?.settings.healthCheckGracePeriodSeconds ?? 0;
  return grace * 1000 + Math.min(...unhealthy.map(({ afterMs }) => afterMs));
}

function verdicts(state: EcsState, task: TaskRecord): TargetHealth[] {
  const images = task.containers.flatMap(({ image }) => image ?? []);
  return groupsOf(balancersOf(state, task)).flatMap(
    (arn) => state.context.offers.targetGroup?.(arn)?.healthOf(images) ?? [],
  );
}

/** What a task was started with: its deployment may not be the service's latest. */
function balancersOf(state: EcsState, task: TaskRecord): readonly Document[] | undefined {
  const service = serviceOf(state, task);
  const own = service?.deployments.find(({ id }) => id === task.startedBy);
  return (own ?? service)?.workload.loadBalancers;
}

function serviceOf(state: EcsState, task: TaskRecord): ServiceRecord | undefined {
  return task.serviceArn === undefined ? undefined : state.services.get(task.serviceArn);
}

/** The group that has a task stopped, for the reason that is given then. */
export function firstTargetGroup(state: EcsState, task: TaskRecord): string | undefined {
  return groupsOf(balancersOf(state, task))[0];
}

/** The tasks that are registered in a target group: from when they run until they have stopped. */
export function registeredTargets(state: EcsState, targetGroupArn: string): TargetView[] {
  return [...state.tasks.values()].flatMap((task) => {
    const balancer = (balancersOf(state, task) ?? []).find((one) => one.targetGroupArn === targetGroupArn);
    const running = task.startedAt !== undefined && task.lastStatus !== 'STOPPED';
    if (balancer === undefined || !running) return [];
    return [
      {
        id: task.network?.address ?? task.containerInstanceArn ?? task.id,
        port: Number(balancer.containerPort),
        zone: task.availabilityZone,
        state: stateOf(state, task),
      },
    ];
  });
}

function stateOf(state: EcsState, task: TaskRecord): TargetView['state'] {
  if (task.desiredStatus === 'STOPPED') return 'draining';
  if (task.healthyAt !== undefined) return 'healthy';
  const failing = verdicts(state, task).some(({ health, afterMs }) => {
    const since = state.context.clock.now() - (task.startedAt ?? 0);
    return health === 'unhealthy' && since >= afterMs;
  });
  return failing ? 'unhealthy' : 'initial';
}
