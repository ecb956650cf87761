import { emitDeploymentEvent, withMessage } from './events.ts';
import { newDeploymentId, newServiceDeploymentArn, newServiceRevisionArn } from './identifiers.ts';
import type {
  DeploymentRecord,
  ServiceDeploymentRecord,
  ServiceDeploymentStatus,
  ServiceRecord,
  Workload,
} from './records.ts';
import { breakerThreshold } from './rolling.ts';
import type { EcsState } from './state.ts';

/**
 * The life of a deployment, in its two guises: the entry in `deployments` of a service (id `ecs-svc/…`) and
 * the service deployment. Each function gives the changed service; the caller puts it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
 */

/** Service deployments can be looked up this long. */
const HISTORY_MS = 90 * 24 * 3_600_000;

const BREAKER_FAILED = 'ECS deployment circuit breaker: tasks failed to start.';

const ONGOING: readonly ServiceDeploymentStatus[] = [
  'PENDING',
  'IN_PROGRESS',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
];

/** Starts a deployment of `workload`; the one in progress is superseded. */
export function beginDeployment(state: EcsState, service: ServiceRecord, workload: Workload): ServiceRecord {
  const now = state.context.clock.now();
  const id = newDeploymentId(state);
  const revisionArn = newServiceRevisionArn(state, service.clusterName, service.name);
  const arn = newServiceDeploymentArn(state, service.clusterName, service.name);
  supersede(state, service);
  state.revisions.put(revisionArn, {
    arn: revisionArn,
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    workload,
    createdAt: now,
  });
  const deployment: DeploymentRecord = {
    id,
    serviceDeploymentArn: arn,
    serviceRevisionArn: revisionArn,
    workload,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    createdAt: now,
    updatedAt: now,
    runningCount: 0,
    pendingCount: 0,
    failedTasks: 0,
    isRollback: false,
  };
  // CodeDeploy keeps its own books.
  if (service.settings.controller === 'ECS') recordDeployment(state, service, deployment);
  return {
    ...service,
    workload,
    deployments: [deployment, ...service.deployments],
    steady: false,
    // A new deployment returns the service to normal, non-throttled operation.
    launchFailures: 0,
    nextLaunchAt: undefined,
  };
}

function recordDeployment(state: EcsState, service: ServiceRecord, deployment: DeploymentRecord): void {
  const configuration = service.settings.deploymentConfiguration;
  const breaker = configuration.deploymentCircuitBreaker;
  const running = service.deployments.filter(({ runningCount }) => runningCount > 0);
  putDeployment(state, {
    arn: deployment.serviceDeploymentArn,
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    deploymentId: deployment.id,
    status: 'PENDING',
    createdAt: deployment.createdAt,
    updatedAt: deployment.createdAt,
    sourceRevisions: running.map(({ serviceRevisionArn, runningCount, pendingCount }) => ({
      arn: serviceRevisionArn,
      runningCount,
      pendingCount,
    })),
    targetRevisionArn: deployment.serviceRevisionArn,
    deploymentConfiguration: configuration,
    requestedCount: service.desiredCount,
    runningCount: 0,
    pendingCount: 0,
    failureCount: 0,
    threshold: breakerThreshold(service.desiredCount, breaker?.thresholdConfiguration),
    breakerStatus: breaker?.enable === true ? 'MONITORING' : 'DISABLED',
  });
}

/** Puts a service deployment and keeps the service's list of them, without those that are too old. */
export function putDeployment(state: EcsState, record: ServiceDeploymentRecord): void {
  if (state.deployments.get(record.arn) === undefined) noteNew(state, record);
  state.deployments.put(record.arn, record);
  const stopping = state.stopping.get(record.serviceArn) ?? new Set();
  if (record.status === 'STOP_REQUESTED') state.stopping.set(record.serviceArn, stopping.add(record.arn));
  else if (stopping.delete(record.arn) && stopping.size === 0) state.stopping.delete(record.serviceArn);
}

function noteNew(state: EcsState, { arn, serviceArn }: ServiceDeploymentRecord): void {
  const horizon = state.context.clock.now() - HISTORY_MS;
  const history = state.history.get(serviceArn) ?? [];
  state.history.set(serviceArn, history);
  history.push(arn);
  // The oldest come first.
  for (let oldest = history[0]; oldest !== undefined && oldest !== arn; oldest = history[0]) {
    if ((state.deployments.get(oldest)?.createdAt ?? 0) > horizon) break;
    state.deployments.remove(oldest);
    history.shift();
  }
}

/** The service deployment behind a service's PRIMARY deployment. */
export function currentRecord(state: EcsState, service: ServiceRecord): ServiceDeploymentRecord | undefined {
  const arn = service.deployments[0]?.serviceDeploymentArn;
  return arn === undefined ? undefined : state.deployments.get(arn);
}

/** Changes a service deployment's state; what it ends in is final. */
export function moveRecord(
  state: EcsState,
  record: ServiceDeploymentRecord,
  patch: Partial<ServiceDeploymentRecord>,
): void {
  const now = state.context.clock.now();
  const finished = patch.status !== undefined && isFinal(patch.status);
  putDeployment(state, {
    ...record,
    ...patch,
    updatedAt: now,
    ...(finished ? { finishedAt: now } : {}),
    ...(patch.status === 'STOPPED' ? { stoppedAt: now } : {}),
  });
}

function isFinal(status: ServiceDeploymentStatus): boolean {
  return !ONGOING.includes(status) && status !== 'STOP_REQUESTED';
}

export function isOngoing(record: ServiceDeploymentRecord): boolean {
  return ONGOING.includes(record.status);
}

