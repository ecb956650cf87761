import { describe, expect, it } from 'vitest';
import { nextCronTime, parseCron } from '../../../../src/simulator/services/events/cron.ts';
import { nextScheduledTime, parseSchedule } from '../../../../src/simulator/services/events/schedule.ts';

/** The next `count` times after `after`, without seconds. */
function times(fields: string, after: string, count: number): string[] {
  const cron = parseCron(fields);
  const found: string[] = [];
  let at: number | undefined = Date.parse(after);
  while (cron !== undefined && found.length < count) {
    at = nextCronTime(cron, at);
    if (at === undefined) break;
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
describe('row 8: the cron expressions of the AWS page', () => {
  const monday = '2026-01-05T12:00:00Z';
  it.each([
    ['0 10 * * ? *', ['2026-01-06T10:00', '2026-01-07T10:00']],
    ['15 12 * * ? *', ['2026-01-05T12:15', '2026-01-06T12:15']],
    ['0 18 ? * MON-FRI *', ['2026-01-05T18:00', '2026-01-06T18:00']],
    ['0 8 1 * ? *', ['2026-02-01T08:00', '2026-03-01T08:00']],
    ['0/15 * * * ? *', ['2026-01-05T12:15', '2026-01-05T12:30']],
    ['0/10 * ? * MON-FRI *', ['2026-01-05T12:10', '2026-01-05T12:20']],
    ['0/5 8-17 ? * MON-FRI *', ['2026-01-05T12:05', '2026-01-05T12:10']],
    ['0/30 20-2 ? * MON-FRI *', ['2026-01-05T20:00', '2026-01-05T20:30']],
    ['5,35 14 * * ? *', ['2026-01-05T14:05', '2026-01-05T14:35']],
    ['1/10 * * * ? *', ['2026-01-05T12:01', '2026-01-05T12:11']],
    ['0 0 ? * 3#2 *', ['2026-01-13T00:00', '2026-02-10T00:00']],
    ['0 0 3W * ? *', ['2026-02-03T00:00', '2026-03-03T00:00']],
    ['0 0 L * ? *', ['2026-01-31T00:00', '2026-02-28T00:00']],
    ['0 0 ? * L *', ['2026-01-10T00:00', '2026-01-17T00:00']],
  ])('%s runs at %j', (fields, expected) => {
    expect(times(fields, monday, 2)).toEqual(expected);
  });

  it('runs at 10:15 on the last Friday of each month during 2019 to 2022, and never again', () => {
    expect(times('15 10 ? * 6L 2019-2022', '2022-10-01T00:00:00Z', 9)).toEqual([
      '2022-10-28T10:15',
      '2022-11-25T10:15',
      '2022-12-30T10:15',
    ]);
  });

  it('runs after midnight on a Monday when hours go over the end of the day', () => {
    expect(times('0/30 20-2 ? * MON-FRI *', '2026-01-04T23:00:00Z', 2)).toEqual([
      '2026-01-05T00:00',
      '2026-01-05T00:30',
    ]);
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
describe('row 9: schedules of rules are in UTC', () => {
  it('and know no daylight saving time', () => {
    const days = times('0 10 * 3,10 ? 2026', '2026-03-01T00:00:00Z', 62);
    expect(days).toHaveLength(62);
    expect(days.every((day) => day.endsWith('T10:00'))).toBe(true);
  });
});

describe('days that are special', () => {
  it.each([
    ['a Saturday moves back', '0 0 10W 1 ? 2026', ['2026-01-09T00:00']],
    ['a Sunday moves on', '0 0 11W 1 ? 2026', ['2026-01-12T00:00']],
    ['the first, a Saturday, stays in its month', '0 0 1W 8 ? 2026', ['2026-08-03T00:00']],
    ['the last, a Sunday, stays in its month', '0 0 31W 5 ? 2026', ['2026-05-29T00:00']],
    ['the 31st is skipped where there is none', '0 0 31 * ? 2026', ['2026-01-31T00:00', '2026-03-31T00:00']],
    ['the last weekday', '0 0 LW * ? 2026', ['2026-01-30T00:00', '2026-02-27T00:00']],
    ['names in any case', '0 0 ? Feb mon#1 2026', ['2026-02-02T00:00']],
    ['the leap day', '0 0 29 2 ? *', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['a fifth Friday', '0 0 ? * FRI#5 2026', ['2026-01-30T00:00', '2026-05-29T00:00']],
    ['names and a range over the new year', '0 0 1 NOV-JAN ? 2026', ['2026-01-01T00:00', '2026-11-01T00:00']],
    ['a range with an increment', '0-30/15 0 1 1 ? 2026', ['2026-01-01T00:00', '2026-01-01T00:15']],
    ['a list of ranges', '0 0 1-2,4 1 ? 2026', ['2026-01-01T00:00', '2026-01-02T00:00']],
  ])('%s: %s', (_what, fields, expected) => {
    expect(times(fields, '2025-12-31T23:59:59Z', 2).slice(0, expected.length)).toEqual(expected);
  });

  it('knows that some days never come', () => {
    expect(times('0 0 30 2 ? *', '2026-01-01T00:00:00Z', 1)).toEqual([]);
    expect(times('0 0 * * ? 2199', '2199-12-31T00:00:00Z', 1)).toEqual([]);
  });
});

describe('row 8: expressions AWS does not take', () => {
  it.each([
    'cron(0 10 * * *)',
    'cron(0 10 * * ? * *)',
    'cron(0 3 * * * *)',
    'cron(0 3 ? * ? *)',
    'cron(7 20 * * 1-7 *)',
    'cron(*/60 * * * ? *)',
    'cron(60 * * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 0 0 * ? *)',
    'cron(0 0 32 * ? *)',
    'cron(0 0 1 13 ? *)',
    'cron(0 0 ? * 0 *)',
    'cron(0 0 ? * 8 *)',
    'cron(15 12 ? * -1 *)',
    'cron(0 0 ? * 3#1,6#3 *)',
    'cron(0 0 ? * 3#6 *)',
    'cron(0 0 ? * 3#0 *)',
    'cron(0 0 ? * # *)',
    'cron(0 0 ? * MON-FRI 1969)',
    'cron(0 0 * * ? 2200)',
    'cron(0 0 * * ? 2022-2019)',
    'cron(0 0 ? * FOO *)',
    'cron(0 0 1W,15W * ? *)',
    'cron(0 0 W * ? *)',
    'cron(0 0 L,15 * ? *)',
    'cron(0 0 L-3 * ? *)',
    'cron(1,,2 0 * * ? *)',
    'cron(0/0 0 * * ? *)',
    'cron(0/ 0 * * ? *)',
    'cron(1-2-3 0 * * ? *)',
    'cron(1/2/3 0 * * ? *)',
    'cron(*,5 0 * * ? *)',
    'cron(? 0 * * ? *)',
    'cron(0/5, 9-18, ?, *, MON-FRI, *)',
    'cron(0 50 0,6,12,18 * ? *)',
    'cron()',
    'cron( 0 10 * * ? *)',
    'CRON(0 10 * * ? *)',
    '0 10 * * ? *',
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(1 hours)',
    'rate(0 minutes)',
    'rate(-1 minutes)',
    'rate(1.5 hours)',
    'rate(10 seconds)',
    'rate(1 week)',
    'rate(5minutes)',
    '',
  ])('%s', (expression) => {
    expect(parseSchedule(expression)).toBeUndefined();
  });

  it.each(['cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)', 'cron(1-31/30 1-1 ? * 1,7 *)', 'cron(*/5 * * * ? *)'])(
    'though it takes %s',
    (expression) => {
      expect(parseSchedule(expression)).toBeDefined();
    },
  );
});

describe('row 8: rates', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(2 hours)', 7_200_000],
    ['rate(1 day)', 86_400_000],
  ])('%s starts with the rule and runs on from there', (expression, everyMs) => {
    const schedule = parseSchedule(expression);
    expect(schedule).toBeDefined();
    if (schedule === undefined) return;
    expect(nextScheduledTime(schedule, 1000, 1000)).toBe(1000 + everyMs);
    expect(nextScheduledTime(schedule, 1000, 1000 + everyMs)).toBe(1000 + 2 * everyMs);
    expect(nextScheduledTime(schedule, 1000, 999 + 5 * everyMs)).toBe(1000 + 5 * everyMs);
  });
});
