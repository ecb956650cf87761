import { describe, expect, it } from 'vitest';
import { planApp } from '../../../src/controllers/app/plan.ts';
import { OWNER_TAG, type ServiceFacts } from '../../../src/controllers/app/services/observed.ts';
import { digestOf } from '../../../src/reconcile/plan.ts';
import { ABSENT, found, unreadable } from '../../../src/reconcile/reading.ts';
import {
  CLUSTER_ARN,
  type FactsOptions,
  ownRevision,
  revisionArn,
  type ServiceOptions,
  someContext,
  someFacts,
  someRevision,
  someService,
  THROTTLED,
  unmarkedService,
} from './builders.ts';

type Status = Parameters<typeof someContext>[0];

const plan = (options: FactsOptions, status: Status = {}) => planApp(someFacts(options), someContext(status));

/** A plan without the entries for the index in the table. */
function writesOf(options: FactsOptions, status: Status = {}) {
  return plan(options, status).actions.filter((action) => action.type !== 'indexService');
}

function webWith(entry: unknown, service: ServiceOptions = {}): FactsOptions {
  return { documents: { scaling: { web: entry } }, services: [someService('web', service)] };
}

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

  it.each([
    [1, 2],
    [2, undefined],
    [3, undefined],
    [5, 4],
  ])(
    'leaves a count of %i to the autoscaler inside [2, 4], and brings it to %s otherwise',
    (desiredCount, wanted) => {
      const actions = writesOf(
        webWith({ min_processes: 2, max_processes: 4 }, { service: { desiredCount } }),
      );
      expect(actions.map((action) => 'desiredCount' in action && action.desiredCount)).toEqual(
        wanted === undefined ? [] : [wanted],
      );
    },
  );

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

