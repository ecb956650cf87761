import { describe, expect, it } from 'vitest';
import { canonicalCron, cronProblem } from '../../../../src/controllers/app/schedules/cron.ts';
import { seededRandom } from '../../../../src/simulator/random.ts';
import { parseCron } from '../../../../src/simulator/services/events/cron.ts';

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
describe('schedules that EventBridge takes', () => {
  it.each([
    '0 10 * * ? *',
    '15 12 * * ? *',
    '0 18 ? * MON-FRI *',
    '0 8 1 * ? *',
    '0/15 * * * ? *',
    '0/10 * ? * MON-FRI *',
    '0/5 8-17 ? * MON-FRI *',
    '0/30 20-2 ? * MON-FRI *',
    '15 10 ? * 6L 2019-2022',
    '1/10 * * * ? *',
    '* * * * ? *',
    '* * ? * * *',
    '*/5 * * * ? *',
    '0 */2 * * ? *',
    '5,35 14 * * ? *',
    '0 0 1 JAN,FEB,MAR ? *',
    '0 0 1-15 * ? *',
    '0 0 7 * ? *',
    '0 0 L * ? *',
    '0 0 ? * L *',
    '0 0 3W * ? *',
    '0 0 LW * ? *',
    '0 0 ? * 3#2 *',
    '30 7 ? * MON#1 *',
    '0 0 ? * FRIL *',
    '0 11-23/2 * * ? *',
    '0 1-7/2,11-23/2,10 * * ? *',
    '0 0 1 1-12/3 ? *',
    '30 0 1 JAN-APR,JUL-OCT/2,DEC ? *',
    '0,5 7/12 ? * 1,5,7 2020-2021,2028-2199',
    '00 05 01 02 ? *',
    '59 23 31 12 ? 2199',
    '0 0 1 1 ? 1970',
    '0 0 ? * FRI-MON *',
    '0 0 ? NOV-JAN 2/2 *',
    '0 9 ? * mon-Fri *',
    '0 9 1 feb ? *',
    '0 0 l * ? *',
    '0  3 * * ? *',
    ' 0 3 * * ? * ',
  ])('%s', (schedule) => {
    expect(cronProblem(schedule)).toBeUndefined();
  });

  it('are the same however they are typed', () => {
    expect(canonicalCron(' 0  9 ?\t* mon-fri * ')).toBe('0 9 ? * MON-FRI *');
  });
});

describe('schedules that EventBridge does not take', () => {
  it.each([
    ['60 * * * ? *', 1, '"60" in the minutes'],
    ['-1 * * * ? *', 1, '"-1" in the minutes'],
    ['5 24 * * ? *', 3, '"24" in the hours'],
    ['0 0 0 * ? *', 5, '"0" in the day of month field'],
    ['0 0 32 * ? *', 5, '"32" in the day of month field'],
    ['0 0 1 13 ? *', 7, '"13" in the month field'],
    ['0 0 1 JANUARY ? *', 7, '"JANUARY" in the month field'],
    ['0 0 ? * 0 *', 9, '"0" in the day of week field'],
    ['0 0 ? * 8 *', 9, '"8" in the day of week field'],
    ['0 0 ? * MONDAY *', 9, '"MONDAY" in the day of week field'],
    ['0 0 * * ? 1969', 11, '"1969" in the year field'],
    ['0 0 * * ? 2200', 11, '"2200" in the year field'],
    ['0 0 * * ? 2030-2020', 11, '"2030-2020" in the year field'],
    ['? 0 * * ? *', 1, '"?" in the minutes'],
    ['0 L * * ? *', 3, '"L" in the hours'],
    ['0 0 5L * ? *', 5, '"5L" in the day of month field'],
    ['0 0 W * ? *', 5, '"W" in the day of month field'],
    ['0 0 32W * ? *', 5, '"32W" in the day of month field'],
    ['0 0 L-3 * ? *', 5, '"L-3" in the day of month field'],
    ['0 0 ? * 5W *', 9, '"5W" in the day of week field'],
    ['0 0 ? * 3#6 *', 9, '"3#6" in the day of week field'],
    ['0 0 ? * 3#0 *', 9, '"3#0" in the day of week field'],
    ['0 0 ? * 3#1,6#3 *', 9, '"3#1" in a list in the day of week field'],
    ['0 0 L,15 * ? *', 5, '"L" in a list in the day of month field'],
    ['0 0 1,15W * ? *', 7, '"15W" in a list in the day of month field'],
    ['0,* 0 * * ? *', 3, '"*" in a list in the minutes'],
    ['1,,2 0 * * ? *', 3, 'a comma too many in the minutes'],
    ['0, 9 ? * MON *', 3, 'a comma too many in the minutes'],
    ['0/0 * * * ? *', 1, '"0/0" in the minutes'],
    ['0/60 * * * ? *', 1, '"0/60" in the minutes'],
    ['0/ * * * ? *', 1, '"0/" in the minutes'],
    ['1-2-3 0 * * ? *', 1, '"1-2-3" in the minutes'],
    ['1/2/3 0 * * ? *', 1, '"1/2/3" in the minutes'],
    ['007 0 * * ? 20261', 13, '"20261" in the year field'],
    ['every-other-day-at-noon-or-so 0 * * ? *', 1, 'a text of 29 characters in the minutes'],
    ['hunter2 0 * * ? *', 1, 'a text of 7 characters in the minutes'],
    ['', 1, 'no fields'],
    ['hourly', 1, 'one field'],
    ['at(2026-01-01T00:00:00)', 1, 'an expression with brackets'],
  ])('%s at character %i: %s', (schedule, position, found) => {
    expect(cronProblem(schedule)).toMatchObject({ position, found });
  });

  it.each([
    ['0 3 * * *', '0 3 * * ? *'],
    ['*/10 * * * *', '*/10 * * * ? *'],
    ['0 9 * * 1-5', '0 9 ? * 2-6 *'],
    ['0 9 * * 0', '0 9 ? * 1 *'],
    ['0 9 * * 7', '0 9 ? * 1 *'],
    ['0 9 * * MON', '0 9 ? * MON *'],
    ['0 0 1 * *', '0 0 1 * ? *'],
    ['0 9 13 * FRI', undefined],
    ['0 0 3 * * ? *', '0 3 * * ? *'],
    ['cron(0 3 * * ? *)', '0 3 * * ? *'],
    ['cron(0 3 * * *)', undefined],
    ['rate(5 minutes)', '0/5 * * * ? *'],
    ['rate(1 hour)', '0 0/1 * * ? *'],
    ['rate(1 day)', '0 0 * * ? *'],
    ['rate(7 minutes)', undefined],
    ['@daily', '0 0 * * ? *'],
    ['0 9 * * MON *', '0 9 ? * MON *'],
    ['0 9 1 * * *', '0 9 1 * ? *'],
    ['0 9 * * * *', '0 9 * * ? *'],
    ['0 9 1 * MON *', undefined],
    ['0 9 ? * ? *', '0 9 * * ? *'],
  ])('%s, for which it suggests %s', (schedule, suggestion) => {
    const problem = cronProblem(schedule);
    expect(problem).toBeDefined();
    expect(problem?.suggestion).toBe(suggestion);
    if (suggestion !== undefined) expect(cronProblem(suggestion)).toBeUndefined();
  });
});

