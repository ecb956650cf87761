import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { UntagResourceCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { DeleteParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { toAttributes } from '../../../src/aws/attributes.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../../src/simulator/transport.ts';
import { definition, openScene, type Scene, serviceSection } from './scene.ts';

import { LARGER, OWNER, operations, reasons, SCALING, settle, shop } from './shop.ts';

describe('an app on a simulated account', () => {
  it('reaches its count and size with one revision and one update, and carries everything else over', async () => {
    const scene = await shop();
    const report = await scene.pass();
    expect(report).toMatchObject({ outcome: 'applied', synced: false });
    expect(operations(scene).sort()).toEqual(['RegisterTaskDefinition', 'TagResource', 'UpdateService']);
    const { taskDefinition, desiredCount, tags } = await scene.service('shop-web');
    expect(desiredCount).toBe(2);
    expect(taskDefinition).toMatch(/:task-definition\/shop-web:2$/);
    expect(tags).toContainEqual(OWNER);
    const made = await scene.definition('shop-web');
    expect(made).toMatchObject({ revision: 2, cpu: '512', memory: '1024' });
    expect(made.document).toContain('"environment":[{"name":"KEEP","value":"me"}]');
    expect(made.tags).toMatchObject({ team: 'shop', 'trimtab:owner': '/apppack/apps/shop' });
  });

  it('never lets the environment of a container into its plan or report', async () => {
    const secret = [{ name: 'PASSWORD', value: 'canary-5c1b' }];
    const containers = [{ name: 'web', image: 'shop:1', environment: secret }];
    const scene = await shop({
      ecs: {
        taskDefinitions: [definition('shop-web', { containerDefinitions: containers })],
        services: [serviceSection('shop-web')],
      },
    });
    const report = await scene.pass();
    expect(JSON.stringify(report)).not.toContain('canary');
    expect((await scene.definition('shop-web')).document).toContain('canary-5c1b');
  });

  it('writes nothing a second time, also while reads still show the time before', async () => {
    const scene = await shop({
      switches: { weather: { staleReadsMs: 3000, duplicateEvents: 0, lostEvents: 0, eventDelayMs: 0 } },
    });
    await scene.pass();
    const since = scene.simulator.calls.length;
    for (let again = 0; again < 4; again += 1) {
      await scene.clock.advance(700);
      await scene.pass();
    }
    expect(operations(scene, since)).toEqual([]);
    await settle(scene);
    const last = await scene.pass();
    expect(operations(scene, since)).toEqual([]);
    expect(last).toMatchObject({ outcome: 'unchanged', synced: true, differences: [], conditions: [] });
  });

  it('reads a warm app in one round trip and few calls', async () => {
    const scene = await shop();
    await scene.pass();
    await settle(scene);
    const before = scene.roundTrips();
    const report = await scene.pass();
    expect(report.outcome).toBe('unchanged');
    expect(scene.roundTrips() - before).toBe(1);
    const calls = Object.values(report.calls).reduce((sum, count) => sum + count, 0);
    expect(calls).toBeLessThanOrEqual(7);
  });

  // Three round trips, and one to store that all is well; four where the family's newest revision is asked for.
  it.each<[string, Record<string, unknown>, number[]]>([
    ['that is as wished', { desiredCount: 2, taskDefinition: 'shop-web:2' }, [3 + 1, 1, 1]],
    ['that needs another revision', {}, [4, 2, 2]],
  ])('reads a cold app %s in few round trips, and a warm one in fewer', async (_name, service, expected) => {
    const taskDefinitions = [definition('shop-web'), definition('shop-web', { cpu: '512', memory: '1024' })];
    const ecs = { taskDefinitions, services: [serviceSection('shop-web', service)] };
    const scene = await shop({ mode: 'observe', ecs });
    const trips: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const before = scene.roundTrips();
      await scene.pass();
      trips.push(scene.roundTrips() - before);
    }
    expect(trips).toEqual(expected);
    expect(scene.writes()).toEqual([]);
  });

  it('asks the apps that may own an unmarked service too in the same round trip', async () => {
    const scene = await openScene({
      mode: 'observe',
      parameters: { [SCALING]: { json: { 'api-web': { min_processes: 1, max_processes: 1 } } } },
      ecs: { taskDefinitions: [definition('shop-api-web')], services: [serviceSection('shop-api-web')] },
    });
    await scene.pass();
    const before = scene.roundTrips();
    await scene.pass();
    expect(scene.roundTrips() - before).toBe(1);
  });

  it('puts a count back that somebody changed by hand', async () => {
    const scene = await shop();
    await scene.pass();
    await settle(scene);
    await scene.person.ecs.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', desiredCount: 7 }),
    );
    const since = scene.simulator.calls.length;
    const report = await scene.pass();
    expect(report.differences).toEqual([{ path: 'services/web/desiredCount', desired: 2, observed: 7 }]);
    expect(operations(scene, since)).toEqual(['UpdateService']);
    expect((await scene.service('shop-web')).desiredCount).toBe(2);
  });

  it('only tells while it is paused, and acts when it is not any more', async () => {
    const scene = await shop();
    await scene.put('/apppack/apps/shop/paused', 'incident 12');
    expect(await scene.pass()).toMatchObject({ outcome: 'observed', paused: 'incident 12' });
    expect(scene.writes()).toEqual([]);
    await scene.put('/apppack/apps/shop/paused', 'false');
    expect(await scene.pass()).toMatchObject({ outcome: 'applied' });
  });

  it('asks AWS nothing for a name of three hundred characters but what it remembers', async () => {
    const scene = await shop();
    const since = scene.simulator.calls.length;
    const report = await scene.pass('a'.repeat(300));
    expect(reasons(report)).toEqual(['InvalidName']);
    expect(scene.simulator.calls.slice(since).filter(({ service }) => service !== 'dynamodb')).toEqual([]);
  });
});

