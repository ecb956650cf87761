import { describe, expect, it } from 'vitest';
import { planSweep, type SweepFacts, surveyedSlot } from '../../../src/controllers/sweep/plan.ts';
import { EMPTY_STATUS } from '../../../src/reconcile/status.ts';

const NOW = 1_000_000;
const key = { account: '123456789012', region: 'us-east-1', kind: 'sweep', name: 'all' } as const;
const names = (count: number) => Array.from({ length: count }, (_, index) => `key-${index + 100}`);

function sweep(facts: Partial<SweepFacts>, memory?: unknown, now = NOW) {
  const complete: SweepFacts = { slot: 7, backlog: 0, outstandingMax: 20, ...facts };
  return planSweep(complete, { key, status: { ...EMPTY_STATUS, memory }, now });
}

describe('planning a sweep', () => {
  it('queues what differs and sleeps until the next slot', () => {
    const plan = sweep({ survey: { keys: names(3), surveyed: 50 } });
    expect(plan.actions).toMatchObject([{ type: 'enqueueKeys', keys: names(3), slot: 7 }]);
    expect(plan.wakeAt).toBeUndefined();
    expect(surveyedSlot(plan.memory)).toBe(7);
  });

  it('never has more than its share outstanding, and goes on when there is room', () => {
    const first = sweep({ survey: { keys: names(50), surveyed: 50 } });
    expect(first.actions[0]?.keys).toEqual(names(50).slice(0, 20));
    expect(first.wakeAt).toBe(NOW + 1000);
    const full = sweep({ backlog: 20 }, first.memory);
    expect(full.actions).toEqual([]);
    const more = sweep({ backlog: 5 }, full.memory);
    expect(more.actions[0]?.keys).toEqual(names(50).slice(20, 35));
  });

  it('queues its share also when other things fill the queue', () => {
    const plan = sweep({ survey: { keys: names(50), surveyed: 50 }, backlog: 10_000 });
    expect(plan.actions[0]?.keys).toHaveLength(20);
  });

  it('does not wait for ever for keys whose passes break down', () => {
    const first = sweep({ survey: { keys: names(50), surveyed: 50 } });
    const stuck = sweep({ backlog: 20 }, first.memory, NOW + 299_000);
    expect(stuck.actions).toEqual([]);
    const later = sweep({ backlog: 20 }, stuck.memory, NOW + 300_000);
    expect(later.actions[0]?.keys).toEqual(names(50).slice(20, 40));
  });

  it('begins where the sweep before ended', () => {
    const first = sweep({ survey: { keys: names(50), surveyed: 50 } });
    const next = sweep({ slot: 8, survey: { keys: names(50), surveyed: 50 } }, first.memory);
    expect(next.actions[0]?.keys).toEqual(names(50).slice(20, 40));
    const last = sweep({ slot: 9, survey: { keys: names(50), surveyed: 50 } }, next.memory);
    expect(last.actions[0]?.keys).toEqual([...names(50).slice(40), ...names(10)]);
  });

  it('keeps the slot open when the account could not be read, and says why', () => {
    const failure = { kind: 'denied', code: 'AccessDeniedException', message: 'not authorized.' } as const;
    const plan = sweep({ survey: { failure } });
    expect(surveyedSlot(plan.memory)).toBe(-1);
    expect(plan.conditions).toMatchObject([
      { type: 'Readable', status: 'False', reason: 'AccessDeniedException' },
    ]);
  });
});
