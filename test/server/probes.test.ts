import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHealth, PARTS } from '../../src/server/health.ts';
import { type Probes, type ProbesOptions, serveProbes } from '../../src/server/probes.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';
import { openMetrics, parseScrape } from '../telemetry/kit.ts';

const open: Probes[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((probes) => probes.close()));
});

async function serve(changes: Partial<ProbesOptions> = {}) {
  const clock = new VirtualClock();
  const health = createHealth(clock);
  const { metrics } = openMetrics();
  const probes = await serveProbes({ host: '127.0.0.1', port: 0, health, metrics, ...changes });
  open.push(probes);
  const get = (path: string, init?: RequestInit) => fetch(`${probes.url}${path}`, init);
  return { clock, health, metrics, probes, get };
}

describe('metrics', () => {
  it('are served as Prometheus expects them', async () => {
    const { get } = await serve();
    const response = await get('/metrics');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const scrape = parseScrape(await response.text());
    expect(scrape.value('trimtab_build_info', { version: '1.2.3' })).toBe(1);
  });

  it('answer with an error that tells nothing when they cannot be made', async () => {
    const render = () => Promise.reject(new Error('a secret inside'));
    const told: string[] = [];
    const failing = (doing: string, error: unknown) => told.push(`${doing}: ${error}`);
    const { get } = await serve({ metrics: { contentType: 'text/plain', render }, failing });
    const response = await get('/metrics');
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: 'internal error' });
    expect(told).toEqual(['answering /metrics: Error: a secret inside']);
  });
});

describe('probes', () => {
  it('are not ready before queues are polled and a sweep is queued, and say what is missing', async () => {
    const { get, health } = await serve();
    const before = await get('/readyz');
    expect(before.status).toBe(503);
    expect(await before.json()).toEqual({
      ready: false,
      missing: PARTS.map((part) => `not yet: ${part}`),
    });
    for (const part of PARTS) health.done(part);
    const after = await get('/readyz');
    expect([after.status, await after.json()]).toEqual([200, { ready: true, missing: [] }]);
  });

  it('report a loop that hangs as not alive', async () => {
    const { get, health, clock } = await serve();
    health.loop('worker', 60_000);
    expect((await get('/healthz')).status).toBe(200);
    await clock.advance(61_000);
    const response = await get('/healthz');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ alive: false, loops: [{ loop: 'worker', alive: false }] });
  });

  it('answer HEAD like GET, without the body', async () => {
    const { get } = await serve();
    for (const [path, status] of [
      ['/metrics', 200],
      ['/healthz', 200],
      ['/readyz', 503],
    ] as const) {
      const response = await get(path, { method: 'HEAD' });
      expect([path, response.status, await response.text()]).toEqual([path, status, '']);
      expect(Number(response.headers.get('content-length'))).toBeGreaterThan(10);
    }
  });
});

describe('everything else', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/api/v1/apps'],
    ['GET', '/metrics/'],
    ['POST', '/metrics'],
    ['GET', '/%2e%2e/etc/passwd'],
  ])('%s %s is not found, in JSON', async (method, path) => {
    const { get } = await serve();
    const response = await get(path, { method });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({
      error: 'not found',
      routes: ['/metrics', '/healthz', '/readyz'],
    });
  });

  it('refuses what cannot be a request of ours without repeating it', async () => {
    const { get } = await serve();
    const body = JSON.stringify({ text: 'hunter2'.repeat(1_000) });
    const response = await get('/metrics', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.text()).not.toContain('hunter2');
    const odd = await get('/%zz');
    expect([odd.status, await odd.json()]).toEqual([400, { error: 'bad request' }]);
  });

  it('sends headers that keep answers out of caches and pages, with every answer', async () => {
    const { get } = await serve();
    for (const path of ['/metrics', '/healthz', '/readyz', '/nowhere', '/%zz']) {
      const { headers } = await get(path);
      expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull();
    }
  });
});

describe('start and end', () => {
  it('finishes an answer that is under way before it closes, kept-alive connections or not', async () => {
    let finish: (text: string) => void = () => {};
    const render = () =>
      new Promise<string>((resolve) => {
        finish = resolve;
      });
    const { get, probes } = await serve({ metrics: { contentType: 'text/plain', render } });
    expect((await get('/healthz')).status).toBe(200);
    const scrape = get('/metrics');
    await expect.poll(() => finish.length).toBe(1);
    const closed = probes.close();
    finish('done 1\n');
    expect(await (await scrape).text()).toBe('done 1\n');
    await closed;
    await expect(get('/healthz')).rejects.toThrow();
  });

  it('says which setting to change when the port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(serve({ port })).rejects.toThrow(/serving metrics and probes on 127\.0\.0\.1:\d+ \(--port/);
    await new Promise((resolve) => taken.close(resolve));
  });
});
