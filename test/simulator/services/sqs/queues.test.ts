import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  paginateListQueues,
  QueueDeletedRecently,
  QueueDoesNotExist,
  QueueNameExists,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { arnOf, openSqs } from './kit.ts';

describe('CreateQueue', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
  it('makes a standard queue with the defaults AWS documents', async () => {
    const { sqs, queue } = openSqs();
    const url = await queue('intake');
    expect(url).toBe('https://sqs.us-east-1.amazonaws.com/123456789012/intake');
    const output = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    expect(output.Attributes).toEqual({
      QueueArn: arnOf('intake'),
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      CreatedTimestamp: '1767614400',
      LastModifiedTimestamp: '1767614400',
      DelaySeconds: '0',
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      ReceiveMessageWaitTimeSeconds: '0',
      VisibilityTimeout: '30',
      SqsManagedSseEnabled: 'true',
    });
  });

  it('makes a FIFO queue only with FifoQueue and a name that ends in .fifo', async () => {
    const { sqs, queue } = openSqs();
    const url = await queue('work.fifo', { FifoQueue: 'True', ContentBasedDeduplication: 'true' });
    const output = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    expect(output.Attributes).toMatchObject({
      FifoQueue: 'true',
      ContentBasedDeduplication: 'true',
      DeduplicationScope: 'queue',
      FifoThroughputLimit: 'perQueue',
    });
    const create = (name: string, attributes: Record<string, string>) =>
      sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    const invalid = { Code: 'InvalidParameterValue' };
    await expect(create('work', { FifoQueue: 'true' })).rejects.toMatchObject(invalid);
    await expect(create('other.fifo', {})).rejects.toMatchObject(invalid);
    await expect(create('a/b', {})).rejects.toMatchObject(invalid);
    await expect(create('x'.repeat(81), {})).rejects.toMatchObject(invalid);
    await expect(create('plain', { FifoQueue: 'false' })).rejects.toThrow('Unknown Attribute FifoQueue.');
  });

  it('gives the same queue for the same attributes and refuses different ones', async () => {
    const { queue } = openSqs();
    const url = await queue('q', { DelaySeconds: '1', VisibilityTimeout: '5' });
    expect(await queue('q', { DelaySeconds: '1' })).toBe(url);
    expect(await queue('q')).toBe(url);
    const error = await queue('q', { DelaySeconds: '2' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(QueueNameExists);
    expect(error).toMatchObject({
      message: 'A queue already exists with the same name and a different value for attribute DelaySeconds',
    });
  });

  it.each<[Record<string, string>, string]>([
    [{ DelaySeconds: '901' }, 'InvalidAttributeValue'],
    [{ DelaySeconds: 'soon' }, 'InvalidAttributeValue'],
    [{ VisibilityTimeout: '43201' }, 'InvalidAttributeValue'],
    [{ MessageRetentionPeriod: '59' }, 'InvalidAttributeValue'],
    [{ MaximumMessageSize: '1048577' }, 'InvalidAttributeValue'],
    [{ ReceiveMessageWaitTimeSeconds: '21' }, 'InvalidAttributeValue'],
    [{ Policy: 'no json' }, 'InvalidAttributeValue'],
    [{ Colour: 'red' }, 'InvalidAttributeName'],
    [{ DeduplicationScope: 'queue' }, 'InvalidAttributeName'],
  ])('refuses %j', async (attributes, name) => {
    await expect(openSqs().queue('q', attributes)).rejects.toMatchObject({ name });
  });

  it('refuses a name for sixty seconds after its queue was deleted', async () => {
    const { sqs, queue, clock } = openSqs();
    const url = await queue('q');
    await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'q' }))).rejects.toBeInstanceOf(
      QueueDoesNotExist,
    );
    await clock.advance(59_999);
    await expect(queue('q')).rejects.toBeInstanceOf(QueueDeletedRecently);
    await clock.advance(1);
    expect(await queue('q')).toBe(url);
  });
});

describe('queue URLs', () => {
  it('count by their last two parts, so that any host works', async () => {
    const { queue, send, contents } = openSqs();
    await queue('q');
    await send('http://127.0.0.1:4566/123456789012/q', 'over HTTP');
    await send('q', 'by name');
    expect(contents('q').map(({ body }) => body)).toEqual(['over HTTP', 'by name']);
    await expect(send('http://127.0.0.1:4566/999999999999/q', 'foreign')).rejects.toBeInstanceOf(
      QueueDoesNotExist,
    );
  });

  it('are found by name', async () => {
    const { sqs, queue } = openSqs();
    const url = await queue('q');
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'q' }))).QueueUrl).toBe(url);
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'r' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      Code: 'AWS.SimpleQueueService.NonExistentQueue',
      message: 'The specified queue does not exist.',
    });
  });
});

describe('ListQueues', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
  it('filters by prefix and gives a token only with MaxResults', async () => {
    const { sqs, queue } = openSqs();
    expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls).toBeUndefined();
    for (const name of ['a-1', 'a-2', 'a-3', 'b-1']) await queue(name);
    const all = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'a-' }));
    expect(all.QueueUrls).toHaveLength(3);
    expect(all.NextToken).toBeUndefined();
    const pages: number[] = [];
    for await (const page of paginateListQueues({ client: sqs, pageSize: 3 }, {})) {
      pages.push(page.QueueUrls?.length ?? 0);
    }
    expect(pages).toEqual([3, 1]);
    await expect(sqs.send(new ListQueuesCommand({ NextToken: '!', MaxResults: 1 }))).rejects.toThrow('token');
    await expect(sqs.send(new ListQueuesCommand({ MaxResults: 1001 }))).rejects.toThrow('MaxResults');
  });
});

