import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type ApiOptions, serveApi } from '../../src/server/api.ts';
import { accessRoutes } from '../../src/server/api-access.ts';
import { createTokenVerifier } from '../../src/server/api-tokens.ts';
import { seededRandom } from '../../src/simulator/random.ts';
import type { AccessIndex } from '../../src/store/access.ts';
import { AUDIENCE, clock, ISSUER, type Issuer, openIssuer, tampered, unsigned } from './api-kit.ts';

let everyIssuer: Issuer;
beforeAll(async () => {
  everyIssuer = await openIssuer();
});
afterAll(() => everyIssuer.close());

const closing: Array<() => Promise<void>> = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

const ENTRY = {
  role_arn: 'arn:aws:iam::123456789012:role/shop-user',
  account_id: '123456789012',
  region: 'us-east-1',
};

/** Anna has three apps and an account; nobody else has anything. */
const INDEX: AccessIndex = {
  async appsOf(email, { limit, after }) {
    const names = email === 'anna@example.com' ? ['api', 'blog', 'shop'] : [];
    const rest = names.filter((name) => after === undefined || name > after);
    const entries = rest.slice(0, limit).map((name) => ({ ...ENTRY, name, pipeline: false }));
    const last = entries.at(-1)?.name;
    return { entries, ...(rest.length > limit && last !== undefined ? { after: last } : {}) };
  },
  async accountsOf(email) {
    return { entries: email === 'anna@example.com' ? [{ ...ENTRY, alias: 'production' }] : [] };
  },
};

interface Served {
  readonly api: Api;
  readonly issuer: Issuer | undefined;
  readonly told: string[];
  get(path: string, token?: string, headers?: Record<string, string>): Promise<Response>;
}

async function serve(
  options: { oidc?: boolean; index?: AccessIndex } & Partial<ApiOptions> = {},
): Promise<Served> {
  const { oidc = true, index = INDEX, ...changes } = options;
  const issuer = oidc ? everyIssuer : undefined;
  const told: string[] = [];
  const failing = (doing: string, error: unknown) => void told.push(`${doing}: ${String(error)}`);
  const verify =
    issuer === undefined
      ? undefined
      : createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri: issuer.jwksUri }, clock);
  const api = await serveApi({
    host: '127.0.0.1',
    port: 0,
    localOnly: !oidc,
    requestsPerMinute: 10_000,
    routes: [accessRoutes({ index, verify, failing })],
    failing,
    ...changes,
  });
  closing.push(() => api.close());
  return {
    api,
    issuer,
    told,
    get: (path, token, headers = {}) =>
      fetch(`${api.url}${path}`, {
        headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      }),
  };
}

async function signedIn(
  options: Parameters<typeof serve>[0] = {},
): Promise<Served & { readonly token: string }> {
  const served = await serve(options);
  return { ...served, token: (await served.issuer?.token()) ?? '' };
}

