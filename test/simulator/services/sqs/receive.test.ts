import { ChangeMessageVisibilityCommand, OverLimit } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { handleOf, openSqs } from './kit.ts';

describe('ReceiveMessage', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
  it('gives one message unless asked for more, in order of arrival, and at most ten', async () => {
    const { queue, send, bodies } = openSqs();
    const url = await queue('q');
    for (let index = 0; index < 13; index += 1) await send(url, `m${index}`);
    expect(await bodies(url)).toEqual(['m0']);
    expect(await bodies(url, { MaxNumberOfMessages: 10 })).toHaveLength(10);
    expect(await bodies(url, { MaxNumberOfMessages: 10 })).toEqual(['m11', 'm12']);
    expect(await bodies(url, { MaxNumberOfMessages: 10 })).toEqual([]);
    await expect(bodies(url, { MaxNumberOfMessages: 11 })).rejects.toThrow(
      'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    );
    await expect(bodies(url, { MaxNumberOfMessages: 0 })).rejects.toThrow('MaxNumberOfMessages');
    await expect(bodies(url, { WaitTimeSeconds: 21 })).rejects.toThrow(
      'Must be >= 0 and <= 20, if provided.',
    );
    await expect(bodies(url, { VisibilityTimeout: 43_201 })).rejects.toThrow('VisibilityTimeout');
  });

  it('hides a message until exactly the visibility timeout', async () => {
    const { queue, send, bodies, clock } = openSqs();
    const url = await queue('q', { VisibilityTimeout: '10' });
    await send(url, 'm');
    await bodies(url);
    await clock.advance(9999);
    expect(await bodies(url)).toEqual([]);
    await clock.advance(1);
    expect(await bodies(url, { VisibilityTimeout: 3 })).toEqual(['m']);
    await clock.advance(2999);
    expect(await bodies(url)).toEqual([]);
    await clock.advance(1);
    expect(await bodies(url)).toEqual(['m']);
  });

  it('does not give one message twice in a call when it is not hidden at all', async () => {
    const { queue, send, bodies } = openSqs();
    const url = await queue('q');
    await send(url, 'a');
    await send(url, 'b');
    const visible = { VisibilityTimeout: 0, MaxNumberOfMessages: 10 };
    expect(await bodies(url, visible)).toEqual(['a', 'b']);
    expect(await bodies(url, visible)).toEqual(['a', 'b']);
  });

  it('delays by message or by queue, to the millisecond', async () => {
    const { queue, send, bodies, clock } = openSqs();
    const url = await queue('q', { DelaySeconds: '5', VisibilityTimeout: '3600' });
    await send(url, 'by queue');
    await send(url, 'by message', { DelaySeconds: 900 });
    await send(url, 'not at all', { DelaySeconds: 0 });
    expect(await bodies(url, { MaxNumberOfMessages: 10 })).toEqual(['not at all']);
    await clock.advance(4999);
    expect(await bodies(url)).toEqual([]);
    await clock.advance(1);
    expect(await bodies(url)).toEqual(['by queue']);
    await clock.advance(894_999);
    expect(await bodies(url)).toEqual([]);
    await clock.advance(1);
    expect(await bodies(url)).toEqual(['by message']);
  });

  it('deletes messages that are older than the retention period, received or not', async () => {
    const { queue, send, receive, contents, clock } = openSqs();
    const url = await queue('q', { MessageRetentionPeriod: '60' });
    await send(url, 'received');
    await receive(url, { VisibilityTimeout: 600 });
    await send(url, 'visible');
    await clock.advance(59_999);
    expect(contents('q')).toHaveLength(2);
    await clock.advance(1);
    expect(contents('q')).toEqual([]);
  });

  it('gives system attributes by name, by the older member too, and refuses unknown ones', async () => {
    const { queue, send, receive, clock } = openSqs();
    const url = await queue('q', { VisibilityTimeout: '0' });
    await send(url, 'm', { MessageGroupId: 'tenant' });
    await clock.advance(1500);
    const [first] = await receive(url, { MessageSystemAttributeNames: ['All'] });
    const sentAt = Date.UTC(2026, 0, 5, 12);
    expect(first?.Attributes).toEqual({
      SenderId: 'AKIAEXAMPLE',
      SentTimestamp: String(sentAt),
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: String(sentAt + 1500),
      MessageGroupId: 'tenant',
    });
    await clock.advance(1000);
    const [second] = await receive(url, {
      AttributeNames: ['ApproximateReceiveCount'] as never,
      MessageSystemAttributeNames: ['ApproximateFirstReceiveTimestamp'],
    });
    expect(second?.Attributes).toEqual({
      ApproximateReceiveCount: '2',
      ApproximateFirstReceiveTimestamp: String(sentAt + 1500),
    });
    expect((await receive(url))[0]?.Attributes).toBeUndefined();
    await expect(receive(url, { MessageSystemAttributeNames: ['Colour'] as never })).rejects.toMatchObject({
      name: 'InvalidAttributeName',
    });
  });

  it('gives message attributes by name, prefix or all, with a digest of those given', async () => {
    const { queue, send, receive } = openSqs();
    const url = await queue('q', { VisibilityTimeout: '0' });
    const value = (text: string) => ({ DataType: 'String', StringValue: text });
    const attributes = { 'Help.Me': value('Me'), Hello: value('There'), General: value('Kenobi') };
    await send(url, 'msg', { MessageAttributes: attributes });
    const ask = async (names: string[]) => (await receive(url, { MessageAttributeNames: names }))[0];
    expect((await ask([]))?.MessageAttributes).toBeUndefined();
    expect((await ask(['Foo', 'Help']))?.MD5OfMessageAttributes).toBeUndefined();
    expect((await ask(['All']))?.MessageAttributes).toEqual(attributes);
    // The digests AWS answered with: localstack, tests/aws/services/sqs/test_sqs.snapshot.json
    expect((await ask(['.*']))?.MD5OfMessageAttributes).toBe('4c360f3fdafd970e05fae2f149d997f5');
    expect((await ask(['Hello', 'General']))?.MD5OfMessageAttributes).toBe(
      'fca026605781cb4126a1e9044df24232',
    );
    expect((await ask(['Foo', 'Hello']))?.MD5OfMessageAttributes).toBe('a311262e065454b75da111d535b8dacd');
    expect((await ask(['Hel.*']))?.MD5OfMessageAttributes).toBe('83fee93c1bcd8b9a5a923ffacdc636c7');
  });
});

