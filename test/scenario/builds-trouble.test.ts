import { ListTasksCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/simulator/faults.ts';
import { closingOf } from '../../src/store/builds.ts';
import {
  type BuildWorld,
  buildConditionsOf,
  closed,
  loseEvents,
  openBuilds,
  recordOf,
  recordsOf,
  releaseOf,
  startBuild,
  startsOf,
  states,
  until,
} from './builders.ts';
import { ecsOf } from './people.ts';
import type { Actor, Stage } from './stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  stage?.simulator.switches.faults.splice(0);
  stage?.simulator.switches.denials.splice(0);
  await stage?.stop();
  stage = undefined;
});

async function shop(world?: BuildWorld): Promise<{ on: Stage; actor: Actor }> {
  const opened = await openBuilds(world);
  stage = opened.on;
  return opened;
}

const DEPLOYED = {
  build: 'succeeded',
  test: 'succeeded',
  finalize: 'succeeded',
  release: 'succeeded',
  deploy: 'succeeded',
};

describe('a release task', () => {
  it('that may not be started fails after fifty minutes, with what ECS said', async () => {
    const { on, actor } = await shop();
    on.simulator.switches.faults.push({ kind: 'denied', operation: 'RunTask', client: 'controller' });
    const { number } = await startBuild(on);
    await on.clock.advance(300_000);
    const [condition] = (await buildConditionsOf(on, actor)).filter(({ status }) => status === 'False');
    expect(condition).toMatchObject({ reason: 'AccessDeniedException', resource: 'release task of shop' });
    const record = await closed(on, number);
    const { start = 0, end = 0 } = record.phases.release ?? {};
    expect(record.phases.release).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('not authorized'),
    });
    expect(end).toBeGreaterThanOrEqual(start);
    expect(await startsOf(on)).toBe(0);
  }, 60_000);

  it('whose answer is lost runs once all the same', async () => {
    const { on } = await shop();
    on.simulator.switches.faults.push({
      kind: 'lostResponse',
      operation: 'RunTask',
      client: 'controller',
      times: 2,
    });
    const record = await closed(on, (await startBuild(on)).number);
    expect(states(record)).toEqual(DEPLOYED);
    expect(await startsOf(on)).toBe(1);
  });

  it('that there is no room for is started when there is', async () => {
    const { on } = await shop({
      tasks: [{ family: 'shop-release', placementFailure: 'RESOURCE:MEMORY', times: 2 }],
    });
    const record = await closed(on, (await startBuild(on)).number);
    expect(states(record)).toEqual(DEPLOYED);
    expect(await startsOf(on)).toBe(1);
  });

  it('that somebody stops fails the build', async () => {
    const { on } = await shop({ tasks: [{ family: 'shop-release', runSeconds: 600, exitCode: 0 }] });
    const { number } = await startBuild(on);
    await until(on, async () => (await recordOf(on, number))?.phases.release?.arns !== undefined);
    const { taskArns: [task] = [] } = await on.person.ecs.send(
      new ListTasksCommand({ cluster: 'main', family: 'shop-release' }),
    );
    await on.person.ecs.send(new StopTaskCommand({ cluster: 'main', task }));
    const record = await closed(on, number);
    expect(record.phases.release).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('by hand'),
    });
  });

  it('whose log cannot be copied is judged all the same', async () => {
    const { on } = await shop();
    on.simulator.switches.faults.push({ kind: 'denied', operation: 'PutObject', client: 'controller' });
    const record = await closed(on, (await startBuild(on)).number);
    expect(states(record)).toEqual(DEPLOYED);
    expect(record.phases.release?.logs).toMatch(/^cloudwatch:/);
    // What AppPack's CLI wants cannot be had then: it can show the log for as long as the log group has it.
    expect(on.cli.take()).toEqual([expect.stringContaining('its logs did not move to s3://')]);
  });
});

