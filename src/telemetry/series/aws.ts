import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { boundLabel, boundLabelPerOwner } from '../labels.ts';
import type { AwsCall } from '../listener.ts';

/** The services the loop calls, by the names of the clients. */
const SERVICES = ['ssm', 'ecs', 'sqs', 'events', 'autoscaling', 'dynamodb', 'sts', 'codebuild', 'logs', 's3'];
const SERVICES_MAX = 8;
const OPERATIONS_PER_SERVICE_MAX = 24;
const CODES_PER_OPERATION_MAX = 8;
const LIMITERS_MAX = 24;
const GROUP = /^[a-z]{1,20}\/[a-z-]{1,40}$/;
const CALL_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** One token bucket in front of AWS, as it is now. */
export interface LimiterState {
  /** The operations it is for, as `ecs/service-read`. */
  readonly group: string;
  /** Calls that wait for a token. */
  readonly waiting: number;
  /** Calls a second it lets through now, and when nothing is wrong. */
  readonly ratePerSecond: number;
  readonly fullRatePerSecond: number;
}

/** Counts AWS calls. Operations are ours to choose and error names AWS's: both are bounded all the same. */
export function createAwsSeries(registry: Registry) {
  const series = defineSeries(registry);
  const serviceOf = boundLabel(SERVICES, SERVICES_MAX);
  const operationOf = boundLabelPerOwner(OPERATIONS_PER_SERVICE_MAX);
  const codeOf = boundLabelPerOwner(CODES_PER_OPERATION_MAX);
  for (const service of SERVICES) series.throttles.inc({ service }, 0);
  return {
    awsCall(call: AwsCall): void {
      const service = serviceOf(call.service);
      const operation = operationOf(service, call.operation);
      const code = codeOf(`${service}.${operation}`, call.code);
      series.requests.inc({ service, operation, code });
      series.duration.observe({ service, operation }, Math.max(0, call.durationMs) / 1000);
      if (call.throttled) series.throttles.inc({ service });
    },
    watchLimiters: defineLimiters(registry),
  };
}

function defineSeries(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'trimtab_aws_requests_total',
      help: 'Attempts of AWS calls that ended; code is OK or the name of the error AWS answered with.',
      labelNames: ['service', 'operation', 'code'] as const,
      registers,
    }),
    duration: new Histogram({
      name: 'trimtab_aws_request_duration_seconds',
      help: 'How long an attempt of an AWS call took, from sending to the parsed answer; waiting for the limiter is not part of it.',
      labelNames: ['service', 'operation'] as const,
      buckets: CALL_BUCKETS,
      registers,
    }),
    throttles: new Counter({
      name: 'trimtab_aws_throttles_total',
      help: 'Attempts of AWS calls that were refused for their rate.',
      labelNames: ['service'] as const,
      registers,
    }),
  };
}

/** Returns how to say where the limiters' states are read from; they are read when somebody asks. */
function defineLimiters(registry: Registry): (read: () => readonly LimiterState[]) => void {
  let readLimiters: () => readonly LimiterState[] = () => [];
  const common = { labelNames: ['group'] as const, registers: [registry] };
  const groupOf = boundLabel([], LIMITERS_MAX, GROUP);
  new Gauge({
    ...common,
    name: 'trimtab_limiter_waiting',
    help: 'Calls that wait until their token bucket lets them go out to AWS, by group of operations; over all accounts.',
    collect() {
      this.reset();
      for (const { group, waiting } of readLimiters()) this.inc({ group: groupOf(group) }, waiting);
    },
  });
  new Gauge({
    ...common,
    name: 'trimtab_limiter_ratio',
    help: 'The rate a token bucket allows now as a share of its full rate; below 1 after AWS throttled. Of several accounts the lowest.',
    collect() {
      const lowest = new Map<string, number>();
      for (const limiter of readLimiters()) {
        const group = groupOf(limiter.group);
        const ratio = limiter.ratePerSecond / limiter.fullRatePerSecond;
        lowest.set(group, Math.min(ratio, lowest.get(group) ?? 1));
      }
      for (const [group, ratio] of lowest) this.set({ group }, ratio);
    },
  });
  return (read) => {
    readLimiters = read;
  };
}
