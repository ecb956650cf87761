import type { ActionOutcome } from './apply.ts';
import type { Cause, Work } from './controller.ts';
import { type Decision, nextLookAt, recordWrite } from './decide.ts';
import { type Condition, canonicalJson, digestOf, type ParameterVersion, type Plan } from './plan.ts';
import {
  AFTER_FAILURE_FIRST_MS,
  AFTER_FAILURE_LAST_MS,
  AFTER_WRITE_FIRST_MS,
  backoff,
  CORRECTIONS_WINDOW_MS,
  INTENT_GRACE_MS,
  spread,
  UNSEEN_LOOK_MS,
  UNSEEN_LOOKS_MAX,
  UNSEEN_MAX,
  UNSEEN_MS,
} from './retry.ts';
import { dateConditions, type Intent, type Status, type UnseenChange, type Write } from './status.ts';

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
  const unreadable = plan.conditions.some(
    (condition) => condition.type === 'Readable' && condition.status === 'False',
  );
  const attempts = failed.length > 0 || unreadable ? before.attempts + 1 : 0;
  const conditions = [
    ...plan.conditions,
    ...decision.contested,
    ...failed.map(failureCondition),
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
    unseen,
    synced: isSynced(plan, conditions, outcomes),
    handledRequests: nextHandled(before, pass.work.causes),
    approved: plan.held === undefined && plan.actions.length === 0 ? undefined : before.approved,
  };
  const wantedAt = wantedWake(status, pass, attempts);
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
  return canonicalJson(material(before)) !== canonicalJson(material(next));
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

function failureCondition(outcome: ActionOutcome & { type: 'failed' }): Condition {
  const { action, failure } = outcome;
  const next = failure.kind === 'denied' ? 'Give the role this permission' : 'trimtab tries again';
  return {
    type: 'Applied',
    status: 'False',
    reason: failure.code,
    resource: action.resource,
    message: `${action.type} for ${action.resource} failed: ${failure.message} ${next}; nothing else of this key is held back by it.`,
  };
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

function nextUnseen(before: Status['unseen'], pass: Pass): Status['unseen'] {
  const { work, plan } = pass;
  const told = work.causes.flatMap(({ change }) => (change === undefined ? [] : [{ ...change, looks: 0 }]));
  // The event's time is AWS's, so it is compared with SQS's where SQS told it: our own clock may be wrong.
  const at = work.beganAt > 0 ? work.beganAt : pass.now;
  const unseen = newestOfEach([...(before ?? []), ...told])
    .filter((change) => !isShown(change, plan.parameters) && at <= change.at + UNSEEN_MS)
    .flatMap((change) => lookedFor(change, at) ?? [])
    .slice(-UNSEEN_MAX);
  return unseen.length === 0 ? undefined : unseen;
}

/** One change for each parameter, oldest first; told twice of one it is still that one. */
function newestOfEach(changes: readonly UnseenChange[]): readonly UnseenChange[] {
  const newest = new Map<string, UnseenChange>();
  for (const change of changes) {
    const known = newest.get(change.parameter);
    if (known === undefined || change.at > known.at || change.operation !== known.operation) {
      newest.set(change.parameter, change);
    }
  }
  return [...newest.values()].sort((a, b) => a.at - b.at);
}

/** The change after one more look for it; undefined when there were enough. */
function lookedFor(change: UnseenChange, at: number): UnseenChange | undefined {
  // A burst of events must not use up the looks before the change had time to show.
  if (at < change.at + change.looks * UNSEEN_LOOK_MS) return change;
  return change.looks >= UNSEEN_LOOKS_MAX ? undefined : { ...change, looks: change.looks + 1 };
}

/** Event times are whole seconds, so a read of the same second counts as showing it. */
function isShown(change: UnseenChange, parameters: Readonly<Record<string, ParameterVersion>>): boolean {
  const read = parameters[change.parameter];
  if (change.operation === 'Delete') return read === undefined;
  return read !== undefined && read.modifiedAt >= Math.floor(change.at / 1000) * 1000;
}

function wantedWake(status: Status, pass: Pass, attempts: number): number | undefined {
  const { now, plan, decision } = pass;
  const seed = JSON.stringify(pass.work.key);
  const wanted = [
    plan.wakeAt,
    decision.dueAt,
    ...Object.values(status.writes).flatMap((write) => (write.seen ? [] : [nextLookAt(write)])),
    ...status.intents.map((intent) => intent.at + INTENT_GRACE_MS),
    turnOf(pass.outcomes),
    attempts > 0
      ? now + spread(backoff(attempts, AFTER_FAILURE_FIRST_MS, AFTER_FAILURE_LAST_MS), seed)
      : undefined,
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
