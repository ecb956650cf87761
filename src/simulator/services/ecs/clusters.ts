import { z } from 'zod';
import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { clusterNotFound, invalidParameter } from './errors.ts';
import { clusterName } from './identifiers.ts';
import { type Document, parseInput } from './input.ts';
import { cutPage, pageAnswer } from './reads.ts';
import type { ClusterRecord } from './records.ts';
import { capacityProviderStrategy, opaque, paging, tag, text, texts } from './shapes.ts';
import type { EcsState } from './state.ts';
import { checkTags } from './tags.ts';
import { isEcsName } from './task-definition-rules.ts';

const DESCRIBE_MAX = 100;

const createShape = z.object({
  clusterName: text.optional(),
  tags: z.array(tag).optional(),
  settings: z.array(opaque).optional(),
  configuration: opaque.optional(),
  capacityProviders: texts.optional(),
  defaultCapacityProviderStrategy: capacityProviderStrategy.optional(),
  serviceConnectDefaults: opaque.optional(),
});

/** An ACTIVE cluster of the same name is given back as it is. */
export function createCluster(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(createShape, input);
  const name = request.clusterName ?? 'default';
  if (!isEcsName(name)) throw invalidParameter('Invalid cluster name.');
  const arn = state.context.arn('ecs', `cluster/${name}`);
  state.context.authorize('ecs:CreateCluster', arn, caller);
  const existing = state.clusters.get(name);
  if (existing?.status === 'ACTIVE') return { cluster: renderCluster(state, existing, ALL_FIELDS) };
  const cluster: ClusterRecord = {
    name,
    arn,
    status: 'ACTIVE',
    tags: checkTags(request.tags),
    settings: request.settings ?? [{ name: 'containerInsights', value: 'disabled' }],
    configuration: request.configuration,
    capacityProviders: request.capacityProviders ?? [],
    defaultCapacityProviderStrategy: request.defaultCapacityProviderStrategy ?? [],
    containerInstances: 0,
  };
  state.clusters.set(name, cluster);
  return { cluster: renderCluster(state, cluster, ALL_FIELDS) };
}

const ALL_FIELDS: readonly string[] = ['TAGS', 'SETTINGS', 'CONFIGURATIONS', 'STATISTICS'];

const describeShape = z.object({
  clusters: texts.optional(),
  include: z.array(z.enum(['ATTACHMENTS', 'CONFIGURATIONS', 'SETTINGS', 'STATISTICS', 'TAGS'])).optional(),
});

export function describeClusters(state: EcsState, input: Document, caller: Caller): Document {
  const { clusters: given = ['default'], include = [] } = parseInput(describeShape, input);
  if (given.length > DESCRIBE_MAX) throw invalidParameter(`Clusters cannot be more than ${DESCRIBE_MAX}.`);
  const clusters: Document[] = [];
  const failures: Document[] = [];
  for (const reference of given) {
    const name = clusterName(state, reference);
    const arn = state.context.arn('ecs', `cluster/${name}`);
    state.context.authorize('ecs:DescribeClusters', arn, caller);
    const cluster = state.clusters.get(name);
    if (cluster === undefined) failures.push({ arn, reason: 'MISSING' });
    else clusters.push(renderCluster(state, cluster, include));
  }
  return { clusters, failures };
}

const listShape = z.object(paging);

export function listClusters(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(listShape, input);
  state.context.authorize('ecs:ListClusters', '*', caller);
  const active = [...state.clusters.values()]
    .filter((cluster) => cluster.status === 'ACTIVE')
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = cutPage(active, ({ name }) => name, {
    scope: 'clusters',
    maxResults: request.maxResults,
    nextToken: request.nextToken,
    defaultMax: 100,
  });
  return pageAnswer('clusterArns', page, ({ arn }) => arn);
}

const deleteShape = z.object({ cluster: text });

/** The cluster stays visible as INACTIVE. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html */
export function deleteCluster(state: EcsState, input: Document, caller: Caller): Document {
  const { cluster: given } = parseInput(deleteShape, input);
  const name = clusterName(state, given);
  const cluster = state.clusters.get(name);
  state.context.authorize('ecs:DeleteCluster', state.context.arn('ecs', `cluster/${name}`), caller);
  if (cluster === undefined) throw clusterNotFound();
  const counts = countCluster(state, cluster);
  if (cluster.containerInstances > 0) {
    throw new AwsError(
      'ClusterContainsContainerInstancesException',
      'The Cluster cannot be deleted while Container Instances are active or draining.',
    );
  }
  if (counts.services > 0) {
    throw new AwsError(
      'ClusterContainsServicesException',
      'The Cluster cannot be deleted while Services are active.',
    );
  }
  if (counts.running + counts.pending > 0) {
    throw new AwsError(
      'ClusterContainsTasksException',
      'The Cluster cannot be deleted while Tasks are active.',
    );
  }
  const deleted: ClusterRecord = { ...cluster, status: 'INACTIVE' };
  state.clusters.set(name, deleted);
  return { cluster: renderCluster(state, deleted, ALL_FIELDS) };
}

function countCluster(
  state: EcsState,
  cluster: ClusterRecord,
): { services: number; running: number; pending: number } {
  const counts = { services: 0, running: 0, pending: 0 };
  for (const service of state.services.values()) {
    if (service.clusterArn === cluster.arn && service.status !== 'INACTIVE') counts.services += 1;
  }
  for (const task of state.tasks.values()) {
    if (task.clusterArn !== cluster.arn || task.desiredStatus === 'STOPPED') continue;
    if (task.lastStatus === 'RUNNING') counts.running += 1;
    else counts.pending += 1;
  }
  return counts;
}

function renderCluster(state: EcsState, cluster: ClusterRecord, include: readonly string[]): Document {
  const counts = countCluster(state, cluster);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: cluster.containerInstances,
    runningTasksCount: counts.running,
    pendingTasksCount: counts.pending,
    activeServicesCount: counts.services,
    statistics: [],
    tags: include.includes('TAGS') ? cluster.tags : [],
    settings: include.includes('SETTINGS') ? cluster.settings : [],
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultCapacityProviderStrategy,
    ...(include.includes('CONFIGURATIONS') && cluster.configuration !== undefined
      ? { configuration: cluster.configuration }
      : {}),
  };
}
