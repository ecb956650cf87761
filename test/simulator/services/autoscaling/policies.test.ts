import {
  DeleteScalingPolicyCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  type PutScalingPolicyCommandInput,
} from '@aws-sdk/client-application-auto-scaling';
import { describe, expect, it } from 'vitest';
import { refusal } from '../ecs/kit.ts';
import { openScaling, SCOPE, type ScalingBench, WEB } from './kit.ts';

/** A world with `count` policies on `shop-web`, each for a metric of its own. */
function withPolicies(bench: ScalingBench, count: number): void {
  bench.service.load({
    targets: [{ resourceId: WEB, minCapacity: 1, maxCapacity: 6 }],
    policies: Array.from({ length: count }, (_, index) => ({
      resourceId: WEB,
      policyName: `policy-${String(index).padStart(2, '0')}`,
      stepScaling: { AdjustmentType: 'ChangeInCapacity', StepAdjustments: [step(0, undefined, 1)] },
    })),
  });
}

function step(lower: number | undefined, upper: number | undefined, adjustment: number) {
  return {
    MetricIntervalLowerBound: lower,
    MetricIntervalUpperBound: upper,
    ScalingAdjustment: adjustment,
  };
}

async function policies(bench: ScalingBench) {
  const command = new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' });
  return (await bench.scaling.send(command)).ScalingPolicies ?? [];
}

describe('PutScalingPolicy', () => {
  it('row 45: gives a target tracking policy two alarms that AWS names and keeps', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
    const bench = openScaling();
    await bench.register();
    const alarms = await bench.putPolicy({}, { ScaleInCooldown: 60 });
    expect(alarms).toEqual([
      expect.stringMatching(/^TargetTracking-service\/main\/shop-web-AlarmHigh-[0-9a-f-]{36}$/),
      expect.stringMatching(/^TargetTracking-service\/main\/shop-web-AlarmLow-[0-9a-f-]{36}$/),
    ]);
    expect(await policies(bench)).toEqual([
      {
        ...SCOPE,
        PolicyName: 'cpu',
        PolicyARN: expect.stringMatching(
          /^arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:[0-9a-f-]{36}:resource\/ecs\/service\/main\/shop-web:policyName\/cpu$/,
        ),
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 50,
          PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
          ScaleInCooldown: 60,
        },
        Alarms: alarms.map((AlarmName) => ({
          AlarmName,
          AlarmARN: `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${AlarmName}`,
        })),
        CreationTime: new Date(bench.clock.now()),
      },
    ]);
  });

  it('replaces the configuration of a policy, and keeps its alarms', async () => {
    const bench = openScaling();
    await bench.register();
    const before = await bench.putPolicy({}, { ScaleInCooldown: 60 });
    const after = await bench.putPolicy({ PolicyType: undefined }, { TargetValue: 70 });
    expect(after).toEqual(before);
    const [policy] = await policies(bench);
    expect(policy?.TargetTrackingScalingPolicyConfiguration).toEqual({
      TargetValue: 70,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    });
  });

  it('row 41: needs a registered target', async () => {
    // ansible/ansible#35632 quotes the message.
    const bench = openScaling();
    expect(await refusal(bench.putPolicy())).toEqual({
      name: 'ObjectNotFoundException',
      message: `No scalable target registered for service namespace: ecs, resource ID: ${WEB}, scalable dimension: ecs:service:DesiredCount`,
    });
  });

  it('row 41: may be told that an update is pending', async () => {
    const bench = openScaling();
    await bench.register();
    bench.service.contend(WEB, 1);
    expect((await refusal(bench.putPolicy())).name).toBe('ConcurrentUpdateException');
    expect(await policies(bench)).toEqual([]);
    await bench.putPolicy();
    expect(await policies(bench)).toHaveLength(1);
  });

  it('allows one target tracking policy for a metric', async () => {
    // hashicorp/terraform-provider-aws#41179
    const bench = openScaling();
    await bench.register();
    await bench.putPolicy();
    expect(await refusal(bench.putPolicy({ PolicyName: 'cpu-too' }, { TargetValue: 80 }))).toEqual({
      name: 'ValidationException',
      message: 'Only one TargetTrackingScaling policy for a given metric specification is allowed.',
    });
    const memory = {
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageMemoryUtilization' },
    };
    await bench.putPolicy({ PolicyName: 'memory' }, memory);
    expect(await policies(bench)).toHaveLength(2);
  });

  it('limits: takes 50 policies for a target', async () => {
    // https://docs.aws.amazon.com/general/latest/gr/as-app.html
    const bench = openScaling();
    withPolicies(bench, 50);
    expect((await refusal(bench.putPolicy())).name).toBe('LimitExceededException');
    withPolicies(bench, 49);
    await bench.putPolicy();
    await bench.putPolicy({}, { TargetValue: 60 });
  });

  it('takes a step scaling policy, which has no alarms of its own', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html
    const bench = openScaling();
    await bench.register();
    const configuration = {
      AdjustmentType: 'PercentChangeInCapacity' as const,
      StepAdjustments: [step(0, 10, 50), { MetricIntervalLowerBound: 10, ScalingAdjustment: 100 }],
      MinAdjustmentMagnitude: 2,
      Cooldown: 60,
    };
    const { Alarms } = await bench.scaling.send(
      new PutScalingPolicyCommand({
        ...SCOPE,
        PolicyName: 'steps',
        PolicyType: 'StepScaling',
        StepScalingPolicyConfiguration: configuration,
      }),
    );
    expect(Alarms).toEqual([]);
    expect((await policies(bench))[0]).toMatchObject({
      PolicyType: 'StepScaling',
      StepScalingPolicyConfiguration: configuration,
    });
  });

  it.each<[string, Partial<PutScalingPolicyCommandInput>, Record<string, unknown>]>([
    ['no type', { PolicyType: undefined }, {}],
    ['no configuration', { TargetTrackingScalingPolicyConfiguration: undefined }, {}],
    ['no target value', {}, { TargetValue: undefined }],
    ['a target value beyond all bounds', {}, { TargetValue: 2 ** 361 }],
    ['no metric', {}, { PredefinedMetricSpecification: undefined }],
    ['a negative cooldown', {}, { ScaleInCooldown: -1 }],
    [
      'two metrics',
      {},
      { CustomizedMetricSpecification: { MetricName: 'Depth', Namespace: 'Shop', Statistic: 'Average' } },
    ],
    [
      'a metric of another service',
      {},
      { PredefinedMetricSpecification: { PredefinedMetricType: 'DynamoDBReadCapacityUtilization' } },
    ],
    [
      'requests for no target group',
      {},
      { PredefinedMetricSpecification: { PredefinedMetricType: 'ALBRequestCountPerTarget' } },
    ],
    ['a configuration of another type', { PolicyType: 'StepScaling' }, {}],
    ['an empty name', { PolicyName: '' }, {}],
    ['a name of 257 letters', { PolicyName: 'n'.repeat(257) }, {}],
  ])('refuses %s', async (_title, input, tracking) => {
    const bench = openScaling();
    await bench.register();
    expect((await refusal(bench.putPolicy(input, tracking))).name).toBe('ValidationException');
    expect(await policies(bench)).toEqual([]);
  });

  it.each([
    ['none at all', []],
    ['a gap', [step(0, 10, 1), step(20, undefined, 2)]],
    ['an overlap', [step(0, 10, 1), step(5, undefined, 2)]],
    ['an interval without bounds', [step(undefined, undefined, 1)]],
    ['an upper bound that is not above the lower', [step(10, 10, 1)]],
    ['nothing above the last bound', [step(0, 10, 1)]],
    ['nothing below the first bound', [step(-10, 0, -1)]],
    [
      '21 steps',
      Array.from({ length: 21 }, (_, index) => step(index, index === 20 ? undefined : index + 1, 1)),
    ],
  ])('refuses step adjustments with %s', async (_title, StepAdjustments) => {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepAdjustment.html
    const bench = openScaling();
    await bench.register();
    const call = bench.scaling.send(
      new PutScalingPolicyCommand({
        ...SCOPE,
        PolicyName: 'steps',
        PolicyType: 'StepScaling',
        StepScalingPolicyConfiguration: { AdjustmentType: 'ChangeInCapacity', StepAdjustments },
      }),
    );
    expect((await refusal(call)).name).toBe('ValidationException');
  });
});

