/**
 * The cron expressions of scheduled rules, in UTC, as AWS describes them: `L-3` and a list beside `L`, `W` or `#`
 * are not described, so they are refused. `LW` and names in any case are not described either, but users report
 * that EventBridge takes them: https://github.com/grumBit/aws_cron_expression_validator/issues/18
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly years: readonly number[];
  /** Which days of a month; one of day-of-month and day-of-week says it, the other is `?`. */
  readonly days: DayRule;
}

type DayRule =
  | { readonly type: 'daysOfMonth'; readonly days: readonly number[] }
  | { readonly type: 'lastOfMonth' }
  | { readonly type: 'lastWeekdayOfMonth' }
  | { readonly type: 'nearestWeekday'; readonly day: number }
  | { readonly type: 'daysOfWeek'; readonly days: readonly number[] }
  | { readonly type: 'lastDayOfWeek'; readonly day: number }
  | { readonly type: 'nthDayOfWeek'; readonly day: number; readonly nth: number };

interface Field {
  readonly min: number;
  readonly max: number;
  /** Names of the values, from `min` on. */
  readonly names: readonly string[];
  /** Whether 20-2 goes over the end and on from the start, as in AWS's example for hours. */
  readonly wraps: boolean;
}

const MONTH_NAMES = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAY_NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MINUTES: Field = { min: 0, max: 59, names: [], wraps: true };
const HOURS: Field = { min: 0, max: 23, names: [], wraps: true };
const DAYS_OF_MONTH: Field = { min: 1, max: 31, names: [], wraps: true };
const MONTHS: Field = { min: 1, max: 12, names: MONTH_NAMES, wraps: true };
const DAYS_OF_WEEK: Field = { min: 1, max: 7, names: DAY_NAMES, wraps: true };
const YEARS: Field = { min: 1970, max: 2199, names: [], wraps: false };
const SATURDAY = 7;

/** Reads what stands between the brackets of `cron(…)`; nothing when it is not valid. */
export function parseCron(source: string): Cron | undefined {
  const fields = source.toUpperCase().split(/\s+/);
  if (fields.length !== 6) return undefined;
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields;
  const minutes = parseField(minute, MINUTES);
  const hours = parseField(hour, HOURS);
  const months = parseField(month, MONTHS);
  const years = parseField(year, YEARS);
  const days = parseDays(dayOfMonth, dayOfWeek);
  if (!minutes || !hours || !months || !years || !days) return undefined;
  return { minutes, hours, months, years, days };
}

/** The first instant after `after` at which the expression holds; nothing when there is none any more. */
export function nextCronTime(cron: Cron, after: number): number | undefined {
  const from = new Date(after);
  for (const year of cron.years) {
    if (year < from.getUTCFullYear()) continue;
    for (const month of cron.months) {
      if (Date.UTC(year, month, 1) <= after) continue;
      const found = nextInMonth(cron, year, month, after);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function nextInMonth(cron: Cron, year: number, month: number, after: number): number | undefined {
  for (const day of daysOf(cron.days, year, month)) {
    if (Date.UTC(year, month - 1, day + 1) <= after) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const at = Date.UTC(year, month - 1, day, hour, minute);
        if (at > after) return at;
      }
    }
  }
  return undefined;
}

/** The days of one month that a rule means, in order. */
function daysOf(rule: DayRule, year: number, month: number): readonly number[] {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const all = Array.from({ length }, (_, index) => index + 1);
  const isDay = (day: number, wanted: number): boolean => dayOfWeekOf(year, month, day) === wanted;
  switch (rule.type) {
    case 'daysOfMonth':
      return rule.days.filter((day) => day <= length);
    case 'lastOfMonth':
      return [length];
    case 'lastWeekdayOfMonth':
      return [nearestWeekday(year, month, length, length)];
    case 'nearestWeekday':
      return rule.day > length ? [] : [nearestWeekday(year, month, rule.day, length)];
    case 'daysOfWeek':
      return all.filter((day) => rule.days.includes(dayOfWeekOf(year, month, day)));
    case 'lastDayOfWeek':
      return all.filter((day) => isDay(day, rule.day)).slice(-1);
    case 'nthDayOfWeek':
      return all.filter((day) => isDay(day, rule.day)).slice(rule.nth - 1, rule.nth);
  }
}

/** The weekday closest to a day, without leaving the month. */
function nearestWeekday(year: number, month: number, day: number, length: number): number {
  const dayOfWeek = dayOfWeekOf(year, month, day);
  if (dayOfWeek === SATURDAY) return day === 1 ? 3 : day - 1;
  if (dayOfWeek === 1) return day === length ? day - 2 : day + 1;
  return day;
}

/** AWS counts from Sunday = 1. */
function dayOfWeekOf(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
}

/** "If you specify a value or a * in one of the fields, you must use a ? in the other." */
function parseDays(dayOfMonth: string, dayOfWeek: string): DayRule | undefined {
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) return undefined;
  return dayOfWeek === '?' ? parseDayOfMonth(dayOfMonth) : parseDayOfWeek(dayOfWeek);
}

