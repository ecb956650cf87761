import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { ORDINARY_WEATHER } from '../../../../src/simulator/faults.ts';
import { describe1, type EcsBench, NETWORK, openEcs, shopSection, webDefinition } from './kit.ts';

const STALE = { ...ORDINARY_WEATHER, duplicateEvents: 0, eventDelayMs: 0 };

function openStale(section: Record<string, unknown>, seed = 1): EcsBench {
  return openEcs(section, { switches: { weather: STALE }, seed });
}

/** Asks again and again, and gives the different answers in the order in which they first came. */
async function answers<T>(bench: EcsBench, ask: () => Promise<T>, forMs: number): Promise<T[]> {
  const seen: T[] = [];
  for (let spent = 0; spent <= forMs; spent += 100) {
    const answer = await ask();
    if (!seen.includes(answer)) seen.push(answer);
    await bench.clock.advance(100);
  }
  return seen;
}

describe('row 28: reads are eventually consistent', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html and gh kayac/ecspresso#929
  it('a service just created may be MISSING for a while, though its creation was answered in full', async () => {
    const bench = openStale({ taskDefinitions: [webDefinition()] });
    await bench.clock.advance(10_000);
    const { service } = await bench.aws.send(
      new CreateServiceCommand({
        cluster: 'main',
        serviceName: 'shop-web',
        taskDefinition: 'shop-web',
        desiredCount: 1,
        launchType: 'FARGATE',
        networkConfiguration: NETWORK,
      }),
    );
    expect(service?.status).toBe('ACTIVE');
    const ask = async () => {
      const { services = [] } = await bench.aws.send(
        new DescribeServicesCommand({ cluster: 'main', services: ['shop-web'] }),
      );
      return services[0]?.status ?? 'MISSING';
    };
    expect(await answers(bench, ask, 3000)).toEqual(['MISSING', 'ACTIVE']);
    expect(await answers(bench, ask, 3000)).toEqual(['ACTIVE']);
    const { serviceArns } = await bench.aws.send(new ListServicesCommand({ cluster: 'main' }));
    expect(serviceArns).toHaveLength(1);
  });

  it('a new deployment may not show at once, and reads may go back in time', async () => {
    const bench = openStale(shopSection());
    await bench.clock.advance(10_000);
    const before = (await describe1(bench)).deployments?.[0]?.id;
    await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web:2' }),
    );
    const seen: Array<string | undefined> = [];
    for (let step = 0; step < 30; step += 1) {
      seen.push((await describe1(bench)).deployments?.[0]?.id);
      await bench.clock.advance(100);
    }
    expect(seen[0]).toBe(before);
    const firstNew = seen.findIndex((id) => id !== before);
    expect(firstNew).toBeGreaterThan(0);
    expect(seen.lastIndexOf(before)).toBeGreaterThan(firstNew);
    expect((await describe1(bench)).deployments?.[0]?.id).not.toBe(before);
  });

  it('service deployments lag as well', async () => {
    const bench = openStale(shopSection());
    await bench.clock.advance(10_000);
    await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', forceNewDeployment: true }),
    );
    const ask = async () => {
      const { serviceDeployments = [] } = await bench.aws.send(
        new ListServiceDeploymentsCommand({ cluster: 'main', service: 'shop-web' }),
      );
      return serviceDeployments.length;
    };
    expect(await answers(bench, ask, 3000)).toEqual([1, 2]);
  });

  it('a task just started may be MISSING', async () => {
    const bench = openStale({ taskDefinitions: [webDefinition()] });
    await bench.clock.advance(10_000);
    const { tasks = [] } = await bench.aws.send(
      new RunTaskCommand({
        cluster: 'main',
        taskDefinition: 'shop-web',
        launchType: 'FARGATE',
        networkConfiguration: NETWORK,
      }),
    );
    const ask = async () => {
      const answer = await bench.aws.send(
        new DescribeTasksCommand({ cluster: 'main', tasks: [tasks[0]?.taskArn ?? ''] }),
      );
      return answer.failures?.[0]?.reason ?? 'found';
    };
    expect(await answers(bench, ask, 3000)).toEqual(['MISSING', 'found']);
  });

  it('a revision just registered may not be the latest of its family yet, but is found by its number', async () => {
    const bench = openStale({ taskDefinitions: [webDefinition()] });
    await bench.clock.advance(10_000);
    await bench.aws.send(new RegisterTaskDefinitionCommand(webDefinition()));
    const find = async (taskDefinition: string) =>
      (await bench.aws.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition?.revision;
    expect(await find('shop-web:2')).toBe(2);
    const list = async () =>
      (await bench.aws.send(new ListTaskDefinitionsCommand({}))).taskDefinitionArns?.length;
    expect(await list()).toBe(1);
    expect(await answers(bench, () => find('shop-web'), 3000)).toEqual([1, 2]);
    expect(await list()).toBe(2);
  });

  it('writes look at what is, not at what was', async () => {
    const bench = openStale(shopSection());
    await bench.clock.advance(10_000);
    await bench.aws.send(new RegisterTaskDefinitionCommand(webDefinition()));
    const { service } = await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web' }),
    );
    expect(service?.taskDefinition).toMatch(/shop-web:3$/);
  });

  it('a deleted service haunts reads for a while', async () => {
    const bench = openStale(shopSection({ desiredCount: 0 }));
    await bench.clock.advance(10_000);
    await bench.aws.send(new DeleteServiceCommand({ cluster: 'main', service: 'shop-web' }));
    const seen = await answers(bench, async () => (await describe1(bench)).status, 5000);
    expect(seen).toEqual(['ACTIVE', 'DRAINING', 'INACTIVE']);
  });

  it('the lag is drawn from the seed', async () => {
    const trace = async (seed: number) => {
      const bench = openStale(shopSection(), seed);
      await bench.clock.advance(10_000);
      await bench.aws.send(
        new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', forceNewDeployment: true }),
      );
      const counts: number[] = [];
      for (let step = 0; step < 40; step += 1) {
        counts.push((await describe1(bench)).deployments?.length ?? 0);
        await bench.clock.advance(100);
      }
      return counts;
    };
    expect(await trace(7)).toEqual(await trace(7));
    expect(await trace(7)).not.toEqual(await trace(8));
  });

  it('on a fair day reads are of now', async () => {
    const bench = openEcs(shopSection());
    const { service } = await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', forceNewDeployment: true }),
    );
    expect((await describe1(bench)).deployments?.[0]?.id).toBe(service?.deployments?.[0]?.id);
  });
});
