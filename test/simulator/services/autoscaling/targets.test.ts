import {
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  PutScheduledActionCommand,
  type RegisterScalableTargetCommandInput,
} from '@aws-sdk/client-application-auto-scaling';
import { CreateServiceCommand, DeleteServiceCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { ORDINARY_WEATHER } from '../../../../src/simulator/faults.ts';
import { NETWORK, refusal, watchEvents } from '../ecs/kit.ts';
import { openScaling, SCOPE, WEB } from './kit.ts';

const SERVICE_ROLE =
  'arn:aws:iam::123456789012:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService';

/** Scalable targets `service/main/app-000` and on, as a world has them. */
function many(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    resourceId: `service/main/app-${String(index).padStart(4, '0')}`,
    minCapacity: 1,
    maxCapacity: 2,
  }));
}

describe('RegisterScalableTarget', () => {
  it('registers a service, and shows it with the defaults AWS fills in', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    const bench = openScaling();
    const arn = await bench.register();
    expect(arn).toMatch(
      /^arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target\/[0-9a-f]{36}$/,
    );
    expect(await bench.target()).toEqual({
      ...SCOPE,
      MinCapacity: 1,
      MaxCapacity: 6,
      RoleARN: SERVICE_ROLE,
      CreationTime: new Date(bench.clock.now()),
      SuspendedState: {
        DynamicScalingInSuspended: false,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: false,
      },
      ScalableTargetARN: arn,
    });
  });

  it('row 39: changes only the members it is given', async () => {
    // "Any parameters that you don't specify are not changed by this update request." (same page)
    const bench = openScaling();
    const arn = await bench.register({
      SuspendedState: { DynamicScalingInSuspended: true },
      Tags: { team: 'shop' },
    });
    const again = await bench.register({ MinCapacity: undefined, MaxCapacity: 9 });
    expect(again).toBe(arn);
    await bench.register({ MinCapacity: 2, MaxCapacity: undefined });
    await bench.register({
      MinCapacity: undefined,
      MaxCapacity: undefined,
      SuspendedState: { ScheduledScalingSuspended: true },
    });
    expect(await bench.target()).toMatchObject({
      MinCapacity: 2,
      MaxCapacity: 9,
      SuspendedState: {
        DynamicScalingInSuspended: true,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: true,
      },
    });
  });

  it.each<[string, Partial<RegisterScalableTargetCommandInput>, string]>([
    ['min above max', { MinCapacity: 7 }, 'Maximum capacity cannot be less than minimum capacity'],
    ['a negative minimum', { MinCapacity: -1 }, 'Minimum capacity cannot be less than 0'],
    ['no minimum at the first time', { MinCapacity: undefined }, 'Minimum capacity must be specified'],
    ['no maximum at the first time', { MaxCapacity: undefined }, 'Maximum capacity must be specified'],
    [
      'a service that does not exist',
      { ResourceId: 'service/main/nothing' },
      "ECS service doesn't exist: service/main/nothing",
    ],
    [
      'a cluster that does not exist',
      { ResourceId: 'service/other/shop-web' },
      "ECS service doesn't exist: service/other/shop-web",
    ],
    [
      'a resource without a cluster',
      { ResourceId: 'service/shop-web' },
      'Unsupported service namespace, resource type or scalable dimension',
    ],
    [
      'a dimension of another service',
      { ScalableDimension: 'dynamodb:table:ReadCapacityUnits' },
      'Unsupported service namespace, resource type or scalable dimension',
    ],
    [
      'a dimension nobody knows',
      // What a caller without the SDK's types may send.
      { ScalableDimension: 'ecs:service:Count' as 'ecs:service:DesiredCount' },
      "1 validation error detected: Value 'ecs:service:Count' at 'scalableDimension' failed to satisfy constraint: Member must satisfy enum value set",
    ],
    [
      'no resource',
      { ResourceId: undefined },
      "1 validation error detected: Value null at 'resourceId' failed to satisfy constraint: Member must not be null",
    ],
  ])('row 39: refuses %s', async (_title, input, message) => {
    const bench = openScaling();
    const found = await refusal(bench.register(input));
    expect(found.name).toBe('ValidationException');
    expect(found.message).toContain(message);
    expect(await bench.target()).toBeUndefined();
  });

  it('row 39: a single new bound may not cross the other one, which stays', async () => {
    // ecspresso sent the minimum alone; the maximum it did not send still counts.
    const bench = openScaling();
    await bench.register({ MaxCapacity: 2 });
    const found = await refusal(bench.register({ MinCapacity: 3, MaxCapacity: undefined }));
    expect(found.message).toBe('Maximum capacity cannot be less than minimum capacity');
    expect(await bench.target()).toMatchObject({ MinCapacity: 1, MaxCapacity: 2 });
  });

  it('refuses tags for a target that is already there', async () => {
    // hashicorp/terraform-provider-aws#31839
    const bench = openScaling();
    await bench.register();
    const found = await refusal(bench.register({ Tags: { team: 'shop' } }));
    expect(found).toEqual({
      name: 'ValidationException',
      message:
        'The scalable target that you tried to tag already exists. To update tags on an existing scalable target, use the TagResource API.',
    });
  });

  it.each([
    ['up to the minimum', 2, { MinCapacity: 4 }, 4, 'minimum capacity was set to 4'],
    ['down to the maximum', 5, { MaxCapacity: 3 }, 3, 'maximum capacity was set to 3'],
  ])('row 39: moves capacity %s, and says why', async (_title, before, bounds, after, cause) => {
    const bench = openScaling({ desiredCount: before });
    const take = await watchEvents(bench);
    await bench.register(bounds);
    expect(await bench.counts()).toMatchObject({ desired: before });
    await bench.clock.advance(1000);
    expect(await bench.counts()).toMatchObject({ desired: after });
    expect((await bench.activities())[0]).toMatchObject({
      StatusCode: 'InProgress',
      Description: `Setting desired count to ${after}.`,
      Cause: cause,
    });
    await bench.clock.advance(30_000);
    expect(await bench.counts()).toEqual({ desired: after, running: after });
    expect((await bench.activities())[0]).toMatchObject({
      StatusCode: 'Successful',
      StatusMessage: `Successfully set desired count to ${after}. Change successfully fulfilled by ecs.`,
      EndTime: expect.any(Date),
    });
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
    const names = (await take()).map(({ detail }) => detail.eventName);
    expect(names).toContain('SERVICE_DESIRED_COUNT_UPDATED');
  });

  it('row 43: leaves a count set below the minimum by hand alone until the next registration', async () => {
    // aws/containers-roadmap#2626
    const bench = openScaling();
    await bench.register({ MinCapacity: 2 });
    await bench.clock.advance(5000);
    await bench.setCount(1);
    await bench.clock.advance(3_600_000);
    expect(await bench.counts()).toEqual({ desired: 1, running: 1 });
    // "…even if you don't include the MinCapacity or MaxCapacity request parameters."
    await bench.register({ MinCapacity: undefined, MaxCapacity: undefined });
    await bench.clock.advance(30_000);
    expect(await bench.counts()).toEqual({ desired: 2, running: 2 });
  });

  it('does nothing to a count between the bounds', async () => {
    const bench = openScaling();
    await bench.register();
    await bench.clock.advance(60_000);
    expect(await bench.counts()).toEqual({ desired: 2, running: 2 });
    expect(await bench.activities()).toEqual([]);
  });

  it('takes 3,000 ECS services and no more', async () => {
    // https://docs.aws.amazon.com/general/latest/gr/as-app.html
    const bench = openScaling();
    bench.service.load({ targets: many(3000) });
    expect((await refusal(bench.register())).name).toBe('LimitExceededException');
    bench.service.load({ targets: many(2999) });
    await bench.register();
    await bench.register({ MaxCapacity: 7 });
  });

  it('row 41: may be told that an update is pending, which the SDK tries again', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html#API_RegisterScalableTarget_Errors
    const bench = openScaling();
    bench.service.contend(WEB, 1);
    expect(await refusal(bench.register())).toEqual({
      name: 'ConcurrentUpdateException',
      message: 'You already have a pending update to an Auto Scaling resource.',
    });
    await bench.register();
  });

  it('is denied by action and target', async () => {
    const bench = openScaling();
    const arn = await bench.register();
    bench.simulator.switches.denials.push({
      action: 'application-autoscaling:RegisterScalableTarget',
      resource: arn ?? '',
    });
    expect((await refusal(bench.register())).name).toBe('AccessDeniedException');
  });
});

