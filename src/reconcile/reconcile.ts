import { type ActionOutcome, applyActions } from './apply.ts';
import type { Controller, Lease, LoopPorts, PlanContext, Work } from './controller.ts';
import { type Decision, decide } from './decide.ts';
import { isUnreadable } from './failing.ts';
import {
  type Action,
  type Condition,
  canonicalJson,
  type Deferral,
  type Difference,
  digestOf,
  type Gathering,
  type Plan,
} from './plan.ts';
import { openIntents, settle, settleObserved, statusDiffers } from './settle.ts';
import { type DatedCondition, healedConditions, type Status } from './status.ts';

/**
 * How a pass ended.
 * - `unchanged`: nothing to do · `applied`: actions went through, none failed · `waiting`: actions wait for a read
 *   to show an earlier write, or for their turn at AWS's rates · `failed`: an action or a read failed · `held`: something waits for a person
 * - `observed`: the mode or the `paused` parameter forbids writing · `dropped`: a wake that was replaced
 */
export type Outcome = 'unchanged' | 'applied' | 'waiting' | 'failed' | 'held' | 'observed' | 'dropped';

/** Everything there is to tell about one pass, as one value. The core itself logs nothing. */
export interface Report {
  readonly id: string;
  readonly work: Work;
  readonly outcome: Outcome;
  readonly differences: readonly Difference[];
  readonly actions: readonly ActionOutcome[];
  readonly waiting: readonly Action[];
  readonly conditions: readonly DatedCondition[];
  /** Conditions that were not there before this pass. */
  readonly news: readonly DatedCondition[];
  /** Problems of the pass before that are gone, with the instant they had begun. */
  readonly healed: readonly DatedCondition[];
  readonly synced: boolean;
  readonly paused?: string;
  /** Nothing is left of this key; what is shown of it may go away too. */
  readonly gone?: true;
  readonly parameters: Readonly<Record<string, number>>;
  readonly wakeAt?: number;
  /** Events that a look which is sure to come makes unnecessary. */
  readonly gathering?: readonly Gathering[];
  /** Events that may be looked at later than they are told. */
  readonly deferring?: readonly Deferral[];
  readonly attempts: number;
  readonly startedAt: number;
  readonly timings: { readonly readMs: number; readonly applyMs: number; readonly totalMs: number };
  /** AWS calls of this pass: `ecs.DescribeServices` → count. */
  readonly calls: Readonly<Record<string, number>>;
}

/**
 * One pass over one key: read, plan, intend, apply, settle, wake. The caller deletes the work messages after
 * it returned, and keeps them when it throws (`LeaseLostError`, `StatusConflictError`, or a failing store).
 */
export function converge(
  work: Work,
  controller: Controller,
  ports: LoopPorts,
  lease: Lease,
): Promise<Report> {
  const id = passId(work);
  return ports.scope.run({ id, key: work.key, lease }, () => runPass(id, work, controller, ports, lease));
}

/** The id of the pass that `work` makes; known before it runs and when it throws. */
export function passId(work: Work): string {
  return digestOf([work.key, work.causes, work.beganAt]);
}

async function runPass(
  id: string,
  work: Work,
  controller: Controller,
  ports: LoopPorts,
  lease: Lease,
): Promise<Report> {
  const startedAt = ports.clock.now();
  const reading = ports.statuses.read(work.key);
  // The read below may fail first; without this the store's own failure would be unhandled.
  reading.catch(() => {});
  if (work.causes.every((cause) => cause.id.startsWith('wake:')) && !isExpected(work, await reading)) {
    return dropped(id, work, await reading, startedAt);
  }
  const facts = await controller.read({ key: work.key, status: reading, causes: work.causes, startedAt });
  const before = await reading;
  const now = ports.clock.now();
  const plan = controller.plan(facts, { key: work.key, status: before, now, ...toldOf(work, startedAt) });
  const draft = { id, work, plan, before, startedAt, readAt: now };
  if (ports.mode === 'observe' || plan.paused !== undefined) return observe(draft, ports);
  const decision = decide(plan, before, now, { eager: isAsked(work), lookedAt: startedAt });
  const recorded = await intend(draft, decision, ports);
  const outcomes = await applyActions(decision.send, {
    apply: (action, results) => controller.apply(action, { key: work.key, results, now: ports.clock.now() }),
    classify: ports.classify,
    lease,
  });
  return finish({ ...draft, before: recorded }, decision, outcomes, ports);
}

/** What was told on SQS's clock, on ours: that of a worker may be wrong. */
function toldOf({ told, beganAt }: Work, startedAt: number): Pick<PlanContext, 'told'> {
  if (told === undefined) return {};
  return {
    told: told.map(({ parameter, at }) => ({ parameter, at: startedAt - Math.max(0, beganAt - at) })),
  };
}

/** Whether a person asked for this pass, who does not want to wait. */
function isAsked(work: Work): boolean {
  return work.causes.some(({ id }) => id.startsWith('request:'));
}

interface Draft {
  readonly id: string;
  readonly work: Work;
  readonly plan: Plan;
  readonly before: Status;
  readonly startedAt: number;
  readonly readAt: number;
}

function isExpected(work: Work, status: Status): boolean {
  return work.causes.some((cause) => status.wake !== undefined && cause.id === `wake:${status.wake.token}`);
}

async function intend(draft: Draft, decision: Decision, ports: LoopPorts): Promise<Status> {
  const { work, plan, before, readAt: now } = draft;
  const withIntents = openIntents(before, { work, plan, decision, now });
  return withIntents === undefined
    ? before
    : ports.statuses.write(work.key, { ...withIntents, updatedAt: now });
}

