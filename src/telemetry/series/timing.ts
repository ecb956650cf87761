import { Histogram, type Registry } from 'prom-client';
import { formatKey, type Kind } from '../../reconcile/key.ts';
import type { Report } from '../../reconcile/reconcile.ts';

const DELAY_BUCKETS = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900];
const CONVERGE_BUCKETS = [1, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const DRIFT_BUCKETS = [10, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400];

/** What this process saw of a key in time. */
interface Seen {
  /** Since when the key has not been as desired; absent while it is. */
  readonly unsyncedAt?: number;
  readonly lookedAt: number;
}

/**
 * How long things take, as far as one replica sees it: passes over one key may run on several, and what began
 * on another is measured from the first pass here.
 */
export function createTimingSeries(registry: Registry, controllers: readonly Kind[]) {
  const seen = new Map<string, Seen>();
  const series = defineSeries(registry);
  for (const controller of controllers) {
    for (const one of Object.values(series)) one.zero({ controller });
  }

  return {
    report(report: Report): void {
      const { key } = report.work;
      const controller = key.kind;
      const changedAt = newestChange(report);
      const last = seen.get(formatKey(key));
      const observe = (histogram: Histogram<'controller'>, from: number, to: number) =>
        histogram.observe({ controller }, Math.max(0, to - from) / 1000);

      if (changedAt !== undefined) observe(series.delay, changedAt, report.startedAt);
      const wasSynced = last !== undefined && last.unsyncedAt === undefined;
      if (wasSynced && changedAt === undefined && report.differences.length > 0) {
        observe(series.drift, last.lookedAt, report.startedAt);
      }
      const endedAt = report.startedAt + report.timings.totalMs;
      // A newer change starts the time anew: what is measured is from the last change to its effect.
      const unsyncedAt = changedAt ?? last?.unsyncedAt ?? report.startedAt;
      const hadWork = last?.unsyncedAt !== undefined;
      if (report.synced && hadWork) observe(series.converge, unsyncedAt, endedAt);
      seen.set(formatKey(key), { lookedAt: endedAt, ...(report.synced ? {} : { unsyncedAt }) });
    },
    /** A sweep found the key as desired. How long that took is told by whoever made it so. */
    settled(id: string, at: number): void {
      seen.set(id, { lookedAt: at });
    },
    forget(id: string): void {
      seen.delete(id);
    },
  };
}

/** When the newest change was made that this pass was told of. */
function newestChange(report: Report): number | undefined {
  const changes = report.work.causes.flatMap((cause) =>
    cause.change === undefined ? [] : [cause.change.at],
  );
  return changes.length === 0 ? undefined : Math.max(...changes);
}

function defineSeries(registry: Registry) {
  const common = { labelNames: ['controller'] as const, registers: [registry] };
  return {
    delay: new Histogram({
      ...common,
      name: 'trimtab_change_delay_seconds',
      help: 'From the time of a change, as its event tells it in whole seconds, to the start of the pass it caused. Config at rest that changes is looked at when it may have come to rest again.',
      buckets: DELAY_BUCKETS,
    }),
    converge: new Histogram({
      ...common,
      name: 'trimtab_converge_seconds',
      help: 'From the last change told by an event (or, for drift, from the pass that found it) to the pass that found everything as desired.',
      buckets: CONVERGE_BUCKETS,
    }),
    drift: new Histogram({
      ...common,
      name: 'trimtab_drift_seconds',
      help: 'How long drift that no event told of may have gone unseen: since the look before, which had found everything as desired.',
      buckets: DRIFT_BUCKETS,
    }),
  };
}
