import type { z } from 'zod';
import type { Document } from './input.ts';
import type { deploymentConfiguration, tag } from './shapes.ts';
import type { TaskDefinitionBody } from './task-definition-shape.ts';

/** Records are immutable: a change puts a new one, so that stale reads can still see the old. Instants in ms. */

export type Tag = z.infer<typeof tag>;
export type DeploymentConfiguration = z.infer<typeof deploymentConfiguration>;

export interface ClusterRecord {
  readonly name: string;
  readonly arn: string;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly tags: readonly Tag[];
  readonly settings: readonly Document[];
  readonly configuration?: Document | undefined;
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly StrategyItem[];
  /** Machines for tasks that do not run on Fargate; nobody can register one through the API here. */
  readonly containerInstances: number;
}

export interface StrategyItem {
  readonly capacityProvider: string;
  readonly weight?: number | undefined;
  readonly base?: number | undefined;
}

export interface TaskDefinitionRecord {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  readonly body: TaskDefinitionBody;
  readonly tags: readonly Tag[];
  readonly registeredAt: number;
  readonly registeredBy: string;
  readonly deregisteredAt?: number;
  readonly deleteRequestedAt?: number;
}

/** What a deployment rolls out: the members whose change starts a new deployment. */
export interface Workload {
  readonly taskDefinition: string;
  readonly launchType?: string | undefined;
  readonly capacityProviderStrategy?: readonly StrategyItem[] | undefined;
  readonly platformVersion?: string | undefined;
  readonly platformFamily?: string | undefined;
  readonly networkConfiguration?: Document | undefined;
  readonly loadBalancers?: readonly Document[] | undefined;
  readonly serviceRegistries?: readonly Document[] | undefined;
  readonly serviceConnectConfiguration?: Document | undefined;
  readonly volumeConfigurations?: readonly Document[] | undefined;
  readonly vpcLatticeConfigurations?: readonly Document[] | undefined;
}

/** Members of a service that change nothing about running tasks. */
export interface ServiceSettings {
  readonly controller: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly placementConstraints: readonly Document[];
  readonly placementStrategy: readonly Document[];
  readonly healthCheckGracePeriodSeconds?: number | undefined;
  readonly enableECSManagedTags: boolean;
  readonly enableExecuteCommand: boolean;
  readonly propagateTags: 'TASK_DEFINITION' | 'SERVICE' | 'NONE';
  readonly availabilityZoneRebalancing: 'ENABLED' | 'DISABLED';
  readonly role?: string | undefined;
  readonly gatewayConnectors?: readonly Document[] | undefined;
  readonly monitoring?: Document | undefined;
}

type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** One entry of `deployments` of DescribeServices. */
export interface DeploymentRecord {
  readonly id: string;
  readonly serviceDeploymentArn: string;
  readonly serviceRevisionArn: string;
  readonly workload: Workload;
  readonly rolloutState: RolloutState;
  readonly rolloutStateReason: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly failedTasks: number;
  /** Whether the circuit breaker started it, to go back to what worked. */
  readonly isRollback: boolean;
}

export interface ServiceEvent {
  readonly id: string;
  readonly createdAt: number;
  readonly message: string;
}

export interface ServiceRecord {
  readonly arn: string;
  readonly name: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly desiredCount: number;
  readonly workload: Workload;
  readonly settings: ServiceSettings;
  readonly tags: readonly Tag[];
  /** Newest first; the first is PRIMARY. */
  readonly deployments: readonly DeploymentRecord[];
  /** The youngest deployment in state COMPLETED: where the circuit breaker goes back to. */
  readonly lastCompleted?: DeploymentRecord | undefined;
  /** Newest first. */
  readonly events: readonly ServiceEvent[];
  readonly steady: boolean;
  readonly createdAt: number;
  readonly createdBy: string;
  /** What CreateService asked for; absent once something else was asked. */
  readonly request?: string | undefined;
  /** Tasks in a row that never ran, and the instant before which no other is tried. */
  readonly launchFailures: number;
  readonly nextLaunchAt?: number | undefined;
  /** Set when INACTIVE; from then on the service is gone. */
  readonly purgeAt?: number | undefined;
}

export type ServiceDeploymentStatus =
  | 'PENDING'
  | 'IN_PROGRESS'
  | 'SUCCESSFUL'
  | 'STOP_REQUESTED'
  | 'STOPPED'
  | 'ROLLBACK_REQUESTED'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_SUCCESSFUL'
  | 'ROLLBACK_FAILED';

