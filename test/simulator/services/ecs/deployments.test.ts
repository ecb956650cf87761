import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  ListServiceDeploymentsCommand,
  type ListServiceDeploymentsCommandInput,
  type ServiceDeployment,
  StopServiceDeploymentCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { BREAKER, type EcsBench, history, openEcs, primary, refusal, shopSection, update } from './kit.ts';

async function latest(bench: EcsBench): Promise<ServiceDeployment> {
  const [brief] = await history(bench);
  const { serviceDeployments } = await bench.aws.send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [brief?.serviceDeploymentArn ?? ''] }),
  );
  const found = serviceDeployments?.[0];
  if (found === undefined) throw new Error('there is no service deployment');
  return found;
}

describe('ListServiceDeployments', () => {
  async function three(): Promise<EcsBench> {
    const bench = openEcs(shopSection());
    for (const taskDefinition of ['shop-web:2', 'shop-web:1']) {
      await bench.clock.advance(60_000);
      await update(bench, { taskDefinition });
    }
    return bench;
  }
  const list = async (bench: EcsBench, input: Partial<ListServiceDeploymentsCommandInput>) =>
    bench.aws.send(new ListServiceDeploymentsCommand({ cluster: 'main', service: 'shop-web', ...input }));

  it('filters by state and by time of creation, newest first', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html
    const bench = await three();
    const all = (await list(bench, {})).serviceDeployments ?? [];
    expect(all.map(({ status }) => status)).toEqual(['PENDING', 'SUCCESSFUL', 'SUCCESSFUL']);
    const times = all.map(({ createdAt }) => createdAt?.getTime() ?? 0);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    const pending = await list(bench, { status: ['PENDING', 'IN_PROGRESS'] });
    expect(pending.serviceDeployments).toHaveLength(1);
    const after = all[1]?.createdAt ?? new Date();
    const recent = await list(bench, { createdAt: { after } });
    expect(recent.serviceDeployments?.map(({ serviceDeploymentArn }) => serviceDeploymentArn)).toEqual([
      all[0]?.serviceDeploymentArn,
    ]);
    const old = await list(bench, { createdAt: { before: after } });
    expect(old.serviceDeployments).toHaveLength(1);
  });

  it('pages, with 20 to a page unless asked otherwise', async () => {
    const bench = openEcs(shopSection({ desiredCount: 0 }));
    for (let round = 0; round < 24; round += 1) {
      await update(bench, { forceNewDeployment: true });
      await bench.clock.advance(2000);
    }
    const first = await list(bench, {});
    expect(first.serviceDeployments).toHaveLength(20);
    const second = await list(bench, { nextToken: first.nextToken ?? '' });
    expect(second.serviceDeployments).toHaveLength(5);
    expect(second.nextToken).toBeUndefined();
    expect((await list(bench, { maxResults: 100 })).serviceDeployments).toHaveLength(25);
  });

  it('refuses a service that does not exist', async () => {
    const call = list(openEcs(), {});
    expect((await refusal(call)).name).toBe('ServiceNotFoundException');
  });
});

describe('DescribeServiceDeployments', () => {
  it('tells of a deployment that goes well', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
    const bench = openEcs(shopSection());
    await update(bench, { taskDefinition: 'shop-web:2' });
    expect(await latest(bench)).toMatchObject({ status: 'PENDING' });
    expect(await latest(bench)).not.toHaveProperty('startedAt');
    await bench.clock.advance(4000);
    expect(await latest(bench)).toMatchObject({
      status: 'IN_PROGRESS',
      targetServiceRevision: { requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 },
      sourceServiceRevisions: [{ runningTaskCount: 2 }],
      deploymentCircuitBreaker: { status: 'MONITORING', failureCount: 0, threshold: 3 },
    });
    await bench.clock.advance(15_000);
    const done = await latest(bench);
    expect(done).toMatchObject({
      status: 'SUCCESSFUL',
      deploymentCircuitBreaker: { status: 'MONITORING_COMPLETE' },
    });
    expect(done.serviceDeploymentArn).toMatch(/:service-deployment\/main\/shop-web\/[\w-]{21}$/);
    const spent = (done.finishedAt?.getTime() ?? 0) - (done.startedAt?.getTime() ?? 0);
    expect(spent).toBeGreaterThan(0);
    expect(done).not.toHaveProperty('rollback');
  });

  it('tells of a rollback, its reason and where it goes', async () => {
    const bench = openEcs(shopSection());
    const good = (await latest(bench)).targetServiceRevision?.arn;
    bench.ecs.setOutcomes([{ image: 'shop:2', cannotPull: true }]);
    await update(bench, { taskDefinition: 'shop-web:2' });
    await bench.clock.waitFor(
      'the breaker',
      async () => (await latest(bench)).status === 'ROLLBACK_IN_PROGRESS',
    );
    const rolling = await latest(bench);
    expect(rolling).toMatchObject({
      deploymentCircuitBreaker: { status: 'TRIGGERED', threshold: 3 },
      rollback: { serviceRevisionArn: good },
    });
    expect(rolling.deploymentCircuitBreaker?.failureCount).toBeGreaterThanOrEqual(3);
    expect(rolling.rollback?.reason).toContain('circuit breaker');
    await bench.clock.advance(15_000);
    expect((await latest(bench)).status).toBe('ROLLBACK_SUCCESSFUL');
    expect(await history(bench)).toHaveLength(2);
  });

  it.each([
    [1, 3],
    [25, 13],
    [500, 200],
  ])('row 32: opens the breaker of %i tasks after %i failures', async (desiredCount, threshold) => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    const bench = openEcs(shopSection({ desiredCount }));
    await update(bench, { taskDefinition: 'shop-web:2' });
    expect((await latest(bench)).deploymentCircuitBreaker?.threshold).toBe(threshold);
  });

  it('row 32: takes a threshold of its own', async () => {
    const breaker = {
      ...BREAKER.deploymentCircuitBreaker,
      thresholdConfiguration: { type: 'COUNT', value: 1 },
    };
    const bench = openEcs(
      shopSection({ desiredCount: 1, deploymentConfiguration: { deploymentCircuitBreaker: breaker } }),
    );
    bench.ecs.setOutcomes([{ image: 'shop:2', cannotPull: true, times: 1 }]);
    await update(bench, { taskDefinition: 'shop-web:2' });
    await bench.clock.advance(15_000);
    expect((await latest(bench)).status).toBe('ROLLBACK_SUCCESSFUL');
  });

  it('a healthy task forgives earlier failures', async () => {
    const bench = openEcs(shopSection({ desiredCount: 1 }));
    bench.ecs.setOutcomes([{ image: 'shop:2', cannotPull: true, times: 2 }]);
    await update(bench, { taskDefinition: 'shop-web:2' });
    await bench.clock.advance(30_000);
    expect(await primary(bench)).toMatchObject({ rolloutState: 'COMPLETED', failedTasks: 0 });
    expect((await latest(bench)).status).toBe('SUCCESSFUL');
  });

  it('takes at most 20 ARNs and tells of missing ones', async () => {
    const bench = openEcs(shopSection());
    const find = (serviceDeploymentArns: string[]) =>
      bench.aws.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
    expect((await find(['arn:nothing'])).failures).toMatchObject([{ arn: 'arn:nothing', reason: 'MISSING' }]);
    const many = Array.from({ length: 21 }, (_, index) => `arn:${index}`);
    expect((await refusal(find(many))).name).toBe('InvalidParameterException');
    expect((await refusal(find([]))).name).toBe('InvalidParameterException');
  });
});

