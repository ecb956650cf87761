import { describe, expect, it } from 'vitest';
import { parseIntakeMessage } from '../../src/events/event.ts';
import { type RoutingOptions, routeMessage } from '../../src/events/routing.ts';
import type { Kind } from '../../src/reconcile/key.ts';
import { appKey } from '../queue/kit.ts';
import { EVENT_AT, envelope, parameterChange, someRouting } from './kit.ts';

const ALL_KINDS: ReadonlySet<Kind> = new Set(['app', 'build', 'access', 'sweep']);

function route(document: unknown, changes: Partial<RoutingOptions> = {}, now = EVENT_AT) {
  return routeMessage(parseIntakeMessage(JSON.stringify(document), 'm-1'), someRouting(changes), now);
}

/** Kinds and names of the keys a message is about, or why there are none. */
async function keysOf(document: unknown, changes: Partial<RoutingOptions> = {}): Promise<string[] | string> {
  const routing = await route(document, changes);
  if (routing.type === 'ignored') return routing.reason;
  return routing.type === 'work' ? routing.items.map(({ key }) => `${key.kind} ${key.name}`) : routing.type;
}

function service(eventName: string, name = 'shop-web') {
  const resources = [`arn:aws:ecs:us-east-1:123456789012:service/main/${name}`];
  return envelope('ECS Deployment State Change', { eventName }, { resources });
}

function task(detail: Readonly<Record<string, unknown>>) {
  const clusterArn = 'arn:aws:ecs:us-east-1:123456789012:cluster/main';
  return envelope('ECS Task State Change', { clusterArn, lastStatus: 'STOPPED', ...detail });
}

const build = envelope('CodeBuild Build State Change', { 'project-name': 'shop', 'build-id': 'b' });

describe('a parameter change', () => {
  it('is work for its app, with the event as the cause and the change as a hint', async () => {
    expect(await route(parameterChange('/apppack/apps/shop/scaling'))).toEqual({
      type: 'work',
      items: [
        {
          key: appKey('shop'),
          cause: {
            id: 'event:e-1',
            change: { parameter: '/apppack/apps/shop/scaling', operation: 'Update', at: EVENT_AT },
          },
        },
      ],
    });
  });

  it('is nothing when only a label moved', async () => {
    const label = parameterChange('/apppack/apps/shop/scaling', 'e-1', 'LabelParameterVersion');
    expect(await keysOf(label)).toBe('label');
  });

  it.each([
    ['/apppack/redis/main/auth-token', 'otherParameter'],
    ['/other/apps/shop/scaling', 'otherParameter'],
    ['/apppack/apps/shop/users', 'unregisteredKind'],
    ['/apppack/account/administrators', 'unregisteredKind'],
    ['/apppack/pipelines/shop/scaling', 'unregisteredKind'],
  ])('of %s is ignored: %s', async (name, reason) => {
    expect(await keysOf(parameterChange(name))).toBe(reason);
  });

  it('of users, administrators and pipelines is work where somebody works on them', async () => {
    const options = { kinds: ALL_KINDS, reviewAppsOf: async () => ['7'] };
    expect(await keysOf(parameterChange('/apppack/apps/shop/users'), options)).toEqual(['access shop']);
    expect(await keysOf(parameterChange('/apppack/account/administrators'), options)).toEqual([
      'access account:administrators',
    ]);
    expect(await keysOf(parameterChange('/apppack/pipelines/shop/scaling'), options)).toEqual(['app shop:7']);
  });

  it('of an account or region that is not ours is ignored', async () => {
    const event = parameterChange('/apppack/apps/shop/scaling');
    expect(await keysOf({ ...event, account: '999999999999' })).toBe('foreignAccount');
    expect(await keysOf({ ...event, region: 'eu-west-1' })).toBe('foreignAccount');
  });
});

describe('an event of a service', () => {
  it('is work for the apps that claim it', async () => {
    const appsOfService = async (cluster: string, name: string) =>
      cluster === 'main' && name === 'shop-api-web' ? ['shop-api'] : [];
    expect(await keysOf(service('SERVICE_DEPLOYMENT_FAILED', 'shop-api-web'), { appsOfService })).toEqual([
      'app shop-api',
    ]);
  });

  it('says of which service a deployment began, so that it may wait for a look that is due', async () => {
    const routing = await route(service('SERVICE_DEPLOYMENT_IN_PROGRESS', 'shop-web'));
    const causes = routing.type === 'work' ? routing.items.map(({ cause }) => cause.began) : [];
    expect(causes).toEqual(['shop-web']);
    const failed = await route(service('SERVICE_DEPLOYMENT_FAILED', 'shop-web'));
    expect(failed.type === 'work' && 'began' in (failed.items[0]?.cause ?? {})).toBe(false);
  });

  it('is work for every possible app when nobody is known to claim it', async () => {
    expect(await keysOf(service('SERVICE_DEPLOYMENT_FAILED', 'shop-api-web'))).toEqual([
      'app shop',
      'app shop-api',
    ]);
    expect(await keysOf(service('SERVICE_DEPLOYMENT_FAILED', 'web'))).toBe('unknownOwner');
  });

  it.each(['SERVICE_STEADY_STATE', 'TASKSET_STEADY_STATE', 'CAPACITY_PROVIDER_STEADY_STATE'])(
    'is ignored when it only says %s',
    async (eventName) => {
      expect(await keysOf(service(eventName))).toBe('steadyState');
    },
  );

  it('is kept for later when the owners cannot be looked up', async () => {
    const appsOfService = () => Promise.reject(new Error('no answer'));
    await expect(route(service('SERVICE_DEPLOYMENT_FAILED'), { appsOfService })).rejects.toThrow();
  });
});

