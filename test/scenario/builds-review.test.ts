import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import {
  closed,
  openBuilds,
  recordName,
  recordOf,
  recordsOf,
  releaseOf,
  startBuild,
  startsOf,
  states,
  until,
  verdictOf,
} from './builders.ts';
import { serviceOf } from './people.ts';
import type { Actor, Stage } from './stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const TOML = `[build]
system = "dockerfile"
[services.web]
command = "./bin/web"
[deploy]
release_command = "./bin/migrate"
[review_app]
initialize_command = "./bin/seed"
`;

const ROLE = 'arn:aws:iam::123456789012:role/execution';
const NETWORK = { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' } };
const REVIEW_APP = '/apppack/pipelines/shop/review-apps/pr/7';

/** A pipeline `shop` with a pull request 7, and a controller that knows it. */
async function pipeline(): Promise<{ on: Stage; actor: Actor }> {
  const opened = await openBuilds({
    toml: TOML,
    items: [
      {
        primary_id: 'APP#shop',
        secondary_id: 'CONFIG#ecs',
        value: {
          run_task_args: { launchType: 'FARGATE', networkConfiguration: NETWORK },
          task_definition_args: {
            cpu: '256',
            memory: '512',
            executionRoleArn: ROLE,
            taskRoleArn: ROLE,
            networkMode: 'awsvpc',
            requiresCompatibilities: ['FARGATE'],
          },
        },
      },
    ],
  });
  stage = opened.on;
  return opened;
}

async function setStatus(on: Stage, status: string): Promise<void> {
  const Value = JSON.stringify({ pull_request: 'pr/7', status });
  await on.person.ssm.send(
    new PutParameterCommand({ Name: REVIEW_APP, Value, Type: 'String', Overwrite: true }),
  );
}

describe('a review app', () => {
  it('is built in its pipeline, seeded once, and deployed beside it', async () => {
    const { on } = await pipeline();
    await setStatus(on, 'created');
    await on.clock.advance(10_000);
    const first = await closed(on, (await startBuild(on, 'pr/7')).number, 'shop:7');
    expect(first).toMatchObject({ app: 'shop:7', prNumber: '7', buildNumber: 1 });
    expect(states(first)).toMatchObject({
      release: 'succeeded',
      postdeploy: 'succeeded',
      deploy: 'succeeded',
    });
    expect(await verdictOf(on, 1, 'shop:7')).toEqual({ type: 'deployed' });
    expect(await startsOf(on, 'shop-pr7-release')).toBe(1);
    expect(await startsOf(on, 'shop-pr7-postdeploy')).toBe(1);
    expect((await serviceOf(on, 'shop-pr7-web')).status).toBe('ACTIVE');
    const second = await closed(on, (await startBuild(on, 'pr/7')).number, 'shop:7');
    expect(states(second)).toEqual({
      build: 'succeeded',
      test: 'succeeded',
      finalize: 'succeeded',
      release: 'succeeded',
      deploy: 'succeeded',
    });
    expect(await startsOf(on, 'shop-pr7-postdeploy')).toBe(1);
    expect(await recordsOf(on, 'shop')).toEqual([]);
    expect(await releaseOf(on, 'shop')).toBeUndefined();
  }, 60_000);

  it('that is closed while its first build waits leaves nothing behind', async () => {
    const opened = await openBuilds({ toml: TOML });
    stage = opened.on;
    const { on, actor } = opened;
    await setStatus(on, 'created');
    await on.clock.advance(10_000);
    const { number } = await startBuild(on, 'pr/7');
    // Without what its stack says of tasks its release cannot begin.
    expect(await until(on, async () => (await releaseOf(on, 'shop:7'))?.candidate !== undefined)).toBe(true);
    expect(await recordOf(on, number, 'shop:7')).toBeDefined();
    await on.person.ssm.send(new DeleteParameterCommand({ Name: REVIEW_APP }));
    const isCleared = async () =>
      (await releaseOf(on, 'shop:7')) === undefined && (await recordsOf(on, 'shop:7')).length === 0;
    expect(await until(on, isCleared, 1_200_000)).toBe(true);
    on.cli.take();
    const passes = actor.reports.length;
    await on.clock.advance(900_000);
    expect(await isCleared()).toBe(true);
    const later = actor.reports.slice(passes).filter(({ work }) => work.key.name === 'shop:7');
    expect(later.length).toBeLessThan(4);
  }, 60_000);

  it('that nobody wants has its builds skipped', async () => {
    const { on } = await pipeline();
    await setStatus(on, 'open');
    const record = await closed(on, (await startBuild(on, 'pr/7')).number, 'shop:7');
    expect(record.outcome).toBe('skipped');
    expect(states(record)).toEqual({ build: 'succeeded', test: 'succeeded', finalize: 'succeeded' });
    await on.clock.advance(60_000);
    expect(await releaseOf(on, 'shop:7')).toBeUndefined();
    // Nobody asked for it with the CLI, which would wait for a deployment.
    expect(on.cli.verdictOf('shop:7', recordName(1))).toBeUndefined();
  });

  it('has its record within 30 seconds of its start', async () => {
    const { on } = await pipeline();
    await setStatus(on, 'created');
    const { number } = await startBuild(on, 'pr/7');
    await on.clock.advance(10_000);
    expect((await recordOf(on, number, 'shop:7'))?.phases.build?.arns).toHaveLength(1);
  });
});
