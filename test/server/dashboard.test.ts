import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Key } from '../../src/reconcile/key.ts';
import { EMPTY_STATUS, type Status } from '../../src/reconcile/status.ts';
import { serveApi } from '../../src/server/api.ts';
import { createTokenVerifier } from '../../src/server/api-tokens.ts';
import { createKeyReader, rememberPaused } from '../../src/server/dashboard/keys.ts';
import { dashboardRoutes } from '../../src/server/dashboard/routes.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';
import type { AppEntry } from '../../src/store/access.ts';
import { someWork } from '../reconcile/builders.ts';
import { someCondition, someKey, someReport } from '../telemetry/kit.ts';
import { AUDIENCE, clock, ISSUER, type Issuer, NOW, openIssuer } from './api-kit.ts';

type Stored = ReadonlyArray<{ readonly key: Key; readonly status: Status }>;

let issuer: Issuer;
beforeAll(async () => {
  issuer = await openIssuer();
});
afterAll(() => issuer.close());
const closing: Array<() => Promise<void>> = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

function stored(name: string, changes: Partial<Status> = {}, place: Partial<Key> = {}): Stored[number] {
  const status = { ...EMPTY_STATUS, synced: true, updatedAt: NOW - 60_000, ...changes };
  return { key: someKey(name, place), status };
}

const PROBLEM = { synced: false, conditions: [someCondition({ since: NOW - 90_000 })] };
const ALL: Stored = [
  stored('blog'),
  stored('shop', PROBLEM),
  stored('review:12', { synced: false, wake: { at: NOW + 5_000, token: 't' } }),
  stored('shop', {}, { kind: 'build' }),
  stored('account:administrators', {}, { kind: 'access' }),
];

