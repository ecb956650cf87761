import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { loadWorld } from '../../src/simulator/world.ts';
import { type Bench, openBench } from './kit.ts';

const ROLE = 'arn:aws:iam::123456789012:role/shop';
const TAGS = [{ key: 'a', value: 'b' }];
const CONTAINER = { name: 'web', image: 'example.com/app:1', memory: 128 };
const SCOPE = {
  ServiceNamespace: 'ecs',
  ScalableDimension: 'ecs:service:DesiredCount',
  ResourceId: 'service/main/shop-web',
};
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:orders';
const PAGE = 'https://docs.aws.amazon.com';

interface Row {
  readonly call: string;
  readonly input: Record<string, unknown>;
  /** What is asked for, in order; a condition key stands behind the action. */
  readonly needs: readonly string[];
  readonly source: string;
}

/** What a call needs leave for beside itself, each with AWS's page for it. */
const ROWS: readonly Row[] = [
  {
    call: 'autoscaling RegisterScalableTarget',
    input: { ...SCOPE, MinCapacity: 1, MaxCapacity: 2, Tags: { a: 'b' } },
    needs: [
      'application-autoscaling:RegisterScalableTarget ecs',
      'ecs:DescribeServices',
      'ecs:UpdateService',
      'application-autoscaling:TagResource',
    ],
    source: `${PAGE}/autoscaling/application/userguide/security_iam_permission_validation.html`,
  },
  {
    call: 'autoscaling PutScalingPolicy',
    input: {
      ...SCOPE,
      PolicyName: 'cpu',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 50,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      },
    },
    needs: [
      'application-autoscaling:PutScalingPolicy ecs',
      'ecs:DescribeServices',
      'ecs:UpdateService',
      'cloudwatch:DescribeAlarms',
      'cloudwatch:PutMetricAlarm',
      'cloudwatch:DeleteAlarms',
    ],
    source: `${PAGE}/AmazonECS/latest/developerguide/auto-scaling-IAM.html`,
  },
  {
    call: 'ecs RegisterTaskDefinition',
    input: {
      family: 'shop-web',
      containerDefinitions: [CONTAINER],
      taskRoleArn: ROLE,
      executionRoleArn: ROLE,
      tags: TAGS,
    },
    needs: [
      'ecs:RegisterTaskDefinition',
      'ecs:TagResource',
      'iam:PassRole ecs-tasks.amazonaws.com',
      'iam:PassRole ecs-tasks.amazonaws.com',
    ],
    source: `${PAGE}/AmazonECS/latest/developerguide/task-iam-roles.html`,
  },
  {
    call: 'ecs RunTask',
    input: {
      cluster: 'main',
      taskDefinition: 'shop-web:1',
      overrides: { taskRoleArn: ROLE },
      tags: TAGS,
      launchType: 'EC2',
    },
    needs: ['ecs:RunTask', 'iam:PassRole ecs-tasks.amazonaws.com', 'ecs:TagResource'],
    source: `${PAGE}/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html`,
  },
  {
    call: 'ecs CreateService',
    input: {
      cluster: 'main',
      serviceName: 'shop-clock',
      taskDefinition: 'shop-web:1',
      desiredCount: 0,
      role: ROLE,
      tags: TAGS,
    },
    needs: ['ecs:CreateService', 'iam:PassRole ecs.amazonaws.com', 'ecs:TagResource'],
    source: `${PAGE}/AmazonECS/latest/APIReference/API_CreateService.html`,
  },
  {
    call: 'events PutRule',
    input: {
      Name: 'nightly',
      ScheduleExpression: 'rate(1 day)',
      Tags: [{ Key: 'a', Value: 'b' }],
    },
    needs: ['events:PutRule', 'events:TagResource'],
    source: `${PAGE}/eventbridge/latest/APIReference/API_PutRule.html`,
  },
  {
    call: 'events PutTargets',
    input: {
      Rule: 'hourly',
      Targets: [
        {
          Id: 'task',
          Arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/main',
          RoleArn: ROLE,
          EcsParameters: {
            TaskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/shop-web:1',
          },
        },
      ],
    },
    needs: ['events:PutTargets', 'iam:PassRole events.amazonaws.com'],
    source: `${PAGE}/eventbridge/latest/userguide/eb-events-iam-roles.html`,
  },
  {
    call: 'sqs CreateQueue',
    input: { QueueName: 'orders', tags: { a: 'b' } },
    needs: ['sqs:CreateQueue', 'sqs:TagQueue'],
    source: `${PAGE}/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html`,
  },
  {
    call: 'ssm PutParameter',
    input: { Name: '/a', Value: 'b', Type: 'String', Tags: [{ Key: 'a', Value: 'b' }] },
    needs: ['ssm:PutParameter', 'ssm:AddTagsToResource'],
    source: `${PAGE}/systems-manager/latest/APIReference/API_PutParameter.html`,
  },
  {
    call: 'dynamodb TransactWriteItems',
    input: {
      TransactItems: [
        { Put: { TableName: 'records', Item: { id: { S: 'a' } } } },
        { Delete: { TableName: 'records', Key: { id: { S: 'b' } } } },
      ],
    },
    needs: ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
    source: `${PAGE}/amazondynamodb/latest/developerguide/transaction-apis-iam.html`,
  },
];

