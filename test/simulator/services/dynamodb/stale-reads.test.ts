import { GetItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { FAIR_WEATHER } from '../../../../src/simulator/faults.ts';
import { type DynamoBench, openTable, plain, wire } from './kit.ts';

const weather = { ...FAIR_WEATHER, staleReadsMs: 1000 };
const TRIES = 40;

const read = async ({ dynamo }: DynamoBench, ConsistentRead: boolean) => {
  const input = { TableName: 'tab', Key: wire({ p: 'a', s: '1' }), ConsistentRead };
  return plain((await dynamo.send(new GetItemCommand(input))).Item)?.v;
};

const count = async ({ dynamo }: DynamoBench, ConsistentRead: boolean) => {
  const input = {
    TableName: 'tab',
    KeyConditionExpression: 'p = :p',
    ExpressionAttributeValues: wire({ ':p': 'a' }),
    ConsistentRead,
  };
  return (await dynamo.send(new QueryCommand(input))).Count ?? 0;
};

async function seen<Value>(one: () => Promise<Value>): Promise<Set<Value>> {
  const values = new Set<Value>();
  for (let index = 0; index < TRIES; index += 1) values.add(await one());
  return values;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
describe('reads that are not consistent', () => {
  it('may show an item as it was before recent writes, and as it never was never', async () => {
    const bench = openTable({ switches: { weather }, items: [{ p: 'a', s: '1', v: 0 }] });
    await bench.clock.advance(10_000);
    await bench.put({ p: 'a', s: '1', v: 1 });
    await bench.clock.advance(400);
    await bench.put({ p: 'a', s: '1', v: 2 });
    await bench.clock.advance(400);
    expect(await seen(() => read(bench, false))).toEqual(new Set([0, 1, 2]));
    expect(await seen(() => read(bench, true))).toEqual(new Set([2]));
    await bench.clock.advance(601);
    expect(await seen(() => read(bench, false))).toEqual(new Set([2]));
  });

  it('may miss new items and still show deleted ones, in queries and scans too', async () => {
    const bench = openTable({ switches: { weather }, items: [{ p: 'a', s: '1', v: 0 }] });
    await bench.clock.advance(10_000);
    await bench.put({ p: 'a', s: '0' });
    await bench.put({ p: 'a', s: '2' });
    await bench.clock.advance(500);
    expect(await seen(() => count(bench, false))).toEqual(new Set([1, 3]));
    expect(await seen(() => count(bench, true))).toEqual(new Set([3]));
    const scan = async () => (await bench.dynamo.send(new ScanCommand({ TableName: 'tab' }))).Count ?? 0;
    expect(await seen(scan)).toEqual(new Set([1, 3]));
    await bench.clock.advance(501);
    expect(await seen(scan)).toEqual(new Set([3]));
  });

  it('are up to date in fair weather, and conditions always are', async () => {
    const bench = openTable({ items: [{ p: 'a', s: '1', v: 0 }] });
    await bench.put({ p: 'a', s: '1', v: 1 });
    expect(await seen(() => read(bench, false))).toEqual(new Set([1]));
    const stale = openTable({ switches: { weather }, items: [{ p: 'a', s: '1', v: 0 }] });
    await stale.put({ p: 'a', s: '1', v: 1 });
    const values = { ExpressionAttributeValues: wire({ ':v': 1 }) };
    for (let index = 0; index < TRIES; index += 1) {
      await stale.update('a', '1', 'SET w = :v', { ConditionExpression: 'v = :v', ...values });
    }
  });
});