/** A rollback that is cut short has failed; any other deployment is asked to stop. */
function supersede(state: EcsState, service: ServiceRecord): void {
  const record = currentRecord(state, service);
  if (record === undefined || !isOngoing(record)) return;
  const rollingBack = record.status === 'ROLLBACK_IN_PROGRESS';
  moveRecord(state, record, {
    status: rollingBack ? 'ROLLBACK_FAILED' : 'STOP_REQUESTED',
    statusReason: 'A new service deployment was started.',
  });
}

/** Ends what was asked to stop; AWS takes a moment for it. */
export function endStopped(state: EcsState, service: ServiceRecord): void {
  for (const arn of state.stopping.get(service.arn) ?? []) {
    const record = state.deployments.get(arn);
    if (record !== undefined) moveRecord(state, record, { status: 'STOPPED' });
  }
}

/** The scheduler takes up a deployment that was waiting. */
export function startPending(state: EcsState, service: ServiceRecord): void {
  const record = currentRecord(state, service);
  const primary = service.deployments[0];
  if (record?.status !== 'PENDING' || primary === undefined) return;
  moveRecord(state, record, { status: 'IN_PROGRESS', startedAt: state.context.clock.now() });
  emitDeploymentEvent(state, service, 'SERVICE_DEPLOYMENT_IN_PROGRESS', {
    id: primary.id,
    reason: primary.rolloutStateReason,
  });
}

/** Everything runs as asked. */
export function completeDeployment(state: EcsState, service: ServiceRecord): ServiceRecord {
  const primary = service.deployments[0];
  if (primary === undefined) return service;
  const reason = `ECS deployment ${primary.id} completed.`;
  const completed: DeploymentRecord = {
    ...primary,
    rolloutState: 'COMPLETED',
    rolloutStateReason: reason,
    updatedAt: state.context.clock.now(),
    isRollback: false,
  };
  const record = currentRecord(state, service);
  if (record !== undefined && isOngoing(record)) {
    const rolledBack = record.status === 'ROLLBACK_IN_PROGRESS';
    moveRecord(state, record, {
      status: rolledBack ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL',
      ...(rolledBack || record.breakerStatus === 'DISABLED' ? {} : { breakerStatus: 'MONITORING_COMPLETE' }),
    });
  }
  emitDeploymentEvent(state, service, 'SERVICE_DEPLOYMENT_COMPLETED', { id: primary.id, reason });
  const told = withMessage(state, service, `(deployment ${primary.id}) deployment completed.`);
  return { ...told, deployments: [completed], lastCompleted: completed };
}

/** The service with its PRIMARY deployment in state FAILED. */
export function withPrimaryFailed(service: ServiceRecord, reason: string): ServiceRecord {
  const [primary, ...others] = service.deployments;
  if (primary === undefined) return service;
  const failed: DeploymentRecord = { ...primary, rolloutState: 'FAILED', rolloutStateReason: reason };
  return { ...service, deployments: [failed, ...others] };
}

/** The circuit breaker opens: back to what worked where that is wanted and known, else a standstill. */
export function failDeployment(state: EcsState, service: ServiceRecord): ServiceRecord {
  const primary = service.deployments[0];
  const record = currentRecord(state, service);
  if (primary === undefined || record === undefined) return service;
  emitDeploymentEvent(state, service, 'SERVICE_DEPLOYMENT_FAILED', {
    id: primary.id,
    reason: BREAKER_FAILED,
  });
  const told = withMessage(
    state,
    withPrimaryFailed(service, BREAKER_FAILED),
    `(deployment ${primary.id}) deployment failed: tasks failed to start.`,
  );
  const wanted = service.settings.deploymentConfiguration.deploymentCircuitBreaker?.rollback === true;
  if (record.status === 'ROLLBACK_IN_PROGRESS') {
    moveRecord(state, record, { status: 'ROLLBACK_FAILED', statusReason: BREAKER_FAILED });
    return told;
  }
  if (wanted && service.lastCompleted !== undefined) {
    const reason = `ECS deployment circuit breaker: rolling back to deploymentId ${service.lastCompleted.id}.`;
    return rollBack(state, told, { ...record, breakerStatus: 'TRIGGERED' }, reason);
  }
  moveRecord(state, record, {
    status: 'STOP_REQUESTED',
    statusReason: wanted
      ? `${BREAKER_FAILED} No rollback candidate was found to run the rollback.`
      : BREAKER_FAILED,
    breakerStatus: 'TRIGGERED',
  });
  return told;
}

/**
 * The last completed deployment becomes PRIMARY again under its old id. Until it has completed once more
 * there is nothing to go back to.
 */
export function rollBack(
  state: EcsState,
  service: ServiceRecord,
  record: ServiceDeploymentRecord,
  reason: string,
): ServiceRecord {
  const target = service.lastCompleted;
  if (target === undefined) return service;
  const now = state.context.clock.now();
  const known = service.deployments.find(({ id }) => id === target.id) ?? target;
  const revived: DeploymentRecord = {
    ...known,
    serviceDeploymentArn: record.arn,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: reason,
    updatedAt: now,
    failedTasks: 0,
    isRollback: true,
  };
  moveRecord(state, record, {
    status: 'ROLLBACK_IN_PROGRESS',
    statusReason: reason,
    rollback: { reason, startedAt: now, serviceRevisionArn: target.serviceRevisionArn },
  });
  emitDeploymentEvent(state, service, 'SERVICE_DEPLOYMENT_IN_PROGRESS', { id: target.id, reason });
  const told = withMessage(state, service, `rolling back to deployment ${target.id}.`);
  return {
    ...told,
    workload: target.workload,
    deployments: [revived, ...service.deployments.filter(({ id }) => id !== target.id)],
    lastCompleted: undefined,
    steady: false,
    launchFailures: 0,
    nextLaunchAt: undefined,
  };
}
