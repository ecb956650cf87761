import { describe, expect, it } from 'vitest';
import { planSweep, type SweepFacts, surveyedSlot } from '../../../src/controllers/sweep/plan.ts';
import { EMPTY_STATUS } from '../../../src/reconcile/status.ts';

const NOW = 1_000_000;
const key = { account: '123456789012', region: 'us-east-1', kind: 'sweep', name: 'all' } as const;
const names = (count: number) => Array.from({ length: count }, (_, index) => `key-${index}`);

function sweep(facts: Partial<SweepFacts>, memory?: unknown) {
  const complete: SweepFacts = { slot: 7, backlog: 0, outstandingMax: 20, ...facts };
  return planSweep(complete, { key, status: { ...EMPTY_STATUS, memory }, now: NOW });
}

describe('planning a sweep', () => {
  it('queues what differs and sleeps until the next slot', () => {
    const plan = sweep({ survey: { keys: names(3), surveyed: 50 } });
    expect(plan.actions).toMatchObject([{ type: 'enqueueKeys', keys: names(3), slot: 7 }]);
    expect(plan.wakeAt).toBeUndefined();
    expect(surveyedSlot(plan.memory)).toBe(7);
  });

  it('never has more than its share outstanding, and goes on when there is room', () => {
    const first = sweep({ survey: { keys: names(50), surveyed: 50 }, backlog: 5 });
    expect(first.actions[0]?.keys).toHaveLength(15);
    expect(first.wakeAt).toBe(NOW + 1000);
    const full = sweep({ backlog: 20 }, first.memory);
    expect(full.actions).toEqual([]);
    const more = sweep({ backlog: 0 }, full.memory);
    expect(more.actions[0]?.keys).toEqual(names(50).slice(15, 35));
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
