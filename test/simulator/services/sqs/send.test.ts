import {
  BatchRequestTooLong,
  InvalidMessageContents,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { openSqs } from './kit.ts';

describe('SendMessage', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  it('answers with the ids and digests that SDKs check', async () => {
    const { sqs, queue } = openSqs();
    const url = await queue('q');
    const output = await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'msg',
        MessageAttributes: {
          'Help.Me': { DataType: 'String', StringValue: 'Me' },
          Hello: { DataType: 'String', StringValue: 'There' },
          General: { DataType: 'String', StringValue: 'Kenobi' },
        },
      }),
    );
    expect(output.MessageId).toMatch(/^[0-9a-f-]{36}$/);
    // Digests AWS itself answered with: localstack, tests/aws/services/sqs/test_sqs.snapshot.json
    expect(output.MD5OfMessageBody).toBe('6e2baaf3b97dbeef01c0043275f9a0e7');
    expect(output.MD5OfMessageAttributes).toBe('4c360f3fdafd970e05fae2f149d997f5');
    expect(output.SequenceNumber).toBeUndefined();
  });

  it('digests binary attributes by their bytes', async () => {
    const { sqs, queue } = openSqs();
    const value = Buffer.from('traceparent\u001e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01');
    const output = await sqs.send(
      new SendMessageCommand({
        QueueUrl: await queue('q'),
        MessageBody: 'test',
        MessageAttributes: { attr1: { DataType: 'Binary', BinaryValue: value } },
      }),
    );
    // From the same recording.
    expect(output.MD5OfMessageAttributes).toBe('8cbe4db156db8a94db8b801b7addb984');
  });

  it('keeps system attributes out of the digest of message attributes', async () => {
    const { sqs, queue, receive } = openSqs();
    const url = await queue('q');
    const trace = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1';
    const output = await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'test',
        MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: trace } },
      }),
    );
    expect(output.MD5OfMessageAttributes).toBeUndefined();
    expect(output.MD5OfMessageSystemAttributes).toMatch(/^[0-9a-f]{32}$/);
    const [message] = await receive(url, { MessageSystemAttributeNames: ['AWSTraceHeader'] });
    expect(message?.Attributes).toEqual({ AWSTraceHeader: trace });
  });

  it.each([
    ['an empty body', { MessageBody: '' }, 'MissingParameter'],
    ['a delay over fifteen minutes', { DelaySeconds: 901 }, 'InvalidParameterValue'],
    ['a negative delay', { DelaySeconds: -1 }, 'InvalidParameterValue'],
    [
      'a deduplication id, which standard queues have not',
      { MessageDeduplicationId: 'd' },
      'InvalidParameterValue',
    ],
    ['a group id with a space', { MessageGroupId: 'a b' }, 'InvalidParameterValue'],
    ['a group id of 129 characters', { MessageGroupId: 'x'.repeat(129) }, 'InvalidParameterValue'],
  ])('refuses %s', async (_what, more, code) => {
    const { queue, send } = openSqs();
    await expect(send(await queue('q'), 'body', more)).rejects.toMatchObject({ Code: code });
  });

  it.each(['\u0000', '\u0008', '\u001f', '\ufffe', '\uffff', '\ud800'])(
    'refuses the character %j in a body',
    async (character) => {
      const { queue, send, contents } = openSqs();
      const sent = send(await queue('q'), `a${character}b`);
      // A lone surrogate does not survive UTF-8 on the way and arrives as U+FFFD, which is allowed.
      if (character === '\ud800') await sent.catch(() => undefined);
      else await expect(sent).rejects.toBeInstanceOf(InvalidMessageContents);
      expect(contents('q').every(({ body }) => !body.includes(character))).toBe(true);
    },
  );

  it('takes tabs, line ends and characters of any plane', async () => {
    const { queue, send, bodies } = openSqs();
    const url = await queue('q');
    await send(url, 'a\t\r\n\u{1F600}\ufffd');
    expect(await bodies(url)).toEqual(['a\t\r\n\u{1F600}\ufffd']);
  });

  it('counts body and attributes in bytes against the limit of 1 MiB', async () => {
    const { queue, send } = openSqs();
    const url = await queue('q');
    const attribute = { a: { DataType: 'String', StringValue: 'xy' } };
    await send(url, 'é'.repeat(524_288));
    await expect(send(url, `${'é'.repeat(524_288)}x`)).rejects.toThrow(
      'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
    );
    await send(url, 'x'.repeat(1_048_576 - 9), { MessageAttributes: attribute });
    await expect(send(url, 'x'.repeat(1_048_576 - 8), { MessageAttributes: attribute })).rejects.toThrow(
      'shorter than 1048576 bytes',
    );
    const small = await queue('small', { MaximumMessageSize: '1024' });
    await expect(send(small, 'x'.repeat(1025))).rejects.toThrow('shorter than 1024 bytes');
  });

  it.each([
    ['AWS.x', { DataType: 'String', StringValue: 'v' }],
    ['amazon.x', { DataType: 'String', StringValue: 'v' }],
    ['.x', { DataType: 'String', StringValue: 'v' }],
    ['x.', { DataType: 'String', StringValue: 'v' }],
    ['x..y', { DataType: 'String', StringValue: 'v' }],
    ['a b', { DataType: 'String', StringValue: 'v' }],
    ['x'.repeat(257), { DataType: 'String', StringValue: 'v' }],
    ['type', { DataType: 'Text', StringValue: 'v' }],
    ['empty', { DataType: 'String', StringValue: '' }],
    ['number', { DataType: 'Number', StringValue: 'three' }],
    ['control', { DataType: 'String', StringValue: 'a\u0008' }],
    ['binary', { DataType: 'Binary', StringValue: 'text' }],
  ])('refuses the message attribute %s %j', async (name, attribute) => {
    const { queue, send } = openSqs();
    const sent = send(await queue('q'), 'body', { MessageAttributes: { [name]: attribute } });
    await expect(sent).rejects.toMatchObject({ Code: 'InvalidParameterValue' });
  });

  it('takes at most ten message attributes', async () => {
    const { queue, send } = openSqs();
    const url = await queue('q');
    const some = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `a${index}`,
          { DataType: 'Number.int', StringValue: '1' },
        ]),
      );
    await send(url, 'ten', { MessageAttributes: some(10) });
    await expect(send(url, 'eleven', { MessageAttributes: some(11) })).rejects.toMatchObject({
      Code: 'InvalidParameterValue',
    });
  });
});

