import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { toAttributes } from '../../src/aws/attributes.ts';
import { closingOf } from '../../src/store/builds.ts';
import {
  buildConditionsOf,
  closed,
  imageOf,
  putRelease,
  REPOSITORY,
  recordsOf,
  startBuild,
  states,
  until,
} from './builders.ts';
import type { Stage } from './stage.ts';
import { stagesOfBuilds } from './staged.ts';

const PLAIN = '[build]\nsystem = "dockerfile"\n[services.web]\ncommand = "./bin/web"\n';
const DEPLOYED = { build: 'succeeded', test: 'succeeded', finalize: 'succeeded', deploy: 'succeeded' };

const shop = stagesOfBuilds({ toml: PLAIN });

/** What the app's stack says of it. */
async function putSettings(on: Stage, value: Record<string, unknown>): Promise<void> {
  const cluster = { arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/main', name: 'main' };
  const Item = toAttributes({
    primary_id: 'APP#shop',
    secondary_id: 'settings',
    value: { cluster, ...value },
  });
  await on.person.dynamodb.send(new PutItemCommand({ TableName: 'apppack', Item }));
}

describe('an app that is released by parameter', () => {
  it('keeps those records when it gets a project, whose builds have theirs', async () => {
    const { on, actor } = await shop();
    await putSettings(on, {});
    const sorts: string[] = [];
    for (const version of [1, 2]) {
      await putRelease(on, {
        image: `${REPOSITORY}:manual${version}`,
        processes: { web: { command: 'manual' } },
      });
      const isOver = async () => {
        const [last] = await recordsOf(on);
        return last?.key.sort.endsWith(String(version)) === true && closingOf(last) === 'succeeded';
      };
      expect(await until(on, isOver)).toBe(true);
      sorts.unshift(`BUILD#0000000000+000000000${version}`);
      expect((await recordsOf(on)).map(({ key }) => key.sort)).toEqual(sorts);
    }
    await putSettings(on, { codebuild_project: { name: 'shop' } });
    const first = await closed(on, (await startBuild(on)).number);
    expect(states(first)).toEqual(DEPLOYED);
    expect((await recordsOf(on)).map(({ key }) => key.sort)).toEqual(['BUILD#0000000001', ...sorts]);
    expect(await imageOf(on)).toBe(`${REPOSITORY}:${first.commit}`);
    expect(actor.failures).toEqual([]);
  });
});

describe('settings that cannot be read', () => {
  it('hold builds up until they can be, and say so', async () => {
    const { on, actor } = await shop();
    await putSettings(on, { codebuild_project: 'shop' });
    const { number } = await startBuild(on);
    await on.clock.advance(300_000);
    expect(await recordsOf(on)).toEqual([]);
    // AppPack's CLI gives up on a record after half a minute.
    expect(on.cli.take()).toContainEqual(expect.stringContaining('no record with a build for half a minute'));
    expect(await buildConditionsOf(on, actor)).toContainEqual(
      expect.objectContaining({
        type: 'Readable',
        reason: 'Malformed',
        message: expect.stringContaining('codebuild_project'),
      }),
    );
    await putSettings(on, { codebuild_project: { name: 'shop' } });
    expect(states(await closed(on, number))).toEqual(DEPLOYED);
  });
});

describe('a build without apppack.toml', () => {
  it('ends with where it was looked for, and services stay as they are', async () => {
    const { on } = await shop({ builds: [{ files: { 'apppack.toml': null } }] });
    const before = await imageOf(on);
    const record = await closed(on, (await startBuild(on)).number);
    expect(record.phases.deploy).toMatchObject({
      state: 'failed',
      reason: 'There is no s3://shop-artifacts/1/apppack.toml. Nothing was released.',
    });
    expect(await imageOf(on)).toBe(before);
  });
});
