import {
  CreateServiceCommand,
  DeleteServiceCommand,
  TagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { DeleteParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/reconcile/reconcile.ts';
import type { Fault } from '../../../src/simulator/faults.ts';
import type { SsmService } from '../../../src/simulator/services/ssm/index.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../../src/simulator/transport.ts';
import { definition, openScene, type Scene, type SceneOptions, serviceSection } from './scene.ts';

const SCALING = '/apppack/apps/shop/scaling';
const LARGER = { cpu: 512, memory: 1024, min_processes: 2, max_processes: 2 };
const OWNER = { key: 'trimtab:owner', value: '/apppack/apps/shop' };

function shop(options: SceneOptions = {}, service: Record<string, unknown> = {}): Promise<Scene> {
  return openScene({
    parameters: { [SCALING]: { json: { web: LARGER } } },
    ecs: { taskDefinitions: [definition('shop-web')], services: [serviceSection('shop-web', service)] },
    ...options,
  });
}

const operations = (scene: Scene, since = 0) => scene.writes(since).map(({ operation }) => operation);
const reasons = (report: Report | undefined) => report?.conditions.map(({ reason }) => reason);

/** Passes whenever the app asks for one, until it asks no more. */
async function settle(scene: Scene, app = 'shop'): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) if ((await scene.wake(app)) === undefined) return;
  throw new Error(`${app} keeps asking for another pass`);
}

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

describe('what cannot be read', () => {
  const denied = {
    action: 'ssm:GetParameters',
    resource: `arn:aws:ssm:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:parameter${SCALING}`,
    client: 'controller',
  };

  it('keeps everything as it is while scaling is denied, and goes on when it is allowed', async () => {
    const scene = await shop({ switches: { denials: [denied] } });
    const report = await scene.pass();
    expect(report.outcome).toBe('failed');
    expect(report.conditions).toMatchObject([
      { type: 'Readable', status: 'False', reason: 'AccessDeniedException', parameter: SCALING },
    ]);
    expect(scene.writes()).toEqual([]);
    scene.simulator.switches.denials.length = 0;
    expect(await scene.wake()).toMatchObject({ outcome: 'applied', conditions: [] });
  });

  it('keeps a claim while scaling is cut in half', async () => {
    const scene = await shop();
    await scene.pass();
    await settle(scene);
    await scene.put(SCALING, '{"web":{"cpu":512,"mem');
    const since = scene.simulator.calls.length;
    expect(reasons(await scene.pass())).toEqual(['NotJson']);
    expect(operations(scene, since)).toEqual([]);
    await scene.put(SCALING, { web: { ...LARGER, min_processes: 3, max_processes: 3 } });
    await scene.pass();
    expect(operations(scene, since)).toEqual(['UpdateService']);
  });

  it('does not take an empty page with a token for the end of the config', async () => {
    const settings = { cluster: 'main', deletion_policy: 'delete' };
    const scene = await shop({
      parameters: {
        [SCALING]: { json: { web: LARGER } },
        '/apppack/apps/shop/settings': { json: settings },
        '/apppack/apps/shop/config/A': { type: 'SecureString', value: 'x' },
      },
    });
    await scene.pass();
    await settle(scene);
    for (const name of [SCALING, '/apppack/apps/shop/settings']) {
      await scene.person.ssm.send(new DeleteParameterCommand({ Name: name }));
    }
    const ssm = scene.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('ssm');
    // The region hands out all services as one type; this one is Parameter Store.
    (ssm as SsmService).forceEmptyPages(2);
    const since = scene.simulator.calls.length;
    const report = await scene.pass();
    expect(report.differences).toEqual([]);
    expect(operations(scene, since)).toEqual([]);
  });
});

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

describe('writes that go wrong', () => {
  const failing = (fault: Fault) => shop({ switches: { faults: [fault] } });

  it('registers no second revision when the update after the registration fails', async () => {
    const scene = await failing({ kind: 'denied', operation: 'UpdateService', times: 3 });
    const first = await scene.pass();
    expect(first).toMatchObject({ outcome: 'failed' });
    expect(first.conditions).toMatchObject([
      { type: 'Applied', status: 'False', resource: 'service shop-web' },
    ]);
    await settle(scene);
    expect(operations(scene).filter((name) => name === 'RegisterTaskDefinition')).toHaveLength(1);
    expect((await scene.service('shop-web')).taskDefinition).toMatch(/shop-web:2$/);
    expect((await scene.definition('shop-web')).revision).toBe(2);
  });

  it('registers exactly one revision when the answer to the registration is lost', async () => {
    const scene = await failing({ kind: 'lostResponse', operation: 'RegisterTaskDefinition', times: 1 });
    expect(await scene.pass()).toMatchObject({ outcome: 'failed' });
    await settle(scene);
    expect((await scene.definition('shop-web')).revision).toBe(2);
    expect(await scene.service('shop-web')).toMatchObject({ desiredCount: 2 });
    expect((await scene.service('shop-web')).taskDefinition).toMatch(/shop-web:2$/);
    expect(await scene.pass()).toMatchObject({ outcome: 'unchanged', synced: true });
  });

  it('registers again when the registration never reached ECS', async () => {
    const scene = await failing({ kind: 'reset', operation: 'RegisterTaskDefinition', times: 1 });
    await scene.pass();
    await settle(scene);
    expect((await scene.definition('shop-web')).revision).toBe(2);
    expect(await scene.pass()).toMatchObject({ outcome: 'unchanged', synced: true });
  });

  it('keeps the count as desired although no revision can be registered', async () => {
    const scene = await failing({ kind: 'denied', operation: 'RegisterTaskDefinition', times: 50 });
    await scene.pass();
    await scene.wake();
    expect(await scene.service('shop-web')).toMatchObject({ desiredCount: 2 });
    expect((await scene.service('shop-web')).taskDefinition).toMatch(/shop-web:1$/);
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
