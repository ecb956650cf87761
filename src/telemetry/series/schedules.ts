import { Counter, Gauge, type Registry } from 'prom-client';
import { formatKey, type Key } from '../../reconcile/key.ts';
import type { Clock } from '../../reconcile/ports.ts';
import type { PartialListener } from '../listener.ts';
import { APP_SERIES_MAX } from './known.ts';

/** A failure of longer ago is history; a schedule that goes on failing has a younger one. */
const SHOWN_MS = 24 * 3_600_000;

/** What is told of scheduled tasks that failed. A time, not a count for each app: it needs no first sample at 0. */
export function createScheduleSeries(registry: Registry, clock: Clock) {
  const failed = new Map<string, { readonly key: Key; readonly at: number }>();
  const total = new Counter({
    name: 'trimtab_scheduled_task_failures_total',
    help: 'Scheduled tasks that could not start or ended badly, as events told; one may be told twice.',
    registers: [registry],
  });
  new Gauge({
    name: 'trimtab_app_scheduled_task_failed_timestamp_seconds',
    help: `When this replica last heard that a scheduled task of the app could not start or ended badly; absent a day later. At most ${APP_SERIES_MAX} apps are shown.`,
    labelNames: ['account', 'region', 'app'] as const,
    registers: [registry],
    collect() {
      this.reset();
      const oldest = clock.now() - SHOWN_MS;
      for (const [id, { key, at }] of failed) {
        if (at < oldest) failed.delete(id);
        else this.set({ account: key.account, region: key.region, app: key.name }, at / 1000);
      }
    },
  });
  return {
    report({ gone, work }) {
      if (gone === true) failed.delete(formatKey(work.key));
    },
    taskFailed({ key }) {
      total.inc();
      const id = formatKey(key);
      // Put at the end, so that the first one is the oldest.
      failed.delete(id);
      failed.set(id, { key, at: clock.now() });
      const [first] = failed.keys();
      if (failed.size > APP_SERIES_MAX && first !== undefined) failed.delete(first);
    },
  } satisfies PartialListener;
}