async function serve(options: { all?: () => Promise<Stored>; oidc?: boolean } = {}) {
  const { all = async () => ALL, oidc = false } = options;
  const told: string[] = [];
  const paused = rememberPaused();
  const verify = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri: issuer.jwksUri }, clock);
  const entry: Omit<AppEntry, 'name' | 'pipeline'> = {
    role_arn: 'arn:aws:iam::123456789012:role/user',
    account_id: '123456789012',
    region: 'us-east-1',
  };
  const routes = dashboardRoutes({
    keys: createKeyReader(all, { paused, clock }),
    mode: 'observe',
    clock,
    verify: oidc ? verify : undefined,
    index: {
      appsOf: async () => ({
        entries: [
          { ...entry, name: 'shop', pipeline: false },
          { ...entry, name: 'review', pipeline: true },
        ],
      }),
    },
    failing: (doing, error) => void told.push(`${doing}: ${String(error)}`),
  });
  const limits = { localOnly: !oidc, requestsPerMinute: 1_000 };
  const api = await serveApi({ host: '127.0.0.1', port: 0, ...limits, routes: [routes] });
  closing.push(() => api.close());
  const get = (path: string, token?: string) =>
    fetch(`${api.url}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  return { get, told, paused };
}

async function namesIn(answer: Response): Promise<readonly string[]> {
  const { keys } = (await answer.json()) as { keys: ReadonlyArray<{ key: string }> };
  return keys.map(({ key }) => key.split('/').slice(2).join('/'));
}

describe('/api/v1/status', () => {
  it('tells of every key, those that need a person first', async () => {
    const { get } = await serve();
    expect(await namesIn(await get('/api/v1/status'))).toEqual([
      'app/shop',
      'app/review:12',
      'access/account:administrators',
      'app/blog',
      'build/shop',
    ]);
  });

  it('has a key’s conditions as `trimtab status -o json` has them', async () => {
    const { get } = await serve();
    const { keys } = (await (await get('/api/v1/status')).json()) as { keys: unknown[] };
    expect(keys[0]).toEqual({
      key: '123456789012/us-east-1/app/shop',
      kind: 'app',
      name: 'shop',
      synced: false,
      conditions: [{ ...someCondition(), since: '2026-01-05T11:58:30.000Z' }],
      changedAt: '2026-01-05T11:59:00.000Z',
    });
    expect(keys[1]).toMatchObject({ nextLookAt: '2026-01-05T12:00:05.000Z' });
  });

  it('knows from passes and sweeps which keys are paused', async () => {
    const { get, paused } = await serve();
    const work = someWork({ key: someKey('shop') });
    paused.report(someReport({ work, outcome: 'observed', paused: 'holidays' }));
    expect((await namesIn(await get('/api/v1/status'))).slice(0, 2)).toEqual(['app/review:12', 'app/shop']);
    paused.listing({ ...someKey('shop'), keys: [{ ...someKey('x'), key: someKey('shop'), ...STATE }] });
    expect(paused.has(someKey('shop'))).toBe(false);
  });

  it('says nothing but that it cannot when the table cannot be read', async () => {
    const { get, told } = await serve({ all: () => Promise.reject(new Error('table apppack: no route')) });
    const answer = await get('/api/v1/status');
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'unavailable' }]);
    expect(told).toEqual(['reading what is remembered of all keys: Error: table apppack: no route']);
  });

  it('reads the table once for all who ask within five seconds, and again after a failure', async () => {
    const time = new VirtualClock(NOW);
    let reads = 0;
    let fails = true;
    const list = async (): Promise<Stored> => {
      reads += 1;
      if (fails) throw new Error('no route');
      return ALL;
    };
    const read = createKeyReader(list, { paused: rememberPaused(), clock: time });
    await expect(read()).rejects.toThrow('no route');
    fails = false;
    await Promise.all([read(), read(), read()]);
    expect(reads).toBe(2);
    await time.advance(5_000);
    await read();
    expect(reads).toBe(3);
  });
});

const STATE = { synced: true, paused: false, conditions: [] };

describe('the page', () => {
  it('shows every key, and runs nothing', async () => {
    const { get } = await serve();
    const answer = await get('/');
    const text = await answer.text();
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    for (const name of ['shop', 'review:12', 'blog']) expect(text).toContain(name);
    expect(text).toContain('only observes');
    expect(text).toContain('not Valid, for 1 min 30 s');
    expect(text).toContain('/apppack/apps/shop/scaling@4 web.cpu');
    expect(text).not.toContain('<script');
  });

  it('shows what people wrote as text', async () => {
    const conditions = [someCondition({ message: '<script>alert(1)</script>', path: '"><img src=x>' })];
    const { get } = await serve({ all: async () => [stored('<b>shop', { synced: false, conditions })] });
    const text = await (await get('/')).text();
    expect(text).not.toMatch(/<script|<img|<b>shop/);
    expect(text).toContain('&#60;script&#62;alert(1)');
  });

  it('opens with nothing in it, and with more keys than it shows', async () => {
    const none = await serve({ all: async () => [] });
    expect(await (await none.get('/')).text()).toContain('Nothing is known yet');
    const many = Array.from({ length: 1_500 }, (_, index) =>
      stored(`app-${index}`, index < 300 ? PROBLEM : {}),
    );
    const full = await serve({ all: async () => many });
    const text = await (await full.get('/')).text();
    expect(text).toContain('100 more are not shown');
    expect(text).toContain('200 more are not shown');
  });
});

describe('with OIDC', () => {
  it.each(['/', '/api/v1/status'])('%s needs a token', async (path) => {
    const { get } = await serve({ oidc: true });
    expect((await get(path)).status).toBe(401);
    expect((await get(path, 'forged')).status).toBe(401);
  });

  it('shows a caller their own apps, the builds of these, and nothing else', async () => {
    const { get } = await serve({ oidc: true });
    const token = await issuer.token();
    expect(await namesIn(await get('/api/v1/status', token))).toEqual([
      'app/shop',
      'app/review:12',
      'build/shop',
    ]);
    expect(await (await get('/', token)).text()).not.toContain('blog');
  });
});