describe('SendMessageBatch', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
  const entry = (
    id: string,
    more: Partial<SendMessageBatchRequestEntry> = {},
  ): SendMessageBatchRequestEntry => ({
    Id: id,
    MessageBody: `body ${id}`,
    ...more,
  });
  const batch = (url: string, entries: SendMessageBatchRequestEntry[]) =>
    new SendMessageBatchCommand({ QueueUrl: url, Entries: entries });

  it('row 73: sends what it can and reports the others as failed, with HTTP 200', async () => {
    const { sqs, queue, contents } = openSqs();
    const url = await queue('q', { MaximumMessageSize: '1024' });
    const output = await sqs.send(
      batch(url, [
        entry('a'),
        entry('b', { MessageBody: 'x'.repeat(1025) }),
        entry('c', { MessageBody: '\u0001' }),
      ]),
    );
    expect(output.Successful?.map(({ Id }) => Id)).toEqual(['a']);
    expect(output.Failed).toMatchObject([
      { Id: 'b', Code: 'InvalidParameterValue', SenderFault: true },
      { Id: 'c', Code: 'InvalidMessageContents', SenderFault: true },
    ]);
    expect(contents('q').map(({ body }) => body)).toEqual(['body a']);
  });

  it.each([
    ['no entries', [], 'EmptyBatchRequest'],
    [
      'eleven entries',
      Array.from({ length: 11 }, (_, index) => entry(`e${index}`)),
      'TooManyEntriesInBatchRequest',
    ],
    ['an id twice', [entry('a'), entry('a')], 'BatchEntryIdsNotDistinct'],
    ['an empty id', [entry('')], 'InvalidBatchEntryId'],
    ['an id with a colon', [entry('a:b')], 'InvalidBatchEntryId'],
    ['an id of 81 letters', [entry('a'.repeat(81))], 'InvalidBatchEntryId'],
  ])('refuses a batch with %s', async (_what, entries, name) => {
    const { sqs, queue, contents } = openSqs();
    const url = await queue('q');
    await expect(sqs.send(batch(url, entries))).rejects.toMatchObject({ name });
    expect(contents('q')).toEqual([]);
  });

  it('refuses more than 1 MiB in all', async () => {
    const { sqs, queue } = openSqs();
    const url = await queue('q');
    const half = 'x'.repeat(524_288);
    await sqs.send(batch(url, [entry('a', { MessageBody: half }), entry('b', { MessageBody: half })]));
    const error = await sqs
      .send(batch(url, [entry('a', { MessageBody: half }), entry('b', { MessageBody: `${half}x` })]))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BatchRequestTooLong);
    expect(error).toMatchObject({
      message: 'Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.',
    });
  });

  it('fails as a whole when a FIFO queue misses a group or a deduplication id', async () => {
    const { sqs, queue } = openSqs();
    const url = await queue('q.fifo');
    const group = { MessageGroupId: 'g' };
    const ids = { ...group, MessageDeduplicationId: 'd' };
    await expect(sqs.send(batch(url, [entry('a', ids), entry('b', group)]))).rejects.toThrow(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
    await expect(
      sqs.send(batch(url, [entry('a', ids), entry('b', { MessageDeduplicationId: 'e' })])),
    ).rejects.toThrow('The request must contain the parameter MessageGroupId.');
  });
});
