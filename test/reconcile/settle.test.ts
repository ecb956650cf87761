import { describe, expect, it } from 'vitest';
import type { ActionOutcome } from '../../src/reconcile/apply.ts';
import type { Cause } from '../../src/reconcile/controller.ts';
import { decide } from '../../src/reconcile/decide.ts';
import type { Condition, Plan } from '../../src/reconcile/plan.ts';
import { settle, settleObserved, statusDiffers } from '../../src/reconcile/settle.ts';
import { parseStatus, type Status } from '../../src/reconcile/status.ts';
import { DENIED, NO_ANSWER, NOW, someAction, somePlan, someStatus, someWork } from './builders.ts';

function pass(
  before: Status,
  plan: Plan,
  options: { outcomes?: ActionOutcome[]; now?: number; causes?: Cause[] } = {},
): Status {
  const now = options.now ?? NOW;
  return settle(before, {
    work: someWork({ beganAt: now, ...(options.causes === undefined ? {} : { causes: options.causes }) }),
    plan,
    decision: decide(plan, before, now),
    outcomes: options.outcomes ?? [],
    now,
  });
}

const update = someAction();
const applied: ActionOutcome = { type: 'applied', action: update, result: undefined };

describe('settling a pass', () => {
  it('changes nothing in a pass that found nothing to do', () => {
    const before = pass(someStatus(), somePlan());
    expect(statusDiffers(before, pass(before, somePlan(), { now: NOW + 60_000 }))).toBe(false);
  });

  it('looks again five seconds after a write, and sleeps when a read showed it', () => {
    const written = pass(someStatus(), somePlan({ actions: [update] }), { outcomes: [applied] });
    expect(written.wake?.at).toBe(NOW + 5000);
    const causes = [{ id: `wake:${written.wake?.token}` }];
    const shown = pass(written, somePlan(), { now: NOW + 5000, causes });
    expect(shown.wake).toBeUndefined();
    expect(shown.writes[update.id]).toMatchObject({ seen: true });
    expect(shown.synced).toBe(true);
  });

  it('does not take a read right after the write for the truth', () => {
    const written = pass(someStatus(), somePlan({ actions: [update] }), { outcomes: [applied] });
    const early = pass(written, somePlan(), { now: NOW + 1000, causes: [{ id: 'event:2' }] });
    expect(early.writes[update.id]).toMatchObject({ seen: false });
    expect(early.wake).toEqual(written.wake);
  });

  it('keeps one wake through any number of passes in between', () => {
    let status = pass(someStatus(), somePlan({ wakeAt: NOW + 60_000 }));
    const wake = status.wake;
    for (let event = 0; event < 50; event += 1) {
      status = pass(status, somePlan({ wakeAt: NOW + 60_000 }), {
        now: NOW + event * 100,
        causes: [{ id: `event:${event}` }],
      });
      expect(status.wake).toEqual(wake);
    }
  });

  it('sleeps again when woken early', () => {
    const status = pass(someStatus(), somePlan({ wakeAt: NOW + 60_000 }));
    const again = pass(status, somePlan({ wakeAt: NOW + 60_000 }), {
      now: NOW + 1000,
      causes: [{ id: `wake:${status.wake?.token}` }],
    });
    expect(again.wake?.at).toBe(NOW + 60_000);
    expect(again.wake?.token).not.toBe(status.wake?.token);
  });

  it('replaces a wake that never came', () => {
    const status = pass(someStatus(), somePlan({ wakeAt: NOW + 5000 }));
    const late = pass(status, somePlan({ wakeAt: NOW + 200_000 }), {
      now: NOW + 120_000,
      causes: [{ id: 'sweep:1' }],
    });
    expect(late.wake?.at).toBe(NOW + 200_000);
  });

  it('backs off while a pass fails, names the failure, and starts over when it succeeds', () => {
    const plan = somePlan({ actions: [update] });
    const failed: ActionOutcome = { type: 'failed', action: update, failure: DENIED };
    const once = pass(someStatus(), plan, { outcomes: [failed] });
    expect(once.attempts).toBe(1);
    expect(once.conditions).toMatchObject([
      { type: 'Applied', status: 'False', reason: 'AccessDeniedException', since: NOW },
    ]);
    const twice = pass(once, plan, {
      outcomes: [failed],
      now: NOW + 5000,
      causes: [{ id: `wake:${once.wake?.token}` }],
    });
    expect((twice.wake?.at ?? 0) - NOW - 5000).toBeGreaterThan((once.wake?.at ?? 0) - NOW);
    expect(twice.conditions[0]?.since).toBe(NOW);
    expect(pass(twice, plan, { outcomes: [applied], now: NOW + 20_000 })).toMatchObject({
      attempts: 0,
      conditions: [],
    });
  });

  it('comes back when the turn of a deferred write has come, and calls that no failure', () => {
    const register = someAction({ id: 'services/web/register', intent: 'abc' });
    const later = someAction({ id: 'services/worker/update' });
    const plan = somePlan({ actions: [register, update, later] });
    const open = someStatus({ intents: [{ action: register.id, digest: 'abc', at: NOW }] });
    const outcomes: ActionOutcome[] = [
      { type: 'deferred', action: register, at: NOW + 60_000 },
      { type: 'deferred', action: later, at: NOW + 62_000 },
      { type: 'skipped', action: update },
    ];
    const deferred = pass(someStatus(), plan, { outcomes });
    expect(deferred).toMatchObject({ attempts: 0, conditions: [], writes: {}, synced: false });
    expect(deferred.wake?.at).toBe(NOW + 62_000);
    expect(pass(open, plan, { outcomes }).intents).toEqual([]);
  });

  it('keeps saying what failed while it waits, and is woken for it once', () => {
    const plan = somePlan({ actions: [update] });
    const failed: ActionOutcome = { type: 'failed', action: update, failure: DENIED };
    const once = pass(someStatus(), plan, { outcomes: [failed] });
    const between = pass(once, plan, { now: NOW + 1000, causes: [{ id: 'event:2' }] });
    expect(between).toMatchObject({ attempts: 1, conditions: once.conditions, wake: once.wake });
    // Its time has come, and something else keeps it back: nothing to wake for at once.
    const kept = pass(once, plan, { now: NOW + 6000, causes: [{ id: `wake:${once.wake?.token}` }] });
    expect(kept.wake).toBeUndefined();
    expect(pass(once, somePlan(), { now: NOW + 1000 })).toMatchObject({ attempts: 0, conditions: [] });
  });

  it('keeps an intent open when there was no answer, and closes it when AWS refused', () => {
    const register = someAction({ id: 'services/web/register', intent: 'abc' });
    const plan = somePlan({ actions: [register] });
    const open = someStatus({ intents: [{ action: register.id, digest: 'abc', at: NOW }] });
    const lost = pass(open, plan, { outcomes: [{ type: 'failed', action: register, failure: NO_ANSWER }] });
    expect(lost.intents).toEqual(open.intents);
    const refused = pass(open, plan, { outcomes: [{ type: 'failed', action: register, failure: DENIED }] });
    expect(refused.intents).toEqual([]);
    expect(pass(open, somePlan({ closedIntents: [register.id] })).intents).toEqual([]);
  });

  it('looks three more times for a change it was told of and does not see', () => {
    const change = { parameter: '/apppack/apps/shop/scaling', operation: 'Update', at: NOW };
    let status = pass(someStatus(), somePlan(), { causes: [{ id: 'event:1', change }] });
    const looks: number[] = [];
    while (status.wake !== undefined) {
      looks.push(status.wake.at - NOW);
      status = pass(status, somePlan(), {
        now: status.wake.at,
        causes: [{ id: `wake:${status.wake.token}` }],
      });
    }
    expect(looks).toEqual([2000, 4000, 6000]);
  });

  it('does not let a burst of events use those looks up', () => {
    const change = { parameter: '/apppack/apps/shop/scaling', operation: 'Update', at: NOW };
    let status = pass(someStatus(), somePlan(), { causes: [{ id: 'event:1', change }] });
    for (let event = 0; event < 50; event += 1) {
      status = pass(status, somePlan(), { now: NOW + event * 40, causes: [{ id: `event:burst-${event}` }] });
      expect(status.wake?.at).toBe(NOW + 2000);
    }
  });

  it('looks for each of several changes of one second', () => {
    const changes = ['p', 'q'].map((parameter) => ({ parameter, operation: 'Create', at: NOW }));
    const causes = changes.map((change, index) => ({ id: `event:${index}`, change }));
    const told = pass(someStatus(), somePlan(), { causes });
    const parameters = { p: { version: 1, modifiedAt: NOW } };
    const woken = [{ id: `wake:${told.wake?.token}` }];
    const half = pass(told, somePlan({ parameters }), { now: NOW + 2000, causes: woken });
    expect(half.unseen).toMatchObject([{ parameter: 'q' }]);
    expect(half.wake?.at).toBe(NOW + 4000);
  });

  it('remembers every request it carried out, for whoever waits for it', () => {
    const both = pass(someStatus(), somePlan(), { causes: [{ id: 'request:a' }, { id: 'request:b' }] });
    expect(both.handledRequests).toEqual(['a', 'b']);
    const more = Array.from({ length: 30 }, (_, index) => ({ id: `request:${index}` }));
    expect(pass(both, somePlan(), { causes: more }).handledRequests).toHaveLength(10);
  });

  it('is content as soon as a read is as new as the change', () => {
    const change = { parameter: 'p', operation: 'Update', at: NOW };
    const plan = somePlan({ parameters: { p: { version: 2, modifiedAt: NOW + 300 } } });
    expect(pass(someStatus(), plan, { causes: [{ id: 'event:1', change }] }).wake).toBeUndefined();
  });

  it('remembers since when a condition holds', () => {
    const condition: Condition = { type: 'Valid', status: 'False', reason: 'InvalidScaling', message: 'no' };
    const first = pass(someStatus(), somePlan({ conditions: [condition] }));
    const second = pass(first, somePlan({ conditions: [{ ...condition, message: 'still no' }] }), {
      now: NOW + 9000,
    });
    expect(second.conditions[0]).toMatchObject({ since: NOW, message: 'still no' });
  });

  it('steps no workflow and keeps no wake when it may only observe', () => {
    const before = someStatus({ memory: { rollout: 1 }, revision: 3 });
    const plan = somePlan({ memory: { rollout: 2 }, actions: [update] });
    const decision = { send: [], waiting: [], contested: [] };
    const next = settleObserved(before, { work: someWork(), plan, decision, outcomes: [], now: NOW });
    expect(next.memory).toEqual({ rollout: 1 });
    expect(next.writes).toEqual({});
  });

  it('survives a status that another version wrote', () => {
    expect(parseStatus({ conditions: 'what?' }, 7)).toMatchObject({
      revision: 7,
      conditions: [],
      intents: [],
    });
  });
});
