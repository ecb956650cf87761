import { RegisterTaskDefinitionCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { createReader } from '../../src/aws/reader.ts';
import { createTaskDefinitionCache } from '../../src/aws/task-definitions.ts';
import { valueIn } from '../../src/reconcile/reading.ts';
import { isEcsService } from '../../src/simulator/services/ecs/index.ts';
import { countCalls, openAccount } from './reading-kit.ts';

const DEFINITION = {
  family: 'shop-web',
  cpu: '256',
  memory: '512',
  networkMode: 'awsvpc' as const,
  requiresCompatibilities: ['FARGATE' as const],
  containerDefinitions: [{ name: 'web', image: 'nginx' }],
};

/** A service that runs `shop-web:1`, with a circuit breaker unless told otherwise. */
function open(changes: Record<string, unknown> = {}) {
  const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };
  const service = {
    cluster: 'main',
    name: 'shop-web',
    taskDefinition: 'shop-web:1',
    desiredCount: 1,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    deploymentConfiguration: breaker,
    ...changes,
  };
  const ecs = { clusters: [{ name: 'main' }], taskDefinitions: [DEFINITION], services: [service] };
  const { bench, clients } = openAccount({ ecs });
  const cache = createTaskDefinitionCache();
  return {
    bench,
    clients,
    reader: () => createReader(clients, { table: 'apppack', taskDefinitions: cache }),
    calls: () => countCalls(bench.simulator.calls),
    async deploy(image: string) {
      await clients.ecs.send(
        new RegisterTaskDefinitionCommand({
          ...DEFINITION,
          containerDefinitions: [{ name: 'web', image, secrets: [] }],
        }),
      );
      const input = { cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web' };
      await clients.ecs.send(new UpdateServiceCommand(input));
    },
  };
}

describe('deployments of a service', () => {
  it('say which task definition they roll out, asked for once in the life of the process', async () => {
    const { bench, reader, deploy, calls } = open();
    const since = bench.clock.now();
    await bench.clock.advance(60_000);
    await deploy('nginx:2');

    const read = valueIn(await reader().serviceDeployments('main', 'shop-web', since - 60_000));
    await reader().serviceDeployments('main', 'shop-web', since - 60_000);

    expect(read?.map(({ taskDefinition }) => taskDefinition?.replace(/.*\//, ''))).toEqual([
      'shop-web:2',
      'shop-web:1',
    ]);
    expect(calls()).toMatchObject({ 'ecs.ListServiceDeployments': 2, 'ecs.DescribeServiceRevisions': 1 });
    expect(calls()).not.toHaveProperty('ecs.DescribeServiceDeployments');
  });

  it('that were stopped tell whether the circuit breaker did it', async () => {
    const noWayBack = { deploymentCircuitBreaker: { enable: true, rollback: false } };
    const { bench, reader, deploy, clients } = open({ deploymentConfiguration: noWayBack });
    const since = bench.clock.now() + 1;
    await bench.clock.advance(60_000);
    await deploy('nginx:2');
    await bench.clock.advance(1_000);
    const ecs = bench.simulator.region('123456789012', 'us-east-1').get('ecs');
    if (!isEcsService(ecs)) throw new Error('the account has no ECS');
    ecs.setOutcomes([{ family: 'shop-web', exitCode: 3 }]);
    const force = { cluster: 'main', service: 'shop-web', forceNewDeployment: true };
    await clients.ecs.send(new UpdateServiceCommand(force));
    await bench.clock.advance(300_000);

    const read = valueIn(await reader().serviceDeployments('main', 'shop-web', since));

    expect(read?.map(({ status, tripped }) => [status, tripped])).toEqual([
      ['STOPPED', true],
      ['STOPPED', false],
    ]);
  });
});
