import { clientError } from './errors.ts';
import type { ContainerDefinition, TaskDefinitionBody } from './task-definition-shape.ts';
import { isFargateSize, parseCpu, parseMemory } from './task-size.ts';

/**
 * What RegisterTaskDefinition refuses. Each rule gives the message AWS answers with (as near as it is
 * known) or undefined. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
 */
type Rule = (definition: TaskDefinitionBody) => string | undefined;

const CONTAINERS_MAX = 10;
const DEFINITION_BYTES_MAX = 65_536;
const NAME = /^[A-Za-z0-9_-]{1,255}$/;

/** CPU units a task may ask for on its own instances: 0.125 to 192 vCPU. */
const CPU_UNITS = { min: 128, max: 196_608 };

/** Throws the ClientException for the first rule that `definition` breaks. */
export function checkTaskDefinition(definition: TaskDefinitionBody): void {
  const fargate = definition.requiresCompatibilities?.includes('FARGATE') === true;
  const rules = fargate ? [...GENERAL_RULES, ...FARGATE_RULES] : GENERAL_RULES;
  for (const rule of rules) {
    const problem = rule(definition);
    if (problem !== undefined) throw clientError(problem);
  }
}

/** Whether Fargate could run the definition: what `compatibilities` says. */
export function suitsFargate(definition: TaskDefinitionBody): boolean {
  return FARGATE_RULES.every((rule) => rule(definition) === undefined);
}

/** Whether `name` may be a family, a container, a cluster or a service. */
export function isEcsName(name: string): boolean {
  return NAME.test(name);
}

const GENERAL_RULES: readonly Rule[] = [
  ({ family }) => (family === '' ? 'Family should not be null or empty.' : undefined),
  ({ family }) => (isEcsName(family) ? undefined : 'Family contains invalid characters.'),
  ({ containerDefinitions }) =>
    containerDefinitions.length === 0 ? 'Container list cannot be empty.' : undefined,
  ({ containerDefinitions }) =>
    containerDefinitions.length > CONTAINERS_MAX
      ? `Task definition cannot have more than ${CONTAINERS_MAX} containers.`
      : undefined,
  sizeRule,
  taskCpuRule,
  taskMemoryRule,
  uniqueContainers,
  ({ containerDefinitions }) =>
    containerDefinitions.some((container) => container.essential !== false)
      ? undefined
      : 'TaskDefinition should have at least one essential container.',
  eachContainer(nameAndImage),
  eachContainer(containerMemory),
  eachContainer(containerReferences),
  eachContainer(ports),
  eachContainer(secrets),
  eachContainer(awslogs),
  uniqueVolumes,
];

const FARGATE_RULES: readonly Rule[] = [
  ({ networkMode }) =>
    networkMode === 'awsvpc' ? undefined : 'Fargate only supports network mode ‘awsvpc’.',
  ({ cpu }) => (cpu === undefined ? "Fargate requires that 'cpu' be defined at the task level." : undefined),
  ({ memory }) =>
    memory === undefined ? "Fargate requires that 'memory' be defined at the task level." : undefined,
  fargateSize,
  fargateRole,
  fargateStorage,
  ({ placementConstraints }) => unsupported('placementConstraints', (placementConstraints?.length ?? 0) > 0),
  ({ pidMode }) => unsupported('pidMode host', pidMode === 'host'),
  ({ ipcMode }) => unsupported('ipcMode', ipcMode !== undefined),
  ({ inferenceAccelerators }) =>
    unsupported('inferenceAccelerators', (inferenceAccelerators?.length ?? 0) > 0),
  ({ volumes }) =>
    unsupported(
      'sourcePath',
      volumes?.some((volume) => volume.host?.sourcePath !== undefined),
    ),
  ({ volumes }) =>
    unsupported(
      'dockerVolumeConfiguration',
      volumes?.some((volume) => volume.dockerVolumeConfiguration !== undefined),
    ),
  eachContainer(fargateContainer),
];

