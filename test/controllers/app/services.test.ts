import { describe, expect, it } from 'vitest';
import { OWNER_TAG, type ServiceFacts } from '../../../src/controllers/app/services/observed.ts';
import { digestOf } from '../../../src/reconcile/plan.ts';
import { ABSENT, found, unreadable } from '../../../src/reconcile/reading.ts';
import {
  CLUSTER_ARN,
  type FactsOptions,
  someContext,
  someService,
  THROTTLED,
  unmarkedService,
} from './builders.ts';

import { plan, type Status, webWith, writesOf } from './planning.ts';

describe('counts', () => {
  it('sets a fixed count where min and max are the same', () => {
    const options = webWith({ min_processes: 3, max_processes: 3 });
    expect(writesOf(options)).toMatchObject([
      {
        id: 'services/web/update',
        type: 'updateService',
        cluster: CLUSTER_ARN,
        service: 'shop-web',
        desiredCount: 3,
      },
    ]);
    expect(plan(options).differences).toEqual([
      { path: 'services/web/desiredCount', desired: 3, observed: 1 },
    ]);
  });

  it.each([1, 3, 5])('leaves a count of %i to the autoscaler where there is a range', (desiredCount) => {
    const actions = writesOf(webWith({ min_processes: 2, max_processes: 4 }, { service: { desiredCount } }));
    expect(actions.map(({ type }) => type)).toEqual(['registerTarget', 'putPolicy']);
  });

  it('leaves bounds as they are, too, while the size beside them is wrong', () => {
    const options = webWith({ cpu: 256, memory: 700, min_processes: 2, max_processes: 4 });
    expect(writesOf(options)).toEqual([]);
  });

  it('sets a fixed count after the scalable target is gone', () => {
    const options = webWith({ min_processes: 3, max_processes: 3 });
    const target = found({ min: 2, max: 6 });
    const known = { target, policies: found([]), scheduledActions: found([]) };
    expect(writesOf({ ...options, autoscaling: { web: known } })).toMatchObject([
      { id: 'autoscaling/web/remove', type: 'deregisterTarget' },
      { id: 'services/web/update', desiredCount: 3, after: ['autoscaling/web/remove'] },
    ]);
  });

  it('takes a missing bound for no wish', () => {
    expect(writesOf(webWith({ min_processes: 3 }, { service: { desiredCount: 9 } }))).toEqual([]);
    expect(writesOf(webWith({ max_processes: 0 }, { service: { desiredCount: 9 } }))).toMatchObject([
      { desiredCount: 0 },
    ]);
  });

  it('writes nothing for what is as wished', () => {
    const options = webWith({ cpu: 256, memory: 512, min_processes: 1, max_processes: 1 });
    expect(writesOf(options)).toEqual([]);
    expect(plan(options)).toMatchObject({ differences: [], conditions: [] });
  });

  it('does not wait for a revision that keeps failing', () => {
    const failed = {
      type: 'Applied',
      status: 'False',
      reason: 'ClientException',
      message: '',
      resource: 'task definition shop-web',
      since: 0,
    } as const;
    const options = webWith({ cpu: 512, memory: 1024, min_processes: 3, max_processes: 3 });
    expect(writesOf(options, { conditions: [failed] })).toMatchObject([
      { id: 'services/web/register' },
      { id: 'services/web/count', desiredCount: 3 },
      { id: 'services/web/update', after: ['services/web/register'] },
    ]);
    expect(writesOf(options, { conditions: [failed] })[1]).not.toHaveProperty('after');
  });
});