describe('DeleteScalingPolicy', () => {
  const remove = (name: string) => new DeleteScalingPolicyCommand({ ...SCOPE, PolicyName: name });

  it('removes the policy of that name, and complains when there is none', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScalingPolicy.html
    const bench = openScaling();
    await bench.register();
    await bench.putPolicy();
    await bench.scaling.send(remove('cpu'));
    expect(await policies(bench)).toEqual([]);
    expect(await refusal(bench.scaling.send(remove('cpu')))).toEqual({
      name: 'ObjectNotFoundException',
      message: `No scaling policy found for service namespace: ecs, resource ID: ${WEB}, scalable dimension: ecs:service:DesiredCount, policy name: cpu`,
    });
  });
});

describe('DescribeScalingPolicies', () => {
  it('limits: gives ten a page, not fifty', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingPolicies.html
    const bench = openScaling();
    withPolicies(bench, 25);
    const sizes: number[] = [];
    const names = new Set<string | undefined>();
    let NextToken: string | undefined;
    do {
      const page = await bench.scaling.send(
        new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs', NextToken }),
      );
      sizes.push(page.ScalingPolicies?.length ?? 0);
      for (const { PolicyName } of page.ScalingPolicies ?? []) names.add(PolicyName);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).toEqual([10, 10, 5]);
    expect(names.size).toBe(25);
    const eleven = new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs', MaxResults: 11 });
    expect((await refusal(bench.scaling.send(eleven))).name).toBe('ValidationException');
  });

  it('finds by resource and by name', async () => {
    const bench = openScaling();
    withPolicies(bench, 3);
    const find = async (input: { ResourceId?: string; PolicyNames?: string[] }) => {
      const command = new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs', ...input });
      return (await bench.scaling.send(command)).ScalingPolicies?.map(({ PolicyName }) => PolicyName);
    };
    expect(await find({ PolicyNames: ['policy-01', 'nothing'] })).toEqual(['policy-01']);
    expect(await find({ ResourceId: 'service/main/shop-worker' })).toEqual([]);
    expect(await find({ ResourceId: WEB })).toHaveLength(3);
  });

  it('refuses a token of another request', async () => {
    const bench = openScaling();
    withPolicies(bench, 11);
    const { NextToken } = await bench.scaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' }),
    );
    const call = bench.scaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs', ResourceId: WEB, NextToken }),
    );
    expect((await refusal(call)).name).toBe('InvalidNextTokenException');
  });
});
