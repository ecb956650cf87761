import {
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  PutScheduledActionCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { FAIR_WEATHER } from '../../../../src/simulator/faults.ts';
import { definition, openScene, type Scene, type SceneOptions, serviceSection } from '../scene.ts';
import { operations, reasons, SCALING, settle } from '../shop.ts';

const ECS = { ServiceNamespace: 'ecs' as const, ScalableDimension: 'ecs:service:DesiredCount' as const };
const RESOURCE = 'service/main/shop-web';
const OURS = 'trimtab:/apppack/apps/shop';
const range = (min: number, max: number) => ({ web: { min_processes: min, max_processes: max } });

/** A shop whose web has one process, and this scaling. */
function scaled(
  scaling: unknown,
  options: SceneOptions = {},
  service: Record<string, unknown> = {},
): Promise<Scene> {
  return openScene({
    ecs: { taskDefinitions: [definition('shop-web')], services: [serviceSection('shop-web', service)] },
    ...options,
    parameters: { [SCALING]: { json: scaling }, ...options.parameters },
  });
}

async function converged(...given: Parameters<typeof scaled>): Promise<Scene> {
  const scene = await scaled(...given);
  await scene.pass();
  await settle(scene);
  return scene;
}

async function targetIn(scene: Scene) {
  const { ScalableTargets = [] } = await scene.person.autoscaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' }),
  );
  const [target] = ScalableTargets;
  return target && { min: target.MinCapacity, max: target.MaxCapacity, suspended: target.SuspendedState };
}

async function policiesIn(scene: Scene) {
  const { ScalingPolicies = [] } = await scene.person.autoscaling.send(
    new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' }),
  );
  return ScalingPolicies.map(({ PolicyName, TargetTrackingScalingPolicyConfiguration: tracking }) => ({
    name: PolicyName,
    metric: tracking?.PredefinedMetricSpecification?.PredefinedMetricType,
    targetValue: tracking?.TargetValue,
  }));
}

async function countIn(scene: Scene): Promise<number | undefined> {
  return (await scene.service('shop-web')).desiredCount;
}

/** Somebody, or an autoscaler, sets the count of web. */
async function setCount(scene: Scene, desiredCount: number): Promise<void> {
  await scene.person.ecs.send(
    new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', desiredCount }),
  );
}

/** Another autoscaling of the service, as somebody made it by hand. */
const theirs = {
  autoscaling: {
    targets: [{ resourceId: RESOURCE, minCapacity: 1, maxCapacity: 8 }],
    policies: [
      {
        resourceId: RESOURCE,
        policyName: 'memory',
        targetTracking: {
          TargetValue: 70,
          PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageMemoryUtilization' },
        },
      },
    ],
  },
};