describe('who has a token', () => {
  it('gets their apps and accounts in the shape clients know', async () => {
    const { get, token } = await signedIn();
    const apps = await get('/apps', token);
    expect([apps.status, apps.headers.get('link')]).toEqual([200, null]);
    expect(await apps.json()).toEqual([
      { ...ENTRY, name: 'api', pipeline: false },
      { ...ENTRY, name: 'blog', pipeline: false },
      { ...ENTRY, name: 'shop', pipeline: false },
    ]);
    expect(await (await get('/accounts', token)).json()).toEqual([{ ...ENTRY, alias: 'production' }]);
  });

  it('gets a long list in pages, each with a link to the next', async () => {
    const { get, token } = await signedIn();
    const names: string[] = [];
    let path: string | undefined = '/api/v1/users/Anna@Example.com/apps?limit=2';
    while (path !== undefined) {
      const response = await get(path, token);
      expect(response.status).toBe(200);
      for (const { name } of (await response.json()) as Array<{ name: string }>) names.push(name);
      path = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(names).toEqual(['api', 'blog', 'shop']);
  });

  it('gets 403 for anybody else, whether they exist or not', async () => {
    const { get, issuer } = await signedIn();
    const token = await issuer?.token({ email: 'ben@example.com' });
    for (const email of ['anna@example.com', 'nobody@example.com', 'x', '%00']) {
      for (const list of ['apps', 'accounts']) {
        const response = await get(`/api/v1/users/${email}/${list}`, token);
        expect([response.status, await response.text()]).toEqual([403, '{"error":"forbidden"}']);
      }
    }
  });

  it('gets empty lists when nobody put them on one', async () => {
    const { get, issuer } = await signedIn();
    const token = await issuer?.token({ email: 'ben@example.com' });
    expect(await (await get('/apps', token)).json()).toEqual([]);
    expect(await (await get('/api/v1/users/ben@example.com/accounts', token)).json()).toEqual([]);
  });
});

describe('every attack on the token', () => {
  const attacks: Record<string, (issuer: Issuer) => Promise<string | undefined>> = {
    'no token': async () => undefined,
    'a wrong issuer': (issuer) => issuer.token({ iss: 'https://evil.example.com/' }),
    'a wrong audience': (issuer) => issuer.token({ aud: 'another-api' }),
    'a wrong signature': (issuer) => issuer.token({}, { key: issuer.stranger }),
    'changed claims': async (issuer) => tampered(await issuer.token(), { email: 'ben@example.com' }),
    'an expired token': (issuer) => issuer.token({ exp: 1 }),
    'algorithm none': async (issuer) => unsigned(await issuer.token()),
    'an address that is not verified': (issuer) => issuer.token({ email_verified: false }),
  };
  it.each(Object.keys(attacks))('gets the same 401: %s', async (attack) => {
    const { get, issuer, told } = await serve();
    const token = issuer === undefined ? undefined : await attacks[attack]?.(issuer);
    for (const path of ['/apps', '/accounts', '/api/v1/users/anna@example.com/apps']) {
      const response = await get(path, token);
      expect([response.status, await response.text()]).toEqual([401, '{"error":"unauthorized"}']);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect(told).toEqual([]);
  });

  it('by another scheme than Bearer gets 401', async () => {
    const { get, token } = await signedIn();
    for (const authorization of [
      `Basic ${token}`,
      token,
      'Bearer',
      `Bearer ${token} ${token}`,
      `Bearer,${token}`,
    ]) {
      expect((await get('/apps', undefined, { authorization })).status).toBe(401);
    }
  });
});

describe('without OIDC', () => {
  it('nobody is "me", and this machine may ask for anybody', async () => {
    const { get } = await serve({ oidc: false });
    expect((await get('/apps', 'anything')).status).toBe(401);
    expect((await get('/accounts')).status).toBe(401);
    const response = await get('/api/v1/users/anna%40example.com/apps');
    expect(await response.json()).toHaveLength(3);
  });

  it('a page of another site that points its name at this machine is refused', async () => {
    const { api } = await serve({ oidc: false });
    const ask = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const path = '/api/v1/users/anna@example.com/apps';
        request({ port: api.port, host: '127.0.0.1', path, headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await ask('evil.example.com')).toBe(403);
    expect(await ask(`localhost:${api.port}`)).toBe(200);
  });
});

describe('answers', () => {
  it('are 429 beyond the rate, in the shape of every error, for paths that do not exist too', async () => {
    const { get, token } = await signedIn({ requestsPerMinute: 5 });
    const codes: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) codes.push((await get('/apps', token)).status);
    for (let turn = 0; turn < 3; turn += 1) codes.push((await get('/nothing/here')).status);
    const last = await get('/apps', token);
    expect(codes).toEqual([200, 200, 200, 200, 404, 429, 429]);
    expect([last.status, await last.text()]).toEqual([429, '{"error":"too many requests"}']);
  });

  it('are 503 while the index or the keys cannot be had, and nobody is told why', async () => {
    const broken = () => Promise.reject(new Error('the table is gone'));
    const { get, token, told } = await signedIn({ index: { appsOf: broken, accountsOf: broken } });
    const response = await get('/apps', token);
    expect([response.status, await response.text()]).toEqual([503, '{"error":"unavailable"}']);
    expect(told).toEqual(['reading the index of people: Error: the table is gone']);
  });

  it.each(['limit=0', 'limit=1001', 'limit=x', 'after=', `after=${'a'.repeat(1_025)}`])(
    'to ?%s are 400',
    async (query) => {
      const { get, token } = await signedIn();
      expect((await get(`/apps?${query}`, token)).status).toBe(400);
    },
  );

  it('are never 500 and always of the same shape, whatever path and headers come', async () => {
    const { api, token, told } = await signedIn();
    const random = seededRandom(7);
    const pieces = [
      '/',
      'apps',
      'api',
      'v1',
      'users',
      '%',
      '%00',
      '%zz',
      '..',
      '\\',
      '?',
      '&',
      '=',
      '#',
      '@',
      'é',
      ';',
      '//',
      'a'.repeat(500),
    ];
    const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? '';
    const odd = ['', ' ', ',', '"', '\u0000', 'Bearer', 'x'.repeat(4_000), '\u00ff', '{}', '-1', 'chunked'];
    for (let turn = 0; turn < 400; turn += 1) {
      const path = `/${Array.from({ length: Math.floor(random() * 8) }, () => pick(pieces)).join('')}`;
      const headers = {
        authorization: random() < 0.5 ? `Bearer ${token}` : `Bearer ${pick(odd)}`,
        [pick([
          'accept',
          'x-forwarded-for',
          'content-type',
          'range',
          'if-none-match',
          'x-http-method-override',
        ])]: pick(odd),
      };
      const answer = await rawAnswer(api.port, encodePath(path), headers);
      if (answer === undefined) continue;
      expect(answer.status, path).toBeLessThan(500);
      if (answer.status >= 400 && answer.body.startsWith('{')) {
        expect(Object.keys(JSON.parse(answer.body) as object)).toEqual(['error']);
      }
    }
    expect(told).toEqual([]);
  });
});

/** What Node's own client refuses to send is left out: it never arrives. */
function encodePath(path: string): string {
  return path.replace(/[^\u0021-\u00ff]/g, '');
}

function rawAnswer(
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<{ readonly status: number; readonly body: string } | undefined> {
  return new Promise((resolve, reject) => {
    try {
      const sent = request({ port, host: '127.0.0.1', path, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      sent.on('error', reject).end();
    } catch {
      resolve(undefined);
    }
  });
}
