import { failureOf } from './failing.ts';
import { type Action, type Condition, fingerprintOf, type Plan } from './plan.ts';
import {
  AFTER_WRITE_FIRST_MS,
  AFTER_WRITE_LAST_MS,
  backoff,
  CORRECTIONS_MAX,
  CORRECTIONS_WINDOW_MS,
  INTENT_GRACE_MS,
} from './retry.ts';
import type { Status, Write } from './status.ts';

/** What of a plan goes out now, what waits, and what is held because somebody keeps undoing it. */
export interface Decision<A extends Action = Action> {
  readonly send: readonly A[];
  readonly waiting: readonly A[];
  readonly contested: readonly Condition[];
  /** When the earliest waiting action is due. */
  readonly dueAt?: number;
}

type Verdict =
  | { readonly type: 'send' }
  | { readonly type: 'wait'; readonly until: number }
  | { readonly type: 'contested' };

export interface DecideOptions {
  /** A person asked, and does not want to wait. */
  readonly eager?: boolean;
  /** When reading began, for a read that took long shows what was so then; now unless said. */
  readonly lookedAt?: number;
}

/**
 * Decides which planned actions to send. A write that succeeded and is not shown by a read yet is not sent
 * again before its time: reads of ECS lag. One that was shown and undone is corrected, but not for ever. One that
 * failed waits longer each time, whatever else brings a pass, unless a person asks (`eager`).
 */
export function decide<A extends Action>(
  plan: Plan<A>,
  status: Status,
  now: number,
  { eager = false, lookedAt = now }: DecideOptions = {},
): Decision<A> {
  const send: A[] = [];
  const waiting: A[] = [];
  const contested: Condition[] = [];
  const stopped = new Set<string>();
  const due: number[] = [];
  for (const action of plan.actions) {
    const failedUntil = eager ? undefined : failureOf(action, status)?.until;
    const verdict =
      failedUntil !== undefined && now < failedUntil
        ? ({ type: 'wait', until: failedUntil } as const)
        : verdictOf(action, status, { now, lookedAt }, stopped);
    if (verdict.type === 'send') {
      send.push(action);
      continue;
    }
    stopped.add(action.id);
    if (verdict.type === 'contested') contested.push(contestedCondition(action));
    else {
      waiting.push(action);
      if (Number.isFinite(verdict.until)) due.push(verdict.until);
    }
  }
  return { send, waiting, contested, ...(due.length === 0 ? {} : { dueAt: Math.min(...due) }) };
}

function verdictOf(
  action: Action,
  status: Status,
  { now, lookedAt }: { readonly now: number; readonly lookedAt: number },
  stopped: ReadonlySet<string>,
): Verdict {
  if (action.after?.some((id) => stopped.has(id))) return { type: 'wait', until: Number.POSITIVE_INFINITY };
  const intent = status.intents.find((open) => open.action === action.id && open.digest === action.intent);
  if (intent !== undefined && now < intent.at + INTENT_GRACE_MS) {
    return { type: 'wait', until: intent.at + INTENT_GRACE_MS };
  }
  const write = status.writes[action.id];
  if (write === undefined || write.digest !== fingerprintOf(action)) return { type: 'send' };
  if (!write.seen) {
    const until = nextLookAt(write);
    return lookedAt < until ? { type: 'wait', until } : { type: 'send' };
  }
  return recentCorrections(write, now).length >= CORRECTIONS_MAX ? { type: 'contested' } : { type: 'send' };
}

/** When a write that no read has shown is looked at (and sent) again. */
export function nextLookAt(write: Write): number {
  return write.at + backoff(write.sent, AFTER_WRITE_FIRST_MS, AFTER_WRITE_LAST_MS);
}

/** The record of a write that just succeeded, made from the one before it. */
export function recordWrite(action: Action, before: Write | undefined, now: number, result?: unknown): Write {
  const digest = fingerprintOf(action);
  const same = before !== undefined && before.digest === digest;
  const corrections =
    same && before.seen ? [...recentCorrections(before, now), now] : same ? before.corrections : [];
  const sent = same && !before.seen ? before.sent + 1 : 1;
  const kept = action.intent === undefined || result === undefined ? {} : { result };
  return { digest, at: now, sent, seen: false, corrections, ...kept };
}

function recentCorrections(write: Write, now: number): number[] {
  return write.corrections.filter((at) => at > now - CORRECTIONS_WINDOW_MS);
}

function contestedCondition(action: Action): Condition {
  return {
    type: 'Owned',
    status: 'False',
    reason: 'Contested',
    resource: action.resource,
    message:
      `Somebody keeps changing ${action.resource} back: ${action.id} was corrected ${CORRECTIONS_MAX} times in ` +
      `${CORRECTIONS_WINDOW_MS / 60_000} minutes. trimtab leaves it alone until desired state changes or the ten ` +
      'minutes have passed. Find who else writes it (a deploy script, Terraform, another controller).',
  };
}
