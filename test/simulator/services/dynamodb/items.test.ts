import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  ResourceNotFoundException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { numberSet, openTable, plain, textSet, wire } from './kit.ts';

const key = wire({ p: 'a', s: '1' });

describe('PutItem', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
  it('stores any types and replaces the whole item', async () => {
    const { put, get } = openTable();
    const item = {
      p: 'a',
      s: '1',
      text: '',
      number: -12.5,
      truth: false,
      nothing: null,
      list: [1, 'two', { three: 3 }],
      map: { constructor: 'c', nested: { deep: [] } },
      texts: textSet('x', 'y'),
      numbers: numberSet('1', '2.5'),
      bytes: { $dynamodb: { B: Buffer.from('bytes').toString('base64') } },
    };
    const { bytes, ...others } = item;
    expect(bytes).toBeDefined();
    await put(others);
    expect(await get('a', '1')).toEqual(others);
    await put({ p: 'a', s: '1', other: 1 });
    expect(await get('a', '1')).toEqual({ p: 'a', s: '1', other: 1 });
  });

  it('stores bytes as bytes', async () => {
    const { dynamo } = openTable();
    const Item = { ...key, bytes: { B: Buffer.from([0, 255, 128]) }, sets: { BS: [Buffer.from('a')] } };
    await dynamo.send(new PutItemCommand({ TableName: 'tab', Item }));
    const output = await dynamo.send(new GetItemCommand({ TableName: 'tab', Key: key }));
    expect(Buffer.from(output.Item?.bytes?.B ?? [])).toEqual(Buffer.from([0, 255, 128]));
    expect(output.Item?.sets?.BS).toHaveLength(1);
  });

  it('returns the old item when asked, and nothing else', async () => {
    const { put } = openTable();
    expect(await put({ p: 'a', s: '1', v: 1 }, { ReturnValues: 'ALL_OLD' })).toBeUndefined();
    expect(await put({ p: 'a', s: '1', v: 2 }, { ReturnValues: 'ALL_OLD' })).toEqual({
      p: 'a',
      s: '1',
      v: 1,
    });
    await expect(put({ p: 'a', s: '1' }, { ReturnValues: 'ALL_NEW' })).rejects.toThrow(
      'ReturnValues can only be ALL_OLD or NONE',
    );
  });

  it('puts only if a condition holds; of twenty that race one wins', async () => {
    const { put, get } = openTable();
    const races = Array.from({ length: 20 }, (_, index) =>
      put({ p: 'a', s: '1', winner: index }, { ConditionExpression: 'attribute_not_exists(p)' }).then(
        () => index,
        (error: unknown) => error,
      ),
    );
    const outcomes = await Promise.all(races);
    const [winner, ...others] = outcomes.filter((outcome) => typeof outcome === 'number');
    expect(others).toEqual([]);
    expect(await get('a', '1')).toMatchObject({ winner });
    expect(outcomes.filter((one) => one instanceof ConditionalCheckFailedException)).toHaveLength(19);
  });

  it('shows the item that failed the condition, if asked', async () => {
    const { put } = openTable({ items: [{ p: 'a', s: '1', price: 650 }] });
    const condition = { ConditionExpression: 'attribute_not_exists(p)' };
    const silent = await put({ p: 'a', s: '1' }, condition).catch((error: unknown) => error);
    expect(silent).toMatchObject({ message: 'The conditional request failed' });
    expect(silent).not.toHaveProperty('Item.p');
    const failure = { ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
    await expect(put({ p: 'a', s: '1' }, failure)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: wire({ p: 'a', s: '1', price: 650 }),
    });
  });

  it.each([
    ['a missing key', { p: 'a' }, 'One or more parameter values were invalid: Missing the key s in the item'],
    [
      'a key of another type',
      { p: 'a', s: 1 },
      'One or more parameter values were invalid: Type mismatch for key s expected: S actual: N',
    ],
    [
      'an empty key',
      { p: '', s: '1' },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p',
    ],
    ['a partition key over 2048 bytes', { p: 'x'.repeat(2049), s: '1' }, 'Size of hashkey has exceeded'],
    ['a sort key over 1024 bytes', { p: 'a', s: 'x'.repeat(1025) }, 'Aggregated size of all range keys'],
    [
      'an item over 400 KB',
      { p: 'a', s: '1', v: 'x'.repeat(409_600) },
      'Item size has exceeded the maximum allowed size',
    ],
  ])('refuses %s', async (_what, item, message) => {
    const { put } = openTable();
    const error = await put(item).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ValidationException' });
    expect((error as Error).message).toContain(message);
  });

  it('counts names and values towards the 400 KB', async () => {
    const { put } = openTable();
    // p, s, v and their values take five bytes besides.
    await put({ p: 'a', s: '1', v: 'x'.repeat(409_600 - 5) });
    await expect(put({ p: 'a', s: '1', v: 'x'.repeat(409_600 - 4) })).rejects.toThrow('Item size');
  });

  it.each([
    ['an empty set', { SS: [] }, 'may not be empty'],
    ['a set with doubles', { SS: ['a', 'a'] }, 'contains duplicates'],
    ['a number set with doubles in other words', { NS: ['1', '1.0'] }, 'contains duplicates'],
    ['a number that is none', { N: 'one' }, 'The parameter cannot be converted to a numeric value: one'],
    ['39 digits', { N: '1'.repeat(39) }, 'Attempting to store more than 38 significant digits in a Number'],
    ['a number too large', { N: '1e126' }, 'Number overflow'],
    ['a number too small', { N: '1e-131' }, 'Number underflow'],
    ['NULL that is false', { NULL: false }, 'Null attribute value types must have the value of true'],
  ])('refuses %s', async (_what, value, message) => {
    const { dynamo } = openTable();
    const put = dynamo.send(new PutItemCommand({ TableName: 'tab', Item: { ...key, v: value as never } }));
    await expect(put).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(put).rejects.toThrow(message);
  });

  it.each([
    ['1.0', '1'],
    ['-0', '0'],
    ['1e3', '1000'],
    ['00120.500', '120.5'],
    ['1e-3', '0.001'],
    ['.5', '0.5'],
    ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
    ['9.99e125', `999${'0'.repeat(123)}`],
  ])('keeps the number %s as %s', async (text, normal) => {
    const { dynamo } = openTable();
    await dynamo.send(new PutItemCommand({ TableName: 'tab', Item: { ...key, n: { N: text } } }));
    const output = await dynamo.send(new GetItemCommand({ TableName: 'tab', Key: key }));
    expect(output.Item?.n).toEqual({ N: normal });
  });

  it('refuses documents nested deeper than 32 levels', async () => {
    const { put } = openTable();
    const nest = (levels: number): unknown => (levels === 0 ? 'leaf' : [nest(levels - 1)]);
    await put({ p: 'a', s: '1', v: nest(32) });
    await expect(put({ p: 'a', s: '1', v: nest(33) })).rejects.toThrow('Nesting Levels have exceeded');
  });
});

