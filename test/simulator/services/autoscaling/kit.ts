import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  PutScalingPolicyCommand,
  type PutScalingPolicyCommandInput,
  RegisterScalableTargetCommand,
  type RegisterScalableTargetCommandInput,
  type ScalableTarget,
  type ScalingActivity,
} from '@aws-sdk/client-application-auto-scaling';
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { SimulatorSwitches } from '../../../../src/simulator/region.ts';
import {
  type AutoscalingService,
  isAutoscalingService,
} from '../../../../src/simulator/services/autoscaling/index.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../kit.ts';
import { describe1, type EcsBench, openEcs, shopSection } from '../ecs/kit.ts';

export const WEB = 'service/main/shop-web';
export const MINUTE = 60_000;

/** What names the scalable target of `shop-web` in a request. */
export const SCOPE = {
  ServiceNamespace: 'ecs',
  ResourceId: WEB,
  ScalableDimension: 'ecs:service:DesiredCount',
} as const;

/** An account with a steady service `shop-web` of two tasks, and a client for Application Auto Scaling. */
export interface ScalingBench extends EcsBench {
  readonly scaling: ApplicationAutoScalingClient;
  readonly service: AutoscalingService;
  register(input?: Partial<RegisterScalableTargetCommandInput>): Promise<string | undefined>;
  putPolicy(
    input?: Partial<PutScalingPolicyCommandInput>,
    tracking?: Record<string, unknown>,
  ): Promise<string[]>;
  target(): Promise<ScalableTarget | undefined>;
  activities(): Promise<ScalingActivity[]>;
  /** Sets the desired count as a person does. */
  setCount(desiredCount: number): Promise<void>;
  counts(): Promise<{ desired: number | undefined; running: number | undefined }>;
}

/** @param service changes to the service `shop-web` of the world. */
export function openScaling(
  service: Record<string, unknown> = {},
  switches: Partial<SimulatorSwitches> = {},
): ScalingBench {
  const bench = openEcs(shopSection(service), { switches });
  const scaling = new ApplicationAutoScalingClient(bench.client());
  const autoscaling = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('autoscaling');
  if (!isAutoscalingService(autoscaling)) throw new Error('the simulator has no Application Auto Scaling');
  return {
    ...bench,
    scaling,
    service: autoscaling,
    async register(input = {}) {
      const command = new RegisterScalableTargetCommand({
        ...SCOPE,
        MinCapacity: 1,
        MaxCapacity: 6,
        ...input,
      });
      return (await scaling.send(command)).ScalableTargetARN;
    },
    async putPolicy(input = {}, tracking = {}) {
      const { Alarms = [] } = await scaling.send(
        new PutScalingPolicyCommand({
          ...SCOPE,
          PolicyName: 'cpu',
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: {
            TargetValue: 50,
            PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
            ...tracking,
          },
          ...input,
        }),
      );
      return Alarms.map(({ AlarmName = '' }) => AlarmName);
    },
    async target() {
      const command = new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', ResourceIds: [WEB] });
      return (await scaling.send(command)).ScalableTargets?.[0];
    },
    async activities() {
      const command = new DescribeScalingActivitiesCommand(SCOPE);
      return (await scaling.send(command)).ScalingActivities ?? [];
    },
    async setCount(desiredCount) {
      await bench.aws.send(new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', desiredCount }));
    },
    async counts() {
      const { desiredCount, runningCount } = await describe1(bench);
      return { desired: desiredCount, running: runningCount };
    },
  };
}

/** A load that begins now and never changes. */
export function loadOf(bench: ScalingBench, load: number | null): void {
  bench.service.setLoad(WEB, [{ at: bench.clock.now(), load }]);
}
