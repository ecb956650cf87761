import { StartBuildCommand } from '@aws-sdk/client-codebuild';
import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAttributes } from '../../src/aws/attributes.ts';
import type { Stage } from '../scenario/stage.ts';
import { definitionOf } from '../scenario/worlds.ts';
import {
  ARN,
  ago,
  built,
  done,
  LIVE,
  log,
  openUnattended,
  putRecord,
  type RecordOptions,
  SERVICE,
  startTask,
} from './hands.ts';

/** Every demand of the contract's §3.5.1 that shows in a record, broken once by hand in a table that is watched. */

let on: Stage;
/** What is there to refer to: a build that CodeBuild has in BUILD, and a task that runs. */
let making = '';
let task = '';

beforeAll(async () => {
  on = await openUnattended();
  const { build } = await on.person.codebuild.send(new StartBuildCommand({ projectName: 'shop' }));
  making = build?.arn ?? '';
  task = await startTask(on);
  await on.clock.advance(14_000);
});
afterAll(() => on.stop());

type Seed = (on: Stage) => Record<string, unknown>;

/** Writes a record by hand; gives the numbers of the demands that it breaks. */
async function broken(members: Record<string, unknown>, options?: RecordOptions): Promise<string[]> {
  await putRecord(on, members, options);
  return found();
}

function found(): string[] {
  return on.cli.take().map((text) => /: (\d+|types): /.exec(text)?.[1] ?? text);
}

/** A release task's phase that has begun. */
function releasing(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { start: ago(on, 30), state: 'started', arns: [task], logs: LIVE, ...more };
}

describe('the checker of build records', () => {
  it('finds nothing wrong with a record as the contract wants it', async () => {
    expect(await broken({ ...built(on), release: releasing() })).toEqual([]);
    const deploy = done(on, { arns: [SERVICE] });
    const release = done(on, { arns: [task], logs: log('release') });
    expect(await broken({ ...built(on), release, deploy })).toEqual([]);
    expect(await broken({ ...built(on), deploy }, { sort: 'BUILD#0000000007+0000000002' })).toEqual([]);
  });

  const SEEDS: ReadonlyArray<readonly [number: string, what: string, seed: Seed]> = [
    [
      '1',
      'a build that has begun without its ARN',
      () => ({ build: { start: ago(on, 5), state: 'started' } }),
    ],
    [
      '2',
      'a log without a stream',
      () => ({ build: { start: ago(on, 5), state: 'started', arns: [ARN], logs: 'cloudwatch://group' } }),
    ],
    [
      '2',
      'no log although CodeBuild is in BUILD',
      () => ({ build: { start: ago(on, 14), state: 'started', arns: [making] } }),
    ],
    ['3', "the build's log moved before the test's", () => ({ ...built(on), test: done(on) })],
    [
      '3',
      'a log that is not in the bucket yet',
      () => ({ ...built(on), test: done(on, { logs: 's3://shop-artifacts/8/test.log' }) }),
    ],
    ['4', 'a phase that runs and has no start', () => ({ ...built(on), release: { state: 'started' } })],
    ['4', 'a skipped phase with a start', () => ({ ...built(on), postdeploy: { start: ago(on, 5) } })],
    [
      '4',
      'a state that nobody knows',
      () => ({ ...built(on), deploy: { start: ago(on, 5), state: 'superseded' } }),
    ],
    [
      '5',
      'a deployment that ended without a verdict',
      () => ({ ...built(on), deploy: done(on, { arns: [SERVICE], state: 'started' }) }),
    ],
    [
      '5',
      'a deployment that is over and has no end',
      () => ({ ...built(on), deploy: { start: ago(on, 5), arns: [SERVICE], state: 'succeeded' } }),
    ],
    [
      '6',
      'a failure without an end',
      () => ({ ...built(on), release: { start: ago(on, 5), state: 'failed' } }),
    ],
    [
      '6',
      'a failure that ended before it began',
      () => ({ ...built(on), finalize: { start: ago(on, 5), end: ago(on, 9), state: 'failed' } }),
    ],
    [
      '7',
      'a deployment that succeeded after a release that failed',
      () => ({
        ...built(on),
        release: done(on, { state: 'failed' }),
        deploy: done(on, { arns: [SERVICE] }),
      }),
    ],
    ['8', 'a running task without logs', () => ({ ...built(on), release: releasing({ logs: undefined }) })],
    [
      '8',
      'a task that is over with its log where it was',
      () => ({ ...built(on), release: done(on, { arns: [task], logs: LIVE }) }),
    ],
    [
      '8',
      'a log of a task that is not in the bucket',
      () => ({ ...built(on), release: done(on, { logs: 's3://shop-artifacts/8/release.log' }) }),
    ],
    [
      '8',
      'a task that ECS has forgotten',
      () => ({ ...built(on), release: releasing({ arns: [`${task.slice(0, -4)}0000`] }) }),
    ],
    [
      '9',
      'a deployment that has begun and names no service',
      () => ({ ...built(on), deploy: { start: ago(on, 5), state: 'started' } }),
    ],
    [
      '9',
      'a deployment of more services than ECS describes at once',
      () => ({
        ...built(on),
        deploy: { start: ago(on, 5), state: 'started', arns: Array.from({ length: 11 }, () => SERVICE) },
      }),
    ],
    [
      '11',
      'a build that failed and goes on',
      () => ({ ...built(on), finalize: done(on, { state: 'failed' }), release: releasing() }),
    ],
    [
      'types',
      'milliseconds for seconds',
      () => ({ ...built(on), finalize: { ...done(on), end: on.clock.now() } }),
    ],
    ['types', 'a phase that is no map', () => ({ ...built(on), finalize: 'succeeded' })],
    ['types', "another app's record", () => ({ ...built(on), app: 'till' })],
  ];
  it.each(SEEDS.map((seed, index) => [...seed, index + 100] as const))(
    'catches a breach of %s: %s',
    async (invariant, _what, seed, number) => {
      expect(await broken(seed(on), { number })).toContain(invariant);
    },
  );

  it('catches a phase that was over and is not any more', async () => {
    const number = 200;
    await putRecord(on, { ...built(on), finalize: done(on, { state: 'failed' }) }, { number });
    expect(await broken({ ...built(on) }, { number })).toEqual(['11']);
  });

  const TYPES: ReadonlyArray<readonly [string, Record<string, AttributeValue>]> = [
    ['a build number in S', { build_number: { S: '300' } }],
    ['a build number with a fraction', { build_number: { N: '300.5' } }],
    ['seconds in S', { finalize: { M: { state: { S: 'started' }, start: { S: '1800000000' } } } }],
    ['ARNs in one text', { finalize: { M: { arns: { S: 'a' } } } }],
    ['a state that is a truth', { finalize: { M: { state: { BOOL: true } } } }],
  ];
  it.each(TYPES)('catches %s, which fails the whole read of the CLI', async (_what, raw) => {
    expect(await broken(built(on), { number: 300, raw })).toContain('types');
  });

  it('lets through what the decoder of the CLI does: NULL, sets of texts, and numbers for texts', async () => {
    const raw = {
      commit: { N: '7' },
      pr_number: { NULL: true as const },
      postdeploy: { M: { arns: { SS: ['a'] } } },
    };
    expect(await broken(built(on), { number: 301, raw })).toEqual([]);
  });

  it('catches a record whose key has not ten digits', async () => {
    expect(await broken(built(on), { sort: 'BUILD#7' })).toEqual(['types']);
  });
});

