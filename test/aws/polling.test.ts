import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { pollQueue } from '../../src/aws/polling.ts';
import type { Queue } from '../../src/aws/queues.ts';
import { openQueues, type QueueBench } from '../queue/kit.ts';

/** A queue that answers every poll at once, with nothing, as some stand-ins for SQS do. */
function hastyQueue(bench: QueueBench, polled: () => void): Queue {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  const requestHandler = {
    async handle() {
      polled();
      return { response: { statusCode: 200, headers, body: new TextEncoder().encode('{}') } };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
  const sqs = new SQSClient({ ...bench.client(), requestHandler });
  return { ...bench.intakeQueue(), sqs };
}

describe('polling', () => {
  it('does not spin on a queue that does not wait', async () => {
    const bench = await openQueues();
    let polls = 0;
    const stop = new AbortController();
    const queue = hastyQueue(bench, () => {
      polls += 1;
    });
    const loop = pollQueue(
      {
        queue,
        visibilitySeconds: 30,
        room: async () => 10,
        take: () => {},
        polled: () => {},
        failing: () => {},
      },
      stop.signal,
    );
    await bench.clock.advance(60_000);
    expect(polls).toBeGreaterThan(30);
    expect(polls).toBeLessThanOrEqual(62);
    stop.abort();
    await loop;
  });

  it('shows at once that the queue answers, also after an outage', async () => {
    const bench = await openQueues();
    bench.simulator.switches.faults.push({ kind: 'error', operation: 'ReceiveMessage', times: 2 });
    const polledAt: number[] = [];
    const failedAt: number[] = [];
    const stop = new AbortController();
    const startedAt = bench.clock.now();
    const loop = pollQueue(
      {
        queue: bench.intakeQueue(),
        visibilitySeconds: 30,
        room: async () => 10,
        take: () => {},
        polled: () => polledAt.push(bench.clock.now() - startedAt),
        failing: () => failedAt.push(bench.clock.now() - startedAt),
      },
      stop.signal,
    );
    await bench.clock.advance(24_000);
    expect([failedAt, polledAt]).toEqual([
      [0, 1000],
      [3000, 23_000],
    ]);
    stop.abort();
    await loop;
  });
});
