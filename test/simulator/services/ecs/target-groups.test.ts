import { describe, expect, it } from 'vitest';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../kit.ts';
import {
  BALANCER,
  BREAKER,
  create,
  deploy,
  describe1,
  type EcsBench,
  GROUP,
  history,
  look,
  messages,
  openEcs,
  primary,
  refusal,
  runningTasks,
  update,
  webDefinition,
} from './kit.ts';

const PORTS = { portMappings: [{ containerPort: 8000 }] };

/** Two revisions of a web service's definition, and the target group as a test wants it. */
function openWeb(group: Record<string, unknown>): EcsBench {
  const bench = openEcs({
    taskDefinitions: ['shop:1', 'shop:2'].map((image) =>
      webDefinition({ containerDefinitions: [{ name: 'web', image, ...PORTS }] }),
    ),
  });
  setGroup(bench, group);
  return bench;
}

function setGroup(bench: EcsBench, group: Record<string, unknown>): void {
  elb(bench).load({ targetGroups: [{ arn: GROUP, ...group }] });
}

function elb(bench: EcsBench) {
  const service = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('elbv2');
  if (service === undefined) throw new Error('the simulator has no load balancers');
  return service;
}

const WEB = { taskDefinition: 'shop-web:1', loadBalancers: [BALANCER], deploymentConfiguration: BREAKER };

/** The states of the targets in the group, as the load balancer tells them over its query protocol. */
async function targetStates(bench: EcsBench, arn = GROUP): Promise<string[]> {
  const { response } = await bench.client().requestHandler.handle({
    method: 'POST',
    headers: {
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260105/us-east-1/elasticloadbalancing/aws4_request',
    },
    body: new URLSearchParams({ Action: 'DescribeTargetHealth', TargetGroupArn: arn }).toString(),
  });
  const text = new TextDecoder().decode(response.body);
  if (response.statusCode !== 200) throw new Error(text);
  return [...text.matchAll(/<State>(\w+)<\/State>/g)].map(([, state = '']) => state);
}

describe('a service behind a load balancer', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
  it('is deployed when its targets are healthy, not when its tasks run', async () => {
    const bench = openWeb({ secondsToHealthy: 30 });
    await create(bench, WEB);
    await bench.clock.advance(10_000);
    expect(await primary(bench)).toMatchObject({ rolloutState: 'IN_PROGRESS', runningCount: 1 });
    expect(await targetStates(bench)).toEqual(['initial']);
    await bench.clock.advance(30_000);
    expect((await primary(bench)).rolloutState).toBe('COMPLETED');
    expect(await targetStates(bench)).toEqual(['healthy']);
  });

  it('is deployed within 15 s where the world says nothing of its targets', async () => {
    const bench = openWeb({});
    await create(bench, { ...WEB, desiredCount: 2 });
    await bench.clock.advance(15_000);
    expect((await primary(bench)).rolloutState).toBe('COMPLETED');
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(15_000);
    expect((await primary(bench)).rolloutState).toBe('COMPLETED');
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
  it('row 32: goes back to the image before when the new one fails its health checks', async () => {
    const bench = openWeb({ healthOfImages: { 'shop:2': 'unhealthy' } });
    await create(bench, WEB);
    await bench.clock.advance(15_000);
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(8000);
    expect(await runningTasks(bench)).toHaveLength(2);
    await bench.clock.advance(180_000);
    const [latest] = await history(bench);
    expect(latest?.status).toBe('ROLLBACK_SUCCESSFUL');
    expect((await primary(bench)).taskDefinition).toMatch(/shop-web:1$/);
    expect(await targetStates(bench)).toEqual(['healthy']);
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
  it('row 65: has its tasks stopped only after the grace period', async () => {
    const bench = openWeb({ health: 'unhealthy', secondsToUnhealthy: 5 });
    await create(bench, { ...WEB, healthCheckGracePeriodSeconds: 60 });
    await bench.clock.advance(50_000);
    const [arn = ''] = await runningTasks(bench);
    expect((await look(bench, arn)).lastStatus).toBe('RUNNING');
    expect(await targetStates(bench)).toEqual(['unhealthy']);
    await bench.clock.advance(25_000);
    expect(await look(bench, arn)).toMatchObject({
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: `Task failed ELB health checks in (target-group ${GROUP})`,
    });
    expect(await messages(bench)).toContain(
      `(service shop-web) (port 8000) is unhealthy in (target-group ${GROUP}) due to (reason Health checks failed)`,
    );
  });

  it('is deployed for ever when the load balancer never finds an answer', async () => {
    const bench = openWeb({ health: 'never' });
    await create(bench, WEB);
    await bench.clock.advance(3_600_000);
    expect(await primary(bench)).toMatchObject({
      rolloutState: 'IN_PROGRESS',
      runningCount: 1,
      failedTasks: 0,
    });
    expect(await targetStates(bench)).toEqual(['initial']);
  });

  it('keeps targets that are healthy already', async () => {
    const bench = openWeb({});
    await create(bench, WEB);
    await bench.clock.advance(15_000);
    setGroup(bench, { health: 'unhealthy' });
    await bench.clock.advance(60_000);
    expect(await targetStates(bench)).toEqual(['healthy']);
    expect((await describe1(bench)).runningCount).toBe(1);
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
  it('row 36: cannot be attached to a target group that does not exist, or that nobody listens for, or of machines', async () => {
    const bench = openWeb({ attached: false });
    const unattached = await refusal(create(bench, WEB));
    expect(unattached).toEqual({
      name: 'InvalidParameterException',
      message: `The target group with targetGroupArn ${GROUP} does not have an associated load balancer.`,
    });
    setGroup(bench, { targetType: 'instance' });
    expect((await refusal(create(bench, WEB))).message).toContain('has target type instance');
    elb(bench).load({});
    const missing = await refusal(create(bench, WEB));
    expect(missing.name).toBe('InvalidParameterException');
    expect(missing.message).toContain('Unable to assume role and validate the specified targetGroupArn');
    await create(bench, { ...WEB, loadBalancers: [] });
    expect((await refusal(update(bench, { loadBalancers: [BALANCER] }))).message).toBe(missing.message);
  });
});

describe('target groups', () => {
  it('are part of a world: by name or by ARN, with what is left out filled in', () => {
    const bench = openEcs();
    elb(bench).load({ targetGroups: [{ name: 'shop-web' }, { arn: GROUP, health: 'never' }] });
    const saved = elb(bench).dump();
    expect(saved).toMatchObject({
      targetGroups: [
        { arn: expect.stringMatching(/:targetgroup\/shop-web\/[0-9a-f]{16}$/), health: 'healthy' },
        { arn: GROUP, name: 'shop', health: 'never' },
      ],
    });
    elb(bench).load(saved);
    expect(elb(bench).dump()).toEqual(saved);
    expect(() => elb(bench).load({ targetGroups: [{ health: 'ill' }] })).toThrow(/elbv2\.targetGroups\.0/);
  });

  // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html
  it('that do not exist have no health', async () => {
    await expect(targetStates(openEcs(), `${GROUP}0`)).rejects.toThrow('TargetGroupNotFound');
  });
});
