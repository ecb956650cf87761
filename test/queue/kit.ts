import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Queue } from '../../src/aws/queues.ts';
import { Worker, type WorkerOptions } from '../../src/queue/worker.ts';
import { createWorkQueue, type WorkQueue } from '../../src/queue/workqueue.ts';
import type { Cause, Lease, Work } from '../../src/reconcile/controller.ts';
import { formatKey, type Key } from '../../src/reconcile/key.ts';
import { sleep } from '../../src/reconcile/ports.ts';
import type { Report } from '../../src/reconcile/reconcile.ts';
import type { SimulatorSwitches } from '../../src/simulator/region.ts';
import { type SqsService, sqsAmong } from '../../src/simulator/services/sqs/index.ts';
import { type Bench, DEFAULT_ACCOUNT, DEFAULT_REGION, openBench } from '../simulator/kit.ts';

export const MAX_RECEIVES = 10;

/** An account with the two queues of an installation and their dead-letter queues. */
export interface QueueBench extends Bench {
  readonly service: SqsService;
  readonly work: WorkQueue;
  /** The work and the intake queue as the client `label` sees them. */
  workQueue(label?: string): Queue;
  intakeQueue(label?: string): Queue;
  /** Bodies in a queue, in order of arrival: `work.fifo`, `work-dead.fifo`, `intake`, `intake-dead`. */
  bodies(queue: string): string[];
  /** How often a client called an operation so far. */
  calls(operation: string, client?: string): number;
}

export async function openQueues(
  options: { switches?: Partial<SimulatorSwitches>; seed?: number } = {},
): Promise<QueueBench> {
  const bench = openBench(options);
  const service = sqsAmong(bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION));
  const intakeUrl = await createPair(bench, 'intake', '');
  const workUrl = await createPair(bench, 'work', '.fifo');
  const queue = (url: string, label: string): Queue => ({
    sqs: new SQSClient(bench.client(label)),
    url,
    clock: bench.clock,
  });
  return {
    ...bench,
    service,
    work: createWorkQueue(queue(workUrl, 'sender')),
    workQueue: (label = 'worker') => queue(workUrl, label),
    intakeQueue: (label = 'intake') => queue(intakeUrl, label),
    bodies: (name) => service.contents(name).map((message) => message.body),
    calls: (operation, client) =>
      bench.simulator.calls.filter(
        (call) => call.operation === operation && (client === undefined || call.client === client),
      ).length,
  };
}

async function createPair(bench: Bench, name: string, suffix: string): Promise<string> {
  const sqs = new SQSClient(bench.client('setup'));
  const fifo: Record<string, string> = suffix === '' ? {} : { FifoQueue: 'true' };
  const dead = `${name}-dead${suffix}`;
  await sqs.send(new CreateQueueCommand({ QueueName: dead, Attributes: fifo }));
  const deadLetterTargetArn = `arn:aws:sqs:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:${dead}`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: MAX_RECEIVES });
  const created = await sqs.send(
    new CreateQueueCommand({ QueueName: `${name}${suffix}`, Attributes: { ...fifo, RedrivePolicy } }),
  );
  return created.QueueUrl ?? '';
}

export function appKey(name: string): Key {
  return { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION, kind: 'app', name };
}

export function someEvent(id: number | string): Cause {
  return { id: `event:${id}` };
}

/** A pass as the tests look at it: when it had the right to write, from our clock. */
export interface Pass {
  readonly worker: string;
  readonly name: string;
  readonly work: Work;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A handler that takes `tookMs` of virtual time and writes down each pass that ended well. */
export function recordPasses(
  bench: Bench,
  passes: Pass[],
  options: { worker?: string; tookMs?: number; outcome?: Report['outcome'] } = {},
): WorkerOptions['handle'] {
  const { worker = 'a', tookMs = 0, outcome = 'unchanged' } = options;
  return async (work: Work, _lease: Lease) => {
    const startedAt = bench.clock.now();
    if (tookMs > 0) await sleep(bench.clock, tookMs);
    passes.push({ worker, name: formatKey(work.key), work, startedAt, endedAt: bench.clock.now() });
    return { outcome };
  };
}

/** A worker that is already running. */
export function startWorker(
  bench: QueueBench,
  options: Partial<WorkerOptions> & Pick<WorkerOptions, 'handle'> & { label?: string },
): Worker {
  const { label, ...more } = options;
  const worker = new Worker({ queue: bench.workQueue(label), concurrency: 10, ...more });
  worker.start();
  return worker;
}

/** Stops workers while the virtual clock goes on; tells whether all of them ended in time. */
export async function stopAll(bench: QueueBench, ...workers: readonly Worker[]): Promise<boolean> {
  const ended = await bench.during(Promise.all(workers.map((worker) => worker.stop())), 31_000);
  return ended.every((inTime) => inTime);
}