describe('DeregisterScalableTarget', () => {
  const deregister = () => new DeregisterScalableTargetCommand(SCOPE);

  it('row 40: takes policies and scheduled actions with it', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
    const bench = openScaling();
    await bench.register();
    await bench.putPolicy();
    await bench.scaling.send(
      new PutScheduledActionCommand({
        ...SCOPE,
        ScheduledActionName: 'night',
        Schedule: 'rate(1 minute)',
        ScalableTargetAction: { MinCapacity: 5 },
      }),
    );
    await bench.scaling.send(deregister());
    await bench.register();
    const { ScalingPolicies } = await bench.scaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' }),
    );
    const { ScheduledActions } = await bench.scaling.send(
      new DescribeScheduledActionsCommand({ ServiceNamespace: 'ecs' }),
    );
    expect([ScalingPolicies, ScheduledActions]).toEqual([[], []]);
    await bench.clock.advance(300_000);
    expect(await bench.target()).toMatchObject({ MinCapacity: 1 });
  });

  it('row 38: leaves the count as it is', async () => {
    // aws/copilot-cli#1619
    const bench = openScaling();
    await bench.register({ MinCapacity: 4 });
    await bench.clock.advance(30_000);
    await bench.scaling.send(deregister());
    await bench.clock.advance(3_600_000);
    expect(await bench.counts()).toEqual({ desired: 4, running: 4 });
  });

  it('drops an adjustment that was still to come', async () => {
    const bench = openScaling();
    await bench.register({ MinCapacity: 4 });
    await bench.scaling.send(deregister());
    await bench.clock.advance(30_000);
    expect(await bench.counts()).toEqual({ desired: 2, running: 2 });
  });

  it('refuses a resource that is not registered', async () => {
    const bench = openScaling();
    expect(await refusal(bench.scaling.send(deregister()))).toEqual({
      name: 'ObjectNotFoundException',
      message: `No scalable target found for service namespace: ecs, resource ID: ${WEB}, scalable dimension: ecs:service:DesiredCount`,
    });
  });
});

