import {
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { type DynamoBench, openTable, plain, wire } from './kit.ts';

const key = (p: string) => ({ TableName: 'tab', Key: wire({ p, s: '1' }) });
const put = (p: string, more = {}): TransactWriteItem => ({
  Put: { TableName: 'tab', Item: wire({ p, s: '1', v: 1 }), ...more },
});
const ifNew = { ConditionExpression: 'attribute_not_exists(p)' };

const run = (
  { dynamo }: DynamoBench,
  TransactItems: TransactWriteItem[],
  more: Partial<TransactWriteItemsCommandInput> = {},
) => dynamo.send(new TransactWriteItemsCommand({ TransactItems, ...more }));

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
describe('TransactWriteItems', () => {
  it('does all of it', async () => {
    const bench = openTable({ items: ['update', 'delete', 'check'].map((p) => ({ p, s: '1', v: 1 })) });
    await run(bench, [
      put('put', ifNew),
      {
        Update: {
          ...key('update'),
          UpdateExpression: 'SET v = v + :one',
          ExpressionAttributeValues: wire({ ':one': 1 }),
        },
      },
      { Delete: key('delete') },
      { ConditionCheck: { ...key('check'), ConditionExpression: 'attribute_exists(p)' } },
    ]);
    expect(await bench.get('put', '1')).toBeDefined();
    expect(await bench.get('update', '1')).toMatchObject({ v: 2 });
    expect(await bench.get('delete', '1')).toBeUndefined();
    expect(await bench.get('check', '1')).toEqual({ p: 'check', s: '1', v: 1 });
  });

  it('does nothing when one condition fails, and says which', async () => {
    const bench = openTable({ items: [{ p: 'taken', s: '1', v: 7 }] });
    const failed = run(bench, [
      put('free', ifNew),
      put('taken', { ...ifNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      { ConditionCheck: { ...key('absent'), ConditionExpression: 'attribute_exists(p)' } },
    ]);
    await expect(failed).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed]',
      CancellationReasons: [
        { Code: 'None' },
        {
          Code: 'ConditionalCheckFailed',
          Message: 'The conditional request failed',
          Item: wire({ p: 'taken', s: '1', v: 7 }),
        },
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      ],
    });
    expect(await bench.get('free', '1')).toBeUndefined();
  });

  it('is cancelled by an update that cannot be', async () => {
    const bench = openTable({ items: [{ p: 'text', s: '1', v: 'x' }] });
    const update = {
      ...key('text'),
      UpdateExpression: 'SET v = v + :one',
      ExpressionAttributeValues: wire({ ':one': 1 }),
    };
    await expect(run(bench, [put('a'), { Update: update }])).rejects.toMatchObject({
      CancellationReasons: [
        { Code: 'None' },
        {
          Code: 'ValidationError',
          Message: 'An operand in the update expression has an incorrect data type',
        },
      ],
    });
    expect(await bench.get('a', '1')).toBeUndefined();
  });

  it('limits DynamoDB TransactWrite: takes 100 actions of 4 MB, each on another item', async () => {
    const bench = openTable();
    const many = (count: number) => Array.from({ length: count }, (_, index) => put(`p${index}`));
    await run(bench, many(100));
    await expect(run(bench, many(101))).rejects.toThrow('Member must have length less than or equal to 100');
    await expect(run(bench, [])).rejects.toThrow('Member must have length greater than or equal to 1');
    await expect(run(bench, [put('a'), { Delete: key('a') }])).rejects.toThrow(
      'Transaction request cannot include multiple operations on one item',
    );
    await expect(run(bench, [{ ...put('a'), Delete: key('b') }])).rejects.toThrow(
      'TransactItems can only contain one of Check, Put, Update or Delete',
    );
    const large = Array.from({ length: 11 }, (_, index) => ({
      Put: { TableName: 'tab', Item: wire({ p: `large${index}`, s: '1', v: 'x'.repeat(400_000) }) },
    }));
    await expect(run(bench, large)).rejects.toThrow('4 MB');
    expect(await bench.get('large0', '1')).toBeUndefined();
  });

  it('is done once for the same token within ten minutes', async () => {
    const bench = openTable({ items: [{ p: 'count', s: '1', v: 0 }] });
    const add: TransactWriteItem = {
      Update: {
        ...key('count'),
        UpdateExpression: 'ADD v :one',
        ExpressionAttributeValues: wire({ ':one': 1 }),
      },
    };
    const token = { ClientRequestToken: 'token' };
    await run(bench, [add], token);
    await bench.clock.advance(599_999);
    await run(bench, [add], token);
    expect(await bench.get('count', '1')).toMatchObject({ v: 1 });
    await expect(run(bench, [add, put('a')], token)).rejects.toMatchObject({
      name: 'IdempotentParameterMismatchException',
    });
    await bench.clock.advance(1);
    await run(bench, [add], token);
    expect(await bench.get('count', '1')).toMatchObject({ v: 2 });
  });

  it('may be tried again under its token after it was cancelled', async () => {
    const bench = openTable({ items: [{ p: 'taken', s: '1' }] });
    const token = { ClientRequestToken: 'token' };
    await expect(run(bench, [put('taken', ifNew)], token)).rejects.toThrow('Transaction cancelled');
    await run(bench, [put('taken')], token);
    expect(await bench.get('taken', '1')).toMatchObject({ v: 1 });
  });
});

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
describe('TransactGetItems', () => {
  it('gives items in the order asked, empty where there is none', async () => {
    const { dynamo } = openTable({ items: ['a', 'b'].map((p) => ({ p, s: '1', v: p })) });
    const TransactItems = [
      { Get: key('b') },
      { Get: key('none') },
      { Get: { ...key('a'), ProjectionExpression: 'v' } },
    ];
    const output = await dynamo.send(new TransactGetItemsCommand({ TransactItems }));
    expect(output.Responses?.map(({ Item }) => plain(Item))).toEqual([
      { p: 'b', s: '1', v: 'b' },
      undefined,
      { v: 'a' },
    ]);
  });
});
