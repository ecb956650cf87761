import type { ActionOutcome } from './apply.ts';
import type { Cause, Work } from './controller.ts';
import { type Decision, nextLookAt, recordWrite } from './decide.ts';
import { afterFailure, failureCondition, isUnreadable, nextFailures, stillFailing } from './failing.ts';
import { type Condition, digestOf, type ParameterVersion, type Plan, sameJson } from './plan.ts';
import { AFTER_WRITE_FIRST_MS, CORRECTIONS_WINDOW_MS, INTENT_GRACE_MS, UNSEEN_LOOK_MS } from './retry.ts';
import { dateConditions, type Intent, type Status, type Write } from './status.ts';
import { nextUnseen } from './unseen.ts';

/** Turns at AWS's rates this close together make one pass. */
const TURNS_TOGETHER_MS = 10_000;

/** A wake whose time passed this long ago never arrived; another one is sent. */
const WAKE_OVERDUE_MS = 60_000;

/** What the cause of a person's request begins with. */
const REQUEST = 'request:';

/** How many requests a status remembers as carried out. */
const HANDLED_MAX = 10;

export interface Pass {
  readonly work: Work;
  readonly plan: Plan;
  readonly decision: Decision;
  readonly outcomes: readonly ActionOutcome[];
  readonly now: number;
}

/** The next status from plan and outcomes; pure. The revision stays: storing it counts it up. */
export function settle(before: Status, pass: Pass): Status {
  const { plan, decision, outcomes, now } = pass;
  const failed = outcomes.filter((outcome) => outcome.type === 'failed');
  const unreadable = isUnreadable(plan);
  const failures = nextFailures(before, pass);
  const attempts = failed.length > 0 || unreadable ? before.attempts + 1 : failures ? before.attempts : 0;
  const conditions = [
    ...plan.conditions,
    ...decision.contested,
    ...failed.map(failureCondition),
    ...stillFailing(before, pass),
    ...heldCondition(plan),
  ];
  const writes = nextWrites(before, pass);
  const intents = nextIntents(before, pass);
  const unseen = nextUnseen(before.unseen, pass);
  const status: Status = {
    ...before,
    conditions: dateConditions(conditions, before.conditions, now),
    parameters: versionsOf(plan.parameters),
    memory: plan.memory,
    attempts,
    intents,
    writes,
    failures,
    unseen,
    synced: isSynced(plan, conditions, outcomes),
    handledRequests: nextHandled(before, pass.work.causes),
    approved: plan.held === undefined && plan.actions.length === 0 ? undefined : before.approved,
  };
  const wantedAt = wantedWake(status, pass, unreadable);
  return { ...status, wake: nextWake(before, pass.work, wantedAt, now) };
}

/**
 * The status of a pass that may only tell: conditions move, nothing else does. It looks again for one thing only: a
 * change that no read shows yet, which may be the end of the pause.
 */
export function settleObserved(before: Status, pass: Pass): Status {
  const { plan, work, now } = pass;
  const unseen = nextUnseen(before.unseen, pass);
  return {
    ...before,
    conditions: dateConditions(plan.conditions, before.conditions, now),
    synced: isSynced(plan, plan.conditions, []),
    handledRequests: nextHandled(before, work.causes),
    unseen,
    wake: nextWake(before, work, unseen === undefined ? undefined : now + UNSEEN_LOOK_MS, now),
  };
}

/** Whether storing `next` would tell anything new. Bookkeeping that only ages does not count. */
export function statusDiffers(before: Status, next: Status): boolean {
  return !sameJson(material(before), material(next));
}

function material(status: Status): unknown {
  const { revision: _revision, updatedAt: _updatedAt, beganAt: _beganAt, writes, ...rest } = status;
  const open = Object.entries(writes).filter(([, write]) => !write.seen);
  return { ...rest, writes: open };
}

function isSynced(plan: Plan, conditions: readonly Condition[], outcomes: readonly ActionOutcome[]): boolean {
  return (
    plan.differences.length === 0 &&
    plan.held === undefined &&
    outcomes.length === 0 &&
    conditions.every((condition) => condition.status === 'True')
  );
}

function heldCondition(plan: Plan): Condition[] {
  if (plan.held === undefined) return [];
  return [{ type: 'Released', status: 'False', reason: 'Held', message: plan.held.reason }];
}

function nextWrites(before: Status, pass: Pass): Record<string, Write> {
  const { plan, outcomes, now } = pass;
  const planned = new Set([...plan.actions, ...(plan.held?.actions ?? [])].map((action) => action.id));
  const writes: Record<string, Write> = {};
  for (const [id, write] of Object.entries(before.writes)) {
    if (planned.has(id)) writes[id] = write;
    else if (now < write.at + AFTER_WRITE_FIRST_MS && !write.seen) writes[id] = write;
    else if (now < write.at + CORRECTIONS_WINDOW_MS) writes[id] = { ...write, seen: true };
  }
  for (const outcome of outcomes) {
    if (outcome.type !== 'applied') continue;
    const { action, result } = outcome;
    writes[action.id] = recordWrite(action, before.writes[action.id], now, result);
  }
  return writes;
}

