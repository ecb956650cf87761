import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  MessageNotInflight,
  ReceiptHandleIsInvalid,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { handleOf, openSqs, type SqsBench } from './kit.ts';

const remove = ({ sqs }: SqsBench, url: string, handle: string) =>
  sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: handle }));

const hide = ({ sqs }: SqsBench, url: string, handle: string, seconds: number) =>
  sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: handle, VisibilityTimeout: seconds }),
  );

/** A queue with one message that was received; visible again after ten seconds. */
async function received(name: string) {
  const bench = openSqs();
  const url = await bench.queue(name, { VisibilityTimeout: '10' });
  const ids = name.endsWith('.fifo') ? { MessageGroupId: 'g', MessageDeduplicationId: 'd' } : {};
  await bench.send(url, 'm', ids);
  const [message] = await bench.receive(url);
  return { ...bench, url, handle: handleOf(message) };
}

describe('DeleteMessage', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
  it('deletes, and deletes again without complaint', async () => {
    const bench = await received('q');
    await remove(bench, bench.url, bench.handle);
    expect(bench.contents('q')).toEqual([]);
    await remove(bench, bench.url, bench.handle);
  });

  it('row 73: deletes from a standard queue after the visibility timeout, if nobody received it since', async () => {
    const bench = await received('q');
    await bench.clock.advance(10_000);
    await remove(bench, bench.url, bench.handle);
    expect(bench.contents('q')).toEqual([]);
  });

  it('row 73: does nothing, silently, with an old handle of a standard queue', async () => {
    const bench = await received('q');
    await bench.clock.advance(10_000);
    const [again] = await bench.receive(bench.url);
    expect(handleOf(again)).not.toBe(bench.handle);
    await remove(bench, bench.url, bench.handle);
    expect(bench.contents('q')).toHaveLength(1);
    await remove(bench, bench.url, handleOf(again));
    expect(bench.contents('q')).toEqual([]);
  });

  // API_ReceiveMessage.html, ReceiveRequestAttemptId: "if a consumer whose message processing time is longer than
  // the visibility timeout tries to delete the processed messages, the action fails with an error"
  it('is refused by a FIFO queue once the visibility timeout is over', async () => {
    const bench = await received('q.fifo');
    await bench.clock.advance(9_999);
    await hide(bench, bench.url, bench.handle, 5);
    await bench.clock.advance(5_000);
    await expect(remove(bench, bench.url, bench.handle)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: `Value ${bench.handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
    });
    const [again] = await bench.receive(bench.url);
    await expect(remove(bench, bench.url, bench.handle)).rejects.toThrow('The receipt handle has expired.');
    await remove(bench, bench.url, handleOf(again));
    expect(bench.contents('q.fifo')).toEqual([]);
  });

  it('refuses handles that SQS did not make, or made for another queue', async () => {
    const bench = await received('q');
    const other = await bench.queue('other');
    for (const [url, handle] of [
      [bench.url, 'garbage'],
      [bench.url, 'AQEBgarbage'],
      [bench.url, `${bench.handle}A`],
      [other, bench.handle],
    ] as const) {
      const error = await remove(bench, url, handle).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ReceiptHandleIsInvalid);
      expect(error).toMatchObject({
        message: `The input receipt handle "${handle}" is not a valid receipt handle.`,
      });
    }
  });

  it('does not reach a message of a queue that was deleted and made again', async () => {
    const bench = await received('q');
    bench.service.load({ queues: [{ name: 'q', messages: [{ body: 'new' }] }] });
    await remove(bench, bench.url, bench.handle);
    expect(bench.contents('q')).toMatchObject([{ body: 'new' }]);
  });
});

describe('ChangeMessageVisibility', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
  it('counts from now: extends, shortens and ends', async () => {
    const bench = await received('q');
    await bench.clock.advance(9_000);
    await hide(bench, bench.url, bench.handle, 10);
    await bench.clock.advance(9_999);
    expect(await bench.bodies(bench.url)).toEqual([]);
    await bench.clock.advance(1);
    const [again] = await bench.receive(bench.url);
    await hide(bench, bench.url, handleOf(again), 0);
    expect(await bench.bodies(bench.url)).toEqual(['m']);
  });

  it('does not change the timeout of the next receive', async () => {
    const bench = await received('q');
    await hide(bench, bench.url, bench.handle, 100);
    await bench.clock.advance(100_000);
    expect(await bench.bodies(bench.url)).toEqual(['m']);
    await bench.clock.advance(10_000);
    expect(await bench.bodies(bench.url)).toEqual(['m']);
  });

  it.each(['q', 'q.fifo'])('is refused when the message of %s is not in flight any more', async (name) => {
    const bench = await received(name);
    await bench.clock.advance(10_000);
    await expect(hide(bench, bench.url, bench.handle, 10)).rejects.toBeInstanceOf(MessageNotInflight);
    expect(await bench.bodies(bench.url)).toEqual(['m']);
  });

  it.each(['q', 'q.fifo'])(
    'of %s is refused when somebody else received it, or it is deleted',
    async (name) => {
      const bench = await received(name);
      await bench.clock.advance(10_000);
      const [again] = await bench.receive(bench.url);
      const unavailable = 'Message does not exist or is not available for visibility timeout change.';
      await expect(hide(bench, bench.url, bench.handle, 10)).rejects.toThrow(unavailable);
      await remove(bench, bench.url, handleOf(again));
      const gone = hide(bench, bench.url, handleOf(again), 10);
      await expect(gone).rejects.toMatchObject({ name: 'InvalidParameterValue' });
      await expect(gone).rejects.toThrow(unavailable);
    },
  );

  it('row 73: keeps a message for twelve hours after its receive at most', async () => {
    const bench = await received('q');
    await hide(bench, bench.url, bench.handle, 43_200);
    await bench.clock.advance(1_000);
    await expect(hide(bench, bench.url, bench.handle, 43_200)).rejects.toThrow(
      'Total VisibilityTimeout for the message is beyond the limit [43200 seconds]',
    );
    await hide(bench, bench.url, bench.handle, 43_199);
    await expect(hide(bench, bench.url, bench.handle, 43_201)).rejects.toThrow('VisibilityTimeout');
    await expect(hide(bench, bench.url, bench.handle, -1)).rejects.toThrow('VisibilityTimeout');
    await expect(hide(bench, bench.url, 'garbage', 1)).rejects.toBeInstanceOf(ReceiptHandleIsInvalid);
  });
});

describe('batches of handles', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
  it('row 73: fail in part, with HTTP 200', async () => {
    const bench = await received('q');
    const deleted = await bench.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: bench.url,
        Entries: [
          { Id: 'good', ReceiptHandle: bench.handle },
          { Id: 'bad', ReceiptHandle: 'garbage' },
        ],
      }),
    );
    expect(deleted.Successful).toEqual([{ Id: 'good' }]);
    expect(deleted.Failed).toMatchObject([{ Id: 'bad', Code: 'ReceiptHandleIsInvalid', SenderFault: true }]);
    expect(bench.contents('q')).toEqual([]);
  });

  it('have a code of their own for expired handles of FIFO queues', async () => {
    const bench = await received('q.fifo');
    await bench.clock.advance(10_000);
    const Entries = [{ Id: 'a', ReceiptHandle: bench.handle }];
    const output = await bench.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: bench.url, Entries }));
    expect(output.Failed).toMatchObject([
      { Id: 'a', Code: 'ReceiptHandleIsInvalid', Message: 'The receipt handle has expired' },
    ]);
  });

  it('change visibility entry by entry', async () => {
    const bench = await received('q');
    const output = await bench.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: bench.url,
        Entries: [
          { Id: 'good', ReceiptHandle: bench.handle, VisibilityTimeout: 60 },
          { Id: 'long', ReceiptHandle: bench.handle, VisibilityTimeout: 43_201 },
        ],
      }),
    );
    expect(output.Successful).toEqual([{ Id: 'good' }]);
    expect(output.Failed).toMatchObject([{ Id: 'long', Code: 'InvalidParameterValue' }]);
    await bench.clock.advance(59_999);
    expect(await bench.bodies(bench.url)).toEqual([]);
    await bench.clock.advance(1);
    expect(await bench.bodies(bench.url)).toEqual(['m']);
    await expect(
      bench.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: bench.url, Entries: [] })),
    ).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
  });
});
