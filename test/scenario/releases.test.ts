import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeServicesCommand, DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { GetParameterCommand, GetParametersByPathCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { fromAttributes, toAttributes } from '../../src/aws/attributes.ts';
import { requestPass } from '../../src/compose.ts';
import { type ReleaseSpec, releaseAnswer, releaseItem, releaseKey } from '../../src/store/releases.ts';
import { deploymentsOf, ecsOf, revisionsOf, serviceOf, setConfig } from './people.ts';
import { type Actor, openStage, type Stage } from './stage.ts';
import { scaled, worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const PLACE = { account: '123456789012', region: 'us-east-1' };
const KEY = { ...PLACE, kind: 'app', name: 'shop' } as const;

/** What an app's stack says of its tasks, and where its services are. */
async function putStackItems(on: Stage, app: string): Promise<void> {
  const network = { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' } };
  const runTask = { launchType: 'FARGATE', networkConfiguration: network, enableExecuteCommand: true };
  const role = 'arn:aws:iam::123456789012:role/execution';
  const definition = {
    cpu: '256',
    memory: '512',
    executionRoleArn: role,
    taskRoleArn: role,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
  };
  const arn = 'arn:aws:ecs:us-east-1:123456789012:cluster/main';
  const settings = { cluster: { arn, name: 'main' }, domains: ['x'], log_group: { name: `/apps/${app}` } };
  const config = { run_task_args: runTask, task_definition_args: definition };
  for (const [secondary_id, value] of Object.entries({ settings, 'CONFIG#ecs': config })) {
    const Item = toAttributes({ primary_id: `APP#${app}`, secondary_id, value });
    await on.person.dynamodb.send(new PutItemCommand({ TableName: 'apppack', Item }));
  }
}

/** A cluster without services, and the log group of an app. */
function emptyWorld(app: string): Record<string, unknown> {
  return { ecs: { clusters: [{ name: 'main' }] }, logs: { groups: { [`/apps/${app}`]: {} } } };
}

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
  name = 'shop',
): Promise<void> {
  revision += 1;
  const item = releaseItem(releaseKey(PLACE, name), { revision, ...record }, 'test');
  await on.person.dynamodb.send(new PutItemCommand({ TableName: 'apppack', Item: toAttributes(item) }));
  await on.drive(requestPass(await on.visit(), { ...KEY, name }));
}

async function answer(on: Stage, name = 'shop') {
  const connection = await on.visit();
  const status = await on.drive(connection.statuses.read({ ...KEY, name }));
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

async function deployStatus(on: Stage, primary_id = 'APP#shop', secondary_id = 'DEPLOYSTATUS') {
  const { Item } = await on.person.dynamodb.send(
    new GetItemCommand({
      TableName: 'apppack',
      Key: toAttributes({ primary_id, secondary_id }),
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

  it('that cannot be brought up is answered with the reason, and not tried again by a config change after the revert', async () => {
    const { on } = await shop();
    await release(on, { current: specOf({ processes: [{ process: 'web', command: 'bin/web' }] }) });
    await on.clock.advance(240_000);
    ecsOf(on).setOutcomes([{ image: 'example.com/bad:1', cannotPull: true }]);
    const good = specOf({ processes: [{ process: 'web', command: 'bin/web' }] });
    const bad = { ...good, sequence: 3000, image: 'example.com/bad:1', buildNumber: 9 };
    await release(on, { previous: good, current: bad });
    await on.clock.advance(900_000);
    const said = await answer(on);
    expect(said).toMatchObject({ sequence: 3000, stage: 'failed' });
    expect(said?.reason).toContain('CannotPullContainerError');
    expect(await container(on, 'shop-web')).toMatchObject({ image: 'example.com/app:2', build: '7' });
    expect(await deployStatus(on)).toMatchObject({ failed: true, phase: 'failed', build_number: 9 });
    await release(on, { current: good });
    await on.clock.advance(60_000);
    expect(await answer(on)).toMatchObject({ sequence: 1000, stage: 'complete' });
    await setConfig(on, 'NEW', 'x');
    await on.clock.advance(240_000);
    expect(await container(on, 'shop-web')).toMatchObject({
      image: 'example.com/app:2',
      secrets: ['DATABASE_URL', 'NEW'],
    });
    expect(await deployStatus(on)).toMatchObject({ failed: false, phase: 'deployed', build_number: 7 });
  });

  it('of an app that has no service yet makes all of them as its stack says', async () => {
    const on = await openStage({ sections: emptyWorld('new') });
    stage = on;
    await putStackItems(on, 'new');
    await setConfig(on, 'AWS_REGION', 'eu-west-1', 'new');
    const actor = await on.start();
    await on.clock.advance(30_000);
    await release(on, { current: specOf({ buildSystem: 'buildpacks' }) }, 'new');
    await on.clock.advance(240_000);
    expect(await answer(on, 'new')).toMatchObject({ stage: 'complete' });
    expect(await container(on, 'new-web')).toEqual({
      name: 'web',
      image: 'example.com/app:2',
      command: ['bin/web'],
      variables: ['APPPACK_APPNAME', 'PORT'],
      secrets: ['AWS_REGION'],
      build: '7',
      type: 'web',
    });
    expect(await serviceOf(on, 'new-web')).toMatchObject({
      launchType: 'FARGATE',
      enableExecuteCommand: true,
      propagateTags: 'TASK_DEFINITION',
    });
    expect(await deployStatus(on, 'APP#new')).toMatchObject({
      processes: [{ name: 'web', cpu: '256', memory: '512' }, { name: 'clock' }],
    });
    expect(actor.failures).toEqual([]);
  });

  it("of a review app goes to services named after its pull request, with the pipeline's config under its own", async () => {
    const on = await openStage({ sections: emptyWorld('pipe') });
    stage = on;
    await putStackItems(on, 'pipe');
    const put = (Name: string, Value: string) =>
      on.person.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String' }));
    const review = { pull_request: 'pr/7', status: 'created' };
    await put('/apppack/pipelines/pipe/review-apps/pr/7', JSON.stringify(review));
    await put('/apppack/pipelines/pipe/config/SHARED', 'a');
    await put('/apppack/pipelines/pipe/review-apps/pr/7/config/OWN', 'b');
    await on.start();
    await on.clock.advance(30_000);
    await release(on, { current: specOf({ processes: [{ process: 'web', command: 'bin/web' }] }) }, 'pipe:7');
    await on.clock.advance(240_000);
    expect(await answer(on, 'pipe:7')).toMatchObject({ stage: 'complete' });
    expect(await container(on, 'pipe-pr7-web')).toMatchObject({ name: 'web', secrets: ['OWN', 'SHARED'] });
    const { tags } = await serviceOf(on, 'pipe-pr7-web');
    expect(tags).toContainEqual({ key: 'apppack:reviewApp', value: 'pr/7' });
    expect(await deployStatus(on, 'APP#pipe', 'DEPLOYSTATUS#7')).toMatchObject({ phase: 'deployed' });
  });

  it('of a review app goes with all that it left when its stack is gone, and its pipeline stays as it is', async () => {
    const on = await openStage({ sections: emptyWorld('pipe') });
    stage = on;
    await putStackItems(on, 'pipe');
    const own = { primary_id: 'APP#pipe:7', secondary_id: 'settings' };
    const settings = toAttributes({ ...own, value: { domains: ['pr7-pipe.example.com'] } });
    await on.person.dynamodb.send(new PutItemCommand({ TableName: 'apppack', Item: settings }));
    const root = '/apppack/pipelines/pipe/review-apps/pr/7';
    const put = (Name: string, Value: string) =>
      on.person.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
    const review = { pull_request: 'pr/7', status: 'created' };
    await put(root, JSON.stringify({ ...review, branch: 'feature', title: 'A feature' }));
    await put('/apppack/pipelines/pipe/config/SHARED', 'a');
    await put(`${root}/config/OWN`, 'b');
    const actor = await on.start();
    await on.clock.advance(30_000);
    await release(on, { current: specOf({ processes: [{ process: 'web', command: 'bin/web' }] }) }, 'pipe:7');
    await on.clock.advance(240_000);
    // A variable of the pipeline is one of each of its review apps, at once.
    await put('/apppack/pipelines/pipe/config/LATER', 'c');
    await on.clock.advance(60_000);
    expect((await container(on, 'pipe-pr7-web')).secrets).toEqual(['LATER', 'OWN', 'SHARED']);
    // The builder writes pull request and status alone.
    await put(root, JSON.stringify(review));
    await on.clock.advance(30_000);
    const { Parameter } = await on.person.ssm.send(new GetParameterCommand({ Name: root }));
    expect(JSON.parse(Parameter?.Value ?? '')).toEqual({
      ...review,
      branch: 'feature',
      title: 'A feature',
      url: 'https://pr7-pipe.example.com',
    });
    await on.person.dynamodb.send(new DeleteItemCommand({ TableName: 'apppack', Key: toAttributes(own) }));
    await on.clock.advance(1_200_000);
    const { services } = await on.person.ecs.send(
      new DescribeServicesCommand({ cluster: 'main', services: ['pipe-pr7-web'] }),
    );
    expect(services?.filter(({ status }) => status === 'ACTIVE')).toEqual([]);
    expect(await revisionsOf(on, 'pipe-pr7-web')).toEqual([]);
    expect(await revisionsOf(on, 'pipe-pr7-shell')).toEqual([]);
    expect(await deployStatus(on, 'APP#pipe', 'DEPLOYSTATUS#7')).toBeUndefined();
    const left = await on.person.ssm.send(
      new GetParametersByPathCommand({ Path: '/apppack/pipelines', Recursive: true }),
    );
    expect(left.Parameters?.map(({ Name }) => Name)).toEqual([
      '/apppack/pipelines/pipe/config/LATER',
      '/apppack/pipelines/pipe/config/SHARED',
    ]);
    const quiet = on.writes().length;
    await on.clock.advance(900_000);
    expect(on.writes().length).toBe(quiet);
    expect(actor.failures).toEqual([]);
  });

  it('of a service that ECS cannot bring up at all is answered with what its tasks said', async () => {
    const on = await openStage({ sections: emptyWorld('new') });
    stage = on;
    await putStackItems(on, 'new');
    ecsOf(on).setOutcomes([{ image: 'example.com/app:2', exitCode: 3 }]);
    await on.start();
    await on.clock.advance(30_000);
    await release(on, { current: specOf({ processes: [{ process: 'web', command: 'bin/web' }] }) }, 'new');
    await on.clock.advance(600_000);
    const said = await answer(on, 'new');
    expect(said?.stage).toBe('failed');
    expect(said?.reason).toMatch(/could not bring new-web up.*exit(ed)? (with )?code 3/i);
  });
});
