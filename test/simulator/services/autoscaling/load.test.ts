import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { history } from '../ecs/kit.ts';
import { loadOf, MINUTE, openScaling, SCOPE, type ScalingBench, WEB } from './kit.ts';

/** A target with a policy that holds 50 % CPU. */
async function openTracked(bench: ScalingBench, tracking: Record<string, unknown> = {}): Promise<void> {
  await bench.register();
  await bench.putPolicy({}, tracking);
}

/** Every desired count of a while, with the minute in which it was first seen. */
async function countsOver(bench: ScalingBench, minutes: number): Promise<[number, number | undefined][]> {
  const seen: [number, number | undefined][] = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    await bench.clock.advance(MINUTE);
    const { desired } = await bench.counts();
    if (seen.at(-1)?.[1] !== desired) seen.push([minute, desired]);
  }
  return seen;
}

describe('a scripted load', () => {
  it('moves the desired count up within minutes, and again after the cooldown', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
    const bench = openScaling();
    await openTracked(bench);
    loadOf(bench, 2.6);
    // A task gives no more than all of its CPU, so two tasks at 100 % ask for four, and four at 65 % for six.
    expect(await countsOver(bench, 20)).toEqual([
      [1, 2],
      [3, 4],
      [9, 6],
    ]);
    const [latest] = await bench.activities();
    expect(latest).toMatchObject({
      Description: 'Setting desired count to 6.',
      Cause: expect.stringMatching(
        /^monitor alarm TargetTracking-service\/main\/shop-web-AlarmHigh-\S+ in state ALARM triggered policy cpu$/,
      ),
      StatusCode: 'Successful',
    });
  });

  it('moves it down slowly, one cooldown after the other, and never below the minimum', async () => {
    const bench = openScaling({ desiredCount: 6 });
    await openTracked(bench);
    loadOf(bench, 1);
    expect(await countsOver(bench, 40)).toEqual([
      [1, 6],
      [15, 2],
    ]);
    loadOf(bench, 0);
    expect(await countsOver(bench, 40)).toEqual([
      [1, 2],
      [15, 1],
    ]);
  });

  it('keeps between its bounds', async () => {
    const bench = openScaling();
    await openTracked(bench);
    loadOf(bench, 100);
    await bench.clock.advance(60 * MINUTE);
    expect(await bench.counts()).toEqual({ desired: 6, running: 6 });
  });

  it('changes nothing while the CPU is at the target', async () => {
    const bench = openScaling();
    await openTracked(bench);
    loadOf(bench, 1);
    await bench.clock.advance(60 * MINUTE);
    expect(await bench.counts()).toEqual({ desired: 2, running: 2 });
  });

  it('keeps the cooldowns of the policy', async () => {
    const bench = openScaling();
    await openTracked(bench, { ScaleOutCooldown: 0 });
    loadOf(bench, 2.6);
    expect(await countsOver(bench, 6)).toEqual([
      [1, 2],
      [3, 4],
      [4, 6],
    ]);
  });

  it('row 44: never scales out at 0 tasks, where there is no data', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
    const bench = openScaling({ desiredCount: 0 });
    await bench.register({ MinCapacity: 0 });
    await bench.putPolicy();
    loadOf(bench, 5);
    await bench.clock.advance(120 * MINUTE);
    expect(await bench.counts()).toEqual({ desired: 0, running: 0 });
    await bench.setCount(1);
    await bench.clock.advance(10 * MINUTE);
    expect((await bench.counts()).desired).toBeGreaterThan(1);
  });

  it('row 43: raises a count below the minimum when it next scales out', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
    const bench = openScaling();
    await bench.register({ MinCapacity: 4 });
    await bench.putPolicy();
    await bench.clock.advance(MINUTE);
    await bench.setCount(1);
    await bench.clock.advance(60 * MINUTE);
    expect(await bench.counts()).toMatchObject({ desired: 1 });
    loadOf(bench, 0.6);
    await bench.clock.advance(5 * MINUTE);
    expect(await bench.counts()).toMatchObject({ desired: 4 });
  });

  it('row 42: does not scale in while a deployment goes on, but scales out', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-auto-scaling.html
    const bench = openScaling({
      desiredCount: 4,
      deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
    });
    bench.ecs.setOutcomes([{ image: 'shop:2', cannotPull: true }]);
    await openTracked(bench);
    await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web:2' }),
    );
    loadOf(bench, 0.5);
    await bench.clock.advance(60 * MINUTE);
    expect(await history(bench)).toMatchObject([{ status: 'IN_PROGRESS' }, {}]);
    expect(await bench.counts()).toMatchObject({ desired: 4 });
    loadOf(bench, 4);
    await bench.clock.advance(10 * MINUTE);
    expect(await bench.counts()).toMatchObject({ desired: 6 });
    await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web:1' }),
    );
    loadOf(bench, 0.5);
    await bench.clock.advance(30 * MINUTE);
    expect(await bench.counts()).toMatchObject({ desired: 1 });
  });

  it.each([
    ['out', 'DynamicScalingOutSuspended', 2, 3],
    ['in', 'DynamicScalingInSuspended', 6, 0.5],
  ])('does not scale %s while that is suspended', async (_way, flag, desiredCount, load) => {
    // https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html
    const bench = openScaling({ desiredCount });
    await openTracked(bench);
    await bench.register({ SuspendedState: { [flag]: true } });
    loadOf(bench, load);
    await bench.clock.advance(60 * MINUTE);
    expect(await bench.counts()).toMatchObject({ desired: desiredCount });
    await bench.register({ SuspendedState: { [flag]: false } });
    await bench.clock.advance(20 * MINUTE);
    expect((await bench.counts()).desired).not.toBe(desiredCount);
  });

  it('tells the event bus when capacity reaches its maximum, and of nothing else', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/userguide/monitoring-eventbridge.html
    const bench = openScaling();
    const take = await watchScaling(bench);
    await openTracked(bench);
    loadOf(bench, 2.6);
    await bench.clock.advance(5 * MINUTE);
    expect(await take()).toEqual([]);
    await bench.clock.advance(10 * MINUTE);
    const [event, ...more] = await take();
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      'detail-type': 'Application Auto Scaling Scaling Activity State Change',
      resources: [],
      detail: {
        startTime: '2026-01-05T12:09:00Z',
        endTime: expect.stringMatching(/^2026-01-05T12:09:\d\dZ$/),
        newDesiredCapacity: 6,
        oldDesiredCapacity: 4,
        minCapacity: 1,
        maxCapacity: 6,
        resourceId: WEB,
        scalableDimension: SCOPE.ScalableDimension,
        serviceNamespace: 'ecs',
        statusCode: 'Successful',
        scaledToMax: true,
        direction: 'scale-out',
      },
    });
  });
});

