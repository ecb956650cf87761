import { z } from 'zod';

/** Members shared by several requests. Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Types.html */

export const text = z.string();
export const flag = z.boolean();
export const integer = z.int();
export const texts = z.array(text);

/** Structures the simulator keeps and gives back, and does nothing with. */
export const opaque = z.record(z.string(), z.unknown());

export const keyValue = z.object({ name: text.optional(), value: text.optional() });

export const tag = z.object({ key: text.optional(), value: text.optional() });

export const launchType = z.enum(['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES']);

export const capacityProviderStrategy = z.array(
  z.object({ capacityProvider: text, weight: integer.optional(), base: integer.optional() }),
);

const networkConfiguration = z.object({
  awsvpcConfiguration: z
    .object({
      subnets: texts.optional(),
      securityGroups: texts.optional(),
      assignPublicIp: z.enum(['ENABLED', 'DISABLED']).optional(),
    })
    .optional(),
});

const placementConstraints = z.array(
  z.object({ type: z.enum(['distinctInstance', 'memberOf']).optional(), expression: text.optional() }),
);

const placementStrategy = z.array(
  z.object({ type: z.enum(['random', 'spread', 'binpack']).optional(), field: text.optional() }),
);

const propagateTags = z.enum(['TASK_DEFINITION', 'SERVICE', 'NONE']);

export const resourceRequirement = z.object({
  value: text.optional(),
  type: z.enum(['GPU', 'InferenceAccelerator', 'NeuronDevice']),
  sharingStrategy: opaque.optional(),
});

export const environmentFile = z.object({ value: text, type: z.enum(['s3']) });

/** `overrides` of RunTask. */
const taskOverride = z.object({
  containerOverrides: z
    .array(
      z.object({
        name: text.optional(),
        command: texts.optional(),
        environment: z.array(keyValue).optional(),
        environmentFiles: z.array(environmentFile).optional(),
        cpu: integer.optional(),
        memory: integer.optional(),
        memoryReservation: integer.optional(),
        resourceRequirements: z.array(resourceRequirement).optional(),
      }),
    )
    .optional(),
  cpu: text.optional(),
  memory: text.optional(),
  executionRoleArn: text.optional(),
  taskRoleArn: text.optional(),
  inferenceAcceleratorOverrides: z
    .array(z.object({ deviceName: text.optional(), deviceType: text.optional() }))
    .optional(),
  ephemeralStorage: z.object({ sizeInGiB: integer }).optional(),
});

export const deploymentConfiguration = z.object({
  deploymentCircuitBreaker: z
    .object({
      enable: flag,
      rollback: flag,
      resetOnHealthyTask: flag.optional(),
      thresholdConfiguration: z
        .object({ type: z.enum(['BOUNDED_PERCENT', 'UNBOUNDED_PERCENT', 'COUNT']), value: integer })
        .optional(),
    })
    .optional(),
  maximumPercent: integer.optional(),
  minimumHealthyPercent: integer.optional(),
  alarms: z.object({ alarmNames: texts, rollback: flag, enable: flag }).optional(),
  strategy: z.enum(['ROLLING', 'BLUE_GREEN', 'LINEAR', 'CANARY']).optional(),
  bakeTimeInMinutes: integer.optional(),
  lifecycleHooks: z.array(opaque).optional(),
  linearConfiguration: opaque.optional(),
  canaryConfiguration: opaque.optional(),
  earlySuccessCriteria: opaque.optional(),
});

const loadBalancer = z.object({
  targetGroupArn: text.optional(),
  loadBalancerName: text.optional(),
  containerName: text.optional(),
  containerPort: integer.optional(),
  advancedConfiguration: opaque.optional(),
});

const serviceRegistry = z.object({
  registryArn: text.optional(),
  port: integer.optional(),
  containerName: text.optional(),
  containerPort: integer.optional(),
});

/** What CreateService and UpdateService have in common. */
const serviceMembers = {
  desiredCount: integer.optional(),
  capacityProviderStrategy: capacityProviderStrategy.optional(),
  deploymentConfiguration: deploymentConfiguration.optional(),
  availabilityZoneRebalancing: z.enum(['ENABLED', 'DISABLED']).optional(),
  networkConfiguration: networkConfiguration.optional(),
  placementConstraints: placementConstraints.optional(),
  placementStrategy: placementStrategy.optional(),
  platformVersion: text.optional(),
  healthCheckGracePeriodSeconds: integer.optional(),
  deploymentController: z.object({ type: z.enum(['ECS', 'CODE_DEPLOY', 'EXTERNAL']) }).optional(),
  enableExecuteCommand: flag.optional(),
  enableECSManagedTags: flag.optional(),
  loadBalancers: z.array(loadBalancer).optional(),
  propagateTags: propagateTags.optional(),
  serviceRegistries: z.array(serviceRegistry).optional(),
  serviceConnectConfiguration: opaque.optional(),
  volumeConfigurations: z.array(opaque).optional(),
  vpcLatticeConfigurations: z.array(opaque).optional(),
  gatewayConnectors: z.array(opaque).optional(),
  monitoring: opaque.optional(),
};

export const createService = z.object({
  cluster: text.optional(),
  serviceName: text,
  taskDefinition: text.optional(),
  clientToken: text.optional(),
  launchType: launchType.optional(),
  role: text.optional(),
  schedulingStrategy: z.enum(['REPLICA', 'DAEMON']).optional(),
  tags: z.array(tag).optional(),
  ...serviceMembers,
});

export type CreateServiceInput = z.infer<typeof createService>;

export const updateService = z.object({
  cluster: text.optional(),
  service: text,
  taskDefinition: text.optional(),
  forceNewDeployment: flag.optional(),
  ...serviceMembers,
});

export type UpdateServiceInput = z.infer<typeof updateService>;

export const runTask = z.object({
  capacityProviderStrategy: capacityProviderStrategy.optional(),
  cluster: text.optional(),
  count: integer.optional(),
  enableECSManagedTags: flag.optional(),
  enableExecuteCommand: flag.optional(),
  group: text.optional(),
  launchType: launchType.optional(),
  networkConfiguration: networkConfiguration.optional(),
  overrides: taskOverride.optional(),
  placementConstraints: placementConstraints.optional(),
  placementStrategy: placementStrategy.optional(),
  platformVersion: text.optional(),
  propagateTags: propagateTags.optional(),
  referenceId: text.optional(),
  startedBy: text.optional(),
  tags: z.array(tag).optional(),
  taskDefinition: text,
  clientToken: text.optional(),
  volumeConfigurations: z.array(opaque).optional(),
});

export type RunTaskInput = z.infer<typeof runTask>;

/** `nextToken` and `maxResults` of every listing. */
export const paging = { nextToken: text.optional(), maxResults: integer.optional() };
