import {
  nextScheduledTime,
  parseSchedule as parseRecurring,
  type Schedule as Recurring,
} from '../events/schedule.ts';
import { fromLocal, toLocal } from './zone.ts';

export type Schedule = Recurring | { readonly type: 'at'; readonly local: number };

/** A zone skips an hour now and then; a cron expression that means only such hours is given up. */
const SKIPS_MAX = 100;

/**
 * Reads `at(yyyy-mm-ddThh:mm:ss)`, `rate(…)` or `cron(…)`; nothing when it is not valid.
 * Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
 */
export function parseSchedule(expression: string): Schedule | undefined {
  const at = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression)?.[1];
  if (at === undefined) return parseRecurring(expression);
  const local = Date.parse(`${at}Z`);
  const exact = !Number.isNaN(local) && new Date(local).toISOString().startsWith(at);
  return exact ? { type: 'at', local } : undefined;
}

/** When an action runs: its schedule, in which zone, between which instants. */
export interface Timetable {
  readonly schedule: Schedule;
  readonly timezone: string;
  readonly createdAt: number;
  readonly startAt: number | undefined;
  readonly endAt: number | undefined;
}

/** The first run after `after`; nothing when there is none any more. A rate runs from its start time on, if it has one. */
export function nextRunAt(timetable: Timetable, after: number): number | undefined {
  const { startAt, endAt } = timetable;
  // A run at the very start counts.
  const from = startAt === undefined ? after : Math.max(after, startAt - 1);
  const at = nextOf(timetable, from);
  return at === undefined || (endAt !== undefined && at > endAt) ? undefined : at;
}

function nextOf({ schedule, timezone, createdAt, startAt }: Timetable, after: number): number | undefined {
  switch (schedule.type) {
    case 'at': {
      const at = fromLocal(schedule.local, timezone);
      return at !== undefined && at > after ? at : undefined;
    }
    case 'rate': {
      const base = startAt === undefined ? createdAt : startAt - schedule.everyMs;
      return nextScheduledTime(schedule, base, after);
    }
    case 'cron':
      return nextCron(schedule, timezone, after);
  }
}

/** Goes by the clock on the wall; an hour that comes twice counts once. */
function nextCron(schedule: Recurring, timezone: string, after: number): number | undefined {
  let wall = toLocal(after, timezone);
  for (let skipped = 0; skipped < SKIPS_MAX; skipped += 1) {
    const next = nextScheduledTime(schedule, 0, wall);
    if (next === undefined) return undefined;
    const at = fromLocal(next, timezone);
    if (at !== undefined && at > after) return at;
    wall = next;
  }
  return undefined;
}
