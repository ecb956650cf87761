import { DescribeTasksCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { FAIR_WEATHER } from '../../src/simulator/faults.ts';
import { closingOf } from '../../src/store/builds.ts';
import {
  buildConditionsOf,
  closed,
  imageOf,
  loseEvents,
  objectOf,
  putRelease,
  REPOSITORY,
  recordOf,
  recordsOf,
  releaseOf,
  startBuild,
  startsOf,
  states,
  stopBuild,
  until,
  verdictOf,
} from './builders.ts';
import { ecsOf, serviceOf } from './people.ts';
import { stagesOfBuilds } from './staged.ts';

const shop = stagesOfBuilds();

const BUILT = { build: 'succeeded', test: 'succeeded', finalize: 'succeeded' };
const DEPLOYED = { ...BUILT, release: 'succeeded', deploy: 'succeeded' };

describe('a build', () => {
  it('goes the whole way from its start to what services run', async () => {
    const { on, actor } = await shop({
      tasks: [{ family: 'shop-release', runSeconds: 15, exitCode: 0, logLines: ['migrated'] }],
    });
    const { number } = await startBuild(on);
    const record = await closed(on, number);
    expect(states(record)).toEqual(DEPLOYED);
    expect(await imageOf(on)).toBe(`${REPOSITORY}:${record.commit}`);
    expect(record.phases.deploy?.arns).toEqual([expect.stringContaining(':service/main/shop-web')]);
    expect(record.phases.build?.logs).toBe('s3://shop-artifacts/1/build.log');
    expect(record.phases.release?.logs).toBe('s3://shop-artifacts/1/release.log');
    expect(await objectOf(on, '1/release.log')).toBe('migrated\n[trimtab] The release task succeeded.\n');
    expect(await startsOf(on)).toBe(1);
    await on.clock.advance(30_000);
    expect(await releaseOf(on)).toMatchObject({ decided: { outcome: 'succeeded' } });
    expect(actor.failures).toEqual([]);
    expect(await buildConditionsOf(on, actor)).toEqual([]);
  });

  it('has a record with its ARN and a log that can be tailed, long before the CLI gives up', async () => {
    const { on } = await shop();
    const { number } = await startBuild(on);
    expect(await until(on, async () => (await recordOf(on, number)) !== undefined, 5_000)).toBe(true);
    expect((await recordOf(on, number))?.phases.build).toMatchObject({
      arns: [expect.stringContaining(':build/shop:')],
      state: 'started',
    });
    await on.clock.advance(9_000);
    expect((await recordOf(on, number))?.phases.build?.logs).toMatch(/^cloudwatch:\/\/[^#]+#.+$/);
  });

  it('names a release task that takes its time, and tells of its end within two seconds', async () => {
    const { on } = await shop({
      tasks: [{ family: 'shop-release', runSeconds: 50, exitCode: 0 }],
      options: { switches: { weather: FAIR_WEATHER } },
    });
    const { number } = await startBuild(on);
    const release = async () => (await recordOf(on, number))?.phases.release;
    await until(on, async () => (await release())?.arns !== undefined);
    expect(await release()).toMatchObject({
      arns: [expect.stringContaining(':task/main/')],
      logs: expect.stringMatching(/^cloudwatch:\/\/\/apppack\/shop#.+\/[0-9a-f]{32}$/),
      state: 'started',
    });
    const { arns = [] } = (await release()) ?? {};
    const task = async () => {
      const { tasks = [] } = await on.person.ecs.send(
        new DescribeTasksCommand({ cluster: 'main', tasks: [...arns] }),
      );
      return tasks[0]?.lastStatus;
    };
    expect(await until(on, async () => (await task()) !== 'RUNNING')).toBe(true);
    await on.clock.advance(2_000);
    expect(await release()).toMatchObject({ state: 'succeeded', logs: 's3://shop-artifacts/1/release.log' });
  });

  it('ends where its tests fail, and nothing is released', async () => {
    const { on } = await shop({ builds: [{ fails: 'POST_BUILD' }] });
    const record = await closed(on, (await startBuild(on)).number);
    expect(states(record)).toEqual({ build: 'succeeded', test: 'failed' });
    expect(await verdictOf(on, 1)).toEqual({ type: 'failed', phase: 'test' });
    await on.clock.advance(60_000);
    const { phases } = (await recordOf(on, record.buildNumber)) ?? record;
    expect([phases.build?.logs, phases.test?.logs]).toEqual([
      's3://shop-artifacts/1/build.log',
      's3://shop-artifacts/1/test.log',
    ]);
    expect(await releaseOf(on)).toBeUndefined();
  });

  it('ends where it fails, whatever CodeBuild does after that', async () => {
    const { on } = await shop({ builds: [{ fails: 'BUILD' }] });
    const record = await closed(on, (await startBuild(on)).number);
    await on.clock.advance(60_000);
    expect(states(await recordOf(on, record.buildNumber))).toEqual({ build: 'failed' });
    expect(record.phases.build?.end).toBeGreaterThan(record.phases.build?.start ?? 0);
    expect(await releaseOf(on)).toBeUndefined();
  });

  it('that somebody stops is told as stopped', async () => {
    const { on } = await shop({ builds: [{ stuckIn: 'BUILD' }] });
    const { id, number } = await startBuild(on);
    await on.clock.advance(30_000);
    await stopBuild(on, id);
    const record = await closed(on, number);
    expect(record.phases.build).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('by hand'),
    });
    expect(await verdictOf(on, number)).toEqual({ type: 'failed', phase: 'build' });
  });

  it('that never ends by itself ends when CodeBuild times it out', async () => {
    const { on } = await shop({ builds: [{ stuckIn: 'INSTALL' }], timeoutInMinutes: 8 });
    const record = await closed(on, (await startBuild(on)).number);
    expect(record.phases.build).toMatchObject({ state: 'failed', reason: expect.stringContaining('longer') });
    expect(await verdictOf(on, 1)).toEqual({ type: 'failed', phase: 'build' });
  }, 60_000);

  it('is followed to its end though every event about it is lost', async () => {
    const { on } = await shop();
    await loseEvents(on);
    const { number } = await startBuild(on);
    const record = await closed(on, number);
    expect(states(record)).toEqual(DEPLOYED);
    expect(await startsOf(on)).toBe(1);
    // Before the next sweep nobody can know of it, and the CLI waits half a minute; started again it sees the end.
    expect(on.cli.take()).toContainEqual(expect.stringContaining('no record with a build for half a minute'));
    expect(await verdictOf(on, number)).toEqual({ type: 'deployed' });
  });

  it('is followed to its end though every event about it is lost once its record is there', async () => {
    const { on } = await shop({ tasks: [{ family: 'shop-release', runSeconds: 90, exitCode: 0 }] });
    const { number } = await startBuild(on);
    await until(on, async () => (await recordOf(on, number)) !== undefined);
    await loseEvents(on);
    expect(states(await closed(on, number))).toEqual(DEPLOYED);
    expect(await verdictOf(on, number)).toEqual({ type: 'deployed' });
  });

  it('without a release command is deployed at once', async () => {
    const toml = '[build]\nsystem = "dockerfile"\n[services.web]\ncommand = "./bin/web"\n';
    const { on } = await shop({ toml });
    expect(states(await closed(on, (await startBuild(on)).number))).toEqual({
      ...BUILT,
      deploy: 'succeeded',
    });
    expect(await startsOf(on)).toBe(0);
  });

  it('whose manifest is no TOML ends with the place of the mistake', async () => {
    const { on } = await shop({ toml: '[services.web]\ncommand = ' });
    const record = await closed(on, (await startBuild(on)).number);
    expect(record.phases.deploy).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/apppack\.toml .* line 2/),
    });
  });
});

