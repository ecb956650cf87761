import { type Cron, nextCronTime, parseCron } from './cron.ts';

/** When a scheduled rule runs. */
export type Schedule =
  | { readonly type: 'cron'; readonly cron: Cron }
  | { readonly type: 'rate'; readonly everyMs: number };

const UNITS_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/**
 * Reads `cron(…)` or `rate(…)`; nothing when it is not valid. A rate of 1 has a singular unit, any other a
 * plural one.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function parseSchedule(expression: string): Schedule | undefined {
  const cron = /^cron\((\S(?:.*\S)?)\)$/s.exec(expression)?.[1];
  if (cron !== undefined) {
    const parsed = parseCron(cron);
    return parsed && { type: 'cron', cron: parsed };
  }
  const rate = /^rate\(([1-9]\d{0,8})\s+(minute|hour|day)(s?)\)$/.exec(expression);
  if (rate === null) return undefined;
  const [, value, unit, plural] = rate;
  if ((value === '1') !== (plural === '')) return undefined;
  // The expression above allows no other unit.
  return { type: 'rate', everyMs: Number(value) * UNITS_MS[unit as keyof typeof UNITS_MS] };
}

/**
 * The first scheduled instant after `after`; nothing when there is none any more. A rate starts when the
 * rule was made, so its first run is one interval after `startedAt`.
 */
export function nextScheduledTime(schedule: Schedule, startedAt: number, after: number): number | undefined {
  if (schedule.type === 'cron') return nextCronTime(schedule.cron, after);
  const passed = Math.max(0, Math.floor((after - startedAt) / schedule.everyMs));
  return startedAt + (passed + 1) * schedule.everyMs;
}
