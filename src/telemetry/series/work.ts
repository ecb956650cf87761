import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { formatKey, type Kind } from '../../reconcile/key.ts';
import type { Clock } from '../../reconcile/ports.ts';
import type { WorkEvent } from '../listener.ts';

/** controller-runtime's bounds for the two work queue histograms: 10 ns to 1,000 s. */
const WORKQUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000];

interface Waiting {
  readonly kind: Kind;
  readonly at: number;
}

export interface WorkSeriesOptions {
  readonly clock: Clock;
  readonly controllers: readonly Kind[];
  /** Keys worked on at the same time, of all kinds together. */
  readonly concurrency: number;
}

/**
 * client-go's work queue metrics, over the keys this process has received. Numbers come from two maps of keys,
 * not from counting up and down, so an event that comes twice or not at all cannot bend them for long.
 */
export function createWorkSeries(registry: Registry, options: WorkSeriesOptions) {
  const { clock, controllers } = options;
  const ready = new Map<string, Waiting>();
  const running = new Map<string, Waiting>();
  const series = {
    ...defineHistory(registry),
    ...defineState(registry, { clock, controllers, ready, running }),
  };
  for (const kind of controllers) {
    for (const one of [series.adds, series.retries]) one.inc(named(kind), 0);
    for (const one of [series.waited, series.worked]) one.zero(named(kind));
    series.concurrent.set({ controller: kind }, options.concurrency);
  }

  return (event: WorkEvent): void => {
    const id = formatKey(event.key);
    const labels = named(event.key.kind);
    const now = clock.now();
    if (event.type === 'ready') {
      if (event.redelivered) series.retries.inc(labels);
      if (ready.has(id)) return;
      ready.set(id, { kind: event.key.kind, at: now });
      series.adds.inc(labels);
      return;
    }
    if (event.type === 'ended') {
      const started = running.get(id);
      running.delete(id);
      if (started !== undefined) series.worked.observe(labels, elapsedSeconds(started, now));
      return;
    }
    const waiting = ready.get(id);
    ready.delete(id);
    if (event.type === 'released') return;
    running.set(id, { kind: event.key.kind, at: now });
    series.waited.observe(labels, waiting === undefined ? 0 : elapsedSeconds(waiting, now));
  };
}

function named(kind: Kind) {
  return { name: kind, controller: kind };
}

function elapsedSeconds(since: Waiting, now: number): number {
  return Math.max(0, now - since.at) / 1000;
}

function defineHistory(registry: Registry) {
  const common = { labelNames: ['name', 'controller'] as const, registers: [registry] };
  return {
    adds: new Counter({
      ...common,
      name: 'workqueue_adds_total',
      help: 'Keys that became ready in this process; messages for a key that was ready already are not counted.',
    }),
    retries: new Counter({
      ...common,
      name: 'workqueue_retries_total',
      help: 'Keys that came again because an earlier delivery of their message was not finished.',
    }),
    waited: new Histogram({
      ...common,
      name: 'workqueue_queue_duration_seconds',
      help: 'How long a received key waited for a slot; the time in SQS is not part of it.',
      buckets: WORKQUEUE_BUCKETS,
    }),
    worked: new Histogram({
      ...common,
      name: 'workqueue_work_duration_seconds',
      help: 'How long a key held its slot, from the start of its pass to the deletion of its messages.',
      buckets: WORKQUEUE_BUCKETS,
    }),
    concurrent: new Gauge({
      name: 'controller_runtime_max_concurrent_reconciles',
      help: 'How many keys may be worked on at the same time; all controllers share these slots.',
      labelNames: ['controller'] as const,
      registers: [registry],
    }),
  };
}

interface StateOptions {
  readonly clock: Clock;
  readonly controllers: readonly Kind[];
  readonly ready: ReadonlyMap<string, Waiting>;
  readonly running: ReadonlyMap<string, Waiting>;
}

/** Gauges that are worked out when somebody asks. */
function defineState(registry: Registry, { clock, controllers, ready, running }: StateOptions) {
  const common = { labelNames: ['name', 'controller'] as const, registers: [registry] };
  const ages = (kind: Kind) => {
    const now = clock.now();
    return ofKind(running, kind).map((one) => elapsedSeconds(one, now));
  };
  return {
    depth: new Gauge({
      ...common,
      name: 'workqueue_depth',
      help: 'Received keys that wait for a slot. What still lies in SQS is trimtab_queue_messages.',
      collect() {
        for (const kind of controllers) this.set(named(kind), ofKind(ready, kind).length);
      },
    }),
    unfinished: new Gauge({
      ...common,
      name: 'workqueue_unfinished_work_seconds',
      help: 'The ages of all running passes added up. It keeps growing when passes are stuck.',
      collect() {
        for (const kind of controllers)
          this.set(
            named(kind),
            ages(kind).reduce((sum, age) => sum + age, 0),
          );
      },
    }),
    longest: new Gauge({
      ...common,
      name: 'workqueue_longest_running_processor_seconds',
      help: 'The age of the pass that has been running longest.',
      collect() {
        for (const kind of controllers) this.set(named(kind), Math.max(0, ...ages(kind)));
      },
    }),
    active: new Gauge({
      name: 'controller_runtime_active_workers',
      help: 'Keys that are worked on now.',
      labelNames: ['controller'] as const,
      registers: [registry],
      collect() {
        for (const kind of controllers) this.set({ controller: kind }, ofKind(running, kind).length);
      },
    }),
  };
}

function ofKind(keys: ReadonlyMap<string, Waiting>, kind: Kind): readonly Waiting[] {
  return [...keys.values()].filter((one) => one.kind === kind);
}
