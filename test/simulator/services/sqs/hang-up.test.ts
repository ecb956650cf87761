import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/compose.ts';
import { Simulator } from '../../../../src/simulator/account.ts';
import { type SimulatorServer, serveSimulator } from '../../../../src/simulator/server.ts';

let server: SimulatorServer | undefined;
afterEach(() => server?.close());

describe('a receiver that hangs up during its long poll', () => {
  it('is handed nothing, so the next one gets the message at once', async () => {
    server = await serveSimulator(new Simulator({ clock: systemClock }), { port: 0 });
    const sqs = new SQSClient({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
      useQueueUrlAsEndpoint: false,
    });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'a' }));
    const hangUp = new AbortController();
    const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
      abortSignal: hangUp.signal,
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    hangUp.abort();
    await expect(poll).rejects.toMatchObject({ name: 'AbortError' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'for the living' }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
    expect(Messages?.map((message) => message.Body)).toEqual(['for the living']);
    sqs.destroy();
  });
});
