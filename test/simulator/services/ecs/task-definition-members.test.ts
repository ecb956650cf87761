import {
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import { expect, it } from 'vitest';
import { openEcs } from './kit.ts';

/** A definition on EC2 that uses every member of the API that goes together. */
const FULL: RegisterTaskDefinitionCommandInput = {
  family: 'everything',
  taskRoleArn: 'arn:aws:iam::123456789012:role/task',
  executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
  networkMode: 'bridge',
  requiresCompatibilities: ['EC2'],
  cpu: '512',
  memory: '2048',
  pidMode: 'task',
  ipcMode: 'none',
  placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.os-type == linux' }],
  proxyConfiguration: {
    type: 'APPMESH',
    containerName: 'proxy',
    properties: [{ name: 'IgnoredUID', value: '1337' }],
  },
  inferenceAccelerators: [{ deviceName: 'device_1', deviceType: 'eia2.medium' }],
  ephemeralStorage: { sizeInGiB: 30 },
  runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
  enableFaultInjection: true,
  volumes: [
    {
      name: 'files',
      efsVolumeConfiguration: {
        fileSystemId: 'fs-1',
        rootDirectory: '/data',
        transitEncryption: 'ENABLED',
        transitEncryptionPort: 2049,
        authorizationConfig: { accessPointId: 'fsap-1', iam: 'ENABLED' },
      },
    },
    { name: 'host', host: { sourcePath: '/var/x' } },
    {
      name: 'docker',
      dockerVolumeConfiguration: {
        scope: 'shared',
        autoprovision: true,
        driver: 'local',
        driverOpts: { type: 'tmpfs' },
        labels: { a: 'b' },
      },
    },
    { name: 'launch', configuredAtLaunch: true },
    {
      name: 'fsx',
      fsxWindowsFileServerVolumeConfiguration: {
        fileSystemId: 'fs-2',
        rootDirectory: 'data',
        authorizationConfig: { credentialsParameter: 'arn:x', domain: 'example.com' },
      },
    },
  ],
  containerDefinitions: [
    {
      name: 'web',
      image: 'shop:1',
      repositoryCredentials: { credentialsParameter: 'arn:aws:secretsmanager:x' },
      cpu: 128,
      memory: 512,
      memoryReservation: 256,
      links: ['proxy'],
      portMappings: [
        { containerPort: 8000, hostPort: 80, protocol: 'tcp', name: 'http', appProtocol: 'http' },
        { containerPortRange: '9000-9010', hostPort: 0, protocol: 'udp' },
      ],
      essential: true,
      restartPolicy: { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 60 },
      entryPoint: ['sh', '-c'],
      command: ['serve'],
      environment: [{ name: 'A', value: 'b' }],
      environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::bucket/x.env' }],
      mountPoints: [{ sourceVolume: 'files', containerPath: '/data', readOnly: true }],
      volumesFrom: [{ sourceContainer: 'proxy', readOnly: true }],
      linuxParameters: {
        capabilities: { add: ['SYS_PTRACE'], drop: ['ALL'] },
        devices: [{ hostPath: '/dev/x', containerPath: '/dev/y', permissions: ['read'] }],
        initProcessEnabled: true,
        sharedMemorySize: 64,
        tmpfs: [{ containerPath: '/tmp', size: 64, mountOptions: ['noexec'] }],
        maxSwap: 100,
        swappiness: 10,
      },
      secrets: [{ name: 'KEY', valueFrom: '/apppack/apps/shop/config/KEY' }],
      dependsOn: [{ containerName: 'proxy', condition: 'HEALTHY' }],
      startTimeout: 30,
      stopTimeout: 60,
      versionConsistency: 'disabled',
      hostname: 'web',
      user: '1000:1000',
      workingDirectory: '/app',
      disableNetworking: false,
      privileged: false,
      readonlyRootFilesystem: true,
      dnsServers: ['10.0.0.2'],
      dnsSearchDomains: ['example.com'],
      extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.3' }],
      dockerSecurityOptions: ['no-new-privileges'],
      interactive: true,
      pseudoTerminal: true,
      dockerLabels: { team: 'shop' },
      ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: 4096 }],
      logConfiguration: {
        logDriver: 'awsfirelens',
        options: { Name: 'cloudwatch' },
        secretOptions: [{ name: 'token', valueFrom: '/token' }],
      },
      healthCheck: { command: ['CMD', 'true'], interval: 10, timeout: 2, retries: 2, startPeriod: 5 },
      systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }],
      resourceRequirements: [{ type: 'GPU', value: '1' }],
      credentialSpecs: ['credentialspecdomainless:arn:aws:s3:::x'],
    },
    {
      name: 'proxy',
      image: 'envoy:1',
      cpu: 0,
      memory: 128,
      essential: true,
      portMappings: [],
      environment: [],
      mountPoints: [],
      volumesFrom: [],
      systemControls: [],
      firelensConfiguration: { type: 'fluentbit', options: { 'enable-ecs-log-metadata': 'true' } },
    },
  ],
  tags: [{ key: 'a', value: 'b' }],
};

it('every member of a foreign definition survives being read and registered again', async () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
  const { aws } = openEcs();
  const { tags: sentTags, ...sent } = FULL;
  await aws.send(new RegisterTaskDefinitionCommand(FULL));
  const first = await aws.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: 'everything', include: ['TAGS'] }),
  );
  expect(first.taskDefinition).toMatchObject(sent);
  expect(first.tags).toEqual(sentTags);
  const {
    taskDefinitionArn,
    revision,
    status,
    requiresAttributes,
    compatibilities,
    registeredAt,
    registeredBy,
    ...copy
  } = first.taskDefinition ?? {};
  await aws.send(
    new RegisterTaskDefinitionCommand({
      ...copy,
      family: 'everything',
    } as RegisterTaskDefinitionCommandInput),
  );
  const second = await aws.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'everything' }));
  expect(second.taskDefinition?.revision).toBe(2);
  expect(second.taskDefinition).toMatchObject(copy);
});
