import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/simulator/clock.ts';
import { FAIR_WEATHER } from '../../../../src/simulator/faults.ts';
import { seededRandom } from '../../../../src/simulator/random.ts';
import type { EmittedEvent, Offers, RegionContext } from '../../../../src/simulator/region.ts';
import { createEcsService } from '../../../../src/simulator/services/ecs/index.ts';
import { NETWORK, refusal, shopSection, webDefinition } from './kit.ts';

/** ECS alone, with what it gives to its neighbours and takes from them laid open. */
function openAlone(section: Record<string, unknown>) {
  const clock = new VirtualClock();
  const offers: Offers = {};
  const events: EmittedEvent[] = [];
  const context: RegionContext = {
    account: '123456789012',
    region: 'us-east-1',
    clock,
    random: seededRandom(1),
    weather: FAIR_WEATHER,
    offers,
    emit: (event) => events.push(event),
    arn: (service, resource) => `arn:aws:${service}:us-east-1:123456789012:${resource}`,
    authorize: () => {},
  };
  const ecs = createEcsService(context);
  ecs.load({ clusters: [{ name: 'main' }], ...section });
  return { clock, offers, events, ecs };
}

const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/main';

describe('what Application Auto Scaling is offered', () => {
  it('reads the counts of a service by the name or the ARN of its cluster', () => {
    const { offers } = openAlone(shopSection());
    expect(offers.serviceCounts?.('main', 'shop-web')).toEqual({ desired: 2, running: 2 });
    expect(offers.serviceCounts?.(CLUSTER, 'shop-web')).toEqual({ desired: 2, running: 2 });
    expect(offers.serviceCounts?.('main', 'nothing')).toBeUndefined();
    expect(offers.serviceCounts?.('nowhere', 'shop-web')).toBeUndefined();
  });

  it('sets the desired count, which is reported as SERVICE_DESIRED_COUNT_UPDATED', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
    const { offers, events, clock } = openAlone(shopSection());
    offers.setDesiredCount?.('main', 'shop-web', 4);
    offers.setDesiredCount?.('main', 'nothing', 4);
    await clock.advance(15_000);
    expect(offers.serviceCounts?.('main', 'shop-web')).toEqual({ desired: 4, running: 4 });
    const names = events.map(({ detail }) => detail.eventName);
    expect(names.filter((name) => name === 'SERVICE_DESIRED_COUNT_UPDATED')).toHaveLength(1);
  });

  it('a count set by a person is not reported', async () => {
    const { ecs, events, clock } = openAlone(shopSection());
    const caller = { client: 'test', accessKey: 'test' };
    await ecs.operations.UpdateService?.({ cluster: 'main', service: 'shop-web', desiredCount: 4 }, caller);
    await clock.advance(15_000);
    expect(events.map(({ detail }) => detail.eventName)).not.toContain('SERVICE_DESIRED_COUNT_UPDATED');
  });
});

describe('what EventBridge is offered', () => {
  const input = {
    cluster: CLUSTER,
    taskDefinition: 'shop-scheduler:1',
    launchType: 'FARGATE',
    networkConfiguration: NETWORK,
  };
  const section = { taskDefinitions: [webDefinition({ family: 'shop-scheduler' })] };

  it('starts a task in the name of the rule', async () => {
    const { offers, ecs } = openAlone(section);
    offers.runTask?.(input, 'events-rule/nightly');
    const caller = { client: 'test', accessKey: 'test' };
    const answer = await ecs.operations.ListTasks?.(
      { cluster: 'main', startedBy: 'events-rule/nightly' },
      caller,
    );
    expect(answer).toMatchObject({ taskArns: [expect.stringContaining(':task/main/')] });
  });

  it('row 13: refuses a pinned revision that was deregistered', async () => {
    const { offers } = openAlone({
      taskDefinitions: [{ ...webDefinition({ family: 'shop-scheduler' }), status: 'INACTIVE' }],
    });
    const call = async () => offers.runTask?.(input, 'events-rule/nightly');
    expect(await refusal(call())).toEqual({
      name: 'ClientException',
      message: 'TaskDefinition is inactive',
    });
  });

  it('tells when there was no room', async () => {
    const { offers } = openAlone({ ...section, outcomes: [{ placementFailure: 'RESOURCE:FARGATE' }] });
    const call = async () => offers.runTask?.(input, 'events-rule/nightly');
    expect((await refusal(call())).message).toContain('RESOURCE:FARGATE');
  });
});

describe('what ECS asks of its neighbours', () => {
  it('writes the lines of an outcome to the stream that awslogs names', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    const logConfiguration = {
      logDriver: 'awslogs' as const,
      options: {
        'awslogs-group': '/shop',
        'awslogs-region': 'us-east-1',
        'awslogs-stream-prefix': 'release',
      },
    };
    const { offers, clock } = openAlone({
      taskDefinitions: [
        webDefinition({
          family: 'shop-release',
          containerDefinitions: [{ name: 'release', image: 'shop:1', logConfiguration }],
        }),
      ],
      outcomes: [{ family: 'shop-release', logLines: ['migrating', 'done'] }],
    });
    const written: string[][] = [];
    offers.writeLog = (group, stream, message) => written.push([group, stream, message]);
    offers.runTask?.(
      {
        cluster: 'main',
        taskDefinition: 'shop-release',
        launchType: 'FARGATE',
        networkConfiguration: NETWORK,
      },
      'events-rule/x',
    );
    await clock.advance(10_000);
    expect(written.map(([group, , message]) => [group, message])).toEqual([
      ['/shop', 'migrating'],
      ['/shop', 'done'],
    ]);
    expect(written[0]?.[1]).toMatch(/^release\/release\/[0-9a-f]{32}$/);
  });
});
