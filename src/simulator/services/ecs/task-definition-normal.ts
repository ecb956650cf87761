import { suitsFargate } from './task-definition-rules.ts';
import type { ContainerDefinition, TaskDefinitionBody } from './task-definition-shape.ts';
import { parseCpu, parseMemory } from './task-size.ts';

/**
 * The definition as AWS gives it back: defaults filled in, sizes as plain numbers, and the environment in
 * an order of its own. Sources: hashicorp/terraform-provider-aws#3035, #10387, #36029.
 */
export function normalizeTaskDefinition(definition: TaskDefinitionBody): TaskDefinitionBody {
  const { cpu, memory } = definition;
  return {
    ...definition,
    ...(cpu === undefined ? {} : { cpu: String(parseCpu(cpu)) }),
    ...(memory === undefined ? {} : { memory: String(parseMemory(memory)) }),
    networkMode: definition.networkMode ?? 'bridge',
    containerDefinitions: definition.containerDefinitions.map((container) =>
      normalizeContainer(container, definition.networkMode),
    ),
    volumes: (definition.volumes ?? []).map(normalizeVolume),
    placementConstraints: definition.placementConstraints ?? [],
  };
}

function normalizeContainer(
  container: ContainerDefinition,
  networkMode: TaskDefinitionBody['networkMode'],
): ContainerDefinition {
  return {
    ...container,
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    portMappings: (container.portMappings ?? []).map((mapping) => ({
      ...mapping,
      // Under bridge networking 0 stands for "any port of the host".
      hostPort: mapping.hostPort ?? (networkMode === 'awsvpc' ? mapping.containerPort : 0),
      protocol: mapping.protocol ?? 'tcp',
    })),
    environment: shuffled(container.environment ?? []),
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    ...normalLog(container),
    ...normalHealthCheck(container),
  };
}

function normalLog({ logConfiguration }: ContainerDefinition): Partial<ContainerDefinition> {
  if (logConfiguration === undefined) return {};
  return { logConfiguration: { ...logConfiguration, secretOptions: logConfiguration.secretOptions ?? [] } };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html */
function normalHealthCheck({ healthCheck }: ContainerDefinition): Partial<ContainerDefinition> {
  if (healthCheck === undefined) return {};
  return { healthCheck: { interval: 30, timeout: 5, retries: 3, ...healthCheck } };
}

type Volume = NonNullable<TaskDefinitionBody['volumes']>[number];

function normalizeVolume(volume: Volume): Volume {
  const { efsVolumeConfiguration: efs, host, ...others } = volume;
  const bare = Object.keys(others).length === 1 && efs === undefined;
  return {
    ...others,
    ...(host !== undefined || bare ? { host: host ?? {} } : {}),
    ...(efs === undefined ? {} : { efsVolumeConfiguration: { rootDirectory: '/', ...efs } }),
  };
}

/** A fixed order that is neither the sent one nor sorted, so that nobody comes to rely on either. */
function shuffled<T extends { name?: string | undefined }>(entries: readonly T[]): T[] {
  return [...entries].sort((a, b) => scatter(a.name ?? '') - scatter(b.name ?? ''));
}

function scatter(name: string): number {
  let hash = 2_166_136_261;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 16_777_619);
  }
  return hash >>> 0;
}

/** Where the definition can run; a definition that names nothing can always run on EC2. */
export function compatibilitiesOf(definition: TaskDefinitionBody): string[] {
  return suitsFargate(definition) ? ['EC2', 'FARGATE'] : ['EC2'];
}

/** The attributes an instance must have; AWS derives them from what the definition uses. */
export function requiredAttributes(definition: TaskDefinitionBody): Array<{ name: string }> {
  const containers = definition.containerDefinitions;
  const names = ['com.amazonaws.ecs.capability.docker-remote-api.1.18'];
  if (definition.networkMode === 'awsvpc') names.push('ecs.capability.task-eni');
  if (definition.taskRoleArn !== undefined) names.push('com.amazonaws.ecs.capability.task-iam-role');
  if (containers.some(({ logConfiguration }) => logConfiguration?.logDriver === 'awslogs')) {
    names.push(
      'com.amazonaws.ecs.capability.logging-driver.awslogs',
      'ecs.capability.execution-role-awslogs',
    );
  }
  if (containers.some((container) => (container.secrets?.length ?? 0) > 0)) {
    names.push('ecs.capability.secrets.ssm.environment-variables');
  }
  return names.map((name) => ({ name }));
}
