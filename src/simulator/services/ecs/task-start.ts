import { randomHex, randomInteger, randomUuid } from '../../random.ts';
import { invalidParameter } from './errors.ts';
import type { Document } from './input.ts';
import { fateOf, type Outcome, takeOutcome } from './outcomes.ts';
import type {
  ClusterRecord,
  ContainerRecord,
  NetworkInterface,
  StrategyItem,
  Tag,
  TaskDefinitionRecord,
  TaskRecord,
} from './records.ts';
import type { EcsState } from './state.ts';
import type { ContainerDefinition } from './task-definition-shape.ts';

const ZONES = ['a', 'b', 'c'] as const;

/** What a task is to be made from, by RunTask or by the service scheduler. */
export interface TaskRequest {
  readonly cluster: ClusterRecord;
  readonly definition: TaskDefinitionRecord;
  readonly group: string;
  readonly serviceArn?: string | undefined;
  readonly startedBy?: string | undefined;
  readonly launchType?: string | undefined;
  readonly capacityProviderStrategy?: readonly StrategyItem[] | undefined;
  readonly platformVersion?: string | undefined;
  readonly networkConfiguration?: Document | undefined;
  readonly overrides?: TaskOverrides | undefined;
  readonly enableExecuteCommand: boolean;
  readonly tags: readonly Tag[];
}

interface TaskOverrides {
  readonly containerOverrides?: ReadonlyArray<ContainerOverride> | undefined;
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly ephemeralStorage?: Document | undefined;
}

interface ContainerOverride {
  readonly name?: string | undefined;
  readonly command?: readonly string[] | undefined;
}

/** Chooses the outcome for one task; `placementFailure` in it means that there will be none. */
export function drawOutcome(state: EcsState, request: TaskRequest): Outcome | undefined {
  const containers = request.definition.body.containerDefinitions;
  return takeOutcome(state.knobs.outcomes, {
    cluster: request.cluster.name,
    family: request.definition.family,
    images: containers.map(({ image = '' }) => image),
    commands: containers.map((container) => commandOf(container, request.overrides)),
    ofService: request.serviceArn !== undefined,
  });
}

function commandOf(container: ContainerDefinition, overrides: TaskOverrides | undefined): string {
  const override = overrides?.containerOverrides?.find(({ name }) => name === container.name);
  return (override?.command ?? container.command ?? []).join(' ');
}

/** A new task in PROVISIONING; it is not yet in the account. */
export function makeTask(state: EcsState, request: TaskRequest, outcome: Outcome | undefined): TaskRecord {
  const { cluster, definition } = request;
  const { context } = state;
  const id = randomHex(context.random, 32);
  const zone = ZONES[randomInteger(context.random, ZONES.length)] ?? 'a';
  const now = context.clock.now();
  const fargate = isFargate(request);
  return {
    arn: context.arn('ecs', `task/${cluster.name}/${id}`),
    id,
    clusterArn: cluster.arn,
    serviceArn: request.serviceArn,
    group: request.group,
    startedBy: request.startedBy,
    taskDefinitionArn: definition.arn,
    ...placement(state, request, fargate),
    cpu: request.overrides?.cpu ?? definition.body.cpu,
    memory: request.overrides?.memory ?? definition.body.memory,
    ephemeralStorage: storage(request, fargate),
    availabilityZone: `${context.region}${zone}`,
    enableExecuteCommand: request.enableExecuteCommand,
    overrides: renderOverrides(request),
    network: makeInterface(state, request),
    containers: makeContainers(state, request, id, fargate),
    desiredStatus: 'RUNNING',
    lastStatus: 'PROVISIONING',
    version: 0,
    tags: request.tags,
    createdAt: now,
    updatedAt: now,
    fate: fateOf(outcome, request.serviceArn !== undefined),
  };
}

/** Whether the task runs on Fargate, by launch type or by capacity provider. */
export function isFargate(request: Pick<TaskRequest, 'launchType' | 'capacityProviderStrategy'>): boolean {
  if (request.launchType !== undefined) return request.launchType === 'FARGATE';
  return request.capacityProviderStrategy?.some(isFargateProvider) === true;
}