describe('two readings of the same AWS page', () => {
  it('agree on ten thousand expressions', () => {
    const generate = expressions(20_260_105);
    const disagreed: string[] = [];
    let taken = 0;
    for (let count = 0; count < 10_000; count += 1) {
      const expression = generate();
      const accepted = cronProblem(expression) === undefined;
      if (accepted) taken += 1;
      if (accepted !== (parseCron(expression) !== undefined)) disagreed.push(expression);
    }
    expect(disagreed).toEqual([]);
    // Neither all good nor all bad: the comparison means something.
    expect(taken).toBeGreaterThan(2_000);
    expect(taken).toBeLessThan(8_000);
  });
});

const LIMITS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [1, 7],
  [1970, 2199],
] as const;

const ODDITIES =
  'L W LW 3W 32W L-3 5L FRIL 3#2 MON#1 3#6 8#1 - / # 1-2-3 1/2/3 x 01 001 l 15w monL ** 5- /2 1.5'.split(' ');

/** Mostly good expressions with something wrong in every second or so. */
function expressions(seed: number): () => string {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const value = (field: number): string => {
    const [least, most] = LIMITS[field] ?? [0, 0];
    const names = field === 3 ? ['JAN', 'feb', 'Dec'] : field === 4 ? ['SUN', 'mon', 'Sat'] : [];
    const chance = random();
    if (chance < 0.02) return String(pick([least - 1, most + 1]));
    if (chance < 0.3 && names.length > 0) return pick(names);
    return String(least + Math.floor(random() * (most - least + 1)));
  };
  const item = (field: number): string => {
    const chance = random();
    if (chance < 0.3) return value(field);
    if (chance < 0.55) return `${value(field)}-${value(field)}`;
    if (chance < 0.75) return `${pick(['*', value(field)])}/${Math.floor(random() * 35)}`;
    if (chance < 0.9) return `${value(field)}-${value(field)}/${1 + Math.floor(random() * 6)}`;
    return chance < 0.94 ? pick(['*', '?', '']) : pick(ODDITIES);
  };
  const field = (index: number): string => {
    const items = random() < 0.75 ? 1 : 2 + Math.floor(random() * 2);
    return Array.from({ length: items }, () => item(index)).join(',');
  };
  return () => {
    const fields = LIMITS.map((_, index) => (random() < 0.6 ? '*' : field(index)));
    if (random() < 0.95) fields[pick([2, 4])] = '?';
    return fields.join(' ');
  };
}
