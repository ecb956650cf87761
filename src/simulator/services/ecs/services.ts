import { z } from 'zod';
import type { Caller } from '../../region.ts';
import { invalidParameter, serviceNotActive, serviceNotFound } from './errors.ts';
import { emitServiceAction, withMessage } from './events.ts';
import { clusterName, findService, principalArn, requireCluster, serviceArn } from './identifiers.ts';
import { canonical, type Document, parseInput } from './input.ts';
import type { ClusterRecord, ServiceRecord, TaskDefinitionRecord } from './records.ts';
import { beginDeployment } from './rollout.ts';
import { wake } from './scheduler.ts';
import {
  changedSettings,
  changedWorkload,
  checkServiceExec,
  needsDeployment,
  newSettings,
  newWorkload,
} from './service-build.ts';
import { checkCreate, checkServiceQuota, checkUpdate, checkWorkload } from './service-rules.ts';
import { renderService } from './service-view.ts';
import {
  type CreateServiceInput,
  createService as createShape,
  flag,
  text,
  type UpdateServiceInput,
  updateService as updateShape,
} from './shapes.ts';
import type { EcsState } from './state.ts';
import { checkTags } from './tags.ts';
import { requireTaskDefinition } from './task-definition-store.ts';

/** Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html, `role` */
const PASSED_TO_ECS = { 'iam:PassedToService': 'ecs.amazonaws.com' };

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html */
export function createService(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(createShape, input);
  const cluster = requireCluster(state, request.cluster);
  const arn = state.serviceArn(cluster.name)(request.serviceName);
  state.context.authorize('ecs:CreateService', arn, caller);
  if (request.role !== undefined)
    state.context.authorize('iam:PassRole', request.role, caller, PASSED_TO_ECS);
  checkCreate(request);
  const fingerprint = fingerprintOf(cluster, request);
  const existing = findService(state, arn);
  if (existing !== undefined && existing.status !== 'INACTIVE') {
    return createAgain(existing, fingerprint);
  }
  checkServiceQuota(state, cluster.arn);
  const tags = checkTags(request.tags);
  if (tags.length > 0) state.context.authorize('ecs:TagResource', arn, caller);
  const created = makeService(state, cluster, request, {
    arn,
    tags,
    request: fingerprint,
    createdBy: principalArn(state, caller),
  });
  state.services.put(arn, created);
  wake(state, arn);
  return { service: renderService(created, { tags: true }) };
}

/** Everything but the token, which only says that a request is a repetition. */
function fingerprintOf(cluster: ClusterRecord, request: CreateServiceInput): string {
  const { clientToken, ...asked } = request;
  return canonical({ ...asked, cluster: cluster.name });
}

/** The same request again finds the service as it is; any other clashes with it. */
function createAgain(existing: ServiceRecord, fingerprint: string): Document {
  if (existing.status === 'DRAINING') {
    throw invalidParameter('Unable to Start a service that is still Draining.');
  }
  if (existing.request !== fingerprint) throw invalidParameter('Creation of service was not idempotent.');
  return { service: renderService(existing, { tags: true }) };
}

