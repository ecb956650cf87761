import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { handleOf, openSqs, type SqsBench } from './kit.ts';

const url = 'https://sqs.us-east-1.amazonaws.com/123456789012/q.fifo';

/** A FIFO queue that deduplicates by content, with messages written `group:name`. */
async function withMessages(messages: string[], attributes: Record<string, string> = {}): Promise<SqsBench> {
  const bench = openSqs();
  await bench.queue('q.fifo', { ContentBasedDeduplication: 'true', ...attributes });
  for (const message of messages) await bench.send(url, message, { MessageGroupId: message.split(':')[0] });
  return bench;
}

const change = (bench: SqsBench, handle: string, seconds: number) =>
  bench.sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: handle, VisibilityTimeout: seconds }),
  );

const remove = (bench: SqsBench, handle: string) =>
  bench.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: handle }));

describe('order in FIFO queues', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
  it('gives as many messages of one group as possible before those of another', async () => {
    const bench = await withMessages(['a:1', 'b:1', 'a:2', 'b:2', 'a:3']);
    expect(await bench.bodies(url, { MaxNumberOfMessages: 10 })).toEqual(['a:1', 'a:2', 'a:3', 'b:1', 'b:2']);
  });

  it('gives nothing of a group while its messages are in flight, and other groups meanwhile', async () => {
    const bench = await withMessages(['a:1', 'a:2', 'b:1']);
    expect(await bench.bodies(url)).toEqual(['a:1']);
    expect(await bench.bodies(url, { MaxNumberOfMessages: 10 })).toEqual(['b:1']);
    await bench.send(url, 'a:3', { MessageGroupId: 'a' });
    expect(await bench.bodies(url, { MaxNumberOfMessages: 10 })).toEqual([]);
  });

  it('goes on with a group when all that was received of it is deleted, not before', async () => {
    const bench = await withMessages(['a:1', 'a:2', 'a:3']);
    const [first, second] = await bench.receive(url, { MaxNumberOfMessages: 2 });
    await remove(bench, handleOf(first));
    expect(await bench.bodies(url)).toEqual([]);
    await remove(bench, handleOf(second));
    expect(await bench.bodies(url)).toEqual(['a:3']);
  });

  it('gives a batch that was not deleted again from its start', async () => {
    const bench = await withMessages(['a:1', 'a:2', 'a:3']);
    await bench.receive(url, { MaxNumberOfMessages: 2, VisibilityTimeout: 5 });
    await bench.clock.advance(5000);
    expect(await bench.bodies(url, { MaxNumberOfMessages: 10 })).toEqual(['a:1', 'a:2', 'a:3']);
  });

  // "subsequent messages in that group are not made available until the in-flight message is either deleted or the
  // visibility timeout expires": SQS sqs-visibility-timeout.html. AWS's answers are recorded in localstack,
  // tests/aws/services/sqs/test_sqs.py::test_fifo_group_visibility_extends_with_change_message_visibility
  it.each([
    [0, []],
    [1, ['a:1']],
    [2, ['a:1', 'a:2']],
  ])('holds back what comes after message %i, which is still hidden', async (extended, expected) => {
    const bench = await withMessages(['a:1', 'a:2', 'a:3']);
    const messages = await bench.receive(url, { MaxNumberOfMessages: 3, VisibilityTimeout: 1 });
    await change(bench, handleOf(messages[extended]), 4);
    await bench.clock.advance(2500);
    expect(await bench.bodies(url, { MaxNumberOfMessages: 5 })).toEqual(expected);
  });

  it('wakes a long poll when the last message in flight of a group is deleted', async () => {
    const bench = await withMessages(['a:1', 'a:2']);
    const [first] = await bench.receive(url);
    const poll = bench.bodies(url, { WaitTimeSeconds: 20 });
    await bench.clock.advance(3000);
    await remove(bench, handleOf(first));
    expect(await poll).toEqual(['a:2']);
  });

  it('frees a group whose message in flight expires', async () => {
    const bench = await withMessages(['a:1'], { MessageRetentionPeriod: '60' });
    await bench.receive(url, { VisibilityTimeout: 600 });
    await bench.clock.advance(50_000);
    await bench.send(url, 'a:2', { MessageGroupId: 'a' });
    const poll = bench.bodies(url, { WaitTimeSeconds: 20 });
    await bench.clock.advance(10_000);
    expect(await poll).toEqual(['a:2']);
  });
});

