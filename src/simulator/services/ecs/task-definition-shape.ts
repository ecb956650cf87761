import { z } from 'zod';
import {
  environmentFile,
  flag,
  integer,
  keyValue,
  opaque,
  resourceRequirement,
  tag,
  text,
  texts,
} from './shapes.ts';

/**
 * Every member of RegisterTaskDefinition. A member that is not listed is dropped, as AWS drops what it does
 * not know, so the list has to be complete: whoever copies a foreign definition must get all of it back.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
 */

const strings = z.record(z.string(), z.string());

const secret = z.object({ name: text, valueFrom: text });

const portMapping = z.object({
  containerPort: integer.optional(),
  hostPort: integer.optional(),
  protocol: z.enum(['tcp', 'udp']).optional(),
  name: text.optional(),
  appProtocol: z.enum(['http', 'http2', 'grpc']).optional(),
  containerPortRange: text.optional(),
});

const linuxParameters = z.object({
  capabilities: z.object({ add: texts.optional(), drop: texts.optional() }).optional(),
  devices: z
    .array(
      z.object({
        hostPath: text,
        containerPath: text.optional(),
        permissions: z.array(z.enum(['read', 'write', 'mknod'])).optional(),
      }),
    )
    .optional(),
  initProcessEnabled: flag.optional(),
  sharedMemorySize: integer.optional(),
  tmpfs: z.array(z.object({ containerPath: text, size: integer, mountOptions: texts.optional() })).optional(),
  maxSwap: integer.optional(),
  swappiness: integer.optional(),
});

const logConfiguration = z.object({
  logDriver: z.enum([
    'json-file',
    'syslog',
    'journald',
    'gelf',
    'fluentd',
    'awslogs',
    'splunk',
    'awsfirelens',
  ]),
  options: strings.optional(),
  secretOptions: z.array(secret).optional(),
});

const healthCheck = z.object({
  command: texts,
  interval: integer.optional(),
  timeout: integer.optional(),
  retries: integer.optional(),
  startPeriod: integer.optional(),
});

const ulimitName = z.enum([
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
]);

const container = z.object({
  name: text.optional(),
  image: text.optional(),
  repositoryCredentials: z.object({ credentialsParameter: text }).optional(),
  cpu: integer.optional(),
  memory: integer.optional(),
  memoryReservation: integer.optional(),
  links: texts.optional(),
  portMappings: z.array(portMapping).optional(),
  essential: flag.optional(),
  restartPolicy: z
    .object({
      enabled: flag,
      ignoredExitCodes: z.array(integer).optional(),
      restartAttemptPeriod: integer.optional(),
    })
    .optional(),
  entryPoint: texts.optional(),
  command: texts.optional(),
  environment: z.array(keyValue).optional(),
  environmentFiles: z.array(environmentFile).optional(),
  mountPoints: z
    .array(
      z.object({
        sourceVolume: text.optional(),
        containerPath: text.optional(),
        readOnly: flag.optional(),
      }),
    )
    .optional(),
  volumesFrom: z.array(z.object({ sourceContainer: text.optional(), readOnly: flag.optional() })).optional(),
  linuxParameters: linuxParameters.optional(),
  secrets: z.array(secret).optional(),
  dependsOn: z
    .array(z.object({ containerName: text, condition: z.enum(['START', 'COMPLETE', 'SUCCESS', 'HEALTHY']) }))
    .optional(),
  startTimeout: integer.optional(),
  stopTimeout: integer.optional(),
  versionConsistency: z.enum(['enabled', 'disabled']).optional(),
  hostname: text.optional(),
  user: text.optional(),
  workingDirectory: text.optional(),
  disableNetworking: flag.optional(),
  privileged: flag.optional(),
  readonlyRootFilesystem: flag.optional(),
  dnsServers: texts.optional(),
  dnsSearchDomains: texts.optional(),
  extraHosts: z.array(z.object({ hostname: text, ipAddress: text })).optional(),
  dockerSecurityOptions: texts.optional(),
  interactive: flag.optional(),
  pseudoTerminal: flag.optional(),
  dockerLabels: strings.optional(),
  ulimits: z.array(z.object({ name: ulimitName, softLimit: integer, hardLimit: integer })).optional(),
  logConfiguration: logConfiguration.optional(),
  healthCheck: healthCheck.optional(),
  systemControls: z.array(z.object({ namespace: text.optional(), value: text.optional() })).optional(),
  resourceRequirements: z.array(resourceRequirement).optional(),
  firelensConfiguration: z
    .object({ type: z.enum(['fluentd', 'fluentbit']), options: strings.optional() })
    .optional(),
  credentialSpecs: texts.optional(),
});

export type ContainerDefinition = z.infer<typeof container>;

const volume = z.object({
  name: text.optional(),
  host: z.object({ sourcePath: text.optional() }).optional(),
  dockerVolumeConfiguration: z
    .object({
      scope: z.enum(['task', 'shared']).optional(),
      autoprovision: flag.optional(),
      driver: text.optional(),
      driverOpts: strings.optional(),
      labels: strings.optional(),
    })
    .optional(),
  efsVolumeConfiguration: z
    .object({
      fileSystemId: text,
      rootDirectory: text.optional(),
      transitEncryption: z.enum(['ENABLED', 'DISABLED']).optional(),
      transitEncryptionPort: integer.optional(),
      authorizationConfig: z
        .object({ accessPointId: text.optional(), iam: z.enum(['ENABLED', 'DISABLED']).optional() })
        .optional(),
    })
    .optional(),
  s3filesVolumeConfiguration: opaque.optional(),
  fsxWindowsFileServerVolumeConfiguration: z
    .object({
      fileSystemId: text,
      rootDirectory: text,
      authorizationConfig: z.object({ credentialsParameter: text, domain: text }),
    })
    .optional(),
  configuredAtLaunch: flag.optional(),
});

/** A definition without its tags. */
export const taskDefinitionShape = z.object({
  family: text,
  taskRoleArn: text.optional(),
  executionRoleArn: text.optional(),
  networkMode: z.enum(['bridge', 'host', 'awsvpc', 'none']).optional(),
  containerDefinitions: z.array(container),
  volumes: z.array(volume).optional(),
  placementConstraints: z
    .array(z.object({ type: z.enum(['memberOf']).optional(), expression: text.optional() }))
    .optional(),
  requiresCompatibilities: z.array(z.enum(['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'])).optional(),
  cpu: text.optional(),
  memory: text.optional(),
  pidMode: z.enum(['host', 'task']).optional(),
  ipcMode: z.enum(['host', 'task', 'none']).optional(),
  proxyConfiguration: z
    .object({
      type: z.enum(['APPMESH']).optional(),
      containerName: text,
      properties: z.array(keyValue).optional(),
    })
    .optional(),
  inferenceAccelerators: z.array(z.object({ deviceName: text, deviceType: text })).optional(),
  ephemeralStorage: z.object({ sizeInGiB: integer }).optional(),
  runtimePlatform: z
    .object({
      cpuArchitecture: z.enum(['X86_64', 'ARM64']).optional(),
      operatingSystemFamily: text.optional(),
    })
    .optional(),
  enableFaultInjection: flag.optional(),
});

export type TaskDefinitionBody = z.infer<typeof taskDefinitionShape>;

export const registerTaskDefinition = taskDefinitionShape.extend({ tags: z.array(tag).optional() });