function unsupported(what: string, used: boolean | undefined): string | undefined {
  return used === true ? `Fargate compatible task definitions do not support ${what}` : undefined;
}

function sizeRule(definition: TaskDefinitionBody): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  return bytes > DEFINITION_BYTES_MAX
    ? `Actual length: '${bytes}'. Max allowed length is '${DEFINITION_BYTES_MAX}' bytes.`
    : undefined;
}

function taskCpuRule({ cpu }: TaskDefinitionBody): string | undefined {
  if (cpu === undefined) return undefined;
  const units = parseCpu(cpu);
  const valid = units !== undefined && units >= CPU_UNITS.min && units <= CPU_UNITS.max;
  return valid ? undefined : "Invalid 'cpu' setting for task.";
}

function taskMemoryRule({ memory }: TaskDefinitionBody): string | undefined {
  if (memory === undefined) return undefined;
  return (parseMemory(memory) ?? 0) > 0 ? undefined : "Invalid 'memory' setting for task.";
}

function uniqueContainers({ containerDefinitions }: TaskDefinitionBody): string | undefined {
  const names = containerDefinitions.map((container) => container.name);
  return new Set(names).size === names.length ? undefined : 'Container.name should be unique.';
}

function uniqueVolumes({ volumes = [] }: TaskDefinitionBody): string | undefined {
  const names = volumes.map((volume) => volume.name);
  if (names.some((name) => name === undefined || !isEcsName(name))) return 'Volume name is invalid.';
  return new Set(names).size === names.length ? undefined : 'Volume names should be unique.';
}

type ContainerRule = (container: ContainerDefinition, definition: TaskDefinitionBody) => string | undefined;

