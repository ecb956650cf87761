import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import {
  deadLetterQueue,
  deleteAll,
  hideAll,
  type Queue,
  queueDepth,
  receive,
  sendAll,
} from '../../src/aws/queues.ts';
import type { WireRequest } from '../../src/simulator/transport.ts';
import { openQueues, type QueueBench } from '../queue/kit.ts';

const POLL = { max: 10, waitSeconds: 0, visibilitySeconds: 30 };

/**
 * The intake queue over a wire on which SQS refuses the entries that `refuses` picks, as it does when one of its
 * hosts is ill: HTTP 200, and the entry under `Failed`.
 */
function illQueue(bench: QueueBench, refuses: (body: string) => boolean, senderFault = false): Queue {
  const settings = bench.client('ill');
  const { requestHandler } = settings;
  const handler = {
    async handle(request: WireRequest) {
      const { body } = request;
      const document = JSON.parse(body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body));
      const entries: { Id: string; MessageBody?: string }[] = document.Entries ?? [];
      const refused = entries.filter((entry) => refuses(entry.MessageBody ?? ''));
      if (refused.length === 0) return requestHandler.handle(request);
      const Entries = entries.filter((entry) => !refused.includes(entry));
      const sound = { ...request, body: JSON.stringify({ ...document, Entries }) };
      const { response } = await requestHandler.handle(sound);
      const Failed = refused.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: senderFault }));
      const answer = Entries.length === 0 ? {} : JSON.parse(new TextDecoder().decode(response.body));
      const answered = new TextEncoder().encode(JSON.stringify({ Successful: [], ...answer, Failed }));
      return { response: { ...response, statusCode: 200, body: answered } };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
  const sqs = new SQSClient({ ...settings, requestHandler: handler });
  return { ...bench.intakeQueue(), sqs };
}

function letters(count: number) {
  return Array.from({ length: count }, (_, index) => ({ body: `m${index}` }));
}

describe('a batch of which SQS refuses a part', () => {
  it('is sent again in that part alone', async () => {
    const bench = await openQueues();
    let ill = 1;
    const queue = illQueue(bench, (body) => body === 'm2' && ill-- > 0);
    const sending = sendAll(queue, letters(4));
    expect(await bench.during(sending, 1000)).toEqual([]);
    expect(bench.bodies('intake')).toEqual(['m0', 'm1', 'm3', 'm2']);
    expect(bench.calls('SendMessageBatch', 'ill')).toBe(2);
  });

  it('is told in that part when it does not get better', async () => {
    const bench = await openQueues();
    const queue = illQueue(bench, (body) => body === 'm2');
    const refusals = await bench.during(sendAll(queue, letters(4)), 10_000);
    expect(refusals.map(({ entry, code }) => [entry.body, code])).toEqual([['m2', 'InternalError']]);
    expect(bench.bodies('intake')).toEqual(['m0', 'm1', 'm3']);
  });

  it('is not sent again when the fault is ours', async () => {
    const bench = await openQueues();
    const queue = illQueue(bench, (body) => body === 'm2', true);
    const refusals = await bench.during(sendAll(queue, letters(4)), 10_000);
    expect(refusals.map(({ entry }) => entry.body)).toEqual(['m2']);
    expect(bench.calls('SendMessageBatch', 'ill')).toBe(1);
  });
});

describe('calls on a queue', () => {
  it('are batches of ten', async () => {
    const bench = await openQueues();
    const queue = bench.intakeQueue();
    expect(await sendAll(queue, letters(23))).toEqual([]);
    expect(bench.calls('SendMessageBatch')).toBe(3);
    expect(await queueDepth(queue)).toEqual({ visible: 23, inFlight: 0, delayed: 0 });
  });

  it('find the dead-letter queue, and none where there is none', async () => {
    const bench = await openQueues();
    const dead = await deadLetterQueue(bench.workQueue());
    expect(dead?.url).toBe(bench.workQueue().url.replace('work.fifo', 'work-dead.fifo'));
    expect(dead && (await queueDepth(dead))).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(dead && (await deadLetterQueue(dead))).toBeUndefined();
  });

  it('are none for nothing', async () => {
    const bench = await openQueues();
    expect(await deleteAll(bench.intakeQueue(), [])).toEqual([]);
    expect(bench.calls('DeleteMessageBatch')).toBe(0);
  });

  it('that got no answer leave all their entries undone', async () => {
    const bench = await openQueues();
    bench.simulator.switches.faults.push({ kind: 'reset', operation: 'SendMessageBatch', times: 10 });
    const refusals = await sendAll(bench.intakeQueue(), letters(2));
    expect(refusals.map(({ entry }) => entry.body)).toEqual(['m0', 'm1']);
  });

  it("tell a message's instants by SQS's clock, and hide it until it is shown again", async () => {
    const bench = await openQueues();
    const queue = bench.intakeQueue();
    const sentAt = bench.clock.now();
    await sendAll(queue, letters(1));
    await bench.clock.advance(5000);
    const signal = new AbortController().signal;
    const [message] = await receive(queue, POLL, signal);
    expect(message).toMatchObject({ body: 'm0', sentAt, firstReceivedAt: sentAt + 5000, receiveCount: 1 });
    expect(await receive(queue, POLL, signal)).toEqual([]);
    if (message === undefined) throw new Error('no message was received');
    expect(await hideAll(queue, [message], 0)).toEqual([]);
    expect(await receive(queue, POLL, signal)).toMatchObject([{ body: 'm0', receiveCount: 2 }]);
  });
});

describe('a poll that is given up', () => {
  it('ends at once', async () => {
    const bench = await openQueues();
    const giveUp = new AbortController();
    const polling = receive(bench.intakeQueue(), { ...POLL, waitSeconds: 20 }, giveUp.signal);
    await bench.clock.advance(3000);
    giveUp.abort();
    const beganAt = bench.clock.now();
    expect(await polling).toEqual([]);
    expect(bench.clock.now()).toBe(beganAt);
  });

  it('hands back what it is given all the same', async () => {
    const bench = await openQueues();
    await sendAll(bench.intakeQueue('sender'), letters(1));
    bench.simulator.switches.faults.push({
      kind: 'slow',
      operation: 'ReceiveMessage',
      delayMs: 5000,
      times: 1,
    });
    const giveUp = new AbortController();
    const polling = receive(bench.intakeQueue(), { ...POLL, waitSeconds: 20 }, giveUp.signal);
    await bench.clock.advance(3000);
    giveUp.abort();
    await polling;
    await bench.clock.advance(2100);
    const [message] = await receive(bench.intakeQueue('b'), POLL, new AbortController().signal);
    expect(message).toMatchObject({ body: 'm0', receiveCount: 2 });
  });
});