describe('SetQueueAttributes', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
  it('changes attributes, removes policies set to nothing, and notes when', async () => {
    const { sqs, queue, clock } = openSqs();
    const url = await queue('q', { Policy: '{"Statement":[]}' });
    await clock.advance(5000);
    const changes = { VisibilityTimeout: '77', Policy: '' };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: changes }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({ VisibilityTimeout: '77', LastModifiedTimestamp: '1767614405' });
    expect(Attributes).not.toHaveProperty('Policy');
  });

  it('does not change the type of a queue, and knows what only FIFO queues have', async () => {
    const { sqs, queue } = openSqs();
    const fifo = await queue('q.fifo');
    const standard = await queue('q');
    const set = (url: string, attributes: Record<string, string>) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes }));
    await expect(set(fifo, { FifoQueue: 'false' })).rejects.toThrow('Modifying queue type is not supported.');
    await expect(set(standard, { FifoQueue: 'true' })).rejects.toThrow('Unknown Attribute FifoQueue.');
    await expect(set(fifo, { FifoThroughputLimit: 'perMessageGroupId' })).rejects.toMatchObject({
      name: 'InvalidAttributeValue',
    });
    await set(fifo, { FifoThroughputLimit: 'perMessageGroupId', DeduplicationScope: 'messageGroup' });
  });

  it('uses one kind of encryption at a time', async () => {
    const { sqs, queue } = openSqs();
    const url = await queue('q');
    const set = (attributes: Record<string, string>) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes }));
    await expect(set({ KmsMasterKeyId: 'key', SqsManagedSseEnabled: 'true' })).rejects.toThrow('SSE');
    await set({ KmsMasterKeyId: 'key' });
    const names = ['SqsManagedSseEnabled', 'KmsMasterKeyId'] as const;
    const output = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }),
    );
    expect(output.Attributes).toEqual({ SqsManagedSseEnabled: 'false', KmsMasterKeyId: 'key' });
  });
});

describe('GetQueueAttributes', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
  it('gives what is asked for: nothing unless said, and no unknown names', async () => {
    const { sqs, queue, send, receive } = openSqs();
    const url = await queue('q');
    await send(url, 'one');
    await send(url, 'two');
    await send(url, 'three', { DelaySeconds: 60 });
    await receive(url);
    const get = (names: string[] | undefined) =>
      sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: names as never }));
    expect((await get(undefined)).Attributes).toBeUndefined();
    const counts = await get([
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
    ]);
    expect(Object.values(counts.Attributes ?? {})).toEqual(['1', '1', '1']);
    await expect(get(['Nonsense'])).rejects.toMatchObject({ name: 'InvalidAttributeName' });
  });
});

describe('PurgeQueue', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
  it('deletes visible, delayed and received messages, once in sixty seconds', async () => {
    const { sqs, queue, send, receive, contents, clock } = openSqs();
    const url = await queue('q');
    await send(url, 'received');
    await receive(url);
    await send(url, 'visible');
    await send(url, 'delayed', { DelaySeconds: 9 });
    await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(contents('q')).toEqual([]);
    await expect(sqs.send(new PurgeQueueCommand({ QueueUrl: url }))).rejects.toMatchObject({
      name: 'PurgeQueueInProgress',
      message: 'Only one PurgeQueue operation on q is allowed every 60 seconds.',
    });
    await clock.advance(60_000);
    await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
  });

  it('forgets deduplication ids', async () => {
    const { sqs, queue, send, bodies } = openSqs();
    const url = await queue('q.fifo');
    const ids = { MessageGroupId: 'g', MessageDeduplicationId: 'd' };
    await send(url, 'first', ids);
    await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
    await send(url, 'second', ids);
    expect(await bodies(url)).toEqual(['second']);
  });
});

describe('DeleteQueue', () => {
  it('takes the messages along and ends long polls', async () => {
    const { sqs, queue, send, receive, clock, contents } = openSqs();
    const url = await queue('q');
    await send(url, 'hidden', { DelaySeconds: 900 });
    const poll = receive(url, { WaitTimeSeconds: 20 }).catch((thrown: unknown) => thrown);
    await clock.advance(1000);
    await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    expect(await poll).toBeInstanceOf(QueueDoesNotExist);
    expect(contents('q')).toEqual([]);
    await expect(sqs.send(new DeleteQueueCommand({ QueueUrl: url }))).rejects.toBeInstanceOf(
      QueueDoesNotExist,
    );
  });
});

describe('tags of queues', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html
  it('are set, replaced, listed and removed', async () => {
    const { sqs } = openSqs();
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q', tags: { a: '1', b: '' } }));
    const list = async () => (await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags;
    expect(await list()).toEqual({ a: '1', b: '' });
    await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { a: '2', A: 'x' } }));
    await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['b', 'none'] }));
    expect(await list()).toEqual({ a: '2', A: 'x' });
    await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['a', 'A'] }));
    expect(await list()).toBeUndefined();
    await expect(sqs.send(new TagQueueCommand({ QueueUrl, Tags: { 'aws:x': '1' } }))).rejects.toMatchObject({
      Code: 'InvalidParameterValue',
    });
  });
});

describe('ListDeadLetterSourceQueues', () => {
  it('names the queues that send their dead letters here', async () => {
    const { sqs, queue } = openSqs();
    const dead = await queue('dead');
    const redrive = JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 3 });
    const source = await queue('source', { RedrivePolicy: redrive });
    await queue('other');
    const output = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
    expect(output.queueUrls).toEqual([source]);
  });
});

describe('permissions', () => {
  it('are asked for on the queue', async () => {
    const denial = { action: 'sqs:SendMessage', resource: arnOf('secret') };
    const { queue, send } = openSqs({ switches: { denials: [denial] } });
    await send(await queue('open'), 'in');
    await expect(send(await queue('secret'), 'out')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