async function observe(draft: Draft, ports: LoopPorts): Promise<Report> {
  const decision: Decision = { send: [], waiting: [], contested: [] };
  const now = ports.clock.now();
  const next = settleObserved(draft.before, { ...draft, decision, outcomes: [], now });
  await remember(draft, next, now, ports);
  return report(draft, next, { outcome: 'observed', outcomes: [], waiting: [], applyMs: 0 }, ports);
}

async function finish(
  draft: Draft,
  decision: Decision,
  outcomes: readonly ActionOutcome[],
  ports: LoopPorts,
): Promise<Report> {
  const now = ports.clock.now();
  const next = settle(draft.before, { ...draft, decision, outcomes, now });
  await remember(draft, next, now, ports);
  const outcome = outcomeOf(draft.plan, decision, outcomes, next);
  return report(
    draft,
    next,
    { outcome, outcomes, waiting: decision.waiting, applyMs: now - draft.readAt },
    ports,
  );
}

/**
 * Sends the wake, then stores the status that names it: if we die in between, its token is unknown and it is
 * dropped, while the work message comes back. The other way round a crash would lose the wake.
 */
async function remember(draft: Draft, next: Status, now: number, ports: LoopPorts): Promise<void> {
  const { work, before } = draft;
  if (isGone(draft, next)) {
    if (before.revision > 0) await ports.statuses.remove(work.key, before);
    return;
  }
  if (next.wake !== undefined && next.wake.token !== before.wake?.token) {
    await ports.wakes.send(work.key, next.wake);
  }
  if (!statusDiffers(before, next)) return;
  await ports.statuses.write(work.key, { ...next, updatedAt: now, beganAt: work.beganAt });
}

/** A key that was just told to be there is not gone: the read may be older than its first parameter. */
function isGone({ plan }: Draft, next: Status): boolean {
  return plan.gone === true && next.unseen === undefined;
}

function outcomeOf(
  plan: Plan,
  decision: Decision,
  outcomes: readonly ActionOutcome[],
  next: Status,
): Outcome {
  if (isUnreadable(plan) || outcomes.some((one) => one.type === 'failed')) return 'failed';
  if (plan.held !== undefined || decision.contested.length > 0) return 'held';
  if (outcomes.some((one) => one.type === 'applied')) return 'applied';
  if (outcomes.some((one) => one.type === 'deferred')) return 'waiting';
  return decision.waiting.length > 0 || next.intents.length > 0 ? 'waiting' : 'unchanged';
}

interface Ending {
  readonly outcome: Outcome;
  readonly outcomes: readonly ActionOutcome[];
  readonly waiting: readonly Action[];
  readonly applyMs: number;
}

function report(draft: Draft, next: Status, ending: Ending, ports: LoopPorts): Report {
  const gone = isGone(draft, next);
  return {
    id: draft.id,
    work: draft.work,
    outcome: ending.outcome,
    differences: draft.plan.differences,
    actions: ending.outcomes,
    waiting: ending.waiting,
    conditions: next.conditions,
    news: newConditions(draft.before, next),
    healed: healedConditions(draft.before.conditions, next.conditions),
    synced: next.synced,
    ...(gone ? { gone } : {}),
    ...(draft.plan.paused === undefined ? {} : { paused: draft.plan.paused }),
    parameters: next.parameters,
    ...(next.wake === undefined || gone ? {} : { wakeAt: next.wake.at }),
    ...(gone ? {} : patienceOf(draft, next, ending.outcome === 'observed')),
    attempts: next.attempts,
    startedAt: draft.startedAt,
    timings: {
      readMs: draft.readAt - draft.startedAt,
      applyMs: ending.applyMs,
      totalMs: ports.clock.now() - draft.startedAt,
    },
    calls: ports.scope.calls(),
  };
}

/** Which events need no look of their own, or a later one. Of a key that is just observed nothing is remembered to wait for. */
function patienceOf(
  { plan: { gathering = [], deferring = [] }, readAt }: Draft,
  { wake }: Status,
  isObserved: boolean,
): Pick<Report, 'gathering' | 'deferring'> {
  // An overdue wake may have been lost.
  const mayLast = !isObserved && wake !== undefined && wake.at > readAt;
  const gathered = gathering.flatMap((one) => gatheredUntil(one, wake?.at, mayLast));
  return {
    ...(gathered.length === 0 ? {} : { gathering: gathered }),
    ...(isObserved || deferring.length === 0 ? {} : { deferring }),
  };
}

/**
 * Events are gathered only where a stored wake is sure to bring a look that sees what they tell of, and past it only
 * where each look asks for the next one.
 */
function gatheredUntil(
  { about, until, lasting }: Gathering,
  wakeAt: number | undefined,
  mayLast: boolean,
): readonly Gathering[] {
  if (wakeAt === undefined || wakeAt > until) return [];
  return [{ about, until: lasting === true && mayLast ? until : wakeAt }];
}

/** What was stored comes back with its members in another order, so texts of JSON would differ. */
function newConditions(before: Status, next: Status): readonly DatedCondition[] {
  const undated = (condition: Condition) => canonicalJson({ ...condition, since: 0 });
  const known = new Set(before.conditions.map(undated));
  return next.conditions.filter((condition) => !known.has(undated(condition)));
}

function dropped(id: string, work: Work, status: Status, startedAt: number): Report {
  return {
    id,
    work,
    outcome: 'dropped',
    differences: [],
    actions: [],
    waiting: [],
    conditions: status.conditions,
    news: [],
    healed: [],
    synced: status.synced,
    parameters: status.parameters,
    attempts: status.attempts,
    startedAt,
    timings: { readMs: 0, applyMs: 0, totalMs: 0 },
    calls: {},
  };
}
