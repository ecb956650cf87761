import { describe, expect, it } from 'vitest';
import { planApp } from '../../../src/controllers/app/plan.ts';
import type { ObservedContainer, ServiceFacts } from '../../../src/controllers/app/services/observed.ts';
import { editDefinition } from '../../../src/controllers/app/services/revision.ts';
import { found } from '../../../src/reconcile/reading.ts';
import {
  ACCOUNT,
  DENIED,
  type FactsOptions,
  NOW,
  primary,
  REGION,
  revisionArn,
  type ServiceOptions,
  someContext,
  someFacts,
  someNames,
  someService,
} from './builders.ts';

type Status = Parameters<typeof someContext>[0];

const CONFIG = '/apppack/apps/shop/config';
const arn = (name: string, partition = 'aws') =>
  `arn:${partition}:ssm:${REGION}:${ACCOUNT}:parameter${CONFIG}/${name}`;
const secret = (name: string, valueFrom = arn(name)) => ({ name, valueFrom });

function container(secrets: ReturnType<typeof secret>[], changes: Partial<ObservedContainer> = {}) {
  return { name: 'web', cpu: 0, secrets, variables: [], ...changes };
}

function web(secrets: ReturnType<typeof secret>[], options: ServiceOptions = {}) {
  const revision = { containers: [container(secrets)], ...options.revision };
  return someService('web', { ...options, revision });
}

function withoutRole(facts: ServiceFacts): ServiceFacts {
  if (facts.revision?.state !== 'found') return facts;
  const { executionRoleArn: _role, ...revision } = facts.revision.value;
  return { ...facts, revision: found(revision) };
}

const plan = (options: FactsOptions, status: Status = {}) => planApp(someFacts(options), someContext(status));
const writesOf = (options: FactsOptions, status: Status = {}) =>
  plan(options, status).actions.filter(({ type }) => type !== 'indexService');
const editsOf = (options: FactsOptions) =>
  writesOf(options).flatMap((action) => (action.type === 'registerTaskDefinition' ? [action.edits] : []));