describe('deduplication', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
  const ids = { MessageGroupId: 'g', MessageDeduplicationId: 'd' };
  const send = (bench: SqsBench, body: string, more = {}) =>
    bench.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...ids, ...more }));

  it('row 74: lasts five minutes from the first send, also after the message was deleted', async () => {
    const bench = await withMessages([]);
    const first = await send(bench, 'one');
    const [message] = await bench.receive(url);
    await remove(bench, handleOf(message));
    await bench.clock.advance(299_999);
    const duplicate = await send(bench, 'two');
    expect(duplicate.MessageId).toBe(first.MessageId);
    expect(duplicate.SequenceNumber).toBe(first.SequenceNumber);
    expect(bench.contents('q.fifo')).toEqual([]);
    await bench.clock.advance(1);
    expect((await send(bench, 'three')).MessageId).not.toBe(first.MessageId);
    expect(await bench.bodies(url)).toEqual(['three']);
  });

  it('goes by content when the queue says so, with the SHA-256 of the body as id', async () => {
    const bench = await withMessages(['a:1', 'a:1']);
    await send(bench, 'a:1', { MessageDeduplicationId: undefined });
    const [message, ...others] = await bench.receive(url, {
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['MessageDeduplicationId'],
    });
    expect(others).toEqual([]);
    const digest = message?.Attributes?.MessageDeduplicationId ?? '';
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    // "the two messages are treated as duplicates": API_SendMessage.html
    await send(bench, 'another body', { MessageDeduplicationId: digest });
    expect(bench.contents('q.fifo')).toHaveLength(1);
  });

  it('holds across groups, unless its scope is the group', async () => {
    const bench = await withMessages([]);
    await send(bench, 'one');
    await send(bench, 'two', { MessageGroupId: 'h' });
    expect(bench.contents('q.fifo')).toHaveLength(1);
    const Attributes = { DeduplicationScope: 'messageGroup' };
    await bench.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    await send(bench, 'three');
    await send(bench, 'four', { MessageGroupId: 'h' });
    expect(bench.contents('q.fifo')).toHaveLength(3);
  });

  it('needs an id or content, and a group', async () => {
    const bench = openSqs();
    await bench.queue('q.fifo');
    await expect(send(bench, 'm', { MessageDeduplicationId: undefined })).rejects.toThrow(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
    await expect(send(bench, 'm', { MessageGroupId: undefined })).rejects.toMatchObject({
      name: 'MissingParameter',
      message: 'The request must contain the parameter MessageGroupId.',
    });
    await expect(send(bench, 'm', { MessageGroupId: 'x'.repeat(129) })).rejects.toThrow('MessageGroupId');
    await expect(send(bench, 'm', { MessageDeduplicationId: 'a b' })).rejects.toThrow(
      'MessageDeduplicationId',
    );
  });

  it('counts sequence numbers up', async () => {
    const bench = await withMessages([]);
    const numbers: bigint[] = [];
    for (const id of ['1', '2', '3']) {
      const output = await send(bench, id, { MessageDeduplicationId: id });
      numbers.push(BigInt(output.SequenceNumber ?? ''));
      expect(output.SequenceNumber).toHaveLength(20);
    }
    expect([...numbers].sort((a, b) => (a < b ? -1 : 1))).toEqual(numbers);
    const [message] = await bench.receive(url, { MessageSystemAttributeNames: ['All'] });
    expect(message?.Attributes).toMatchObject({
      MessageGroupId: 'g',
      MessageDeduplicationId: '1',
      SequenceNumber: String(numbers[0]),
    });
  });
});

describe('delay in FIFO queues', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
  it('belongs to the queue: a message with its own is refused, and zero means the queue’s', async () => {
    const bench = await withMessages([], { DelaySeconds: '3' });
    await expect(bench.send(url, 'm', { MessageGroupId: 'a', DelaySeconds: 2 })).rejects.toThrow(
      'Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.',
    );
    await bench.send(url, 'm', { MessageGroupId: 'a', DelaySeconds: 0 });
    expect(await bench.bodies(url)).toEqual([]);
    await bench.clock.advance(3000);
    expect(await bench.bodies(url)).toEqual(['m']);
  });

  it('changes for messages that wait already', async () => {
    const bench = await withMessages(['a:1'], { DelaySeconds: '600' });
    await bench.clock.advance(10_000);
    const poll = bench.bodies(url, { WaitTimeSeconds: 20 });
    const Attributes = { DelaySeconds: '12' };
    await bench.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    await bench.clock.advance(2000);
    expect(await poll).toEqual(['a:1']);
  });
});

describe('ReceiveRequestAttemptId', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
  const attempt = { ReceiveRequestAttemptId: 'try', MaxNumberOfMessages: 10, VisibilityTimeout: 10 };

  it('gives the same messages and handles again, and hides them anew', async () => {
    const bench = await withMessages(['a:1', 'a:2']);
    const first = await bench.receive(url, attempt);
    await bench.clock.advance(8000);
    const second = await bench.receive(url, attempt);
    expect(second).toEqual(first);
    await bench.clock.advance(8000);
    expect(await bench.bodies(url)).toEqual([]);
    await bench.clock.advance(2000);
    expect(await bench.bodies(url)).toEqual(['a:1']);
  });

  it('gives other messages once one of them was deleted or its visibility changed', async () => {
    const bench = await withMessages(['a:1', 'b:1']);
    const [first] = await bench.receive(url, { ...attempt, MaxNumberOfMessages: 1 });
    await change(bench, handleOf(first), 30);
    expect(await bench.bodies(url, attempt)).toEqual(['b:1']);
  });

  it('is forgotten after five minutes, and unknown to standard queues', async () => {
    const bench = await withMessages(['a:1']);
    await bench.receive(url, { ...attempt, VisibilityTimeout: 600 });
    await bench.clock.advance(300_000);
    expect(await bench.bodies(url, attempt)).toEqual([]);
    const standard = await bench.queue('q');
    await expect(bench.receive(standard, attempt)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });
});
