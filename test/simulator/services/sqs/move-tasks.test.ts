import {
  CancelMessageMoveTaskCommand,
  DeleteQueueCommand,
  ListMessageMoveTasksCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { arnOf, openSqs, type SqsBench } from './kit.ts';

/** `dead` holds `count` letters of `q`. */
async function withLetters(count: number): Promise<SqsBench> {
  const bench = openSqs();
  const RedrivePolicy = { deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 1 };
  const messages = Array.from({ length: count }, (_, index) => ({
    body: `m${index}`,
    messageId: `id-${index}`,
    receiveCount: 2,
    receivesHere: 0,
    deadLetterSourceArn: arnOf('q'),
  }));
  bench.service.load({
    queues: [{ name: 'q', attributes: { RedrivePolicy } }, { name: 'dead', messages }, { name: 'other' }],
  });
  return bench;
}

const start = (
  { sqs }: SqsBench,
  more: { DestinationArn?: string; MaxNumberOfMessagesPerSecond?: number } = {},
) => sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('dead'), ...more }));

const list = async ({ sqs }: SqsBench) =>
  (await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf('dead'), MaxResults: 10 }))).Results;

describe('message move tasks', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
  it('bring dead letters back to where they came from, as new messages', async () => {
    const bench = await withLetters(3);
    const { TaskHandle } = await start(bench);
    expect(await list(bench)).toEqual([
      {
        TaskHandle,
        Status: 'RUNNING',
        SourceArn: arnOf('dead'),
        ApproximateNumberOfMessagesMoved: 0,
        ApproximateNumberOfMessagesToMove: 3,
        StartedTimestamp: bench.clock.now(),
      },
    ]);
    await bench.clock.advance(1000);
    expect(bench.contents('dead')).toEqual([]);
    expect(bench.contents('q')).toMatchObject([
      { body: 'm0', receiveCount: 0, sentAt: bench.clock.now() },
      { body: 'm1' },
      { body: 'm2' },
    ]);
    expect(bench.contents('q')[0]?.messageId).not.toBe('id-0');
    const [task] = (await list(bench)) ?? [];
    expect(task).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 3 });
    expect(task).not.toHaveProperty('TaskHandle');
  });

  it('move so many a second to a queue of choice, until cancelled', async () => {
    const bench = await withLetters(10);
    const { TaskHandle } = await start(bench, {
      DestinationArn: arnOf('other'),
      MaxNumberOfMessagesPerSecond: 2,
    });
    await expect(start(bench)).rejects.toThrow('There is already a task running.');
    await bench.clock.advance(2500);
    expect(bench.contents('other')).toHaveLength(4);
    const output = await bench.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    expect(output.ApproximateNumberOfMessagesMoved).toBe(4);
    await bench.clock.advance(10_000);
    expect(bench.contents('dead')).toHaveLength(6);
    expect(await list(bench)).toMatchObject([{ Status: 'CANCELLED', MaxNumberOfMessagesPerSecond: 2 }]);
    await expect(bench.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }))).rejects.toThrow(
      'Task does not exist.',
    );
    await start(bench);
    await bench.clock.advance(5000);
    expect((await list(bench))?.map(({ Status }) => Status)).toEqual(['COMPLETED', 'CANCELLED']);
  });

  it('fail when the destination goes away, or nobody knows where a message came from', async () => {
    const bench = await withLetters(2);
    await start(bench, { DestinationArn: arnOf('other') });
    await bench.sqs.send(new DeleteQueueCommand({ QueueUrl: 'https://sqs/123456789012/other' }));
    await bench.clock.advance(1000);
    expect(await list(bench)).toMatchObject([
      { Status: 'FAILED', FailureReason: 'AWS.SimpleQueueService.NonExistentQueue' },
    ]);
    await bench.send('https://sqs/123456789012/dead', 'sent here by hand');
    await start(bench);
    await bench.clock.advance(1000);
    expect(await list(bench)).toMatchObject([
      {
        Status: 'FAILED',
        FailureReason: 'CouldNotDetermineMessageSource',
        ApproximateNumberOfMessagesMoved: 2,
      },
      {},
    ]);
  });

  it('need a dead-letter queue, a destination of its type and a sensible rate', async () => {
    const bench = await withLetters(1);
    await bench.queue('other.fifo');
    const task = (SourceArn: string) => bench.sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
    await expect(task(arnOf('q'))).rejects.toThrow('Source queue must be configured as a Dead Letter Queue.');
    await expect(task(arnOf('none'))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(task('nonsense')).rejects.toThrow('You must use this format to specify the SourceArn');
    await expect(start(bench, { DestinationArn: arnOf('none') })).rejects.toThrow('DestinationArn');
    await expect(start(bench, { DestinationArn: arnOf('other.fifo') })).rejects.toThrow('same type');
    await expect(start(bench, { MaxNumberOfMessagesPerSecond: 501 })).rejects.toThrow('PerSecond');
    const cancel = (TaskHandle: string) => bench.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    await expect(cancel('nonsense')).rejects.toThrow('Value for parameter TaskHandle is invalid.');
  });

  it('go on after a dump and load', async () => {
    const bench = await withLetters(4);
    await start(bench, { MaxNumberOfMessagesPerSecond: 1 });
    await bench.clock.advance(1500);
    const dumped = bench.service.dump();
    bench.service.load(JSON.parse(JSON.stringify(dumped)));
    expect(bench.service.dump()).toEqual(dumped);
    await bench.clock.advance(2500);
    expect(bench.contents('dead')).toEqual([]);
    expect(bench.contents('q')).toHaveLength(4);
  });
});
