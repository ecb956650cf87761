import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { arnOf, handleOf, openSqs, type SqsBench } from './kit.ts';

const redriveTo = (name: string, maxReceiveCount: number | string) =>
  JSON.stringify({ deadLetterTargetArn: arnOf(name), maxReceiveCount });

/** Queue `q` whose messages go to `dead` after two receives. */
async function withDeadLetters(suffix: '' | '.fifo' = ''): Promise<SqsBench & { q: string; dead: string }> {
  const bench = openSqs();
  const common = suffix === '' ? {} : { ContentBasedDeduplication: 'true' };
  const dead = await bench.queue(`dead${suffix}`, { ...common, MessageRetentionPeriod: '1209600' });
  const RedrivePolicy = redriveTo(`dead${suffix}`, 2);
  const q = await bench.queue(`q${suffix}`, { ...common, VisibilityTimeout: '10', RedrivePolicy });
  return { ...bench, q, dead };
}

describe('dead-letter queues', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
  it('get a message when it would be received once more than maxReceiveCount', async () => {
    const { q, dead, send, receive, bodies, clock, contents } = await withDeadLetters();
    const id = await send(q, 'poison');
    expect(await bodies(q)).toEqual(['poison']);
    await clock.advance(10_000);
    expect(await bodies(q)).toEqual(['poison']);
    await clock.advance(10_000);
    expect(contents('q')).toHaveLength(1);
    expect(await bodies(q)).toEqual([]);
    expect(contents('q')).toEqual([]);
    const [letter] = await receive(dead, { MessageSystemAttributeNames: ['All'] });
    expect(letter).toMatchObject({
      MessageId: id,
      Body: 'poison',
      Attributes: {
        ApproximateReceiveCount: '3',
        DeadLetterQueueSourceArn: arnOf('q'),
        SentTimestamp: String(Date.UTC(2026, 0, 5, 12)),
      },
    });
  });

  it('wake those who wait there, without a further receive by hand', async () => {
    const { q, dead, send, bodies, receive, clock } = await withDeadLetters();
    await send(q, 'poison');
    await receive(q);
    await clock.advance(10_000);
    await receive(q);
    const worker = bodies(q, { WaitTimeSeconds: 20 });
    const undertaker = bodies(dead, { WaitTimeSeconds: 20 });
    await clock.advance(10_000);
    expect(await undertaker).toEqual(['poison']);
    await clock.advance(10_000);
    expect(await worker).toEqual([]);
  });

  it('release the group of a FIFO queue when its head moves there', async () => {
    const { q, dead, send, receive, bodies, clock } = await withDeadLetters('.fifo');
    const id = await send(q, 'poison', { MessageGroupId: 'g', MessageDeduplicationId: 'd' });
    await send(q, 'next', { MessageGroupId: 'g' });
    await receive(q);
    await clock.advance(10_000);
    await receive(q);
    await clock.advance(10_000);
    expect(await bodies(q, { MaxNumberOfMessages: 10 })).toEqual(['next']);
    // "the original message's deduplication ID will be replaced with the original message's ID":
    // sqs-configure-dead-letter-queue-redrive.html
    const [letter] = await receive(dead, { MessageSystemAttributeNames: ['All'] });
    expect(letter?.MessageId).toBe(id);
    expect(letter?.Attributes).toMatchObject({ MessageGroupId: 'g', MessageDeduplicationId: id });
  });

  it('count receives of this queue anew after the redrive policy was met elsewhere', async () => {
    const { dead, q, send, receive, bodies, clock, queue, sqs } = await withDeadLetters();
    await queue('deeper');
    const Attributes = { RedrivePolicy: redriveTo('deeper', 1), VisibilityTimeout: '1' };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: dead, Attributes }));
    await send(q, 'poison');
    for (let round = 0; round < 3; round += 1) {
      await receive(q);
      await clock.advance(10_000);
    }
    expect(await bodies(dead)).toEqual(['poison']);
    await clock.advance(1_000);
    expect(await bodies(dead)).toEqual([]);
  });

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
  it.each([
    ['', 0],
    ['.fifo', 1],
  ] as const)('keep the age of a message unless they are FIFO (%s)', async (suffix, left) => {
    const { q, sqs, dead, send, receive, clock, contents } = await withDeadLetters(suffix);
    const Attributes = { MessageRetentionPeriod: '60' };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: dead, Attributes }));
    await send(q, 'poison', suffix === '' ? {} : { MessageGroupId: 'g' });
    for (let round = 0; round < 3; round += 1) {
      await receive(q);
      await clock.advance(10_000);
    }
    await clock.advance(30_000);
    expect(contents(`dead${suffix}`)).toHaveLength(left);
  });

  it('that are gone leave their messages where they are', async () => {
    const { q, dead, send, receive, bodies, clock, sqs } = await withDeadLetters();
    await send(q, 'poison');
    await sqs.send(new DeleteQueueCommand({ QueueUrl: dead }));
    for (let round = 0; round < 3; round += 1) {
      await receive(q);
      await clock.advance(10_000);
    }
    expect(await bodies(q)).toEqual(['poison']);
  });

  it('do not get a message that is deleted or put back in time', async () => {
    const { q, send, receive, sqs, contents } = await withDeadLetters();
    await send(q, 'm');
    const [first] = await receive(q);
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: q,
        ReceiptHandle: handleOf(first),
        VisibilityTimeout: 0,
      }),
    );
    const [second] = await receive(q);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: q, ReceiptHandle: handleOf(second) }));
    expect(contents('q')).toEqual([]);
    expect(contents('dead')).toEqual([]);
  });
});

