import { RunTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { NETWORK, openEcs, type ReceivedEvent, shopSection, watchEvents, webDefinition } from './kit.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

function ofType(events: readonly ReceivedEvent[], type: string): ReceivedEvent[] {
  return events.filter((event) => event['detail-type'] === type);
}

describe('ECS Task State Change', () => {
  it('shows the task with ISO instants, without tags and health', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
    const bench = openEcs({ taskDefinitions: [webDefinition()] });
    const take = await watchEvents(bench);
    const { tasks } = await bench.aws.send(
      new RunTaskCommand({
        cluster: 'main',
        taskDefinition: 'shop-web',
        launchType: 'FARGATE',
        networkConfiguration: NETWORK,
        tags: [{ key: 'a', value: 'b' }],
      }),
    );
    await bench.clock.advance(60_000);
    const events = ofType(await take(), 'ECS Task State Change');
    const arn = tasks?.[0]?.taskArn;
    for (const event of events) {
      expect(event).toMatchObject({ source: 'aws.ecs', resources: [arn] });
      expect(event.detail).toMatchObject({
        taskArn: arn,
        clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/main',
        group: 'family:shop-web',
        launchType: 'FARGATE',
        attachments: [{ type: 'eni' }],
        overrides: { containerOverrides: [{ name: 'web' }] },
      });
      expect(event.detail).not.toHaveProperty('tags');
      expect(event.detail).not.toHaveProperty('healthStatus');
      expect(event.detail.createdAt).toMatch(ISO);
      expect(event.detail.updatedAt).toMatch(ISO);
    }
    expect(events.at(-1)?.detail).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedAt: expect.stringMatching(ISO),
      containers: [{ name: 'web', exitCode: 0, cpu: '0' }],
    });
  });

  it('row 63: counts up the version with every change of a task', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html
    const bench = openEcs(shopSection());
    const take = await watchEvents(bench);
    await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', forceNewDeployment: true }),
    );
    await bench.clock.advance(20_000);
    const versions = new Map<string, number[]>();
    for (const { detail } of ofType(await take(), 'ECS Task State Change')) {
      const arn = String(detail.taskArn);
      versions.set(arn, [...(versions.get(arn) ?? []), Number(detail.version)]);
    }
    expect(versions.size).toBe(4);
    for (const counted of versions.values()) {
      const first = counted[0] ?? 0;
      expect(counted).toEqual(counted.map((_, index) => first + index));
    }
  });

  it('row 63: may come twice and out of order', async () => {
    const weather = { staleReadsMs: 0, duplicateEvents: 0.5, lostEvents: 0.5, eventDelayMs: 3000 };
    const bench = openEcs(shopSection(), { switches: { weather } });
    const take = await watchEvents(bench);
    await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', forceNewDeployment: true }),
    );
    await bench.clock.advance(60_000);
    const seen = ofType(await take(), 'ECS Task State Change').map(
      ({ detail }) => `${detail.taskArn} ${detail.version}`,
    );
    // ECS events are durable: each of the 4 + 4 changes of two tasks each comes at least once.
    expect(new Set(seen).size).toBe(16);
    expect(seen.length).toBeGreaterThan(16);
  });
});

describe('ECS Deployment State Change', () => {
  it('names the service as its resource and the deployment, and neither cluster nor definition', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
    const bench = openEcs(shopSection());
    const take = await watchEvents(bench);
    const { service } = await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web:2' }),
    );
    await bench.clock.advance(15_000);
    const id = service?.deployments?.[0]?.id;
    const events = ofType(await take(), 'ECS Deployment State Change');
    expect(events.map(({ resources }) => resources)).toEqual([[service?.serviceArn], [service?.serviceArn]]);
    expect(events.map(({ detail }) => detail)).toEqual([
      {
        eventType: 'INFO',
        eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS',
        deploymentId: id,
        updatedAt: expect.stringMatching(ISO),
        reason: `ECS deployment ${id} in progress.`,
      },
      {
        eventType: 'INFO',
        eventName: 'SERVICE_DEPLOYMENT_COMPLETED',
        deploymentId: id,
        updatedAt: expect.stringMatching(ISO),
        reason: `ECS deployment ${id} completed.`,
      },
    ]);
  });
});

describe('ECS Service Action', () => {
  it('row 76: a steady state is told of again without any deployment', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
    const bench = openEcs(shopSection());
    const take = await watchEvents(bench);
    for (const desiredCount of [3, 2]) {
      await bench.aws.send(new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', desiredCount }));
      await bench.clock.advance(15_000);
    }
    const events = await take();
    expect(ofType(events, 'ECS Deployment State Change')).toEqual([]);
    const actions = ofType(events, 'ECS Service Action').map(({ detail }) => detail);
    expect(actions).toHaveLength(2);
    expect(actions[0]).toEqual({
      eventType: 'INFO',
      eventName: 'SERVICE_STEADY_STATE',
      clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/main',
      createdAt: expect.stringMatching(ISO),
    });
  });

  it('a change that moves no task is followed by no event', async () => {
    const bench = openEcs(shopSection());
    const take = await watchEvents(bench);
    await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', propagateTags: 'SERVICE' }),
    );
    await bench.clock.advance(15_000);
    expect(await take()).toEqual([]);
  });

  it('tells when a task cannot be placed', async () => {
    const bench = openEcs(shopSection());
    const take = await watchEvents(bench);
    bench.ecs.setOutcomes([{ placementFailure: 'RESOURCE:FARGATE', times: 1 }]);
    await bench.aws.send(new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', desiredCount: 3 }));
    await bench.clock.advance(15_000);
    expect(ofType(await take(), 'ECS Service Action')[0]?.detail).toMatchObject({
      eventType: 'ERROR',
      eventName: 'SERVICE_TASK_PLACEMENT_FAILURE',
      reason: 'RESOURCE:FARGATE',
    });
  });
});
