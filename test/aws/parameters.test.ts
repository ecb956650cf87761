import { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { parameterNames, parameters, parameterTree } from '../../src/aws/parameters.ts';
import { valueIn } from '../../src/reconcile/reading.ts';
import type { SsmService } from '../../src/simulator/services/ssm/index.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../simulator/kit.ts';
import { countCalls, handmade, openAccount } from './reading-kit.ts';

const MODIFIED_AT = '2026-01-04T09:30:00.000Z';

function openStore(parameters: Record<string, Record<string, unknown>>) {
  const dated = Object.entries(parameters).map(([name, one]) => [
    name,
    { lastModifiedAt: MODIFIED_AT, ...one },
  ]);
  const { bench, clients } = openAccount({ ssm: { parameters: Object.fromEntries(dated) } });
  const service = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('ssm');
  return { bench, ssm: clients.ssm, service: service as SsmService, switches: bench.simulator.switches };
}

/** `count` plain parameters directly below `path`. */
function many(path: string, count: number, value = 'x'): Record<string, Record<string, unknown>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${path}/P${index}`, { value }]));
}

describe('documents of desired state', () => {
  it('come with type, version and the instant they were written', async () => {
    const { ssm } = openStore({
      '/apppack/apps/shop/scaling': { value: '{"web":{}}', version: 7 },
      '/apppack/apps/shop/users': { value: 'ada@example.com,bob@example.com', type: 'StringList' },
    });

    const read = await parameters(ssm, ['/apppack/apps/shop/scaling', '/apppack/apps/shop/users']);

    expect(Object.fromEntries(read)).toEqual({
      '/apppack/apps/shop/scaling': {
        state: 'found',
        value: {
          name: '/apppack/apps/shop/scaling',
          type: 'String',
          value: '{"web":{}}',
          version: 7,
          modifiedAt: Date.parse(MODIFIED_AT),
        },
      },
      '/apppack/apps/shop/users': {
        state: 'found',
        value: expect.objectContaining({ type: 'StringList', value: 'ada@example.com,bob@example.com' }),
      },
    });
  });

  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
  it('row 48: ten are asked for at a time, and one in InvalidParameters is absent', async () => {
    const { ssm, bench } = openStore(many('/a', 12));
    const names = Array.from({ length: 25 }, (_, index) => `/a/P${index}`);

    const read = await parameters(ssm, [...names, '/a/P0']);

    expect(countCalls(bench.simulator.calls)).toEqual({ 'ssm.GetParameters': 3 });
    expect([...read.values()].filter((one) => one.state === 'found')).toHaveLength(12);
    expect([...read.values()].filter((one) => one.state === 'absent')).toHaveLength(13);
  });

  it('a denied one makes no other one unreadable', async () => {
    const { ssm, switches } = openStore(many('/a', 3));
    switches.denials.push({ action: 'ssm:GetParameter*', resource: '*:parameter/a/P1' });

    const read = await parameters(ssm, ['/a/P0', '/a/P1', '/a/P2', '/a/P3']);

    expect([...read].map(([name, one]) => [name, one.state])).toEqual([
      ['/a/P0', 'found'],
      ['/a/P1', 'unreadable'],
      ['/a/P2', 'found'],
      ['/a/P3', 'absent'],
    ]);
    expect(read.get('/a/P1')).toMatchObject({ failure: { kind: 'denied', code: 'AccessDeniedException' } });
  });

  it('a name that Parameter Store refuses makes no other one unreadable', async () => {
    const { ssm } = openStore(many('/a', 1));

    const read = await parameters(ssm, ['/a/P0', '/a/not allowed']);

    expect(read.get('/a/P0')?.state).toBe('found');
    expect(read.get('/a/not allowed')).toMatchObject({ state: 'unreadable', failure: { kind: 'refused' } });
  });

  it.each([
    ['throttle', 'throttled'],
    ['error', 'unknown'],
    ['reset', 'unknown'],
  ] as const)(
    'after a %s the whole batch is unreadable, and nothing is asked for again',
    async (kind, failure) => {
      const { ssm, bench, switches } = openStore(many('/a', 2));
      switches.faults.push({ kind, operation: 'GetParameters' });

      const read = await parameters(ssm, ['/a/P0', '/a/P1']);

      expect([...read.values()].map((one) => one.state === 'unreadable' && one.failure.kind)).toEqual([
        failure,
        failure,
      ]);
      expect(countCalls(bench.simulator.calls)).toEqual({ 'ssm.GetParameters': 1 });
    },
  );

  it('row 56: one that an answer passes over in silence is unreadable, not absent', async () => {
    const ssm = new SSMClient(handmade(() => ({ Parameters: [], InvalidParameters: [] })));

    expect((await parameters(ssm, ['/a'])).get('/a')).toMatchObject({ state: 'unreadable' });
  });

  it('a SecureString keeps its type and loses its value', async () => {
    const { ssm } = openStore({ '/apppack/apps/shop/scaling': { value: 'canary', type: 'SecureString' } });

    const read = await parameters(ssm, ['/apppack/apps/shop/scaling']);

    expect([...read.values()].map(valueIn)).toMatchObject([{ type: 'SecureString', value: '', version: 1 }]);
    expect(JSON.stringify([...read])).not.toMatch(/canary|AQICAH/);
  });
});

describe('names of config variables', () => {
  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
  it('row 47: short and empty pages are not the end', async () => {
    const { ssm, service } = openStore(many('/apppack/apps/shop/config', 23));
    service.forceEmptyPages(2);

    const read = await parameterNames(ssm, '/apppack/apps/shop/config');

    expect(valueIn(read)).toHaveLength(23);
  });

  it('row 49: carry version, type and instant, and no value whatever the type', async () => {
    const { ssm } = openStore({
      '/apppack/apps/shop/config/SECRET': { value: 'canary-secure', type: 'SecureString', version: 4 },
      '/apppack/apps/shop/config/PLAIN': { value: 'canary-plain' },
      '/apppack/apps/shop/config/LIST': { value: 'canary-one,canary-two', type: 'StringList' },
    });

    const read = await parameterNames(ssm, '/apppack/apps/shop/config');

    const at = Date.parse(MODIFIED_AT);
    expect(valueIn(read)).toEqual([
      { name: '/apppack/apps/shop/config/LIST', type: 'StringList', version: 1, modifiedAt: at },
      { name: '/apppack/apps/shop/config/PLAIN', type: 'String', version: 1, modifiedAt: at },
      { name: '/apppack/apps/shop/config/SECRET', type: 'SecureString', version: 4, modifiedAt: at },
    ]);
  });

  it('none is an empty list, and deeper names do not count', async () => {
    const { ssm } = openStore({ '/apppack/apps/shop/config/A/B': { value: 'x' } });

    expect(await parameterNames(ssm, '/apppack/apps/shop/config')).toEqual({ state: 'found', value: [] });
    expect(await parameterNames(ssm, '/apppack/apps/blog/config')).toEqual({ state: 'found', value: [] });
  });

  it('row 56: a list of which one page failed is unreadable, never shorter', async () => {
    const { ssm, switches } = openStore(many('/apppack/apps/shop/config', 23));
    switches.faults.push({ kind: 'throttle', when: (input) => input.NextToken !== undefined, times: 1 });

    const read = await parameterNames(ssm, '/apppack/apps/shop/config');

    expect(read).toMatchObject({ state: 'unreadable', failure: { kind: 'throttled' } });
  });

  it('nothing is ever decrypted', async () => {
    const { ssm, bench } = openStore(many('/apppack/apps/shop/config', 1));

    await parameterNames(ssm, '/apppack/apps/shop/config');
    await parameters(ssm, ['/apppack/apps/shop/scaling']);
    await parameterTree(ssm, '/apppack/apps');

    expect(bench.simulator.calls.map((call) => call.input.WithDecryption)).toEqual([false, false, false]);
  });
});

describe('what goes wrong', () => {
  const broken = '{"Parameters":[{"Name":"/apppack/apps/shop/config/KEY","Value":"canary-value","Type":"Str';

  it.each([
    ['documents', (ssm: SSMClient) => parameters(ssm, ['/a', '/b']).then((read) => [...read])],
    ['names', (ssm: SSMClient) => parameterNames(ssm, '/apppack/apps/shop/config')],
    ['trees', (ssm: SSMClient) => parameterTree(ssm, '/apppack/apps')],
  ])('quotes nothing of an answer that cannot be parsed: %s', async (_what, read) => {
    const answer = await read(new SSMClient(handmade(() => broken)));

    expect(JSON.stringify(answer)).toContain('unreadable');
    expect(JSON.stringify(answer)).not.toContain('canary');
  });
});

describe('the tree of a sweep', () => {
  const world = {
    '/apppack/apps/shop/scaling': { value: '{}' },
    '/apppack/apps/shop/scheduled-tasks': { value: '[]' },
    '/apppack/apps/shop/users': { value: 'ada@example.com', type: 'StringList' },
    '/apppack/apps/shop/config/KEY': { value: 'canary-secure', type: 'SecureString', version: 2 },
    '/apppack/apps/shop/config/OTHER': { value: 'canary-plain' },
    '/apppack/apps/shop/config/DEEP/NAME': { value: 'canary-deep' },
    '/apppack/apps/shop/notes': { value: 'canary-notes' },
    '/apppack/apps/blog/settings': { value: 'canary-settings', type: 'SecureString' },
    '/apppack/apps/config/scaling': { value: '{"web":1}' },
    '/apppack/apps/bare/notes': { value: 'canary-bare' },
    '/elsewhere/apps/none/scaling': { value: '{}' },
  };

  it('holds the documents of every app, and names and versions of config', async () => {
    const { ssm } = openStore(world);

    const tree = valueIn(await parameterTree(ssm, '/apppack/apps'));

    expect([...(tree?.owners ?? [])].sort()).toEqual(['bare', 'blog', 'config', 'shop']);
    expect([...(tree?.documents.values() ?? [])].map(({ name, value }) => [name, value]).sort()).toEqual([
      ['/apppack/apps/blog/settings', ''],
      ['/apppack/apps/config/scaling', '{"web":1}'],
      ['/apppack/apps/shop/scaling', '{}'],
      ['/apppack/apps/shop/scheduled-tasks', '[]'],
      ['/apppack/apps/shop/users', 'ada@example.com'],
    ]);
    expect([...(tree?.configNames ?? [])]).toEqual([
      [
        '/apppack/apps/shop/config',
        [
          expect.objectContaining({ name: '/apppack/apps/shop/config/KEY', version: 2 }),
          expect.objectContaining({ name: '/apppack/apps/shop/config/OTHER', version: 1 }),
        ],
      ],
    ]);
  });

  it('holds no value of anything else', async () => {
    const { ssm } = openStore(world);

    const tree = valueIn(await parameterTree(ssm, '/apppack/apps'));

    const all = JSON.stringify(
      [tree?.owners, tree?.documents, tree?.configNames].map((one) => [...(one ?? [])]),
    );
    expect(all).toContain('/apppack/apps/shop/config/KEY');
    expect(all).not.toMatch(/canary|AQICAH/);
  });

  it('knows review apps by pipeline and number', async () => {
    const { ssm } = openStore({
      '/apppack/pipelines/web/scaling': { value: '{}' },
      '/apppack/pipelines/web/config/KEY': { value: 'canary' },
      '/apppack/pipelines/web/review-apps/pr/7': { value: '{"status":"created"}' },
      '/apppack/pipelines/web/review-apps/pr/7/scaling': { value: '{"web":{}}' },
      '/apppack/pipelines/web/review-apps/pr/7/config/KEY': { value: 'canary' },
      '/apppack/pipelines/web/review-apps/pr/9/config/KEY': { value: 'canary' },
    });

    const tree = valueIn(await parameterTree(ssm, '/apppack/pipelines'));

    expect([...(tree?.owners ?? [])].sort()).toEqual(['web', 'web:7', 'web:9']);
    expect([...(tree?.documents.keys() ?? [])].sort()).toEqual([
      '/apppack/pipelines/web/review-apps/pr/7',
      '/apppack/pipelines/web/review-apps/pr/7/scaling',
      '/apppack/pipelines/web/scaling',
    ]);
    expect([...(tree?.configNames.keys() ?? [])].sort()).toEqual([
      '/apppack/pipelines/web/config',
      '/apppack/pipelines/web/review-apps/pr/7/config',
      '/apppack/pipelines/web/review-apps/pr/9/config',
    ]);
  });

  it('is unreadable as a whole when one page fails', async () => {
    const { ssm, switches } = openStore(many('/apppack/apps/shop/config', 40));
    switches.faults.push({ kind: 'error', when: (input) => input.NextToken !== undefined, times: 1 });

    expect((await parameterTree(ssm, '/apppack/apps')).state).toBe('unreadable');
  });
});
