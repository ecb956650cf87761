import type { Reading } from '../../../reconcile/reading.ts';
import type { ServiceDeployment, StoppedTask } from './deployments.ts';
import type { Launch } from './fargate.ts';

/** The tag that says whose a service or revision is. */
export const OWNER_TAG = 'trimtab:owner';

/** The tag on a revision that says what it was made from and with. */
export const DIGEST_TAG = 'trimtab:digest';

/** A service in normal form: data only, instants in epoch milliseconds, nothing that ticks by itself. */
export interface ObservedService {
  readonly name: string;
  readonly arn: string;
  readonly clusterArn: string;
  readonly status: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  /** The revision's ARN. */
  readonly taskDefinition: string;
  /** `ECS` where AWS leaves it out. */
  readonly controller: string;
  /** `REPLICA` or `DAEMON`. */
  readonly scheduling: string;
  /** `ROLLING` where AWS leaves it out. */
  readonly strategy: string;
  readonly launch: Launch;
  readonly propagateTags: string;
  readonly breaker: boolean;
  /** What a rolling update is told; an update that changes one member must send the others too. */
  readonly deploymentConfiguration: RollingConfiguration;
  readonly deployments: readonly ObservedDeployment[];
  readonly tags: Tags;
  /** How its tasks are started, for tasks and services made after it. */
  readonly placing: Placing;
}

/** Members of CreateService and RunTask that say where and how tasks run, in the API's names. */
export interface Placing {
  readonly launchType?: string;
  readonly capacityProviderStrategy?: unknown;
  readonly platformVersion?: string;
  readonly networkConfiguration?: unknown;
  readonly enableExecuteCommand?: boolean;
  readonly enableECSManagedTags?: boolean;
}

export interface RollingConfiguration {
  readonly maximumPercent?: number;
  readonly minimumHealthyPercent?: number;
  readonly alarms?: unknown;
}

export interface ObservedDeployment {
  readonly id: string;
  readonly status: string;
  readonly taskDefinition: string;
  readonly rolloutState: string;
  readonly createdAt: number;
  /** Tasks that failed in a row. */
  readonly failedTasks: number;
}

export type Tags = Readonly<Record<string, string>>;

/** What planning needs of a revision. The environment of its containers is never taken out of AWS's answer. */
export interface ObservedRevision {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly active: boolean;
  readonly cpu?: number;
  readonly memory?: number;
  readonly fargate: boolean;
  readonly executionRoleArn?: string;
  readonly containers: readonly ObservedContainer[];
  /** Size of the whole definition as JSON; ECS takes 64 KiB. */
  readonly bytes: number;
  readonly tags: Tags;
}

export interface ObservedContainer {
  readonly name: string;
  readonly cpu: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly secrets: readonly Secret[];
  /** Names of its plain environment variables; their values are never taken out of AWS's answer. */
  readonly variables: readonly string[];
  readonly logDriver?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly entryPoint?: readonly string[];
}

/** A variable of a container that is taken from a parameter or secret when a task starts. */
export interface Secret {
  readonly name: string;
  /** An ARN, or the name of a parameter. */
  readonly valueFrom: string;
}

/** Whether another app names a service too. */
export interface RivalClaim {
  readonly app: string;
  readonly process: string;
  readonly claims: 'yes' | 'no' | 'unknown';
  /** Why it is not known. */
  readonly because?: string;
}

/** One service an app may own, and all that was read about it. */
export interface ServiceFacts {
  readonly process: string;
  readonly service: string;
  readonly reading: Reading<ObservedService>;
  /** The revision it runs; absent when not read. */
  readonly revision?: Reading<ObservedRevision>;
  /** The newest revision of that family, when another one is wanted; absent where none can have been made for it. */
  readonly newest?: Reading<ObservedRevision>;
  /** Only for a service without an owner tag; undefined when there are too many to ask. */
  readonly rivals?: readonly RivalClaim[];
  /** Only while a rollout is open: since when its deployments are followed, and those, newest first. */
  readonly followedSince?: number;
  readonly deployments?: Reading<readonly ServiceDeployment[]>;
  /** Only when one of those ended badly. */
  readonly stopped?: Reading<readonly StoppedTask[]>;
}

export interface ServicesFacts {
  /** Where services are; undefined when nothing says so. */
  readonly cluster?: string;
  readonly services: readonly ServiceFacts[];
}

/**
 * Whether a service that cannot be read now might be the one that shows how other tasks of the app are made: its web,
 * else its first. Another one must not be taken for it.
 */
export function isShownByUnread(shown: string | undefined, services: readonly ServiceFacts[]): boolean {
  return shown !== 'web' && services.some(({ reading }) => reading.state === 'unreadable');
}

