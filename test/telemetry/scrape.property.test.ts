import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../src/reconcile/key.ts';
import type { Outcome } from '../../src/reconcile/reconcile.ts';
import type { Listener } from '../../src/telemetry/listener.ts';
import { DENIED, someAction, someWork } from '../reconcile/builders.ts';
import { openMetrics, type Scrape, someCondition, someKey, someReport } from './kit.ts';

/** What one process may show whatever it hears: fixed families, bounded labels, fifty apps. */
const SERIES_MAX = 6_500;
const APPS_MAX = 50;

/** Texts a user, AWS or a mistake of ours might let into a label. */
const text = fc.oneof(
  fc.string(),
  fc.uuid(),
  fc.constantFrom(
    'arn:aws:ecs:us-east-1:123456789012:service/prod/shop-web',
    '/apppack/apps/shop/config/API_KEY',
    '123456789012/us-east-1/app/shop',
    'two\nlines',
    'quo"te',
    '',
  ),
  fc.stringMatching(/^[A-Z][a-z]{3,12}Exception$/),
);
const key = fc
  .record({ kind: fc.constantFrom(...KINDS), name: fc.nat(APPS_MAX - 1) })
  .map(({ kind, name }) => someKey(`app-${name}`, { kind }));
const outcome = fc.constantFrom<Outcome>(
  'unchanged',
  'applied',
  'waiting',
  'failed',
  'held',
  'observed',
  'dropped',
);
/** Queues are named by the configuration, not by what comes in. */
const queueName = fc.oneof(
  fc.constantFrom('trimtab-intake', 'trimtab-work.fifo', 'arn:aws:sqs:us-east-1:123456789012:q', '../x'),
  fc.stringMatching(/^[a-z]{4,10}$/),
);
const amount = fc.oneof(fc.nat(100_000), fc.constantFrom(-5, 0, 1e12));

type Told = (listener: Listener) => void;
const told: fc.Arbitrary<Told> = fc.oneof(
  fc
    .record({ key, outcome, reason: text, type: text, ms: amount, synced: fc.boolean(), gone: fc.boolean() })
    .map(
      ({ key, outcome, reason, type, ms, synced, gone }): Told =>
        (listener) =>
          listener.report(
            someReport({
              work: someWork({ key }),
              outcome,
              synced,
              conditions: [someCondition({ reason })],
              actions: [{ type: 'failed', action: someAction({ type }), failure: DENIED }],
              timings: { readMs: 0, applyMs: 0, totalMs: ms },
              ...(gone ? { gone: true as const } : {}),
            }),
          ),
    ),
  fc.record({ key, ms: amount, message: text }).map(
    ({ key, ms, message }): Told =>
      (listener) =>
        listener.failure({ work: someWork({ key }), error: new Error(message), durationMs: ms }),
  ),
  fc.record({ key, type: fc.constantFrom('started' as const, 'ended' as const, 'released' as const) }).map(
    (event): Told =>
      (listener) =>
        listener.work(event),
  ),
  key.map(
    (key): Told =>
      (listener) =>
        listener.work({ type: 'ready', key, redelivered: true }),
  ),
  fc.record({ service: text, operation: text, code: text, durationMs: amount, throttled: fc.boolean() }).map(
    (call): Told =>
      (listener) =>
        listener.awsCall(call),
  ),
  fc.record({ source: text, result: text, ageMs: amount }).map(
    (result): Told =>
      (listener) =>
        listener.intake(result),
  ),
  fc.record({ queue: queueName, count: fc.nat() }).map(
    ({ queue, count }): Told =>
      (listener) =>
        listener.backlog({ queue, messages: { visible: count, inFlight: count, delayed: count } }),
  ),
  fc.record({ queue: queueName, count: fc.nat() }).map(
    ({ queue, count }): Told =>
      (listener) =>
        listener.backlog({ queue, messages: { visible: count, inFlight: 0, delayed: 0 }, dead: true }),
  ),
  key.map(
    (one): Told =>
      (listener) =>
        listener.taskFailed({ key: one }),
  ),
  fc.record({ key, why: text }).map(
    ({ key, why }): Told =>
      (listener) =>
        listener.postponed(key, why, 10),
  ),
);