describe('GetItem', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
  it('gives an item, parts of it, or nothing', async () => {
    const { dynamo } = openTable({
      items: [{ p: 'a', s: '1', things: [1, 2, 3], map: { x: 1, y: 2 }, z: 1 }],
    });
    const get = async (more = {}) =>
      plain((await dynamo.send(new GetItemCommand({ TableName: 'tab', Key: key, ...more }))).Item);
    expect(
      await get({
        ProjectionExpression: 'things[2], things[0], #m.x',
        ExpressionAttributeNames: { '#m': 'map' },
      }),
    ).toEqual({
      things: [1, 3],
      map: { x: 1 },
    });
    expect(await get({ ProjectionExpression: 'zero, z.y' })).toEqual({});
    expect(await get({ Key: wire({ p: 'a', s: '2' }) })).toBeUndefined();
    await expect(get({ ProjectionExpression: 'z, z' })).rejects.toThrow(
      'Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [z], path two: [z]',
    );
  });

  it.each([
    ['half a key', { p: 'a' }],
    ['more than the key', { p: 'a', s: '1', t: '1' }],
    ['a key of another type', { p: 'a', s: 1 }],
    ['other attributes', { p: 'a', x: '1' }],
  ])('refuses %s', async (_what, wrong) => {
    const { dynamo } = openTable();
    await expect(
      dynamo.send(new GetItemCommand({ TableName: 'tab', Key: wire(wrong) })),
    ).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'The provided key element does not match the schema',
    });
  });

  it('knows tables by name and by ARN, and says when there is none', async () => {
    const { dynamo } = openTable({ items: [{ p: 'a', s: '1' }] });
    const arn = 'arn:aws:dynamodb:us-east-1:123456789012:table/tab';
    expect((await dynamo.send(new GetItemCommand({ TableName: arn, Key: key }))).Item).toBeDefined();
    const error = await dynamo
      .send(new GetItemCommand({ TableName: 'none', Key: key }))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ResourceNotFoundException);
    expect(error).toMatchObject({ message: 'Requested resource not found' });
  });

  it('says that it does not have the parameters of old', async () => {
    const { dynamo } = openTable();
    await expect(
      dynamo.send(new GetItemCommand({ TableName: 'tab', Key: key, AttributesToGet: ['p'] })),
    ).rejects.toThrow('The legacy parameter AttributesToGet is not simulated');
  });

  it('tells the capacity it used', async () => {
    const { dynamo } = openTable({ items: [{ p: 'a', s: '1', v: 'x'.repeat(5000) }] });
    const input = { TableName: 'tab', Key: key, ReturnConsumedCapacity: 'TOTAL' } as const;
    const eventual = await dynamo.send(new GetItemCommand(input));
    const consistent = await dynamo.send(new GetItemCommand({ ...input, ConsistentRead: true }));
    expect(eventual.ConsumedCapacity).toEqual({ TableName: 'tab', CapacityUnits: 1 });
    expect(consistent.ConsumedCapacity).toEqual({ TableName: 'tab', CapacityUnits: 2 });
  });
});

