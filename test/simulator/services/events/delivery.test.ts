import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../src/simulator/errors.ts';
import { CLUSTER, DEAD_LETTERS, ecsTarget, openPlane, parameterEvent, QUEUE, ROLE, TASK } from './kit.ts';

const MINUTE = 60_000;
const PATTERN = JSON.stringify({ source: ['aws.ssm'], detail: { name: [{ prefix: '/apppack/' }] } });

/** A rule on Parameter Store events with these targets. */
function watch(plane: ReturnType<typeof openPlane>, ...Targets: unknown[]) {
  plane.call('PutRule', { Name: 'watch', EventPattern: PATTERN });
  plane.call('PutTargets', { Rule: 'watch', Targets });
}

/** A scheduled rule with these targets. */
function schedule(plane: ReturnType<typeof openPlane>, expression: string, ...Targets: unknown[]) {
  plane.call('PutRule', { Name: 'shop-0', ScheduleExpression: expression });
  if (Targets.length > 0) plane.call('PutTargets', { Rule: 'shop-0', Targets });
}

describe('events to queues', () => {
  it('brings matching events of AWS services to the targets of a rule', () => {
    const plane = openPlane();
    watch(plane, { Id: 'q', Arn: QUEUE });
    plane.bus.deliver(parameterEvent('/apppack/apps/shop/scaling'));
    plane.bus.deliver(parameterEvent('/other'));
    expect(plane.delivered.map(({ body, ...rest }) => ({ ...rest, body: JSON.parse(body) }))).toEqual([
      {
        at: plane.clock.now(),
        queue: QUEUE,
        sourceArn: 'arn:aws:events:us-east-1:123456789012:rule/watch',
        group: undefined,
        body: parameterEvent('/apppack/apps/shop/scaling'),
      },
    ]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_SqsParameters.html
  it('row 74: a FIFO target has one message group for all its events', () => {
    const plane = openPlane();
    watch(plane, { Id: 'q', Arn: `${QUEUE}.fifo`, SqsParameters: { MessageGroupId: 'all' } });
    plane.bus.deliver(parameterEvent('/apppack/a'));
    plane.bus.deliver(parameterEvent('/apppack/b'));
    expect(plane.delivered.map(({ group }) => group)).toEqual(['all', 'all']);
  });

  it('sends what Input, InputPath or InputTransformer say instead of the event', () => {
    const plane = openPlane();
    watch(
      plane,
      { Id: 'a', Arn: QUEUE, Input: '{"constant":1}' },
      { Id: 'b', Arn: QUEUE, InputPath: '$.detail.name' },
      { Id: 'c', Arn: QUEUE, InputPath: '$.nowhere' },
      {
        Id: 'd',
        Arn: QUEUE,
        InputTransformer: {
          InputPathsMap: { name: '$.detail.name', id: '$.id' },
          InputTemplate: '{"id": <id>, "name": <name>, "rule": <aws.events.rule-name>}',
        },
      },
    );
    plane.bus.deliver(parameterEvent('/apppack/a'));
    expect(plane.delivered.map(({ body }) => JSON.parse(body))).toEqual([
      { constant: 1 },
      '/apppack/a',
      null,
      { id: 'c0ffee00-0000-4000-8000-000000000001', name: '/apppack/a', rule: 'watch' },
    ]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
  it('row 75: an event for a queue whose policy refuses the rule is lost without a word', async () => {
    const plane = openPlane();
    watch(plane, { Id: 'q', Arn: QUEUE });
    plane.brokenQueues.add(QUEUE);
    plane.bus.deliver(parameterEvent('/apppack/a'));
    await plane.clock.advance(25 * 60 * MINUTE);
    expect(plane.delivered).toEqual([]);
    expect(plane.service.failedInvocations()).toMatchObject([
      { targetId: 'q', code: 'NO_PERMISSIONS', retries: 0 },
    ]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
  it('row 11: with a dead-letter queue the original event goes there at once', () => {
    const plane = openPlane();
    watch(plane, { Id: 'q', Arn: QUEUE, Input: '{}', DeadLetterConfig: { Arn: DEAD_LETTERS } });
    plane.brokenQueues.add(QUEUE);
    plane.bus.deliver(parameterEvent('/apppack/a'));
    expect(plane.delivered).toMatchObject([{ queue: DEAD_LETTERS, at: plane.clock.now() }]);
    expect(JSON.parse(plane.delivered[0]?.body ?? '')).toEqual(parameterEvent('/apppack/a'));
  });

  it('leaves disabled rules, removed targets and other buses alone', () => {
    const plane = openPlane();
    watch(plane, { Id: 'q', Arn: QUEUE });
    plane.call('DisableRule', { Name: 'watch' });
    plane.bus.deliver(parameterEvent('/apppack/a'));
    plane.call('EnableRule', { Name: 'watch' });
    plane.call('RemoveTargets', { Rule: 'watch', Ids: ['q'] });
    plane.bus.deliver(parameterEvent('/apppack/a'));
    expect(plane.delivered).toEqual([]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
  it('row 14: a change takes a short while to be effective, though it is shown at once', async () => {
    const plane = openPlane({ staleReadsMs: 3000 });
    watch(plane, { Id: 'q', Arn: QUEUE });
    expect(plane.call('ListTargetsByRule', { Rule: 'watch' })).toMatchObject({ Targets: [{ Id: 'q' }] });
    plane.bus.deliver(parameterEvent('/apppack/a'));
    expect(plane.delivered).toHaveLength(0);
    await plane.clock.advance(3000);
    plane.bus.deliver(parameterEvent('/apppack/a'));
    expect(plane.delivered).toHaveLength(1);
    plane.call('RemoveTargets', { Rule: 'watch', Ids: ['q'] });
    plane.bus.deliver(parameterEvent('/apppack/a'));
    expect(plane.delivered).toHaveLength(2);
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
describe('scheduled rules', () => {
  it('row 10: start within the minute of their time, in UTC', async () => {
    const plane = openPlane();
    const start = plane.clock.now();
    schedule(plane, 'cron(0/10 * * * ? *)', { Id: 'q', Arn: QUEUE });
    await plane.clock.advance(60 * MINUTE);
    expect(plane.delivered).toHaveLength(5);
    plane.delivered.forEach(({ at, body }, index) => {
      const due = start + (index + 1) * 10 * MINUTE;
      expect(at).toBeGreaterThanOrEqual(due);
      expect(at).toBeLessThan(due + MINUTE);
      expect(JSON.parse(body)).toMatchObject({
        source: 'aws.events',
        'detail-type': 'Scheduled Event',
        time: new Date(due).toISOString().replace('.000Z', 'Z'),
        resources: ['arn:aws:events:us-east-1:123456789012:rule/shop-0'],
        detail: {},
      });
    });
    const seconds = new Set(plane.delivered.map(({ at }) => (at - start) % MINUTE));
    expect(seconds.size).toBeGreaterThan(1);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
  it('row 10: sometimes fire twice for one scheduled time', async () => {
    const plane = openPlane({ duplicateEvents: 0.3 });
    schedule(plane, 'rate(1 minute)', { Id: 'q', Arn: QUEUE });
    await plane.clock.advance(62 * MINUTE);
    const ids = plane.delivered.map(({ body }) => (JSON.parse(body) as { id: string }).id);
    expect(new Set(ids).size).toBeGreaterThanOrEqual(60);
    expect(ids.length).toBeGreaterThan(new Set(ids).size);
  });

  it('run at a rate from the moment the schedule was put, whatever else changes', async () => {
    const plane = openPlane();
    const start = plane.clock.now();
    schedule(plane, 'rate(1 hour)', { Id: 'q', Arn: QUEUE });
    await plane.clock.advance(59 * MINUTE);
    expect(plane.delivered).toHaveLength(0);
    plane.call('PutRule', { Name: 'shop-0', ScheduleExpression: 'rate(1 hour)', Description: 'changed' });
    await plane.clock.advance(2 * MINUTE);
    expect(plane.delivered).toHaveLength(1);
    plane.call('PutRule', { Name: 'shop-0', ScheduleExpression: 'rate(2 hours)' });
    await plane.clock.advance(120 * MINUTE);
    expect(plane.delivered).toHaveLength(1);
    await plane.clock.advance(MINUTE);
    expect(plane.delivered[1]?.at).toBeGreaterThanOrEqual(start + 181 * MINUTE);
  });

  it('stop when they are disabled or deleted, even between their time and their start', async () => {
    const plane = openPlane();
    schedule(plane, 'cron(1 12 * * ? *)', { Id: 'q', Arn: QUEUE });
    await plane.clock.advance(MINUTE);
    plane.call('DisableRule', { Name: 'shop-0' });
    await plane.clock.advance(48 * 60 * MINUTE);
    expect(plane.delivered).toEqual([]);
    plane.call('EnableRule', { Name: 'shop-0' });
    await plane.clock.advance(24 * 60 * MINUTE + MINUTE - 1);
    expect(plane.delivered).toHaveLength(1);
  });

  it('are still there after a long wait', async () => {
    const plane = openPlane();
    schedule(plane, 'cron(0 0 1 1 ? 2027)', { Id: 'q', Arn: QUEUE });
    await plane.clock.runUntil(Date.UTC(2027, 0, 1, 0, 1));
    expect(plane.delivered).toHaveLength(1);
    await plane.clock.advance(800 * 24 * 60 * MINUTE);
    expect(plane.delivered).toHaveLength(1);
  });
});

describe('ECS targets', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html
  it('row 13: start the pinned revision with the overrides of the input', async () => {
    const plane = openPlane();
    const Input = JSON.stringify({ containerOverrides: [{ name: 'web', command: ['sh', '-c', 'ping'] }] });
    const EcsParameters = {
      ...ecsTarget('x').EcsParameters,
      PropagateTags: 'TASK_DEFINITION',
      Tags: [{ Key: 'app', Value: 'shop' }],
      PlatformVersion: '1.4.0',
      Group: 'cron',
    };
    schedule(plane, 'rate(1 minute)', ecsTarget('x', { Input, EcsParameters }));
    await plane.clock.advance(2 * MINUTE - 1);
    expect(plane.tasks).toMatchObject([
      {
        startedBy: 'events-rule/shop-0',
        input: {
          cluster: CLUSTER,
          taskDefinition: TASK,
          count: 1,
          launchType: 'FARGATE',
          platformVersion: '1.4.0',
          group: 'cron',
          networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } },
          propagateTags: 'TASK_DEFINITION',
          tags: [{ key: 'app', value: 'shop' }],
          enableECSManagedTags: false,
          enableExecuteCommand: false,
          overrides: { containerOverrides: [{ name: 'web', command: ['sh', '-c', 'ping'] }] },
        },
      },
    ]);
  });

  it('get nothing of the event unless the target says so', async () => {
    const plane = openPlane();
    schedule(plane, 'rate(1 minute)', ecsTarget('x'));
    await plane.clock.advance(2 * MINUTE - 1);
    expect(plane.tasks[0]?.input).not.toHaveProperty('overrides');
  });

  it('row 13: a revision that is gone fails silently, run after run', async () => {
    const plane = openPlane();
    schedule(plane, 'rate(1 minute)', ecsTarget('x'));
    plane.ecs.error = new AwsError('ClientException', 'TaskDefinition is inactive');
    await plane.clock.advance(3 * MINUTE - 1);
    expect(plane.tasks).toEqual([]);
    expect(plane.delivered).toEqual([]);
    expect(plane.service.failedInvocations().map(({ code, retries }) => [code, retries])).toEqual([
      ['INVALID_PARAMETER', 0],
      ['INVALID_PARAMETER', 0],
    ]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
  it('row 18: a role without ecs:RunTask fails silently, into the dead-letter queue when there is one', async () => {
    const plane = openPlane();
    plane.denials.push({ action: 'ecs:RunTask', resource: '*', client: ROLE });
    schedule(
      plane,
      'rate(1 hour)',
      ecsTarget('x', { DeadLetterConfig: { Arn: DEAD_LETTERS } }),
      ecsTarget('y'),
    );
    await plane.clock.advance(61 * MINUTE);
    expect(plane.tasks).toEqual([]);
    expect(plane.delivered.map(({ queue }) => queue)).toEqual([DEAD_LETTERS]);
    expect(plane.service.failedInvocations().map(({ code }) => code)).toEqual([
      'NO_PERMISSIONS',
      'NO_PERMISSIONS',
    ]);
  });

  it('row 11: input that is no JSON object goes to the dead-letter queue', () => {
    const plane = openPlane();
    watch(plane, ecsTarget('x', { Input: '["ping"]', DeadLetterConfig: { Arn: DEAD_LETTERS } }));
    plane.bus.deliver(parameterEvent('/apppack/a'));
    expect(plane.service.failedInvocations()).toMatchObject([{ code: 'INVALID_JSON' }]);
    expect(plane.delivered).toHaveLength(1);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
  it('row 11: retries what may pass, as long as the retry policy says', async () => {
    const plane = openPlane();
    watch(
      plane,
      ecsTarget('few', { RetryPolicy: { MaximumRetryAttempts: 2 }, DeadLetterConfig: { Arn: DEAD_LETTERS } }),
      ecsTarget('young', { RetryPolicy: { MaximumEventAgeInSeconds: 60 } }),
      ecsTarget('usual'),
    );
    plane.ecs.error = new AwsError('ThrottlingException', 'Rate exceeded');
    plane.bus.deliver(parameterEvent('/apppack/a'));
    await plane.clock.advance(10 * MINUTE);
    const failed = plane.service.failedInvocations();
    expect(failed.map(({ targetId }) => targetId)).toEqual(['few', 'young']);
    expect(failed[0]).toMatchObject({ code: 'THROTTLING', retries: 2 });
    expect(plane.delivered).toHaveLength(1);
    delete plane.ecs.error;
    await plane.clock.advance(30 * MINUTE);
    expect(plane.tasks).toHaveLength(1);
  });

  it('row 11: without a retry policy it gives up after a day', async () => {
    const plane = openPlane();
    watch(plane, ecsTarget('x'));
    plane.ecs.error = new AwsError('ServerException', 'Try again');
    plane.bus.deliver(parameterEvent('/apppack/a'));
    await plane.clock.advance(23 * 60 * MINUTE);
    expect(plane.service.failedInvocations()).toEqual([]);
    await plane.clock.advance(60 * MINUTE);
    expect(plane.service.failedInvocations()).toHaveLength(1);
  });
});
