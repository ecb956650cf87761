import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { toAttributes } from '../../src/aws/attributes.ts';
import { createAccessIndex, createIndexSearch } from '../../src/store/access.ts';
import { listAccountItems } from '../../src/store/accounts.ts';
import { type Bench, openBench } from '../simulator/kit.ts';

const TABLE = 'apppack';
const ROLE = 'arn:aws:iam::123456789012:role/user';

let bench: Bench;
let dynamodb: DynamoDBClient;

beforeEach(async () => {
  bench = openBench();
  dynamodb = new DynamoDBClient({ ...bench.client('store'), maxAttempts: 1 });
  await dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'primary_id', AttributeType: 'S' },
        { AttributeName: 'secondary_id', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'primary_id', KeyType: 'HASH' },
        { AttributeName: 'secondary_id', KeyType: 'RANGE' },
      ],
    }),
  );
  await bench.clock.advance(60_000);
});

async function put(primary_id: string, secondary_id: string, members: Record<string, unknown> = {}) {
  await dynamodb.send(
    new PutItemCommand({ TableName: TABLE, Item: toAttributes({ primary_id, secondary_id, ...members }) }),
  );
}

describe('the index of people', () => {
  it('gives apps in the shape clients know, page by page, and nobody else’s', async () => {
    const index = createAccessIndex(dynamodb, TABLE);
    for (const app of ['api', 'blog', 'shop']) {
      await put('USER#anna@example.com', `123456789012#${app}`, {
        role_arn: ROLE,
        region: 'us-east-1',
        pipeline: app === 'blog',
      });
    }
    await put('USER#ben@example.com', '123456789012#shop', { role_arn: ROLE, region: 'us-east-1' });
    const first = await index.appsOf('anna@example.com', { limit: 2 });
    expect(first.entries.map(({ name, pipeline }) => [name, pipeline])).toEqual([
      ['api', false],
      ['blog', true],
    ]);
    const rest = await index.appsOf('anna@example.com', { limit: 2, after: first.after });
    expect(rest).toEqual({
      entries: [
        { role_arn: ROLE, account_id: '123456789012', name: 'shop', region: 'us-east-1', pipeline: false },
      ],
    });
    expect(await index.appsOf('nobody@example.com', { limit: 2 })).toEqual({ entries: [] });
  });

  it('gives accounts, and leaves out what makes no sense', async () => {
    const index = createAccessIndex(dynamodb, TABLE);
    await put('ADMIN#anna@example.com', '123456789012', {
      role_arn: ROLE,
      region: 'us-east-1',
      alias: 'production',
    });
    await put('ADMIN#anna@example.com', 'everything', { role_arn: ROLE });
    await put('USER#anna@example.com', 'profile', { name: 'Anna' });
    expect((await index.accountsOf('anna@example.com', { limit: 10 })).entries).toEqual([
      { role_arn: ROLE, account_id: '123456789012', alias: 'production', region: 'us-east-1' },
    ]);
    expect((await index.appsOf('anna@example.com', { limit: 10 })).entries).toEqual([]);
  });
});

describe('a search of the index', () => {
  it('tells who has items of which mark, once for all who ask within a minute', async () => {
    await put('USER#anna@example.com', '123456789012#shop', { trimtab_owner: 'one' });
    await put('USER#ben@example.com', '123456789012#shop', { trimtab_owner: 'one' });
    await put('ADMIN#anna@example.com', '123456789012', { trimtab_owner: 'other' });
    await put('USER#chris@example.com', '123456789012#shop');
    await put('APP#shop', 'DEPLOYSTATUS', { trimtab_owner: 'one' });
    const search = createIndexSearch(dynamodb, TABLE, bench.clock);
    const people = await search();
    expect(people.state === 'found' && Object.fromEntries(people.value)).toEqual({
      one: ['anna@example.com', 'ben@example.com'],
      other: ['anna@example.com'],
    });
    await Promise.all([search(), search()]);
    const scans = () => bench.simulator.calls.filter(({ operation }) => operation === 'Scan').length;
    expect(scans()).toBe(1);
    await bench.clock.advance(60_000);
    await search();
    expect(scans()).toBe(2);
  });
});

describe('the accounts in a table', () => {
  it('are those whose item makes sense; of the others it is told', async () => {
    const role_arn = 'arn:aws:iam::222222222222:role/trimtab';
    await put('ACCT#222222222222', '-', { role_arn, external_id: 'between us', region: 'eu-central-1' });
    await put('ACCT#333333333333', '-', { role_arn: 'none', region: 'eu-central-1' });
    await put('APP#shop', 'settings');
    const told: string[] = [];
    const places = await listAccountItems(
      dynamodb,
      TABLE,
      (doing, error) => void told.push(`${doing}: ${error}`),
    );
    expect(places).toEqual([
      { account: '222222222222', region: 'eu-central-1', roleArn: role_arn, externalId: 'between us' },
    ]);
    expect(told).toEqual([expect.stringContaining('ACCT#333333333333: 0.role_arn')]);
  });
});