/** An intent stays open while its effect is unknown: no answer, or answered and not yet seen by a read. */
function nextIntents(before: Status, pass: Pass): readonly Intent[] {
  const closed = new Set(pass.plan.closedIntents ?? []);
  const planned = new Map(pass.plan.actions.map((action) => [action.id, action]));
  const kept = before.intents.filter((intent) => {
    if (closed.has(intent.action)) return false;
    const again = planned.get(intent.action);
    if (again !== undefined && again.intent !== intent.digest) return false;
    return again !== undefined || pass.now < intent.at + INTENT_GRACE_MS;
  });
  const fresh = new Map(kept.map((intent) => [intent.action, intent]));
  for (const outcome of pass.outcomes) {
    if (outcome.action.intent === undefined) continue;
    const mayHaveHappened = outcome.type === 'failed' && outcome.failure.kind === 'unknown';
    if (!mayHaveHappened) fresh.delete(outcome.action.id);
  }
  return [...fresh.values()];
}

/** The intents to record before `decision.send` goes out, or undefined when none is needed. */
export function openIntents(before: Status, pass: Omit<Pass, 'outcomes'>): Status | undefined {
  const risky = pass.decision.send.filter((action) => action.intent !== undefined);
  if (risky.length === 0) return undefined;
  const ids = new Set(risky.map((action) => action.id));
  const closed = new Set(pass.plan.closedIntents ?? []);
  const kept = before.intents.filter((intent) => !ids.has(intent.action) && !closed.has(intent.action));
  const opened = risky.map((action) => ({ action: action.id, digest: action.intent ?? '', at: pass.now }));
  return { ...before, intents: [...kept, ...opened] };
}

function wantedWake(status: Status, pass: Pass, unreadable: boolean): number | undefined {
  const { now, plan, decision } = pass;
  // What is due now was tried now, or waits for something else in this list.
  const later = [
    ...Object.values(status.writes).flatMap((write) => (write.seen ? [] : [nextLookAt(write)])),
    ...status.intents.map((intent) => intent.at + INTENT_GRACE_MS),
    ...Object.values(status.failures ?? {}).map((failure) => failure.until),
  ].filter((at) => at > now);
  const wanted = [
    plan.wakeAt,
    decision.dueAt,
    ...later,
    turnOf(pass.outcomes),
    unreadable ? now + afterFailure(status.attempts, pass.work.key) : undefined,
    status.unseen === undefined ? undefined : now + UNSEEN_LOOK_MS,
  ].filter((at): at is number => at !== undefined);
  return wanted.length === 0 ? undefined : Math.max(now, Math.min(...wanted));
}

/** When to come back for what was deferred: turns that lie close together are taken together. */
function turnOf(outcomes: readonly ActionOutcome[]): number | undefined {
  const turns = outcomes.flatMap((outcome) => (outcome.type === 'deferred' ? [outcome.at] : []));
  const first = Math.min(...turns);
  return turns.length === 0 ? undefined : Math.max(...turns.filter((at) => at <= first + TURNS_TOGETHER_MS));
}

/**
 * One wake is outstanding at most. One that comes no later than wanted is kept, unless this pass was it or it
 * is long overdue; a pass woken early just sleeps again.
 */
function nextWake(before: Status, work: Work, wantedAt: number | undefined, now: number): Status['wake'] {
  if (wantedAt === undefined) return undefined;
  const existing = before.wake;
  const wasIt = work.causes.some((cause) => cause.id === `wake:${existing?.token}`);
  const usable =
    existing !== undefined && !wasIt && existing.at <= wantedAt && existing.at > now - WAKE_OVERDUE_MS;
  if (usable) return existing;
  return { at: wantedAt, token: digestOf([work.key, wantedAt, before.revision, now]) };
}

function versionsOf(parameters: Readonly<Record<string, ParameterVersion>>): Record<string, number> {
  return Object.fromEntries(Object.entries(parameters).map(([name, read]) => [name, read.version]));
}

/** Several people may ask at once, and each waits for their own id: the last ones are kept. */
function nextHandled(before: Status, causes: readonly Cause[]): Status['handledRequests'] {
  const asked = causes.flatMap(({ id }) => (id.startsWith(REQUEST) ? [id.slice(REQUEST.length)] : []));
  if (asked.length === 0) return before.handledRequests;
  return [...new Set([...(before.handledRequests ?? []), ...asked])].slice(-HANDLED_MAX);
}
