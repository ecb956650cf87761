import type { ActionOutcome } from '../reconcile/apply.ts';
import type { Cause } from '../reconcile/controller.ts';
import { formatKey, type Key } from '../reconcile/key.ts';
import type { Action } from '../reconcile/plan.ts';
import { type Outcome, passId, type Report } from '../reconcile/reconcile.ts';
import type { DatedCondition } from '../reconcile/status.ts';
import { faultOf, tellError } from './failure.ts';
import type { AwsCall, Backlog, IntakeResult, PassFailure, SweepResult, TaskFailure } from './listener.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** One line of the log. The message is constant; what varies is in the fields. */
export interface Line {
  readonly level: Level;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How many members of a list one line shows. */
const LIST_MAX = 10;

const MESSAGES: Readonly<Record<Outcome, string>> = {
  unchanged: 'nothing to do',
  applied: 'changes applied',
  waiting: 'waiting for AWS',
  failed: 'pass failed',
  held: 'changes held',
  observed: 'looked only',
  dropped: 'wake dropped',
};
const EVENTFUL: ReadonlySet<Outcome> = new Set(['applied', 'failed', 'held']);

/** Whether a pass has any line a person wants to read at the usual level. */
export function isEventful(report: Report): boolean {
  return EVENTFUL.has(report.outcome) || report.news.length > 0 || report.healed.length > 0;
}

/**
 * The lines of a pass: its problems that are new (warn), those that are gone (info), and the pass itself (info
 * when it wrote, failed or is held, else debug). Desired and observed values and actions' contents never get into one.
 */
export function describeReport(report: Report): readonly Line[] {
  const about = { reconcileId: report.id, key: formatKey(report.work.key) };
  return [
    ...report.news.map((condition) => describeNews(condition, about)),
    ...report.healed.map((condition) => describeHealed(condition, about, report)),
    describePass(report, about),
  ];
}

interface About {
  readonly reconcileId: string;
  readonly key: string;
}

function describeNews(condition: DatedCondition, about: About): Line {
  const isProblem = condition.status === 'False';
  return {
    level: isProblem ? 'warn' : 'info',
    message: isProblem ? 'problem found' : 'condition changed',
    fields: { ...about, ...placeOf(condition), detail: condition.message },
  };
}

function describeHealed(condition: DatedCondition, about: About, report: Report): Line {
  const endedAt = report.startedAt + report.timings.totalMs;
  const lastedSeconds = Math.max(0, Math.round((endedAt - condition.since) / 1000));
  return {
    level: 'info',
    message: 'problem solved',
    fields: { ...about, ...placeOf(condition), lastedSeconds },
  };
}

function placeOf({ type, reason, parameter, path, version, resource }: DatedCondition) {
  return defined({ condition: type, reason, parameter, path, version, resource });
}

function describePass(report: Report, about: About): Line {
  const { actions, timings } = report;
  const calls = Object.values(report.calls).reduce((sum, count) => sum + count, 0);
  return {
    level: EVENTFUL.has(report.outcome) ? 'info' : 'debug',
    message: MESSAGES[report.outcome],
    fields: defined({
      ...about,
      outcome: report.outcome,
      synced: report.synced,
      actions: listOf(actions.flatMap((one) => (one.type === 'applied' ? [nameOf(one.action)] : []))),
      failed: listOf(actions.flatMap(describeFailed)),
      skipped: listOf(actions.flatMap((one) => (one.type === 'skipped' ? [nameOf(one.action)] : []))),
      deferred: listOf(actions.flatMap((one) => (one.type === 'deferred' ? [nameOf(one.action)] : []))),
      waiting: listOf(report.waiting.map(nameOf)),
      differences: listOf(report.differences.map((difference) => difference.path)),
      changed: listOf(report.work.causes.flatMap(changeOf)),
      causes: listOf(report.work.causes.map((cause) => cause.id)),
      paused: report.paused === undefined ? undefined : true,
      attempts: report.attempts === 0 ? undefined : report.attempts,
      nextLookAt: report.wakeAt === undefined ? undefined : new Date(report.wakeAt).toISOString(),
      awsCalls: calls,
      readMs: timings.readMs,
      applyMs: timings.applyMs,
      durationMs: timings.totalMs,
    }),
  };
}

function nameOf(action: Action): string {
  return `${action.type} ${action.resource}`;
}

function describeFailed(outcome: ActionOutcome): string[] {
  return outcome.type === 'failed' ? [`${nameOf(outcome.action)} (${outcome.failure.code})`] : [];
}

function changeOf({ change }: Cause): string[] {
  return change === undefined ? [] : [`${change.parameter} (${change.operation})`];
}

/** A pass that threw. Losing the lease or the status to another worker is part of life. */
export function describeFailure({ work, error, durationMs }: PassFailure): Line {
  const fault = faultOf(error);
  const isPartOfLife = fault === 'lease' || fault === 'conflict';
  return {
    level: isPartOfLife ? 'info' : 'error',
    message: isPartOfLife ? 'pass given up' : 'pass broke off',
    fields: defined({
      reconcileId: passId(work),
      key: formatKey(work.key),
      fault,
      error: tellError(error),
      causes: listOf(work.causes.map((cause) => cause.id)),
      durationMs,
    }),
  };
}

export function describeCall(call: AwsCall): Line {
  const { service, operation, code, durationMs, throttled, pass } = call;
  return {
    level: 'debug',
    message: 'AWS call',
    fields: defined({
      reconcileId: pass?.id,
      service,
      operation,
      code,
      throttled: throttled || undefined,
      durationMs,
    }),
  };
}

export function describeIntake({ source, result, reason, keys, ageMs }: IntakeResult): Line {
  const isWorrying = result === 'malformed' || result === 'failed';
  return {
    level: isWorrying ? 'warn' : 'debug',
    message: isWorrying ? 'intake message could not be used' : 'intake message handled',
    fields: defined({ source, result, reason, keys, ageMs }),
  };
}

export function describePostponed(key: Key, why: string, delayMs: number): Line {
  return { level: 'debug', message: 'key put back', fields: { key: formatKey(key), why, delayMs } };
}

export function describeUnreadable(messages: number): Line {
  return { level: 'warn', message: 'work messages nobody here understands', fields: { messages } };
}

/** A call of an endless loop that failed: the loop tries again by itself. */
export function describeFailing(doing: string, error: unknown): Line {
  return {
    level: 'warn',
    message: 'a call failed and is tried again',
    fields: { doing, error: tellError(error) },
  };
}

export function describeSweep(sweep: SweepResult): Line {
  const { account, region, surveyed, differing, durationMs } = sweep;
  return {
    level: differing > 0 ? 'info' : 'debug',
    message: 'account compared',
    fields: { account, region, surveyed, differing, durationMs },
  };
}

/** Why it failed is in the task's own log; nothing of the task is known here. */
export function describeTaskFailure({ key }: TaskFailure): Line {
  return { level: 'warn', message: 'a scheduled task failed', fields: { key: formatKey(key) } };
}

export function describeBacklog({ queue, messages }: Backlog): Line {
  return {
    level: 'debug',
    message: messages === undefined ? 'backlog could not be read' : 'backlog read',
    fields: { queue, ...messages },
  };
}

/** At most `LIST_MAX` members, and how many more there are; undefined for an empty list. */
function listOf(members: readonly string[]): readonly string[] | undefined {
  if (members.length === 0) return undefined;
  if (members.length <= LIST_MAX) return members;
  return [...members.slice(0, LIST_MAX), `and ${members.length - LIST_MAX} more`];
}

function defined(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