function eachContainer(rule: ContainerRule): Rule {
  return (definition) => {
    for (const container of definition.containerDefinitions) {
      const problem = rule(container, definition);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

function nameAndImage({ name, image }: ContainerDefinition): string | undefined {
  if (name === undefined || name === '') return 'Container.name should not be null or empty.';
  if (!isEcsName(name)) return 'Container.name contains invalid characters.';
  if (image === undefined || image === '') return 'Container.image should not be null or empty.';
  return undefined;
}

function containerMemory(container: ContainerDefinition, definition: TaskDefinitionBody): string | undefined {
  const { name, memory, memoryReservation } = container;
  if (memory === undefined && memoryReservation === undefined && definition.memory === undefined) {
    return `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`;
  }
  if (memory !== undefined && memoryReservation !== undefined && memory < memoryReservation) {
    return `Invalid setting for container '${name}'. 'memory' must be greater than or equal to 'memoryReservation'.`;
  }
  const taskMemory = definition.memory === undefined ? undefined : parseMemory(definition.memory);
  return taskMemory !== undefined && (memory ?? memoryReservation ?? 0) > taskMemory
    ? `Invalid setting for container '${name}'. 'memory' cannot exceed the task's 'memory'.`
    : undefined;
}

/** Volumes and containers that are named must exist. */
function containerReferences(
  container: ContainerDefinition,
  definition: TaskDefinitionBody,
): string | undefined {
  const volumes = new Set(definition.volumes?.map((volume) => volume.name));
  const unknownVolume = container.mountPoints?.find((mount) => !volumes.has(mount.sourceVolume));
  if (unknownVolume !== undefined) return `Unknown volume '${unknownVolume.sourceVolume}'.`;
  const containers = new Set(definition.containerDefinitions.map(({ name }) => name));
  const others = [
    ...(container.dependsOn?.map((dependency) => dependency.containerName) ?? []),
    ...(container.volumesFrom?.map((source) => source.sourceContainer) ?? []),
  ];
  const unknown = others.find((name) => !containers.has(name));
  return unknown === undefined ? undefined : `Unknown container '${unknown}'.`;
}

function ports(container: ContainerDefinition, definition: TaskDefinitionBody): string | undefined {
  const awsvpc = definition.networkMode === 'awsvpc';
  if (awsvpc && (container.links?.length ?? 0) > 0) {
    return 'Links are not supported when networkMode=awsvpc.';
  }
  for (const { containerPort, hostPort } of container.portMappings ?? []) {
    if (containerPort !== undefined && (containerPort < 1 || containerPort > 65_535)) {
      return 'Port mapping container port must be between 1 and 65535.';
    }
    if (awsvpc && hostPort !== undefined && hostPort !== containerPort) {
      return 'When networkMode=awsvpc, the host ports and container ports in port mappings must match.';
    }
  }
  return undefined;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html */
function secrets(container: ContainerDefinition, definition: TaskDefinitionBody): string | undefined {
  const given = container.secrets ?? [];
  const injected = [...given, ...(container.logConfiguration?.secretOptions ?? [])];
  if (injected.length > 0 && definition.executionRoleArn === undefined) {
    return "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.";
  }
  if (injected.some((secret) => secret.name === '' || secret.valueFrom === '')) {
    return "A container secret needs both 'name' and 'valueFrom'.";
  }
  const taken = new Set(container.environment?.map(({ name }) => name));
  for (const { name } of given) {
    if (taken.has(name)) {
      return `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${name}'.`;
    }
    taken.add(name);
  }
  return undefined;
}

function awslogs(container: ContainerDefinition): string | undefined {
  const log = container.logConfiguration;
  if (log?.logDriver !== 'awslogs') return undefined;
  const missing = ['awslogs-group', 'awslogs-region'].filter((option) => !log.options?.[option]);
  return missing.length === 0 ? undefined : `Log driver awslogs requires options: ${missing.join(', ')}`;
}

function fargateSize({ cpu = '', memory = '' }: TaskDefinitionBody): string | undefined {
  const size = { cpu: parseCpu(cpu) ?? 0, memory: parseMemory(memory) ?? 0 };
  return isFargateSize(size) ? undefined : 'No Fargate configuration exists for given values.';
}

/** The agent outside the task needs the role for images in ECR and for logs. */
function fargateRole(definition: TaskDefinitionBody): string | undefined {
  if (definition.executionRoleArn !== undefined) return undefined;
  const needs = 'Fargate requires task definition to have execution role ARN to support';
  const containers = definition.containerDefinitions;
  if (containers.some(({ logConfiguration }) => logConfiguration?.logDriver === 'awslogs')) {
    return `${needs} log driver awslogs.`;
  }
  const ecr = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/;
  return containers.some(({ image = '' }) => ecr.test(image)) ? `${needs} ECR images.` : undefined;
}

function fargateStorage({ ephemeralStorage }: TaskDefinitionBody): string | undefined {
  if (ephemeralStorage === undefined) return undefined;
  const { sizeInGiB } = ephemeralStorage;
  return sizeInGiB >= 21 && sizeInGiB <= 200
    ? undefined
    : 'Ephemeral storage sizeInGiB must be between 21 and 200.';
}

function fargateContainer(container: ContainerDefinition): string | undefined {
  const log = container.logConfiguration;
  if (log?.logDriver === 'awslogs' && !log.options?.['awslogs-stream-prefix']) {
    return 'Log driver awslogs requires options: awslogs-stream-prefix';
  }
  return (
    unsupported('privileged', container.privileged) ??
    unsupported('disableNetworking', container.disableNetworking) ??
    unsupported('dnsServers', (container.dnsServers?.length ?? 0) > 0) ??
    unsupported('dnsSearchDomains', (container.dnsSearchDomains?.length ?? 0) > 0) ??
    unsupported('extraHosts', (container.extraHosts?.length ?? 0) > 0) ??
    unsupported('dockerSecurityOptions', (container.dockerSecurityOptions?.length ?? 0) > 0) ??
    unsupported('devices', (container.linuxParameters?.devices?.length ?? 0) > 0)
  );
}
