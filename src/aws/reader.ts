import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { found, type Parameter, type ParameterName, type Reading } from '../reconcile/reading.ts';
import { type Batcher, createBatcher, createMemo, createPace, type Pace } from './batch.ts';
import { mayAskSingly } from './complete.ts';
import { listServiceDeployments } from './deployments.ts';
import { getItemsOf, ITEMS_MAX, itemId } from './items.ts';
import { NAMES_MAX, parameterNames, parameters } from './parameters.ts';
import { listRules, listTargets } from './rules.ts';
import {
  describePoliciesNamed,
  describeScalableTargets,
  describeScalingPolicies,
  describeScheduledActions,
  TARGETS_MAX,
} from './scaling.ts';
import { describeServices, describeTaskDefinition, listStoppedTasks, SERVICES_MAX } from './services.ts';
import type {
  Rule,
  RuleTarget,
  ScalableTarget,
  ScalingPolicy,
  ScheduledAction,
  Service,
  ServiceDeployment,
  Task,
  TaskDefinition,
} from './shapes.ts';
import type { TaskDefinitionCache } from './task-definitions.ts';

/**
 * Everything the loop reads from AWS goes through here. One is made for each pass (`createReader`) and forgets
 * everything with it, but for task definitions, which never change; a sweep makes one for all its keys
 * (`createSweepReader`), which joins what they ask for into as few calls as the services allow. Methods never
 * throw for what AWS answers: they say `unreadable`. Lists are complete or unreadable, never partial.
 */
export interface Reader {
  /** Documents of desired state, by name. One GetParameters per ten; a denied one is singled out. */
  parameters(names: readonly string[]): Promise<ReadonlyMap<string, Reading<Parameter>>>;
  /** Names and versions directly below `path` (no slash at its end); `[]` when there are none. */
  parameterNames(path: string): Promise<Reading<readonly ParameterName[]>>;
  /** One item of the installation's table, as plain JSON. */
  item(partition: string, sort: string): Promise<Reading<Readonly<Record<string, unknown>>>>;
  /** Services by name; a missing or INACTIVE one is absent. DescribeServices with TAGS, ten at a time. */
  services(cluster: string, names: readonly string[]): Promise<ReadonlyMap<string, Reading<Service>>>;
  /** A revision by ARN, with tags. Cached for the life of the process: revisions do not change. */
  taskDefinition(arn: string): Promise<Reading<TaskDefinition>>;
  /** The newest ACTIVE revision of a family, with tags; never cached. */
  newestTaskDefinition(family: string): Promise<Reading<TaskDefinition>>;
  /** Deployments of a service created at or after `since` (epoch milliseconds), newest first. At most three calls. */
  serviceDeployments(
    cluster: string,
    service: string,
    since: number,
  ): Promise<Reading<readonly ServiceDeployment[]>>;
  /** Recently stopped tasks of a service, to say why a rollout failed. */
  stoppedTasks(cluster: string, service: string): Promise<Reading<readonly Task[]>>;
  /** Scalable targets of ECS services by resource id (`service/<cluster>/<service>`). */
  scalableTargets(resourceIds: readonly string[]): Promise<ReadonlyMap<string, Reading<ScalableTarget>>>;
  scalingPolicies(resourceId: string): Promise<Reading<readonly ScalingPolicy[]>>;
  /**
   * Of one service's policies at least the one named `own`, and all of them where it has none of that name. The
   * services of an app, whose policies have one name, take one call together.
   */
  ownScalingPolicies(resourceId: string, own: string): Promise<Reading<readonly ScalingPolicy[]>>;
  scheduledActions(resourceId: string): Promise<Reading<readonly ScheduledAction[]>>;
  /** Rules of the default bus whose name begins with `prefix`. */
  rules(prefix: string): Promise<Reading<readonly Rule[]>>;
  ruleTargets(rule: string): Promise<Reading<readonly RuleTarget[]>>;
}

/** The clients a reader uses; `Clients` has them. */
export interface ReadingClients {
  readonly ssm: SSMClient;
  readonly ecs: ECSClient;
  readonly events: EventBridgeClient;
  readonly autoscaling: ApplicationAutoScalingClient;
  readonly dynamodb: DynamoDBClient;
}

export interface ReaderOptions {
  /** The table with the records of apps. */
  readonly table: string;
  /** Where the installation's own items are, when that is another account or region. */
  readonly home?: DynamoDBClient | undefined;
  readonly taskDefinitions: TaskDefinitionCache;
}

