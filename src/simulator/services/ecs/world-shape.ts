import { z } from 'zod';
import { imagesShape } from './images.ts';
import { outcomesShape } from './outcomes.ts';
import {
  capacityProviderStrategy,
  createService,
  deploymentConfiguration,
  flag,
  integer,
  opaque,
  tag,
  text,
  texts,
} from './shapes.ts';
import { taskDefinitionShape } from './task-definition-shape.ts';

/**
 * The `ecs` section of a world. A person writes `clusters`, `taskDefinitions`, `services` and `outcomes`; the
 * rest is what a dump adds so that a rollout in its middle goes on where it was.
 */

/** Instants are ISO 8601 texts in a world and milliseconds in records. */
const instant = z.iso.datetime().transform((time) => Date.parse(time));
const count = integer.min(0);

const cluster = z.strictObject({
  name: text,
  status: z.enum(['ACTIVE', 'INACTIVE']).optional(),
  tags: z.array(tag).optional(),
  settings: z.array(opaque).optional(),
  configuration: opaque.optional(),
  capacityProviders: texts.optional(),
  defaultCapacityProviderStrategy: capacityProviderStrategy.optional(),
  containerInstances: count.optional(),
});

const taskDefinition = z.strictObject({
  ...taskDefinitionShape.shape,
  revision: integer.min(1).optional(),
  status: z.enum(['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS']).optional(),
  tags: z.array(tag).optional(),
  registeredAt: instant.optional(),
  registeredBy: text.optional(),
  deregisteredAt: instant.optional(),
  deleteRequestedAt: instant.optional(),
});

const workload = z.strictObject({
  taskDefinition: text,
  launchType: text.optional(),
  capacityProviderStrategy: capacityProviderStrategy.optional(),
  platformVersion: text.optional(),
  platformFamily: text.optional(),
  networkConfiguration: opaque.optional(),
  loadBalancers: z.array(opaque).optional(),
  serviceRegistries: z.array(opaque).optional(),
  serviceConnectConfiguration: opaque.optional(),
  volumeConfigurations: z.array(opaque).optional(),
  vpcLatticeConfigurations: z.array(opaque).optional(),
});

const deployment = z.strictObject({
  id: text,
  serviceDeploymentArn: text,
  serviceRevisionArn: text,
  workload,
  rolloutState: z.enum(['IN_PROGRESS', 'COMPLETED', 'FAILED']),
  rolloutStateReason: text,
  createdAt: instant,
  updatedAt: instant,
  runningCount: count,
  pendingCount: count,
  failedTasks: count,
  isRollback: flag,
});

/** What a dump says of a service beyond what a person would. */
const serviceState = z.strictObject({
  status: z.enum(['ACTIVE', 'DRAINING', 'INACTIVE']),
  deployments: z.array(deployment),
  lastCompleted: deployment.optional(),
  events: z.array(z.strictObject({ id: text, createdAt: instant, message: text })),
  steady: flag,
  request: text.optional(),
  launchFailures: count,
  nextLaunchAt: instant.optional(),
  purgeAt: instant.optional(),
});

const {
  serviceName,
  clientToken,
  taskDefinition: definitionReference,
  ...createMembers
} = createService.shape;

const service = z.strictObject({
  ...createMembers,
  cluster: text,
  name: text,
  taskDefinition: text.optional(),
  createdAt: instant.optional(),
  createdBy: text.optional(),
  state: serviceState.optional(),
});

const serviceDeployment = z.strictObject({
  arn: text,
  serviceArn: text,
  clusterArn: text,
  deploymentId: text,
  status: z.enum([
    'PENDING',
    'IN_PROGRESS',
    'SUCCESSFUL',
    'STOP_REQUESTED',
    'STOPPED',
    'ROLLBACK_REQUESTED',
    'ROLLBACK_IN_PROGRESS',
    'ROLLBACK_SUCCESSFUL',
    'ROLLBACK_FAILED',
  ]),
  statusReason: text.optional(),
  createdAt: instant,
  startedAt: instant.optional(),
  finishedAt: instant.optional(),
  stoppedAt: instant.optional(),
  updatedAt: instant,
  sourceRevisions: z.array(z.strictObject({ arn: text, runningCount: count, pendingCount: count })),
  targetRevisionArn: text,
  deploymentConfiguration,
  requestedCount: count,
  runningCount: count,
  pendingCount: count,
  failureCount: count,
  threshold: count,
  breakerStatus: z.enum(['DISABLED', 'MONITORING', 'MONITORING_COMPLETE', 'TRIGGERED']),
  rollback: z.strictObject({ reason: text, startedAt: instant, serviceRevisionArn: text }).optional(),
});

