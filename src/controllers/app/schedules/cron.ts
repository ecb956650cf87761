/**
 * The cron expressions EventBridge takes, read from AWS's reference and, where that is silent (names in any
 * case, `LW`, ranges with steps, ranges over the end), from what its users report that it accepts.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
 * https://github.com/grumBit/aws_cron_expression_validator/issues/18
 */

/** What is wrong with a schedule, in pieces of the sentence a person reads. */
export interface CronProblem {
  /** The character it begins at; the first is 1. */
  readonly position: number;
  /** `"60" in the minutes`. */
  readonly found: string;
  /** `0-59`. */
  readonly allowed: string;
  /** The expression that was probably meant. */
  readonly suggestion?: string;
}

type FieldName = 'minutes' | 'hours' | 'day of month' | 'month' | 'day of week' | 'year';

interface Field {
  readonly name: FieldName;
  readonly least: number;
  readonly most: number;
  readonly stepMost: number;
  /** Names of values, the first of them for `least`. */
  readonly names?: readonly string[];
  readonly allowed: string;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const COMMON = '* or lists (1,5), ranges (1-5) and steps (0/5) of';

const FIELDS: readonly Field[] = [
  { name: 'minutes', least: 0, most: 59, stepMost: 59, allowed: `${COMMON} 0-59` },
  { name: 'hours', least: 0, most: 23, stepMost: 23, allowed: `${COMMON} 0-23` },
  {
    name: 'day of month',
    least: 1,
    most: 31,
    stepMost: 31,
    allowed: `${COMMON} 1-31, or alone ?, L (the last day), LW and 15W (the nearest weekday)`,
  },
  {
    name: 'month',
    least: 1,
    most: 12,
    stepMost: 12,
    names: MONTHS,
    allowed: `${COMMON} 1-12 or JAN-DEC`,
  },
  {
    name: 'day of week',
    least: 1,
    most: 7,
    stepMost: 7,
    names: WEEKDAYS,
    allowed: `${COMMON} 1-7 or SUN-SAT (SUN is 1), or alone ?, L, 6L (the last Friday) and 6#3 (the third)`,
  },
  { name: 'year', least: 1970, most: 2199, stepMost: 229, allowed: `${COMMON} 1970-2199` },
];

const FORM = 'six fields separated by spaces: minutes, hours, day of month, month, day of week, year';

/** A piece of the expression and where it begins, counted from 0. */
interface Word {
  readonly text: string;
  readonly at: number;
}

/** The fields of an expression as they are sent: upper case, one space between them. */
export function canonicalCron(expression: string): string {
  return expression.trim().split(/\s+/).join(' ').toUpperCase();
}

/** Says what is wrong with the six fields of a schedule; undefined when EventBridge takes them. */
export function cronProblem(expression: string): CronProblem | undefined {
  const words = wordsOf(expression);
  const other = otherNotation(expression.trim());
  if (other !== undefined) return { position: (words[0]?.at ?? 0) + 1, ...other };
  if (words.length !== FIELDS.length) return wrongCount(words);
  for (const [index, field] of FIELDS.entries()) {
    const word = words[index];
    const problem = word === undefined ? undefined : fieldProblem(field, word);
    if (problem !== undefined) return problem;
  }
  return dayProblem(words);
}

function wordsOf(expression: string): Word[] {
  return [...expression.matchAll(/\S+/g)].map((match) => ({ text: match[0], at: match.index }));
}

/** Notations that are good elsewhere. */
function otherNotation(text: string): Omit<CronProblem, 'position'> | undefined {
  const wrapped = /^cron\((.*)\)$/is.exec(text)?.[1];
  if (wrapped !== undefined) {
    const suggestion = suggest(wrapped.trim());
    return { found: 'the fields inside cron( )', allowed: `${FORM}, without cron( )`, ...suggestion };
  }
  const rate = /^rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)$/i.exec(text);
  if (rate !== null) {
    const found = 'a rate( ) expression';
    return { found, allowed: FORM, ...suggest(cronOfRate(Number(rate[1]), rate[2] ?? '')) };
  }
  if (/^\w+\(/.test(text)) return { found: 'an expression with brackets', allowed: FORM };
  const nickname = NICKNAMES[text.toLowerCase()];
  if (nickname !== undefined) return { found: `"${text}"`, allowed: FORM, suggestion: nickname };
  return undefined;
}

const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * ? *',
  '@daily': '0 0 * * ? *',
  '@midnight': '0 0 * * ? *',
  '@weekly': '0 0 ? * SUN *',
  '@monthly': '0 0 1 * ? *',
  '@yearly': '0 0 1 1 ? *',
  '@annually': '0 0 1 1 ? *',
};

function cronOfRate(count: number, unit: string): string | undefined {
  if (unit === 'minute' && 60 % count === 0) return count === 60 ? '0 * * * ? *' : `0/${count} * * * ? *`;
  if (unit === 'hour' && 24 % count === 0) return count === 24 ? '0 0 * * ? *' : `0 0/${count} * * ? *`;
  return unit === 'day' && count === 1 ? '0 0 * * ? *' : undefined;
}

/** A suggestion, if there is one and it is itself right. */
function suggest(expression: string | undefined): { suggestion?: string } {
  if (expression === undefined || expression.length > 100 || cronProblem(expression) !== undefined) return {};
  return { suggestion: canonicalCron(expression) };
}