/**
 * The reader of one pass. What is asked for in the same turn goes out together, and nothing is asked for
 * twice, so it shows one moment of the account: do not keep it for the next pass.
 */
export function createReader(clients: ReadingClients, options: ReaderOptions): Reader {
  return assembleReader(clients, options, createPace({ patient: false }));
}

/** A reader whose batches go out as `pace` says. */
export function assembleReader(clients: ReadingClients, options: ReaderOptions, pace: Pace): Reader {
  const { ssm, events, autoscaling, dynamodb } = clients;
  const parameter = createBatcher({ max: NAMES_MAX, pace, ask: (names) => parameters(ssm, names) });
  const target = createBatcher({
    max: TARGETS_MAX,
    pace,
    ask: (resourceIds) => describeScalableTargets(autoscaling, resourceIds),
  });
  const names = createMemo(pace, (path: string) => parameterNames(ssm, path));
  const item = createBatcher({
    max: ITEMS_MAX,
    pace,
    ask: (ids) => getItemsOf({ ...options, dynamodb }, ids),
  });
  return {
    parameters: parameter.all,
    parameterNames: names,
    item: (partition, sort) => item.one(itemId(partition, sort)),
    ...ecsReads(clients.ecs, options, pace),
    scalableTargets: target.all,
    ...policyReads(autoscaling, pace),
    scheduledActions: createMemo(pace, (resourceId: string) =>
      describeScheduledActions(autoscaling, resourceId),
    ),
    rules: createMemo(pace, (prefix: string) => listRules(events, prefix === '' ? undefined : prefix)),
    ruleTargets: createMemo(pace, (rule: string) => listTargets(events, rule)),
  };
}

type PolicyReads = Pick<Reader, 'scalingPolicies' | 'ownScalingPolicies'>;

function policyReads(autoscaling: ApplicationAutoScalingClient, pace: Pace): PolicyReads {
  const named = createMemo(pace, (name: string) => describePoliciesNamed(autoscaling, name));
  const all = createMemo(pace, (resourceId: string) => describeScalingPolicies(autoscaling, resourceId));
  return {
    scalingPolicies: all,
    async ownScalingPolicies(resourceId, own) {
      const read = await named(own);
      if (read.state === 'unreadable' && !mayAskSingly(read)) return read;
      const found = read.state === 'found' ? read.value.filter((one) => one.ResourceId === resourceId) : [];
      return found.length > 0 ? { state: 'found', value: found } : all(resourceId);
    },
  };
}

type EcsReads = Pick<
  Reader,
  'services' | 'taskDefinition' | 'newestTaskDefinition' | 'serviceDeployments' | 'stoppedTasks'
>;

function ecsReads(ecs: ECSClient, { taskDefinitions }: ReaderOptions, pace: Pace): EcsReads {
  const clusters = new Map<string, Batcher<Reading<Service>>>();
  const servicesOf = (cluster: string) => {
    const known = clusters.get(cluster);
    if (known !== undefined) return known;
    const ask = (names: readonly string[]) => describeServices(ecs, cluster, names);
    const batcher = createBatcher({ max: SERVICES_MAX, pace, ask });
    clusters.set(cluster, batcher);
    return batcher;
  };
  const definition = createMemo(pace, (arn: string) => readTaskDefinition(ecs, arn, taskDefinitions));
  return {
    services: (cluster, names) => servicesOf(cluster).all(names),
    taskDefinition: definition,
    newestTaskDefinition: (family) => pace.during(() => describeTaskDefinition(ecs, family)),
    serviceDeployments: createMemo(pace, (cluster: string, service: string, since: number) =>
      listServiceDeployments(ecs, { cluster, service, since }, taskDefinitions),
    ),
    stoppedTasks: createMemo(pace, (cluster: string, service: string) =>
      listStoppedTasks(ecs, cluster, service),
    ),
  };
}

async function readTaskDefinition(
  ecs: ECSClient,
  arn: string,
  cache: TaskDefinitionCache,
): Promise<Reading<TaskDefinition>> {
  const kept = cache.get(arn);
  if (kept !== undefined) return found(kept);
  const read = await describeTaskDefinition(ecs, arn);
  if (read.state === 'found') cache.set(arn, read.value);
  return read;
}
