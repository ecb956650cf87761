import {
  DescribeScalingPoliciesCommand,
  PutScheduledActionCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { describe, expect, it } from 'vitest';
import { loadOf, MINUTE, openScaling, SCOPE, type ScalingBench, WEB } from './kit.ts';

const TARGET = { resourceId: WEB, minCapacity: 1, maxCapacity: 6 };

/** An account like `bench` after a restart, at the same moment. */
async function restarted(bench: ScalingBench): Promise<ScalingBench> {
  const other = openScaling();
  await other.clock.runUntil(bench.clock.now());
  other.ecs.load(JSON.parse(JSON.stringify(bench.ecs.dump())));
  other.service.load(JSON.parse(JSON.stringify(bench.service.dump())));
  return other;
}

describe('the world section autoscaling', () => {
  it('needs little: bounds, a target value and a load', async () => {
    const bench = openScaling();
    bench.service.load({
      targets: [TARGET],
      policies: [{ resourceId: WEB, policyName: 'cpu', targetTracking: { TargetValue: 50 } }],
      load: {
        [WEB]: [
          { afterSeconds: 60, load: 2.6 },
          { afterSeconds: 3600, load: null },
        ],
      },
    });
    const { ScalingPolicies } = await bench.scaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' }),
    );
    expect(ScalingPolicies?.[0]).toMatchObject({
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      },
      Alarms: [{}, {}],
    });
    await bench.clock.advance(15 * MINUTE);
    expect(await bench.counts()).toEqual({ desired: 6, running: 6 });
  });

  it('changes no count by being loaded', async () => {
    const bench = openScaling();
    bench.service.load({ targets: [{ ...TARGET, minCapacity: 4 }] });
    await bench.clock.advance(60 * MINUTE);
    expect(await bench.counts()).toEqual({ desired: 2, running: 2 });
  });

  it('replaces what was there', async () => {
    const bench = openScaling();
    await bench.register();
    await bench.putPolicy();
    loadOf(bench, 3);
    bench.service.load({});
    expect(bench.service.dump()).toEqual({ targets: [], policies: [], scheduledActions: [], activities: [] });
    await bench.clock.advance(10 * MINUTE);
    expect(await bench.counts()).toEqual({ desired: 2, running: 2 });
  });

  it('gives the same state back, in the middle of everything', async () => {
    const bench = openScaling();
    await bench.register({
      MaxCapacity: 9,
      RoleARN: 'arn:aws:iam::123456789012:role/mine',
      Tags: { team: 'shop' },
      SuspendedState: { DynamicScalingInSuspended: true },
    });
    await bench.putPolicy({}, { ScaleOutCooldown: 120 });
    await bench.scaling.send(
      new PutScheduledActionCommand({
        ...SCOPE,
        ScheduledActionName: 'hourly',
        Schedule: 'rate(10 minutes)',
        StartTime: new Date('2026-01-05T12:20:00Z'),
        ScalableTargetAction: { MinCapacity: 5 },
      }),
    );
    loadOf(bench, 3.7);
    await bench.clock.advance(3 * MINUTE + 1000);
    await bench.register({ MaxCapacity: 8 });
    const other = await restarted(bench);
    expect(other.service.dump()).toEqual(bench.service.dump());
    for (const one of [bench, other]) await one.clock.advance(60 * MINUTE);
    const end = await bench.counts();
    expect(end.desired).toBeGreaterThanOrEqual(5);
    expect(await other.counts()).toEqual(end);
    const told = async (one: ScalingBench) =>
      (await one.activities()).map(({ StartTime, Cause, StatusCode }) => [StartTime, Cause, StatusCode]);
    expect(await told(other)).toEqual(await told(bench));
  });

  it.each([
    [
      { targets: [{ ...TARGET, minCapacity: 7 }] },
      /autoscaling\.targets\.0 \(service\/main\/shop-web\).*cannot be less/,
    ],
    [{ targets: [TARGET, TARGET] }, /autoscaling\.targets\.1 .*there twice/],
    [
      { targets: [{ ...TARGET, resourceId: 'shop-web' }] },
      /autoscaling\.targets\.0\.resourceId.*service\/main\/shop-web/,
    ],
    [{ targets: [{ ...TARGET, min: 1 }] }, /autoscaling\.targets\.0/],
    [
      { policies: [{ resourceId: WEB, policyName: 'cpu', targetTracking: { TargetValue: 50 } }] },
      /autoscaling\.policies\.0 \(cpu\) is wrong: there is no target/,
    ],
    [{ targets: [TARGET], policies: [{ resourceId: WEB, policyName: 'cpu' }] }, /needs either/],
    [
      { targets: [TARGET], policies: [{ resourceId: WEB, policyName: 'cpu', targetTracking: {} }] },
      /autoscaling\.policies\.0 \(cpu\).*targetValue/,
    ],
    [
      {
        targets: [TARGET],
        scheduledActions: [{ resourceId: WEB, scheduledActionName: 'a', schedule: 'daily', minCapacity: 1 }],
      },
      /autoscaling\.scheduledActions\.0 \(a\).*Invalid schedule/,
    ],
    [{ load: { [WEB]: [{ load: 1 }] } }, /autoscaling\.load\.service\/main\/shop-web\.0.*either/],
    [{ load: { [WEB]: [{ afterSeconds: 0, load: -1 }] } }, /autoscaling\.load/],
    ['text', /section autoscaling/],
  ])('says where it is wrong: %j', (section, message) => {
    expect(() => openScaling().service.load(section)).toThrow(message);
  });
});