function wrongCount(words: readonly Word[]): CronProblem {
  const [first] = words;
  const extra = words[FIELDS.length];
  const at = extra ?? words.at(-1) ?? first;
  const meant =
    words.length === 5
      ? fromUnix(words.map(({ text }) => text))
      : words.length === 7
        ? words.slice(1).map(({ text }) => text)
        : undefined;
  return {
    position: (at?.at ?? 0) + 1,
    found: words.length === 1 ? 'one field' : `${words.length === 0 ? 'no' : words.length} fields`,
    allowed: FORM,
    ...suggest(meant?.join(' ')),
  };
}

/** Unix's five fields as EventBridge's six: days of the week begin at 0 there, and `*` stands for both days. */
function fromUnix(fields: readonly string[]): string[] | undefined {
  const [minutes = '', hours = '', day = '', month = '', weekday = ''] = fields;
  if (weekday === '*' || weekday === '?') return [minutes, hours, day === '?' ? '*' : day, month, '?', '*'];
  if (day !== '*' && day !== '?') return undefined;
  const shifted = weekday.replace(/(?<![#/\d])\d/g, (digit) => String((Number(digit) % 7) + 1));
  return [minutes, hours, '?', month, shifted, '*'];
}

function fieldProblem(field: Field, word: Word): CronProblem | undefined {
  if (standsAlone(field, word.text)) return undefined;
  let at = word.at;
  const items = word.text.split(',');
  for (const text of items) {
    const isPointless = text === '*' && items.length > 1;
    if (isPointless || !isItem(field, text)) return itemProblem(field, { text, at }, word);
    at += text.length + 1;
  }
  return undefined;
}

/** What a day field may be that is no list. */
function standsAlone(field: Field, text: string): boolean {
  if (field.name === 'day of month') {
    if (/^(\?|L|LW)$/i.test(text)) return true;
    const [, weekday] = /^(\d{1,2})W$/i.exec(text) ?? [];
    return weekday !== undefined && isValue(field, weekday);
  }
  if (field.name !== 'day of week') return false;
  if (/^(\?|L)$/i.test(text)) return true;
  const [, day] = /^(\w{1,3})L$/i.exec(text) ?? /^(\w{1,3})#[1-5]$/.exec(text) ?? [];
  return day !== undefined && isValue(field, day);
}

/** One entry of a list: a value, a range or everything, with or without a step. */
function isItem(field: Field, text: string): boolean {
  const [base = '', step, ...rest] = text.split('/');
  if (rest.length > 0) return false;
  if (step !== undefined && !(isDigits(step) && Number(step) >= 1 && Number(step) <= field.stepMost))
    return false;
  if (base === '*') return true;
  const ends = base.split('-');
  return ends.length <= 2 && ends.every((end) => isValue(field, end)) && isForward(field, ends);
}

/** Days, months and hours may run over the end (FRI-MON); years cannot. */
function isForward(field: Field, [first = '', last = first]: readonly string[]): boolean {
  return field.name !== 'year' || Number(first) <= Number(last);
}

function isValue(field: Field, text: string): boolean {
  if (field.names?.includes(text.toUpperCase()) === true) return true;
  return isDigits(text) && Number(text) >= field.least && Number(text) <= field.most;
}

function isDigits(text: string): boolean {
  return /^\d{1,4}$/.test(text);
}

function itemProblem(field: Field, item: Word, word: Word): CronProblem {
  const { allowed } = field;
  const place = `in the ${field.name === 'minutes' || field.name === 'hours' ? field.name : `${field.name} field`}`;
  if (word.text.includes(',') && (item.text === '*' || standsAlone(field, item.text))) {
    return { position: item.at + 1, found: `${quote(item.text)} in a list ${place}`, allowed };
  }
  const found = item.text === '' ? `a comma too many ${place}` : `${quote(item.text)} ${place}`;
  return { position: item.at + 1, found, allowed };
}

/** What was typed, unless it looks like something that got here by mistake. */
function quote(text: string): string {
  const isCronLike = /^[\d*?,/#LW-]{1,20}$/i.test(text) || /^[A-Z]{1,9}([-,/#][A-Z\d]{1,4})*$/i.test(text);
  return isCronLike && text.length <= 20 && !/\d{7}/.test(text)
    ? `"${text}"`
    : `a text of ${text.length} characters`;
}

/**
 * "If you specify a value or * in one of the fields, you must use a ? in the other", and a ? in both would
 * say no day at all.
 */
function dayProblem(words: readonly Word[]): CronProblem | undefined {
  const [, , day, , weekday] = words;
  if (day === undefined || weekday === undefined) return undefined;
  if ((day.text === '?') !== (weekday.text === '?')) return undefined;
  const replaced = (index: number, text: string) =>
    suggest(words.map((word, at) => (at === index ? text : word.text)).join(' '));
  if (day.text === '?') {
    const allowed = 'one of them, and * or days in the other';
    return {
      position: weekday.at + 1,
      found: '? in both the day of month and the day of week',
      allowed,
      ...replaced(2, '*'),
    };
  }
  const meant = weekday.text === '*' ? replaced(4, '?') : day.text === '*' ? replaced(2, '?') : {};
  return {
    position: weekday.at + 1,
    found: 'both the day of month and the day of week',
    allowed: '? in one of them',
    ...meant,
  };
}
