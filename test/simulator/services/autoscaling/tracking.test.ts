import { describe, expect, it } from 'vitest';
import {
  decide,
  type Situation,
  type Tracking,
} from '../../../../src/simulator/services/autoscaling/tracking.ts';

// https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html

const NOW = 1_000_000_000;
const CPU: Tracking = {
  policyName: 'cpu',
  targetValue: 50,
  tracksCpu: true,
  scaleOutCooldownMs: 300_000,
  scaleInCooldownMs: 300_000,
  scalesIn: true,
};

function at(percent: number | null, minutes: number): (number | null)[] {
  return Array.from({ length: minutes }, () => percent);
}

function decideAt(changes: Partial<Situation>) {
  return decide({
    now: NOW,
    desired: 4,
    minCapacity: 1,
    maxCapacity: 20,
    datapoints: [],
    mayScaleOut: true,
    mayScaleIn: true,
    policies: [{ tracking: CPU, memory: {} }],
    ...changes,
  });
}

type Row = [string, readonly (number | null)[], number | undefined, Partial<Situation>?];

describe('scaling out', () => {
  it.each<Row>([
    ['waits for three minutes above the target', at(90, 2), undefined],
    ['is in proportion to the metric', at(75, 3), 6],
    ['rounds up', at(55, 3), 5],
    ['does not take the rest of a division for a task', at(50.000001, 3), undefined],
    ['goes to the maximum and no further', at(100, 3), 6, { maxCapacity: 6 }],
    ['does nothing at the target', at(50, 15), undefined],
    ['does nothing when one of the three is not above it', [90, 50, 90], undefined],
    ['does nothing without data', [90, 90, null], undefined],
    ['does nothing while suspended', at(90, 3), undefined, { mayScaleOut: false }],
    ['leaves a count above the maximum alone', at(90, 3), undefined, { desired: 8, maxCapacity: 6 }],
    ['raises a count below the minimum at least to it', at(60, 3), 5, { desired: 1, minCapacity: 5 }],
  ])('%s', (_title, datapoints, to, changes) => {
    expect(decideAt({ datapoints, ...changes })?.to).toBe(to);
  });

  it('counts the capacity of a scale-out in its cooldown as already added', () => {
    const memory = { lastScaleOut: { at: NOW - 60_000, from: 4 } };
    const policies = [{ tracking: CPU, memory }];
    const situation = { desired: 6, policies };
    expect(decideAt({ ...situation, datapoints: at(75, 3) })).toBeUndefined();
    expect(decideAt({ ...situation, datapoints: at(100, 3) })?.to).toBe(8);
    expect(decideAt({ ...situation, now: NOW + 240_000, datapoints: at(75, 3) })?.to).toBe(9);
  });

  it('takes the largest capacity of several policies', () => {
    const policies = [
      { tracking: CPU, memory: {} },
      { tracking: { ...CPU, policyName: 'eager', targetValue: 25 }, memory: {} },
    ];
    expect(decideAt({ policies, datapoints: at(60, 3) })).toEqual({
      policyName: 'eager',
      to: 10,
      alarm: 'AlarmHigh',
    });
  });
});

describe('scaling in', () => {
  it.each<Row>([
    ['waits for fifteen minutes', at(10, 14), undefined],
    ['is in proportion to the metric, rounded up', at(30, 15), 3],
    ['stays at the minimum', at(0, 15), 2, { minCapacity: 2 }],
    ['does nothing when the metric is less than ten percent below its target', at(46, 15), undefined],
    ['does nothing while suspended or deploying', at(10, 15), undefined, { mayScaleIn: false }],
    ['leaves a count below the minimum alone', at(10, 15), undefined, { desired: 1, minCapacity: 2 }],
    ['lowers a count above the maximum at least to it', at(44, 15), 5, { desired: 9, maxCapacity: 5 }],
    ['does nothing without data', [...at(10, 14), null], undefined],
  ])('%s', (_title, datapoints, to, changes) => {
    expect(decideAt({ datapoints, ...changes })?.to).toBe(to);
  });

  it('waits for the end of its cooldown', () => {
    const policies = [{ tracking: CPU, memory: { lastScaleInAt: NOW - 299_000 } }];
    expect(decideAt({ policies, datapoints: at(10, 15) })).toBeUndefined();
    expect(decideAt({ policies, datapoints: at(10, 15), now: NOW + 1000 })?.to).toBe(1);
  });

  it('needs all policies that take part to be ready', () => {
    const memory = { ...CPU, policyName: 'memory', tracksCpu: false };
    const both = [
      { tracking: CPU, memory: {} },
      { tracking: memory, memory: {} },
    ];
    expect(decideAt({ policies: both, datapoints: at(10, 15) })).toBeUndefined();
    const one = [
      { tracking: CPU, memory: {} },
      { tracking: { ...memory, scalesIn: false }, memory: {} },
    ];
    expect(decideAt({ policies: one, datapoints: at(10, 15) })?.to).toBe(1);
  });

  it('never happens when scale-in is disabled', () => {
    const policies = [{ tracking: { ...CPU, scalesIn: false }, memory: {} }];
    expect(decideAt({ policies, datapoints: at(0, 15) })).toBeUndefined();
  });
});