describe('a release task', () => {
  const failing: ReadonlyArray<[string, Record<string, unknown>, RegExp]> = [
    ['exits with a code of its own', { runSeconds: 5, exitCode: 3 }, /exit code 3/],
    ['cannot pull its image', { cannotPull: true }, /could not be pulled/],
    ['runs out of memory', { runSeconds: 5, exitCode: 137 }, /out of memory/],
    ['may not read a secret', { secretsDenied: true }, /config variable/],
  ];
  it.each(failing)('that %s fails the build, and services stay as they are', async (_title, fate, reason) => {
    const { on, actor } = await shop({
      tasks: [{ family: 'shop-release', ...fate }],
      app: { config: ['SECRET_KEY'] },
    });
    const before = (await serviceOf(on)).taskDefinition;
    const record = await closed(on, (await startBuild(on)).number);
    expect(states(record)).toEqual({ ...BUILT, release: 'failed' });
    expect(record.phases.release?.reason).toMatch(reason);
    expect(await verdictOf(on, 1)).toEqual({ type: 'failed', phase: 'release' });
    expect(await objectOf(on, '1/release.log')).toMatch(reason);
    await on.clock.advance(120_000);
    expect((await serviceOf(on)).taskDefinition).toBe(before);
    expect(await startsOf(on)).toBe(1);
    expect((await buildConditionsOf(on, actor)).map((one) => one.reason)).toEqual(['ReleaseFailed']);
  });

  it('that never starts is stopped and fails the build', async () => {
    const { on } = await shop({ tasks: [{ family: 'shop-release', neverStarts: true }] });
    const record = await closed(on, (await startBuild(on)).number);
    expect(record.phases.release).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('never started'),
    });
  }, 60_000);
});

