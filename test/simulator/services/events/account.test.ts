import {
  CreateClusterCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { ecsTarget, openEvents, QUEUE } from './kit.ts';

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

describe('a scheduled rule', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html
  it('starts a task of the account, in the name of the rule', async () => {
    const bench = openEvents();
    const ecs = new ECSClient(bench.client());
    await ecs.send(new CreateClusterCommand({ clusterName: 'main' }));
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'shop-scheduler',
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: '256',
        memory: '512',
        containerDefinitions: [{ name: 'web', image: 'shop:1' }],
      }),
    );
    const target = ecsTarget('a');
    const EcsParameters = {
      ...target.EcsParameters,
      TaskDefinitionArn: taskDefinition?.taskDefinitionArn ?? '',
    };
    const Input = JSON.stringify({ containerOverrides: [{ name: 'web', command: ['ping'] }] });
    await bench.events.send(new PutRuleCommand({ Name: 'shop-0', ScheduleExpression: 'rate(1 minute)' }));
    await bench.events.send(
      new PutTargetsCommand({ Rule: 'shop-0', Targets: [{ ...target, Input, EcsParameters }] }),
    );
    await bench.clock.advance(2 * 60_000 - 1);
    expect(bench.service.failedInvocations()).toEqual([]);
    const found = new ListTasksCommand({ cluster: 'main', startedBy: 'events-rule/shop-0' });
    expect((await ecs.send(found)).taskArns).toHaveLength(1);
  });
});
