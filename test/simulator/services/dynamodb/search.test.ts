import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  paginateScan,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { openBench } from '../../kit.ts';
import { type DynamoBench, openTable, plain, wire } from './kit.ts';

const builds = Array.from({ length: 10 }, (_, index) => ({
  p: 'APP#shop',
  s: `BUILD#${String(index).padStart(10, '0')}`,
  number: index,
  odd: index % 2 === 1,
}));
const items = [...builds, { p: 'APP#shop', s: 'settings' }, { p: 'APP#blog', s: 'settings' }];

async function query(bench: DynamoBench, input: Partial<QueryCommandInput>, values: Record<string, unknown>) {
  const output = await bench.dynamo.send(
    new QueryCommand({ TableName: 'tab', ExpressionAttributeValues: wire(values), ...input }),
  );
  return { ...output, sorts: output.Items?.map((item) => plain(item)?.s) };
}

const ofShop = { KeyConditionExpression: 'p = :p' };

describe('Query', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
  it('gives one partition in order of sort keys, forward or back', async () => {
    const bench = openTable({ items });
    const output = await query(bench, ofShop, { ':p': 'APP#shop' });
    expect(output.sorts).toEqual([...builds.map(({ s }) => s), 'settings']);
    expect(output).toMatchObject({ Count: 11, ScannedCount: 11 });
    expect(output.LastEvaluatedKey).toBeUndefined();
    const back = await query(bench, { ...ofShop, ScanIndexForward: false, Limit: 2 }, { ':p': 'APP#shop' });
    expect(back.sorts).toEqual(['settings', 'BUILD#0000000009']);
    expect((await query(bench, ofShop, { ':p': 'APP#none' })).sorts).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, number[]]>([
    ['begins_with(s, :a)', { ':a': 'BUILD#' }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['s = :a', { ':a': 'BUILD#0000000003' }, [3]],
    ['s < :a', { ':a': 'BUILD#0000000002' }, [0, 1]],
    ['s <= :a', { ':a': 'BUILD#0000000002' }, [0, 1, 2]],
    ['s BETWEEN :a AND :b', { ':a': 'BUILD#0000000002', ':b': 'BUILD#0000000004' }, [2, 3, 4]],
    [':a <= s', { ':a': 'BUILD#0000000008' }, [8, 9]],
  ])('takes %s', async (condition, values, numbers) => {
    const bench = openTable({ items: builds });
    const input = { KeyConditionExpression: `p = :p AND ${condition}` };
    const output = await query(bench, input, { ':p': 'APP#shop', ...values });
    expect(output.Items?.map((item) => plain(item)?.number)).toEqual(numbers);
  });

  it.each<[string | undefined, Record<string, unknown>, string]>([
    [
      undefined,
      {},
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    ],
    ['s = :p', { ':p': 'x' }, 'Query condition missed key schema element: p'],
    ['p > :p', { ':p': 'x' }, 'Query key condition not supported'],
    ['p = :p AND x = :p', { ':p': 'x' }, 'Query condition missed key schema element: s'],
    [
      'p = :p AND s > :p AND s < :q',
      { ':p': 'x', ':q': 'y' },
      'KeyConditionExpressions must only contain one condition per key',
    ],
    ['p = :p OR p = :q', { ':p': 'x', ':q': 'y' }, 'Invalid operator used in KeyConditionExpression: OR'],
    ['p = :p AND s <> :q', { ':p': 'x', ':q': 'y' }, 'Invalid operator used in KeyConditionExpression: <>'],
    [
      'p = :p AND contains(s, :q)',
      { ':p': 'x', ':q': 'y' },
      'Invalid operator used in KeyConditionExpression: contains',
    ],
    [
      'p = :p AND size(s) = :q',
      { ':p': 'x', ':q': 1 },
      'KeyConditionExpressions cannot contain nested operations',
    ],
    [
      'p = :p AND s.a = :q',
      { ':p': 'x', ':q': 'y' },
      'KeyConditionExpressions cannot have conditions on nested attributes',
    ],
    [
      'p = s',
      {},
      'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
    ],
    ['p = :p', { ':p': 1 }, 'Condition parameter type does not match schema type'],
  ])('refuses %s', async (condition, values, message) => {
    const bench = openTable({ items });
    const input = {
      ...(condition === undefined ? {} : { KeyConditionExpression: condition }),
      ...(Object.keys(values).length === 0 ? { ExpressionAttributeValues: undefined } : {}),
    };
    await expect(query(bench, input, values)).rejects.toThrow(message);
  });

  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
  it('counts the limit before the filter: a page may be empty and have a next one', async () => {
    const bench = openTable({ items: builds });
    const input = { ...ofShop, FilterExpression: 'odd = :odd', Limit: 1 };
    const values = { ':p': 'APP#shop', ':odd': true };
    const first = await query(bench, input, values);
    expect(first).toMatchObject({ Count: 0, ScannedCount: 1, Items: [] });
    expect(plain(first.LastEvaluatedKey)).toEqual({ p: 'APP#shop', s: 'BUILD#0000000000' });
    const second = await query(bench, { ...input, ExclusiveStartKey: first.LastEvaluatedKey }, values);
    expect(second.sorts).toEqual(['BUILD#0000000001']);
    await expect(query(bench, { ...ofShop, FilterExpression: 's = :p' }, { ':p': 'x' })).rejects.toThrow(
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: s',
    );
  });

  it('gives a key to go on with when the limit is reached, even if nothing follows', async () => {
    const bench = openTable({ items: builds });
    const output = await query(bench, { ...ofShop, Limit: 10 }, { ':p': 'APP#shop' });
    expect(output.LastEvaluatedKey).toBeDefined();
    const next = await query(
      bench,
      { ...ofShop, ExclusiveStartKey: output.LastEvaluatedKey },
      { ':p': 'APP#shop' },
    );
    expect(next.Items).toEqual([]);
    expect(next.LastEvaluatedKey).toBeUndefined();
  });

  it('pages through everything, back and forth, also when items go away meanwhile', async () => {
    const bench = openTable({ items: builds });
    for (const ScanIndexForward of [true, false]) {
      const input = {
        TableName: 'tab',
        ...ofShop,
        ScanIndexForward,
        ExpressionAttributeValues: wire({ ':p': 'APP#shop' }),
      };
      const seen: unknown[] = [];
      for await (const page of paginateQuery({ client: bench.dynamo, pageSize: 3 }, input)) {
        seen.push(...(page.Items ?? []).map((item) => plain(item)?.number));
      }
      const numbers = builds.map(({ number }) => number);
      expect(seen).toEqual(ScanIndexForward ? numbers : numbers.reverse());
    }
    const gone = wire({ p: 'APP#shop', s: 'BUILD#00000000035' });
    const output = await query(bench, { ...ofShop, ExclusiveStartKey: gone, Limit: 1 }, { ':p': 'APP#shop' });
    expect(output.sorts).toEqual(['BUILD#0000000004']);
  });

  it('ends a page at 1 MB', async () => {
    const large = Array.from({ length: 5 }, (_, index) => ({
      p: 'a',
      s: String(index),
      v: 'x'.repeat(300_000),
    }));
    const bench = openTable({ items: large });
    const output = await query(bench, ofShop, { ':p': 'a' });
    expect(output.sorts).toEqual(['0', '1', '2', '3']);
    expect(plain(output.LastEvaluatedKey)).toEqual({ p: 'a', s: '3' });
  });

  it('projects, counts and checks where to start', async () => {
    const bench = openTable({ items: builds });
    const values = { ':p': 'APP#shop' };
    const projected = await query(
      bench,
      { ...ofShop, Limit: 1, ProjectionExpression: '#n', ExpressionAttributeNames: { '#n': 'number' } },
      values,
    );
    expect(projected.Items?.map(plain)).toEqual([{ number: 0 }]);
    const counted = await query(bench, { ...ofShop, Select: 'COUNT' }, values);
    expect(counted.Count).toBe(10);
    expect(counted.Items).toBeUndefined();
    const start = (key: Record<string, unknown>) =>
      query(bench, { ...ofShop, ExclusiveStartKey: wire(key) }, values);
    await expect(start({ p: 'APP#shop' })).rejects.toThrow('The provided starting key is invalid');
    await expect(start({ p: 'APP#blog', s: 'x' })).rejects.toThrow(
      'The provided starting key is outside query boundaries based on provided conditions',
    );
    await expect(query(bench, { ...ofShop, Limit: 0 }, values)).rejects.toThrow("at 'limit'");
    await expect(query(bench, { ...ofShop, IndexName: 'none' }, values)).rejects.toThrow(
      'The table does not have the specified index: none',
    );
  });

  it('orders sort keys that are numbers by value, and bytes by byte', async () => {
    const bench = openTable();
    bench.service.load({
      tables: [
        {
          name: 'numbers',
          keys: { partition: 'p', sort: 'n' },
          keyTypes: { n: 'N' },
          items: [10, 9, -1, 0.5, 100].map((n) => ({ p: 'a', n })),
        },
      ],
    });
    const output = await query(bench, { TableName: 'numbers', ...ofShop }, { ':p': 'a' });
    expect(output.Items?.map((item) => plain(item)?.n)).toEqual([-1, 0.5, 9, 10, 100]);
  });
});

describe('Scan', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html
  const scan = async (bench: DynamoBench, input: Partial<ScanCommandInput> = {}) =>
    bench.dynamo.send(new ScanCommand({ TableName: 'tab', ...input }));

  it('meets every item once, page by page, in no order of partitions', async () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      p: `p${String(index).padStart(2, '0')}`,
      s: 's',
    }));
    const bench = openTable({ items: many });
    const seen: unknown[] = [];
    for await (const page of paginateScan({ client: bench.dynamo, pageSize: 7 }, { TableName: 'tab' })) {
      seen.push(...(page.Items ?? []).map((item) => plain(item)?.p));
    }
    const names = many.map(({ p }) => p);
    expect(seen).not.toEqual(names);
    expect([...seen].sort()).toEqual(names);
  });

  it('filters also by key attributes', async () => {
    const bench = openTable({ items });
    const output = await scan(bench, {
      FilterExpression: 's = :s',
      ExpressionAttributeValues: wire({ ':s': 'settings' }),
    });
    expect(output).toMatchObject({ Count: 2, ScannedCount: 12 });
  });

  it('can be shared out in segments', async () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ p: `p${index}`, s: 's' }));
    const bench = openTable({ items: many });
    const counts = await Promise.all(
      [0, 1, 2].map(async (Segment) => (await scan(bench, { Segment, TotalSegments: 3 })).Count ?? 0),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(Math.max(...counts)).toBeLessThan(40);
    await expect(scan(bench, { Segment: 3, TotalSegments: 3 })).rejects.toThrow('must be less than');
    await expect(scan(bench, { Segment: 0 })).rejects.toThrow('TotalSegments parameter is required');
  });
});

