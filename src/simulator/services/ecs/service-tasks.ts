import { emitServiceAction, withMessage } from './events.ts';
import type { Outcome } from './outcomes.ts';
import type { ClusterRecord, DeploymentRecord, ServiceRecord, Tag, TaskRecord } from './records.ts';
import type { EcsState } from './state.ts';
import { mergeTags } from './tags.ts';
import { admitTask, stopTask } from './task-life.ts';
import { drawOutcome, isFargate, makeTask, type TaskRequest } from './task-start.ts';

/** The tasks of a service: which there are, and how the scheduler starts and stops them. */

const NO_INSTANCES = 'No Container Instances were found in your cluster.';

/** Replaces a service's record; every change of one passes here. */
export function updateService(
  state: EcsState,
  arn: string,
  change: (service: ServiceRecord) => ServiceRecord,
): void {
  const service = state.services.get(arn);
  if (service === undefined) return;
  const changed = change(service);
  if (changed !== service) state.services.put(arn, changed);
}

/** Tasks of the service that have not stopped, the stopping ones among them. */
export function tasksOf(state: EcsState, serviceArn: string): TaskRecord[] {
  const tasks: TaskRecord[] = [];
  for (const arn of state.liveTasks.get(serviceArn) ?? []) {
    const task = state.tasks.get(arn);
    if (task !== undefined) tasks.push(task);
  }
  return tasks;
}

/** How many tasks there should be: for DAEMON one for each machine. */
export function desiredTasks(state: EcsState, service: ServiceRecord): number {
  if (service.status !== 'ACTIVE') return 0;
  if (service.settings.schedulingStrategy === 'REPLICA') return service.desiredCount;
  return state.clusters.get(service.clusterName)?.containerInstances ?? 0;
}

/** What the tasks of a deployment are made from. */
export function requestOf(
  state: EcsState,
  service: ServiceRecord,
  deployment: DeploymentRecord,
): TaskRequest | undefined {
  const cluster = state.clusters.get(service.clusterName);
  const definition = state.taskDefinitions.get(deployment.workload.taskDefinition);
  if (cluster === undefined || definition === undefined) return undefined;
  return {
    cluster,
    definition,
    group: `service:${service.name}`,
    serviceArn: service.arn,
    startedBy: deployment.id,
    launchType: deployment.workload.launchType,
    capacityProviderStrategy: deployment.workload.capacityProviderStrategy,
    platformVersion: deployment.workload.platformVersion,
    networkConfiguration: deployment.workload.networkConfiguration,
    enableExecuteCommand: service.settings.enableExecuteCommand,
    tags: taskTags(service, cluster, definition.tags),
  };
}

function taskTags(service: ServiceRecord, cluster: ClusterRecord, ofDefinition: readonly Tag[]): Tag[] {
  const { propagateTags, enableECSManagedTags } = service.settings;
  const managed = [
    { key: 'aws:ecs:clusterName', value: cluster.name },
    { key: 'aws:ecs:serviceName', value: service.name },
  ];
  const propagated = { SERVICE: service.tags, TASK_DEFINITION: ofDefinition, NONE: [] }[propagateTags];
  return mergeTags(propagated, enableECSManagedTags ? managed : []);
}

/** Starts tasks of a deployment; gives the reason when there was no room for one. */
export function startTasks(
  state: EcsState,
  service: ServiceRecord,
  deployment: DeploymentRecord,
  count: number,
): string | undefined {
  const request = requestOf(state, service, deployment);
  if (request === undefined) return undefined;
  const started: TaskRecord[] = [];
  let refusal: string | undefined;
  while (started.length < count && refusal === undefined) {
    const outcome = drawOutcome(state, request);
    refusal = placementFailure(request, outcome);
    if (refusal === undefined) started.push(admitTask(state, makeTask(state, request, outcome)));
  }
  tell(state, service.arn, started, (ids) => `has started ${started.length} tasks: ${ids}.`);
  if (refusal !== undefined) reportPlacement(state, service, refusal);
  return refusal;
}

/** Why a task cannot be placed, in ECS's words. */
export function placementFailure(request: TaskRequest, outcome: Outcome | undefined): string | undefined {
  if (outcome?.placementFailure !== undefined) return outcome.placementFailure;
  return !isFargate(request) && request.cluster.containerInstances === 0 ? NO_INSTANCES : undefined;
}

function reportPlacement(state: EcsState, service: ServiceRecord, reason: string): void {
  emitServiceAction(state, service, 'ERROR', 'SERVICE_TASK_PLACEMENT_FAILURE', reason);
  updateService(state, service.arn, (current) =>
    withMessage(state, current, `was unable to place a task. Reason: ${reason}`),
  );
}

/** Stops tasks on behalf of the scheduler. */
export function stopTasks(state: EcsState, service: ServiceRecord, arns: readonly string[]): void {
  const deployment = service.deployments[0]?.id ?? 'unknown';
  const stopped = arns.flatMap((arn) => {
    const task = state.tasks.get(arn);
    if (task === undefined || task.desiredStatus === 'STOPPED') return [];
    return stopTask(state, task, {
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: `Scaling activity initiated by (deployment ${deployment})`,
    });
  });
  tell(state, service.arn, stopped, (ids) => `has stopped ${stopped.length} running tasks: ${ids}.`);
}

function tell(
  state: EcsState,
  serviceArn: string,
  tasks: readonly TaskRecord[],
  words: (ids: string) => string,
): void {
  if (tasks.length === 0) return;
  const ids = tasks.map(({ id }) => `(task ${id})`).join(' ');
  updateService(state, serviceArn, (service) => withMessage(state, service, words(ids)));
}