const serviceRevision = z.strictObject({
  arn: text,
  serviceArn: text,
  clusterArn: text,
  workload,
  createdAt: instant,
});

const container = z.strictObject({
  arn: text,
  name: text,
  image: text.optional(),
  cpu: text,
  memory: text.optional(),
  lastStatus: z.enum(['PENDING', 'RUNNING', 'STOPPED']),
  imageDigest: text.optional(),
  runtimeId: text.optional(),
  exitCode: integer.optional(),
  reason: text.optional(),
});

const task = z.strictObject({
  arn: text,
  id: text,
  clusterArn: text,
  serviceArn: text.optional(),
  group: text,
  startedBy: text.optional(),
  taskDefinitionArn: text,
  launchType: text.optional(),
  capacityProviderName: text.optional(),
  platformVersion: text.optional(),
  platformFamily: text.optional(),
  containerInstanceArn: text.optional(),
  cpu: text.optional(),
  memory: text.optional(),
  ephemeralStorage: opaque.optional(),
  availabilityZone: text,
  enableExecuteCommand: flag,
  overrides: opaque,
  network: z
    .strictObject({
      attachmentId: text,
      interfaceId: text,
      subnetId: text,
      macAddress: text,
      address: text,
    })
    .optional(),
  containers: z.array(container),
  desiredStatus: z.enum(['RUNNING', 'STOPPED']),
  lastStatus: z.enum([
    'PROVISIONING',
    'PENDING',
    'ACTIVATING',
    'RUNNING',
    'DEACTIVATING',
    'STOPPING',
    'DEPROVISIONING',
    'STOPPED',
  ]),
  version: count,
  tags: z.array(tag),
  createdAt: instant,
  updatedAt: instant,
  connectivityAt: instant.optional(),
  pullStartedAt: instant.optional(),
  pullStoppedAt: instant.optional(),
  startedAt: instant.optional(),
  healthyAt: instant.optional(),
  stoppingAt: instant.optional(),
  executionStoppedAt: instant.optional(),
  stoppedAt: instant.optional(),
  stopCode: text.optional(),
  stoppedReason: text.optional(),
  failed: flag.optional(),
  fate: z.strictObject({
    startFailure: text.optional(),
    lost: z.enum(['SpotInterruption', 'TerminationNotice', 'InfrastructureHealth']).optional(),
    neverStarts: flag.optional(),
    secretsDenied: flag.optional(),
    exitsAtOnce: flag.optional(),
    runMs: z.number().optional(),
    exitCode: integer.optional(),
    stoppedReason: text.optional(),
    unhealthyAfterMs: z.number().optional(),
    logLines: texts.optional(),
    container: text.optional(),
  }),
  dueAt: instant.optional(),
});

export const sectionShape = z.strictObject({
  $comment: text.optional(),
  clusters: z.array(cluster).optional(),
  taskDefinitions: z.array(taskDefinition).optional(),
  /** The highest revision of families whose youngest revisions were deleted. */
  lastRevisions: z.record(z.string(), integer.min(1)).optional(),
  services: z.array(service).optional(),
  serviceDeployments: z.array(serviceDeployment).optional(),
  serviceRevisions: z.array(serviceRevision).optional(),
  tasks: z.array(task).optional(),
  clientTokens: z
    .record(
      z.string(),
      z.strictObject({ request: text, createdAt: instant, taskArns: texts, failures: z.array(opaque) }),
    )
    .optional(),
  outcomes: outcomesShape.optional(),
  /** Images that cannot be pulled, by name (`*` stands for anything), and why. */
  images: imagesShape.optional(),
  /** GuardDuty runtime monitoring puts its agent into every Fargate task. */
  guardDuty: flag.optional(),
  /** Target groups that no load balancer listens for. */
  unattachedTargetGroups: texts.optional(),
});

export type Section = z.infer<typeof sectionShape>;
export type ServiceEntry = NonNullable<Section['services']>[number];
export type TaskDefinitionEntry = NonNullable<Section['taskDefinitions']>[number];
export type ClusterEntry = NonNullable<Section['clusters']>[number];