describe('an event of a task', () => {
  it.each([
    ['could not start', { group: 'service:shop-web', stopCode: 'TaskFailedToStart' }, ['app shop']],
    ['exited', { group: 'service:shop-web', stopCode: 'EssentialContainerExited' }, ['app shop']],
    ['was scaled in', { group: 'service:shop-web', stopCode: 'ServiceSchedulerInitiated' }, 'routineStop'],
    ['runs', { group: 'service:shop-web', lastStatus: 'RUNNING' }, 'routineStop'],
    ['was a release', { group: 'family:shop-release' }, 'unregisteredKind'],
    ['belongs to nobody', { group: 'standalone' }, 'routineStop'],
  ])('that %s', async (_what, detail, keys) => {
    expect(await keysOf(task(detail))).toEqual(keys);
  });

  it.each([
    ['family:shop-api-release', ['build shop-api']],
    ['family:shop-pr12-release', ['build shop-pr12', 'build shop:12']],
    ['family:shop-pr12-postdeploy', ['build shop-pr12', 'build shop:12']],
    ['family:shop-shell', 'routineStop'],
    ['family:-release', 'routineStop'],
  ])('in %s is work for the builds it may be of', async (group, keys) => {
    expect(await keysOf(task({ group }), { kinds: ALL_KINDS })).toEqual(keys);
  });

  it.each(['RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED'])(
    'that is %s is a release that may have gone on',
    async (lastStatus) => {
      const keys = await keysOf(task({ group: 'family:shop-release', lastStatus }), { kinds: ALL_KINDS });
      expect(keys).toEqual(['build shop']);
    },
  );

  it('that waits for a host says nothing of a release', async () => {
    const waits = task({ group: 'family:shop-release', lastStatus: 'PENDING' });
    expect(await keysOf(waits, { kinds: ALL_KINDS })).toBe('routineStop');
  });
});

describe('a scheduled task', () => {
  it('is no work for builds', async () => {
    expect(await keysOf(task({ group: 'family:shop-scheduler' }), { kinds: ALL_KINDS })).toBe('routineStop');
  });
});

describe('a scheduled task that failed', () => {
  const failed = (group: string) => ({
    ...envelope('Scheduled Task Failed', {}),
    detail: { group },
  });

  it.each([
    ['shop-scheduler', 'shop'],
    ['shop-api-scheduler', 'shop-api'],
    ['shop-pr12-scheduler', 'shop-pr12'],
  ])('in family %s is told of app %s and makes no work', async (family, name) => {
    expect(await route(failed(`family:${family}`))).toEqual({ type: 'failedTask', key: appKey(name) });
  });

  it('of a review app has the name of the review app', async () => {
    const reviewAppsOf = async () => ['12'];
    const routing = await route(failed('family:shop-pr12-scheduler'), { reviewAppsOf });
    expect(routing).toEqual({ type: 'failedTask', key: appKey('shop:12') });
  });

  it.each(['family:shop-web', 'family:-scheduler', 'scheduler'])('of %s is nobody’s', async (group) => {
    expect(await keysOf(failed(group))).toBe('unknownOwner');
  });
});

describe('an event of a build', () => {
  it("is work for the app of its project, where builds are somebody's work", async () => {
    const appsOfProject = async (project: string) => (project === 'shop' ? ['shop'] : []);
    expect(await keysOf(build, { kinds: ALL_KINDS, appsOfProject })).toEqual(['build shop']);
    expect(await keysOf(build, { appsOfProject })).toBe('unregisteredKind');
    expect(await keysOf(build, { kinds: ALL_KINDS, appsOfProject: async () => [] })).toBe('unknownOwner');
  });
});

describe('our own messages', () => {
  const wake = { wake: { key: '123456789012/us-east-1/app/shop', at: EVENT_AT, token: 't' } };

  it('are work when they are due', async () => {
    expect(await route(wake)).toEqual({
      type: 'work',
      items: [{ key: appKey('shop'), cause: { id: 'wake:t' } }],
    });
    const request = { request: { key: '123456789012/us-east-1/app/shop', id: 'r' } };
    expect(await route(request)).toEqual({
      type: 'work',
      items: [{ key: appKey('shop'), cause: { id: 'request:r' } }],
    });
  });

  it('wait while they are not due', async () => {
    expect(await route(wake, {}, EVENT_AT - 1)).toMatchObject({ type: 'later', wake: { token: 't' } });
  });

  it('are ignored for keys nobody here works on', async () => {
    const key = '123456789012/us-east-1/build/shop';
    expect(await keysOf({ wake: { key, at: EVENT_AT, token: 't' } })).toBe('unregisteredKind');
    expect(await keysOf({ request: { key, id: 'r' } })).toBe('unregisteredKind');
    const foreign = '999999999999/us-east-1/app/shop';
    const change = { parameter: '/apppack/apps/shop/config/A', operation: 'Update', at: EVENT_AT };
    const cause = { id: 'event:1', change };
    expect(await keysOf({ deferred: { key, cause, toldAt: 1 } })).toBe('unregisteredKind');
    expect(await keysOf({ deferred: { key: foreign, cause, toldAt: 1 } })).toBe('foreignAccount');
    // Only looks at apps are put off, whoever says otherwise.
    const access = '123456789012/us-east-1/access/apps/shop';
    expect(await keysOf({ deferred: { key: access, cause, toldAt: 1 } }, { kinds: ALL_KINDS })).toBe(
      'unregisteredKind',
    );
    expect(await keysOf({ request: { key: foreign, id: 'r' } })).toBe('foreignAccount');
  });
});
