import { DescribeTableCommand, GetItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { numberSet, openTable, plain, textSet, wire } from './kit.ts';

/** What a file would hold. */
const json = (document: unknown): unknown => JSON.parse(JSON.stringify(document));

describe('the section dynamodb of a world', () => {
  it('is short when written by hand, in plain JSON', async () => {
    const { service, dynamo } = openTable();
    const settings = {
      primary_id: 'APP#shop',
      secondary_id: 'settings',
      value: { cluster: { name: 'apppack' }, domains: ['a.example'], count: 2, on: true, off: null },
    };
    service.load({
      tables: [
        { name: 'apppack', keys: { partition: 'primary_id', sort: 'secondary_id' }, items: [settings] },
        { name: 'plain-key', keys: { partition: 'n' }, keyTypes: { n: 'N' }, items: [{ n: 1 }] },
      ],
    });
    const Key = wire({ primary_id: 'APP#shop', secondary_id: 'settings' });
    const output = await dynamo.send(new GetItemCommand({ TableName: 'apppack', Key }));
    expect(plain(output.Item)).toEqual(settings);
    expect(output.Item?.value?.M?.count).toEqual({ N: '2' });
    const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: 'plain-key' }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'n', AttributeType: 'N' }],
    });
  });

  it('gives back the same state, also where plain JSON has no form for it', async () => {
    const items = [
      {
        p: 'a',
        s: '1',
        texts: textSet('x'),
        numbers: numberSet('1', '2'),
        bytes: { $dynamodb: { B: 'AAE=' } },
        digits: { $dynamodb: { N: '12345678901234567890.123' } },
        small: 0.1,
        tricky: { $dynamodb: { M: { $dynamodb: { S: 'a map with that name' } } } },
        nested: [{ deep: textSet('y') }],
      },
    ];
    const first = openTable({ items });
    await first.dynamo.send(
      new TransactWriteItemsCommand({
        ClientRequestToken: 'token',
        TransactItems: [{ Put: { TableName: 'tab', Item: wire({ p: 'b', s: '1' }) } }],
      }),
    );
    const dumped = first.service.dump();
    expect(dumped).toMatchObject({ tables: [{ name: 'tab', items: expect.arrayContaining(items) }] });
    const second = openTable({ seed: 2 });
    second.service.load(json(dumped));
    expect(second.service.dump()).toEqual(dumped);
    expect(json(dumped)).toEqual(dumped);
    expect(await second.get('a', '1')).toMatchObject({ texts: textSet('x'), small: 0.1 });
    const again = { TransactItems: [{ Put: { TableName: 'tab', Item: wire({ p: 'b', s: '1' }) } }] };
    await second.update('b', '1', 'SET v = :v', { ExpressionAttributeValues: wire({ ':v': 1 }) });
    await second.dynamo.send(new TransactWriteItemsCommand({ ...again, ClientRequestToken: 'token' }));
    expect(await second.get('b', '1')).toMatchObject({ v: 1 });
  });

  it.each([
    ['a table without keys', { tables: [{ name: 'abc' }] }, 'tables[0].keys'],
    ['a member that is not known', { tables: [], colour: 'red' }, 'colour'],
    [
      'an item without its key',
      { tables: [{ name: 'abc', keys: { partition: 'p' }, items: [{ p: 'a' }, { q: 'b' }] }] },
      'table "abc", items[1]: One or more parameter values were invalid: Missing the key p in the item',
    ],
    [
      'a key twice',
      { tables: [{ name: 'abc', keys: { partition: 'p' }, items: [{ p: 'a' }, { p: 'a' }] }] },
      'table "abc", items[1]: there is an item with the same key already',
    ],
    [
      'a value that is none',
      {
        tables: [{ name: 'abc', keys: { partition: 'p' }, items: [{ p: 'a', v: { $dynamodb: { X: 1 } } }] }],
      },
      'items[0]: Supplied AttributeValue is empty',
    ],
    [
      'a table twice',
      { tables: ['abc', 'abc'].map((name) => ({ name, keys: { partition: 'p' } })) },
      'table "abc": it is listed twice',
    ],
    ['something else', [], 'section "dynamodb"'],
  ])('says what is wrong with %s', (_what, section, message) => {
    expect(() => openTable().service.load(section)).toThrow(message);
  });
});
