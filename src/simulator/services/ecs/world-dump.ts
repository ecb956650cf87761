import type { Document } from './input.ts';
import type { ServiceRecord, TaskDefinitionRecord } from './records.ts';
import type { EcsState } from './state.ts';

/** The section that `loadSection` reads, with the same state in it. */
export function dumpSection(state: EcsState): unknown {
  const services = [...state.services.values()];
  const { outcomes, images, guardDuty, unattachedTargetGroups } = state.knobs;
  return toJson({
    clusters: [...state.clusters.values()].map(({ arn, ...cluster }) => cluster),
    taskDefinitions: dumpTaskDefinitions(state),
    ...when('lastRevisions', dumpLastRevisions(state)),
    services: services.map((service) => dumpService(service)),
    ...when('serviceDeployments', [...state.deployments.values()].map(withIso)),
    ...when('serviceRevisions', [...state.revisions.values()].map(withIso)),
    ...when('tasks', [...state.tasks.values()].map(withIso)),
    ...when(
      'clientTokens',
      Object.fromEntries([...state.tokens].map(([name, token]) => [name, withIso(token)])),
    ),
    ...when('outcomes', outcomes),
    ...when('images', images),
    ...(guardDuty ? { guardDuty } : {}),
    ...when('unattachedTargetGroups', unattachedTargetGroups),
  });
}

/** Drops members that are undefined and gives plain copies. */
function toJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function when(name: string, value: object): Document {
  return Object.keys(value).length === 0 ? {} : { [name]: value };
}

/** Records hold milliseconds in members whose name ends in `At`; a world holds ISO texts. */
function withIso(record: object): Document {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, isoMember(name, value)]));
}

function isoMember(name: string, value: unknown): unknown {
  if (name.endsWith('At') && typeof value === 'number') return new Date(value).toISOString();
  return name === 'rollback' && typeof value === 'object' && value !== null ? withIso(value) : value;
}

function dumpTaskDefinitions(state: EcsState): Document[] {
  const families = [...state.families.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const all = new Map([...state.taskDefinitions.values()].map((definition) => [definition.arn, definition]));
  return families.flatMap(([family, { revisions }]) =>
    revisions.flatMap((revision) => {
      const found = all.get(state.context.arn('ecs', `task-definition/${family}:${revision}`));
      return found === undefined ? [] : [dumpTaskDefinition(found)];
    }),
  );
}

function dumpTaskDefinition({ arn, body, ...record }: TaskDefinitionRecord): Document {
  return { ...body, ...withIso(record) };
}

/** Only what the revisions themselves do not tell. */
function dumpLastRevisions(state: EcsState): Document {
  return Object.fromEntries(
    [...state.families]
      .filter(([, { lastRevision, revisions }]) => lastRevision !== revisions.at(-1))
      .map(([family, { lastRevision }]) => [family, lastRevision]),
  );
}

function dumpService(service: ServiceRecord): Document {
  const { settings, workload } = service;
  const { controller, ...others } = settings;
  const { platformFamily, launchType, capacityProviderStrategy, taskDefinition, ...rest } = workload;
  return {
    cluster: service.clusterName,
    name: service.name,
    ...(taskDefinition === '' ? {} : { taskDefinition: shortReference(taskDefinition) }),
    desiredCount: service.desiredCount,
    launchType,
    capacityProviderStrategy,
    ...rest,
    ...others,
    ...(controller === 'ECS' ? {} : { deploymentController: { type: controller } }),
    tags: service.tags,
    createdAt: new Date(service.createdAt).toISOString(),
    createdBy: service.createdBy,
    state: {
      status: service.status,
      deployments: service.deployments.map(withIso),
      ...(service.lastCompleted === undefined ? {} : { lastCompleted: withIso(service.lastCompleted) }),
      events: service.events.map(withIso),
      steady: service.steady,
      request: service.request,
      launchFailures: service.launchFailures,
      ...(service.nextLaunchAt === undefined ? {} : withIso({ nextLaunchAt: service.nextLaunchAt })),
      ...(service.purgeAt === undefined ? {} : withIso({ purgeAt: service.purgeAt })),
    },
  };
}

/** `family:revision` of an ARN. */
function shortReference(arn: string): string {
  return arn.slice(arn.indexOf('task-definition/') + 'task-definition/'.length);
}