describe('records of the table', () => {
  const item = (partition: string, sort: string, value: Record<string, unknown>) => ({
    TableName: 'apppack',
    Item: toAttributes({ primary_id: partition, secondary_id: sort, value }),
  });

  it('claim a service by the deployment record, and say the cluster', async () => {
    const scene = await shop({ cluster: 'elsewhere', parameters: {} });
    const cluster = { name: 'main', arn: `arn:aws:ecs:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:cluster/main` };
    const { dynamodb } = scene.person;
    await dynamodb.send(new PutItemCommand(item('APP#shop', 'settings', { cluster })));
    await dynamodb.send(
      new PutItemCommand(item('APP#shop', 'DEPLOYSTATUS', { processes: [{ name: 'web' }] })),
    );
    expect(await scene.pass()).toMatchObject({ outcome: 'applied', conditions: [] });
    expect(scene.writes()).toEqual([]);
    await scene.put(SCALING, { web: { min_processes: 2, max_processes: 2 } });
    await scene.pass();
    expect(operations(scene)).toEqual(['TagResource', 'UpdateService']);
  });

  it('find the app of a service by the index, as long as it claims it', async () => {
    const scene = await shop();
    await scene.pass();
    await settle(scene);
    expect(await scene.owners('shop-web')).toEqual(['shop']);
    await scene.put(SCALING, {});
    const arn = (await scene.service('shop-web')).serviceArn;
    await scene.person.ecs.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['trimtab:owner'] }));
    await scene.pass();
    await settle(scene);
    expect(await scene.owners('shop-web')).toEqual([]);
  });
});

describe('a review app', () => {
  it('takes sizes from its pipeline once it is wanted, under its own names', async () => {
    const scene = await openScene({
      parameters: {
        '/apppack/pipelines/shop/scaling': { json: { web: LARGER } },
        '/apppack/pipelines/shop/review-apps/pr/7': { json: { pull_request: 'pr/7', status: 'open' } },
      },
      ecs: { taskDefinitions: [definition('shop-pr7-web')], services: [serviceSection('shop-pr7-web')] },
    });
    await scene.pass('shop:7');
    expect(scene.writes()).toEqual([]);
    await scene.put('/apppack/pipelines/shop/review-apps/pr/7', { pull_request: 'pr/7', status: 'created' });
    await scene.pass('shop:7');
    const { desiredCount, tags } = await scene.service('shop-pr7-web');
    expect(desiredCount).toBe(2);
    expect(tags).toContainEqual({ key: 'trimtab:owner', value: '/apppack/apps/shop:7' });
  });
});

describe('an app whose parameters are deleted', () => {
  async function deleted(settings: Record<string, string>): Promise<Scene> {
    const scene = await openScene({
      parameters: {
        [SCALING]: { json: { web: LARGER, worker: {} } },
        '/apppack/apps/shop/settings': { json: settings },
      },
      ecs: {
        taskDefinitions: [definition('shop-web'), definition('shop-worker')],
        services: [serviceSection('shop-web'), serviceSection('shop-worker')],
      },
    });
    await scene.pass();
    await settle(scene);
    for (const name of ['/apppack/apps/shop/settings', SCALING]) {
      await scene.person.ssm.send(new DeleteParameterCommand({ Name: name }));
      await scene.pass();
    }
    return scene;
  }

  it('keeps its services unless its settings said otherwise', async () => {
    const scene = await deleted({ cluster: 'main' });
    expect(operations(scene)).not.toContain('DeleteService');
    expect((await scene.service('shop-web')).status).toBe('ACTIVE');
  });

  it('loses the services that carry its mark, only them, and is forgotten then', async () => {
    const scene = await deleted({ cluster: 'main', deletion_policy: 'delete' });
    expect(scene.writes().filter(({ operation }) => operation === 'DeleteService')).toHaveLength(1);
    await settle(scene);
    expect((await scene.service('shop-web')).status).not.toBe('ACTIVE');
    expect((await scene.service('shop-worker')).status).toBe('ACTIVE');
  });
});