describe('names of config variables', () => {
  it('that the app’s container has as secrets are as they should be, by ARN or by plain name', () => {
    const services = [web([secret('A'), secret('B', `${CONFIG}/B`)])];
    expect(plan({ config: ['A', 'B'], services })).toMatchObject({ differences: [], conditions: [] });
    expect(writesOf({ config: ['A', 'B'], services })).toEqual([]);
  });

  it('that are missing are put in with full ARNs, those that are gone are taken out, in one revision', () => {
    const options = { config: ['B', 'C'], services: [web([secret('A'), secret('B')])] };
    expect(editsOf(options)).toEqual([{ secrets: { container: 'web', remove: ['A'], put: [secret('C')] } }]);
    expect(plan(options).differences).toEqual([
      { path: 'services/web/config/A', desired: null, observed: arn('A') },
      { path: 'services/web/config/C', desired: arn('C'), observed: null },
    ]);
    expect(writesOf(options).map(({ type }) => type)).toEqual(['registerTaskDefinition', 'updateService']);
  });

  it('are put in one revision together with a size that is asked for', () => {
    const documents = { scaling: { web: { cpu: 512, memory: 1024 } } };
    const edits = editsOf({ documents, config: ['A'], services: [web([])] });
    expect(edits).toEqual([
      {
        size: { cpu: 512, memory: 1024 },
        secrets: { container: 'web', remove: [], put: [secret('A')] },
      },
    ]);
  });

  it.each(['aws-cn', 'aws-us-gov'])('point into the partition of the revision: %s', (partition) => {
    const revision = { arn: revisionArn('shop-web', 5).replace('arn:aws:', `arn:${partition}:`) };
    const services = [web([], { revision: { ...revision, containers: [container([])] } })];
    expect(editsOf({ config: ['A'], services })[0]?.secrets?.put).toEqual([secret('A', arn('A', partition))]);
  });

  it('belong to the container of the process’s name, else to the first', () => {
    const proxy = container([secret('A')], { name: 'proxy' });
    const named = web([], { revision: { containers: [proxy, container([])] } });
    expect(editsOf({ config: ['A'], services: [named] })[0]?.secrets?.container).toBe('web');
    const first = web([], { revision: { containers: [container([], { name: 'app' }), proxy] } });
    expect(editsOf({ config: ['A'], services: [first] })[0]?.secrets?.container).toBe('app');
  });

  it.each<[string, ReturnType<typeof secret>]>([
    ['Secrets Manager', secret('KEY', `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:key`)],
    ['another app', secret('KEY', arn('KEY').replace('/shop/', '/blog/'))],
    ['another account', secret('KEY', arn('KEY').replace(ACCOUNT, '210987654321'))],
    ['another region', secret('KEY', arn('KEY').replace(REGION, 'eu-west-1'))],
    ['deeper below the config', secret('KEY', `${arn('DEEP')}/KEY`)],
    ['a parameter of its own', secret('KEY', '/elsewhere/KEY')],
  ])('leave a secret of %s untouched', (_where, foreign) => {
    expect(writesOf({ config: [], services: [web([foreign])] })).toEqual([]);
    const [edits] = editsOf({ config: ['A'], services: [web([foreign])] });
    expect(edits?.secrets).toEqual({ container: 'web', remove: [], put: [secret('A')] });
  });

  it.each<[string, ObservedContainer]>([
    ['a plain variable', container([secret('B')], { variables: ['A'] })],
    ['a secret from elsewhere', container([secret('B'), secret('A', '/elsewhere/A')])],
  ])('that the container has as %s are told and passed over', (_what, taken) => {
    const services = [web([], { revision: { containers: [taken] } })];
    const result = plan({ config: ['A', 'B', 'C'], services });
    expect(result.conditions).toMatchObject([
      { type: 'Owned', status: 'False', reason: 'Contested', parameter: `${CONFIG}/A` },
    ]);
    expect(editsOf({ config: ['A', 'B', 'C'], services })[0]?.secrets?.put).toEqual([secret('C')]);
    expect(writesOf({ config: ['A', 'B'], services })).toEqual([]);
  });

  it('under another name than their parameter’s stay as long as the parameter is there', () => {
    const alias = secret('DB', arn('DATABASE_URL'));
    const both = [secret('DATABASE_URL'), alias];
    expect(writesOf({ config: ['DATABASE_URL'], services: [web(both)] })).toEqual([]);
    const documents = { scaling: {} };
    expect(editsOf({ documents, config: [], services: [web(both)] })[0]?.secrets?.remove).toEqual([
      'DATABASE_URL',
      'DB',
    ]);
  });

  it('cannot be given without an execution role, which holds back no size', () => {
    const services = [withoutRole(web([]))];
    const result = plan({ config: ['A'], services });
    expect(result.conditions).toMatchObject([
      { type: 'Supported', status: 'False', reason: 'NoExecutionRole', resource: 'task definition shop-web' },
    ]);
    expect(writesOf({ config: ['A'], services })).toEqual([]);
    const documents = { scaling: { web: { cpu: 512, memory: 1024 } } };
    expect(editsOf({ documents, config: ['A'], services })).toEqual([{ size: { cpu: 512, memory: 1024 } }]);
  });

  it('are not planned while one of their paths cannot be read, and the size goes on', () => {
    const documents = { scaling: { web: { cpu: 512, memory: 1024 } } };
    const options = { documents, config: DENIED, services: [web([secret('A')])] };
    expect(editsOf(options)).toEqual([{ size: { cpu: 512, memory: 1024 } }]);
    expect(plan(options).conditions).toMatchObject([{ type: 'Readable', parameter: CONFIG }]);
  });

  it('go on while the entry of the process in scaling is wrong or missing', () => {
    for (const scaling of [{ web: { cpu: 7 } }, {}, '{"web":']) {
      const edits = editsOf({ documents: { scaling }, config: ['A'], services: [web([])] });
      expect(edits).toEqual([{ secrets: { container: 'web', remove: [], put: [secret('A')] } }]);
    }
  });

  it('make one revision for services that run the same one', () => {
    const shared = { revision: { family: 'shop', arn: revisionArn('shop', 5), containers: [container([])] } };
    const services = [someService('web', shared), someService('worker', shared)];
    const writes = writesOf({ config: ['A'], services });
    expect(writes.map(({ id, after }) => [id, after])).toEqual([
      ['services/web/register', undefined],
      ['services/web/update', ['services/web/register']],
      ['services/worker/update', ['services/web/register']],
    ]);
  });

  it('are no revision where it would be larger than ECS takes', () => {
    const services = [web([], { revision: { bytes: 65_500 } })];
    const result = plan({ config: ['A'], services });
    expect(result.conditions).toMatchObject([{ reason: 'RevisionImpossible' }]);
    expect(result.conditions[0]?.message).toContain('65599 bytes');
  });

  it('of a review app lie over those of its pipeline', () => {
    const [pipeline = '', own = ''] = someNames('shop:7').configPaths;
    const names = (path: string, version: number) =>
      found([{ name: `${path}/A`, type: 'SecureString', version, modifiedAt: NOW - 60_000 }]);
    const options = { app: 'shop:7', documents: { reviewApp: { status: 'created' } } };
    const services = [someService('web', { app: 'shop:7' })];
    const [edits] = editsOf({ ...options, configs: [names(pipeline, 1), names(own, 2)], services });
    expect(edits?.secrets?.put[0]?.valueFrom).toContain('/review-apps/pr/7/config/A');
    const [inherited] = editsOf({ ...options, configs: [names(pipeline, 1), found([])], services });
    expect(inherited?.secrets?.put[0]?.valueFrom).toContain('parameter/apppack/pipelines/shop/config/A');
  });

  it('in plain text are a remark and no problem, at most eleven times', () => {
    const plain = (name: string) => ({
      name: `${CONFIG}/${name}`,
      type: 'String',
      version: 1,
      modifiedAt: NOW - 60_000,
    });
    const services = [web([secret('A')])];
    const result = plan({ configs: [found([plain('A')])], services });
    expect(result.conditions).toMatchObject([
      { type: 'Valid', status: 'True', reason: 'PlainConfig', parameter: `${CONFIG}/A` },
    ]);
    const many = Array.from({ length: 30 }, (_, index) => plain(`V${index}`));
    const remarks = plan({ configs: [found(many)], services }).conditions;
    expect(remarks.filter(({ reason }) => reason === 'PlainConfig')).toHaveLength(11);
    expect(remarks[10]?.message).toContain('There are 20 such in all.');
  });
});