describe('answers that get lost', () => {
  const lost: readonly Fault[] = [
    { kind: 'lostResponse', operation: 'UpdateItem', client: 'controller', times: 12 },
    { kind: 'lostResponse', operation: 'PutItem', client: 'controller', times: 6 },
    { kind: 'reset', operation: 'PutItem', client: 'controller', times: 6 },
    { kind: 'throttle', service: 'codebuild', client: 'controller', times: 20 },
    { kind: 'error', service: 's3', client: 'controller', times: 12 },
    { kind: 'throttle', operation: 'RunTask', client: 'controller', times: 3 },
    { kind: 'error', operation: 'DescribeTasks', client: 'controller', times: 12 },
  ];
  it.each(lost)('cost time and nothing else: %o', async (fault) => {
    const { on } = await shop();
    on.simulator.switches.faults.push({ ...fault });
    const record = await closed(on, (await startBuild(on)).number);
    expect(states(record)).toEqual(DEPLOYED);
    expect(await startsOf(on)).toBe(1);
    expect(await releaseOf(on)).toMatchObject({ current: { buildNumber: 1 } });
  });
});

describe('what is remembered', () => {
  it('may be lost at any moment: the build goes on from its record', async () => {
    const { on, actor } = await shop({ tasks: [{ family: 'shop-release', runSeconds: 30, exitCode: 0 }] });
    const { number } = await startBuild(on);
    const key = { account: '123456789012', region: 'us-east-1', kind: 'build', name: 'shop' } as const;
    for (let round = 0; round < 12; round += 1) {
      await on.clock.advance(7_000);
      const status = await on.drive(actor.connection.statuses.read(key));
      await on.drive(actor.connection.statuses.remove(key, status)).catch(() => {});
    }
    expect(states(await closed(on, number))).toEqual(DEPLOYED);
    expect(await startsOf(on)).toBe(1);
  });
});

describe('first contact', () => {
  it('leaves builds alone that had ended', async () => {
    const done = {
      id: 'shop:0106da45-7697-4bb0-b66d-b3fbe2f07291',
      number: 1,
      startedAt: '2026-01-05T11:00:00Z',
      endedAt: '2026-01-05T11:05:00Z',
      phases: [{ type: 'COMPLETED', startedAt: '2026-01-05T11:05:00Z' }],
    };
    const { on } = await shop({ ended: [done] });
    await on.clock.advance(700_000);
    expect(await recordsOf(on)).toEqual([]);
    expect(await releaseOf(on)).toBeUndefined();
  });

  it('follows a build that runs', async () => {
    const { on, actor } = await shop();
    await on.drive(actor.trimtab.stop());
    const { number } = await startBuild(on);
    await on.start('second');
    expect(states(await closed(on, number))).toEqual(DEPLOYED);
  });
});

describe('a paused app', () => {
  it('is built and not released until the pause is over', async () => {
    const { on } = await shop();
    const name = '/apppack/apps/shop/paused';
    const put = (Value: string) =>
      on.person.ssm.send(new PutParameterCommand({ Name: name, Value, Type: 'String', Overwrite: true }));
    await put('not now');
    await on.clock.advance(30_000);
    const { number } = await startBuild(on);
    await on.clock.advance(300_000);
    expect(await recordsOf(on)).toEqual([]);
    // Whoever starts a build meanwhile is not told of it, for nothing is written.
    expect(on.cli.take()).toContainEqual(expect.stringContaining('no record with a build for half a minute'));
    await put('false');
    expect(states(await closed(on, number))).toEqual(DEPLOYED);
  });
});

describe('builds of an app whose events are all lost', () => {
  it('are found by the sweep, also those that fail', async () => {
    const { on } = await shop({ builds: [{ fails: 'BUILD', times: 1 }, {}] });
    await loseEvents(on);
    const first = await startBuild(on);
    expect(states(await closed(on, first.number))).toEqual({ build: 'failed' });
    const second = await startBuild(on);
    ecsOf(on).setOutcomes([{ family: 'shop-release', runSeconds: 5, exitCode: 1 }]);
    expect(states(await closed(on, second.number)).release).toBe('failed');
    expect((await recordsOf(on)).every((record) => closingOf(record) !== undefined)).toBe(true);
    // Before the sweep nobody can know of them.
    for (const told of on.cli.take()) expect(told).toContain('no record with a build for half a minute');
  }, 60_000);
});
