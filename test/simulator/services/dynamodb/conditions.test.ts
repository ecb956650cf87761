import { ConditionalCheckFailedException, DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { numberSet, openTable, textSet, wire } from './kit.ts';

const item = {
  p: 'a',
  s: '1',
  n: 5,
  text: 'hello',
  flag: true,
  tags: textSet('x', 'y'),
  nums: numberSet('1', '2'),
  arr: [1, 'two', { deep: ['z'] }],
  obj: { a: { b: 1 }, 'dotted.name': 7 },
};

/** Tries a condition on `item`: whether it held, or the message of the refusal. */
async function check(
  condition: string,
  values: Record<string, unknown> = {},
  names = {},
): Promise<boolean | string> {
  const { dynamo } = openTable({ items: [item] });
  const command = new DeleteItemCommand({
    TableName: 'tab',
    Key: wire({ p: 'a', s: '1' }),
    ConditionExpression: condition,
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: wire(values) }),
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
  });
  try {
    await dynamo.send(command);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    expect(error).toMatchObject({ name: 'ValidationException' });
    return (error as Error).message;
  }
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
describe('conditions', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['n = :v', { ':v': 5 }, true],
    ['n = :v', { ':v': '5' }, false],
    ['n <> :v', { ':v': 5 }, false],
    ['n <> :v', { ':v': '5' }, true],
    ['absent = :v', { ':v': 5 }, false],
    ['absent <> :v', { ':v': 5 }, true],
    ['n < :v', { ':v': 6 }, true],
    ['n <= :v', { ':v': 5 }, true],
    ['n > :v', { ':v': 5 }, false],
    ['n >= :v', { ':v': 5 }, true],
    ['n > :v', { ':v': '1' }, false],
    ['absent > :v', { ':v': 1 }, false],
    [':v < n', { ':v': 4 }, true],
    ['NOT n = :v', { ':v': 4 }, true],
    ['not not n = :v', { ':v': 5 }, true],
    ['n BETWEEN :a AND :b', { ':a': 5, ':b': 6 }, true],
    ['n between :a and :b AND attribute_exists(p)', { ':a': 1, ':b': 4 }, false],
    ['n IN (:a, :b)', { ':a': 4, ':b': 5 }, true],
    ['absent IN (:a)', { ':a': 4 }, false],
    ['n = :a OR n = :b AND n = :c', { ':a': 5, ':b': 6, ':c': 7 }, true],
    ['(n = :a OR n = :b) AND n = :c', { ':a': 5, ':b': 6, ':c': 7 }, false],
    ['attribute_exists(obj.a.b)', {}, true],
    ['attribute_exists(obj.a.c)', {}, false],
    ['attribute_exists(obj.a.b.c)', {}, false],
    ['attribute_not_exists(arr[3])', {}, true],
    ['attribute_exists (arr[2].deep[0])', {}, true],
    ['attribute_exists(obj.toString)', {}, false],
    ['attribute_type(tags, :t)', { ':t': 'SS' }, true],
    ['attribute_type(absent, :t)', { ':t': 'S' }, false],
    ['begins_with(text, :v)', { ':v': 'hel' }, true],
    ['begins_with(text, :v)', { ':v': 'el' }, false],
    ['begins_with(n, :v)', { ':v': '5' }, false],
    ['contains(text, :v)', { ':v': 'ell' }, true],
    ['contains(tags, :v)', { ':v': 'y' }, true],
    ['contains(tags, :v)', { ':v': 1 }, false],
    ['contains(nums, :v)', { ':v': 2 }, true],
    ['contains(arr, :v)', { ':v': { deep: ['z'] } }, true],
    ['contains(obj, :v)', { ':v': 'a' }, false],
    ['size(text) = :v', { ':v': 5 }, true],
    ['size(tags) = :v AND size(arr) = :w AND size(obj) = :v', { ':v': 2, ':w': 3 }, true],
    ['size(n) > :v', { ':v': 0 }, false],
    ['size(absent) >= :v', { ':v': 0 }, false],
    ['tags = :v', { ':v': textSet('y', 'x') }, true],
    ['tags = :v', { ':v': textSet('y') }, false],
    ['obj.a = :v', { ':v': { b: 1 } }, true],
    ['arr = :v', { ':v': [1, 'two', { deep: ['z'] }] }, true],
    ['flag = :v', { ':v': true }, true],
    ['(n) = (:v)', { ':v': 5 }, true],
  ])('%s with %j: %s', async (condition, values, expected) => {
    // TEXT, FLAG and OBJ are fine; TAGS as well. Only TEXT is reserved.
    const names = condition.includes('text') ? { '#text': 'text' } : {};
    expect(await check(condition.replaceAll('text', '#text'), values, names)).toBe(expected);
  });

  it('compares numbers by all of their digits', async () => {
    const big = { $dynamodb: { N: '10000000000000000000000000000000000001' } };
    const bigger = { $dynamodb: { N: '10000000000000000000000000000000000002' } };
    expect(await check(':a < :b', { ':a': big, ':b': bigger })).toBe(true);
    expect(await check(':a < :b', { ':a': -2, ':b': -1.5 })).toBe(true);
  });

  it('orders texts by their UTF-8 bytes', async () => {
    expect(await check(':a < :b', { ':a': '\uffee', ':b': '\u{1F600}' })).toBe(true);
    expect(await check(':a < :b', { ':a': 'Z', ':b': 'a' })).toBe(true);
    expect(await check(':a < :b', { ':a': 'a', ':b': 'ab' })).toBe(true);
  });

  it('reaches names with dots and other characters through placeholders', async () => {
    expect(await check('obj.#d = :v', { ':v': 7 }, { '#d': 'dotted.name' })).toBe(true);
  });
});

