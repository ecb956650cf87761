import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import {
  deploy,
  describe1,
  history,
  NETWORK,
  openEcs,
  primary,
  refusal,
  runningTasks,
  shopSection,
  webDefinition,
} from './kit.ts';

describe('operations on a service', () => {
  it('a forced restart replaces all tasks with the same definition', async () => {
    const bench = openEcs(shopSection());
    const before = await runningTasks(bench);
    const { service } = await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', forceNewDeployment: true }),
    );
    await bench.clock.advance(15_000);
    const after = await runningTasks(bench);
    expect(after).toHaveLength(2);
    expect(after.filter((arn) => before.includes(arn))).toEqual([]);
    expect(await primary(bench)).toMatchObject({
      id: service?.deployments?.[0]?.id,
      rolloutState: 'COMPLETED',
    });
    expect((await describe1(bench)).taskDefinition).toMatch(/shop-web:1$/);
  });

  it('scales up and down without a deployment', async () => {
    const bench = openEcs(shopSection());
    const { id } = await primary(bench);
    const scale = (desiredCount: number) =>
      bench.aws.send(new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', desiredCount }));
    const original = await runningTasks(bench);
    await scale(4);
    await bench.clock.advance(10_000);
    expect(await describe1(bench)).toMatchObject({ runningCount: 4, desiredCount: 4 });
    await scale(1);
    await bench.clock.advance(10_000);
    expect(await describe1(bench)).toMatchObject({ runningCount: 1, desiredCount: 1 });
    expect(original).toContain((await runningTasks(bench))[0]);
    await scale(0);
    await bench.clock.advance(10_000);
    expect(await runningTasks(bench)).toEqual([]);
    expect(await primary(bench)).toMatchObject({ id, rolloutState: 'COMPLETED' });
    expect(await history(bench)).toHaveLength(1);
  });

  it('replaces a task that somebody stops', async () => {
    const bench = openEcs(shopSection());
    bench.ecs.setOutcomes([{ family: 'shop-web', runSeconds: 60, times: 1 }]);
    await bench.aws.send(new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', desiredCount: 3 }));
    await bench.clock.advance(10_000);
    const before = await runningTasks(bench);
    await bench.clock.advance(80_000);
    const after = await runningTasks(bench);
    expect(after).toHaveLength(3);
    expect(after.filter((arn) => !before.includes(arn))).toHaveLength(1);
  });

  it('row 26: goes from DRAINING to INACTIVE when deleted, and its name can be used again', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
    const bench = openEcs(shopSection());
    const { service } = await bench.aws.send(
      new DeleteServiceCommand({ cluster: 'main', service: 'shop-web', force: true }),
    );
    expect(service).toMatchObject({ status: 'DRAINING', desiredCount: 0 });
    const create = () =>
      bench.aws.send(
        new CreateServiceCommand({
          cluster: 'main',
          serviceName: 'shop-web',
          taskDefinition: 'shop-web:1',
          desiredCount: 1,
          launchType: 'FARGATE',
          networkConfiguration: NETWORK,
        }),
      );
    await bench.clock.advance(1000);
    expect((await describe1(bench)).status).toBe('DRAINING');
    expect(await refusal(create())).toEqual({
      name: 'InvalidParameterException',
      message: 'Unable to Start a service that is still Draining.',
    });
    expect((await refusal(deploy(bench, 'shop-web:2'))).name).toBe('ServiceNotActiveException');
    await bench.clock.advance(10_000);
    expect(await describe1(bench)).toMatchObject({ status: 'INACTIVE', runningCount: 0, deployments: [] });
    expect((await refusal(deploy(bench, 'shop-web:2'))).name).toBe('ServiceNotActiveException');
    await create();
    await bench.clock.advance(15_000);
    expect(await describe1(bench)).toMatchObject({ status: 'ACTIVE', runningCount: 1 });
    expect(await history(bench)).toHaveLength(1);
  });

  it('row 26: an INACTIVE service is forgotten after a while', async () => {
    const bench = openEcs(shopSection());
    await bench.aws.send(new DeleteServiceCommand({ cluster: 'main', service: 'shop-web', force: true }));
    await bench.clock.advance(2 * 3_600_000);
    const { services, failures } = await bench.aws.send(
      new DescribeServicesCommand({ cluster: 'main', services: ['shop-web'] }),
    );
    expect(services).toEqual([]);
    expect(failures?.[0]).toMatchObject({ reason: 'MISSING' });
  });
});

describe('duplicates made by hand', () => {
  it('keeps services of one name in two clusters apart', async () => {
    const bench = openEcs({
      ...shopSection(),
      clusters: [{ name: 'main' }, { name: 'other' }],
    });
    await bench.aws.send(
      new CreateServiceCommand({
        cluster: 'other',
        serviceName: 'shop-web',
        taskDefinition: 'shop-web:1',
        desiredCount: 1,
        launchType: 'FARGATE',
        networkConfiguration: NETWORK,
      }),
    );
    await bench.clock.advance(15_000);
    expect(await describe1(bench)).toMatchObject({ runningCount: 2 });
    const wrong = bench.aws.send(
      new DescribeServicesCommand({
        cluster: 'main',
        services: ['arn:aws:ecs:us-east-1:123456789012:service/other/shop-web'],
      }),
    );
    expect((await refusal(wrong)).message).toContain('Identifier is for cluster other');
  });

  it('gives every registration of the same definition its own revision', async () => {
    const bench = openEcs();
    for (const revision of [1, 2, 3]) {
      const { taskDefinition } = await bench.aws.send(new RegisterTaskDefinitionCommand(webDefinition()));
      expect(taskDefinition?.revision).toBe(revision);
    }
  });

  it('runs a task for each RunTask without a token of its own', async () => {
    const bench = openEcs({ taskDefinitions: [webDefinition({ family: 'shop-release' })] });
    const run = (clientToken: string) =>
      bench.aws.send(
        new RunTaskCommand({
          cluster: 'main',
          taskDefinition: 'shop-release',
          launchType: 'FARGATE',
          networkConfiguration: NETWORK,
          startedBy: 'build-7',
          clientToken,
        }),
      );
    await run('one');
    await run('one');
    await run('two');
    await bench.clock.advance(5000);
    const { taskArns = [] } = await bench.aws.send(
      new ListTasksCommand({ cluster: 'main', startedBy: 'build-7' }),
    );
    expect(taskArns).toHaveLength(2);
    const { tasks } = await bench.aws.send(new DescribeTasksCommand({ cluster: 'main', tasks: taskArns }));
    expect(tasks?.map(({ lastStatus }) => lastStatus)).toEqual(['RUNNING', 'RUNNING']);
  });

  it('two services over one definition do not share tasks', async () => {
    const bench = openEcs({
      taskDefinitions: [webDefinition()],
      services: ['shop-web', 'shop-web-copy'].map((name) => ({
        cluster: 'main',
        name,
        taskDefinition: 'shop-web:1',
        desiredCount: 1,
      })),
    });
    await bench.aws.send(
      new DeleteServiceCommand({ cluster: 'main', service: 'shop-web-copy', force: true }),
    );
    await bench.clock.advance(10_000);
    expect(await runningTasks(bench)).toHaveLength(1);
    expect((await describe1(bench, 'shop-web-copy')).status).toBe('INACTIVE');
  });
});
