import { DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { isAutoscalingService } from '../../src/simulator/services/autoscaling/index.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { openStage, type Stage } from './stage.ts';
import { type ProcessScaling, scaled, worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const RESOURCE = 'service/main/shop-web';
const RANGE = { min_processes: 2, max_processes: 6 };

/** What web has to do, in units of one task at full load. */
function load(on: Stage, tasks: number): void {
  const service = on.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('autoscaling');
  if (isAutoscalingService(service)) service.setLoad(RESOURCE, [{ at: on.clock.now(), load: tasks }]);
}

async function count(on: Stage): Promise<number | undefined> {
  // Reads lag up to three seconds in ordinary weather.
  await on.clock.advance(4_000);
  const { services } = await on.person.ecs.send(
    new DescribeServicesCommand({ cluster: 'main', services: ['shop-web'] }),
  );
  return services?.[0]?.desiredCount;
}

async function scale(on: Stage, web: ProcessScaling): Promise<void> {
  const Value = JSON.stringify({ web: scaled(web) });
  const Name = '/apppack/apps/shop/scaling';
  await on.person.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
}

/** Writes of the controllers that set or move a count. */
function moves(on: Stage, since: number) {
  return on
    .writes(since)
    .filter(
      ({ operation, input }) =>
        operation === 'RegisterScalableTarget' ||
        operation === 'DeregisterScalableTarget' ||
        (operation === 'UpdateService' && 'desiredCount' in input),
    );
}

describe('autoscaling, from Parameter Store to a moving count', () => {
  it('lets the count follow the load, through a deployment and restarts of trimtab, and writes none of it', async () => {
    stage = await openStage({ sections: worldOf({ shop: { scaling: { web: scaled(RANGE) } } }) });
    const first = await stage.start();
    await stage.clock.advance(120_000);
    expect(await count(stage)).toBe(2);
    const since = stage.clock.now();
    load(stage, 2);
    await stage.clock.advance(1_200_000);
    const grown = await count(stage);
    expect(grown).toBeGreaterThan(2);
    await scale(stage, { ...RANGE, cpu: 1024, memory: 2048 });
    await stage.clock.advance(600_000);
    await stage.drive(first.trimtab.stop());
    const second = await stage.start('second');
    await stage.clock.advance(1_200_000);
    expect(await count(stage)).toBe(grown);
    expect(moves(stage, since)).toEqual([]);
    expect([...first.failures, ...second.failures]).toEqual([]);
  });

  it('goes back to a fixed count for good', async () => {
    stage = await openStage({ sections: worldOf({ shop: { scaling: { web: scaled(RANGE) } } }) });
    await stage.start();
    load(stage, 2);
    await stage.clock.advance(1_200_000);
    await scale(stage, { min_processes: 3, max_processes: 3 });
    await stage.clock.advance(120_000);
    const { ScalableTargets } = await stage.person.autoscaling.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' }),
    );
    expect(ScalableTargets).toEqual([]);
    const since = stage.clock.now();
    await stage.clock.advance(3_600_000);
    expect(await count(stage)).toBe(3);
    expect(stage.writes(since)).toEqual([]);
  });
});