describe('conditions that are refused', () => {
  it.each<[string, Record<string, unknown>, Record<string, string>, string]>([
    ['', {}, {}, 'Invalid ConditionExpression: The expression can not be empty;'],
    ['n = ', {}, {}, 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="'],
    ['n == :v', { ':v': 1 }, {}, 'Syntax error; token: "="'],
    ['n = :v )', { ':v': 1 }, {}, 'Syntax error; token: ")"'],
    ['n = :v AND', { ':v': 1 }, {}, 'Syntax error; token: "<EOF>"'],
    ['n', {}, {}, 'Syntax error'],
    ['n ! :v', { ':v': 1 }, {}, 'Syntax error; token: "!"'],
    ['arr[x] = :v', { ':v': 1 }, {}, 'Syntax error; token: "x"'],
    ['((n = :v))', { ':v': 1 }, {}, 'The expression has redundant parentheses;'],
    ['text = :v', { ':v': 1 }, {}, 'Attribute name is a reserved keyword; reserved keyword: text'],
    ['obj.Status = :v', { ':v': 1 }, {}, 'Attribute name is a reserved keyword; reserved keyword: Status'],
    [
      '#n = :v',
      { ':v': 1 },
      {},
      'An expression attribute name used in the document path is not defined; attribute name: #n',
    ],
    [
      'n = :v',
      {},
      {},
      'An expression attribute value used in expression is not defined; attribute value: :v',
    ],
    [
      'n = :v',
      { ':v': 1, ':w': 2 },
      {},
      'Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}',
    ],
    [
      'n = :v',
      { ':v': 1 },
      { '#n': 'n' },
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}',
    ],
    [
      'n = :v',
      { ':v-1': 1 },
      {},
      'ExpressionAttributeValues contains invalid key: Syntax error; key: ":v-1"',
    ],
    [
      'n = :v',
      { ':v': 1 },
      { n: 'n' },
      'ExpressionAttributeNames contains invalid key: Syntax error; key: "n"',
    ],
    ['exists(n)', {}, {}, 'Invalid function name; function: exists'],
    ['Attribute_Exists(n)', {}, {}, 'Invalid function name; function: Attribute_Exists'],
    [
      'attribute_exists(n, p)',
      {},
      {},
      'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
    ],
    [
      'attribute_exists(:v)',
      { ':v': 1 },
      {},
      'Operator or function requires a document path; operator or function: attribute_exists',
    ],
    ['attribute_type(n, :v)', { ':v': 'X' }, {}, 'Invalid attribute type name found; type: X'],
    [
      'attribute_type(n, p)',
      {},
      {},
      'Incorrect operand type for operator or function; operator or function: attribute_type',
    ],
    [
      'begins_with(n, :v)',
      { ':v': 1 },
      {},
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    ['size(:v) > :v', { ':v': 1 }, {}, 'operator or function: size, operand type: N'],
    ['size(n)', {}, {}, 'The function is not allowed to be used this way in an expression; function: size'],
    [
      'attribute_exists(n) = :v',
      { ':v': true },
      {},
      'The function is not allowed to be used this way in an expression; function: attribute_exists',
    ],
    [
      'n = n',
      {},
      {},
      'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [n]',
    ],
    ['contains(arr, arr)', {}, {}, 'operator: contains, first operand: [arr]'],
    [
      'n < :v',
      { ':v': true },
      {},
      'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
    ],
    [
      'n BETWEEN :a AND :b',
      { ':a': 2, ':b': 1 },
      {},
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
    ],
    [
      'n BETWEEN :a AND :b',
      { ':a': 2, ':b': 'x' },
      {},
      'The BETWEEN operator requires same data type for lower and upper bounds',
    ],
    [`n = :v OR ${'('.repeat(200)}n = :v`, { ':v': 1 }, {}, 'The expression is nested too deeply;'],
    [
      `n = :v${' '.repeat(5000)}`,
      { ':v': 1 },
      {},
      'Expression size has exceeded the maximum allowed size; expression size: 5006',
    ],
  ])('%s', async (condition, values, names, message) => {
    expect(await check(condition, values, names)).toContain(message);
  });

  it('say so when placeholders come without an expression, or empty', async () => {
    const { put } = openTable();
    const key = { p: 'a', s: '1' };
    await expect(put(key, { ExpressionAttributeNames: { '#n': 'n' } })).rejects.toThrow(
      'ExpressionAttributeNames can only be specified when using expressions',
    );
    await expect(put(key, { ExpressionAttributeValues: wire({ ':v': 1 }) })).rejects.toThrow(
      'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
    );
    const empty = { ConditionExpression: 'attribute_exists(p)', ExpressionAttributeValues: {} };
    await expect(put(key, empty)).rejects.toThrow('ExpressionAttributeValues must not be empty');
    const nothing = { ConditionExpression: 'p = :v', ExpressionAttributeValues: { ':v': {} as never } };
    await expect(put(key, nothing)).rejects.toThrow(
      'ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :v',
    );
  });
});