describe('secondary indexes', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html
  async function withIndexes(): Promise<DynamoDBClient> {
    const bench = openBench();
    const dynamo = new DynamoDBClient(bench.client());
    await dynamo.send(
      new CreateTableCommand({
        TableName: 'games',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'user', AttributeType: 'S' },
          { AttributeName: 'game', AttributeType: 'S' },
          { AttributeName: 'score', AttributeType: 'N' },
        ],
        KeySchema: [
          { AttributeName: 'user', KeyType: 'HASH' },
          { AttributeName: 'game', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-game',
            KeySchema: [
              { AttributeName: 'game', KeyType: 'HASH' },
              { AttributeName: 'score', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['medal'] },
          },
        ],
        LocalSecondaryIndexes: [
          {
            IndexName: 'by-score',
            KeySchema: [
              { AttributeName: 'user', KeyType: 'HASH' },
              { AttributeName: 'score', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    );
    await bench.clock.advance(10_000);
    const rows = [
      { user: 'ann', game: 'go', score: 7, medal: 'gold', note: 'x' },
      { user: 'bob', game: 'go', score: 3, note: 'y' },
      { user: 'cid', game: 'go', score: 7 },
      { user: 'ann', game: 'chess', score: 1 },
      { user: 'dan', game: 'go' },
    ];
    for (const row of rows) await dynamo.send(new PutItemCommand({ TableName: 'games', Item: wire(row) }));
    return dynamo;
  }

  const run = async (dynamo: DynamoDBClient, input: Partial<QueryCommandInput>) =>
    dynamo.send(
      new QueryCommand({ TableName: 'games', ExpressionAttributeNames: { '#k': 'user' }, ...input }),
    );
  const byGame = {
    IndexName: 'by-game',
    KeyConditionExpression: 'game = :g',
    ExpressionAttributeValues: wire({ ':g': 'go' }),
    ExpressionAttributeNames: undefined,
  };

  it('give what they project, in their own order, and only items with all of their keys', async () => {
    const dynamo = await withIndexes();
    const output = await run(dynamo, byGame);
    expect(output.Items?.map(plain)).toEqual([
      { user: 'bob', game: 'go', score: 3 },
      { user: 'ann', game: 'go', score: 7, medal: 'gold' },
      { user: 'cid', game: 'go', score: 7 },
    ]);
  });

  it('page by the keys of both', async () => {
    const dynamo = await withIndexes();
    const first = await run(dynamo, { ...byGame, Limit: 2 });
    expect(plain(first.LastEvaluatedKey)).toEqual({ user: 'ann', game: 'go', score: 7 });
    const second = await run(dynamo, { ...byGame, ExclusiveStartKey: first.LastEvaluatedKey });
    expect(second.Items?.map((item) => plain(item)?.user)).toEqual(['cid']);
  });

  it('are never consistent if global, and fetch the rest if local', async () => {
    const dynamo = await withIndexes();
    await expect(run(dynamo, { ...byGame, ConsistentRead: true })).rejects.toThrow(
      'Consistent reads are not supported on global secondary indexes',
    );
    await expect(run(dynamo, { ...byGame, Select: 'ALL_ATTRIBUTES' })).rejects.toThrow(
      'ALL_ATTRIBUTES is not supported',
    );
    const local = {
      IndexName: 'by-score',
      KeyConditionExpression: '#k = :u',
      ExpressionAttributeValues: wire({ ':u': 'ann' }),
      ConsistentRead: true,
    };
    expect((await run(dynamo, local)).Items?.map(plain)).toEqual([
      { user: 'ann', game: 'chess', score: 1 },
      { user: 'ann', game: 'go', score: 7 },
    ]);
    const whole = await run(dynamo, { ...local, Select: 'ALL_ATTRIBUTES' });
    expect(whole.Items?.map((item) => plain(item)?.note)).toEqual([undefined, 'x']);
  });

  it('refuse items whose index key has another type', async () => {
    const dynamo = await withIndexes();
    const Item = wire({ user: 'eve', game: 'go', score: 'high' });
    await expect(dynamo.send(new PutItemCommand({ TableName: 'games', Item }))).rejects.toThrow(
      'Type mismatch for Index Key score Expected: N Actual: S IndexName: by-score',
    );
  });
});