describe('the checker of deployments', () => {
  it('catches a service that is told of its new revision before deploy.start', async () => {
    const number = 400;
    await putRecord(on, built(on), { number });
    const { ecs } = (await on.visit()).clients;
    const tags = [
      { key: 'apppack:appName', value: 'shop' },
      { key: 'apppack:buildNumber', value: String(number) },
    ];
    // Worlds have the members of a registration.
    const definition = definitionOf('shop-web', 'web') as unknown as RegisterTaskDefinitionCommandInput;
    const registered = await on.person.ecsOnce.send(
      new RegisterTaskDefinitionCommand({ ...definition, tags }),
    );
    const taskDefinition = registered.taskDefinition?.taskDefinitionArn ?? '';
    const update = { cluster: 'main', service: 'shop-web', taskDefinition };
    await on.drive(ecs.send(new UpdateServiceCommand(update)));
    expect(found()).toEqual(['9']);
    await putRecord(
      on,
      { ...built(on), deploy: { start: ago(on, 0), state: 'started', arns: [SERVICE] } },
      { number },
    );
    await on.drive(ecs.send(new UpdateServiceCommand(update)));
    expect(found()).toEqual([]);
  });

  const process = {
    name: 'web',
    cpu: '512',
    memory: '1024',
    min_processes: 1,
    max_processes: 1,
    state: 'running',
  };
  const whole = { phase: 'deployed', build_number: 7, failed: false, processes: [process] };
  const WRONG: ReadonlyArray<readonly [string, Record<string, unknown>]> = [
    ['counts in texts', { processes: [{ ...process, min_processes: '1' }] }],
    ['processes in a map', { processes: { web: process } }],
    ['a process without a size', { processes: [{ ...process, cpu: undefined }] }],
    ['a failure in a text', { failed: 'false' }],
    ['milliseconds', { last_update: 1_800_000_000_000 }],
  ];
  it.each(WRONG)('catches a deployment record with %s', async (_what, changes) => {
    const value = { ...whole, last_update: ago(on, 0), ...changes };
    const item = toAttributes({ primary_id: 'APP#shop', secondary_id: 'DEPLOYSTATUS', value });
    await on.person.dynamodb.send(new PutItemCommand({ TableName: 'apppack', Item: item }));
    expect(found()).toEqual(['types']);
  });

  it('catches one of a build whose release task runs', async () => {
    const number = 500;
    await putRecord(on, { ...built(on), release: releasing() }, { number });
    const value = { ...whole, build_number: number, last_update: ago(on, 0) };
    const item = toAttributes({ primary_id: 'APP#shop', secondary_id: 'DEPLOYSTATUS', value });
    await on.person.dynamodb.send(new PutItemCommand({ TableName: 'apppack', Item: item }));
    expect(on.cli.take()).toEqual([expect.stringContaining('before its release task succeeded')]);
  });
});

describe('a stage', () => {
  it('whose records break a demand does not end well', async () => {
    const other = await openUnattended();
    await putRecord(other, { build: { start: ago(other, 5), state: 'started' } });
    await expect(other.stop()).rejects.toThrow('1: build has begun without arns');
  });
});