describe('RedrivePolicy', () => {
  it.each([
    ['no target', '{"maxReceiveCount":1}', 'deadLetterTargetArn'],
    ['no count', `{"deadLetterTargetArn":"${arnOf('dead')}"}`, 'maxReceiveCount'],
    ['a target that is no ARN', '{"deadLetterTargetArn":"dummy","maxReceiveCount":1}', 'deadLetterTargetArn'],
    ['a target that does not exist', redriveTo('none', 1), 'Dead letter target does not exist.'],
    ['a count of zero', redriveTo('dead', 0), 'maxReceiveCount'],
    ['a count of 1001', redriveTo('dead', 1001), 'maxReceiveCount'],
    ['a count that is no number', redriveTo('dead', 'many'), 'maxReceiveCount'],
    ['a FIFO queue for a standard one', redriveTo('dead.fifo', 1), 'same type'],
    ['the queue itself', redriveTo('q', 1), 'another queue'],
  ])('refuses %s', async (_what, policy, message) => {
    const bench = openSqs();
    await bench.queue('dead');
    await bench.queue('dead.fifo');
    await expect(bench.queue('q', { RedrivePolicy: policy })).rejects.toThrow(message);
  });

  it('takes the count as text too, and is removed by nothing', async () => {
    const { q, sqs } = await withDeadLetters();
    const set = (RedrivePolicy: string) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl: q, Attributes: { RedrivePolicy } }));
    const get = () =>
      sqs.send(new GetQueueAttributesCommand({ QueueUrl: q, AttributeNames: ['RedrivePolicy'] }));
    await set(redriveTo('dead', '42'));
    expect((await get()).Attributes).toEqual({ RedrivePolicy: redriveTo('dead', '42') });
    await set('');
    expect((await get()).Attributes).toBeUndefined();
  });

  it('is refused by a dead-letter queue that does not allow the source', async () => {
    const bench = openSqs();
    await bench.queue('closed', { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
    const allowed = { redrivePermission: 'byQueue', sourceQueueArns: [arnOf('friend')] };
    await bench.queue('choosy', { RedriveAllowPolicy: JSON.stringify(allowed) });
    await expect(bench.queue('q', { RedrivePolicy: redriveTo('closed', 1) })).rejects.toThrow(
      'does not allow',
    );
    await expect(bench.queue('q', { RedrivePolicy: redriveTo('choosy', 1) })).rejects.toThrow(
      'does not allow',
    );
    await bench.queue('friend', { RedrivePolicy: redriveTo('choosy', 1) });
    await expect(
      bench.queue('x', { RedriveAllowPolicy: '{"redrivePermission":"some"}' }),
    ).rejects.toMatchObject({
      name: 'InvalidAttributeValue',
    });
  });
});
