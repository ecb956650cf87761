import { DescribeServicesCommand, DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { type Attributes, fromAttributes } from '../../src/aws/attributes.ts';
import { parseStatus, type Status } from '../../src/reconcile/status.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { type BuildRecord, buildRecordKey, closingOf, parseBuildItem } from '../../src/store/builds.ts';
import { parseReleaseItem, type ReleaseRecord, releaseKey } from '../../src/store/releases.ts';
import {
  type DeployStatus,
  deployStatusKey,
  type Item,
  type ItemKey,
  parseDeployStatusItem,
  statusKey,
} from '../../src/store/table.ts';
import type { Theatre } from './theatre.ts';

/** What there is to see of a deployment at this very moment, without any lag. */

const PLACE = { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION };

function itemAt({ simulator }: Theatre, { partition, sort }: ItemKey): Item | undefined {
  const read = simulator.region(PLACE.account, PLACE.region).get('dynamodb')?.operations.GetItem;
  const Key = { primary_id: { S: partition }, secondary_id: { S: sort } };
  const input = { TableName: 'apppack', Key, ConsistentRead: true };
  // Reads of the simulated table answer at once.
  const output = read?.(input, { client: 'person', accessKey: PLACE.account }) as { Item?: Attributes };
  return output.Item === undefined ? undefined : fromAttributes(output.Item);
}

export function recordIn(theatre: Theatre, app: string, number: number): BuildRecord | undefined {
  const item = itemAt(theatre, buildRecordKey(app, number));
  const parsed = item && parseBuildItem(item);
  return parsed?.ok === true ? parsed.value : undefined;
}

export function releaseIn(theatre: Theatre, app: string): ReleaseRecord | undefined {
  const item = itemAt(theatre, releaseKey(PLACE, app));
  const parsed = item && parseReleaseItem(item);
  return parsed?.ok === true ? parsed.value : undefined;
}

export function deployStatusIn(theatre: Theatre, app: string): DeployStatus | undefined {
  const item = itemAt(theatre, deployStatusKey(app));
  const parsed = item && parseDeployStatusItem(item);
  return parsed?.ok === true ? parsed.value : undefined;
}

/** What the controller remembers of the app's builds. */
export function buildStatusIn(theatre: Theatre, app: string): Status | undefined {
  const item = itemAt(theatre, statusKey({ ...PLACE, kind: 'build', name: app }));
  return item && parseStatus(item, Number(item.revision));
}

/** Whether a build is over, and everything that comes after that is done. */
export function isAtRest(theatre: Theatre, app: string, number: number): boolean {
  const record = recordIn(theatre, app, number);
  const release = releaseIn(theatre, app);
  if (record === undefined || closingOf(record) === undefined || release === undefined) return false;
  if (release.candidate !== undefined || release.decided?.source !== record.source) return false;
  const status = deployStatusIn(theatre, app);
  return status?.buildNumber === release.current?.buildNumber && status?.phase !== 'deploy';
}

/** What a service runs, and whether nothing of it is under way. */
export async function servedBy(
  { person: { ecs } }: Theatre,
  service: string,
): Promise<{ readonly image: string | undefined; readonly isSteady: boolean }> {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster: 'main', services: [service] }));
  const [found] = services ?? [];
  if (found === undefined) return { image: undefined, isSteady: true };
  const { taskDefinition: arn, deployments = [], runningCount, desiredCount } = found;
  const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }));
  return {
    image: taskDefinition?.containerDefinitions?.[0]?.image,
    isSteady:
      deployments.length === 1 &&
      deployments[0]?.rolloutState === 'COMPLETED' &&
      runningCount === desiredCount,
  };
}
