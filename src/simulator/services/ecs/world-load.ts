import { z } from 'zod';
import { checkLoadBalancers, checkNetwork } from './launch-rules.ts';
import type { ClusterRecord, ServiceRecord, TaskDefinitionRecord, Workload } from './records.ts';
import { putDeployment } from './rollout.ts';
import { wake } from './scheduler.ts';
import { newSettings, newWorkload } from './service-build.ts';
import type { EcsState } from './state.ts';
import { clearAlarm } from './state.ts';
import { checkTags } from './tags.ts';
import { normalizeTaskDefinition } from './task-definition-normal.ts';
import { checkTaskDefinition } from './task-definition-rules.ts';
import {
  findTaskDefinition,
  parseReference,
  putTaskDefinition,
  taskDefinitionArn,
} from './task-definition-store.ts';
import { armTask, indexTask } from './task-life.ts';
import {
  type ClusterEntry,
  type Section,
  type ServiceEntry,
  sectionShape,
  type TaskDefinitionEntry,
} from './world-shape.ts';
import { runSteadily } from './world-steady.ts';

/** Who made things, when the world does not say. */
function owner(state: EcsState): string {
  return `arn:aws:iam::${state.context.account}:root`;
}

/** For services in awsvpc that say nothing about their network. */
const USUAL_NETWORK = {
  awsvpcConfiguration: { subnets: ['subnet-0a1b2c3d4e5f60718'], securityGroups: [] },
};

/** Replaces everything by what the section says; throws a sentence that names the place. */
export function loadSection(state: EcsState, content: unknown): void {
  const parsed = sectionShape.safeParse(content);
  if (!parsed.success) throw new Error(`ecs: ${z.prettifyError(parsed.error)}`);
  clear(state);
  const section = parsed.data;
  state.knobs.outcomes = section.outcomes ?? [];
  state.knobs.images = section.images ?? {};
  state.knobs.guardDuty = section.guardDuty ?? false;
  state.knobs.unattachedTargetGroups = section.unattachedTargetGroups ?? [];
  each('clusters', section.clusters, nameOf, (entry) => loadCluster(state, entry));
  each(
    'taskDefinitions',
    section.taskDefinitions,
    ({ family }) => family,
    (entry) => loadTaskDefinition(state, entry),
  );
  for (const [family, lastRevision] of Object.entries(section.lastRevisions ?? {})) {
    const known = state.families.get(family);
    state.families.set(family, {
      revisions: known?.revisions ?? [],
      lastRevision: Math.max(lastRevision, known?.lastRevision ?? 0),
    });
  }
  loadHistory(state, section);
  each('services', section.services, nameOf, (entry) => loadService(state, entry));
  resume(state);
  for (const shelf of shelvesOf(state)) shelf.forgetPast();
}

const nameOf = ({ name }: { readonly name: string }) => name;

/** Whatever goes wrong with an entry is told with its place. */
function each<T>(
  section: string,
  entries: readonly T[] | undefined,
  name: (entry: T) => string,
  load: (entry: T) => void,
): void {
  for (const [index, entry] of (entries ?? []).entries()) {
    try {
      load(entry);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`ecs: ${section}[${index}] (${name(entry)}): ${message}`, { cause: error });
    }
  }
}

function shelvesOf(state: EcsState) {
  return [state.taskDefinitions, state.services, state.deployments, state.revisions, state.tasks];
}

function clear(state: EcsState): void {
  for (const name of [...state.timers.keys()]) clearAlarm(state, name);
  const { clusters, families, liveTasks, history, stopping, tokens } = state;
  for (const map of [clusters, families, liveTasks, history, stopping, tokens]) map.clear();
  for (const shelf of shelvesOf(state)) shelf.clear();
  state.stopped.length = 0;
  state.knobs.contendedFamilies.clear();
}

function loadCluster(state: EcsState, entry: ClusterEntry): void {
  if (state.clusters.has(entry.name)) throw new Error('this cluster is there twice');
  state.clusters.set(entry.name, {
    name: entry.name,
    arn: state.context.arn('ecs', `cluster/${entry.name}`),
    status: entry.status ?? 'ACTIVE',
    tags: checkTags(entry.tags),
    settings: entry.settings ?? [{ name: 'containerInsights', value: 'disabled' }],
    configuration: entry.configuration,
    capacityProviders: entry.capacityProviders ?? ['FARGATE', 'FARGATE_SPOT'],
    defaultCapacityProviderStrategy: entry.defaultCapacityProviderStrategy ?? [],
    containerInstances: entry.containerInstances ?? 0,
  });
}