describe('a new revision', () => {
  it('changes the secrets of one container and carries everything else over', () => {
    const definition = {
      family: 'shop-web',
      containerDefinitions: [
        {
          name: 'web',
          environment: [{ name: 'KEEP', value: 'me' }],
          secrets: [secret('A'), secret('FOREIGN', '/elsewhere/X')],
          linuxParameters: { initProcessEnabled: true },
        },
        { name: 'proxy', secrets: [secret('A')] },
      ],
    };
    const secrets = { container: 'web', remove: ['A'], put: [secret('B')] };
    const [edited, proxy] = editDefinition(definition, { secrets }).containerDefinitions ?? [];
    expect(edited).toEqual({
      ...definition.containerDefinitions[0],
      secrets: [secret('FOREIGN', '/elsewhere/X'), secret('B')],
    });
    expect(proxy).toEqual(definition.containerDefinitions[1]);
  });
});

describe('values of config variables', () => {
  const CHANGED_AT = NOW - 30_000;
  const changed = {
    configs: [found([{ name: `${CONFIG}/A`, type: 'SecureString', version: 2, modifiedAt: CHANGED_AT }])],
  };
  const service = (createdAt: number, options: ServiceOptions = {}) => ({
    ...changed,
    services: [
      web([secret('A')], {
        ...options,
        service: { deployments: [primary({ createdAt })], ...options.service },
      }),
    ],
  });
  const knows = (baseline: number) => ({
    memory: {
      resources: {
        services: {
          config: { versions: 'before', changedAt: NOW - 10_000, unsettledAt: NOW - 10_000 },
          progress: [{ process: 'web', baseline }],
        },
      },
    },
  });
  /** Config as the plan at `NOW` sees it, at rest. */
  function atRest(options: FactsOptions, baseline: number): Status {
    const { memory } = plan(options, knows(baseline));
    const { services } = (memory as { resources: { services: Record<string, object> } }).resources;
    const config = { ...services?.config, unsettledAt: undefined };
    return { memory: { resources: { services: { ...services, config } } } };
  }

  it('that changed since the tasks started make one forced deployment under an intent, and no revision', () => {
    const options = service(CHANGED_AT - 1);
    const [restart, ...others] = writesOf(options, atRest(options, CHANGED_AT - 1));
    expect(others).toEqual([]);
    expect(restart).toMatchObject({
      id: 'services/web/restart',
      type: 'updateService',
      service: 'shop-web',
      force: true,
      intent: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(restart).not.toHaveProperty('revision');
    expect(plan(options, atRest(options, CHANGED_AT - 1)).differences).toMatchObject([
      { path: 'services/web/startedAt' },
    ]);
  });

  it.each([
    ['tasks that started since', CHANGED_AT, CHANGED_AT - 1],
    ['changes that were there when the service was first seen', CHANGED_AT - 3_600_000, CHANGED_AT],
  ])('restart nothing for %s', (_why, createdAt, baseline) => {
    const options = service(createdAt);
    expect(writesOf(options, atRest(options, baseline))).toEqual([]);
    expect(plan(options, atRest(options, baseline)).differences).toEqual([]);
  });

  it('restart nothing at first contact, however old the tasks are', () => {
    const options = service(0);
    const { actions, differences, memory } = plan(options);
    expect(actions.filter(({ type }) => type !== 'indexService')).toEqual([]);
    expect(differences).toEqual([]);
    expect(memory).toMatchObject({
      resources: { services: { progress: [{ process: 'web', baseline: CHANGED_AT }] } },
    });
  });

  it('restart nothing that does not use them', () => {
    const taken = container([], { variables: ['A'] });
    const options = service(0, { revision: { containers: [taken] } });
    expect(writesOf(options, atRest(options, 1))).toEqual([]);
  });

  it('wait until config has come to rest, and a size with them; a count does not', () => {
    const scaling = { web: { cpu: 512, memory: 1024, min_processes: 3, max_processes: 3 } };
    const options = { ...service(CHANGED_AT - 1), documents: { scaling } };
    const result = plan(options, knows(CHANGED_AT - 1));
    const writes = result.actions.filter(({ type }) => type !== 'indexService');
    expect(writes).toMatchObject([{ id: 'services/web/update', desiredCount: 3 }]);
    expect(writes[0]).not.toHaveProperty('revision');
    expect(result.differences.map(({ path }) => path)).toEqual([
      'services/web/desiredCount',
      'services/web/cpu',
      'services/web/memory',
      'services/web/startedAt',
    ]);
    expect(result.wakeAt).toBe(NOW + 5_000);
    const [register, update, ...others] = writesOf(options, atRest(options, CHANGED_AT - 1));
    expect(others).toEqual([]);
    expect(register?.type).toBe('registerTaskDefinition');
    expect(update).toMatchObject({ desiredCount: 3, revision: { from: 'services/web/register' } });
    expect(update).not.toHaveProperty('force');
  });

  it('go with a count in one update, unless it is not known whether a restart went out', () => {
    const scaling = { web: { min_processes: 3, max_processes: 3 } };
    const options = { ...service(CHANGED_AT - 1), documents: { scaling } };
    const rested = atRest(options, CHANGED_AT - 1);
    const [restart, ...others] = writesOf(options, rested);
    expect(restart).toMatchObject({ force: true, desiredCount: 3 });
    expect(others).toEqual([]);
    const intents = [{ action: 'services/web/restart', digest: restart?.intent ?? '', at: NOW }];
    expect(writesOf(options, { ...rested, intents })).toMatchObject([
      { id: 'services/web/update', desiredCount: 3 },
      { id: 'services/web/restart', force: true, intent: restart?.intent },
    ]);
  });

  it('are not asked to be read twice once ECS answered that a deployment began', () => {
    const options = service(CHANGED_AT - 1);
    const rested = atRest(options, CHANGED_AT - 1);
    const [restart] = writesOf(options, rested);
    const { memory } = plan(options, rested);
    const digest = restart?.intent ?? '';
    const result = { deployment: 'ecs-svc/9', createdAt: NOW + 1 };
    const write = { digest, at: NOW, sent: 1, seen: false, corrections: [], result };
    const later = {
      ...options,
      services: options.services.map((one) => ({ ...one, deployments: found([]) })),
    };
    const next = plan(later, { memory, writes: { 'services/web/restart': write } });
    expect(next.actions.filter(({ type }) => type === 'updateService')).toEqual([]);
    expect(next.closedIntents).toEqual(['services/web/restart']);
    expect(next.conditions).toMatchObject([{ type: 'RolledOut', status: 'True', reason: 'Progressing' }]);
  });

  it('restart nothing when what was remembered of a rollout is damaged', () => {
    const options = service(CHANGED_AT - 1);
    for (const rollout of [{ since: 0, workflow: { machine: 'rollout' } }, { since: 'x' }, 7]) {
      const progress = [{ process: 'web', baseline: 1, rollout }];
      const config = { versions: 'before', changedAt: 0 };
      const status = { memory: { resources: { services: { progress, config } } } };
      expect(writesOf(options, status)).toEqual([]);
      expect(plan(options, status).differences).toEqual([]);
    }
  });
});
