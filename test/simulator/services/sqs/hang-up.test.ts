import { getEventListeners } from 'node:events';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { openSqs } from './kit.ts';

describe('a receiver that hangs up', () => {
  it('gets nothing, and the next one is handed the message at once', async () => {
    const bench = openSqs();
    const url = await bench.queue('jobs');
    const hangUp = new AbortController();
    const poll = bench.sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), {
      abortSignal: hangUp.signal,
    });
    poll.catch(() => {});
    await bench.clock.advance(5_000);
    hangUp.abort();
    await bench.send(url, 'hello');
    expect(await bench.bodies(url)).toEqual(['hello']);
  });

  it('leaves nothing on a signal that stands for many polls', async () => {
    const bench = openSqs();
    const url = await bench.queue('jobs', { VisibilityTimeout: '43200' });
    const { signal } = new AbortController();
    const poll = () =>
      bench.sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), {
        abortSignal: signal,
      });
    for (let round = 0; round < 5; round += 1) {
      const empty = poll();
      await bench.clock.advance(20_000);
      expect((await empty).Messages ?? []).toEqual([]);
      const served = poll();
      await bench.clock.advance(1_000);
      await bench.send(url, 'hello');
      expect((await served).Messages).toHaveLength(1);
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
