import { DeleteMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { FAIR_WEATHER } from '../../../../src/simulator/faults.ts';
import { handleOf, openSqs } from './kit.ts';

const MESSAGES = 200;

/** Sends messages, receives and deletes until nothing is left, and gives the bodies in order of receipt. */
async function drain(name: string, seed: number, duplicateEvents: number): Promise<string[]> {
  const bench = openSqs({ seed, switches: { weather: { ...FAIR_WEATHER, duplicateEvents } } });
  const url = await bench.queue(name);
  for (let index = 0; index < MESSAGES; index += 1) {
    const ids = { MessageGroupId: `g${index % 7}`, MessageDeduplicationId: String(index) };
    await bench.send(url, String(index), name.endsWith('.fifo') ? ids : {});
  }
  const received: string[] = [];
  while (bench.contents(name).length > 0) {
    const messages = await bench.receive(url, { MaxNumberOfMessages: 10 });
    for (const message of messages) {
      received.push(message.Body ?? '');
      const input = { QueueUrl: url, ReceiptHandle: handleOf(message) };
      await bench.sqs.send(new DeleteMessageCommand(input));
    }
    if (messages.length === 0) await bench.clock.advance(1000);
  }
  return received;
}

const sorted = (bodies: readonly string[]) => [...bodies].sort((a, b) => Number(a) - Number(b));

describe('bad weather', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html
  it('row 73: makes a standard queue deliver some messages twice and out of order, but none never', async () => {
    const bodies = await drain('q', 4, 0.2);
    expect(new Set(bodies).size).toBe(MESSAGES);
    expect(bodies.length).toBeGreaterThan(MESSAGES);
    expect(bodies).not.toEqual(sorted(bodies));
  });

  it('is the same for the same seed', async () => {
    expect(await drain('q', 9, 0.3)).toEqual(await drain('q', 9, 0.3));
  });

  it('row 74: never doubles or reorders what a FIFO queue delivers', async () => {
    const bodies = await drain('q.fifo', 4, 0.5);
    expect(bodies).toHaveLength(MESSAGES);
    for (let group = 0; group < 7; group += 1) {
      const ofGroup = bodies.filter((body) => Number(body) % 7 === group);
      expect(ofGroup).toEqual(sorted(ofGroup));
    }
  });

  it('is over in fair weather: once each, in order', async () => {
    const bodies = await drain('q', 4, 0);
    expect(bodies).toEqual(sorted(bodies));
    expect(bodies).toHaveLength(MESSAGES);
  });
});
