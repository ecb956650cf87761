import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionsCommand,
} from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { FAIR_WEATHER } from '../../src/simulator/faults.ts';
import { openStage, type Stage } from './stage.ts';
import { scaled, worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

async function serviceNamed(on: Stage, name: string) {
  // Reads lag up to three seconds in ordinary weather.
  await on.clock.advance(4000);
  const { services } = await on.person.ecs.send(
    new DescribeServicesCommand({ cluster: 'main', services: [name], include: ['TAGS'] }),
  );
  return services?.[0];
}

describe('scaling, from Parameter Store to ECS', () => {
  it('brings count and size where the parameter says, with one revision and one deployment', async () => {
    stage = await openStage({
      sections: worldOf({
        shop: { scaling: { web: scaled({ cpu: 1024, memory: 2048, min_processes: 3, max_processes: 3 }) } },
      }),
    });
    await stage.start();
    await stage.clock.advance(120_000);
    const service = await serviceNamed(stage, 'shop-web');
    expect(service).toMatchObject({ desiredCount: 3, runningCount: 3 });
    expect(service?.taskDefinition).toMatch(/shop-web:2$/);
    const { taskDefinition } = await stage.person.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: 'shop-web' }),
    );
    expect(taskDefinition).toMatchObject({ cpu: '1024', memory: '2048', revision: 2 });
    expect(taskDefinition?.containerDefinitions?.[0]?.environment).toEqual([{ name: 'KEEP', value: 'me' }]);
    const registered = stage.writes().filter((call) => call.operation === 'RegisterTaskDefinition');
    expect(registered).toHaveLength(1);
    const { taskDefinitionArns } = await stage.person.ecs.send(
      new ListTaskDefinitionsCommand({ familyPrefix: 'shop-web' }),
    );
    expect(taskDefinitionArns).toHaveLength(2);
  });

  it('follows a change within a second of its event, and writes nothing more after it converged', async () => {
    stage = await openStage({ sections: worldOf({ shop: {} }), switches: { weather: FAIR_WEATHER } });
    const actor = await stage.start();
    await stage.clock.advance(60_000);
    const putAt = stage.clock.now();
    await stage.person.ssm.send(
      new PutParameterCommand({
        Name: '/apppack/apps/shop/scaling',
        Value: JSON.stringify({ web: scaled({ min_processes: 2, max_processes: 2 }) }),
        Type: 'String',
        Overwrite: true,
      }),
    );
    await stage.clock.advance(1_000);
    expect(stage.writes(putAt).map((call) => call.operation)).toContain('UpdateService');
    expect((await serviceNamed(stage, 'shop-web'))?.desiredCount).toBe(2);
    const convergedAt = stage.clock.now();
    await stage.clock.advance(3_600_000);
    expect(stage.writes(convergedAt)).toEqual([]);
    expect(actor.failures).toEqual([]);
  });
});
