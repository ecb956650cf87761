import type { Simulator } from '../../src/simulator/account.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { type Item, plain } from './decoding.ts';

/** The state of an account at this very moment: no lag, no entry in the call log, no draw of chance. */
export class Sight {
  private readonly simulator: Simulator;
  private readonly account: string;
  private readonly region: string;

  constructor(simulator: Simulator, account = DEFAULT_ACCOUNT, region = DEFAULT_REGION) {
    this.simulator = simulator;
    this.account = account;
    this.region = region;
  }

  /** An item as the CLI's decoder gets it. */
  item(partition: string, sort: string): Item | undefined {
    const Key = { primary_id: { S: partition }, secondary_id: { S: sort } };
    const { Item: item } = this.ask('dynamodb', 'GetItem', {
      TableName: 'apppack',
      Key,
      ConsistentRead: true,
    });
    return item === undefined ? undefined : plain(item as Item);
  }

  /** The records of builds of a partition. */
  builds(partition: string): readonly Item[] {
    const { Items: items = [] } = this.ask('dynamodb', 'Query', {
      TableName: 'apppack',
      ConsistentRead: true,
      KeyConditionExpression: 'primary_id = :app AND begins_with(secondary_id, :prefix)',
      ExpressionAttributeValues: { ':app': { S: partition }, ':prefix': { S: 'BUILD#' } },
    });
    return (items as readonly Item[]).map(plain);
  }

  /** The builds of a project that were started last, newest first. */
  newestBuilds(
    projectName: string,
  ): ReadonlyArray<{ readonly number: number; readonly sourceVersion: string }> {
    const { ids = [] } = this.ask('codebuild', 'ListBuildsForProject', { projectName });
    const some = (ids as readonly string[]).slice(0, 10);
    const { builds = [] } = this.ask('codebuild', 'BatchGetBuilds', { ids: some });
    return (builds as readonly Item[])
      .map(({ buildNumber, sourceVersion = '' }) => ({
        number: Number(buildNumber),
        sourceVersion: String(sourceVersion),
      }))
      .sort((a, b) => b.number - a.number);
  }

  /** `BUILD`, …; what CodeBuild does for a build now. */
  buildPhase(arn: string): string | undefined {
    const ids = [arn.slice(arn.indexOf('/') + 1)];
    const { builds = [] } = this.ask('codebuild', 'BatchGetBuilds', { ids });
    return (builds as ReadonlyArray<{ readonly currentPhase?: string }>)[0]?.currentPhase;
  }

  /** `RUNNING`, …; undefined for a task that ECS does not know. */
  taskStatus(arn: string): string | undefined {
    const id = arn.slice(arn.lastIndexOf('/') + 1);
    const task = this.ecs('tasks').find((one) => JSON.stringify(one).includes(id));
    return task === undefined ? undefined : String(task.lastStatus ?? task.status);
  }

  /** What tag a revision has. */
  revisionTag(taskDefinition: string, tag: string): string | undefined {
    const name = taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1);
    const { tags = [] } = this.ask('ecs', 'DescribeTaskDefinition', {
      taskDefinition: name,
      include: ['TAGS'],
    });
    return (tags as ReadonlyArray<{ readonly key: string; readonly value: string }>).find(
      ({ key }) => key === tag,
    )?.value;
  }

  objectExists(url: string): boolean {
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
    const { readObjects } = this.simulator.offers(this.account, this.region);
    return readObjects?.(bucket, key)[''] !== undefined;
  }

  private ecs(section: string): ReadonlyArray<Item> {
    const dump = this.simulator.region(this.account, this.region).get('ecs')?.dump() as Item;
    return (dump[section] ?? []) as readonly Item[];
  }

  private ask(service: string, operation: string, input: Record<string, unknown>): Item {
    const perform = this.simulator.region(this.account, this.region).get(service)?.operations[operation];
    // All of the simulator's reads answer at once.
    return (perform?.(input, { client: 'person', accessKey: this.account }) ?? {}) as Item;
  }
}