function isFargateProvider({ capacityProvider }: StrategyItem): boolean {
  return capacityProvider === 'FARGATE' || capacityProvider === 'FARGATE_SPOT';
}

function placement(state: EcsState, request: TaskRequest, fargate: boolean): Partial<TaskRecord> {
  const provider = heaviest(request.capacityProviderStrategy ?? []);
  return {
    launchType: request.launchType ?? (fargate ? 'FARGATE' : 'EC2'),
    capacityProviderName: provider,
    platformVersion: fargate ? concreteVersion(request.platformVersion) : undefined,
    platformFamily: fargate ? 'Linux' : undefined,
    containerInstanceArn: fargate ? undefined : instanceArn(state, request.cluster),
  };
}

function heaviest(strategy: readonly StrategyItem[]): string | undefined {
  const ranked = [...strategy].sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0));
  return ranked[0]?.capacityProvider;
}

function concreteVersion(version: string | undefined): string {
  return version === undefined || version === 'LATEST' ? '1.4.0' : version;
}

/** One machine stands for all: its id only has to stay the same. */
function instanceArn(state: EcsState, cluster: ClusterRecord): string {
  const id = Buffer.from(cluster.name).toString('hex').padEnd(32, '0').slice(0, 32);
  return state.context.arn('ecs', `container-instance/${cluster.name}/${id}`);
}

function storage(request: TaskRequest, fargate: boolean): Document | undefined {
  const asked = request.overrides?.ephemeralStorage ?? request.definition.body.ephemeralStorage;
  return asked ?? (fargate ? { sizeInGiB: 20 } : undefined);
}

/** Every container has an entry, overridden or not. */
function renderOverrides(request: TaskRequest): Document {
  const { containerOverrides = [], ...others } = request.overrides ?? {};
  const named = request.definition.body.containerDefinitions.map(
    ({ name }) => containerOverrides.find((override) => override.name === name) ?? { name },
  );
  return { ...others, containerOverrides: named, inferenceAcceleratorOverrides: [] };
}

function makeInterface(state: EcsState, request: TaskRequest): NetworkInterface | undefined {
  if (request.definition.body.networkMode !== 'awsvpc') return undefined;
  const { random } = state.context;
  const subnets = subnetsOf(request.networkConfiguration);
  const subnetId = subnets[randomInteger(random, Math.max(1, subnets.length))];
  if (subnetId === undefined) throw invalidParameter('subnets can not be empty.');
  const octets = randomHex(random, 10).match(/../g) ?? [];
  return {
    attachmentId: randomUuid(random),
    interfaceId: `eni-${randomHex(random, 17)}`,
    subnetId,
    macAddress: ['0e', ...octets].join(':'),
    address: `10.0.${randomInteger(random, 256)}.${4 + randomInteger(random, 250)}`,
  };
}

function subnetsOf(configuration: Document | undefined): readonly string[] {
  const awsvpc = configuration?.awsvpcConfiguration;
  if (typeof awsvpc !== 'object' || awsvpc === null || !('subnets' in awsvpc)) return [];
  const { subnets } = awsvpc;
  return Array.isArray(subnets) ? subnets.filter((subnet) => typeof subnet === 'string') : [];
}

function makeContainers(
  state: EcsState,
  request: TaskRequest,
  taskId: string,
  fargate: boolean,
): ContainerRecord[] {
  const { random } = state.context;
  const prefix = state.context.arn('ecs', `container/${request.cluster.name}/${taskId}/`);
  const own = request.definition.body.containerDefinitions.map(
    ({ name = '', image, cpu = 0, memory }): ContainerRecord => ({
      arn: `${prefix}${randomUuid(random)}`,
      name,
      image,
      cpu: String(cpu),
      memory: memory === undefined ? undefined : String(memory),
      lastStatus: 'PENDING',
    }),
  );
  if (!fargate || !state.knobs.guardDuty) return own;
  return [
    {
      arn: `${prefix}${randomUuid(random)}`,
      name: `aws-guardduty-agent-${randomHex(random, 6)}`,
      cpu: 'null',
      lastStatus: 'PENDING',
    },
    ...own,
  ];
}
