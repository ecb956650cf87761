import type { LoggedCall } from '../src/simulator/region.ts';

/** Calls by the service they went to; DynamoDB and SQS are ours, the rest is what an account is charged for. */
export interface Calls {
  /** SSM, ECS, Application Auto Scaling and EventBridge: the services whose rates bind. */
  readonly counted: number;
  readonly dynamodb: number;
  readonly sqs: number;
  /** `ssm.GetParameters` → how many. */
  readonly byOperation: Readonly<Record<string, number>>;
}

const COUNTED: ReadonlySet<string> = new Set(['ssm', 'ecs', 'autoscaling', 'events']);
const READS = /^(BatchGet|Describe|Get|List|Query|Receive)/;

/** Whether a call went to one of the services whose calls are counted. */
export function isCounted({ service }: Pick<LoggedCall, 'service'>): boolean {
  return COUNTED.has(service);
}

export function isRead({ operation }: Pick<LoggedCall, 'operation'>): boolean {
  return READS.test(operation);
}

/** Counts logged calls. */
export function countCalls(calls: readonly LoggedCall[]): Calls {
  const byOperation: Record<string, number> = {};
  for (const { service, operation } of calls) {
    const name = `${service}.${operation}`;
    byOperation[name] = (byOperation[name] ?? 0) + 1;
  }
  return sumUp(byOperation);
}

/** Sums up counts by operation, as reports of passes have them. */
export function sumUp(counts: Readonly<Record<string, number>>): Calls {
  const sum = (matches: (service: string) => boolean) =>
    Object.entries(counts)
      .filter(([name]) => matches(name.slice(0, name.indexOf('.'))))
      .reduce((total, [, count]) => total + count, 0);
  return {
    counted: sum((service) => COUNTED.has(service)),
    dynamodb: sum((service) => service === 'dynamodb'),
    sqs: sum((service) => service === 'sqs'),
    byOperation: Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** `ecs.DescribeServices 1, ssm.GetParameters 1`. */
export function listCalls({ byOperation }: Calls): string {
  return Object.entries(byOperation)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
