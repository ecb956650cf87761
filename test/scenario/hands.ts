import { DescribeServicesCommand, type Service } from '@aws-sdk/client-ecs';
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import type { Stage } from './stage.ts';
import { type ProcessScaling, scaled } from './worlds.ts';

/** What a person does to an account and sees of it, in one line each. */

export function appKey(name: string) {
  return { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION, kind: 'app', name } as const;
}

/** So many processes, whatever the load. */
export function exactly(count: number, changes: ProcessScaling = {}): Required<ProcessScaling> {
  return scaled({ min_processes: count, max_processes: count, ...changes });
}

/** Puts `/apppack/apps/<path>`; anything but a text as JSON. */
export async function put(on: Stage, path: string, value: unknown): Promise<void> {
  const Value = typeof value === 'string' ? value : JSON.stringify(value);
  await on.person.ssm.send(
    new PutParameterCommand({ Name: `/apppack/apps/${path}`, Value, Type: 'String', Overwrite: true }),
  );
}

export async function remove(on: Stage, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await on.person.ssm.send(new DeleteParameterCommand({ Name: `/apppack/apps/${path}` }));
  }
}

export async function serviceOf(on: Stage, name: string): Promise<Service | undefined> {
  const { services } = await on.person.ecs.send(
    new DescribeServicesCommand({ cluster: 'main', services: [name] }),
  );
  return services?.[0];
}

export async function countOf(on: Stage, name: string): Promise<number | undefined> {
  return (await serviceOf(on, name))?.desiredCount;
}

/** Lets time pass until a read shows that a service has so many; tells how long that took. */
export async function waitForCount(
  on: Stage,
  name: string,
  count: number,
  limitMs = 900_000,
): Promise<number> {
  const from = on.clock.now();
  while ((await countOf(on, name)) !== count) {
    const waited = on.clock.now() - from;
    if (waited >= limitMs) throw new Error(`${name} has not got ${count} within ${limitMs} ms`);
    await on.clock.advance(500);
  }
  return on.clock.now() - from;
}

export async function queueUrl(on: Stage, name: string): Promise<string> {
  const { QueueUrl = '' } = await on.person.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  return QueueUrl;
}

/** All messages of a queue: waiting, in flight and delayed. */
export async function messagesIn(on: Stage, name: string): Promise<number> {
  const { Attributes } = await on.person.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: await queueUrl(on, name), AttributeNames: ['All'] }),
  );
  return [
    Attributes?.ApproximateNumberOfMessages,
    Attributes?.ApproximateNumberOfMessagesNotVisible,
    Attributes?.ApproximateNumberOfMessagesDelayed,
  ].reduce((sum, count) => sum + Number(count), 0);
}

/** No more news reach anybody: what changes from now on is for the sweep to find. */
export function loseAllEvents(on: Stage): void {
  on.simulator.switches.weather = { ...on.simulator.switches.weather, lostEvents: 1 };
}