describe('a deployment that fails', () => {
  it('fails the build with why its tasks stopped, services run what they ran before, and the next build deploys', async () => {
    const { on } = await shop({
      app: {
        services: {
          web: { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } },
        },
      },
    });
    const good = await closed(on, (await startBuild(on)).number);
    expect(states(good)).toEqual(DEPLOYED);
    const image = await imageOf(on);
    ecsOf(on).setOutcomes([{ family: 'shop-web', exitCode: 1 }]);
    const bad = await closed(on, (await startBuild(on)).number);
    expect(states(bad)).toEqual({ ...DEPLOYED, deploy: 'failed' });
    expect(await verdictOf(on, 2)).toEqual({ type: 'failed', phase: 'deploy' });
    expect(bad.phases.deploy).toMatchObject({
      end: expect.any(Number),
      reason: expect.stringMatching(/exit(ed)? (with )?code 1\b/i),
    });
    await on.clock.advance(600_000);
    expect(await imageOf(on)).toBe(image);
    expect(await releaseOf(on)).toMatchObject({
      current: { buildNumber: 1 },
      decided: { outcome: 'failed' },
    });
    ecsOf(on).setOutcomes([]);
    const next = await closed(on, (await startBuild(on)).number);
    expect(states(next)).toEqual(DEPLOYED);
    expect(await imageOf(on)).toBe(`${REPOSITORY}:${next.commit}`);
  }, 60_000);
});

describe('two builds at the same time', () => {
  it('are released one after another, and the younger one serves in the end', async () => {
    const { on } = await shop({ tasks: [{ family: 'shop-release', runSeconds: 60, exitCode: 0 }] });
    const first = await startBuild(on);
    await on.clock.advance(3_000);
    const second = await startBuild(on);
    const [older, younger] = [await closed(on, first.number), await closed(on, second.number)];
    expect(closingOf(older)).toBe('superseded');
    expect(states(older).deploy).toBe('failed');
    expect(older.phases.deploy?.reason).toBe('superseded by build 2');
    expect(states(younger)).toEqual(DEPLOYED);
    expect(await verdictOf(on, first.number)).toEqual({ type: 'failed', phase: 'deploy' });
    expect(await verdictOf(on, second.number)).toEqual({ type: 'deployed' });
    expect(await imageOf(on)).toBe(`${REPOSITORY}:${younger.commit}`);
    const ran = [older, younger].map(({ phases }) => phases.release);
    if (ran[0]?.start !== undefined) expect(ran[0].end).toBeLessThanOrEqual(ran[1]?.start ?? 0);
  });

  it('and a release by parameter between them have one order', async () => {
    const { on } = await shop({ tasks: [{ family: 'shop-release', runSeconds: 40, exitCode: 0 }] });
    const first = await startBuild(on);
    await on.clock.advance(2_000);
    await putRelease(on, { image: `${REPOSITORY}:manual`, processes: { web: { command: 'manual' } } });
    await on.clock.advance(2_000);
    const second = await startBuild(on);
    const younger = await closed(on, second.number);
    await closed(on, first.number);
    await on.clock.advance(300_000);
    expect(states(younger)).toEqual(DEPLOYED);
    expect(await imageOf(on)).toBe(`${REPOSITORY}:${younger.commit}`);
    const open = (await recordsOf(on)).filter((record) => closingOf(record) === undefined);
    expect(open).toEqual([]);
  });
});