describe('long polls', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
  it('end empty after their time', async () => {
    const { queue, bodies, clock } = openSqs();
    const url = await queue('q', { ReceiveMessageWaitTimeSeconds: '3' });
    let endedAt = 0;
    const startedAt = clock.now();
    const poll = bodies(url).finally(() => {
      endedAt = clock.now();
    });
    await clock.advance(10_000);
    expect(await poll).toEqual([]);
    expect(endedAt - startedAt).toBe(3000);
  });

  it('are woken at once by a send', async () => {
    const { queue, send, bodies, clock } = openSqs();
    const url = await queue('q');
    let endedAt = 0;
    const startedAt = clock.now();
    const poll = bodies(url, { WaitTimeSeconds: 20 }).finally(() => {
      endedAt = clock.now();
    });
    await clock.advance(7000);
    await send(url, 'm');
    await clock.advance(1000);
    expect(await poll).toEqual(['m']);
    expect(endedAt - startedAt).toBe(7000);
  });

  it('are woken at the instant at which a message becomes visible', async () => {
    const { queue, send, bodies, receive, clock } = openSqs();
    const url = await queue('q', { VisibilityTimeout: '4' });
    await send(url, 'received');
    await receive(url);
    await send(url, 'delayed', { DelaySeconds: 9 });
    const startedAt = clock.now();
    const instants: number[] = [];
    const poll = () => bodies(url, { WaitTimeSeconds: 20, VisibilityTimeout: 600 });
    const polls = [poll(), poll()].map((one) => one.finally(() => instants.push(clock.now() - startedAt)));
    await clock.advance(20_000);
    expect(await Promise.all(polls)).toEqual([['received'], ['delayed']]);
    expect(instants).toEqual([4000, 9000]);
  });

  it('are woken by a visibility timeout that somebody ends', async () => {
    const { sqs, queue, send, bodies, receive, clock } = openSqs();
    const url = await queue('q');
    await send(url, 'm');
    const [message] = await receive(url);
    const poll = bodies(url, { WaitTimeSeconds: 20 });
    await clock.advance(2000);
    const change = { QueueUrl: url, ReceiptHandle: handleOf(message), VisibilityTimeout: 0 };
    await sqs.send(new ChangeMessageVisibilityCommand(change));
    expect(await poll).toEqual(['m']);
  });

  it('share messages: who waits longest is first', async () => {
    const { queue, send, bodies, clock } = openSqs();
    const url = await queue('q');
    const polls = [1, 2, 3].map(() => bodies(url, { WaitTimeSeconds: 20, MaxNumberOfMessages: 10 }));
    await clock.advance(100);
    await send(url, 'one');
    await send(url, 'two');
    await clock.advance(20_000);
    expect(await Promise.all(polls)).toEqual([['one'], ['two'], []]);
  });

  it('leave no timer behind: the clock has nothing to run when nobody waits', async () => {
    const { queue, send, receive, bodies, clock } = openSqs();
    const url = await queue('q');
    await send(url, 'delayed', { DelaySeconds: 900 });
    await send(url, 'received');
    await receive(url);
    const poll = bodies(url, { WaitTimeSeconds: 1 });
    await clock.advance(1000);
    expect(await poll).toEqual([]);
    await expect(clock.waitFor('something', () => false, 30 * 86_400_000)).rejects.toThrow('waited');
  });
});

describe('the limit of 120,000 messages in flight', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
  const full = (name: string) => {
    const { service, ...bench } = openSqs();
    const until = new Date(bench.clock.now() + 600_000).toISOString();
    const messages = Array.from({ length: 120_000 }, (_, index) => ({
      body: 'm',
      groupId: `g${index}`,
      receipt: index + 1,
      receiveCount: 1,
      visibleAt: until,
    }));
    const attributes = name.endsWith('.fifo') ? { FifoQueue: true } : {};
    service.load({
      queues: [{ name, attributes, messages: [...messages, { body: 'next', groupId: 'next' }] }],
    });
    return bench;
  };

  it('is an error for short polls of standard queues, and silence for long ones', async () => {
    const { bodies, clock } = full('q');
    await expect(bodies('https://sqs/123456789012/q')).rejects.toBeInstanceOf(OverLimit);
    const poll = bodies('https://sqs/123456789012/q', { WaitTimeSeconds: 2 });
    await clock.advance(2000);
    expect(await poll).toEqual([]);
  });

  it('gives no error and no messages in FIFO queues', async () => {
    const { bodies, clock } = full('q.fifo');
    expect(await bodies('https://sqs/123456789012/q.fifo')).toEqual([]);
    await clock.advance(600_000);
    expect(await bodies('https://sqs/123456789012/q.fifo')).toEqual(['next']);
  });
});
