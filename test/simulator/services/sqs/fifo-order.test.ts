import { DeleteMessageCommand, type Message } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { QueuedMessage } from '../../../../src/simulator/services/sqs/message.ts';
import { handleOf, openSqs, type SqsBench } from './kit.ts';

type Step =
  | { readonly type: 'send'; readonly group: string }
  | { readonly type: 'receive'; readonly max: number }
  | { readonly type: 'delete'; readonly pick: number }
  | { readonly type: 'wait'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('send' as const), group: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ type: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }) }),
  fc.record({ type: fc.constant('delete' as const), pick: fc.nat(5) }),
  fc.record({ type: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 12 }) }),
);

/** Every message received has all earlier ones of its group before it in the same receive. */
function checkOrder(before: readonly QueuedMessage[], received: readonly Message[]): void {
  const bodies = received.map(({ Body }) => Body ?? '');
  for (const body of bodies) {
    const index = before.findIndex((message) => message.body === body);
    const ofGroup = (other: { body: string }) => other.body[0] === body[0];
    const earlier = before.slice(0, index).filter(ofGroup);
    const receivedFirst = bodies.slice(0, bodies.indexOf(body)).filter((other) => other[0] === body[0]);
    expect(receivedFirst).toEqual(earlier.map((message) => message.body));
    expect(earlier.every(({ state }) => state === 'visible')).toBe(true);
  }
}

async function perform(
  bench: SqsBench,
  url: string,
  one: Step,
  held: string[],
  number: number,
): Promise<void> {
  if (one.type === 'send') {
    const ids = { MessageGroupId: one.group, MessageDeduplicationId: String(number) };
    await bench.send(url, `${one.group}${number}`, ids);
  } else if (one.type === 'receive') {
    const before = bench.contents('q.fifo');
    const messages = await bench.receive(url, { MaxNumberOfMessages: one.max });
    checkOrder(before, messages);
    held.push(...messages.map(handleOf));
  } else if (one.type === 'delete') {
    const [ReceiptHandle] = held.splice(one.pick, 1);
    if (ReceiptHandle === undefined) return;
    // A handle may have expired: FIFO queues refuse those.
    await bench.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle })).catch(() => undefined);
  } else {
    await bench.clock.advance(one.seconds * 1000);
  }
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
it('a FIFO queue keeps the order of each group under any receives, timeouts and deletes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const bench = openSqs();
      const url = await bench.queue('q.fifo', { VisibilityTimeout: '10' });
      const held: string[] = [];
      for (const [index, one] of steps.entries()) await perform(bench, url, one, held, index);
    }),
    { numRuns: 40 },
  );
});
