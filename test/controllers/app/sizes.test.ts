import { describe, expect, it } from 'vitest';
import { found, unreadable } from '../../../src/reconcile/reading.ts';
import {
  type FactsOptions,
  ownRevision,
  revisionArn,
  someRevision,
  someService,
  THROTTLED,
} from './builders.ts';

import { plan, webWith, writesOf } from './planning.ts';

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
    const services = [someService('web', { facts: { newest, deployments: found([]) } })];
    expect(writesOf({ ...later, services }, { memory })).toMatchObject([
      { revision: { arn: revisionArn('shop-web', 6) } },
    ]);
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
      { containers: [{ name: 'web', cpu: 0, secrets: [{ name: 'A', valueFrom: 'a' }], variables: [] }] },
      'no executionRoleArn',
    ],
    [
      'a sidecar that does not fit',
      { cpu: 1024, memory: 2048, containers: [{ name: 'proxy', cpu: 1000, secrets: [], variables: [] }] },
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