let bench: Bench;
let asked: string[] = [];
/** What is not allowed; nothing unless said. */
let refused: string | undefined;

async function call(name: string, input: Record<string, unknown>): Promise<unknown> {
  const [service = '', operation = ''] = name.split(' ');
  const caller = { client: 'somebody', accessKey: 'any' };
  return bench.simulator.answer({
    account: DEFAULT_ACCOUNT,
    region: DEFAULT_REGION,
    service,
    operation,
    input,
    caller,
  });
}

beforeEach(async () => {
  bench = openBench();
  refused = undefined;
  loadWorld(bench.simulator, {
    version: 1,
    accounts: [{ id: DEFAULT_ACCOUNT, region: DEFAULT_REGION, ecs: { clusters: [{ name: 'main' }] } }],
  });
  await call('ecs RegisterTaskDefinition', { family: 'shop-web', containerDefinitions: [CONTAINER] });
  await call('ecs CreateService', {
    cluster: 'main',
    serviceName: 'shop-web',
    taskDefinition: 'shop-web:1',
    desiredCount: 1,
  });
  await call('autoscaling RegisterScalableTarget', { ...SCOPE, MinCapacity: 1, MaxCapacity: 2 });
  await call('autoscaling DeregisterScalableTarget', SCOPE);
  await call('events PutRule', { Name: 'hourly', ScheduleExpression: 'rate(1 hour)' });
  await call('sqs CreateQueue', { QueueName: QUEUE.slice(QUEUE.lastIndexOf(':') + 1, -1) });
  await call('dynamodb CreateTable', {
    TableName: 'records',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  await bench.clock.advance(30_000);
  asked = [];
  bench.simulator.switches.permits = ({ action, keys }) => {
    asked.push([action, Object.values(keys)[0]].filter(Boolean).join(' '));
    return action !== refused;
  };
});

describe('a call', () => {
  it.each(ROWS)(
    'of $call needs leave for all AWS says it does ($source)',
    async ({ call: name, input, needs }) => {
      if (name.endsWith('PutScalingPolicy')) {
        await call('autoscaling RegisterScalableTarget', { ...SCOPE, MinCapacity: 1, MaxCapacity: 2 });
        asked = [];
      }
      await call(name, input).catch(() => {});
      expect(asked.toSorted()).toEqual(needs.toSorted());
    },
  );

  it.each(ROWS)('of $call is denied when one of them is', async ({ call: name, input, needs }) => {
    if (name.endsWith('PutScalingPolicy'))
      await call('autoscaling RegisterScalableTarget', { ...SCOPE, MinCapacity: 1, MaxCapacity: 2 });
    for (const need of needs) {
      refused = need.split(' ')[0];
      await expect(call(name, input)).rejects.toThrow(
        /is not authorized to perform: .* no identity-based policy/,
      );
    }
  });
});
