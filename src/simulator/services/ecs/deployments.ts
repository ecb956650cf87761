import { z } from 'zod';
import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { invalidParameter, serviceNotFound } from './errors.ts';
import { findService, instant, requireCluster, seconds, serviceArn } from './identifiers.ts';
import { type Document, parseInput } from './input.ts';
import { cutPage, pageAnswer, readInstant } from './reads.ts';
import type { ServiceDeploymentRecord, ServiceRevisionRecord } from './records.ts';
import { currentRecord, isOngoing, moveRecord, withPrimaryFailed } from './rollout.ts';
import { wake } from './scheduler.ts';
import { updateService } from './service-tasks.ts';
import { renderWorkload } from './service-view.ts';
import { paging, text, texts } from './shapes.ts';
import type { EcsState } from './state.ts';

const DESCRIBE_MAX = 20;

const status = z.enum([
  'PENDING',
  'SUCCESSFUL',
  'STOPPED',
  'STOP_REQUESTED',
  'IN_PROGRESS',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
  'ROLLBACK_SUCCESSFUL',
  'ROLLBACK_FAILED',
]);

const listShape = z.object({
  service: text,
  cluster: text.optional(),
  status: z.array(status).optional(),
  createdAt: z.object({ before: z.number().optional(), after: z.number().optional() }).optional(),
  ...paging,
});

type ListInput = z.infer<typeof listShape>;

/** Newest first. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html */
export function listServiceDeployments(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(listShape, input);
  const cluster = requireCluster(state, request.cluster);
  const arn = serviceArn(state, cluster, request.service);
  state.context.authorize('ecs:ListServiceDeployments', arn, caller);
  const at = readInstant(state.context);
  if (findService(state, arn, at) === undefined) throw serviceNotFound();
  const page = cutPage(
    newestFirst(state, arn, at, request),
    ({ position }) => position,
    {
      scope: `serviceDeployments/${arn}/${request.status?.join()}`,
      maxResults: request.maxResults,
      nextToken: request.nextToken,
      defaultMax: 20,
    },
    (a, b) => a < b,
  );
  return pageAnswer('serviceDeployments', page, ({ record }) => renderBrief(record));
}

interface Listed {
  readonly position: number;
  readonly record: ServiceDeploymentRecord;
}

/** Whoever asks for a page looks at no more of a service's past than that. */
function* newestFirst(
  state: EcsState,
  serviceArn: string,
  at: number | undefined,
  request: ListInput,
): Generator<Listed> {
  const history = state.history.get(serviceArn) ?? [];
  for (let position = history.length - 1; position >= 0; position -= 1) {
    const record = state.deployments.get(history[position] ?? '', at);
    if (record !== undefined && isWanted(record, request)) yield { position, record };
  }
}

function isWanted(record: ServiceDeploymentRecord, request: ListInput): boolean {
  const { before, after } = request.createdAt ?? {};
  const createdAt = seconds(record.createdAt);
  if (before !== undefined && createdAt >= before) return false;
  if (after !== undefined && createdAt <= after) return false;
  const states = request.status ?? [];
  return states.length === 0 || states.includes(record.status);
}

function renderBrief(record: ServiceDeploymentRecord): Document {
  return {
    serviceDeploymentArn: record.arn,
    serviceArn: record.serviceArn,
    clusterArn: record.clusterArn,
    ...instant('createdAt', record.createdAt),
    ...instant('startedAt', record.startedAt),
    ...instant('finishedAt', record.finishedAt),
    targetServiceRevisionArn: record.targetRevisionArn,
    status: record.status,
    ...(record.statusReason === undefined ? {} : { statusReason: record.statusReason }),
  };
}

const describeShape = z.object({ serviceDeploymentArns: texts });

export function describeServiceDeployments(state: EcsState, input: Document, caller: Caller): Document {
  const { serviceDeploymentArns: arns } = parseInput(describeShape, input);
  const at = readInstant(state.context);
  const { found, failures } = lookUp(arns, 'serviceDeploymentArns', (arn) => {
    state.context.authorize('ecs:DescribeServiceDeployments', arn, caller);
    return state.deployments.get(arn, at);
  });
  return { serviceDeployments: found.map((record) => renderServiceDeployment(record)), failures };
}

function lookUp<T>(
  arns: readonly string[],
  member: string,
  get: (arn: string) => T | undefined,
): { found: T[]; failures: Document[] } {
  if (arns.length === 0) throw invalidParameter(`${member} cannot be empty.`);
  if (arns.length > DESCRIBE_MAX) throw invalidParameter(`${member} cannot be more than ${DESCRIBE_MAX}.`);
  const found: T[] = [];
  const failures: Document[] = [];
  for (const arn of new Set(arns)) {
    const record = get(arn);
    if (record === undefined) failures.push({ arn, reason: 'MISSING' });
    else found.push(record);
  }
  return { found, failures };
}

