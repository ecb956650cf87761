import { DeleteMessageCommand, GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { arnOf, handleOf, openSqs } from './kit.ts';

const q = 'https://sqs/123456789012/q';
const fifo = 'https://sqs/123456789012/q.fifo';

/** What a file would hold. */
const json = (document: unknown): unknown => JSON.parse(JSON.stringify(document));

describe('the section sqs of a world', () => {
  it('is short when written by hand', async () => {
    const { service, sqs, receive } = openSqs();
    service.load({
      queues: [
        {
          name: 'q',
          attributes: {
            VisibilityTimeout: 60,
            RedrivePolicy: { deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 5 },
          },
          tags: { owner: 'me' },
          messages: [{ body: 'text' }, { body: { kind: 'object' } }],
        },
        { name: 'dead' },
        { name: 'q.fifo', attributes: { FifoQueue: true }, messages: [{ body: 'm', groupId: 'g' }] },
      ],
    });
    const output = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: q, AttributeNames: ['All'] }));
    expect(output.Attributes).toMatchObject({
      VisibilityTimeout: '60',
      ApproximateNumberOfMessages: '2',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 5 }),
    });
    const messages = await receive(q, { MaxNumberOfMessages: 10 });
    expect(messages.map(({ Body }) => Body)).toEqual(['text', '{"kind":"object"}']);
    expect(await receive(fifo, { MessageSystemAttributeNames: ['All'] })).toMatchObject([
      {
        Attributes: { MessageGroupId: 'g', MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    ]);
  });

  it('gives back the same state: handles, delays, deduplication, attempts and order', async () => {
    const first = openSqs();
    const { queue, send, receive, sqs, clock } = first;
    await queue('q', { Policy: '{"Statement": [ ]}', VisibilityTimeout: '20' });
    await queue('gone');
    await sqs.send(new GetQueueAttributesCommand({ QueueUrl: q, AttributeNames: ['All'] }));
    await send(q, 'received', { MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } } });
    await send(q, 'visible');
    await send(q, 'delayed', { DelaySeconds: 30 });
    const [held] = await receive(q);
    await queue('q.fifo', { ContentBasedDeduplication: 'true' });
    for (const message of ['a1', 'b1', 'a2', 'b2']) await send(fifo, message, { MessageGroupId: message[0] });
    await receive(fifo, { MaxNumberOfMessages: 2, ReceiveRequestAttemptId: 'try', VisibilityTimeout: 5 });
    await clock.advance(5000);

    const second = openSqs({ seed: 2 });
    await second.clock.runUntil(clock.now());
    const dumped = first.service.dump();
    second.service.load(json(dumped));
    expect(second.service.dump()).toEqual(dumped);
    expect(json(dumped)).toEqual(dumped);

    await second.sqs.send(new DeleteMessageCommand({ QueueUrl: q, ReceiptHandle: handleOf(held) }));
    expect(second.contents('q').map(({ body, state }) => [body, state])).toEqual([
      ['visible', 'visible'],
      ['delayed', 'delayed'],
    ]);
    const resent = { QueueUrl: fifo, MessageBody: 'a1', MessageGroupId: 'a' };
    await second.sqs.send(new SendMessageCommand(resent));
    expect(second.contents('q.fifo')).toHaveLength(4);
    for (const bench of [first, second]) {
      expect(await bench.bodies(fifo, { MaxNumberOfMessages: 10 })).toEqual(['b1', 'b2', 'a1', 'a2']);
    }
  });

  it('keeps names that cannot be used yet', async () => {
    const { service, queue, clock } = openSqs();
    const deletedAt = new Date(clock.now()).toISOString();
    service.load({ queues: [], recentlyDeleted: { q: deletedAt } });
    await expect(queue('q')).rejects.toMatchObject({ name: 'QueueDeletedRecently' });
    expect(service.dump()).toEqual({ queues: [], recentlyDeleted: { q: deletedAt } });
  });

  it.each([
    ['a queue without a name', { queues: [{}] }, 'queues[0].name'],
    ['a member that is not known', { queues: [{ name: 'q', colour: 'red' }] }, 'colour'],
    [
      'an attribute out of range',
      { queues: [{ name: 'q', attributes: { DelaySeconds: 901 } }] },
      'queue "q"',
    ],
    ['a name that ends in .fifo for a standard queue', { queues: [{ name: 'q.fifo' }] }, 'queue "q.fifo"'],
    ['a queue twice', { queues: [{ name: 'q' }, { name: 'q' }] }, 'it is listed twice'],
    [
      'a FIFO message without a group',
      { queues: [{ name: 'q.fifo', attributes: { FifoQueue: true }, messages: [{ body: 'm' }] }] },
      'needs a groupId',
    ],
    [
      'a dead-letter queue that is not there',
      {
        queues: [
          {
            name: 'q',
            attributes: { RedrivePolicy: { deadLetterTargetArn: arnOf('x'), maxReceiveCount: 1 } },
          },
        ],
      },
      'Dead letter target does not exist.',
    ],
    ['something else', 'queues', 'section "sqs"'],
  ])('says what is wrong with %s', (_what, section, message) => {
    expect(() => openSqs().service.load(section)).toThrow(message);
  });
});