describe('a range on a simulated account', () => {
  it('gets bounds and one policy that follows the CPU, and the count comes inside', async () => {
    const scene = await scaled(range(2, 5));
    await scene.pass();
    expect(operations(scene)).toEqual(['RegisterScalableTarget', 'PutScalingPolicy']);
    await settle(scene);
    expect(await targetIn(scene)).toMatchObject({ min: 2, max: 5 });
    expect(await policiesIn(scene)).toEqual([
      { name: OURS, metric: 'ECSServiceAverageCPUUtilization', targetValue: 50 },
    ]);
    expect(await countIn(scene)).toBe(2);
    expect(operations(scene)).toEqual(['RegisterScalableTarget', 'PutScalingPolicy']);
    expect(await scene.pass()).toMatchObject({ outcome: 'unchanged', synced: true, conditions: [] });
  });

  it('is no failure while AWS does not find the target that was just registered', async () => {
    const scene = await scaled(range(2, 5));
    scene.simulator.switches.weather = { ...FAIR_WEATHER, staleReadsMs: 3_000 };
    const report = await scene.pass();
    expect(operations(scene)).toEqual(['RegisterScalableTarget', 'PutScalingPolicy']);
    expect(scene.simulator.calls.find(({ operation }) => operation === 'PutScalingPolicy')?.code).toBe(
      'ObjectNotFoundException',
    );
    expect(report).toMatchObject({ outcome: 'applied', conditions: [] });
    await scene.wake();
    await settle(scene);
    expect(await policiesIn(scene)).toHaveLength(1);
    expect(await scene.pass()).toMatchObject({ outcome: 'unchanged', synced: true });
  });

  it('is aimed at what the settings say', async () => {
    const settings = { '/apppack/apps/shop/settings': { json: { cluster: 'main', cpu_target: 65 } } };
    expect(await policiesIn(await converged(range(2, 5), { parameters: settings }))).toMatchObject([
      { targetValue: 65 },
    ]);
  });

  it('leaves a count alone that the autoscaler moved, also through a deployment and a restart of trimtab', async () => {
    const scene = await converged(range(2, 5));
    await setCount(scene, 4);
    expect(await scene.pass()).toMatchObject({ outcome: 'unchanged' });
    await scene.put(SCALING, { web: { ...range(2, 5).web, cpu: 512, memory: 1024 } });
    const since = scene.simulator.calls.length;
    await scene.pass();
    await settle(scene);
    expect(operations(scene, since)).toContain('UpdateService');
    expect(await countIn(scene)).toBe(4);
  });

  it('brings a count inside that somebody set outside', async () => {
    const scene = await converged(range(2, 5));
    await setCount(scene, 9);
    const since = scene.simulator.calls.length;
    const report = await scene.pass();
    expect(report.differences).toEqual([{ path: 'services/web/desiredCount', desired: 5, observed: 9 }]);
    await settle(scene);
    expect(operations(scene, since)).toEqual(['RegisterScalableTarget']);
    expect(await countIn(scene)).toBe(5);
  });

  it('is registered again when somebody took it away', async () => {
    const scene = await converged(range(2, 5));
    await scene.person.autoscaling.send(
      new DeregisterScalableTargetCommand({ ...ECS, ResourceId: RESOURCE }),
    );
    await scene.pass();
    await settle(scene);
    expect(await targetIn(scene)).toMatchObject({ min: 2, max: 5 });
    expect(await policiesIn(scene)).toHaveLength(1);
  });

  it('is read in one round trip, with one call for bounds and one for policies', async () => {
    const scene = await converged(range(2, 5));
    const before = scene.roundTrips();
    const { calls } = await scene.pass();
    expect(scene.roundTrips() - before).toBe(1);
    expect(calls).toMatchObject({
      'autoscaling.DescribeScalableTargets': 1,
      'autoscaling.DescribeScalingPolicies': 1,
    });
    expect(calls).not.toHaveProperty('autoscaling.DescribeScheduledActions');
  });

  it('changes with one call that has both bounds, and keeps what a person suspended', async () => {
    const suspended = { dynamicScalingIn: true };
    const targets = [{ resourceId: RESOURCE, minCapacity: 1, maxCapacity: 3, suspended }];
    const policies = [{ resourceId: RESOURCE, policyName: OURS, targetTracking: { TargetValue: 50 } }];
    const scene = await converged(range(4, 9), { sections: { autoscaling: { targets, policies } } });
    expect(await targetIn(scene)).toMatchObject({
      min: 4,
      max: 9,
      suspended: { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false },
    });
    expect(await countIn(scene)).toBe(4);
  });

  it.each([
    ['RegisterScalableTarget', 'throttle' as const],
    ['PutScalingPolicy', 'error' as const],
    ['PutScalingPolicy', 'lostResponse' as const],
  ])('is healed when %s fails: %s', async (operation, kind) => {
    const scene = await scaled(range(2, 5));
    scene.simulator.switches.faults.push({ kind, operation, client: 'controller', times: 3 });
    await scene.pass();
    await settle(scene);
    expect(await targetIn(scene)).toMatchObject({ min: 2, max: 5 });
    expect(await policiesIn(scene)).toHaveLength(1);
    expect(await scene.pass()).toMatchObject({ synced: true });
  });

  it('warns of a range that begins at zero, and is synced all the same', async () => {
    const scene = await converged(range(0, 5));
    const report = await scene.pass();
    expect(report).toMatchObject({ synced: true });
    expect(reasons(report)).toEqual(['ScalesFromZero']);
  });

  it('scales no review app', async () => {
    const root = '/apppack/pipelines/shop/review-apps/pr/7';
    const scene = await openScene({
      ecs: { taskDefinitions: [definition('shop-pr7-web')], services: [serviceSection('shop-pr7-web')] },
      parameters: {
        [root]: { json: { pull_request: 'pr/7', status: 'created' } },
        [`${root}/scaling`]: { json: range(2, 5) },
      },
    });
    const report = await scene.pass('shop:7');
    expect(reasons(report)).toContain('NotAutoscaled');
    await settle(scene, 'shop:7');
    expect(await targetIn(scene)).toBeUndefined();
    expect((await scene.service('shop-pr7-web')).desiredCount).toBe(2);
  });
});

