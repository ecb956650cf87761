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
  BREAKER,
  describe1,
  type EcsBench,
  history,
  NETWORK,
  openEcs,
  primary,
  refusal,
  runningTasks,
  shopSection,
  watchEvents,
  webDefinition,
} from './kit.ts';

function deploy(bench: EcsBench, taskDefinition: string) {
  return bench.aws.send(new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', taskDefinition }));
}

async function messages(bench: EcsBench): Promise<string[]> {
  return ((await describe1(bench)).events ?? []).map(({ message = '' }) => message);
}

describe('a healthy rolling deployment', () => {
  it('ends within 15 s and never has fewer healthy tasks than asked', async () => {
    const bench = openEcs(shopSection());
    const before = await primary(bench);
    const { service } = await deploy(bench, 'shop-web:2');
    const id = service?.deployments?.[0]?.id;
    expect(id).not.toBe(before.id);
    let fewest = 99;
    await bench.clock.waitFor(
      'the deployment to complete',
      async () => {
        const current = await describe1(bench);
        fewest = Math.min(fewest, current.runningCount ?? 0);
        return current.deployments?.[0]?.rolloutState === 'COMPLETED';
      },
      15_000,
    );
    expect(fewest).toBe(2);
    const after = await describe1(bench);
    expect(after.deployments).toHaveLength(1);
    expect(after.deployments?.[0]).toMatchObject({ id, status: 'PRIMARY', runningCount: 2, failedTasks: 0 });
    expect(after.taskDefinition).toMatch(/shop-web:2$/);
    expect((await history(bench)).map(({ status }) => status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL']);
    expect((await messages(bench)).slice(0, 2)).toEqual([
      '(service shop-web) has reached a steady state.',
      `(service shop-web) (deployment ${id}) deployment completed.`,
    ]);
  });

  it('leaves no timer behind, so that time can jump', async () => {
    const bench = openEcs(shopSection());
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(60_000);
    await expect(bench.clock.waitFor('nothing', () => false, 10 * 24 * 3_600_000)).rejects.toThrow('waited');
    expect(await primary(bench)).toMatchObject({ rolloutState: 'COMPLETED', runningCount: 2 });
  });

  it.each([
    ['one after the other', { minimumHealthyPercent: 100, maximumPercent: 150 }],
    ['old tasks first', { minimumHealthyPercent: 0, maximumPercent: 100 }],
    ['half of them at a time', { minimumHealthyPercent: 50, maximumPercent: 100 }],
  ])('keeps to its percentages: %s', async (_title, deploymentConfiguration) => {
    const bench = openEcs(shopSection({ deploymentConfiguration }));
    await deploy(bench, 'shop-web:2');
    const floor = Math.ceil((2 * deploymentConfiguration.minimumHealthyPercent) / 100);
    const ceiling = Math.floor((2 * deploymentConfiguration.maximumPercent) / 100);
    await bench.clock.waitFor(
      'the deployment to complete',
      async () => {
        const { runningCount = 0, pendingCount = 0, deployments } = await describe1(bench);
        expect(runningCount).toBeGreaterThanOrEqual(floor);
        expect(runningCount + pendingCount).toBeLessThanOrEqual(ceiling);
        return deployments?.[0]?.rolloutState === 'COMPLETED';
      },
      15_000,
    );
  });

  it('says so when its percentages let nothing move', async () => {
    const bench = openEcs(
      shopSection({ deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } }),
    );
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(600_000);
    expect(await primary(bench)).toMatchObject({ rolloutState: 'IN_PROGRESS', runningCount: 0 });
    const told = (await messages(bench)).filter((message) => message.includes('deployment configuration'));
    expect(told).toHaveLength(1);
  });
});

describe('a superseded deployment', () => {
  it('row 31: is stopped without a COMPLETED event, and the newer one completes', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
    const bench = openEcs(shopSection());
    const take = await watchEvents(bench);
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(2000);
    const old = (await primary(bench)).id;
    await deploy(bench, 'shop-web:1');
    const newer = (await primary(bench)).id;
    expect((await history(bench)).map(({ status }) => status)).toEqual([
      'PENDING',
      'STOP_REQUESTED',
      'SUCCESSFUL',
    ]);
    await bench.clock.advance(1000);
    expect((await history(bench)).map(({ status }) => status)).toEqual([
      'IN_PROGRESS',
      'STOPPED',
      'SUCCESSFUL',
    ]);
    await bench.clock.advance(15_000);
    expect(await primary(bench)).toMatchObject({ id: newer, rolloutState: 'COMPLETED' });
    const completed = (await take())
      .filter(({ detail }) => detail.eventName === 'SERVICE_DEPLOYMENT_COMPLETED')
      .map(({ detail }) => detail.deploymentId);
    expect(completed).toEqual([newer]);
    expect(completed).not.toContain(old);
  });
});

describe('the circuit breaker', () => {
  it('row 32: rolls back to the deployment that completed last, under its old id', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    const bench = openEcs(shopSection());
    const take = await watchEvents(bench);
    bench.ecs.setOutcomes([{ image: 'shop:2', cannotPull: true }]);
    const good = await primary(bench);
    await deploy(bench, 'shop-web:2');
    const bad = await primary(bench);
    await bench.clock.waitFor(
      'the rollback',
      async () => (await history(bench))[0]?.status === 'ROLLBACK_SUCCESSFUL',
      60_000,
    );
    const service = await describe1(bench);
    expect(service.taskDefinition).toMatch(/shop-web:1$/);
    expect(service.deployments).toHaveLength(1);
    expect(service.deployments?.[0]).toMatchObject({
      id: good.id,
      rolloutState: 'COMPLETED',
      runningCount: 2,
    });
    const events = (await take())
      .filter((event) => event['detail-type'] === 'ECS Deployment State Change')
      .map(({ detail }) => [detail.eventName, detail.deploymentId, detail.reason]);
    expect(events).toEqual([
      ['SERVICE_DEPLOYMENT_IN_PROGRESS', bad.id, `ECS deployment ${bad.id} in progress.`],
      ['SERVICE_DEPLOYMENT_FAILED', bad.id, 'ECS deployment circuit breaker: tasks failed to start.'],
      [
        'SERVICE_DEPLOYMENT_IN_PROGRESS',
        good.id,
        `ECS deployment circuit breaker: rolling back to deploymentId ${good.id}.`,
      ],
      ['SERVICE_DEPLOYMENT_COMPLETED', good.id, `ECS deployment ${good.id} completed.`],
    ]);
  });

  it('row 33: leaves the service stable after the rollback, with another PRIMARY than was asked for', async () => {
    // aws-actions/amazon-ecs-deploy-task-definition#191
    const bench = openEcs(shopSection());
    bench.ecs.setOutcomes([{ image: 'shop:2', exitCode: 1 }]);
    const { service } = await deploy(bench, 'shop-web:2');
    await bench.clock.advance(120_000);
    const after = await describe1(bench);
    // What the services-stable waiter of the SDKs looks at:
    expect(after.deployments).toHaveLength(1);
    expect(after.runningCount).toBe(after.desiredCount);
    expect(after.deployments?.[0]?.id).not.toBe(service?.deployments?.[0]?.id);
  });

  it('row 32: stays FAILED and launches nothing when it must not roll back', async () => {
    const noRollback = { deploymentCircuitBreaker: { enable: true, rollback: false } };
    const bench = openEcs(shopSection({ deploymentConfiguration: noRollback }));
    bench.ecs.setOutcomes([{ image: 'shop:2', stoppedReason: 'CannotStartContainerError: no such file' }]);
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(600_000);
    const service = await describe1(bench);
    expect(
      service.deployments?.map(({ status, rolloutState, runningCount }) => [
        status,
        rolloutState,
        runningCount,
      ]),
    ).toEqual([
      ['PRIMARY', 'FAILED', 0],
      ['ACTIVE', 'COMPLETED', 2],
    ]);
    expect((await history(bench))[0]).toMatchObject({ status: 'STOPPED' });
    await expect(bench.clock.waitFor('a timer', () => false, 3_600_000)).rejects.toThrow();
  });

  it('row 32: has nothing to go back to after the first deployment ever', async () => {
    const bench = openEcs({ taskDefinitions: [webDefinition()] });
    bench.ecs.setOutcomes([{ family: 'shop-web', cannotPull: 'CannotPullContainerError: denied' }]);
    await bench.aws.send(
      new CreateServiceCommand({
        cluster: 'main',
        serviceName: 'shop-web',
        taskDefinition: 'shop-web',
        desiredCount: 1,
        launchType: 'FARGATE',
        networkConfiguration: NETWORK,
        deploymentConfiguration: BREAKER,
      }),
    );
    await bench.clock.advance(120_000);
    expect(await primary(bench)).toMatchObject({ rolloutState: 'FAILED', failedTasks: 3 });
    const [only] = await history(bench);
    expect(only?.status).toBe('STOPPED');
    expect(only?.statusReason).toContain('No rollback candidate');
  });

  it('gives up when the rollback fails too', async () => {
    const bench = openEcs(
      shopSection({ deploymentConfiguration: { ...BREAKER, minimumHealthyPercent: 0, maximumPercent: 100 } }),
    );
    bench.ecs.setOutcomes([{ family: 'shop-web', cannotPull: true }]);
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(300_000);
    expect((await history(bench))[0]?.status).toBe('ROLLBACK_FAILED');
    expect(await primary(bench)).toMatchObject({ rolloutState: 'FAILED' });
  });

  it('counts tasks whose health checks fail', async () => {
    const bench = openEcs(shopSection());
    bench.ecs.setOutcomes([{ image: 'shop:2', unhealthyAfterSeconds: 0.5 }]);
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(120_000);
    expect((await history(bench))[0]?.status).toBe('ROLLBACK_SUCCESSFUL');
  });

  it('does not count tasks that were RUNNING before they exited', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
    const bench = openEcs(shopSection());
    bench.ecs.setOutcomes([{ image: 'shop:2', crashAfterSeconds: 0.5 }]);
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(120_000);
    expect(await primary(bench)).toMatchObject({ rolloutState: 'IN_PROGRESS', failedTasks: 0 });
    expect((await describe1(bench)).deployments?.[1]?.runningCount).toBe(2);
  });

  it('row 34: without it a bad deployment never fails and is tried ever more rarely', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
    const bench = openEcs(shopSection({ deploymentConfiguration: {}, desiredCount: 1 }));
    const take = await watchEvents(bench);
    bench.ecs.setOutcomes([{ image: 'shop:2', cannotPull: true }]);
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(24 * 3_600_000);
    expect(await primary(bench)).toMatchObject({ rolloutState: 'IN_PROGRESS' });
    const events = await take();
    const names = events.map(({ detail }) => detail.eventName);
    expect(names).not.toContain('SERVICE_DEPLOYMENT_FAILED');
    expect(names.filter((name) => name === 'SERVICE_TASK_START_IMPAIRED')).toHaveLength(1);
    const starts = events
      .filter(({ detail }) => detail.lastStatus === 'PROVISIONING')
      .map(({ detail }) => Date.parse(String(detail.createdAt)));
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? at));
    expect(Math.max(...gaps)).toBeGreaterThan(20 * 60_000);
    expect(Math.max(...gaps)).toBeLessThan(28 * 60_000);
    expect(starts.length).toBeLessThan(80);
    expect(await messages(bench)).toContain(
      '(service shop-web) is unable to consistently start tasks successfully.',
    );
  });

  it('recovers at once when a new deployment comes', async () => {
    const bench = openEcs(shopSection({ deploymentConfiguration: {}, desiredCount: 1 }));
    bench.ecs.setOutcomes([{ image: 'shop:2', cannotPull: true }]);
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(3_600_000);
    await deploy(bench, 'shop-web:1');
    await bench.clock.advance(15_000);
    expect(await primary(bench)).toMatchObject({ rolloutState: 'COMPLETED', runningCount: 1 });
  });
});

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