describe('DeleteItem', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
  it('deletes, twice without complaint, and only if a condition holds', async () => {
    const { dynamo, get } = openTable({ items: [{ p: 'a', s: '1', v: 1 }] });
    const remove = async (more = {}) =>
      plain((await dynamo.send(new DeleteItemCommand({ TableName: 'tab', Key: key, ...more }))).Attributes);
    const wrong = { ConditionExpression: 'v = :v', ExpressionAttributeValues: wire({ ':v': 2 }) };
    await expect(remove(wrong)).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    expect(await remove({ ReturnValues: 'ALL_OLD' })).toEqual({ p: 'a', s: '1', v: 1 });
    expect(await remove({ ReturnValues: 'ALL_OLD' })).toBeUndefined();
    expect(await get('a', '1')).toBeUndefined();
  });
});

describe('UpdateItem', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
  it('makes an item that is not there, also without any action', async () => {
    const { dynamo, update, get } = openTable();
    await dynamo.send(new UpdateItemCommand({ TableName: 'tab', Key: key }));
    expect(await get('a', '1')).toEqual({ p: 'a', s: '1' });
    const values = { ExpressionAttributeValues: wire({ ':v': 1 }) };
    expect(await update('b', '1', 'SET v = :v', values)).toEqual({ p: 'b', s: '1', v: 1 });
  });

  it('returns old or new, all or what the update names', async () => {
    const items = [{ p: 'a', s: '1', v: 1, w: 1, map: { x: 1, y: 1 } }];
    const run = (ReturnValues: 'ALL_OLD' | 'UPDATED_OLD' | 'UPDATED_NEW' | 'NONE') =>
      openTable({ items }).update('a', '1', 'SET v = :v, #m.x = :v REMOVE w', {
        ReturnValues,
        ExpressionAttributeNames: { '#m': 'map' },
        ExpressionAttributeValues: wire({ ':v': 2 }),
      });
    expect(await run('ALL_OLD')).toEqual(items[0]);
    expect(await run('UPDATED_OLD')).toEqual({ v: 1, w: 1, map: { x: 1 } });
    expect(await run('UPDATED_NEW')).toEqual({ v: 2, map: { x: 2 } });
    expect(await run('NONE')).toBeUndefined();
  });

  it('does nothing when the condition fails, and does not touch the key', async () => {
    const { update, get } = openTable({ items: [{ p: 'a', s: '1', v: 1 }] });
    const values = { ExpressionAttributeValues: wire({ ':v': 2, ':w': 9 }) };
    await expect(
      update('a', '1', 'SET v = :v', { ConditionExpression: 'v = :w', ...values }),
    ).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    await expect(
      update('a', '1', 'SET s = :v', { ExpressionAttributeValues: wire({ ':v': '2' }) }),
    ).rejects.toThrow(
      'One or more parameter values were invalid: Cannot update attribute s. This attribute is part of the key',
    );
    expect(await get('a', '1')).toEqual({ p: 'a', s: '1', v: 1 });
  });

  it('refuses an item that grows over 400 KB', async () => {
    const { put, update } = openTable();
    await put({ p: 'a', s: '1', v: 'x'.repeat(300_000) });
    const values = { ExpressionAttributeValues: wire({ ':v': 'x'.repeat(200_000) }) };
    await expect(update('a', '1', 'SET w = :v', values)).rejects.toThrow(
      'Item size to update has exceeded the maximum allowed size',
    );
  });
});
