import { describe, expect, it } from 'vitest';
import type { Condition } from '../../src/reconcile/plan.ts';
import { dateConditions, EMPTY_STATUS, healedConditions, parseStatus } from '../../src/reconcile/status.ts';
import { NOW } from './builders.ts';

const invalid: Condition = {
  type: 'Valid',
  status: 'False',
  reason: 'BadSize',
  message: 'web.cpu is 300; Fargate has 256, 512, …',
  parameter: '/apppack/apps/shop/scaling',
  path: 'web.cpu',
};
const before = dateConditions([invalid], [], NOW);

describe('problems that went away', () => {
  it('tells a problem healed when nothing is wrong with its subject any more', () => {
    expect(healedConditions(before, [])).toEqual(before);
    expect(healedConditions(before, [{ ...invalid, status: 'True', reason: 'Parsed' }])).toEqual(before);
  });

  it('does not tell a problem healed that only changed its reason or its words', () => {
    expect(healedConditions(before, [{ ...invalid, reason: 'NotANumber', message: 'another' }])).toEqual([]);
  });

  it('does not take a fact that is no longer said for a healed problem', () => {
    const fact = dateConditions([{ ...invalid, status: 'True' }], [], NOW);
    expect(healedConditions(fact, [])).toEqual([]);
  });
});

describe('a stored status', () => {
  it('is not forgotten because it remembers nothing for its controller', () => {
    const { memory: _memory, ...stored } = { ...EMPTY_STATUS, synced: true, attempts: 3 };
    expect(parseStatus(stored, 5)).toMatchObject({ revision: 5, synced: true, attempts: 3 });
  });

  it('that another version wrote and nobody can read counts as forgotten, but for its revision', () => {
    expect(parseStatus({ conditions: 'none' }, 5)).toEqual({ ...EMPTY_STATUS, revision: 5 });
  });
});