/** What ListServiceDeployments and DescribeServiceDeployments show. */
export interface ServiceDeploymentRecord {
  readonly arn: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly deploymentId: string;
  readonly status: ServiceDeploymentStatus;
  readonly statusReason?: string | undefined;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
  readonly updatedAt: number;
  readonly sourceRevisions: ReadonlyArray<{
    readonly arn: string;
    readonly runningCount: number;
    readonly pendingCount: number;
  }>;
  readonly targetRevisionArn: string;
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly requestedCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly failureCount: number;
  readonly threshold: number;
  readonly breakerStatus: 'DISABLED' | 'MONITORING' | 'MONITORING_COMPLETE' | 'TRIGGERED';
  readonly rollback?: {
    readonly reason: string;
    readonly startedAt: number;
    readonly serviceRevisionArn: string;
  };
}

export interface ServiceRevisionRecord {
  readonly arn: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly workload: Workload;
  readonly createdAt: number;
}

type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

/** How a task will fare; decided when it is created. */
export interface Fate {
  /** It never runs, with this reason. */
  readonly startFailure?: string | undefined;
  /** AWS takes it away after `runMs`, with this stop code. */
  readonly lost?: 'SpotInterruption' | 'TerminationNotice' | 'InfrastructureHealth' | undefined;
  /** It stays PENDING. */
  readonly neverStarts?: boolean | undefined;
  /** Its execution role may not read its secrets. */
  readonly secretsDenied?: boolean | undefined;
  /** It exits before it is reported RUNNING. */
  readonly exitsAtOnce?: boolean | undefined;
  /** It exits after having been RUNNING this long. */
  readonly runMs?: number | undefined;
  readonly exitCode?: number | undefined;
  readonly stoppedReason?: string | undefined;
  /** Its health checks fail after it was RUNNING this long. */
  readonly unhealthyAfterMs?: number | undefined;
  readonly logLines?: readonly string[] | undefined;
  /** The container all this is about; the first one unless said. */
  readonly container?: string | undefined;
}

export interface ContainerRecord {
  readonly arn: string;
  readonly name: string;
  readonly image?: string | undefined;
  readonly cpu: string;
  readonly memory?: string | undefined;
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly imageDigest?: string | undefined;
  readonly runtimeId?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
}

export interface TaskRecord {
  readonly arn: string;
  readonly id: string;
  readonly clusterArn: string;
  readonly serviceArn?: string | undefined;
  readonly group: string;
  readonly startedBy?: string | undefined;
  readonly taskDefinitionArn: string;
  readonly launchType?: string | undefined;
  readonly capacityProviderName?: string | undefined;
  readonly platformVersion?: string | undefined;
  readonly platformFamily?: string | undefined;
  readonly containerInstanceArn?: string | undefined;
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly ephemeralStorage?: Document | undefined;
  readonly availabilityZone: string;
  readonly enableExecuteCommand: boolean;
  readonly overrides: Document;
  readonly network?: NetworkInterface | undefined;
  readonly containers: readonly ContainerRecord[];
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly lastStatus: TaskStatus;
  readonly version: number;
  readonly tags: readonly Tag[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly connectivityAt?: number | undefined;
  readonly pullStartedAt?: number | undefined;
  readonly pullStoppedAt?: number | undefined;
  readonly startedAt?: number | undefined;
  readonly healthyAt?: number | undefined;
  readonly stoppingAt?: number | undefined;
  readonly executionStoppedAt?: number | undefined;
  readonly stoppedAt?: number | undefined;
  readonly stopCode?: string | undefined;
  readonly stoppedReason?: string | undefined;
  /** Whether the service scheduler counts its end as a failure of the deployment. */
  readonly failed?: boolean | undefined;
  readonly fate: Fate;
  /** When the next change of state is due; absent when nothing will happen by itself. */
  readonly dueAt?: number | undefined;
}

export interface NetworkInterface {
  readonly attachmentId: string;
  readonly interfaceId: string;
  readonly subnetId: string;
  readonly macAddress: string;
  readonly address: string;
}

/** The memory of a RunTask that came with a client token. */
export interface TokenRecord {
  readonly request: string;
  readonly createdAt: number;
  readonly taskArns: readonly string[];
  readonly failures: readonly Document[];
}

/** A family remembers its highest revision even when the revision is deleted: numbers are never reused. */
export interface FamilyRecord {
  lastRevision: number;
  readonly revisions: number[];
}
