/** A token bucket as AWS publishes it: at most `burst` calls at once, `perSecond` of them come back. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** The calls that share one of AWS's buckets. */
export interface RateGroup {
  /** `ecs/service-read`; fit for a metric label. */
  readonly name: string;
  readonly published: Rate;
  /** Nobody else has much to send here, so that it need not be shared: we use all of it but one call of the burst. */
  readonly isOurs?: true;
  /** Operations of it; a group without any takes what no other group of its service names. */
  readonly operations?: readonly string[];
}

function group(name: string, burst: number, perSecond: number, operations?: readonly string[]): RateGroup {
  return { name, published: { burst, perSecond }, ...(operations === undefined ? {} : { operations }) };
}

/**
 * Published rates, by account and region. SQS, DynamoDB and STS are not limited here: their rates are far above
 * ours, and a heartbeat must never wait.
 *
 * ecs: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 * ssm: https://docs.aws.amazon.com/general/latest/gr/ssm.html
 * events: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html (shared, not adjustable)
 * autoscaling: not published; ten a second is what its users report to hold.
 * codebuild: not published; ten a second is far above what following builds takes.
 * logs: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
 */
const GROUPS: Readonly<Record<string, readonly RateGroup[]>> = {
  ssm: [
    group('ssm/get', 40, 40, ['GetParameter', 'GetParameters', 'GetParametersByPath']),
    group('ssm/describe', 3, 3, ['DescribeParameters']),
    group('ssm/other', 3, 3),
  ],
  ecs: [
    {
      ...group('ecs/task-definition-modify', 20, 1, ['RegisterTaskDefinition', 'DeregisterTaskDefinition']),
      isOurs: true,
    },
    group('ecs/task-definition-read', 50, 20, [
      'DescribeTaskDefinition',
      'ListTaskDefinitions',
      'ListTaskDefinitionFamilies',
    ]),
    group('ecs/service-modify', 50, 5, ['CreateService', 'UpdateService', 'DeleteService']),
    group('ecs/service-read', 100, 20, ['DescribeServices', 'ListServices']),
    group('ecs/service-deployment', 50, 20, ['DescribeServiceDeployments', 'ListServiceDeployments']),
    group('ecs/service-revision', 50, 20, ['DescribeServiceRevisions']),
    group('ecs/cluster-resource-modify', 100, 40, ['RunTask', 'StartTask', 'StopTask', 'ExecuteCommand']),
    group('ecs/cluster-resource-read', 100, 20, ['DescribeTasks', 'ListTasks']),
    group('ecs/cluster-read', 50, 20, ['DescribeClusters', 'ListClusters']),
    group('ecs/tag-modify', 20, 10, ['TagResource', 'UntagResource']),
    group('ecs/tag-read', 50, 20, ['ListTagsForResource']),
    group('ecs/other', 5, 1),
  ],
  events: [group('events/control', 50, 50)],
  autoscaling: [group('autoscaling/all', 10, 10)],
  codebuild: [group('codebuild/all', 20, 10)],
  logs: [group('logs/read', 25, 25, ['GetLogEvents']), group('logs/other', 10, 10)],
};

/** Operations of a limited service that are limited elsewhere or not at all. */
const UNLIMITED: Readonly<Record<string, readonly string[]>> = { events: ['PutEvents'] };

/** The groups of a service by the operations they name, and the one that takes the rest. */
interface Table {
  readonly named: ReadonlyMap<string, RateGroup | undefined>;
  readonly rest: RateGroup | undefined;
}

const TABLES = new Map(
  Object.entries(GROUPS).map(([service, groups]) => [service, tableOf(service, groups)]),
);

function tableOf(service: string, groups: readonly RateGroup[]): Table {
  const named = new Map<string, RateGroup | undefined>();
  for (const group of groups) for (const operation of group.operations ?? []) named.set(operation, group);
  for (const operation of UNLIMITED[service] ?? []) named.set(operation, undefined);
  return { named, rest: groups.find(({ operations }) => operations === undefined) };
}

/** The bucket an operation draws from; undefined for those that are not limited. */
export function rateGroupOf(service: string, operation: string): RateGroup | undefined {
  const table = TABLES.get(service);
  return table?.named.has(operation) ? table.named.get(operation) : table?.rest;
}
