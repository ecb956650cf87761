import { describe, expect, it } from 'vitest';
import { numberSet, openTable, textSet, wire } from './kit.ts';

const item = {
  p: 'a',
  s: '1',
  n: 5,
  m: 7,
  arr: ['x', 'y', 'z'],
  obj: { a: 1, inside: { b: [1] } },
  tags: textSet('x', 'y'),
  nums: numberSet('1'),
};

/** The item after an update, or the message of the refusal. */
async function run(expression: string, values: Record<string, unknown> = {}): Promise<unknown> {
  const { update } = openTable({ items: [item] });
  const more = Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: wire(values) };
  return update('a', '1', expression, more).catch((error: unknown) => {
    expect(error).toMatchObject({ name: 'ValidationException' });
    return (error as Error).message;
  });
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
describe('update expressions', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['SET n = :v', { ':v': 'text' }, { n: 'text' }],
    ['set fresh = :v', { ':v': null }, { fresh: null }],
    ['SET n = m, m = n', {}, { n: 7, m: 5 }],
    ['SET n = n + :v, m = m - :v', { ':v': 2 }, { n: 7, m: 5 }],
    ['SET n = :v - n', { ':v': 0.5 }, { n: -4.5 }],
    ['SET n = (n + :v)', { ':v': 1 }, { n: 6 }],
    ['SET n = if_not_exists(n, :v), fresh = if_not_exists(fresh, :v)', { ':v': 1 }, { n: 5, fresh: 1 }],
    ['SET fresh = if_not_exists(fresh, :v) + :v', { ':v': 1 }, { fresh: 2 }],
    ['SET n = if_not_exists(fresh, m)', {}, { n: 7 }],
    ['SET arr = list_append(arr, :v)', { ':v': ['w'] }, { arr: ['x', 'y', 'z', 'w'] }],
    ['SET arr = list_append(:v, arr)', { ':v': ['w'] }, { arr: ['w', 'x', 'y', 'z'] }],
    [
      'SET arr = list_append(if_not_exists(arr, :e), :v)',
      { ':e': [], ':v': [1] },
      { arr: ['x', 'y', 'z', 1] },
    ],
    ['SET arr[1] = :v', { ':v': 'Y' }, { arr: ['x', 'Y', 'z'] }],
    ['SET arr[9] = :a, arr[5] = :b', { ':a': 'a', ':b': 'b' }, { arr: ['x', 'y', 'z', 'b', 'a'] }],
    ['SET obj.a = :v, obj.inside.c = :v', { ':v': 2 }, { obj: { a: 2, inside: { b: [1], c: 2 } } }],
    ['SET obj.inside.b[0] = :v', { ':v': 2 }, { obj: { a: 1, inside: { b: [2] } } }],
    ['REMOVE n, absent', {}, { n: undefined }],
    ['REMOVE obj.inside.b, obj.zero', {}, { obj: { a: 1, inside: {} } }],
    ['REMOVE arr[0], arr[2], arr[7]', {}, { arr: ['y'] }],
    ['REMOVE arr[0] SET arr[1] = :v', { ':v': 'Y' }, { arr: ['Y', 'z'] }],
    ['ADD n :v', { ':v': -2 }, { n: 3 }],
    ['ADD fresh :v', { ':v': 3 }, { fresh: 3 }],
    ['ADD tags :v', { ':v': textSet('y', 'z') }, { tags: textSet('x', 'y', 'z') }],
    ['ADD fresh :v', { ':v': textSet('a') }, { fresh: textSet('a') }],
    ['ADD obj.a :v', { ':v': 1 }, { obj: { a: 2, inside: { b: [1] } } }],
    ['DELETE tags :v', { ':v': textSet('y', 'q') }, { tags: textSet('x') }],
    ['DELETE tags :v', { ':v': textSet('x', 'y') }, { tags: undefined }],
    ['DELETE absent :v', { ':v': textSet('x') }, {}],
    ['DELETE nums :v', { ':v': numberSet('1.0') }, { nums: undefined }],
    [
      'SET n = :v REMOVE m ADD nums :s DELETE tags :t',
      { ':v': 1, ':s': numberSet('2'), ':t': textSet('x') },
      {
        n: 1,
        m: undefined,
        nums: numberSet('1', '2'),
        tags: textSet('y'),
      },
    ],
  ])('%s with %j', async (expression, values, changes) => {
    expect(await run(expression, values)).toEqual(
      Object.fromEntries(Object.entries({ ...item, ...changes }).filter(([, value]) => value !== undefined)),
    );
  });

  it('add decimals exactly', async () => {
    expect(await run('SET n = :a + :b', { ':a': 0.1, ':b': 0.2 })).toMatchObject({ n: 0.3 });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['SET n = fresh', {}, 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET n = fresh + :v', { ':v': 1 }, 'The provided expression refers to an attribute that does not exist'],
    ['SET n = tags + :v', { ':v': 1 }, 'An operand in the update expression has an incorrect data type'],
    [
      'SET n = list_append(n, :v)',
      { ':v': [] },
      'An operand in the update expression has an incorrect data type',
    ],
    ['ADD tags :v', { ':v': 1 }, 'An operand in the update expression has an incorrect data type'],
    [
      'ADD tags :v',
      { ':v': numberSet('1') },
      'An operand in the update expression has an incorrect data type',
    ],
    ['DELETE n :v', { ':v': textSet('x') }, 'An operand in the update expression has an incorrect data type'],
    [
      'SET fresh.a = :v',
      { ':v': 1 },
      'The document path provided in the update expression is invalid for update',
    ],
    [
      'SET n.a = :v',
      { ':v': 1 },
      'The document path provided in the update expression is invalid for update',
    ],
    [
      'SET obj[0] = :v',
      { ':v': 1 },
      'The document path provided in the update expression is invalid for update',
    ],
    ['REMOVE fresh.a', {}, 'The document path provided in the update expression is invalid for update'],
    ['', {}, 'Invalid UpdateExpression: The expression can not be empty;'],
    ['n = :v', { ':v': 1 }, 'Invalid UpdateExpression: Syntax error; token: "n", near: "n ="'],
    ['SET n = :v,', { ':v': 1 }, 'Syntax error; token: "<EOF>"'],
    ['SET n :v', { ':v': 1 }, 'Syntax error; token: ":v"'],
    [
      'SET n = :v SET m = :v',
      { ':v': 1 },
      'The "SET" section can only be used once in an update expression;',
    ],
    [
      'SET obj = :v, obj.a = :v',
      { ':v': 1 },
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [obj], path two: [obj, a]',
    ],
    [
      'SET obj.a = :v REMOVE obj[1]',
      { ':v': 1 },
      'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [obj, a], path two: [obj, [1]]',
    ],
    ['SET status = :v', { ':v': 1 }, 'Attribute name is a reserved keyword; reserved keyword: status'],
    [
      'ADD n :v',
      { ':v': 'x' },
      'Incorrect operand type for operator or function; operator: ADD, operand type: STRING',
    ],
    [
      'DELETE tags :v',
      { ':v': 1 },
      'Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER',
    ],
    [
      'SET n = n + :v',
      { ':v': 'x' },
      'Incorrect operand type for operator or function; operator or function: +, operand type: S',
    ],
    ['SET n = size(n)', {}, 'Invalid function name; function: size'],
    [
      'SET n = list_append(arr)',
      {},
      'Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1',
    ],
    [
      'SET n = if_not_exists(:v, :v)',
      { ':v': 1 },
      'Operator or function requires a document path; operator or function: if_not_exists',
    ],
    [
      'SET n = :v',
      { ':v': 1, ':w': 1 },
      'Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}',
    ],
    [
      'SET n = :a + :b',
      { ':a': { $dynamodb: { N: '1e37' } }, ':b': { $dynamodb: { N: '1e-2' } } },
      'Attempting to store more than 38 significant digits in a Number',
    ],
  ])('refuses %s with %j', async (expression, values, message) => {
    expect(await run(expression, values)).toContain(message);
  });

  it('that are said again mean the names and values of then', async () => {
    const { update } = openTable({ items: [item] });
    const say = (names: Record<string, string>, values: Record<string, unknown>) =>
      update('a', '1', 'SET #a = :a, #b = :b REMOVE m', {
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: wire(values),
      });
    const both = { '#a': 'one', '#b': 'two' };
    expect(await say(both, { ':a': 1, ':b': 2 })).toMatchObject({ n: 5, one: 1, two: 2 });
    expect(await say(both, { ':a': 3, ':b': 'x' })).toMatchObject({ n: 5, one: 3, two: 'x' });
    expect(await say({ ...both, '#b': 'n' }, { ':a': 4, ':b': 9 })).toMatchObject({ n: 9, one: 4, two: 'x' });
    expect(await say(both, { ':a': 6, ':b': 7 })).toMatchObject({ n: 9, one: 6, two: 7 });
    await expect(say({ ...both, '#b': 'one' }, { ':a': 1, ':b': 2 })).rejects.toThrow('overlap');
    await expect(say(both, { ':a': 1 })).rejects.toThrow('is not defined; attribute value: :b');
    await expect(say({ '#a': 'one' }, { ':a': 1, ':b': 2 })).rejects.toThrow('attribute name: #b');
    await expect(say(both, { ':a': 1, ':b': 2, ':c': 3 })).rejects.toThrow('unused in expressions');
    await expect(say({ ...both, '#c': 'c' }, { ':a': 1, ':b': 2 })).rejects.toThrow('unused in expressions');
  });
});
