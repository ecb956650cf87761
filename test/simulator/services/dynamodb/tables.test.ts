import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { openBench } from '../../kit.ts';
import { openTable, wire } from './kit.ts';

const definition: CreateTableCommandInput = {
  TableName: 'apppack',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'primary_id', AttributeType: 'S' },
    { AttributeName: 'secondary_id', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'primary_id', KeyType: 'HASH' },
    { AttributeName: 'secondary_id', KeyType: 'RANGE' },
  ],
};

function open() {
  const bench = openBench();
  return { ...bench, dynamo: new DynamoDBClient(bench.client()) };
}

describe('CreateTable', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
  it('makes a table that is ready a little later', async () => {
    const { dynamo, clock } = open();
    const { TableDescription } = await dynamo.send(new CreateTableCommand(definition));
    expect(TableDescription).toMatchObject({
      TableName: 'apppack',
      TableArn: 'arn:aws:dynamodb:us-east-1:123456789012:table/apppack',
      TableStatus: 'CREATING',
      CreationDateTime: new Date(clock.now()),
      KeySchema: definition.KeySchema,
      AttributeDefinitions: definition.AttributeDefinitions,
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      ItemCount: 0,
    });
    const put = () =>
      dynamo.send(
        new PutItemCommand({ TableName: 'apppack', Item: wire({ primary_id: 'a', secondary_id: 'b' }) }),
      );
    await expect(put()).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(dynamo.send(new DeleteTableCommand({ TableName: 'apppack' }))).rejects.toThrow(
      'Attempt to change a resource which is still in use: Table is being created: apppack',
    );
    await clock.advance(2000);
    await put();
    const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: 'apppack' }));
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE', ItemCount: 1 });
  });

  it('refuses a name that is taken', async () => {
    const { dynamo } = open();
    await dynamo.send(new CreateTableCommand(definition));
    const error = await dynamo.send(new CreateTableCommand(definition)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ResourceInUseException);
    expect(error).toMatchObject({ message: 'Table already exists: apppack' });
  });

  it.each<[string, Partial<CreateTableCommandInput>, string]>([
    [
      'a short name',
      { TableName: 'ab' },
      "at 'tableName' failed to satisfy constraint: Member must have length",
    ],
    ['a name with a blank', { TableName: 'a b c' }, 'regular expression pattern'],
    ['no throughput when provisioned', { BillingMode: 'PROVISIONED' }, 'must both be specified'],
    [
      'throughput on demand',
      { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    ],
    [
      'a key that is not defined',
      { KeySchema: [{ AttributeName: 'x', KeyType: 'HASH' }] },
      'Some index key attributes are not defined in AttributeDefinitions. Keys: [x], AttributeDefinitions: [primary_id, secondary_id]',
    ],
    [
      'definitions that are not used',
      { KeySchema: [{ AttributeName: 'primary_id', KeyType: 'HASH' }] },
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    ],
    [
      'a sort key first',
      { KeySchema: [{ AttributeName: 'primary_id', KeyType: 'RANGE' }] },
      'The first KeySchemaElement is not a HASH key type',
    ],
  ])('refuses %s', async (_what, more, message) => {
    const { dynamo } = open();
    const created = dynamo.send(new CreateTableCommand({ ...definition, ...more }));
    await expect(created).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(created).rejects.toThrow(message);
  });
});

describe('DeleteTable', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
  it('takes a moment, and leaves nothing', async () => {
    const { dynamo, clock } = openTable({ items: [{ p: 'a', s: '1' }] });
    const describeIt = () => dynamo.send(new DescribeTableCommand({ TableName: 'tab' }));
    await dynamo.send(new DeleteTableCommand({ TableName: 'tab' }));
    expect((await describeIt()).Table?.TableStatus).toBe('DELETING');
    await expect(
      dynamo.send(new PutItemCommand({ TableName: 'tab', Item: wire({ p: 'a', s: '1' }) })),
    ).rejects.toBeInstanceOf(ResourceNotFoundException);
    await clock.advance(2000);
    const error = await describeIt().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found: Table: tab not found',
    });
    expect((await dynamo.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    await dynamo.send(new CreateTableCommand({ ...definition, TableName: 'tab' }));
  });
});

describe('ListTables', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
  it('gives names in order, page by page', async () => {
    const { dynamo, service } = openTable();
    service.load({ tables: ['ccc', 'aaa', 'bbb'].map((name) => ({ name, keys: { partition: 'p' } })) });
    const first = await dynamo.send(new ListTablesCommand({ Limit: 2 }));
    expect(first).toMatchObject({ TableNames: ['aaa', 'bbb'], LastEvaluatedTableName: 'bbb' });
    const input = { Limit: 2, ExclusiveStartTableName: first.LastEvaluatedTableName };
    const second = await dynamo.send(new ListTablesCommand(input));
    expect(second.TableNames).toEqual(['ccc']);
    expect(second.LastEvaluatedTableName).toBeUndefined();
  });
});

describe('time to live', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
  const change = (dynamo: DynamoDBClient, Enabled: boolean, AttributeName = 'expires') =>
    dynamo.send(
      new UpdateTimeToLiveCommand({ TableName: 'tab', TimeToLiveSpecification: { AttributeName, Enabled } }),
    );

  it('is turned on and off, once an hour', async () => {
    const { dynamo, clock } = openTable();
    const status = async () =>
      (await dynamo.send(new DescribeTimeToLiveCommand({ TableName: 'tab' }))).TimeToLiveDescription;
    expect(await status()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    await expect(change(dynamo, false)).rejects.toThrow('TimeToLive is already disabled');
    await change(dynamo, true);
    expect(await status()).toEqual({ TimeToLiveStatus: 'ENABLING', AttributeName: 'expires' });
    await expect(change(dynamo, false)).rejects.toThrow('modified multiple times within a fixed interval');
    await clock.advance(3_600_000);
    expect(await status()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
    await expect(change(dynamo, true)).rejects.toThrow('TimeToLive is already enabled');
    await expect(change(dynamo, false, 'other')).rejects.toThrow('current AttributeName is expires');
    await change(dynamo, false);
    expect(await status()).toMatchObject({ TimeToLiveStatus: 'DISABLING' });
  });

  it('deletes expired items two days late, and shows them until then', async () => {
    const { dynamo, clock, put, get } = openTable();
    await change(dynamo, true);
    const expires = Math.floor(clock.now() / 1000) + 60;
    await put({ p: 'a', s: 'short', expires });
    await put({ p: 'a', s: 'text', expires: String(expires) });
    await put({ p: 'a', s: 'ancient', expires: 1 });
    await put({ p: 'a', s: 'none' });
    await clock.advance(86_400_000);
    expect(await get('a', 'short')).toBeDefined();
    await clock.advance(2 * 86_400_000);
    expect(await get('a', 'short')).toBeUndefined();
    for (const left of ['text', 'ancient', 'none']) expect(await get('a', left)).toBeDefined();
  });
});

describe('permissions', () => {
  it('are asked for on the table', async () => {
    const bench = openBench({
      switches: { denials: [{ action: 'dynamodb:DescribeTable', resource: '*:table/secret' }] },
    });
    const dynamo = new DynamoDBClient(bench.client());
    await expect(dynamo.send(new DescribeTableCommand({ TableName: 'secret' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(dynamo.send(new DescribeTableCommand({ TableName: 'other' }))).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    );
  });
});
