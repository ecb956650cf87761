import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { unreachable } from '../../reconcile/errors.ts';
import { formatKey, type Kind } from '../../reconcile/key.ts';
import type { Clock } from '../../reconcile/ports.ts';
import { boundLabel } from '../labels.ts';
import type { PartialListener, WorkEvent } from '../listener.ts';

/** controller-runtime's bounds for the two work queue histograms: 10 ns to 1,000 s. */
const WORKQUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000];

const REASONS = ['conflict', 'failed', 'busy', 'storm', 'crowded'];
const REASONS_MAX = 4;

/** Since when a key has been ready or running. */
interface Since {
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
 * client-go's work queue metrics, over the keys this process has received. Depth and the like are counted from
 * maps of keys, not up and down, so an event that comes twice or not at all cannot bend them for good.
 */
export function createWorkSeries(registry: Registry, options: WorkSeriesOptions) {
  const { clock, controllers } = options;
  const ready = new Map<string, Since>();
  const running = new Map<string, Since>();
  const series = { ...defineHistory(registry), ...defineOwn(registry) };
  const reasonOf = boundLabel(REASONS, REASONS_MAX);
  defineState(registry, { clock, controllers, ready, running });
  for (const kind of controllers) {
    for (const one of [series.adds, series.retries]) one.inc(named(kind), 0);
    for (const one of [series.waited, series.worked]) one.zero(named(kind));
    series.concurrent.set({ controller: kind }, options.concurrency);
    series.skipped.inc({ controller: kind }, 0);
    for (const reason of REASONS) series.postponed.inc({ controller: kind, reason }, 0);
  }

  function follow(event: WorkEvent): void {
    const id = formatKey(event.key);
    const labels = named(event.key.kind);
    const now = clock.now();
    const wait = ready.get(id);
    const run = running.get(id);
    switch (event.type) {
      case 'ready':
        if (wait === undefined) series.adds.inc(labels);
        ready.set(id, wait ?? { kind: event.key.kind, at: now });
        return;
      case 'started':
        ready.delete(id);
        running.set(id, { kind: event.key.kind, at: now });
        series.waited.observe(labels, secondsBetween(wait?.at ?? now, now));
        return;
      case 'ended':
        running.delete(id);
        series.worked.observe(labels, secondsBetween(run?.at ?? now, now));
        return;
      case 'released':
        ready.delete(id);
        return;
      default:
        unreachable(event);
    }
  }

  return {
    work: follow,
    report({ work, wakeAt }) {
      if (wakeAt !== undefined) series.retries.inc(named(work.key.kind));
    },
    skipped(key, messages) {
      series.skipped.inc({ controller: key.kind }, messages);
    },
    postponed(key, why) {
      series.retries.inc(named(key.kind));
      series.postponed.inc({ controller: key.kind, reason: reasonOf(why) });
    },
    unreadable(messages) {
      series.unreadable.inc(messages);
    },
    failing() {
      series.failures.inc();
    },
  } satisfies PartialListener;
}

function named(kind: Kind) {
  return { name: kind, controller: kind };
}

function secondsBetween(since: number, now: number): number {
  return Math.max(0, now - since) / 1000;
}

function defineHistory(registry: Registry) {
  const common = { labelNames: ['name', 'controller'] as const, registers: [registry] };
  return {
    adds: new Counter({
      ...common,
      name: 'workqueue_adds_total',
      help: 'Keys that became ready in this process, once for all their messages of a receive.',
    }),
    retries: new Counter({
      ...common,
      name: 'workqueue_retries_total',
      help: 'Keys that are to be looked at again later: put back after a failure, or asleep until a wake. Healthy wakes count too.',
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
      help: 'How long a key was worked on.',
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

function defineOwn(registry: Registry) {
  const registers = [registry];
  return {
    skipped: new Counter({
      name: 'trimtab_work_messages_skipped_total',
      help: 'Work messages deleted without a pass, because an earlier one had seen, or one to come will see, what they tell of.',
      labelNames: ['controller'] as const,
      registers,
    }),
    postponed: new Counter({
      name: 'trimtab_work_postponed_total',
      help: 'Keys whose messages were put back for a while. failed: the pass broke off; conflict: another worker wrote the status; busy: an earlier pass still runs; storm: too many passes in a row.',
      labelNames: ['controller', 'reason'] as const,
      registers,
    }),
    unreadable: new Counter({
      name: 'trimtab_work_messages_unreadable_total',
      help: 'Work messages received that nobody here understands; left for another version or the dead-letter queue.',
      registers,
    }),
    failures: new Counter({
      name: 'trimtab_loop_failures_total',
      help: 'Calls of the endless loops (receiving, deleting, sending, queueing sweeps) that failed; the log says which.',
      registers,
    }),
  };
}

interface StateOptions {
  readonly clock: Clock;
  readonly controllers: readonly Kind[];
  readonly ready: ReadonlyMap<string, Since>;
  readonly running: ReadonlyMap<string, Since>;
}

/** Gauges that are worked out when somebody asks. */
function defineState(registry: Registry, { clock, controllers, ready, running }: StateOptions): void {
  const common = { labelNames: ['name', 'controller'] as const, registers: [registry] };
  const ages = (kind: Kind) => ofKind(running, kind).map(({ at }) => secondsBetween(at, clock.now()));
  new Gauge({
    ...common,
    name: 'workqueue_depth',
    help: 'Received keys that wait for a slot. What still lies in SQS is trimtab_queue_messages.',
    collect() {
      for (const kind of controllers) this.set(named(kind), ofKind(ready, kind).length);
    },
  });
  new Gauge({
    ...common,
    name: 'workqueue_unfinished_work_seconds',
    help: 'The ages of all running passes added up. It keeps growing when passes are stuck.',
    collect() {
      for (const kind of controllers) {
        this.set(
          named(kind),
          ages(kind).reduce((sum, age) => sum + age, 0),
        );
      }
    },
  });
  new Gauge({
    ...common,
    name: 'workqueue_longest_running_processor_seconds',
    help: 'The age of the pass that has been running longest.',
    collect() {
      for (const kind of controllers) this.set(named(kind), Math.max(0, ...ages(kind)));
    },
  });
  new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Keys that are worked on now.',
    labelNames: ['controller'] as const,
    registers: [registry],
    collect() {
      for (const kind of controllers) this.set({ controller: kind }, ofKind(running, kind).length);
    },
  });
}

function ofKind(keys: ReadonlyMap<string, Since>, kind: Kind): readonly Since[] {
  return [...keys.values()].filter((one) => one.kind === kind);
}