/** Revisions count up in the order of the entries unless they are given. */
function loadTaskDefinition(state: EcsState, entry: TaskDefinitionEntry): void {
  const {
    revision: given,
    status = 'ACTIVE',
    tags,
    registeredAt = state.context.clock.now(),
    registeredBy = owner(state),
    deregisteredAt,
    deleteRequestedAt,
    ...definition
  } = entry;
  checkTaskDefinition(definition);
  const revision = given ?? (state.families.get(entry.family)?.lastRevision ?? 0) + 1;
  const arn = taskDefinitionArn(state, entry.family, revision);
  if (state.taskDefinitions.get(arn) !== undefined) throw new Error(`revision ${revision} is there twice`);
  putTaskDefinition(state, {
    arn,
    family: entry.family,
    revision,
    status,
    body: normalizeTaskDefinition(definition),
    tags: checkTags(tags),
    registeredAt,
    registeredBy,
    ...(deregisteredAt === undefined ? {} : { deregisteredAt }),
    ...(deleteRequestedAt === undefined ? {} : { deleteRequestedAt }),
  });
}

function loadHistory(state: EcsState, section: Section): void {
  for (const { rollback, ...record } of section.serviceDeployments ?? []) {
    putDeployment(state, { ...record, ...(rollback === undefined ? {} : { rollback }) });
  }
  for (const revision of section.serviceRevisions ?? []) state.revisions.put(revision.arn, revision);
  const tasks = section.tasks ?? [];
  for (const task of tasks) indexTask(state, task);
  const stopped = tasks.filter(({ lastStatus }) => lastStatus === 'STOPPED');
  stopped.sort((a, b) => (a.stoppedAt ?? 0) - (b.stoppedAt ?? 0));
  state.stopped.push(...stopped.map(({ arn }) => arn));
  for (const [name, token] of Object.entries(section.clientTokens ?? {})) state.tokens.set(name, token);
}

function loadService(state: EcsState, entry: ServiceEntry): void {
  const cluster = state.clusters.get(entry.cluster);
  if (cluster === undefined) throw new Error(`there is no cluster "${entry.cluster}" in the section`);
  const arn = state.context.arn('ecs', `service/${cluster.name}/${entry.name}`);
  if (state.services.get(arn) !== undefined) throw new Error('this service is there twice');
  const settings = newSettings(state, entry);
  const definition = findDefinition(state, entry, settings.controller);
  const workload = usualWorkload(cluster, entry, definition);
  const service: ServiceRecord = {
    arn,
    name: entry.name,
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    desiredCount:
      entry.desiredCount ?? (settings.schedulingStrategy === 'DAEMON' ? cluster.containerInstances : 1),
    workload,
    settings,
    tags: entry.tags ?? [],
    deployments: [],
    events: [],
    steady: true,
    createdAt: entry.createdAt ?? state.context.clock.now(),
    createdBy: entry.createdBy ?? owner(state),
    launchFailures: 0,
  };
  if (entry.state !== undefined) state.services.put(arn, { ...service, ...entry.state });
  else if (definition === undefined) state.services.put(arn, service);
  else {
    checkRunnable(cluster, definition, workload);
    runSteadily(state, service);
  }
}

function findDefinition(
  state: EcsState,
  entry: ServiceEntry,
  controller: string,
): TaskDefinitionRecord | undefined {
  if (entry.taskDefinition === undefined) {
    if (controller === 'EXTERNAL') return undefined;
    throw new Error('taskDefinition is missing');
  }
  const found = findTaskDefinition(state, parseReference(state, entry.taskDefinition));
  // An INACTIVE service may outlive its definition.
  if (found === undefined && entry.state?.status !== 'INACTIVE') {
    throw new Error(`task definition "${entry.taskDefinition}" is not in the section`);
  }
  return found;
}

/** A person need not say what follows from the definition. */
function usualWorkload(
  cluster: ClusterRecord,
  entry: ServiceEntry,
  definition: TaskDefinitionRecord | undefined,
): Workload {
  const placed =
    entry.launchType !== undefined ||
    (entry.capacityProviderStrategy?.length ?? 0) > 0 ||
    cluster.defaultCapacityProviderStrategy.length > 0;
  const fargate = definition?.body.requiresCompatibilities?.includes('FARGATE') === true;
  const awsvpc = definition?.body.networkMode === 'awsvpc';
  const workload = newWorkload(
    cluster,
    {
      ...entry,
      ...(!placed && fargate ? { launchType: 'FARGATE' as const } : {}),
      ...(awsvpc && entry.networkConfiguration === undefined ? { networkConfiguration: USUAL_NETWORK } : {}),
    },
    definition,
  );
  return { ...workload, taskDefinition: definition?.arn ?? entry.taskDefinition ?? '' };
}

function checkRunnable(cluster: ClusterRecord, definition: TaskDefinitionRecord, workload: Workload): void {
  checkNetwork(definition, workload, workload.networkConfiguration);
  checkLoadBalancers(definition, workload.loadBalancers);
  if (workload.launchType === 'EC2' && cluster.containerInstances === 0) {
    throw new Error(`it runs on EC2, but cluster "${cluster.name}" has no containerInstances`);
  }
}

/** Sets the timers of everything that was under way. */
function resume(state: EcsState): void {
  for (const task of state.tasks.values()) armTask(state, task);
  for (const service of state.services.values()) {
    if (service.status === 'INACTIVE' || (service.status === 'ACTIVE' && service.steady)) continue;
    wake(state, service.arn);
  }
}
