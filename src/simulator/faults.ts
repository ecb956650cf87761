import type { Random } from '../reconcile/ports.ts';
import { AwsError } from './errors.ts';

/**
 * What can go wrong on the way. `lostResponse` and `reset` differ in whether the call took effect:
 * after a lost response it did.
 */
export type FaultKind = 'throttle' | 'error' | 'lostResponse' | 'reset' | 'denied' | 'slow';

/** One fault rule; every condition given must match the call. */
export interface Fault {
  readonly kind: FaultKind;
  readonly service?: string;
  readonly operation?: string;
  readonly client?: string;
  /** The account that is called. */
  readonly account?: string;
  /** Looks at the request document. */
  readonly when?: (input: Readonly<Record<string, unknown>>) => boolean;
  /** Chance for each matching call; 1 unless said. */
  readonly probability?: number;
  /** How many calls it hits before it is used up; unbounded unless said. */
  times?: number;
  /** For `slow`: how long the call hangs, in milliseconds. */
  readonly delayMs?: number;
}

/** How events and reads misbehave. All zero is a perfect day. */
export interface Weather {
  /** ECS reads lag behind writes by up to this many milliseconds. */
  readonly staleReadsMs: number;
  /** Share of events that arrive twice, in [0, 1]. */
  readonly duplicateEvents: number;
  /** Share of best-effort events (SSM, CodeBuild, Application Auto Scaling) that never arrive. */
  readonly lostEvents: number;
  /** Events arrive up to this many milliseconds late, each on its own, so they also change places. */
  readonly eventDelayMs: number;
}

/** Nothing goes wrong: what `npm start` and `trimtab simulate` use. */
export const FAIR_WEATHER: Weather = { staleReadsMs: 0, duplicateEvents: 0, lostEvents: 0, eventDelayMs: 0 };

/** What AWS is like on any day: stale reads and doubled events. The default in tests. */
export const ORDINARY_WEATHER: Weather = {
  staleReadsMs: 3000,
  duplicateEvents: 0.1,
  lostEvents: 0,
  eventDelayMs: 500,
};

/** A call as fault rules see it. */
export interface FaultTarget {
  readonly service: string;
  readonly operation: string;
  readonly client: string;
  readonly account: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Finds the first rule that hits this call, and uses it up by one. */
export function drawFault(faults: Fault[], target: FaultTarget, random: Random): Fault | undefined {
  for (const fault of faults) {
    if (!matches(fault, target)) continue;
    if (fault.probability !== undefined && random() >= fault.probability) continue;
    if (fault.times !== undefined) fault.times -= 1;
    return fault;
  }
  return undefined;
}

function matches(fault: Fault, target: FaultTarget): boolean {
  if (fault.times !== undefined && fault.times <= 0) return false;
  if (fault.service !== undefined && fault.service !== target.service) return false;
  if (fault.operation !== undefined && fault.operation !== target.operation) return false;
  if (fault.client !== undefined && fault.client !== target.client) return false;
  if (fault.account !== undefined && fault.account !== target.account) return false;
  return fault.when?.(target.input) ?? true;
}

/** The error a fault answers with, for the kinds that answer. */
export function faultError(kind: FaultKind): AwsError {
  if (kind === 'throttle') return new AwsError('ThrottlingException', 'Rate exceeded');
  if (kind === 'denied') {
    return new AwsError('AccessDeniedException', 'User is not authorized to perform this action.');
  }
  return new AwsError('InternalServerError', 'We encountered an internal error. Please try again.', {
    status: 500,
  });
}
