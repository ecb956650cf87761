import {
  type CreateServiceCommandInput,
  DescribeTasksCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import {
  ABSENT,
  BALANCER,
  create,
  describe1,
  GROUP,
  openEcs,
  primary,
  refusal,
  runningTasks,
  update,
  webDefinition,
  withDefinition,
} from './kit.ts';

describe('CreateService', () => {
  it('answers with a PRIMARY deployment in progress, and has its tasks running soon', async () => {
    const bench = withDefinition();
    const { service } = await create(bench, { tags: [{ key: 'a', value: 'b' }] });
    expect(service).toMatchObject({
      serviceArn: 'arn:aws:ecs:us-east-1:123456789012:service/main/shop-web',
      status: 'ACTIVE',
      desiredCount: 1,
      runningCount: 0,
      launchType: 'FARGATE',
      schedulingStrategy: 'REPLICA',
      propagateTags: 'NONE',
      availabilityZoneRebalancing: 'ENABLED',
      tags: [{ key: 'a', value: 'b' }],
    });
    expect(service?.deployments?.[0]).toMatchObject({ status: 'PRIMARY', rolloutState: 'IN_PROGRESS' });
    expect(service?.deployments?.[0]?.id).toMatch(/^ecs-svc\/\d{19}$/);
    await bench.clock.advance(15_000);
    expect(await primary(bench)).toMatchObject({ rolloutState: 'COMPLETED', runningCount: 1 });
  });

  it('row 27: is not idempotent with other arguments, but is with the same', async () => {
    // gh floci-io/floci#1095
    const bench = withDefinition();
    const first = await create(bench);
    const again = await create(bench, { clientToken: 'second' });
    expect(again.service?.createdAt).toEqual(first.service?.createdAt);
    expect(await refusal(create(bench, { desiredCount: 2 }))).toEqual({
      name: 'InvalidParameterException',
      message: 'Creation of service was not idempotent.',
    });
    await update(bench, { desiredCount: 2 });
    expect((await refusal(create(bench))).message).toBe('Creation of service was not idempotent.');
    await bench.clock.advance(15_000);
    expect(await runningTasks(bench)).toHaveLength(2);
  });

  it('row 35: names no deployment controller for the ECS type', async () => {
    // gh aws-cloudformation/cloudformation-coverage-roadmap#1259
    const bench = withDefinition();
    await create(bench, { deploymentController: { type: 'ECS' } });
    expect(await describe1(bench)).not.toHaveProperty('deploymentController');
  });

  it('row 36: refuses a target group that no load balancer listens for', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    const bench = withDefinition({ unattachedTargetGroups: [GROUP] });
    const answer = await refusal(create(bench, { loadBalancers: [BALANCER] }));
    expect(answer.name).toBe('InvalidParameterException');
    expect(answer.message).toContain('does not have an associated load balancer');
    bench.ecs.setUnattachedTargetGroups([]);
    const { service } = await create(bench, { loadBalancers: [BALANCER] });
    expect(service).toMatchObject({ loadBalancers: [BALANCER], healthCheckGracePeriodSeconds: 0 });
  });

  it.each<[string, Partial<CreateServiceCommandInput>, string]>([
    ['an odd name', { serviceName: 'shop web' }, 'Invalid service name'],
    ['a negative count', { desiredCount: -1 }, 'lesser than 0'],
    ['more than 5000 tasks', { desiredCount: 5001 }, '5000'],
    ['no count', { desiredCount: ABSENT }, 'Desired count is required'],
    ['a long token', { clientToken: 'x'.repeat(37) }, 'clientToken'],
    ['no network for awsvpc', { networkConfiguration: ABSENT }, 'Network Configuration must be provided'],
    [
      'no subnets',
      { networkConfiguration: { awsvpcConfiguration: { subnets: [] } } },
      'subnets can not be empty',
    ],
    [
      'a strategy beside a launch type',
      { capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }] },
      'both a launch type and',
    ],
    ['a DAEMON with a count', { schedulingStrategy: 'DAEMON' }, 'daemon scheduling strategy'],
    [
      'a DAEMON on Fargate',
      { schedulingStrategy: 'DAEMON', desiredCount: ABSENT },
      'does not support the DAEMON',
    ],
    [
      'a container the definition lacks',
      { loadBalancers: [{ ...BALANCER, containerName: 'x' }] },
      'does not exist in the task definition',
    ],
    [
      'a port the definition lacks',
      { loadBalancers: [{ ...BALANCER, containerPort: 1 }] },
      'did not have a container port 1',
    ],
    [
      'a grace period without a load balancer',
      { healthCheckGracePeriodSeconds: 60 },
      'only valid for services configured',
    ],
    ['six target groups', { loadBalancers: Array(6).fill(BALANCER) }, 'at most 5'],
    ['ECS Exec without a task role', { enableExecuteCommand: true }, 'taskRoleArn'],
    [
      'percentages that cross',
      { deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 50 } },
      'minimumHealthyPercent',
    ],
    ['51 tags', { tags: Array.from({ length: 51 }, (_, key) => ({ key: `${key}`, value: '' })) }, 'tags'],
    ['a tag of AWS', { tags: [{ key: 'aws:x', value: '' }] }, 'reserved'],
    [
      'CODE_DEPLOY without a load balancer',
      { deploymentController: { type: 'CODE_DEPLOY' } },
      'load balancer is required',
    ],
  ])('refuses %s', async (_what, changes, message) => {
    const answer = await refusal(create(withDefinition(), changes));
    expect(answer.name).toBe('InvalidParameterException');
    expect(answer.message).toContain(message);
  });

  it.each<[string, Partial<CreateServiceCommandInput>, string]>([
    ['a missing cluster', { cluster: 'nowhere' }, 'ClusterNotFoundException'],
    ['a missing definition', { taskDefinition: 'nothing' }, 'ClientException'],
  ])('refuses %s', async (_what, changes, name) => {
    expect((await refusal(create(withDefinition(), changes))).name).toBe(name);
  });

  it('refuses Fargate for a definition that does not suit it', async () => {
    const bench = openEcs();
    await bench.aws.send(
      new RegisterTaskDefinitionCommand({
        family: 'shop-web',
        containerDefinitions: [{ name: 'web', image: 'x', memory: 128 }],
      }),
    );
    expect((await refusal(create(bench, { networkConfiguration: ABSENT }))).message).toBe(
      'Task definition does not support launch_type FARGATE.',
    );
  });

  it('uses the strategy of the cluster when it is told nothing', async () => {
    const strategy = [{ capacityProvider: 'FARGATE_SPOT', weight: 1, base: 0 }];
    const bench = withDefinition({
      clusters: [{ name: 'main', defaultCapacityProviderStrategy: strategy }],
    });
    await create(bench, { launchType: ABSENT });
    await bench.clock.advance(15_000);
    const service = await describe1(bench);
    expect(service.capacityProviderStrategy).toEqual(strategy);
    expect(service).not.toHaveProperty('launchType');
    const { tasks } = await bench.aws.send(
      new DescribeTasksCommand({ cluster: 'main', tasks: await runningTasks(bench) }),
    );
    expect(tasks?.[0]).toMatchObject({ capacityProviderName: 'FARGATE_SPOT', launchType: 'FARGATE' });
  });

  it('gives tasks the tags of the service or of the definition', async () => {
    const bench = openEcs({
      taskDefinitions: [webDefinition({ tags: [{ key: 'apppack:buildNumber', value: '7' }] })],
    });
    await create(bench, { propagateTags: 'TASK_DEFINITION', enableECSManagedTags: true });
    await bench.clock.advance(15_000);
    const { tasks } = await bench.aws.send(
      new DescribeTasksCommand({ cluster: 'main', tasks: await runningTasks(bench), include: ['TAGS'] }),
    );
    expect(tasks?.[0]?.tags).toEqual([
      { key: 'apppack:buildNumber', value: '7' },
      { key: 'aws:ecs:clusterName', value: 'main' },
      { key: 'aws:ecs:serviceName', value: 'shop-web' },
    ]);
    expect(tasks?.[0]).toMatchObject({ group: 'service:shop-web', startedBy: (await primary(bench)).id });
  });

  it('cannot place tasks on machines that are not there', async () => {
    const bench = openEcs();
    await bench.aws.send(
      new RegisterTaskDefinitionCommand({
        family: 'shop-web',
        containerDefinitions: [{ name: 'web', image: 'x', memory: 128 }],
      }),
    );
    await create(bench, { launchType: 'EC2', networkConfiguration: ABSENT });
    await bench.clock.advance(60_000);
    const service = await describe1(bench);
    expect(service.runningCount).toBe(0);
    expect(service.events?.some(({ message }) => message?.includes('unable to place a task'))).toBe(true);
  });

  it('runs one DAEMON task for each machine', async () => {
    const bench = openEcs({ clusters: [{ name: 'main', containerInstances: 3 }] });
    await bench.aws.send(
      new RegisterTaskDefinitionCommand({
        family: 'shop-web',
        containerDefinitions: [{ name: 'web', image: 'x', memory: 128 }],
      }),
    );
    await create(bench, {
      launchType: 'EC2',
      schedulingStrategy: 'DAEMON',
      desiredCount: ABSENT,
      networkConfiguration: ABSENT,
    });
    await bench.clock.advance(15_000);
    expect(await describe1(bench)).toMatchObject({ runningCount: 3, schedulingStrategy: 'DAEMON' });
    expect((await refusal(update(bench, { desiredCount: 1 }))).message).toContain('daemon');
  });

  it('§4: refuses the 5,001st service of a cluster', async () => {
    // https://docs.aws.amazon.com/general/latest/gr/ecs-service.html
    const bench = withDefinition({
      services: Array.from({ length: 5000 }, (_, index) => ({
        cluster: 'main',
        name: `service-${index}`,
        taskDefinition: 'shop-web:1',
        desiredCount: 0,
      })),
    });
    expect((await refusal(create(bench))).message).toContain('5000');
  });
});