describe('a rollback cut short', () => {
  it('has failed, and what comes next has nothing to go back to', async () => {
    // "This means that the deployment is not eligible for another rollback until it reaches a COMPLETED state."
    const slow = { ...BREAKER, minimumHealthyPercent: 0, maximumPercent: 100 };
    const bench = openEcs(shopSection({ deploymentConfiguration: slow }));
    bench.ecs.setOutcomes([{ image: 'shop:2', cannotPull: true }]);
    await update(bench, { taskDefinition: 'shop-web:2' });
    await bench.clock.waitFor(
      'the breaker',
      async () => (await latest(bench)).status === 'ROLLBACK_IN_PROGRESS',
    );
    await update(bench, { taskDefinition: 'shop-web:2' });
    expect((await history(bench))[1]?.status).toBe('ROLLBACK_FAILED');
    await bench.clock.advance(120_000);
    expect(await primary(bench)).toMatchObject({ rolloutState: 'FAILED' });
    expect((await history(bench))[0]?.status).toBe('STOPPED');
  });
});

describe('StopServiceDeployment', () => {
  it('rolls back on request', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html
    const bench = openEcs(shopSection());
    const good = await primary(bench);
    await update(bench, { taskDefinition: 'shop-web:2' });
    await bench.clock.advance(2000);
    const { serviceDeploymentArn = '' } = await latest(bench);
    await bench.aws.send(new StopServiceDeploymentCommand({ serviceDeploymentArn }));
    expect((await latest(bench)).status).toBe('ROLLBACK_REQUESTED');
    await bench.clock.advance(15_000);
    expect((await latest(bench)).status).toBe('ROLLBACK_SUCCESSFUL');
    expect(await primary(bench)).toMatchObject({ id: good.id, rolloutState: 'COMPLETED' });
    const again = bench.aws.send(new StopServiceDeploymentCommand({ serviceDeploymentArn }));
    expect((await refusal(again)).name).toBe('ConflictException');
  });

  it('leaves everything where it is when it aborts', async () => {
    const bench = openEcs(shopSection());
    await update(bench, { taskDefinition: 'shop-web:2' });
    await bench.clock.advance(2000);
    const { serviceDeploymentArn = '' } = await latest(bench);
    await bench.aws.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ABORT' }));
    await bench.clock.advance(30_000);
    expect((await latest(bench)).status).toBe('STOPPED');
    expect(await primary(bench)).toMatchObject({ rolloutState: 'FAILED' });
  });

  it('refuses a deployment it does not know', async () => {
    const call = openEcs().aws.send(
      new StopServiceDeploymentCommand({ serviceDeploymentArn: 'arn:nothing' }),
    );
    expect((await refusal(call)).name).toBe('ServiceDeploymentNotFoundException');
  });
});

describe('DescribeServiceRevisions', () => {
  it('tells what a deployment deploys', async () => {
    const bench = openEcs(shopSection());
    await update(bench, { taskDefinition: 'shop-web:2' });
    const arn = (await latest(bench)).targetServiceRevision?.arn ?? '';
    const { serviceRevisions, failures } = await bench.aws.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn, 'arn:nothing'] }),
    );
    expect(serviceRevisions?.[0]).toMatchObject({
      serviceRevisionArn: arn,
      taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/shop-web:2',
      launchType: 'FARGATE',
      containerImages: [{ containerName: 'web', image: 'shop:2' }],
    });
    expect(failures).toMatchObject([{ arn: 'arn:nothing', reason: 'MISSING' }]);
  });
});
