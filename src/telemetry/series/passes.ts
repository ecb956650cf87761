import { Counter, Histogram, type Registry } from 'prom-client';
import type { Kind } from '../../reconcile/key.ts';
import type { Outcome, Report } from '../../reconcile/reconcile.ts';
import { faultOf } from '../failure.ts';
import { boundLabel } from '../labels.ts';
import type { PassFailure } from '../listener.ts';

/** The bounds controller-runtime uses, so that its dashboards' quantiles compare. */
const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5,
  1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
const RESULTS = ['success', 'error', 'requeue', 'requeue_after'] as const;
const OUTCOMES: readonly Outcome[] = [
  'unchanged',
  'applied',
  'waiting',
  'failed',
  'held',
  'observed',
  'dropped',
];
const ACTION_TYPES_MAX = 40;

type Result = (typeof RESULTS)[number];

/** Counts passes: controller-runtime's names where the meaning is the same, our own for the rest. */
export function createPassSeries(registry: Registry, controllers: readonly Kind[]) {
  const series = defineSeries(registry);
  const actionType = boundLabel([], ACTION_TYPES_MAX);
  for (const controller of controllers) {
    for (const result of RESULTS) series.total.inc({ controller, result }, 0);
    for (const outcome of OUTCOMES) series.passes.inc({ controller, outcome }, 0);
    for (const result of ['used', 'dropped']) series.wakes.inc({ controller, result }, 0);
    for (const one of [series.errors, series.terminal, series.panics, series.timeouts]) {
      one.inc({ controller }, 0);
    }
    series.time.zero({ controller });
  }

  function end(controller: Kind, result: Result, durationMs: number): void {
    series.total.inc({ controller, result });
    series.time.observe({ controller }, Math.max(0, durationMs) / 1000);
    if (result === 'error') series.errors.inc({ controller });
  }

  return {
    report(report: Report): void {
      const controller = report.work.key.kind;
      end(controller, resultOf(report), report.timings.totalMs);
      if (isTerminal(report)) series.terminal.inc({ controller });
      series.passes.inc({ controller, outcome: report.outcome });
      for (const { type, action } of report.actions) {
        series.actions.inc({ type: actionType(action.type), outcome: type });
      }
      if (report.work.causes.some((cause) => cause.id.startsWith('wake:'))) {
        series.wakes.inc({ controller, result: report.outcome === 'dropped' ? 'dropped' : 'used' });
      }
    },
    failure({ work, error, durationMs }: PassFailure): void {
      const controller = work.key.kind;
      const fault = faultOf(error);
      end(controller, fault === 'lease' || fault === 'conflict' ? 'requeue' : 'error', durationMs);
      if (fault === 'lease') series.timeouts.inc({ controller });
      if (fault === 'bug') series.panics.inc({ controller });
    },
  };
}

function resultOf(report: Report): Result {
  if (report.outcome === 'failed') return 'error';
  return report.wakeAt === undefined ? 'success' : 'requeue_after';
}

/** Everything that failed was refused by AWS: trying again helps only after somebody changed something. */
function isTerminal(report: Report): boolean {
  const failures = report.actions.flatMap((outcome) => (outcome.type === 'failed' ? [outcome.failure] : []));
  const isUnreadable = report.conditions.some(
    ({ type, status }) => type === 'Readable' && status === 'False',
  );
  if (failures.length === 0 || isUnreadable) return false;
  return failures.every(({ kind }) => kind === 'denied' || kind === 'refused');
}

function defineSeries(registry: Registry) {
  const registers = [registry];
  const labelNames = ['controller'] as const;
  return {
    total: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Passes over a key that ended. error: an action or a read failed; requeue: the pass lost its lease or met another writer and the message comes back; requeue_after: fine, with a time to look again; success: fine.',
      labelNames: ['controller', 'result'] as const,
      registers,
    }),
    errors: new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Passes whose result was error, terminal ones included.',
      labelNames,
      registers,
    }),
    terminal: new Counter({
      name: 'controller_runtime_terminal_reconcile_errors_total',
      help: 'Failed passes in which AWS denied or refused every action that failed, so that only a change by a person helps.',
      labelNames,
      registers,
    }),
    panics: new Counter({
      name: 'controller_runtime_reconcile_panics_total',
      help: 'Passes that ended in a mistake of trimtab itself. Please report one.',
      labelNames,
      registers,
    }),
    timeouts: new Counter({
      name: 'controller_runtime_reconcile_timeouts_total',
      help: 'Passes that were stopped because their lease on the key ended.',
      labelNames,
      registers,
    }),
    time: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'How long a pass took, without the time its key waited.',
      labelNames,
      buckets: RECONCILE_BUCKETS,
      registers,
    }),
    passes: new Counter({
      name: 'trimtab_passes_total',
      help: 'Passes that returned a report, by how they ended.',
      labelNames: ['controller', 'outcome'] as const,
      registers,
    }),
    actions: new Counter({
      name: 'trimtab_actions_total',
      help: 'Planned AWS writes that were due, by type and by what became of them; skipped: something they come after did not succeed.',
      labelNames: ['type', 'outcome'] as const,
      registers,
    }),
    wakes: new Counter({
      name: 'trimtab_wakes_total',
      help: 'Wakes that arrived. used: the key was looked at; dropped: another wake had taken its place.',
      labelNames: ['controller', 'result'] as const,
      registers,
    }),
  };
}