describe('back to a fixed count', () => {
  it('takes our target away and sets the count after it, in one pass', async () => {
    const scene = await converged(range(2, 5));
    await setCount(scene, 5);
    await scene.put(SCALING, range(3, 3));
    const since = scene.simulator.calls.length;
    await scene.pass();
    expect(operations(scene, since)).toEqual(['DeregisterScalableTarget', 'TagResource', 'UpdateService']);
    expect(await targetIn(scene)).toBeUndefined();
    expect(await policiesIn(scene)).toEqual([]);
    expect(await countIn(scene)).toBe(3);
    await settle(scene);
    expect(await scene.pass()).toMatchObject({ synced: true });
  });

  it('sets no count while the target is still there', async () => {
    const scene = await converged(range(2, 5));
    await scene.put(SCALING, range(9, 9));
    const { faults } = scene.simulator.switches;
    faults.push({ kind: 'throttle', operation: 'DeregisterScalableTarget', client: 'controller', times: 3 });
    await scene.pass();
    expect(await countIn(scene)).toBe(2);
    await settle(scene);
    expect(await targetIn(scene)).toBeUndefined();
    expect(await countIn(scene)).toBe(9);
  });

  it('never takes away what somebody else put on a target, and says how to hand it over', async () => {
    const scene = await scaled(range(3, 3), { sections: theirs });
    const report = await scene.pass();
    expect(report.conditions).toMatchObject([{ type: 'Owned', status: 'False', reason: 'Contested' }]);
    await settle(scene);
    expect(await targetIn(scene)).toMatchObject({ min: 1, max: 8 });
    expect(await policiesIn(scene)).toMatchObject([{ name: 'memory' }]);
    expect(await countIn(scene)).toBe(1);
  });

  it('never takes away a target of ours that somebody scheduled something on', async () => {
    const scene = await converged(range(2, 5));
    await scene.person.autoscaling.send(
      new PutScheduledActionCommand({
        ...ECS,
        ResourceId: RESOURCE,
        ScheduledActionName: 'night',
        Schedule: 'cron(0 22 * * ? *)',
        ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 1 },
      }),
    );
    await scene.put(SCALING, range(3, 3));
    expect(reasons(await scene.pass())).toEqual(['Contested']);
    await settle(scene);
    expect(await targetIn(scene)).toMatchObject({ min: 2, max: 5 });
  });
});

describe('a target that was there before', () => {
  it('gets the bounds that are wished, keeps its policy, and gets none of ours', async () => {
    const scene = await scaled(range(2, 5), { sections: theirs });
    const report = await scene.pass();
    expect(reasons(report)).toContain('ForeignPolicy');
    await settle(scene);
    expect(await targetIn(scene)).toMatchObject({ min: 2, max: 5 });
    expect(await policiesIn(scene)).toMatchObject([{ name: 'memory' }]);
    expect(await scene.pass()).toMatchObject({ synced: true });
  });
});