describe('sizes', () => {
  const larger = { cpu: 512, memory: 1024, min_processes: 2, max_processes: 2 };
  const digestIn = (options: FactsOptions) =>
    writesOf(options).flatMap((action) =>
      action.type === 'registerTaskDefinition' ? [action.digest] : [],
    )[0] ?? '';

  it('registers one revision under an intent and updates once, count and revision together', () => {
    const [register, update, ...others] = writesOf(webWith(larger));
    expect(others).toEqual([]);
    expect(register).toMatchObject({
      id: 'services/web/register',
      family: 'shop-web',
      base: revisionArn('shop-web', 5),
      edits: { size: { cpu: 512, memory: 1024 } },
      owner: '/apppack/apps/shop',
    });
    expect(register?.intent).toMatch(/^[0-9a-f]{16}$/);
    expect(update).toMatchObject({
      id: 'services/web/update',
      desiredCount: 2,
      revision: { digest: register?.intent, from: 'services/web/register' },
      after: ['services/web/register'],
    });
  });

  it('names each difference once', () => {
    expect(plan(webWith(larger)).differences).toEqual([
      { path: 'services/web/desiredCount', desired: 2, observed: 1 },
      { path: 'services/web/cpu', desired: 512, observed: 256 },
      { path: 'services/web/memory', desired: 1024, observed: 512 },
    ]);
  });

  it('edits only what differs', () => {
    const [register] = writesOf(webWith({ memory: 1024 }));
    expect(register).toMatchObject({ edits: { size: { memory: 1024 } } });
  });

  it('uses the revision that an earlier pass registered, and asks for the same update', () => {
    const options = webWith(larger);
    const digest = digestIn(options);
    const later = {
      ...options,
      services: [someService('web', { facts: { newest: ownRevision('shop-web', 6, digest) } })],
    };
    const status = { intents: [{ action: 'services/web/register', digest, at: 0 }] };
    const [update, ...others] = writesOf(later, status);
    expect(others).toEqual([]);
    expect(update).toMatchObject({ revision: { digest, arn: revisionArn('shop-web', 6) }, desiredCount: 2 });
    expect(update?.fingerprint).toBe(writesOf(options)[1]?.fingerprint);
    expect(plan(later, status).closedIntents).toEqual(['services/web/register']);
  });

  it('uses what the registration gave although somebody registered another revision since', () => {
    const options = webWith(larger);
    const digest = digestIn(options);
    const write = {
      digest,
      at: 0,
      sent: 1,
      seen: false,
      corrections: [],
      result: { arn: revisionArn('shop-web', 6) },
    };
    const newest = found(someRevision('shop-web', { revision: 7 }));
    const later = { ...options, services: [someService('web', { facts: { newest } })] };
    const status = { writes: { 'services/web/register': write } };
    expect(writesOf(later, status)).toMatchObject([{ revision: { arn: revisionArn('shop-web', 6) } }]);
    const { memory } = plan(later, status);
    expect(writesOf(later, { memory })).toMatchObject([{ revision: { arn: revisionArn('shop-web', 6) } }]);
  });

  it('forgets a revision that the family does not show a minute later', () => {
    const options = webWith(larger);
    const digest = digestIn(options);
    const revisions = [{ process: 'web', digest, arn: revisionArn('shop-web', 6), at: 0 }];
    const memory = { named: {}, resources: { services: { claimed: [], indexed: [], revisions } } };
    expect(writesOf(options, { memory })).toMatchObject([{ id: 'services/web/register' }, {}]);
  });

  it('registers nothing before it is known that nothing was registered', () => {
    const services = [someService('web', { facts: { newest: unreadable(THROTTLED) } })];
    const result = plan({ ...webWith({ cpu: 512, memory: 1024 }), services });
    expect(result.actions.filter(({ type }) => type !== 'indexService')).toEqual([]);
    expect(result.conditions).toMatchObject([{ type: 'Readable', reason: 'ThrottlingException' }]);
  });

  it('keeps the count as desired while the revision cannot be read', () => {
    const services = [someService('web', { facts: { revision: unreadable(THROTTLED) } })];
    const result = plan({ ...webWith(larger), services });
    expect(result.actions.filter(({ type }) => type === 'updateService')).toMatchObject([
      { desiredCount: 2 },
    ]);
    expect(result.conditions).toMatchObject([{ type: 'Readable', resource: 'service shop-web' }]);
  });

  it('lets tag propagation and the circuit breaker ride with a revision, and never causes one for them', () => {
    const bare = {
      service: { propagateTags: 'NONE', breaker: false, deploymentConfiguration: { maximumPercent: 150 } },
    };
    expect(writesOf(webWith({ min_processes: 1, max_processes: 1 }, bare))).toEqual([]);
    expect(writesOf(webWith({ cpu: 512, memory: 1024 }, bare))[1]).toMatchObject({
      propagateTags: 'TASK_DEFINITION',
      deploymentConfiguration: {
        maximumPercent: 150,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
    });
    const [, update] = writesOf(webWith({ cpu: 512, memory: 1024 }));
    expect(update).not.toHaveProperty('propagateTags');
    expect(update).not.toHaveProperty('deploymentConfiguration');
  });

  it('registers revisions of one family one after the other', () => {
    const shared = { revision: { family: 'shared' } };
    const options = {
      documents: { scaling: { web: { cpu: 512, memory: 1024 }, worker: { cpu: 1024, memory: 2048 } } },
      services: [someService('web', shared), someService('worker', shared)],
    };
    const registrations = writesOf(options).filter(({ type }) => type === 'registerTaskDefinition');
    expect(registrations.map(({ after }) => after)).toEqual([undefined, ['services/web/register']]);
  });

  it.each([
    [{ cpu: 300, memory: 512 }, 'web.cpu', 'the nearest is 256', '{"web":{"cpu":256,"memory":512}}'],
    [{ cpu: 256, memory: 3000 }, 'web.memory', 'the nearest is 2048', '{"web":{"cpu":256,"memory":2048}}'],
    [
      { cpu: 16384, memory: 163840 },
      'web.memory',
      'the nearest is 122880',
      '{"web":{"cpu":16384,"memory":122880}}',
    ],
    [{ cpu: 1024 }, 'web.memory', "the service's own 512", '{"web":{"cpu":1024,"memory":2048}}'],
  ])(
    'refuses %o, which Fargate does not run, and leaves the count alone too',
    (size, path, words, command) => {
      const result = plan(webWith({ ...size, min_processes: 3, max_processes: 3 }));
      expect(result.actions.filter(({ type }) => type !== 'indexService')).toEqual([]);
      expect(result.differences).toEqual([]);
      expect(result.conditions).toMatchObject([
        { type: 'Valid', reason: 'InvalidSize', path, parameter: '/apppack/apps/shop/scaling' },
      ]);
      expect(result.conditions[0]?.message).toContain(words);
      expect(result.conditions[0]?.message).toContain(command.slice(0, -2));
    },
  );

  it('takes any memory on EC2 instances, and CPU from an eighth of a core', () => {
    const ec2 = { service: { launch: 'ec2' as const }, revision: { fargate: false } };
    expect(writesOf(webWith({ cpu: 130, memory: 700 }, ec2))).toHaveLength(2);
    expect(plan(webWith({ cpu: 100, memory: 700 }, ec2)).conditions).toMatchObject([
      { reason: 'InvalidSize', path: 'web.cpu' },
    ]);
  });

  it('tells of a wrong size before the service or task exists', () => {
    const documents = { scaling: { worker: { cpu: 1, memory: 1 }, scheduler: { cpu: 300, memory: 512 } } };
    expect(plan({ documents, services: [] }).conditions).toMatchObject([
      { reason: 'InvalidSize', path: 'worker.cpu' },
      { reason: 'InvalidSize', path: 'scheduler.cpu' },
    ]);
  });

  it.each([
    ['64 KiB', { bytes: 70_000 }, '70000 bytes'],
    [
      'no execution role',
      { containers: [{ name: 'web', cpu: 0, secrets: [{ name: 'A', valueFrom: 'a' }] }] },
      'no executionRoleArn',
    ],
    [
      'a sidecar that does not fit',
      { cpu: 1024, memory: 2048, containers: [{ name: 'proxy', cpu: 1000, secrets: [] }] },
      '1000 CPU units',
    ],
    ['49 tags', { tags: Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`t${i}`, ''])) }, '49 tags'],
  ])('says why ECS would refuse a revision: %s', (_name, revision, words) => {
    const bare = someRevision('shop-web', revision);
    const { executionRoleArn: _role, ...without } = bare;
    const options = webWith(larger);
    const services = [
      someService('web', {
        facts: { revision: found('containers' in revision && !('cpu' in revision) ? without : bare) },
      }),
    ];
    const result = plan({ ...options, services });
    expect(result.actions.filter(({ type }) => type !== 'indexService')).toMatchObject([
      { id: 'services/web/update', desiredCount: 2 },
    ]);
    expect(result.conditions).toMatchObject([{ type: 'Supported', reason: 'RevisionImpossible' }]);
    expect(result.conditions[0]?.message).toContain(words);
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