function parseDayOfMonth(source: string): DayRule | undefined {
  if (source === 'L') return { type: 'lastOfMonth' };
  if (source === 'LW') return { type: 'lastWeekdayOfMonth' };
  if (source.endsWith('W')) {
    const day = parseValue(source.slice(0, -1), DAYS_OF_MONTH);
    return day === undefined ? undefined : { type: 'nearestWeekday', day };
  }
  const days = parseField(source, DAYS_OF_MONTH);
  return days && { type: 'daysOfMonth', days };
}

function parseDayOfWeek(source: string): DayRule | undefined {
  if (source === 'L') return { type: 'daysOfWeek', days: [SATURDAY] };
  if (source.endsWith('L')) {
    const day = parseValue(source.slice(0, -1), DAYS_OF_WEEK);
    return day === undefined ? undefined : { type: 'lastDayOfWeek', day };
  }
  const [name = '', nth, ...more] = source.split('#');
  if (nth !== undefined) {
    const day = parseValue(name, DAYS_OF_WEEK);
    if (day === undefined || more.length > 0 || !/^[1-5]$/.test(nth)) return undefined;
    return { type: 'nthDayOfWeek', day, nth: Number(nth) };
  }
  const days = parseField(source, DAYS_OF_WEEK);
  return days && { type: 'daysOfWeek', days };
}

/** Values of one field, sorted; nothing when it is not valid. */
function parseField(source: string, field: Field): readonly number[] | undefined {
  const values = new Set<number>();
  const elements = source.split(',');
  for (const element of elements) {
    if (element === '*' && elements.length > 1) return undefined;
    const found = parseElement(element, field);
    if (found === undefined) return undefined;
    for (const value of found) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

/** `*`, `5`, `1-5`, each perhaps with `/increment`; `5/10` runs to the end of the field. */
function parseElement(source: string, field: Field): readonly number[] | undefined {
  const [span = '', increment, ...more] = source.split('/');
  if (more.length > 0) return undefined;
  const range = parseRange(span, field, increment !== undefined);
  if (range === undefined || increment === undefined) return range;
  const step = /^\d{1,3}$/.test(increment) ? Number(increment) : 0;
  if (step < 1 || step > field.max) return undefined;
  return range.filter((_, index) => index % step === 0);
}

function parseRange(source: string, field: Field, open: boolean): readonly number[] | undefined {
  if (source === '*') return between(field.min, field.max);
  const [first = '', second, ...more] = source.split('-');
  const from = parseValue(first, field);
  const to = second === undefined ? from : parseValue(second, field);
  if (from === undefined || to === undefined || more.length > 0) return undefined;
  if (second === undefined) return open ? between(from, field.max) : [from];
  if (from <= to) return between(from, to);
  return field.wraps ? [...between(from, field.max), ...between(field.min, to)] : undefined;
}

function parseValue(source: string, field: Field): number | undefined {
  const named = field.names.indexOf(source);
  if (named >= 0) return field.min + named;
  if (!/^\d{1,4}$/.test(source)) return undefined;
  const value = Number(source);
  return value >= field.min && value <= field.max ? value : undefined;
}

function between(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
