import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Kind } from '../reconcile/key.ts';
import type { Clock } from '../reconcile/ports.ts';
import { joinListeners, type Listener } from './listener.ts';
import { createAwsSeries, type LimiterState } from './series/aws.ts';
import { createKeySeries } from './series/keys.ts';
import { createPassSeries } from './series/passes.ts';
import { createQueueSeries } from './series/queues.ts';
import { createScheduleSeries } from './series/schedules.ts';
import { createWorkSeries } from './series/work.ts';

export interface MetricsOptions {
  readonly version: string;
  /** Kinds of keys this process works on; each gets its series at once, at 0. */
  readonly controllers: readonly Kind[];
  /** Keys worked on at the same time, of all kinds together. */
  readonly concurrency: number;
  readonly clock: Clock;
}

/** Listens to the loop and shows what it heard in Prometheus's text format. */
export interface Metrics extends Listener {
  readonly contentType: string;
  /** All series as text. */
  render(): Promise<string>;
  /** Says where the states of the limiters are read from, each time somebody asks. */
  watchLimiters(read: () => readonly LimiterState[]): void;
  /** For the reference in `docs/metrics.md`, and for tests. */
  readonly registry: Registry;
}

/** Metrics with a registry of their own. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { clock, controllers, concurrency, version } = options;
  const registry = new Registry();
  const aws = createAwsSeries(registry);
  const listener = joinListeners(
    createPassSeries(registry, controllers),
    createWorkSeries(registry, { clock, controllers, concurrency }),
    createKeySeries(registry, controllers, clock),
    createQueueSeries(registry, clock),
    createScheduleSeries(registry, clock),
    { awsCall: aws.awsCall },
  );
  defineBuildInfo(registry, version);
  collectProcessMetrics(registry);
  return {
    ...listener,
    registry,
    contentType: registry.contentType,
    render: () => registry.metrics(),
    watchLimiters: aws.watchLimiters,
  };
}

function defineBuildInfo(registry: Registry, version: string): void {
  const info = new Gauge({
    name: 'trimtab_build_info',
    help: 'Always 1; the labels say which version runs.',
    labelNames: ['version'] as const,
    registers: [registry],
  });
  info.set({ version }, 1);
}

/** What of Node.js's metrics is kept. The others are gauges named like counters, NaN while idle, or of no use. */
const KEPT_OF_NODE: ReadonlySet<string> = new Set([
  'nodejs_eventloop_lag_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_gc_duration_seconds',
  'nodejs_heap_size_total_bytes',
  'nodejs_heap_size_used_bytes',
  'nodejs_external_memory_bytes',
  'nodejs_version_info',
]);

function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith('nodejs_') && !KEPT_OF_NODE.has(name)) registry.removeSingleMetric(name);
  }
}
