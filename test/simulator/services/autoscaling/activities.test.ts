import { DescribeScalingActivitiesCommand } from '@aws-sdk/client-application-auto-scaling';
import { DeleteServiceCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { refusal } from '../ecs/kit.ts';
import { MINUTE, openScaling, WEB } from './kit.ts';

// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html

describe('a scaling activity', () => {
  it('is overridden by a newer one', async () => {
    const bench = openScaling();
    await bench.register({ MinCapacity: 3 });
    await bench.clock.advance(1000);
    await bench.register({ MinCapacity: 4 });
    await bench.clock.advance(30_000);
    expect((await bench.activities()).map(({ StatusCode }) => StatusCode)).toEqual([
      'Successful',
      'Overridden',
    ]);
    expect(await bench.counts()).toEqual({ desired: 4, running: 4 });
  });

  it('is overridden by a person', async () => {
    const bench = openScaling();
    await bench.register({ MinCapacity: 3 });
    await bench.clock.advance(1500);
    await bench.setCount(2);
    await bench.clock.advance(30_000);
    expect((await bench.activities()).map(({ StatusCode }) => StatusCode)).toEqual(['Overridden']);
  });

  it('is unfulfilled when the tasks do not come', async () => {
    const bench = openScaling();
    bench.ecs.setOutcomes([{ family: 'shop-web', placementFailure: 'RESOURCE:FARGATE' }]);
    await bench.register({ MinCapacity: 3 });
    await bench.clock.advance(9 * MINUTE);
    expect((await bench.activities())[0]).toMatchObject({ StatusCode: 'InProgress' });
    await bench.clock.advance(2 * MINUTE);
    expect((await bench.activities())[0]).toMatchObject({ StatusCode: 'Unfulfilled' });
  });

  it('fails when the service goes', async () => {
    const bench = openScaling();
    await bench.register({ MinCapacity: 3 });
    await bench.clock.advance(1500);
    await bench.aws.send(new DeleteServiceCommand({ cluster: 'main', service: 'shop-web', force: true }));
    await bench.clock.advance(30_000);
    expect((await bench.activities())[0]).toMatchObject({ StatusCode: 'Failed' });
  });
});

describe('DescribeScalingActivities', () => {
  const started = (index: number) => new Date(Date.UTC(2026, 0, 5, 11) + index * 1000).toISOString();
  const old = (index: number, more: Record<string, unknown> = {}) => ({
    id: `activity-${index}`,
    resourceId: WEB,
    description: 'Setting desired count to 2.',
    cause: 'minimum capacity was set to 2',
    startedAt: started(index),
    endedAt: started(index),
    status: 'Successful',
    statusMessage: '',
    ...more,
  });

  it('limits: gives 50 a page, newest first', async () => {
    const bench = openScaling();
    bench.service.load({ activities: Array.from({ length: 120 }, (_, index) => old(index)) });
    const ids: (string | undefined)[] = [];
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await bench.scaling.send(
        new DescribeScalingActivitiesCommand({ ServiceNamespace: 'ecs', NextToken }),
      );
      sizes.push(page.ScalingActivities?.length ?? 0);
      ids.push(...(page.ScalingActivities ?? []).map(({ ActivityId }) => ActivityId));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).toEqual([50, 50, 20]);
    expect(ids).toEqual(Array.from({ length: 120 }, (_, index) => `activity-${119 - index}`));
  });

  it('finds those of one resource', async () => {
    const bench = openScaling();
    bench.service.load({ activities: [old(1), old(2, { resourceId: 'service/main/shop-worker' })] });
    expect((await bench.activities()).map(({ ActivityId }) => ActivityId)).toEqual(['activity-1']);
  });

  it('goes back six weeks', async () => {
    const bench = openScaling();
    bench.service.load({ activities: [old(1, { startedAt: '2025-11-20T12:00:00Z' }), old(2)] });
    expect((await bench.activities()).map(({ ActivityId }) => ActivityId)).toEqual(['activity-2']);
  });

  it('refuses 51 a page', async () => {
    const bench = openScaling();
    const call = bench.scaling.send(
      new DescribeScalingActivitiesCommand({ ServiceNamespace: 'ecs', MaxResults: 51 }),
    );
    expect((await refusal(call)).name).toBe('ValidationException');
  });
});
