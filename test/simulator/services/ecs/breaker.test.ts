import { CreateServiceCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import {
  BREAKER,
  deploy,
  describe1,
  history,
  messages,
  NETWORK,
  openEcs,
  primary,
  shopSection,
  watchEvents,
  webDefinition,
} from './kit.ts';

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

  it('row 60: counts tasks whose secret names a parameter that was deleted', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    const section = shopSection();
    const secrets = [{ name: 'KEY', valueFrom: '/apppack/apps/shop/config/KEY' }];
    const withSecret = webDefinition({ containerDefinitions: [{ name: 'web', image: 'shop:2', secrets }] });
    const bench = openEcs({ ...section, taskDefinitions: [webDefinition(), withSecret] });
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(60_000);
    expect((await history(bench))[0]?.status).toBe('ROLLBACK_SUCCESSFUL');
    expect((await describe1(bench)).taskDefinition).toMatch(/shop-web:1$/);
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
