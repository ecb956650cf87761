import {
  CreateQueueCommand,
  type CreateQueueCommandInput,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SimulatorSwitches } from '../../../../src/simulator/region.ts';
import { type SqsService, sqsAmong } from '../../../../src/simulator/services/sqs/index.ts';
import type { QueuedMessage } from '../../../../src/simulator/services/sqs/message.ts';
import { type Bench, DEFAULT_ACCOUNT, DEFAULT_REGION, openBench } from '../../kit.ts';

/** An account with a real SQS client, and short words for what these tests do all the time. */
export interface SqsBench extends Bench {
  readonly sqs: SQSClient;
  readonly service: SqsService;
  /** Makes a queue and gives its URL; a name that ends in `.fifo` makes a FIFO queue. */
  queue(name: string, attributes?: CreateQueueCommandInput['Attributes']): Promise<string>;
  send(url: string, body: string, more?: Partial<SendMessageCommandInput>): Promise<string>;
  receive(url: string, more?: Partial<ReceiveMessageCommandInput>): Promise<Message[]>;
  /** Bodies of what a receive gives. */
  bodies(url: string, more?: Partial<ReceiveMessageCommandInput>): Promise<string[]>;
  contents(name: string): readonly QueuedMessage[];
}

export function openSqs(options: { switches?: Partial<SimulatorSwitches>; seed?: number } = {}): SqsBench {
  const bench = openBench(options);
  const sqs = new SQSClient({ ...bench.client(), useQueueUrlAsEndpoint: false });
  const service = sqsAmong(bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION));
  const receive = async (url: string, more: Partial<ReceiveMessageCommandInput> = {}) => {
    const output = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, ...more }));
    return output.Messages ?? [];
  };
  return {
    ...bench,
    sqs,
    service,
    receive,
    queue: async (name, attributes = {}) => {
      const all = { ...(name.endsWith('.fifo') ? { FifoQueue: 'true' } : {}), ...attributes };
      const output = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: all }));
      return output.QueueUrl ?? '';
    },
    send: async (url, body, more = {}) => {
      const output = await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...more }));
      return output.MessageId ?? '';
    },
    bodies: async (url, more = {}) => (await receive(url, more)).map((message) => message.Body ?? ''),
    contents: (name) => service.contents(name),
  };
}

/** The receipt handle of a message that must have one. */
export function handleOf(message: Message | undefined): string {
  if (message?.ReceiptHandle === undefined) throw new Error('no message was received');
  return message.ReceiptHandle;
}

export function arnOf(name: string): string {
  return `arn:aws:sqs:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:${name}`;
}