describe('what a scraper sees, whatever happens', () => {
  it('has counters that never fall, gauges that make sense and labels that stay few', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(told, { maxLength: 40 }), { maxLength: 4 }), async (rounds) => {
        const { metrics, scrape } = openMetrics();
        let before = await scrape();
        for (const round of rounds) {
          for (const tell of round) tell(metrics);
          const after = await scrape();
          expectMonotonic(before, after);
          expectSense(after);
          before = after;
        }
      }),
      { numRuns: 40 },
    );
  });

  it('adds up: every pass has one result, one time and one place in the totals', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ key, outcome, threw: fc.boolean() })), async (passes) => {
        const { metrics, scrape } = openMetrics();
        for (const { key, outcome, threw } of passes) {
          const work = someWork({ key });
          if (threw) metrics.failure({ work, error: new Error('no answer'), durationMs: 10 });
          else metrics.report(someReport({ work, outcome }));
        }
        const after = await scrape();
        expect(sum(after, 'controller_runtime_reconcile_total')).toBe(passes.length);
        expect(sum(after, 'controller_runtime_reconcile_time_seconds_count')).toBe(passes.length);
        expect(sum(after, 'trimtab_passes_total')).toBe(passes.filter(({ threw }) => !threw).length);
      }),
      { numRuns: 40 },
    );
  });

  it('stops growing: forty thousand odd values make no more series than ten thousand', async () => {
    const { metrics, scrape } = openMetrics();
    const tell = (from: number, to: number) => {
      for (let index = from; index < to; index += 1) {
        const odd = `Odd${index}`;
        const call = { durationMs: 5, throttled: index % 2 === 0 };
        metrics.awsCall({ ...call, service: odd, operation: odd, code: odd });
        metrics.awsCall({ ...call, service: 'ecs', operation: `Op${index % 500}`, code: odd });
        metrics.intake({ source: odd, result: odd });
        metrics.report(someReport({ conditions: [someCondition({ reason: odd })] }));
      }
    };
    tell(0, 10_000);
    const before = (await scrape()).series.size;
    tell(10_000, 40_000);
    expect((await scrape()).series.size).toBe(before);
    expect(before).toBeLessThan(SERIES_MAX);
  });
});

function expectMonotonic(before: Scrape, after: Scrape): void {
  for (const [series, value] of before.series) {
    const name = series.replace(/\{.*/, '');
    if (!isCumulative(name, before)) continue;
    expect(after.series.get(series), series).toBeGreaterThanOrEqual(value);
  }
}

function isCumulative(name: string, scrape: Scrape): boolean {
  const family = name.replace(/_(bucket|sum|count)$/, '');
  if (family.startsWith('nodejs_')) return false;
  return scrape.types.get(name) === 'counter' || scrape.types.get(family) === 'histogram';
}

function expectSense(scrape: Scrape): void {
  expect(scrape.series.size).toBeLessThan(SERIES_MAX);
  for (const name of ['workqueue_depth', 'controller_runtime_active_workers', 'trimtab_keys']) {
    for (const [series, value] of scrape.of(name)) expect(value, series).toBeGreaterThanOrEqual(0);
  }
  for (const [series, value] of scrape.series) {
    expect(Number.isNaN(value), series).toBe(false);
    expect(series).not.toMatch(/arn:|\/apppack|us-east-1\/app|\\|[0-9a-f]{8}-[0-9a-f]{4}/);
  }
}

function sum(scrape: Scrape, name: string): number {
  return [...scrape.of(name).values()].reduce((total, value) => total + value, 0);
}
