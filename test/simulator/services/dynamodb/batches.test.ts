import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  BatchWriteItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { type DynamoBench, openTable, plain, wire } from './kit.ts';

const some = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ p: `p${index}`, s: 's', v: index }));
const keys = (count: number) => some(count).map(({ p, s }) => wire({ p, s }));

type Request = NonNullable<BatchGetItemCommandInput['RequestItems']>[string];

const batchGet = ({ dynamo }: DynamoBench, request: Request) =>
  dynamo.send(new BatchGetItemCommand({ RequestItems: { tab: request } }));

const batchWrite = ({ dynamo }: DynamoBench, requests: WriteRequest[]) =>
  dynamo.send(new BatchWriteItemCommand({ RequestItems: { tab: requests } }));

const put = (item: Record<string, unknown>): WriteRequest => ({ PutRequest: { Item: wire(item) } });

describe('BatchGetItem', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
  it('gives what there is, in no particular order', async () => {
    const bench = openTable({ items: some(30) });
    const output = await batchGet(bench, { Keys: keys(40), ProjectionExpression: 'v' });
    const found = output.Responses?.tab?.map((item) => plain(item)?.v);
    expect(found).not.toEqual(some(30).map(({ v }) => v));
    expect(found?.sort((a, b) => Number(a) - Number(b))).toEqual(some(30).map(({ v }) => v));
    expect(output.UnprocessedKeys).toEqual({});
  });

  it('limits DynamoDB BatchGet: takes 100 keys, each once', async () => {
    const bench = openTable();
    await batchGet(bench, { Keys: keys(100) });
    await expect(batchGet(bench, { Keys: keys(101) })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(batchGet(bench, { Keys: [...keys(1), ...keys(1)] })).rejects.toThrow(
      'Provided list of item keys contains duplicates',
    );
    await expect(batchGet(bench, { Keys: [wire({ p: 'a' })] })).rejects.toThrow('does not match the schema');
    await expect(bench.dynamo.send(new BatchGetItemCommand({ RequestItems: {} }))).rejects.toThrow(
      'requestItems',
    );
    await expect(
      bench.dynamo.send(new BatchGetItemCommand({ RequestItems: { none: { Keys: keys(1) } } })),
    ).rejects.toThrow('Requested resource not found');
  });

  it('limits DynamoDB BatchGet: gives back what does not fit into 16 MB', async () => {
    const large = Array.from({ length: 50 }, (_, index) => ({
      p: `p${index}`,
      s: 's',
      v: 'x'.repeat(400_000),
    }));
    const bench = openTable({ items: large });
    const output = await batchGet(bench, { Keys: keys(50), ConsistentRead: true });
    const found = output.Responses?.tab?.length ?? 0;
    const left = output.UnprocessedKeys?.tab;
    expect(found).toBe(41);
    expect(left).toMatchObject({ ConsistentRead: true });
    expect(found + (left?.Keys?.length ?? 0)).toBe(50);
  });

  it('gives the rest back on a busy day', async () => {
    const bench = openTable({ items: some(5) });
    bench.service.batches.itemsMax = 2;
    const first = await batchGet(bench, { Keys: keys(5) });
    expect(first.Responses?.tab).toHaveLength(2);
    const rest = first.UnprocessedKeys?.tab ?? { Keys: [] };
    expect(rest.Keys).toHaveLength(3);
    bench.service.batches.itemsMax = Number.POSITIVE_INFINITY;
    const second = await batchGet(bench, rest);
    expect(second.Responses?.tab).toHaveLength(3);
  });
});

describe('BatchWriteItem', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
  it('puts and deletes', async () => {
    const bench = openTable({ items: [{ p: 'old', s: '1' }] });
    const remove: WriteRequest = { DeleteRequest: { Key: wire({ p: 'old', s: '1' }) } };
    const output = await batchWrite(bench, [put({ p: 'new', s: '1', v: 1 }), remove]);
    expect(output.UnprocessedItems).toEqual({});
    expect(await bench.get('new', '1')).toEqual({ p: 'new', s: '1', v: 1 });
    expect(await bench.get('old', '1')).toBeUndefined();
  });

  it('limits DynamoDB BatchWrite: takes 25 requests, each item once, and does nothing if one is wrong', async () => {
    const bench = openTable();
    await batchWrite(bench, some(25).map(put));
    const many = batchWrite(bench, some(26).map(put));
    await expect(many).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(batchWrite(bench, [put({ p: 'a', s: '1' }), put({ p: 'a', s: '1', v: 2 })])).rejects.toThrow(
      'Provided list of item keys contains duplicates',
    );
    await expect(batchWrite(bench, [put({ p: 'a', s: '1' }), put({ p: 'b' })])).rejects.toThrow(
      'Missing the key s',
    );
    await expect(batchWrite(bench, [{}])).rejects.toThrow('must contain exactly one');
    expect(await bench.get('a', '1')).toBeUndefined();
  });

  it('gives the rest back on a busy day', async () => {
    const bench = openTable();
    bench.service.batches.itemsMax = 1;
    const output = await batchWrite(bench, some(3).map(put));
    expect(await bench.get('p0', 's')).toBeDefined();
    expect(await bench.get('p1', 's')).toBeUndefined();
    expect(output.UnprocessedItems?.tab).toEqual(some(3).slice(1).map(put));
  });
});
