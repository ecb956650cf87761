import { CreateServiceCommand, DeleteServiceCommand, TagResourceCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../../src/simulator/transport.ts';
import { definition, openScene, serviceSection } from './scene.ts';

import { LARGER, operations, reasons, SCALING, settle, shop } from './shop.ts';

describe('whose a service is', () => {
  const twice = {
    parameters: {
      [SCALING]: { json: { 'api-web': { min_processes: 2, max_processes: 2 } } },
      '/apppack/apps/shop-api/scaling': { json: { web: { min_processes: 3, max_processes: 3 } } },
    },
    ecs: { taskDefinitions: [definition('shop-api-web')], services: [serviceSection('shop-api-web')] },
  };

  it('lets neither of two apps touch a service both name, and tells both', async () => {
    const scene = await openScene(twice);
    for (const app of ['shop', 'shop-api']) {
      const report = await scene.pass(app);
      expect(report.conditions).toMatchObject([
        { type: 'Owned', status: 'False', reason: 'Contested', resource: 'service shop-api-web' },
      ]);
      expect(report.conditions[0]?.message).toMatch(/shop \(process api-web\)/);
      expect(report.conditions[0]?.message).toMatch(/shop-api \(process web\)/);
    }
    expect(scene.writes()).toEqual([]);
  });

  it('gives it to the one whose mark a person puts on it', async () => {
    const scene = await openScene(twice);
    await scene.pass('shop');
    const arn = (await scene.service('shop-api-web')).serviceArn;
    const tags = [{ key: 'trimtab:owner', value: '/apppack/apps/shop-api' }];
    await scene.person.ecs.send(new TagResourceCommand({ resourceArn: arn, tags }));
    expect(reasons(await scene.pass('shop'))).toEqual(['Contested']);
    expect(await scene.pass('shop-api')).toMatchObject({ outcome: 'applied', conditions: [] });
    expect((await scene.service('shop-api-web')).desiredCount).toBe(3);
  });

  it('leaves a service alone whose name only begins like the app', async () => {
    const scene = await openScene({
      ...twice,
      parameters: {
        [SCALING]: { json: { web: LARGER } },
        '/apppack/apps/shop-api/scaling': { json: { web: { min_processes: 3, max_processes: 3 } } },
      },
    });
    await scene.pass('shop');
    expect(scene.writes()).toEqual([]);
    await scene.pass('shop-api');
    expect((await scene.service('shop-api-web')).tags).toContainEqual({
      key: 'trimtab:owner',
      value: '/apppack/apps/shop-api',
    });
  });

  it('does not claim what another app may name in a parameter that is denied', async () => {
    const resource = `arn:aws:ssm:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:parameter/apppack/apps/shop-api/scaling`;
    const denials = [{ action: 'ssm:GetParameters', resource, client: 'controller' }];
    const scene = await openScene({ ...twice, switches: { denials } });
    expect(reasons(await scene.pass('shop'))).toEqual(['ClaimUnknown']);
    expect(scene.writes()).toEqual([]);
  });
});

describe('services that trimtab does not write', () => {
  it.each([
    ['CODE_DEPLOY', { deploymentController: { type: 'CODE_DEPLOY' } }],
    ['EXTERNAL', { deploymentController: { type: 'EXTERNAL' } }],
    ['DAEMON', { schedulingStrategy: 'DAEMON', launchType: 'EC2' }],
  ])('leaves a %s service as it is', async (_name, service) => {
    const scene = await shop({}, service);
    const before = await scene.service('shop-web');
    expect(reasons(await scene.pass())).toEqual(['Unsupported']);
    expect(scene.writes()).toEqual([]);
    expect(await scene.service('shop-web')).toMatchObject({
      desiredCount: before.desiredCount,
      taskDefinition: before.taskDefinition,
    });
  });

  it('waits for one that is being deleted, says that it is gone, and takes up a new one of the name', async () => {
    const scene = await shop();
    await scene.pass();
    await settle(scene);
    await scene.person.ecs.send(
      new DeleteServiceCommand({ cluster: 'main', service: 'shop-web', force: true }),
    );
    const since = scene.simulator.calls.length;
    expect(reasons(await scene.pass())).toEqual(['Draining']);
    for (let look = 0; look < 30 && reasons(await scene.wake())?.[0] === 'Draining'; look += 1);
    expect(reasons(await scene.pass())).toEqual(['Vanished']);
    expect(operations(scene, since)).toEqual([]);
    await scene.person.ecs.send(
      new CreateServiceCommand({
        cluster: 'main',
        serviceName: 'shop-web',
        taskDefinition: 'shop-web:1',
        desiredCount: 1,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      }),
    );
    await scene.pass();
    expect(operations(scene, since)).toContain('UpdateService');
    expect((await scene.service('shop-web')).desiredCount).toBe(2);
  });
});