function makeService(
  state: EcsState,
  cluster: ClusterRecord,
  request: CreateServiceInput,
  identity: Pick<ServiceRecord, 'arn' | 'tags' | 'request' | 'createdBy'>,
): ServiceRecord {
  const settings = newSettings(state, request);
  const external = settings.controller === 'EXTERNAL';
  const definition = external ? undefined : requireTaskDefinition(state, request.taskDefinition ?? '');
  const workload = newWorkload(cluster, request, definition);
  if (definition !== undefined) {
    checkWorkload(state, definition, workload, settings.schedulingStrategy);
    checkServiceExec(definition, settings.enableExecuteCommand);
  }
  const service: ServiceRecord = {
    ...identity,
    name: request.serviceName,
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    desiredCount: request.desiredCount ?? cluster.containerInstances,
    workload,
    settings,
    deployments: [],
    events: [],
    steady: false,
    createdAt: state.context.clock.now(),
    launchFailures: 0,
  };
  return external ? service : beginDeployment(state, service, workload);
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html */
export function updateService(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(updateShape, input);
  const cluster = requireCluster(state, request.cluster);
  const arn = serviceArn(state, cluster, request.service);
  state.context.authorize('ecs:UpdateService', arn, caller);
  const service = findService(state, arn);
  if (service === undefined) throw serviceNotFound();
  if (service.status !== 'ACTIVE') throw serviceNotActive();
  checkUpdate(service, request);
  const updated = changeService(state, cluster, service, request);
  state.services.put(arn, updated);
  wake(state, arn);
  return { service: renderService(updated, { tags: true }) };
}

function changeService(
  state: EcsState,
  cluster: ClusterRecord,
  service: ServiceRecord,
  request: UpdateServiceInput,
): ServiceRecord {
  const asked =
    request.taskDefinition === undefined ? undefined : requireTaskDefinition(state, request.taskDefinition);
  const workload = changedWorkload(cluster, service, request, asked);
  const settings = changedSettings(service.settings, request);
  const definition = asked ?? state.taskDefinitions.get(workload.taskDefinition);
  const deploys = request.forceNewDeployment === true || needsDeployment(service.workload, workload);
  if (definition !== undefined) checkChange(state, service, request, { definition, workload, deploys });
  const updated: ServiceRecord = {
    ...service,
    settings,
    desiredCount: request.desiredCount ?? service.desiredCount,
    request: undefined,
  };
  return deploys ? beginDeployment(state, updated, workload) : updated;
}

function checkChange(
  state: EcsState,
  service: ServiceRecord,
  request: UpdateServiceInput,
  change: {
    readonly definition: TaskDefinitionRecord;
    readonly workload: ServiceRecord['workload'];
    readonly deploys: boolean;
  },
): void {
  const { definition, workload, deploys } = change;
  if (deploys) checkWorkload(state, definition, workload, service.settings.schedulingStrategy);
  const exec = request.enableExecuteCommand ?? (deploys && service.settings.enableExecuteCommand);
  checkServiceExec(definition, exec);
}

const deleteShape = z.object({ cluster: text.optional(), service: text, force: flag.optional() });

/** The service drains; only when its tasks have stopped it becomes INACTIVE. */
export function deleteService(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(deleteShape, input);
  const cluster = requireCluster(state, request.cluster);
  const arn = serviceArn(state, cluster, request.service);
  state.context.authorize('ecs:DeleteService', arn, caller);
  const service = findService(state, arn);
  if (service === undefined || service.status === 'INACTIVE') throw serviceNotFound();
  const replica = service.settings.schedulingStrategy === 'REPLICA';
  if (replica && service.desiredCount > 0 && request.force !== true) {
    throw invalidParameter('The service cannot be stopped while it is scaled above 0.');
  }
  const draining: ServiceRecord = { ...service, status: 'DRAINING', desiredCount: 0, request: undefined };
  state.services.put(arn, draining);
  state.context.offers.serviceDeleted?.(cluster.name, service.name);
  wake(state, arn);
  return { service: renderService(draining, { tags: true }) };
}

/** Application Auto Scaling's view: counts of an ACTIVE service, or undefined. */
export function serviceCounts(
  state: EcsState,
  cluster: string,
  name: string,
): { desired: number; running: number } | undefined {
  const service = activeService(state, cluster, name);
  if (service === undefined) return undefined;
  const running = service.deployments.reduce((sum, { runningCount }) => sum + runningCount, 0);
  return { desired: service.desiredCount, running };
}

/** Whether a deployment of an ACTIVE service is in progress: Application Auto Scaling does not scale in then. */
export function isDeploying(state: EcsState, cluster: string, name: string): boolean {
  const deployments = activeService(state, cluster, name)?.deployments ?? [];
  return deployments.some(({ rolloutState }) => rolloutState === 'IN_PROGRESS');
}

/**
 * What Application Auto Scaling does to a service; nothing when there is no such service. Unlike a person's
 * UpdateService it is reported as SERVICE_DESIRED_COUNT_UPDATED.
 */
export function setDesiredCount(state: EcsState, cluster: string, name: string, count: number): void {
  const service = activeService(state, cluster, name);
  if (service === undefined || service.desiredCount === count) return;
  const message = `Message: Successfully set desired count to ${count}. Change successfully fulfilled by ecs.`;
  state.services.put(service.arn, {
    ...withMessage(state, service, message),
    desiredCount: count,
    request: undefined,
  });
  emitServiceAction(state, service, 'INFO', 'SERVICE_DESIRED_COUNT_UPDATED');
  wake(state, service.arn);
}

function activeService(state: EcsState, cluster: string, name: string): ServiceRecord | undefined {
  const arn = state.serviceArn(clusterName(state, cluster))(name);
  const service = findService(state, arn);
  return service?.status === 'ACTIVE' ? service : undefined;
}
