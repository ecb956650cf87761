import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Clock } from '../../reconcile/ports.ts';
import { boundLabel } from '../labels.ts';
import type { PartialListener } from '../listener.ts';

/** An SQS queue's name; ours come from the configuration. */
const QUEUE_NAME = /^[A-Za-z0-9_-]{1,80}(\.fifo)?$/;
const QUEUES_MAX = 8;
const SOURCES = ['aws.ssm', 'aws.ecs', 'aws.codebuild', 'trimtab', 'other'];
const SOURCES_MAX = 8;
const RESULTS = ['queued', 'later', 'noted', 'ignored', 'malformed', 'failed'];
const RESULTS_MAX = 8;
const AGE_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const SWEEP_BUCKETS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** What lies in SQS, what came in, and how the sweeps go. */
export function createQueueSeries(registry: Registry, clock: Clock) {
  const series = { ...defineQueues(registry), ...defineSweeps(registry) };
  const queueOf = boundLabel([], QUEUES_MAX, QUEUE_NAME);
  const sourceOf = boundLabel(SOURCES, SOURCES_MAX);
  const resultOf = boundLabel(RESULTS, RESULTS_MAX);
  for (const source of SOURCES) {
    for (const result of RESULTS) series.intake.inc({ source, result }, 0);
  }
  return {
    intake({ source, result, ageMs }) {
      series.intake.inc({ source: sourceOf(source), result: resultOf(result) });
      // Messages of our own are delayed on purpose.
      if (result === 'queued' && source !== 'trimtab' && ageMs !== undefined)
        series.age.observe(Math.max(0, ageMs) / 1000);
    },
    backlog({ queue: name, messages, dead }) {
      const queue = queueOf(name);
      if (dead === true) {
        const { visible = 0, inFlight = 0, delayed = 0 } = messages ?? {};
        if (messages === undefined) series.dead.remove({ queue });
        else series.dead.set({ queue }, visible + inFlight + delayed);
        return;
      }
      const { visible, inFlight: in_flight, delayed } = messages ?? {};
      for (const [state, count] of Object.entries({ visible, in_flight, delayed })) {
        // An old number would be taken for the present one: better none.
        if (count === undefined) series.messages.remove({ queue, state });
        else series.messages.set({ queue, state }, count);
      }
    },
    sweep({ account, region, surveyed, differing, durationMs }) {
      series.sweptAt.set({ account, region }, clock.now() / 1000);
      series.surveyed.set({ account, region }, surveyed);
      series.differing.inc({ account, region }, differing);
      series.duration.observe(Math.max(0, durationMs) / 1000);
    },
  } satisfies PartialListener;
}

function defineQueues(registry: Registry) {
  const registers = [registry];
  return {
    messages: new Gauge({
      name: 'trimtab_queue_messages',
      help: 'Messages in SQS as SQS counts them (approximately); visible (they wait), in_flight (received and not deleted) or delayed; absent while SQS cannot be asked.',
      labelNames: ['queue', 'state'] as const,
      registers,
    }),
    dead: new Gauge({
      name: 'trimtab_dead_letter_messages',
      help: 'Messages in a dead-letter queue, which nobody could handle; they wait for a person. Absent while SQS cannot be asked or there is no such queue.',
      labelNames: ['queue'] as const,
      registers,
    }),
    intake: new Counter({
      name: 'trimtab_intake_messages_total',
      help: 'Messages of the intake queue by sender and by what became of them. queued: keys went to the work queue; later: a wake that is not due; noted: told to people only; ignored: nothing of ours; malformed: it could not be read; failed: it comes back.',
      labelNames: ['source', 'result'] as const,
      registers,
    }),
    age: new Histogram({
      name: 'trimtab_intake_message_age_seconds',
      help: 'From when SQS got an event to when its keys were queued; approximate, for the clocks are two. Our own messages, which are delayed on purpose, do not count.',
      buckets: AGE_BUCKETS,
      registers,
    }),
  };
}

function defineSweeps(registry: Registry) {
  const registers = [registry];
  const labelNames = ['account', 'region'] as const;
  return {
    sweptAt: new Gauge({
      name: 'trimtab_sweep_last_success_timestamp_seconds',
      help: 'When this replica last compared the whole account.',
      labelNames,
      registers,
    }),
    surveyed: new Gauge({
      name: 'trimtab_sweep_keys',
      help: 'Keys the last sweep of this replica compared.',
      labelNames,
      registers,
    }),
    differing: new Counter({
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
