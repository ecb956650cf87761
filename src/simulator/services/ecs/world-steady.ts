import { randomHex } from '../../random.ts';
import { newDeploymentId, newServiceDeploymentArn, newServiceRevisionArn } from './identifiers.ts';
import type { DeploymentRecord, ServiceRecord } from './records.ts';
import { breakerThreshold } from './rolling.ts';
import { putDeployment } from './rollout.ts';
import { desiredTasks, requestOf } from './service-tasks.ts';
import type { EcsState } from './state.ts';
import { indexTask } from './task-life.ts';
import { makeTask } from './task-start.ts';

/** The service as it is long after its last deployment. */
export function runSteadily(state: EcsState, service: ServiceRecord): void {
  const id = newDeploymentId(state);
  const desired = desiredTasks(state, service);
  const deployment: DeploymentRecord = {
    id,
    serviceDeploymentArn: newServiceDeploymentArn(state, service.clusterName, service.name),
    serviceRevisionArn: newServiceRevisionArn(state, service.clusterName, service.name),
    workload: service.workload,
    rolloutState: 'COMPLETED',
    rolloutStateReason: `ECS deployment ${id} completed.`,
    createdAt: service.createdAt,
    updatedAt: service.createdAt,
    runningCount: desired,
    pendingCount: 0,
    failedTasks: 0,
    isRollback: false,
  };
  const completed = { ...service, deployments: [deployment], lastCompleted: deployment };
  state.services.put(service.arn, completed);
  recordCompleted(state, completed, deployment);
  const request = requestOf(state, completed, deployment);
  if (request === undefined) return;
  for (let index = 0; index < desired; index += 1) {
    const task = makeTask(state, request, undefined);
    indexTask(state, {
      ...task,
      lastStatus: 'RUNNING',
      version: 4,
      createdAt: service.createdAt,
      updatedAt: service.createdAt,
      connectivityAt: service.createdAt,
      pullStartedAt: service.createdAt,
      pullStoppedAt: service.createdAt,
      startedAt: service.createdAt,
      healthyAt: service.createdAt,
      containers: task.containers.map((container) => ({
        ...container,
        lastStatus: 'RUNNING',
        imageDigest: `sha256:${randomHex(state.context.random, 64)}`,
        runtimeId: `${task.id}-${randomHex(state.context.random, 10)}`,
      })),
    });
  }
}

function recordCompleted(state: EcsState, service: ServiceRecord, deployment: DeploymentRecord): void {
  const { createdAt } = service;
  const configuration = service.settings.deploymentConfiguration;
  const breaker = configuration.deploymentCircuitBreaker;
  state.revisions.put(deployment.serviceRevisionArn, {
    arn: deployment.serviceRevisionArn,
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    workload: service.workload,
    createdAt,
  });
  if (service.settings.controller !== 'ECS') return;
  putDeployment(state, {
    arn: deployment.serviceDeploymentArn,
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    deploymentId: deployment.id,
    status: 'SUCCESSFUL',
    createdAt,
    startedAt: createdAt,
    finishedAt: createdAt,
    updatedAt: createdAt,
    sourceRevisions: [],
    targetRevisionArn: deployment.serviceRevisionArn,
    deploymentConfiguration: configuration,
    requestedCount: deployment.runningCount,
    runningCount: deployment.runningCount,
    pendingCount: 0,
    failureCount: 0,
    threshold: breakerThreshold(service.desiredCount, breaker?.thresholdConfiguration),
    breakerStatus: breaker?.enable === true ? 'MONITORING_COMPLETE' : 'DISABLED',
  });
}
