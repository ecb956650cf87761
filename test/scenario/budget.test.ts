import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUDGET, READS_MAX } from '../../bench/budget.ts';
import { measureChange } from '../../bench/measures/changes.ts';
import { measurePass, type PassCosts } from '../../bench/measures/pass.ts';
import { measureRedelivery } from '../../bench/measures/redelivery.ts';
import { PROFILE } from '../../bench/profile.ts';
import { openStand, type Stand } from '../../bench/stand.ts';

const APP = 'shop1';

describe('a look at an app with nothing to do', () => {
  let costs: PassCosts;
  beforeAll(async () => {
    costs = await measurePass();
  });

  it('takes a call for each kind of thing, in one round trip, and writes nothing', async () => {
    const { warm, writes } = costs;
    expect(warm.calls.byOperation).toMatchObject({
      'autoscaling.DescribeScalableTargets': 1,
      'autoscaling.DescribeScalingPolicies': 1,
      'ecs.DescribeServices': 1,
      'events.ListRules': 1,
      'ssm.GetParameters': 1,
      'ssm.GetParametersByPath': 1,
    });
    expect(warm.calls.counted).toBeLessThanOrEqual(READS_MAX);
    expect(warm.readRoundTrips).toBe(1);
    expect(writes).toBe(0);
  });

  it('takes one more call and one more round trip for a further page of variables', async () => {
    const { warm } = costs;
    const { warm: paged } = await measurePass({ ...PROFILE, variables: 15 });
    expect(paged.calls.counted).toBe(warm.calls.counted + 1);
    expect(paged.readRoundTrips).toBe(2);
  });

  it('takes a call more for each of the revisions that a new process does not know', async () => {
    const { warm, cold } = costs;
    expect(cold.calls.counted).toBe(warm.calls.counted + PROFILE.services);
    expect(cold.readRoundTrips).toBeLessThanOrEqual(3);
  });
});

describe.each(BUDGET)(
  'an app of $profile.schedules schedules, scaled by itself: $profile.autoscaled',
  (row) => {
    let stand: Stand;
    beforeAll(async () => {
      stand = await openStand({ profile: row.profile });
    });
    afterAll(() => stand.stop());

    it.each(row.changes)('is changed by $name: $writes writes, $roundTrips round trips', async (change) => {
      const cost = await measureChange(stand, APP, () => change.make(stand, APP));
      expect(cost.passes).toBeGreaterThan(0);
      expect(cost.writes.counted).toBe(change.writes);
      expect(cost.writeRoundTrips).toBeLessThanOrEqual(change.roundTrips + cost.intents);
    });
  },
);

describe('a message that is delivered again', () => {
  it('costs no write', async () => {
    expect(await measureRedelivery()).toBe(0);
  });
});
