import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Background, background, freePort, MAIN, until } from './kit.ts';

const WORLD = new URL('../../examples/worlds/shop.json', import.meta.url).pathname;
/** Set up by the lane's script, not by npm. */
const PROMTOOL = 'promtool';
let metrics = 0;
let controller: Background;

beforeAll(async () => {
  metrics = await freePort();
  controller = background(process.execPath, [
    MAIN,
    'run',
    '--simulate',
    WORLD,
    '--simulate-port',
    '0',
    '--port',
    String(metrics),
    '--log-format',
    'json',
  ]);
  await controller.says('trimtab is running');
  await until(
    'readiness',
    async () => (await fetch(`http://127.0.0.1:${metrics}/readyz`)).ok,
    30_000,
    controller.output,
  );
});

afterAll(async () => {
  await controller?.stop();
});

describe('a real Prometheus', () => {
  it('finds nothing to say against the metrics', async () => {
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    // promtool prints what it dislikes and exits with 3.
    const output = execFileSync(PROMTOOL, ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(output.trim()).toBe('');
  });

  it('scrapes them, and answers what dashboards of controllers ask', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trimtab-prometheus-'));
    const config = join(folder, 'prometheus.yml');
    writeFileSync(
      config,
      `global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: trimtab\n    static_configs: [{targets: ['127.0.0.1:${metrics}']}]\n`,
    );
    const port = await freePort();
    const prometheus = background('prometheus', [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    try {
      const query = async (text: string): Promise<Array<{ value: [number, string] }>> => {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(text)}`);
        const { data } = (await answer.json()) as { data?: { result: Array<{ value: [number, string] }> } };
        return data?.result ?? [];
      };
      await until(
        'a scrape',
        async () => (await query('up{job="trimtab"}').catch(() => []))[0]?.value[1] === '1',
        30_000,
        prometheus.output,
      );
      for (const text of [
        'sum(controller_runtime_reconcile_total{controller="app"})',
        'controller_runtime_active_workers',
        'workqueue_depth',
        'histogram_quantile(0.9, sum(workqueue_work_duration_seconds_bucket) by (le))',
        'trimtab_app_synced{app="shop"}',
        'process_resident_memory_bytes',
      ]) {
        await until(
          `an answer to ${text}`,
          async () => (await query(text)).length > 0,
          20_000,
          prometheus.output,
        );
      }
    } finally {
      await prometheus.stop();
    }
  });

  it('sees a process that stays small', async () => {
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    const megabytes = Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]) / 1e6;
    console.log(`resident memory with the example world: ${megabytes.toFixed(0)} MB`);
    expect(megabytes).toBeLessThan(160);
  });
});