function renderServiceDeployment(record: ServiceDeploymentRecord): Document {
  const { rollback } = record;
  return {
    serviceDeploymentArn: record.arn,
    serviceArn: record.serviceArn,
    clusterArn: record.clusterArn,
    ...instant('createdAt', record.createdAt),
    ...instant('startedAt', record.startedAt),
    ...instant('finishedAt', record.finishedAt),
    ...instant('stoppedAt', record.stoppedAt),
    ...instant('updatedAt', record.updatedAt),
    sourceServiceRevisions: record.sourceRevisions.map(({ arn, runningCount, pendingCount }) => ({
      arn,
      requestedTaskCount: runningCount + pendingCount,
      runningTaskCount: runningCount,
      pendingTaskCount: pendingCount,
    })),
    targetServiceRevision: {
      arn: record.targetRevisionArn,
      requestedTaskCount: record.requestedCount,
      runningTaskCount: record.runningCount,
      pendingTaskCount: record.pendingCount,
    },
    status: record.status,
    ...(record.statusReason === undefined ? {} : { statusReason: record.statusReason }),
    deploymentConfiguration: record.deploymentConfiguration,
    ...(rollback === undefined ? {} : { rollback: { ...rollback, startedAt: seconds(rollback.startedAt) } }),
    deploymentCircuitBreaker: {
      status: record.breakerStatus,
      failureCount: record.failureCount,
      threshold: record.threshold,
    },
    alarms: { status: 'DISABLED', alarmNames: [], triggeredAlarmNames: [] },
  };
}

const revisionsShape = z.object({ serviceRevisionArns: texts });

export function describeServiceRevisions(state: EcsState, input: Document, caller: Caller): Document {
  const { serviceRevisionArns: arns } = parseInput(revisionsShape, input);
  const at = readInstant(state.context);
  const { found, failures } = lookUp(arns, 'serviceRevisionArns', (arn) => {
    state.context.authorize('ecs:DescribeServiceRevisions', arn, caller);
    return state.revisions.get(arn, at);
  });
  return { serviceRevisions: found.map((revision) => renderRevision(state, revision)), failures };
}

function renderRevision(state: EcsState, revision: ServiceRevisionRecord): Document {
  const { workload } = revision;
  const containers = state.taskDefinitions.get(workload.taskDefinition)?.body.containerDefinitions ?? [];
  return {
    serviceRevisionArn: revision.arn,
    serviceArn: revision.serviceArn,
    clusterArn: revision.clusterArn,
    ...renderWorkload(workload),
    loadBalancers: workload.loadBalancers ?? [],
    serviceRegistries: workload.serviceRegistries ?? [],
    ...(workload.serviceConnectConfiguration === undefined
      ? {}
      : { serviceConnectConfiguration: workload.serviceConnectConfiguration }),
    containerImages: containers.map(({ name, image }) => ({ containerName: name, image })),
    guardDutyEnabled: state.knobs.guardDuty,
    ...instant('createdAt', revision.createdAt),
  };
}

const stopShape = z.object({
  serviceDeploymentArn: text,
  stopType: z.enum(['ROLLBACK', 'ABORT']).optional(),
});

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html */
export function stopServiceDeployment(state: EcsState, input: Document, caller: Caller): Document {
  const { serviceDeploymentArn: arn, stopType = 'ROLLBACK' } = parseInput(stopShape, input);
  state.context.authorize('ecs:StopServiceDeployment', arn, caller);
  const record = state.deployments.get(arn);
  if (record === undefined) {
    throw new AwsError('ServiceDeploymentNotFoundException', 'Service deployment not found.');
  }
  const service = findService(state, record.serviceArn);
  const stoppable = record.status === 'PENDING' || record.status === 'IN_PROGRESS';
  const current = service === undefined ? undefined : currentRecord(state, service);
  if (service === undefined || !stoppable || current?.arn !== arn || !isOngoing(record)) {
    throw new AwsError('ConflictException', `The service deployment is in state ${record.status}.`);
  }
  if (stopType === 'ABORT') {
    const reason = 'Service deployment stopped by user request.';
    moveRecord(state, record, { status: 'STOP_REQUESTED', statusReason: reason });
    updateService(state, service.arn, (held) => withPrimaryFailed(held, reason));
  } else {
    if (service.lastCompleted === undefined) {
      throw invalidParameter('No rollback candidate was found to run the rollback.');
    }
    moveRecord(state, record, { status: 'ROLLBACK_REQUESTED' });
  }
  wake(state, service.arn);
  return { serviceDeploymentArn: arn };
}