describe('claims', () => {
  const scaling = { documents: { scaling: { web: { min_processes: 2, max_processes: 2 } } } };

  it('marks an adopted service with the first write to it, before that write', () => {
    expect(writesOf({ ...scaling, services: [unmarkedService()] })).toMatchObject([
      { id: 'services/web/tag', type: 'tagService', owner: '/apppack/apps/shop' },
      { id: 'services/web/update', after: ['services/web/tag'] },
    ]);
  });

  it('writes nothing to an adopted service that is as wished, not even the mark', () => {
    expect(
      writesOf({
        ...scaling,
        services: [unmarkedService('web', { service: { tags: {}, desiredCount: 2 } })],
      }),
    ).toEqual([]);
  });

  it('leaves a service alone that carries the mark of another app, and names it', () => {
    const services = [someService('web', { service: { tags: { [OWNER_TAG]: '/apppack/apps/other' } } })];
    const result = plan({ ...scaling, services });
    expect(result).toMatchObject({ actions: [], differences: [] });
    expect(result.conditions).toMatchObject([
      { type: 'Owned', status: 'False', reason: 'Contested', resource: 'service shop-web' },
    ]);
    expect(result.conditions[0]?.message).toContain('/apppack/apps/other');
  });

  it('lets nobody touch a service that two apps name, and names both', () => {
    const rivals = [{ app: 'shop-api', process: 'web', claims: 'yes' as const }];
    const services = [unmarkedService('api-web', { facts: { rivals } })];
    const result = plan({ documents: { scaling: { 'api-web': { min_processes: 2 } } }, services });
    expect(result.actions).toEqual([]);
    expect(result.conditions).toMatchObject([{ reason: 'Contested' }]);
    expect(result.conditions[0]?.message).toMatch(
      /named by shop \(process api-web\) and by shop-api \(process web\)/,
    );
  });

  it('does not claim what another app may name in a record that cannot be used', () => {
    const rivals = [
      { app: 'shop-api', process: 'web', claims: 'unknown' as const, because: 'its scaling is denied' },
    ];
    const services = [unmarkedService('api-web', { facts: { rivals } })];
    const result = plan({ documents: { scaling: { 'api-web': { min_processes: 2 } } }, services });
    expect(result.actions).toEqual([]);
    expect(result.conditions).toMatchObject([{ reason: 'ClaimUnknown' }]);
  });

  it('claims nothing by its name alone', () => {
    expect(
      plan({ documents: { settings: { cluster: 'production' } }, services: [unmarkedService()] }),
    ).toMatchObject({ actions: [], differences: [] });
  });

  it('keeps the last good claim of a record that was cut in half', () => {
    const first = plan({ ...scaling, services: [unmarkedService()] });
    const broken = { documents: { scaling: '{"web":{"min_pro' }, services: [unmarkedService()] };
    const second = plan(broken, { memory: first.memory });
    expect(second.conditions).toMatchObject([{ reason: 'NotJson' }]);
    expect(second.memory).toMatchObject({
      named: { scaling: ['web'] },
      resources: { services: { claimed: [{ service: 'shop-web' }] } },
    });
    expect(second.actions.filter(({ type }) => type !== 'indexService')).toEqual([]);
  });

  it('forgets what an unknown version remembered and starts afresh', () => {
    expect(
      writesOf({ ...scaling, services: [someService()] }, { memory: { version: 99, claims: 'x' } }),
    ).toHaveLength(1);
    expect(writesOf({ ...scaling, services: [someService()] }, { memory: 'nonsense' })).toHaveLength(1);
    const memory = { named: { scaling: 5 }, resources: { services: { claimed: 'x', revisions: [{}] } } };
    expect(writesOf({ ...scaling, services: [someService()] }, { memory })).toHaveLength(1);
  });

  it('tells the index whose a service is, once', () => {
    const options = { ...scaling, services: [someService('web', { service: { desiredCount: 2 } })] };
    const first = plan(options);
    expect(first.actions).toMatchObject([
      {
        id: 'services/web/index',
        type: 'indexService',
        cluster: 'production',
        service: 'shop-web',
        app: 'shop',
        claimed: true,
      },
    ]);
    const [action] = first.actions;
    const write = { digest: digestOf(action), at: 0, sent: 1, seen: false, corrections: [] };
    const second = plan(options, { memory: first.memory, writes: { 'services/web/index': write } });
    expect(second.actions).toEqual([]);
    expect(plan(options, { memory: second.memory }).actions).toEqual([]);
    const dropped = plan({ documents: { scaling: {} } }, { memory: second.memory });
    expect(dropped.actions).toMatchObject([{ id: 'services/web/unindex', claimed: false }]);
  });
});

describe('services that cannot be written', () => {
  const scaling = {
    documents: { scaling: { web: { cpu: 512, memory: 1024, min_processes: 2, max_processes: 2 } } },
  };
  const quiet = (options: FactsOptions, status: Status = {}) => {
    const result = plan(options, status);
    expect(result.actions.filter(({ type }) => type !== 'indexService')).toEqual([]);
    return result;
  };

  it.each([
    ['CODE_DEPLOY', { controller: 'CODE_DEPLOY' }],
    ['EXTERNAL', { controller: 'EXTERNAL' }],
    ['DAEMON', { scheduling: 'DAEMON' }],
    ['BLUE_GREEN', { strategy: 'BLUE_GREEN' }],
  ])('leaves a service alone that is %s', (word, service) => {
    const { conditions } = quiet({ ...scaling, services: [someService('web', { service })] });
    expect(conditions).toMatchObject([
      { type: 'Supported', status: 'False', reason: 'Unsupported', resource: 'service shop-web' },
    ]);
    expect(conditions[0]?.message).toContain(word);
  });

  it('waits ten seconds for one that is being deleted', () => {
    const context = someContext();
    const result = quiet({ ...scaling, services: [someService('web', { service: { status: 'DRAINING' } })] });
    expect(result.conditions).toMatchObject([{ type: 'Active', status: 'False', reason: 'Draining' }]);
    expect(result.wakeAt).toBe(context.now + 10_000);
  });

  it('takes an entry for a service that does not exist for no error', () => {
    const missing = { process: 'web', service: 'shop-web', reading: ABSENT };
    expect(quiet({ ...scaling, services: [missing] })).toMatchObject({ conditions: [], differences: [] });
  });

  it('says so when one that was claimed vanished, until nobody names it', () => {
    const before = plan({ ...scaling, services: [someService()] });
    const missing = { process: 'web', service: 'shop-web', reading: ABSENT };
    const after = quiet({ ...scaling, services: [missing] }, { memory: before.memory });
    expect(after.conditions).toMatchObject([{ type: 'Active', status: 'False', reason: 'Vanished' }]);
    const still = quiet({ ...scaling, services: [missing] }, { memory: after.memory });
    expect(still.conditions).toMatchObject([{ reason: 'Vanished' }]);
    expect(
      plan({ documents: { scaling: {} }, services: [missing] }, { memory: after.memory }).conditions,
    ).not.toContainEqual(expect.objectContaining({ reason: 'Vanished' }));
  });

  it('never takes an unreadable service for a missing one', () => {
    const before = plan({ ...scaling, services: [someService()] });
    const throttled: ServiceFacts = { process: 'web', service: 'shop-web', reading: unreadable(THROTTLED) };
    const after = quiet({ ...scaling, services: [throttled] }, { memory: before.memory });
    expect(after.conditions).toMatchObject([{ type: 'Readable', reason: 'ThrottlingException' }]);
    expect(after.memory).toMatchObject({ resources: { services: { claimed: [{ service: 'shop-web' }] } } });
  });
});
