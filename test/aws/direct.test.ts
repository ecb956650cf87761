import {
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { CreateTableCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { ListRulesCommand, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import {
  DeleteParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import type { Clients } from '../../src/aws/clients.ts';
import { classify } from '../../src/aws/errors.ts';
import { createPassScope } from '../../src/aws/scope.ts';
import { LeaseLostError } from '../../src/reconcile/errors.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { type AwsBench, appKey, openAws, openLease } from './kit.ts';

/** The same account twice: asked through the whole SDK, and without it in between. */
function openBoth(faults: () => Fault[] = () => []): { sdk: AwsBench; direct: AwsBench } {
  return {
    sdk: openAws({ switches: { faults: faults() } }),
    direct: openAws({ switches: { faults: faults() }, isDirect: true }),
  };
}

type Ask = (clients: Clients) => Promise<unknown>;

/** What somebody sees who calls: the answer or the error, but for what only the wire has. */
async function seen(aws: AwsBench, ask: Ask): Promise<unknown> {
  try {
    const answer = await aws.during(ask(aws.clients));
    return plain(answer);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { name, message } = error;
    return {
      name,
      message,
      kind: classify(error).kind,
      members: plain({ ...error }),
      made: error.constructor.name,
    };
  }
}

/** Without the raw response, ids of requests and what the SDK notes of its waits. Dates stay dates. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array)
    return value;
  const { $metadata, $response, ...rest } = value as Record<string, unknown> & {
    $metadata?: Record<string, unknown>;
  };
  const members = Object.entries(rest).map(([name, member]) => [name, plain(member)]);
  const status =
    $metadata === undefined ? {} : { status: $metadata.httpStatusCode, attempts: $metadata.attempts };
  return { ...Object.fromEntries(members), ...status };
}

function calls(aws: AwsBench) {
  return aws.simulator.calls.map(({ at, service, operation, input, code, account, region }) => ({
    at,
    service,
    operation,
    input,
    code,
    account,
    region,
  }));
}

async function expectSame(asks: readonly Ask[], faults?: () => Fault[]): Promise<unknown[]> {
  const { sdk, direct } = openBoth(faults);
  const answers: unknown[] = [];
  for (const ask of asks) {
    const [through, without] = [await seen(sdk, ask), await seen(direct, ask)];
    expect(without).toEqual(through);
    answers.push(without);
  }
  expect(calls(direct)).toEqual(calls(sdk));
  expect(direct.records).toEqual(sdk.records);
  return answers;
}

const NAME = '/apppack/apps/shop/scaling';
const put =
  (value = '{"web":1}'): Ask =>
  ({ ssm }) =>
    ssm.send(new PutParameterCommand({ Name: NAME, Type: 'String', Overwrite: true, Value: value }));
const get: Ask = ({ ssm }) => ssm.send(new GetParameterCommand({ Name: NAME }));

const createItems = () =>
  new CreateTableCommand({
    TableName: 'items',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  });

const taskDefinition: Ask = ({ ecsOnce }) =>
  ecsOnce.send(
    new RegisterTaskDefinitionCommand({
      family: 'shop-web',
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      containerDefinitions: [
        { name: 'app', image: 'shop:1', environment: [{ name: 'PORT', value: '80' }], command: undefined },
      ],
      tags: [{ key: 'app', value: 'shöp' }],
    }),
  );

describe('asking a simulated account directly', () => {
  it('gives what the SDK gives, instants, blobs, lists and maps included', async () => {
    const answers = await expectSame([
      put(),
      get,
      ({ ssm }) => ssm.send(new GetParametersByPathCommand({ Path: '/apppack/apps', Recursive: true })),
      ({ ssm }) => ssm.send(new DeleteParametersCommand({ Names: [NAME, '/not/there'] })),
      ({ ecs }) => ecs.send(new CreateClusterCommand({ clusterName: 'main' })),
      taskDefinition,
      ({ ecs }) =>
        ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'shop-web', include: ['TAGS'] })),
      ({ ecs }) =>
        ecs.send(
          new CreateServiceCommand({
            cluster: 'main',
            serviceName: 'shop-web',
            taskDefinition: 'shop-web:1',
            desiredCount: 1,
            launchType: 'FARGATE',
            networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
          }),
        ),
      ({ ecs }) =>
        ecs.send(
          new DescribeServicesCommand({ cluster: 'main', services: ['shop-web', 'none'], include: ['TAGS'] }),
        ),
      ({ ecs }) => ecs.send(new ListServiceDeploymentsCommand({ cluster: 'main', service: 'shop-web' })),
      ({ events }) => events.send(new PutRuleCommand({ Name: 'nightly', ScheduleExpression: 'rate(1 day)' })),
      ({ events }) => events.send(new ListRulesCommand({})),
      ({ autoscaling }) =>
        autoscaling.send(
          new RegisterScalableTargetCommand({
            ServiceNamespace: 'ecs',
            ResourceId: 'service/main/shop-web',
            ScalableDimension: 'ecs:service:DesiredCount',
            MinCapacity: 1,
            MaxCapacity: 3,
          }),
        ),
      ({ autoscaling }) => autoscaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' })),
      ({ sqs }) => sqs.send(new CreateQueueCommand({ QueueName: 'work' })),
      ({ sqs }) =>
        sqs.send(
          new SendMessageBatchCommand({
            QueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/work',
            Entries: [{ Id: '0', MessageBody: '{"a":1}' }],
          }),
        ),
      ({ dynamodb }) => dynamodb.send(createItems()),
      ({ dynamodb }) =>
        dynamodb.send(
          new PutItemCommand({
            TableName: 'items',
            Item: {
              id: { S: 'one' },
              bytes: { B: new Uint8Array([0, 255, 7]) },
              list: { L: [{ M: { deep: { L: [{ N: '1.50' }, { NULL: true }] } } }, { BOOL: false }] },
              set: { SS: ['a', 'b'] },
            },
          }),
        ),
      ({ dynamodb }) => dynamodb.send(new GetItemCommand({ TableName: 'items', Key: { id: { S: 'one' } } })),
      ({ sts }) => sts.send(new GetCallerIdentityCommand({})),
    ]);
    expect(answers[1]).toMatchObject({
      Parameter: { LastModifiedDate: expect.any(Date), Value: '{"web":1}' },
    });
    expect(answers[18]).toMatchObject({ Item: { bytes: { B: new Uint8Array([0, 255, 7]) } } });
  });

  it('gives errors as the SDK makes them', async () => {
    const answers = await expectSame([
      get,
      ({ ecs }) => ecs.send(new DescribeServicesCommand({ cluster: 'nowhere', services: ['shop'] })),
      ({ ecsOnce }) => ecsOnce.send(new RunTaskCommand({ taskDefinition: 'none', clientToken: 'once' })),
      ({ ecs }) => ecs.send(new UpdateServiceCommand({ cluster: 'main', service: 'none', desiredCount: 1 })),
      ({ sqs }) =>
        sqs.send(
          new ReceiveMessageCommand({ QueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/none' }),
        ),
      ({ dynamodb }) => dynamodb.send(new GetItemCommand({ TableName: 'none', Key: { id: { S: 'one' } } })),
      ({ ssm }) => ssm.send(new PutParameterCommand({ Name: 'aws/x', Type: 'String', Value: 'x' })),
    ]);
    expect(answers.map((answer) => (answer as { name: string }).name)).toEqual([
      'ParameterNotFound',
      'ClusterNotFoundException',
      'ClusterNotFoundException',
      'ClusterNotFoundException',
      'QueueDoesNotExist',
      'ResourceNotFoundException',
      expect.any(String),
    ]);
  });

  it.each<[string, Fault]>([
    ['a throttle', { kind: 'throttle', service: 'ssm', times: 2 }],
    ['more throttles than attempts', { kind: 'throttle', service: 'ssm', times: 3 }],
    ['an error of AWS', { kind: 'error', service: 'ssm', times: 1 }],
    ['a connection that broke', { kind: 'reset', service: 'ssm', times: 1 }],
    ['an answer that was lost', { kind: 'lostResponse', service: 'ssm', times: 1 }],
    ['answers that were lost', { kind: 'lostResponse', service: 'ssm', times: 9 }],
    ['a denial', { kind: 'denied', service: 'ssm', times: 1 }],
    ['a slow answer', { kind: 'slow', service: 'ssm', times: 1, delayMs: 700 }],
  ])('tries again as the SDK does after %s', async (_what, fault) => {
    await expectSame([put(), get, put('2')], () => [{ ...fault }]);
  });

  it('sends once what must not be repeated', async () => {
    await expectSame([taskDefinition], () => [{ kind: 'lostResponse', service: 'ecs', times: 5 }]);
  });

  it('lets nothing out after the lease ended', async () => {
    const { direct } = openBoth();
    const lease = openLease();
    lease.end();
    const scope = createPassScope();
    const work = scope.run({ id: 'p1', key: appKey(), lease: lease.lease }, () => put()(direct.clients));
    await expect(direct.during(work)).rejects.toBeInstanceOf(LeaseLostError);
    expect(direct.simulator.calls).toEqual([]);
  });

  it('ends a long poll when it is given up', async () => {
    const { direct } = openBoth();
    const { sqs } = direct.clients;
    const { QueueUrl } = await direct.during(sqs.send(new CreateQueueCommand({ QueueName: 'work' })));
    const giveUp = new AbortController();
    const startedAt = direct.clock.now();
    let endedAt: number | undefined;
    const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
      abortSignal: giveUp.signal,
    });
    const ended = poll.then(
      () => {},
      () => {},
    );
    void ended.then(() => {
      endedAt = direct.clock.now();
    });
    direct.clock.setTimer(3_000, () => giveUp.abort());
    await direct.during(ended);
    expect(endedAt).toBe(startedAt + 3_000);
  });

  it('leaves what it was given, and what it gave, to whoever has it', async () => {
    const { direct } = openBoth();
    const item = { id: { S: 'one' }, list: { L: [{ S: 'kept' }] } };
    const { dynamodb } = direct.clients;
    await direct.during(dynamodb.send(createItems()));
    await direct.during(dynamodb.send(new PutItemCommand({ TableName: 'items', Item: item })));
    item.list.L.push({ S: 'later' });
    const read = () =>
      direct.during(dynamodb.send(new GetItemCommand({ TableName: 'items', Key: { id: { S: 'one' } } })));
    const first = await read();
    first.Item?.list?.L?.push({ S: 'mine' });
    expect((await read()).Item).toEqual({ id: { S: 'one' }, list: { L: [{ S: 'kept' }] } });
  });

  it('gives what did not change again, such that nobody can change it for the others', async () => {
    const { direct } = openBoth();
    const read = async () => {
      const page = new GetParametersByPathCommand({ Path: '/apppack/apps', Recursive: true });
      return (await direct.during(direct.clients.ssm.send(page))).Parameters;
    };
    await direct.during(put('1')(direct.clients));
    const first = await read();
    expect(await read()).toBe(first);
    expect(() => first?.pop()).toThrow(TypeError);
    expect(() => Object.assign(first?.[0] ?? {}, { Value: 'mine' })).toThrow(TypeError);
    await direct.during(put('2')(direct.clients));
    expect(await read()).toMatchObject([{ Name: NAME, Value: '2', Version: 2 }]);
    expect(first).toMatchObject([{ Name: NAME, Value: '1', Version: 1 }]);
  });
});
