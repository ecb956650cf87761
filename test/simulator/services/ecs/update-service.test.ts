import {
  DeleteServiceCommand,
  DescribeServiceRevisionsCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import {
  ABSENT,
  BALANCER,
  create,
  describe1,
  history,
  openEcs,
  primary,
  refusal,
  shopSection,
  update,
  webDefinition,
  withDefinition,
} from './kit.ts';

describe('UpdateService', () => {
  it('row 29: does nothing when the definition is the same, and restarts when forced', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    const bench = openEcs(shopSection());
    const { id } = await primary(bench);
    const same = await update(bench, { taskDefinition: 'shop-web:1' });
    expect(same.service?.deployments?.[0]?.id).toBe(id);
    const forced = await update(bench, { forceNewDeployment: true });
    expect(forced.service?.deployments?.[0]?.id).not.toBe(id);
    expect(forced.service?.deployments?.[0]?.taskDefinition).toMatch(/shop-web:1$/);
  });

  it.each<[string, Partial<UpdateServiceCommandInput>]>([
    ['taskDefinition', { taskDefinition: 'shop-web:2' }],
    ['networkConfiguration', { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-2'] } } }],
    ['platformVersion', { platformVersion: '1.4.0' }],
    ['loadBalancers', { loadBalancers: [BALANCER] }],
    ['serviceRegistries', { serviceRegistries: [{ registryArn: 'arn:x' }] }],
    ['serviceConnectConfiguration', { serviceConnectConfiguration: { enabled: true } }],
    ['volumeConfigurations', { volumeConfigurations: [{ name: 'data' }] }],
  ])('row 30: a change of %s starts a deployment', async (_field, changes) => {
    // gh kayac/ecspresso#961
    const bench = openEcs(shopSection());
    const { id } = await primary(bench);
    await update(bench, changes);
    expect((await primary(bench)).id).not.toBe(id);
    await bench.clock.advance(15_000);
    expect((await primary(bench)).rolloutState).toBe('COMPLETED');
  });

  it.each<[string, Partial<UpdateServiceCommandInput>]>([
    ['desiredCount', { desiredCount: 3 }],
    ['deploymentConfiguration', { deploymentConfiguration: { maximumPercent: 150 } }],
    ['placementConstraints', { placementConstraints: [] }],
    ['placementStrategy', { placementStrategy: [] }],
    ['healthCheckGracePeriodSeconds', { healthCheckGracePeriodSeconds: 60 }],
    ['enableExecuteCommand', { enableExecuteCommand: false }],
    ['propagateTags', { propagateTags: 'SERVICE' }],
    ['enableECSManagedTags', { enableECSManagedTags: true }],
    ['availabilityZoneRebalancing', { availabilityZoneRebalancing: 'DISABLED' }],
    [
      'the network as it is',
      {
        networkConfiguration: {
          awsvpcConfiguration: { subnets: ['subnet-0a1b2c3d4e5f60718'], securityGroups: [] },
        },
      },
    ],
  ])('row 30: a change of %s starts none', async (_field, changes) => {
    const bench = openEcs(shopSection({ loadBalancers: [BALANCER] }));
    const { id } = await primary(bench);
    await update(bench, changes);
    await bench.clock.advance(15_000);
    expect((await primary(bench)).id).toBe(id);
    expect(await history(bench)).toHaveLength(1);
  });

  it('row 30: one call with several changes starts one deployment', async () => {
    const bench = openEcs(shopSection());
    await update(bench, { taskDefinition: 'shop-web:2', desiredCount: 3, platformVersion: '1.4.0' });
    await bench.clock.advance(15_000);
    expect(await history(bench)).toHaveLength(2);
    expect(await describe1(bench)).toMatchObject({ runningCount: 3, platformVersion: '1.4.0' });
  });

  it('keeps the parts of the deployment configuration it is not told of', async () => {
    const bench = openEcs(shopSection());
    await update(bench, { deploymentConfiguration: { maximumPercent: 150 } });
    expect((await describe1(bench)).deploymentConfiguration).toMatchObject({
      maximumPercent: 150,
      minimumHealthyPercent: 100,
      deploymentCircuitBreaker: { enable: true, rollback: true },
    });
  });

  it('takes another capacity provider only with a forced deployment', async () => {
    const bench = openEcs(shopSection());
    const strategy = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }];
    const refused = await refusal(update(bench, { capacityProviderStrategy: strategy }));
    expect(refused.message).toContain('you must force a new deployment');
    await update(bench, { capacityProviderStrategy: strategy, forceNewDeployment: true });
    await bench.clock.advance(15_000);
    expect((await describe1(bench)).capacityProviderStrategy).toEqual(strategy);
  });

  it('refuses a definition without the container that the load balancer knows', async () => {
    const bench = openEcs({
      taskDefinitions: [
        webDefinition(),
        webDefinition({ containerDefinitions: [{ name: 'other', image: 'x' }] }),
      ],
      services: [
        { cluster: 'main', name: 'shop-web', taskDefinition: 'shop-web:1', loadBalancers: [BALANCER] },
      ],
    });
    const answer = await refusal(update(bench, { taskDefinition: 'shop-web:2' }));
    expect(answer.message).toBe('The container web does not exist in the task definition.');
  });

  it('answers ServiceNotFoundException for a name that was never used', async () => {
    const bench = openEcs(shopSection());
    const answer = await refusal(
      bench.aws.send(new UpdateServiceCommand({ cluster: 'main', service: 'shop-worker', desiredCount: 1 })),
    );
    expect(answer).toEqual({ name: 'ServiceNotFoundException', message: 'Service not found.' });
  });

  it('leaves deployments of other controllers to them', async () => {
    const bench = withDefinition();
    await create(bench, {
      deploymentController: { type: 'CODE_DEPLOY' },
      loadBalancers: [BALANCER],
    });
    await bench.clock.advance(15_000);
    const service = await describe1(bench);
    expect(service).toMatchObject({
      deploymentController: { type: 'CODE_DEPLOY' },
      deployments: [],
      taskSets: [{ status: 'PRIMARY', runningCount: 1, stabilityStatus: 'STEADY_STATE' }],
    });
    for (const changes of [{ taskDefinition: 'shop-web:1' }, { forceNewDeployment: true }]) {
      const answer = await refusal(update(bench, changes));
      expect(answer.name).toBe('InvalidParameterException');
      expect(answer.message).toContain('CODE_DEPLOY deployment controller');
    }
    await update(bench, { desiredCount: 2 });
    await create(bench, {
      serviceName: 'external',
      deploymentController: { type: 'EXTERNAL' },
      taskDefinition: ABSENT,
    });
    await bench.clock.advance(15_000);
    expect(await describe1(bench, 'external')).toMatchObject({ runningCount: 0, deployments: [] });
  });
});

describe('DeleteService', () => {
  it('refuses a service that is scaled above 0, unless forced', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
    const bench = openEcs(shopSection());
    const remove = (force?: boolean) =>
      bench.aws.send(
        new DeleteServiceCommand({ cluster: 'main', service: 'shop-web', ...(force ? { force } : {}) }),
      );
    expect(await refusal(remove())).toEqual({
      name: 'InvalidParameterException',
      message: 'The service cannot be stopped while it is scaled above 0.',
    });
    await remove(true);
    expect((await remove(true)).service?.status).toBe('DRAINING');
    await bench.clock.advance(10_000);
    expect((await refusal(remove(true))).name).toBe('ServiceNotFoundException');
  });

  it('takes the deployments and revisions of the service with it', async () => {
    const bench = openEcs(shopSection());
    const revision = (await describe1(bench)).currentServiceRevisions?.[0]?.arn ?? '';
    await bench.aws.send(new DeleteServiceCommand({ cluster: 'main', service: 'shop-web', force: true }));
    await bench.clock.advance(10_000);
    expect(await history(bench)).toEqual([]);
    const { failures } = await bench.aws.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: [revision] }),
    );
    expect(failures).toMatchObject([{ arn: revision, reason: 'MISSING' }]);
  });
});