export interface AwsTag {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

/** The members of ECS's `Service` that are used; everything may be missing. */
export interface ServiceDocument {
  readonly serviceName?: string | undefined;
  readonly serviceArn?: string | undefined;
  readonly clusterArn?: string | undefined;
  readonly status?: string | undefined;
  readonly desiredCount?: number | undefined;
  readonly runningCount?: number | undefined;
  readonly taskDefinition?: string | undefined;
  readonly launchType?: string | undefined;
  readonly capacityProviderStrategy?:
    | ReadonlyArray<{ readonly capacityProvider?: string | undefined }>
    | undefined;
  readonly platformVersion?: string | undefined;
  readonly networkConfiguration?: unknown;
  readonly enableExecuteCommand?: boolean | undefined;
  readonly enableECSManagedTags?: boolean | undefined;
  readonly schedulingStrategy?: string | undefined;
  readonly deploymentController?: { readonly type?: string | undefined } | undefined;
  readonly propagateTags?: string | undefined;
  readonly deploymentConfiguration?:
    | {
        readonly strategy?: string | undefined;
        readonly maximumPercent?: number | undefined;
        readonly minimumHealthyPercent?: number | undefined;
        readonly alarms?: unknown;
        readonly deploymentCircuitBreaker?: { readonly enable?: boolean | undefined } | undefined;
      }
    | undefined;
  readonly deployments?: readonly DeploymentDocument[] | undefined;
  readonly tags?: readonly AwsTag[] | undefined;
}

interface DeploymentDocument {
  readonly id?: string | undefined;
  readonly status?: string | undefined;
  readonly taskDefinition?: string | undefined;
  readonly rolloutState?: string | undefined;
  readonly createdAt?: Date | undefined;
  readonly failedTasks?: number | undefined;
}

/** A service as ECS describes it, in normal form. */
export function normalService(document: ServiceDocument): ObservedService {
  const configuration = document.deploymentConfiguration ?? {};
  return {
    name: document.serviceName ?? '',
    arn: document.serviceArn ?? '',
    clusterArn: document.clusterArn ?? '',
    status: document.status ?? 'ACTIVE',
    desiredCount: document.desiredCount ?? 0,
    runningCount: document.runningCount ?? 0,
    taskDefinition: document.taskDefinition ?? '',
    controller: document.deploymentController?.type ?? 'ECS',
    scheduling: document.schedulingStrategy ?? 'REPLICA',
    strategy: configuration.strategy ?? 'ROLLING',
    launch: launchOf(document),
    propagateTags: document.propagateTags ?? 'NONE',
    breaker: configuration.deploymentCircuitBreaker?.enable === true,
    deploymentConfiguration: rollingConfiguration(configuration),
    deployments: (document.deployments ?? []).map(normalDeployment),
    tags: tagsOf(document.tags),
    placing: placingOf(document),
  };
}

function placingOf(document: ServiceDocument): Placing {
  const { launchType, platformVersion, capacityProviderStrategy, networkConfiguration } = document;
  const { enableExecuteCommand, enableECSManagedTags } = document;
  const members = {
    launchType: (capacityProviderStrategy?.length ?? 0) > 0 ? undefined : launchType,
    capacityProviderStrategy:
      (capacityProviderStrategy?.length ?? 0) > 0 ? capacityProviderStrategy : undefined,
    platformVersion,
    networkConfiguration,
    enableExecuteCommand,
    enableECSManagedTags,
  };
  // Facts are data only: what AWS does not say is left out.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Placing;
}

function rollingConfiguration(
  configuration: NonNullable<ServiceDocument['deploymentConfiguration']>,
): RollingConfiguration {
  const { maximumPercent, minimumHealthyPercent, alarms } = configuration;
  return {
    ...(maximumPercent === undefined ? {} : { maximumPercent }),
    ...(minimumHealthyPercent === undefined ? {} : { minimumHealthyPercent }),
    ...(alarms === undefined ? {} : { alarms }),
  };
}

function normalDeployment(document: DeploymentDocument): ObservedDeployment {
  return {
    id: document.id ?? '',
    status: document.status ?? '',
    taskDefinition: document.taskDefinition ?? '',
    rolloutState: document.rolloutState ?? '',
    createdAt: document.createdAt?.getTime() ?? 0,
    failedTasks: document.failedTasks ?? 0,
  };
}

/** The deployment that a service is brought to. */
export function primaryOf(service: ObservedService): ObservedDeployment | undefined {
  return service.deployments.find(({ status }) => status === 'PRIMARY');
}

/** A service with a capacity provider strategy has no launch type. */
function launchOf(document: ServiceDocument): Launch {
  const provider = document.capacityProviderStrategy?.[0]?.capacityProvider;
  const name = provider ?? document.launchType ?? 'EC2';
  return name.startsWith('FARGATE') ? 'fargate' : 'ec2';
}

export function tagsOf(tags: readonly AwsTag[] = []): Tags {
  return Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value]));
}

/** `shop-web` of `arn:…:task-definition/shop-web:7`. */
export function familyOf(taskDefinition: string): string {
  const name = taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1);
  return name.replace(/:\d+$/, '');
}

/** `production` of `arn:…:cluster/production`; a name is given back as it is. */
export function clusterName(cluster: string): string {
  return cluster.slice(cluster.lastIndexOf('/') + 1);
}
