import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { openEvents, QUEUE } from './kit.ts';

const RULE = 'arn:aws:events:us-east-1:123456789012:rule/watch';

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: QUEUE,
      Condition: { ArnEquals: { 'aws:SourceArn': RULE } },
    },
  ],
});

describe('a parameter change on its way through the account', () => {
  // https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
  it('rows 50 and 75: reaches the queue of a rule once the policy of the queue lets it', async () => {
    const bench = openEvents();
    const sqs = new SQSClient(bench.client());
    const ssm = new SSMClient(bench.client());
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'intake' }));
    await bench.events.send(new PutRuleCommand({ Name: 'watch', EventPattern: '{"source":["aws.ssm"]}' }));
    const Targets = [{ Id: 'q', Arn: QUEUE, InputPath: '$.detail' }];
    await bench.events.send(new PutTargetsCommand({ Rule: 'watch', Targets }));
    const change = async (Value: string) => {
      await ssm.send(new PutParameterCommand({ Name: '/a', Value, Type: 'String', Overwrite: true }));
      await bench.clock.advance(0);
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      return Messages?.map(({ Body }) => JSON.parse(Body ?? ''));
    };
    expect(await change('one')).toBeUndefined();
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: POLICY } }));
    await bench.clock.advance(60_000);
    expect(await change('two')).toEqual([{ operation: 'Update', name: '/a', type: 'String' }]);
    expect(bench.service.failedInvocations()).toHaveLength(1);
  });
});
