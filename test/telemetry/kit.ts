import type { ActionOutcome } from '../../src/reconcile/apply.ts';
import { type Key, KINDS } from '../../src/reconcile/key.ts';
import type { Report } from '../../src/reconcile/reconcile.ts';
import type { DatedCondition } from '../../src/reconcile/status.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { NOW, someAction, someWork } from '../reconcile/builders.ts';

/** A quiet pass; a test states only what it is about. */
export function someReport(changes: Partial<Report> = {}): Report {
  return {
    id: 'a1b2c3d4e5f60718',
    work: someWork(),
    outcome: 'unchanged',
    differences: [],
    actions: [],
    waiting: [],
    conditions: [],
    news: [],
    healed: [],
    synced: true,
    parameters: {},
    attempts: 0,
    startedAt: NOW,
    timings: { readMs: 40, applyMs: 0, totalMs: 50 },
    calls: { 'ecs.DescribeServices': 1, 'ssm.GetParameters': 2 },
    ...changes,
  };
}

export function someKey(name: string, changes: Partial<Key> = {}): Key {
  return { ...someWork().key, name, ...changes };
}

export function someCondition(changes: Partial<DatedCondition> = {}): DatedCondition {
  return {
    type: 'Valid',
    status: 'False',
    reason: 'BadSize',
    message: 'web.cpu is 300. Fargate has 256, 512, 1024 …; put one of these.',
    parameter: '/apppack/apps/shop/scaling',
    path: 'web.cpu',
    version: 4,
    since: NOW,
    ...changes,
  };
}

export const APPLIED: ActionOutcome = { type: 'applied', action: someAction(), result: undefined };

export interface MetricsBench {
  readonly clock: VirtualClock;
  readonly metrics: Metrics;
  scrape(): Promise<Scrape>;
}

export function openMetrics(): MetricsBench {
  const clock = new VirtualClock(NOW);
  const metrics = createMetrics({ version: '1.2.3', controllers: KINDS, concurrency: 10, clock });
  return { clock, metrics, scrape: async () => parseScrape(await metrics.render()) };
}

/** One answer of `/metrics`: what a scraper makes of it. */
export interface Scrape {
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
  /** By series as it is written: `name{label="value"}`. */
  readonly series: ReadonlyMap<string, number>;
  /** The value of one series, labels in any order; undefined when there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  /** All series of a metric. */
  of(name: string): ReadonlyMap<string, number>;
}

export function parseScrape(text: string): Scrape {
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const series = new Map<string, number>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) {
      (comment[1] === 'HELP' ? helps : types).set(comment[2] ?? '', comment[3] ?? '');
      continue;
    }
    const sample = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/i.exec(line);
    if (sample === null) throw new Error(`not a line of Prometheus's text format: ${line}`);
    const name = nameOf(sample[1] ?? '', labelsOf(sample[2] ?? ''));
    if (series.has(name)) throw new Error(`twice in one scrape: ${name}`);
    series.set(name, Number(sample[3]?.replace('+Inf', 'Infinity')));
  }
  return {
    types,
    helps,
    series,
    value: (name, labels = {}) => series.get(nameOf(name, labels)),
    of: (name) => new Map([...series].filter(([one]) => one === name || one.startsWith(`${name}{`))),
  };
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[name] = value;
  return labels;
}

function nameOf(name: string, labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${label}="${value}"`);
  return parts.length === 0 ? name : `${name}{${parts.join(',')}}`;
}