describe('an account without scripted load', () => {
  it('sits at its targets for ever, without a timer', async () => {
    const bench = openScaling();
    await openTracked(bench);
    await bench.clock.advance(60 * MINUTE);
    await expect(bench.clock.waitFor('a timer', () => false, 365 * 24 * 3_600_000)).rejects.toThrow('waited');
    expect(await bench.counts()).toEqual({ desired: 2, running: 2 });
  });

  it('is what a script leaves behind when it ends', async () => {
    const bench = openScaling();
    await openTracked(bench);
    const now = bench.clock.now();
    bench.service.setLoad(WEB, [
      { at: now + 60 * MINUTE, load: 3 },
      { at: now + 70 * MINUTE, load: null },
    ]);
    await bench.clock.advance(60 * MINUTE);
    expect(await bench.counts()).toMatchObject({ desired: 2 });
    await bench.clock.advance(20 * MINUTE);
    expect((await bench.counts()).desired).toBeGreaterThan(2);
    const calls = bench.clock.waitFor('a timer', () => false, 365 * 24 * 3_600_000);
    await expect(calls).rejects.toThrow('waited');
  });

  it('has no timer either when a script has nothing that follows it', async () => {
    const bench = openScaling();
    await bench.register();
    loadOf(bench, 3);
    await bench.clock.advance(60 * MINUTE);
    expect(await bench.counts()).toEqual({ desired: 2, running: 2 });
    await expect(bench.clock.waitFor('a timer', () => false, 24 * 3_600_000)).rejects.toThrow('waited');
  });
});

/** Sends the events of Application Auto Scaling to a queue; the result takes out those that came. */
async function watchScaling(bench: ScalingBench): Promise<() => Promise<Record<string, unknown>[]>> {
  const sqs = new SQSClient(bench.client());
  const events = new EventBridgeClient(bench.client());
  const arn = 'arn:aws:sqs:us-east-1:123456789012:scaling';
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arn,
      },
    ],
  });
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'scaling', Attributes: { Policy, VisibilityTimeout: '43200' } }),
  );
  const EventPattern = JSON.stringify({ source: ['aws.application-autoscaling'] });
  await events.send(new PutRuleCommand({ Name: 'scaling', EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: 'scaling', Targets: [{ Id: 'queue', Arn: arn }] }));
  return async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    return Messages.map(({ Body = '{}' }) => JSON.parse(Body) as Record<string, unknown>);
  };
}
