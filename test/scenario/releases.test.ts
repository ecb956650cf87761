import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeServicesCommand, DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from 'vitest';
import { fromAttributes, toAttributes } from '../../src/aws/attributes.ts';
import { requestPass } from '../../src/compose.ts';
import { type ReleaseSpec, releaseAnswer, releaseItem, releaseKey } from '../../src/store/releases.ts';
import { deploymentsOf, revisionsOf, serviceOf, setConfig } from './people.ts';
import { type Actor, openStage, type Stage } from './stage.ts';
import { scaled, worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const PLACE = { account: '123456789012', region: 'us-east-1' };
const KEY = { ...PLACE, kind: 'app', name: 'shop' } as const;

async function shop(): Promise<{ on: Stage; actor: Actor }> {
  const app = {
    scaling: { web: scaled({ min_processes: 2, max_processes: 2 }), clock: scaled(), release: scaled() },
    services: { web: {}, worker: {} },
    config: ['DATABASE_URL'],
  };
  const on = await openStage({ sections: worldOf({ shop: app }) });
  stage = on;
  const actor = await on.start();
  await on.clock.advance(60_000);
  return { on, actor };
}

function specOf(changes: Partial<ReleaseSpec> = {}): ReleaseSpec {
  return {
    sequence: 1000,
    source: 'build:shop:1',
    image: 'example.com/app:2',
    buildSystem: 'dockerfile',
    processes: [
      { process: 'web', command: 'bin/web' },
      { process: 'clock', command: 'bin/clock' },
    ],
    buildNumber: 7,
    buildId: 'shop:1',
    commit: 'abc',
    ...changes,
  };
}

let revision = 0;
async function release(
  on: Stage,
  record: Partial<Record<'current' | 'candidate' | 'previous', ReleaseSpec>>,
) {
  revision += 1;
  const item = releaseItem(releaseKey(PLACE, 'shop'), { revision, ...record }, 'test');
  await on.person.dynamodb.send(new PutItemCommand({ TableName: 'apppack', Item: toAttributes(item) }));
  await on.drive(requestPass(await on.visit(), KEY));
}

async function answer(on: Stage) {
  const connection = await on.visit();
  const status = await on.drive(connection.statuses.read(KEY));
  return releaseAnswer(status.memory);
}

async function container(on: Stage, service: string) {
  const { taskDefinition: arn = '' } = await serviceOf(on, service);
  return definition(on, arn);
}

async function definition(on: Stage, arn: string) {
  const { taskDefinition, tags } = await on.person.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: arn, include: ['TAGS'] }),
  );
  const [first] = taskDefinition?.containerDefinitions ?? [];
  return {
    name: first?.name,
    image: first?.image,
    command: first?.command,
    variables: (first?.environment ?? []).map(({ name }) => name).sort(),
    secrets: (first?.secrets ?? []).map(({ name }) => name).sort(),
    build: tags?.find(({ key }) => key === 'apppack:buildNumber')?.value,
    type: tags?.find(({ key }) => key === 'apppack:processType')?.value,
  };
}

async function deployStatus(on: Stage) {
  const { Item } = await on.person.dynamodb.send(
    new GetItemCommand({
      TableName: 'apppack',
      Key: toAttributes({ primary_id: 'APP#shop', secondary_id: 'DEPLOYSTATUS' }),
      ConsistentRead: true,
    }),
  );
  return Item === undefined ? undefined : fromAttributes(Item).value;
}

describe('a release record', () => {
  it('makes the families of its candidate and touches no service', async () => {
    const { on, actor } = await shop();
    await release(on, { candidate: specOf({ releaseCommand: 'bin/migrate' }) });
    await on.clock.advance(10_000);
    const said = await answer(on);
    expect(said).toMatchObject({ sequence: 1000, stage: 'prepared', run: { cluster: 'main' } });
    expect(await definition(on, said?.tasks.release ?? '')).toEqual({
      name: 'release',
      image: 'example.com/app:2',
      command: ['/bin/sh', '-c', 'bin/migrate'],
      variables: ['APPPACK_APPNAME', 'AWS_DEFAULT_REGION', 'AWS_REGION', 'KEEP'],
      secrets: ['DATABASE_URL'],
      build: '7',
      type: 'release',
    });
    expect((await revisionsOf(on, 'shop-web')).length).toBe(1);
    expect(await deployStatus(on)).toBeUndefined();
    expect(actor.failures).toEqual([]);
  });

  it('becomes what the services run, makes those that lack, and is recorded for the CLI', async () => {
    const { on, actor } = await shop();
    await release(on, { current: specOf() });
    await on.clock.advance(240_000);
    expect(await answer(on)).toMatchObject({ sequence: 1000, stage: 'complete' });
    expect(await container(on, 'shop-web')).toMatchObject({
      image: 'example.com/app:2',
      build: '7',
      type: 'web',
    });
    expect(await container(on, 'shop-clock')).toEqual({
      name: 'clock',
      image: 'example.com/app:2',
      command: ['/bin/sh', '-c', 'bin/clock'],
      variables: ['APPPACK_APPNAME', 'AWS_DEFAULT_REGION', 'AWS_REGION', 'KEEP'],
      secrets: ['DATABASE_URL'],
      build: '7',
      type: 'clock',
    });
    expect((await deploymentsOf(on, 'shop-web')).length).toBe(2);
    expect((await revisionsOf(on, 'shop-shell')).length).toBe(1);
    // Nobody's release had deployed the worker, so it is left alone.
    expect((await container(on, 'shop-worker')).image).toBe('example.com/app:1');
    expect(await deployStatus(on)).toMatchObject({
      phase: 'deployed',
      build_number: 7,
      failed: false,
      processes: [
        { name: 'web', cpu: '512', memory: '1024', min_processes: 2, max_processes: 2, command: 'bin/web' },
        { name: 'clock', min_processes: 1, max_processes: 1 },
      ],
    });
    expect(actor.failures).toEqual([]);
    const settled = on.writes().length;
    await on.clock.advance(900_000);
    expect(on.writes().length).toBe(settled);
  });

  it('takes away a service that an earlier release had made and it has no process for', async () => {
    const { on } = await shop();
    await release(on, { current: specOf() });
    await on.clock.advance(240_000);
    const next = specOf({
      sequence: 2000,
      buildNumber: 8,
      processes: [{ process: 'web', command: 'bin/web' }],
    });
    await release(on, { previous: specOf(), current: next });
    await on.clock.advance(300_000);
    expect(await answer(on)).toMatchObject({ sequence: 2000, stage: 'complete' });
    const { services } = await on.person.ecs.send(
      new DescribeServicesCommand({ cluster: 'main', services: ['shop-clock'] }),
    );
    expect(services?.filter(({ status }) => status === 'ACTIVE')).toEqual([]);
  });

  it('joins a config change made meanwhile into one rollout more at most', async () => {
    const { on } = await shop();
    await release(on, { current: specOf() });
    await setConfig(on, 'NEW', 'x');
    await on.clock.advance(300_000);
    expect((await container(on, 'shop-web')).secrets).toEqual(['DATABASE_URL', 'NEW']);
    expect((await container(on, 'shop-clock')).secrets).toEqual(['DATABASE_URL', 'NEW']);
    expect((await deploymentsOf(on, 'shop-web')).length).toBeLessThanOrEqual(3);
    expect(await answer(on)).toMatchObject({ stage: 'complete' });
  });
});
