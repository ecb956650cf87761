import { describe, expect, it } from 'vitest';
import { decide, recordWrite } from '../../src/reconcile/decide.ts';
import { digestOf, fingerprintOf } from '../../src/reconcile/plan.ts';
import { CORRECTIONS_WINDOW_MS, INTENT_GRACE_MS } from '../../src/reconcile/retry.ts';
import type { Write } from '../../src/reconcile/status.ts';
import { NOW, someAction, somePlan, someStatus } from './builders.ts';

const action = someAction();
const sentWrite = (changes: Partial<Write> = {}): Write => ({
  digest: digestOf(action),
  at: NOW,
  sent: 1,
  seen: false,
  corrections: [],
  ...changes,
});

describe('deciding what of a plan goes out', () => {
  it('sends an action nobody sent before', () => {
    expect(decide(somePlan({ actions: [action] }), someStatus(), NOW).send).toEqual([action]);
  });

  it('waits for a read to show a write that was just sent, because reads lag', () => {
    const decision = decide(
      somePlan({ actions: [action] }),
      someStatus({ writes: { [action.id]: sentWrite() } }),
      NOW + 3000,
    );
    expect(decision).toMatchObject({ send: [], waiting: [action], dueAt: NOW + 5000 });
  });

  it('sends a write again when no read showed it in time, each time waiting longer', () => {
    const plan = somePlan({ actions: [action] });
    const first = decide(plan, someStatus({ writes: { [action.id]: sentWrite() } }), NOW + 5000);
    expect(first.send).toEqual([action]);
    const again = recordWrite(action, sentWrite(), NOW + 5000);
    expect(again.sent).toBe(2);
    const second = decide(plan, someStatus({ writes: { [action.id]: again } }), NOW + 10_000);
    expect(second.dueAt).toBe(NOW + 15_000);
  });

  it('counts from when reading began: a read that took long shows what was so then', () => {
    const plan = somePlan({ actions: [action] });
    const status = someStatus({ writes: { [action.id]: sentWrite() } });
    const slow = decide(plan, status, NOW + 13_000, { lookedAt: NOW + 1000 });
    expect(slow).toMatchObject({ send: [], waiting: [action], dueAt: NOW + 5000 });
    expect(decide(plan, status, NOW + 13_000, { lookedAt: NOW + 5000 }).send).toEqual([action]);
  });

  it('sends at once what differs from the last write of the same id', () => {
    const write = sentWrite({ digest: 'something else' });
    expect(
      decide(somePlan({ actions: [action] }), someStatus({ writes: { [action.id]: write } }), NOW).send,
    ).toEqual([action]);
  });

  it('lets an action that failed wait, unless a person asks or it asks for something else', () => {
    const failed = { digest: digestOf(action), tries: 3, until: NOW + 20_000 };
    const status = someStatus({ failures: { [action.id]: failed } });
    const later = someAction({ id: 'later', after: [action.id] });
    const plan = somePlan({ actions: [action, later] });
    expect(decide(plan, status, NOW)).toMatchObject({ send: [], dueAt: NOW + 20_000 });
    expect(decide(plan, status, NOW, { eager: true }).send).toEqual([action, later]);
    expect(decide(plan, status, NOW + 20_000).send).toEqual([action, later]);
    const other = someAction({ fingerprint: 'something else' });
    expect(decide(somePlan({ actions: [other] }), status, NOW).send).toEqual([other]);
  });

  it('recognises a repeated write by its fingerprint although its data came to differ', () => {
    const before = someAction({ fingerprint: 'two tasks of revision a', after: ['services/web/register'] });
    const write = recordWrite(before, undefined, NOW);
    const again = someAction({ fingerprint: 'two tasks of revision a' });
    const decision = decide(
      somePlan({ actions: [again] }),
      someStatus({ writes: { [again.id]: write } }),
      NOW,
    );
    expect(decision).toMatchObject({ send: [], waiting: [again] });
  });

  it('recognises a repeated write although what it had to wait for is done by now', () => {
    const first = { ...action, after: ['target'] };
    const write = recordWrite(first, undefined, NOW);
    const status = someStatus({ writes: { [action.id]: write } });
    expect(decide(somePlan({ actions: [action] }), status, NOW + 3000)).toMatchObject({ send: [] });
    const failed = { digest: fingerprintOf(first), tries: 3, until: NOW + 20_000 };
    const failing = someStatus({ failures: { [action.id]: failed } });
    expect(decide(somePlan({ actions: [action] }), failing, NOW + 3000)).toMatchObject({ send: [] });
  });

  it('keeps what an action that is not safe to repeat gave, and nothing of the others', () => {
    const given = { arn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/shop-web:7' };
    expect(recordWrite(someAction({ intent: 'a' }), undefined, NOW, given).result).toEqual(given);
    expect(recordWrite(someAction(), undefined, NOW, given)).not.toHaveProperty('result');
  });

  it('holds back what comes after a waiting action', () => {
    const dependent = someAction({ id: 'services/web/later', after: [action.id] });
    const decision = decide(
      somePlan({ actions: [action, dependent] }),
      someStatus({ writes: { [action.id]: sentWrite() } }),
      NOW + 1,
    );
    expect(decision.send).toEqual([]);
    expect(decision.waiting.map((one) => one.id)).toEqual([action.id, dependent.id]);
  });

  it('does not plan an open intent again before its effect had time to show', () => {
    const register = someAction({ id: 'services/web/register', intent: 'abc' });
    const status = someStatus({ intents: [{ action: register.id, digest: 'abc', at: NOW }] });
    const plan = somePlan({ actions: [register] });
    expect(decide(plan, status, NOW + INTENT_GRACE_MS - 1)).toMatchObject({
      send: [],
      dueAt: NOW + INTENT_GRACE_MS,
    });
    expect(decide(plan, status, NOW + INTENT_GRACE_MS).send).toEqual([register]);
  });

  it('corrects what was shown and undone three times in ten minutes, then stops and says so', () => {
    const plan = somePlan({ actions: [action] });
    let write = sentWrite({ seen: true });
    for (let round = 1; round <= 3; round += 1) {
      const now = NOW + round * 60_000;
      expect(decide(plan, someStatus({ writes: { [action.id]: write } }), now).send).toEqual([action]);
      write = { ...recordWrite(action, write, now), seen: true };
    }
    const fourth = decide(plan, someStatus({ writes: { [action.id]: write } }), NOW + 240_000);
    expect(fourth.send).toEqual([]);
    expect(fourth.contested).toMatchObject([
      { type: 'Owned', status: 'False', reason: 'Contested', resource: 'service shop-web' },
    ]);
    const later = decide(
      plan,
      someStatus({ writes: { [action.id]: write } }),
      NOW + 180_000 + CORRECTIONS_WINDOW_MS,
    );
    expect(later.send).toEqual([action]);
  });
});
