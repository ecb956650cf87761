import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { openMetrics } from './kit.ts';

/** Prometheus's own checker; part of Prometheus, not of this project. */
const PROMTOOL = 'promtool';

it('gives every metric a name and a help sentence that Prometheus recommends', async () => {
  const { types, helps } = await openMetrics().scrape();
  for (const [name, type] of types) {
    expect(name).toMatch(/^(controller_runtime|workqueue|trimtab|process|nodejs)_[a-z0-9_]+$/);
    expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(type === 'counter');
    expect(name).not.toMatch(/_(count|sum|bucket|gauge|counter|histogram|ms|milliseconds|minutes)$/);
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    expect(helps.get(name), name).toMatch(/^[A-Z0-9].{9,}\.$/);
  }
});

it('passes promtool check metrics', async () => {
  const { metrics } = openMetrics();
  const input = await metrics.render();
  const { error, status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], { input });
  if (error !== undefined) {
    console.warn(
      'NOT CHECKED: promtool is not on this machine (Debian: apt-get install prometheus). ' +
        'The test above checks names and helps by the same rules.',
    );
    return;
  }
  expect(`${stdout}${stderr}`).toBe('');
  expect(status).toBe(0);
});
