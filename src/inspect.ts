import type { Controller, Mode } from './reconcile/controller.ts';
import { decide } from './reconcile/decide.ts';
import type { Key } from './reconcile/key.ts';
import { type Action, type Condition, type Plan, planDigest } from './reconcile/plan.ts';
import { CORRECTIONS_WINDOW_MS } from './reconcile/retry.ts';
import { settle, settleObserved, statusDiffers } from './reconcile/settle.ts';
import type { DatedCondition, Status, Write } from './reconcile/status.ts';
import type { Resting } from './resting.ts';

/** One key, read and planned and nothing written: what `plan`, `status` and the sweep look at. */
export interface Inspection {
  readonly key: Key;
  readonly plan: Plan;
  readonly status: Status;
  /** Conditions as a pass would store them now. */
  readonly conditions: readonly DatedCondition[];
  readonly synced: boolean;
  /** Everything that is planned, held or not. */
  readonly actions: readonly Action[];
  /** What `trimtab approve` lets pass. */
  readonly digest: string;
  /** Whether a pass would write anything or store anything new. */
  readonly due: boolean;
}

/** A wake that is this late was lost; the key is looked at again. */
const WAKE_LATE_MS = 60_000;

export interface InspectOptions {
  /** How passes run, `act` unless said: those that only observe remember less. */
  readonly mode?: Mode | undefined;
  /** What is at rest is not planned again; one for all looks in the same mode. */
  readonly resting?: Resting<Inspection> | undefined;
}

/** Reads and plans one key without writing anything anywhere. */
export async function inspect(
  key: Key,
  status: Status,
  controller: Controller,
  now: () => number,
  { mode = 'act', resting }: InspectOptions = {},
): Promise<Inspection> {
  const before = resting?.known(key, now())?.facts;
  const facts = await controller.read({ key, status: Promise.resolve(status), before });
  const at = now();
  const known = { facts, status };
  const rest = resting?.recall(key, known, at);
  if (rest !== undefined) return rest;
  const inspection = lookAt({ key, status, at, mode }, controller.plan(facts, { key, status, now: at }));
  if (isAtRest(inspection, at)) resting?.keep(key, known, inspection, { ...inspection.plan, now: at });
  return inspection;
}

interface Look {
  readonly key: Key;
  readonly status: Status;
  readonly at: number;
  readonly mode: Mode;
}

function lookAt({ key, status, at, mode }: Look, plan: Plan): Inspection {
  const decision = decide(plan, status, at);
  const work = { key, causes: [], beganAt: at };
  const pass = { work, plan, decision, outcomes: [], now: at };
  const next =
    mode === 'act' && plan.paused === undefined ? settle(status, pass) : settleObserved(status, pass);
  const actions = [...plan.actions, ...(plan.held?.actions ?? [])];
  const { conditions } = next;
  return {
    key,
    plan,
    status,
    conditions,
    synced: plan.differences.length === 0 && plan.held === undefined && conditions.every(isFine),
    actions,
    digest: planDigest(actions),
    due: isDue({ plan, before: status, next, sends: decision.send.length > 0, at }),
  };
}

/** Nothing is due, and nothing waits for a time: no wake, no retry, no write that reads may not show yet. */
function isAtRest({ due, actions, plan, status }: Inspection, now: number): boolean {
  const { failures, unseen, intents, attempts, wake, writes } = status;
  const isPlanned = !due && actions.length === 0 && plan.wakeAt === undefined && wake === undefined;
  const isQuiet = failures === undefined && unseen === undefined && intents.length === 0 && attempts === 0;
  return isPlanned && isQuiet && Object.values(writes).every((write) => isOld(write, now));
}

/** Of a younger write planning may take a read that contradicts it for one of before it. */
function isOld({ seen, at }: Write, now: number): boolean {
  return seen && now >= at + CORRECTIONS_WINDOW_MS;
}

function isFine(condition: Condition): boolean {
  return condition.status === 'True';
}

/** Whether a pass would do or store anything, or the key's wake was lost. */
function isDue(inspected: { plan: Plan; before: Status; next: Status; sends: boolean; at: number }): boolean {
  const { plan, before, next, sends, at } = inspected;
  if (plan.gone === true) return before.revision > 0;
  if (sends && plan.paused === undefined) return true;
  if (before.wake !== undefined && before.wake.at < at - WAKE_LATE_MS) return true;
  return statusDiffers(before, next);
}
