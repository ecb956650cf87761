import { describe, expect, it } from 'vitest';
import { countCall, createPassScope, currentPass } from '../../src/aws/scope.ts';
import { appKey, openLease } from './kit.ts';

function pass(id: string) {
  return { id, key: appKey(id), lease: openLease().lease };
}

describe('the pass scope', () => {
  it('tells passes that run at the same time apart', async () => {
    const scope = createPassScope();
    const run = (id: string, calls: number) =>
      scope.run(pass(id), async () => {
        for (let call = 0; call < calls; call += 1) {
          await new Promise((resolve) => setImmediate(resolve));
          countCall('ecs.DescribeServices');
        }
        return { id: currentPass()?.id, key: currentPass()?.key.name, calls: scope.calls() };
      });
    expect(await Promise.all([run('a', 3), run('b', 1)])).toEqual([
      { id: 'a', key: 'a', calls: { 'ecs.DescribeServices': 3 } },
      { id: 'b', key: 'b', calls: { 'ecs.DescribeServices': 1 } },
    ]);
  });

  it('names calls in alphabetical order, whatever order they were made in', async () => {
    const scope = createPassScope();
    const calls = await scope.run(pass('a'), async () => {
      for (const operation of ['PutItem', 'GetItem', 'PutItem']) countCall(`dynamodb.${operation}`);
      countCall('autoscaling.DescribeScalableTargets');
      return scope.calls();
    });
    expect(Object.entries(calls)).toEqual([
      ['autoscaling.DescribeScalableTargets', 1],
      ['dynamodb.GetItem', 1],
      ['dynamodb.PutItem', 2],
    ]);
  });

  it('is empty outside of passes, and after one has ended', async () => {
    const scope = createPassScope();
    await expect(scope.run(pass('a'), () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    countCall('ssm.GetParameter');
    expect(currentPass()).toBeUndefined();
    expect(scope.calls()).toEqual({});
  });
});
