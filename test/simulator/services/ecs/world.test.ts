import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import {
  describe1,
  type EcsBench,
  history,
  NETWORK,
  openEcs,
  primary,
  runningTasks,
  shopSection,
  watchEvents,
  webDefinition,
} from './kit.ts';

/** Another account with the same section, its clock where the first one's is. */
async function copyOf(bench: EcsBench): Promise<EcsBench> {
  const copy = openEcs();
  await copy.clock.runUntil(bench.clock.now());
  copy.ecs.load(JSON.parse(JSON.stringify(bench.ecs.dump())));
  return copy;
}

describe('a section written by hand', () => {
  it('needs no more than names: services are steady at once, without events', async () => {
    const bench = openEcs({
      taskDefinitions: [webDefinition(), webDefinition()],
      services: [{ cluster: 'main', name: 'shop-web', taskDefinition: 'shop-web:1' }],
    });
    const take = await watchEvents(bench);
    await bench.clock.advance(60_000);
    expect(await take()).toEqual([]);
    const service = await describe1(bench);
    expect(service).toMatchObject({
      status: 'ACTIVE',
      desiredCount: 1,
      runningCount: 1,
      launchType: 'FARGATE',
      taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/shop-web:1',
      deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED', runningCount: 1 }],
    });
    expect(await runningTasks(bench)).toHaveLength(1);
    expect((await history(bench)).map(({ status }) => status)).toEqual(['SUCCESSFUL']);
  });

  it('counts revisions in the order of the entries, unless they are given', async () => {
    const bench = openEcs({
      taskDefinitions: [webDefinition(), { ...webDefinition(), revision: 5 }, webDefinition()],
    });
    const { taskDefinition } = await bench.aws.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: 'shop-web' }),
    );
    expect(taskDefinition?.revision).toBe(6);
  });

  it('may be empty', () => {
    const { ecs } = openEcs();
    ecs.load({});
    expect(ecs.dump()).toEqual({ clusters: [], taskDefinitions: [], services: [] });
  });

  it.each<[string, unknown, string]>([
    ['no object', 'clusters', 'ecs'],
    ['an unknown member', { cluster: [] }, 'cluster'],
    ['a wrong type', { services: [{ cluster: 'main', name: 7 }] }, 'services[0].name'],
    [
      'a missing cluster',
      { services: [{ cluster: 'main', name: 'shop-web', taskDefinition: 'shop-web:1' }] },
      'services[0] (shop-web): there is no cluster "main"',
    ],
    [
      'a missing definition',
      {
        clusters: [{ name: 'main' }],
        services: [{ cluster: 'main', name: 'shop-web', taskDefinition: 'shop-web:1' }],
      },
      'services[0] (shop-web): task definition "shop-web:1" is not in the section',
    ],
    [
      'a bad definition',
      { taskDefinitions: [webDefinition({ memory: '513' })] },
      'taskDefinitions[0] (shop-web): No Fargate configuration exists',
    ],
    [
      'a revision twice',
      { taskDefinitions: [webDefinition(), { ...webDefinition(), revision: 1 }] },
      'taskDefinitions[1] (shop-web): revision 1 is there twice',
    ],
    [
      'machines that are not there',
      {
        clusters: [{ name: 'main' }],
        taskDefinitions: [
          { family: 'old', containerDefinitions: [{ name: 'web', image: 'x', memory: 128 }] },
        ],
        services: [{ cluster: 'main', name: 'old', taskDefinition: 'old:1' }],
      },
      'no containerInstances',
    ],
    ['an outcome with a slip', { outcomes: [{ exitCod: 1 }] }, 'outcomes[0]'],
  ])('is refused with its place: %s', (_what, section, sentence) => {
    expect(() => openEcs().ecs.load(section)).toThrow(sentence);
  });
});

describe('load(dump())', () => {
  it('gives the same steady state', async () => {
    const bench = openEcs({
      ...shopSection({ tags: [{ key: 'a', value: 'b' }], propagateTags: 'SERVICE' }),
      outcomes: [{ family: 'x', exitCode: 1 }],
      guardDuty: true,
      unattachedTargetGroups: ['arn:x'],
    });
    const copy = await copyOf(bench);
    expect(copy.ecs.dump()).toEqual(bench.ecs.dump());
    expect(await describe1(copy)).toEqual(await describe1(bench));
    expect(await runningTasks(copy)).toEqual(await runningTasks(bench));
  });

  it('gives the same state in the middle of a rollout, which goes on where it was', async () => {
    const bench = openEcs(shopSection());
    bench.ecs.setOutcomes([{ image: 'shop:2', cannotPull: true }]);
    await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web:2' }),
    );
    await bench.clock.advance(5000);
    const copy = await copyOf(bench);
    expect(copy.ecs.dump()).toEqual(bench.ecs.dump());
    expect(await primary(copy)).toEqual(await primary(bench));
    for (const account of [bench, copy]) {
      await account.clock.advance(60_000);
      expect((await history(account))[0]?.status).toBe('ROLLBACK_SUCCESSFUL');
    }
  });

  it('keeps the state of a service that fails for ever, with its next attempt', async () => {
    const bench = openEcs(shopSection({ deploymentConfiguration: {}, desiredCount: 1 }));
    bench.ecs.setOutcomes([{ image: 'shop:2', cannotPull: true }]);
    await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web:2' }),
    );
    await bench.clock.advance(300_000);
    const copy = await copyOf(bench);
    copy.ecs.setOutcomes([]);
    await copy.clock.advance(30 * 60_000);
    expect(await primary(copy)).toMatchObject({ rolloutState: 'COMPLETED' });
  });

  it('remembers tasks, their end, their tokens and deleted revisions', async () => {
    const bench = openEcs({ taskDefinitions: [webDefinition()], lastRevisions: { 'shop-web': 7 } });
    const run = (account: EcsBench) =>
      account.aws.send(
        new RunTaskCommand({
          cluster: 'main',
          taskDefinition: 'shop-web:1',
          launchType: 'FARGATE',
          networkConfiguration: NETWORK,
          clientToken: 'once',
        }),
      );
    const { tasks } = await run(bench);
    const [task] = tasks ?? [];
    await bench.clock.advance(1500);
    const copy = await copyOf(bench);
    expect(copy.ecs.dump()).toEqual(bench.ecs.dump());
    expect((await run(copy)).tasks?.[0]?.taskArn).toBe(task?.taskArn);
    await copy.clock.advance(60_000);
    const listed = await copy.aws.send(new ListTasksCommand({ cluster: 'main', desiredStatus: 'STOPPED' }));
    expect(listed.taskArns).toEqual([task?.taskArn]);
    const again = await copyOf(copy);
    expect(again.ecs.dump()).toEqual(copy.ecs.dump());
    const { taskDefinition } = await again.aws.send(new RegisterTaskDefinitionCommand(webDefinition()));
    expect(taskDefinition?.revision).toBe(8);
  });

  it('replaces what was there before', async () => {
    const bench = openEcs(shopSection());
    await bench.aws.send(
      new StopTaskCommand({ cluster: 'main', task: (await runningTasks(bench))[0] ?? '' }),
    );
    bench.ecs.load({ clusters: [{ name: 'main' }] });
    await bench.clock.advance(60_000);
    const { failures } = await bench.aws.send(
      new DescribeServicesCommand({ cluster: 'main', services: ['shop-web'] }),
    );
    expect(failures).toHaveLength(1);
    expect((await bench.aws.send(new ListTasksCommand({ cluster: 'main' }))).taskArns).toEqual([]);
  });
});