describe('deleting the ECS service', () => {
  it('deregisters its scalable target', async () => {
    // eagletmt/hako#69, hashicorp/terraform-provider-aws#10432: both go with the service.
    const bench = openScaling();
    await bench.register();
    await bench.putPolicy();
    await bench.aws.send(new DeleteServiceCommand({ cluster: 'main', service: 'shop-web', force: true }));
    expect(await bench.target()).toBeUndefined();
    const deregister = bench.scaling.send(new DeregisterScalableTargetCommand(SCOPE));
    expect((await refusal(deregister)).name).toBe('ObjectNotFoundException');
    expect((await refusal(bench.register())).message).toBe(`ECS service doesn't exist: ${WEB}`);
    await bench.clock.advance(15_000);
    await bench.aws.send(
      new CreateServiceCommand({
        cluster: 'main',
        serviceName: 'shop-web',
        taskDefinition: 'shop-web:1',
        desiredCount: 1,
        launchType: 'FARGATE',
        networkConfiguration: NETWORK,
      }),
    );
    expect(await bench.target()).toBeUndefined();
    await bench.register();
  });
});

describe('DescribeScalableTargets', () => {
  it('limits: gives 50 a page, and goes on with the token of the same request only', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html
    const bench = openScaling();
    bench.service.load({ targets: many(120) });
    const sizes: number[] = [];
    const names = new Set<string | undefined>();
    let NextToken: string | undefined;
    do {
      const page = await bench.scaling.send(
        new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', NextToken }),
      );
      sizes.push(page.ScalableTargets?.length ?? 0);
      for (const { ResourceId } of page.ScalableTargets ?? []) names.add(ResourceId);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).toEqual([50, 50, 20]);
    expect(names.size).toBe(120);
    const first = await bench.scaling.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', MaxResults: 7 }),
    );
    expect(first.ScalableTargets).toHaveLength(7);
    const wrong = bench.scaling.send(
      new DescribeScalableTargetsCommand({
        ServiceNamespace: 'ecs',
        ResourceIds: [WEB],
        NextToken: first.NextToken,
      }),
    );
    expect((await refusal(wrong)).name).toBe('InvalidNextTokenException');
  });

  it('limits: takes 50 resource ids at most, and finds those that exist', async () => {
    const bench = openScaling();
    bench.service.load({ targets: many(60) });
    const ids = Array.from(
      { length: 51 },
      (_, index) => `service/main/app-${String(index + 20).padStart(4, '0')}`,
    );
    const ask = (ResourceIds: string[]) =>
      bench.scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', ResourceIds }));
    expect((await refusal(ask(ids))).name).toBe('ValidationException');
    const { ScalableTargets, NextToken } = await ask(ids.slice(0, 50));
    expect(ScalableTargets).toHaveLength(40);
    expect(NextToken).toBeUndefined();
  });

  it.each([
    ['51 a page', { ServiceNamespace: 'ecs', MaxResults: 51 }],
    ['0 a page', { ServiceNamespace: 'ecs', MaxResults: 0 }],
    [
      'a dimension without a resource',
      { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' },
    ],
  ] as const)('refuses %s', async (_title, input) => {
    const bench = openScaling();
    const call = bench.scaling.send(new DescribeScalableTargetsCommand(input));
    expect((await refusal(call)).name).toBe('ValidationException');
  });

  it('finds nothing of other services', async () => {
    const bench = openScaling();
    await bench.register();
    const { ScalableTargets } = await bench.scaling.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: 'dynamodb' }),
    );
    expect(ScalableTargets).toEqual([]);
  });

  it('row 41: may not show a registration at once, nor let a policy be put on it', async () => {
    // "There might be a brief delay until the operation achieves eventual consistency." (RegisterScalableTarget)
    const bench = openScaling({}, { weather: { ...ORDINARY_WEATHER, staleReadsMs: 60_000 } });
    await bench.register();
    expect(await bench.target()).toBeUndefined();
    expect((await refusal(bench.putPolicy())).name).toBe('ObjectNotFoundException');
    await bench.clock.advance(60_000);
    expect(await bench.target()).toBeDefined();
    await bench.putPolicy();
  });
});

describe('the rate of calls', () => {
  it('is ten a second for all operations together', async () => {
    const bench = openScaling({}, { limits: true });
    const ask = () => bench.scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' }));
    for (let call = 0; call < 10; call += 1) await ask();
    expect(await refusal(ask())).toEqual({ name: 'ThrottlingException', message: 'Rate exceeded' });
    await bench.clock.advance(100);
    await ask();
  });
});
