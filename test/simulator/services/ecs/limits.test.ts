import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { Limiter } from '../../../../src/simulator/limits.ts';
import { type EcsBench, openEcs, refusal, shopSection } from './kit.ts';

/** How many calls of `operation` pass at one instant, and how many more after ten seconds. */
function measure(bench: EcsBench, operation: string): { burst: number; perSecond: number } {
  const { limits } = bench.ecs;
  if (limits === undefined) throw new Error('there are no limits');
  const limiter = new Limiter(limits);
  const passing = (now: number) => {
    for (let count = 0; ; count += 1) {
      try {
        limiter.take(operation, now);
      } catch {
        return count;
      }
    }
  };
  const burst = passing(0);
  return { burst, perSecond: passing(1000) };
}

describe('§4: request rates of ECS', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
  it.each([
    ['RegisterTaskDefinition', 20, 1],
    ['DeregisterTaskDefinition', 20, 1],
    ['DescribeTaskDefinition', 50, 20],
    ['ListTaskDefinitions', 50, 20],
    ['DeleteTaskDefinitions', 5, 1],
    ['CreateService', 50, 5],
    ['UpdateService', 50, 5],
    ['DeleteService', 50, 5],
    ['DescribeServices', 100, 20],
    ['ListServices', 100, 20],
    ['ListServiceDeployments', 50, 20],
    ['DescribeServiceRevisions', 50, 20],
    ['RunTask', 100, 40],
    ['StopTask', 100, 40],
    ['DescribeTasks', 100, 20],
    ['ListTasks', 100, 20],
    ['TagResource', 20, 10],
    ['ListTagsForResource', 50, 20],
    ['CreateCluster', 20, 1],
    ['DescribeClusters', 50, 20],
  ])('%s: %i at once, then %i a second', (operation, burst, perSecond) => {
    expect(measure(openEcs(), operation)).toEqual({ burst, perSecond });
  });

  it('every operation has a bucket', () => {
    const { ecs } = openEcs();
    expect(Object.keys(ecs.limits?.operations ?? {}).sort()).toEqual(Object.keys(ecs.operations).sort());
  });

  it('operations of a group share their bucket, and the refusal is a ThrottlingException', async () => {
    const bench = openEcs(shopSection(), { switches: { limits: true } });
    const ask = () =>
      bench.aws.send(new DescribeServicesCommand({ cluster: 'main', services: ['shop-web'] }));
    for (let call = 0; call < 100; call += 1) await ask();
    expect(await refusal(ask())).toEqual({ name: 'ThrottlingException', message: 'Rate exceeded' });
    await bench.clock.advance(1000);
    expect((await ask()).services).toHaveLength(1);
  });
});
