import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { openBench } from '../../kit.ts';

describe('the rate of a FIFO queue', () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
  it('is 300 calls a second for each action, and that of a standard queue has no bound', async () => {
    const bench = openBench({ switches: { limits: true } });
    const sqs = new SQSClient({ ...bench.client(), useQueueUrlAsEndpoint: false });
    const fifo = await sqs.send(
      new CreateQueueCommand({ QueueName: 'a.fifo', Attributes: { FifoQueue: 'true' } }),
    );
    const plain = await sqs.send(new CreateQueueCommand({ QueueName: 'b' }));
    const send = (index: number) =>
      sqs.send(
        new SendMessageCommand({
          QueueUrl: fifo.QueueUrl,
          MessageBody: 'x',
          MessageGroupId: 'g',
          MessageDeduplicationId: `${index}`,
        }),
      );
    for (let index = 0; index < 300; index += 1) await send(index);
    await expect(send(300)).rejects.toMatchObject({ name: 'RequestThrottled' });
    for (let index = 0; index < 310; index += 1) {
      await sqs.send(new SendMessageCommand({ QueueUrl: plain.QueueUrl, MessageBody: 'x' }));
    }
    await bench.clock.advance(1000);
    await send(301);
  });
});
