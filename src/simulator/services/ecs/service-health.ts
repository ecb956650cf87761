import { emitServiceAction, withMessage } from './events.ts';
import type { DeploymentRecord, ServiceRecord, TaskRecord } from './records.ts';
import { breakerThreshold, isImpaired, launchDelayMs } from './rolling.ts';
import { currentRecord, failDeployment, isOngoing, putDeployment } from './rollout.ts';
import { desiredTasks, tasksOf, updateService } from './service-tasks.ts';
import type { EcsState } from './state.ts';
import { healthyFrom } from './target-health.ts';

/** Counting: what runs, what failed, and when that is too much. */

/** Brings the counts of a service's deployments up to date with its tasks. */
export function recount(state: EcsState, serviceArn: string): void {
  const tasks = tasksOf(state, serviceArn).filter((task) => task.desiredStatus === 'RUNNING');
  updateService(state, serviceArn, (service) => {
    const deployments = service.deployments.map((deployment) => counted(deployment, tasks));
    const same = deployments.every((deployment, index) => deployment === service.deployments[index]);
    return same ? service : { ...service, deployments };
  });
  const service = state.services.get(serviceArn);
  if (service !== undefined) recountRecord(state, service);
}

function counted(deployment: DeploymentRecord, tasks: readonly TaskRecord[]): DeploymentRecord {
  const own = tasks.filter((task) => task.startedBy === deployment.id);
  const runningCount = own.filter((task) => task.lastStatus === 'RUNNING').length;
  const pendingCount = own.length - runningCount;
  if (runningCount === deployment.runningCount && pendingCount === deployment.pendingCount) {
    return deployment;
  }
  return { ...deployment, runningCount, pendingCount };
}

function recountRecord(state: EcsState, service: ServiceRecord): void {
  const record = currentRecord(state, service);
  const primary = service.deployments[0];
  if (record === undefined || primary === undefined || !isOngoing(record)) return;
  const { runningCount, pendingCount } = primary;
  const requestedCount = desiredTasks(state, service);
  if (
    record.runningCount === runningCount &&
    record.pendingCount === pendingCount &&
    record.requestedCount === requestedCount
  ) {
    return;
  }
  putDeployment(state, { ...record, requestedCount, runningCount, pendingCount });
}

/** Marks tasks that have become healthy; the first of a deployment clears its failures. */
export function noteHealthy(state: EcsState, serviceArn: string): void {
  const now = state.context.clock.now();
  for (const task of tasksOf(state, serviceArn)) {
    const ripe = task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING';
    if (!ripe || task.healthyAt !== undefined || healthyFrom(state, task) > now) continue;
    state.tasks.put(task.arn, { ...task, healthyAt: now });
    clearFailures(state, serviceArn, task.startedBy);
  }
}

/** Unless `resetOnHealthyTask` is false, a healthy task forgives the failed ones. */
function clearFailures(state: EcsState, serviceArn: string, deploymentId: string | undefined): void {
  const service = state.services.get(serviceArn);
  const breaker = service?.settings.deploymentConfiguration.deploymentCircuitBreaker;
  if (service === undefined || breaker?.resetOnHealthyTask === false) return;
  const deployment = service.deployments.find(({ id }) => id === deploymentId);
  if (deployment === undefined || deployment.failedTasks === 0) return;
  updateService(state, serviceArn, (current) => withFailures(current, deployment.id, () => 0));
  const record = currentRecord(state, service);
  if (record !== undefined && isOngoing(record)) putDeployment(state, { ...record, failureCount: 0 });
}

function withFailures(
  service: ServiceRecord,
  deploymentId: string,
  count: (before: number) => number,
): ServiceRecord {
  const deployments = service.deployments.map((deployment) =>
    deployment.id === deploymentId
      ? { ...deployment, failedTasks: count(deployment.failedTasks) }
      : deployment,
  );
  return { ...service, deployments };
}

/** A task ran: the scheduler is at ease again. */
export function noteLaunched(state: EcsState, serviceArn: string): void {
  updateService(state, serviceArn, (service) =>
    service.launchFailures === 0 ? service : { ...service, launchFailures: 0, nextLaunchAt: undefined },
  );
}

/**
 * A task failed: it never ran, or its health checks failed, or there was no room for it. The circuit breaker
 * counts it while its deployment is in progress; tasks that never ran also slow the scheduler down.
 */
export function noteFailure(
  state: EcsState,
  serviceArn: string,
  failure: { readonly deploymentId: string | undefined; readonly ran: boolean },
): void {
  if (!failure.ran) throttleLaunches(state, serviceArn);
  const { deploymentId } = failure;
  if (deploymentId === undefined) return;
  updateService(state, serviceArn, (service) => withFailures(service, deploymentId, (before) => before + 1));
  const service = state.services.get(serviceArn);
  const primary = service?.deployments[0];
  if (service !== undefined && primary?.id === deploymentId && primary.rolloutState === 'IN_PROGRESS') {
    watchBreaker(state, service, primary.failedTasks);
  }
}

function watchBreaker(state: EcsState, service: ServiceRecord, failureCount: number): void {
  const breaker = service.settings.deploymentConfiguration.deploymentCircuitBreaker;
  const record = currentRecord(state, service);
  if (record === undefined || !isOngoing(record)) return;
  const threshold = breakerThreshold(desiredTasks(state, service), breaker?.thresholdConfiguration);
  putDeployment(state, { ...record, failureCount, threshold });
  if (breaker?.enable !== true || failureCount < threshold) return;
  updateService(state, service.arn, (current) => failDeployment(state, current));
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html */
function throttleLaunches(state: EcsState, serviceArn: string): void {
  const before = state.services.get(serviceArn);
  if (before === undefined) return;
  const launchFailures = before.launchFailures + 1;
  const size = Math.max(1, desiredTasks(state, before));
  const rounds = Math.floor(launchFailures / size);
  const delayMs = launchDelayMs(rounds);
  const nextLaunchAt = delayMs === 0 ? undefined : state.context.clock.now() + delayMs;
  updateService(state, serviceArn, (service) => ({ ...service, launchFailures, nextLaunchAt }));
  if (!isImpaired(rounds) || isImpaired(Math.floor(before.launchFailures / size))) return;
  emitServiceAction(state, before, 'WARN', 'SERVICE_TASK_START_IMPAIRED');
  updateService(state, serviceArn, (service) =>
    withMessage(state, service, 'is unable to consistently start tasks successfully.'),
  );
}
