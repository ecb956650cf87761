import { describe, expect, it } from 'vitest';
import { parseScheduledTasks } from '../../../../src/controllers/app/schedules/desired.ts';
import { ABSENT, unreadable } from '../../../../src/reconcile/reading.ts';
import { DENIED, someNames, someParameter, THROTTLED } from '../builders.ts';

const NAME = '/apppack/apps/shop/scheduled-tasks';
const parse = (value: unknown) =>
  parseScheduledTasks(
    someParameter(NAME, typeof value === 'string' ? value : JSON.stringify(value)),
    someNames(),
  );
const good = { schedule: '0 3 * * ? *', command: 'python manage.py clearsessions' };

describe('reading scheduled-tasks', () => {
  it('reads schedules and commands, trimmed, in their order', () => {
    const second = { schedule: ' 0/10 *  * * ? * ', command: ' ./bin/ping ' };
    expect(parse([good, second, good])).toEqual({
      state: 'found',
      tasks: [good, { schedule: '0/10 * * * ? *', command: './bin/ping' }, good],
      conditions: [],
    });
  });

  it('tells an empty list from none, and wants no task in either case', () => {
    expect(parse([])).toEqual({ state: 'found', tasks: [], conditions: [] });
    expect(parseScheduledTasks(ABSENT, someNames())).toEqual({ state: 'absent', tasks: [], conditions: [] });
  });

  it('knows none of a review app, whatever is there', () => {
    expect(parseScheduledTasks(someParameter(NAME, '[]'), someNames('shop:7')).state).toBe('absent');
  });

  it.each([
    ['no JSON', '[{"schedule":', 'NotJson', undefined],
    ['an object', { schedule: '0 3 * * ? *', command: 'x' }, 'NotAList', undefined],
    ['null', 'null', 'NotAList', undefined],
    ['a list in it', [good, []], 'InvalidTask', '[1]'],
    ['a text in it', ['0 3 * * ? *'], 'InvalidTask', '[0]'],
    ['no schedule', [{ command: 'x' }], 'InvalidSchedule', '[0].schedule'],
    ['a number for a schedule', [{ schedule: 5, command: 'x' }], 'InvalidSchedule', '[0].schedule'],
    ['five fields', [good, { schedule: '0 3 * * *', command: 'x' }], 'InvalidSchedule', '[1].schedule'],
    ['a rate', [{ schedule: 'rate(1 hour)', command: 'x' }], 'InvalidSchedule', '[0].schedule'],
    ['no command', [{ schedule: good.schedule }], 'InvalidCommand', '[0].command'],
    ['an empty command', [{ ...good, command: ' ' }], 'InvalidCommand', '[0].command'],
    ['a command that is a list', [{ ...good, command: ['x'] }], 'InvalidCommand', '[0].command'],
    [
      'a command too long for EventBridge',
      [{ ...good, command: 'x'.repeat(8_200) }],
      'InvalidCommand',
      '[0].command',
    ],
    [
      'a command too long once its quotes are escaped',
      [{ ...good, command: '"'.repeat(4_100) }],
      'InvalidCommand',
      '[0].command',
    ],
  ])('refuses as a whole one with %s', (_what, value, reason, path) => {
    const parsed = parse(value);
    expect(parsed).toMatchObject({ state: 'broken', tasks: [] });
    expect(parsed.conditions).toMatchObject([
      { type: 'Valid', status: 'False', reason, parameter: NAME, version: 3 },
    ]);
    expect(parsed.conditions[0]?.path).toBe(path);
    expect(parsed.conditions[0]?.message).toContain('All scheduled tasks stay as they are until then.');
  });

  it('says where a schedule is wrong, what is allowed, and what was probably meant', () => {
    const { conditions } = parse([{ schedule: '0 3 * * *', command: 'x' }]);
    expect(conditions[0]?.message).toContain(
      `[0].schedule in ${NAME} (version 3) is wrong at character 9: it has 5 fields.`,
    );
    expect(conditions[0]?.message).toContain('you may mean "0 3 * * ? *"');
    expect(conditions[0]?.message).toContain(`aws ssm get-parameter --name ${NAME}:2`);
  });

  it('lists every mistake up to ten, and counts the others', () => {
    const { conditions } = parse(Array.from({ length: 15 }, () => ({ schedule: 'never', command: 'x' })));
    expect(conditions).toHaveLength(11);
    expect(conditions.at(-1)).toMatchObject({ reason: 'TooMuch' });
    expect(conditions.at(-1)?.message).toContain('wrong in 5 more places');
  });

  it('never repeats a command or what else was pasted', () => {
    const secret = 'hunter2-hunter2';
    const { conditions } = parse([
      { schedule: secret, command: secret },
      { schedule: '0 3 * * ? *', command: { secret } },
    ]);
    expect(JSON.stringify(conditions)).not.toContain('hunter2');
  });

  it.each([
    ['denied', DENIED],
    ['throttled', THROTTLED],
  ])('changes nothing while it is %s', (_what, failure) => {
    expect(parseScheduledTasks(unreadable(failure), someNames())).toMatchObject({
      state: 'broken',
      tasks: [],
      conditions: [{ type: 'Readable', reason: failure.code, parameter: NAME }],
    });
  });
});
