import {
  ListRuleNamesByTargetCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { CLUSTER, DEAD_LETTERS, ecsTarget, failure, openEvents, QUEUE, ROLE, TASK } from './kit.ts';

async function openRule(name = 'shop-0') {
  const bench = openEvents();
  await bench.events.send(new PutRuleCommand({ Name: name, ScheduleExpression: 'rate(1 hour)' }));
  return {
    ...bench,
    put: (...Targets: Target[]) => bench.events.send(new PutTargetsCommand({ Rule: name, Targets })),
    remove: (...Ids: string[]) => bench.events.send(new RemoveTargetsCommand({ Rule: name, Ids })),
    async list() {
      const { Targets } = await bench.events.send(new ListTargetsByRuleCommand({ Rule: name }));
      return Targets ?? [];
    },
  };
}

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
describe('PutTargets', () => {
  it('row 5: upserts by id and deletes no other', async () => {
    const { put, list } = await openRule();
    await put({ Id: 'a', Arn: QUEUE }, { Id: 'b', Arn: QUEUE });
    await put({ Id: 'b', Arn: QUEUE, Input: '{"new":true}' });
    expect(await list()).toEqual([
      { Id: 'a', Arn: QUEUE },
      { Id: 'b', Arn: QUEUE, Input: '{"new":true}' },
    ]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html
  it('shows an ECS target with the defaults filled in', async () => {
    const { put, list } = await openRule();
    await put(
      ecsTarget('a', { Input: '{"containerOverrides":[]}', DeadLetterConfig: { Arn: DEAD_LETTERS } }),
    );
    expect(await list()).toEqual([
      {
        Id: 'a',
        Arn: CLUSTER,
        RoleArn: ROLE,
        EcsParameters: {
          TaskDefinitionArn: TASK,
          TaskCount: 1,
          LaunchType: 'FARGATE',
          NetworkConfiguration: { awsvpcConfiguration: { Subnets: ['subnet-1'], SecurityGroups: ['sg-1'] } },
          EnableECSManagedTags: false,
          EnableExecuteCommand: false,
        },
        Input: '{"containerOverrides":[]}',
        DeadLetterConfig: { Arn: DEAD_LETTERS },
      },
    ]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  it('row 2: a rule has at most five targets, and the sixth changes nothing', async () => {
    const { put, list } = await openRule();
    const target = (index: number) => ({ Id: `t${index}`, Arn: QUEUE });
    await put(...[1, 2, 3, 4].map(target));
    expect(await failure(put(...[5, 6].map(target)))).toBe('LimitExceededException');
    expect(await list()).toHaveLength(4);
    await put(target(5));
    expect(await failure(put(target(6)))).toBe('LimitExceededException');
    expect(await failure(put(target(5)))).toBe('no error');
  });

  it('row 3: takes at most ten entries', async () => {
    const { put, remove } = await openRule();
    const ids = Array.from({ length: 11 }, (_, index) => `t${index}`);
    expect(await failure(put(...ids.map((Id) => ({ Id, Arn: QUEUE }))))).toBe('ValidationException');
    expect(await failure(remove(...ids))).toBe('ValidationException');
  });

  it('row 3: may fail for some entries with HTTP 200, and stores the others', async () => {
    const { put, remove, list, service } = await openRule();
    service.failTargets(({ targetId }) => targetId === 'b', 'ConcurrentModificationException', 1);
    const half = await put({ Id: 'a', Arn: QUEUE }, { Id: 'b', Arn: QUEUE });
    expect(half.$metadata.httpStatusCode).toBe(200);
    expect(half.FailedEntryCount).toBe(1);
    expect(half.FailedEntries).toMatchObject([
      { TargetId: 'b', ErrorCode: 'ConcurrentModificationException' },
    ]);
    expect((await list()).map(({ Id }) => Id)).toEqual(['a']);
    expect((await put({ Id: 'b', Arn: QUEUE })).FailedEntryCount).toBe(0);
    service.failTargets(({ operation }) => operation === 'RemoveTargets', 'InternalException', 1);
    expect((await remove('a', 'b')).FailedEntries).toMatchObject([
      { TargetId: 'a', ErrorCode: 'InternalException' },
    ]);
    expect((await list()).map(({ Id }) => Id)).toEqual(['a']);
  });

  const refused: Array<[string, Target]> = [
    ['row 7: an id over 64 characters', { Id: 'x'.repeat(65), Arn: QUEUE }],
    ['row 7: an id with a slash', { Id: 'a/b', Arn: QUEUE }],
    ['row 7: an input over 8192 characters', { Id: 'a', Arn: QUEUE, Input: `"${'x'.repeat(8191)}"` }],
    ['an input that is no JSON', { Id: 'a', Arn: QUEUE, Input: 'text' }],
    ['two kinds of input', { Id: 'a', Arn: QUEUE, Input: '{}', InputPath: '$.detail' }],
    ['something that is no ARN', { Id: 'a', Arn: 'intake' }],
    ['a FIFO queue without its group', { Id: 'a', Arn: `${QUEUE}.fifo` }],
    [
      'row 74: a message group over 100 characters',
      { Id: 'a', Arn: `${QUEUE}.fifo`, SqsParameters: { MessageGroupId: 'g'.repeat(101) } },
    ],
    [
      'row 12: a FIFO dead-letter queue',
      { Id: 'a', Arn: QUEUE, DeadLetterConfig: { Arn: `${DEAD_LETTERS}.fifo` } },
    ],
    [
      'row 12: a dead-letter queue of another region',
      { Id: 'a', Arn: QUEUE, DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-west-1:123456789012:dead' } },
    ],
    [
      'row 11: a retry age under a minute',
      { Id: 'a', Arn: QUEUE, RetryPolicy: { MaximumEventAgeInSeconds: 59 } },
    ],
    ['row 11: more than 185 retries', { Id: 'a', Arn: QUEUE, RetryPolicy: { MaximumRetryAttempts: 186 } }],
    ['a cluster without EcsParameters', { Id: 'a', Arn: CLUSTER, RoleArn: ROLE }],
    ['row 18: a cluster without a role', ecsTarget('a', { RoleArn: undefined })],
    ['no tasks', ecsTarget('a', { EcsParameters: { TaskDefinitionArn: TASK, TaskCount: 0 } })],
    [
      'Fargate without a network',
      ecsTarget('a', { EcsParameters: { TaskDefinitionArn: TASK, LaunchType: 'FARGATE' } }),
    ],
    [
      'a launch type beside a strategy',
      ecsTarget('a', {
        EcsParameters: {
          TaskDefinitionArn: TASK,
          LaunchType: 'EC2',
          CapacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }],
        },
      }),
    ],
    [
      'a template with a variable nobody defined',
      { Id: 'a', Arn: QUEUE, InputTransformer: { InputTemplate: '{"a": <b>}' } },
    ],
    [
      'a template that is no JSON',
      { Id: 'a', Arn: QUEUE, InputTransformer: { InputPathsMap: { b: '$.id' }, InputTemplate: 'it is <b>' } },
    ],
    [
      'a reserved variable',
      { Id: 'a', Arn: QUEUE, InputTransformer: { InputPathsMap: { 'aws-x': '$.id' }, InputTemplate: '{}' } },
    ],
  ];
  it.each(refused)('refuses %s', async (_what, target) => {
    const { put } = await openRule();
    expect(await failure(put(target))).toBe('ValidationException');
  });

  it('knows no rule that is not there', async () => {
    const { events } = openEvents();
    const Targets = [{ Id: 'a', Arn: QUEUE }];
    expect(await failure(events.send(new PutTargetsCommand({ Rule: 'x', Targets })))).toBe(
      'ResourceNotFoundException',
    );
    expect(await failure(events.send(new RemoveTargetsCommand({ Rule: 'x', Ids: ['a'] })))).toBe(
      'ResourceNotFoundException',
    );
    expect(await failure(events.send(new ListTargetsByRuleCommand({ Rule: 'x' })))).toBe(
      'ResourceNotFoundException',
    );
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
  it('row 18: a caller without iam:PassRole for the role of a target is told so', async () => {
    const { put, list, simulator } = await openRule();
    simulator.switches.denials.push({ action: 'iam:PassRole', resource: ROLE });
    await expect(put(ecsTarget('a'))).rejects.toThrow(/iam:PassRole/);
    expect(await list()).toEqual([]);
  });
});

describe('ListRuleNamesByTarget', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html
  it('lists the rules that have a target', async () => {
    const { events, put } = await openRule('b');
    await put({ Id: 'a', Arn: QUEUE });
    await events.send(new PutRuleCommand({ Name: 'a', ScheduleExpression: 'rate(1 hour)' }));
    await events.send(new PutTargetsCommand({ Rule: 'a', Targets: [ecsTarget('x')] }));
    const names = async (TargetArn: string) =>
      (await events.send(new ListRuleNamesByTargetCommand({ TargetArn }))).RuleNames;
    expect(await names(QUEUE)).toEqual(['b']);
    expect(await names(CLUSTER)).toEqual(['a']);
    expect(await names(DEAD_LETTERS)).toEqual([]);
  });
});
