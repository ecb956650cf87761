import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Clock } from '../../reconcile/ports.ts';
import { boundLabel } from '../labels.ts';
import type { Backlog, IntakeResult, SweepResult } from '../listener.ts';

const QUEUES = ['intake', 'work', 'intake-dlq', 'work-dlq'];
const QUEUES_MAX = 4;
const SOURCES = ['aws.ssm', 'aws.ecs', 'aws.codebuild', 'trimtab'];
const SOURCES_MAX = 12;
const INTAKE_RESULTS = ['queued', 'ignored', 'malformed', 'failed'];
const INTAKE_RESULTS_MAX = 8;
const SWEEP_BUCKETS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** What lies in SQS, what came in, and how the sweeps go. */
export function createQueueSeries(registry: Registry, clock: Clock) {
  const series = defineSeries(registry);
  const queueOf = boundLabel(QUEUES, QUEUES_MAX);
  const sourceOf = boundLabel(SOURCES, SOURCES_MAX);
  const resultOf = boundLabel(INTAKE_RESULTS, INTAKE_RESULTS_MAX);
  for (const source of SOURCES) {
    for (const result of INTAKE_RESULTS) series.intake.inc({ source, result }, 0);
  }
  return {
    intake({ source, result }: IntakeResult): void {
      series.intake.inc({ source: sourceOf(source), result: resultOf(result) });
    },
    backlog({ queue: name, messages }: Backlog): void {
      const queue = queueOf(name);
      const counts = {
        visible: messages?.visible,
        in_flight: messages?.inFlight,
        delayed: messages?.delayed,
      };
      for (const [state, count] of Object.entries(counts)) {
        // An old number would be taken for the present one: better none.
        if (count === undefined) series.messages.remove({ queue, state });
        else series.messages.set({ queue, state }, count);
      }
    },
    sweep({ account, region, surveyed, differing, durationMs }: SweepResult): void {
      series.sweptAt.set({ account, region }, clock.now() / 1000);
      series.surveyed.set({ account, region }, surveyed);
      series.found.inc({ account, region }, differing);
      series.duration.observe(Math.max(0, durationMs) / 1000);
    },
  };
}

function defineSeries(registry: Registry) {
  const registers = [registry];
  const labelNames = ['account', 'region'] as const;
  return {
    messages: new Gauge({
      name: 'trimtab_queue_messages',
      help: 'Messages in SQS as SQS counts them (approximately); absent while they cannot be read.',
      labelNames: ['queue', 'state'] as const,
      registers,
    }),
    intake: new Counter({
      name: 'trimtab_intake_messages_total',
      help: 'Messages taken from the intake queue, by sender and by what became of them.',
      labelNames: ['source', 'result'] as const,
      registers,
    }),
    sweptAt: new Gauge({
      name: 'trimtab_sweep_last_success_timestamp_seconds',
      help: 'When this replica last compared the whole account; over several replicas take the maximum.',
      labelNames,
      registers,
    }),
    surveyed: new Gauge({
      name: 'trimtab_sweep_keys',
      help: 'Keys the last sweep of this replica compared.',
      labelNames,
      registers,
    }),
    found: new Counter({
      name: 'trimtab_sweep_differing_keys_total',
      help: 'Keys that sweeps found in need of a pass: drift nobody told of, lost events, lost wakes.',
      labelNames,
      registers,
    }),
    duration: new Histogram({
      name: 'trimtab_sweep_duration_seconds',
      help: 'How long comparing the whole account took.',
      buckets: SWEEP_BUCKETS,
      registers,
    }),
  };
}
