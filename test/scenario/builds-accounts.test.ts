import { StartBuildCommand } from '@aws-sdk/client-codebuild';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { fromAttributes } from '../../src/aws/attributes.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { type BuildRecord, buildRecordKey, closingOf, parseBuildItem } from '../../src/store/builds.ts';
import { parseReleaseItem, releaseKey } from '../../src/store/releases.ts';
import type { ItemKey } from '../../src/store/table.ts';
import { accountIds, list, roleIn, TABLE_OF_ACCOUNTS } from './accounts-hands.ts';
import { states, until, worldOfBuilds } from './builders.ts';
import { openStage, type Stage } from './stage.ts';
import { worldOf } from './worlds.ts';

const [OTHER = ''] = accountIds(1);

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

/** What the stack of a pipeline says of tasks, for review apps have no service to take that from. */
const ECS_CONFIG = {
  primary_id: 'APP#shop',
  secondary_id: 'CONFIG#ecs',
  value: {
    run_task_args: {
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    },
    task_definition_args: {
      cpu: '256',
      memory: '512',
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
    },
  },
};

/** A home without builds, and an account beside it in which an app is built. */
async function open(): Promise<Stage> {
  const sts = { roles: { [roleIn(OTHER)]: { externalId: 'between us' } } };
  // ARNs in it are of the account that worlds are of otherwise.
  const sections = JSON.parse(
    JSON.stringify(worldOfBuilds({ items: [ECS_CONFIG] })).replaceAll(DEFAULT_ACCOUNT, OTHER),
  );
  stage = await openStage({
    sections: worldOf({ shop: {} }),
    others: [{ id: OTHER, region: DEFAULT_REGION, ...sections, sts }],
    settings: TABLE_OF_ACCOUNTS,
  });
  await list(stage, [OTHER]);
  return stage;
}

async function itemIn(
  dynamodb: Stage['person']['dynamodb'],
  { partition, sort }: ItemKey,
): Promise<ReturnType<typeof fromAttributes> | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: 'apppack',
      Key: { primary_id: { S: partition }, secondary_id: { S: sort } },
      ConsistentRead: true,
    }),
  );
  return Item === undefined ? undefined : fromAttributes(Item);
}

async function recordIn(on: Stage): Promise<BuildRecord | undefined> {
  const item = await itemIn(on.personIn(OTHER).dynamodb, buildRecordKey('shop', 1));
  const parsed = item === undefined ? undefined : parseBuildItem(item);
  return parsed?.ok === true ? parsed.value : undefined;
}

describe('a build in another account', () => {
  it('is recorded there and released there, and what is remembered of it lies at home', async () => {
    const on = await open();
    const actor = await on.start();
    await on.clock.advance(90_000);
    await on.personIn(OTHER).codebuild.send(new StartBuildCommand({ projectName: 'shop' }));
    const isClosed = async () => {
      const record = await recordIn(on);
      return record !== undefined && closingOf(record) !== undefined;
    };
    expect(await until(on, isClosed)).toBe(true);
    expect(states(await recordIn(on))).toMatchObject({ release: 'succeeded', deploy: 'succeeded' });
    await on.clock.advance(60_000);
    const release = releaseKey({ account: OTHER, region: DEFAULT_REGION }, 'shop');
    const atHome = parseReleaseItem((await itemIn(on.person.dynamodb, release)) ?? {});
    expect(atHome).toMatchObject({ ok: true, value: { decided: { outcome: 'succeeded' } } });
    expect(await itemIn(on.personIn(OTHER).dynamodb, release)).toBeUndefined();
    expect(actor.failures).toEqual([]);
  });

  it('of a review app leaves nothing behind, there or at home, when its pull request is closed', async () => {
    const on = await open();
    const { ssm, codebuild, dynamodb } = on.personIn(OTHER);
    const Name = '/apppack/pipelines/shop/review-apps/pr/7';
    const Value = JSON.stringify({ pull_request: 'pr/7', status: 'created' });
    await ssm.send(new PutParameterCommand({ Name, Value, Type: 'String' }));
    const actor = await on.start();
    await on.clock.advance(90_000);
    await codebuild.send(new StartBuildCommand({ projectName: 'shop', sourceVersion: 'pr/7' }));
    const release = releaseKey({ account: OTHER, region: DEFAULT_REGION }, 'shop:7');
    const record = buildRecordKey('shop:7', 1);
    const releaseIn = async () => parseReleaseItem((await itemIn(on.person.dynamodb, release)) ?? {});
    const isReleased = async () => {
      const read = await releaseIn();
      return read.ok && read.value.decided?.outcome === 'succeeded';
    };
    expect(await until(on, isReleased)).toBe(true);
    expect(await itemIn(dynamodb, record)).toBeDefined();
    await ssm.send(new DeleteParameterCommand({ Name }));
    const isGone = async () =>
      (await itemIn(on.person.dynamodb, release)) === undefined &&
      (await itemIn(dynamodb, record)) === undefined;
    expect(await until(on, isGone, 1_800_000)).toBe(true);
    await on.clock.advance(600_000);
    expect(await isGone()).toBe(true);
    expect(actor.failures).toEqual([]);
  }, 60_000);
});
