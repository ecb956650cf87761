import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { VirtualClock } from '../../../../src/simulator/clock.ts';
import type { AwsError } from '../../../../src/simulator/errors.ts';
import { FAIR_WEATHER, type Weather } from '../../../../src/simulator/faults.ts';
import { seededRandom } from '../../../../src/simulator/random.ts';
import type { SimulatorSwitches } from '../../../../src/simulator/region.ts';
import {
  type BusPort,
  checkDenials,
  type Denial,
  type RegionContext,
} from '../../../../src/simulator/region.ts';
import { createEventsService, type EventsService } from '../../../../src/simulator/services/events/index.ts';
import { type Bench, DEFAULT_ACCOUNT, DEFAULT_REGION, openBench } from '../../kit.ts';

export const ROLE = 'arn:aws:iam::123456789012:role/events';
export const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/main';
export const TASK = 'arn:aws:ecs:us-east-1:123456789012:task-definition/shop-scheduler:7';
export const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:intake';
export const DEAD_LETTERS = 'arn:aws:sqs:us-east-1:123456789012:dead';

export interface EventsBench extends Bench {
  readonly events: EventBridgeClient;
  readonly service: EventsService;
}

/** A quiet account with an EventBridge client. */
export function openEvents(switches: Partial<SimulatorSwitches> = {}): EventsBench {
  const bench = openBench({ switches });
  // The map holds services by their common face; under this name stands the one with the extra methods.
  const service = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('events') as EventsService;
  return { ...bench, events: new EventBridgeClient(bench.client()), service };
}

/** A valid ECS target. */
export function ecsTarget(Id: string, more: Record<string, unknown> = {}) {
  return {
    Id,
    Arn: CLUSTER,
    RoleArn: ROLE,
    EcsParameters: {
      TaskDefinitionArn: TASK,
      LaunchType: 'FARGATE' as const,
      NetworkConfiguration: { awsvpcConfiguration: { Subnets: ['subnet-1'], SecurityGroups: ['sg-1'] } },
    },
    ...more,
  };
}

interface Delivered {
  readonly at: number;
  readonly queue: string;
  readonly body: string;
  readonly sourceArn: string;
  readonly group: string | undefined;
}

/** The service alone, between hand-made queues and a hand-made ECS. */
export function openPlane(weather: Partial<Weather> = {}) {
  const clock = new VirtualClock();
  const denials: Denial[] = [];
  const delivered: Delivered[] = [];
  const tasks: Array<{ at: number; input: Record<string, unknown>; startedBy: string }> = [];
  const brokenQueues = new Set<string>();
  const ecs: { error?: AwsError } = {};
  const bus: BusPort = { hears: () => false, deliver: () => {} };
  const context: RegionContext = {
    account: DEFAULT_ACCOUNT,
    region: DEFAULT_REGION,
    clock,
    random: seededRandom(7),
    weather: { ...FAIR_WEATHER, ...weather },
    offers: {
      deliverToQueue(queue, body, sourceArn, group) {
        if (brokenQueues.has(queue)) return false;
        delivered.push({ at: clock.now(), queue, body, sourceArn, group });
        return true;
      },
      runTask(input, startedBy) {
        if (ecs.error !== undefined) throw ecs.error;
        tasks.push({ at: clock.now(), input, startedBy });
      },
    },
    emit: () => {},
    arn: (service, resource) => `arn:aws:${service}:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:${resource}`,
    authorize: (action, resource, caller) => checkDenials(denials, action, resource, caller),
  };
  const service = createEventsService(context, bus);
  const call = (operation: string, input: Record<string, unknown>) =>
    service.operations[operation]?.(input, { client: 'test', accessKey: 'AKIA' });
  return { clock, context, denials, delivered, tasks, brokenQueues, ecs, bus, service, call };
}

/** A Parameter Store event as it arrives on the default bus. */
export function parameterEvent(name: string, operation = 'Update') {
  return {
    version: '0',
    id: 'c0ffee00-0000-4000-8000-000000000001',
    'detail-type': 'Parameter Store Change',
    source: 'aws.ssm',
    account: DEFAULT_ACCOUNT,
    time: '2026-01-05T12:00:00Z',
    region: DEFAULT_REGION,
    resources: [`arn:aws:ssm:us-east-1:123456789012:parameter${name}`],
    detail: { operation, name, type: 'String' },
  };
}

/** The wire name of the error a call fails with. */
export async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error ? error.name : 'not an error';
  }
  return 'no error';
}
