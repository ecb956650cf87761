import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { beforeEach, describe, expect, it } from 'vitest';
import { fromAttributes, toAttributes } from '../../src/aws/attributes.ts';
import { StatusConflictError } from '../../src/reconcile/errors.ts';
import type { Key } from '../../src/reconcile/key.ts';
import { EMPTY_STATUS, type Status } from '../../src/reconcile/status.ts';
import { dynamoDbAmong } from '../../src/simulator/services/dynamodb/index.ts';
import { createStatusStore } from '../../src/store/status.ts';
import { serviceIndexKey } from '../../src/store/table.ts';
import { type Bench, DEFAULT_ACCOUNT, DEFAULT_REGION, openBench } from '../simulator/kit.ts';

const TABLE = 'apppack';
const SHOP: Key = { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION, kind: 'app', name: 'shop' };
const STATUS: Status = {
  ...EMPTY_STATUS,
  memory: { claims: ['shop-web'], baseline: null },
  wake: { at: 5, token: 'soon' },
  updatedAt: 1,
};

let bench: Bench;
let dynamodb: DynamoDBClient;

beforeEach(async () => {
  bench = openBench();
  // Two attempts, as in production: a lost answer makes the SDK send the same request again.
  const retryStrategy = new ConfiguredRetryStrategy(2, () => 0);
  dynamodb = new DynamoDBClient({ ...bench.client('store'), retryStrategy });
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

/** A store as one replica has it; tokens of two replicas never meet. */
function openStore(replica = 'a') {
  let tokens = 0;
  return createStatusStore(dynamodb, TABLE, {
    account: DEFAULT_ACCOUNT,
    region: DEFAULT_REGION,
    newToken: () => {
      tokens += 1;
      return `${replica}${tokens}`;
    },
  });
}

function addressOf(key: { partition: string; sort: string }) {
  return { TableName: TABLE, Key: toAttributes({ primary_id: key.partition, secondary_id: key.sort }) };
}

const SHOP_ITEM = addressOf({
  partition: `TRIMTAB#${DEFAULT_ACCOUNT}/${DEFAULT_REGION}`,
  sort: 'STATUS#app#shop',
});

async function storedShop() {
  const { Item } = await dynamodb.send(new GetItemCommand({ ...SHOP_ITEM, ConsistentRead: true }));
  return Item === undefined ? undefined : fromAttributes(Item);
}

describe('statuses', () => {
  it('of a key nobody looked at is empty', async () => {
    expect(await openStore().read(SHOP)).toEqual(EMPTY_STATUS);
  });

  it('come back as they were written, one revision on', async () => {
    const store = openStore();

    const first = await store.write(SHOP, STATUS);
    const second = await store.write(SHOP, { ...first, synced: true });

    expect(first).toEqual({ ...STATUS, revision: 1 });
    expect(await store.read(SHOP)).toEqual(second);
    expect(second.revision).toBe(2);
  });

  it('lose the members they no longer have', async () => {
    const store = openStore();
    const first = await store.write(SHOP, STATUS);

    await store.write(SHOP, { ...first, wake: undefined, memory: undefined });

    expect((await store.read(SHOP)).wake).toBeUndefined();
    expect(await storedShop()).not.toHaveProperty('wake');
  });

  it('leave alone what somebody else put beside them', async () => {
    const store = openStore();
    const first = await store.write(SHOP, STATUS);
    await dynamodb.send(
      new UpdateItemCommand({
        ...SHOP_ITEM,
        UpdateExpression: 'SET note = :note',
        ExpressionAttributeValues: toAttributes({ ':note': { by: 'a person' } }),
      }),
    );

    await store.write(SHOP, first);

    expect(await storedShop()).toMatchObject({ note: { by: 'a person' }, revision: 2 });
    expect(await store.read(SHOP)).toEqual({ ...STATUS, revision: 2 });
  });

  it('are not written over a revision that was not read', async () => {
    const store = openStore();
    const read = await store.write(SHOP, STATUS);
    await openStore('b').write(SHOP, { ...read, attempts: 7 });

    await expect(store.write(SHOP, read)).rejects.toThrow(StatusConflictError);
    await expect(store.write(SHOP, STATUS)).rejects.toThrow(StatusConflictError);

    expect(await store.read(SHOP)).toMatchObject({ attempts: 7, revision: 2 });
  });

  it.each<[string, AttributeValue]>([
    ['a text', { S: '12' }],
    ['nothing', { NULL: true }],
    ['zero', { N: '0' }],
    ['less than zero', { N: '-3' }],
    ['more than anybody can count', { N: '1e30' }],
  ])(
    'whose revision a hand made %s count as never written, and are written over once',
    async (_what, damage) => {
      const store = openStore();
      const read = await store.write(SHOP, STATUS);
      const update = { ...SHOP_ITEM, UpdateExpression: 'SET revision = :damage' };
      await dynamodb.send(
        new UpdateItemCommand({ ...update, ExpressionAttributeValues: { ':damage': damage } }),
      );

      const damaged = await store.read(SHOP);
      expect(damaged).toEqual({ ...STATUS, revision: 0 });
      await expect(store.write(SHOP, read)).rejects.toThrow(StatusConflictError);
      expect(await store.write(SHOP, damaged)).toMatchObject({ revision: 1 });
      await expect(openStore('b').write(SHOP, damaged)).rejects.toThrow(StatusConflictError);
    },
  );

  it('of two replicas that write the same thing at once, one is refused', async () => {
    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((replica) => openStore(replica).write(SHOP, STATUS)),
    );

    expect(outcomes.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await storedShop())?.revision).toBe(1);
  });

  it('whose answer was lost count as written, though the repeated request is refused', async () => {
    const store = openStore();
    const first = await store.write(SHOP, STATUS);
    bench.simulator.switches.faults.push({ kind: 'lostResponse', operation: 'UpdateItem', times: 1 });

    const second = await store.write(SHOP, { ...first, synced: true });

    expect(second).toEqual({ ...STATUS, synced: true, revision: 2 });
    expect(await store.read(SHOP)).toEqual(second);
  });

  it('written by another after an answer was lost are a conflict', async () => {
    const store = openStore();
    const first = await store.write(SHOP, STATUS);
    const other = openStore('b');
    const update = { ...SHOP_ITEM, UpdateExpression: 'SET revision = :two, writer = :other' };
    bench.simulator.switches.faults.push({
      kind: 'reset',
      operation: 'UpdateItem',
      times: 1,
      when: (input) => !String(input.UpdateExpression).startsWith('SET revision'),
    });
    const writing = store.write(SHOP, first);
    await dynamodb.send(
      new UpdateItemCommand({
        ...update,
        ExpressionAttributeValues: toAttributes({ ':two': 2, ':other': 'b1' }),
      }),
    );

    await expect(writing).rejects.toThrow('somebody else wrote the status');
    expect((await other.read(SHOP)).revision).toBe(2);
  });

  it('that cannot be stored fail with what was being done', async () => {
    bench.simulator.switches.faults.push({ kind: 'denied', service: 'dynamodb' });

    await expect(openStore().write(SHOP, STATUS)).rejects.toThrow(
      /^writing the status of 123456789012\/us-east-1\/app\/shop: /,
    );
  });
});

describe('forgetting a key', () => {
  it('takes its status away, and doing it again changes nothing', async () => {
    const store = openStore();
    const written = await store.write(SHOP, STATUS);

    await store.remove(SHOP, written);
    await store.remove(SHOP, written);

    expect(await storedShop()).toBeUndefined();
  });

  it('is refused when somebody wrote since it was read', async () => {
    const store = openStore();
    const written = await store.write(SHOP, STATUS);
    await store.write(SHOP, written);

    await expect(store.remove(SHOP, written)).rejects.toThrow(StatusConflictError);
    expect((await store.read(SHOP)).revision).toBe(2);
  });

  it('survives a lost answer', async () => {
    const store = openStore();
    const written = await store.write(SHOP, STATUS);
    bench.simulator.switches.faults.push({ kind: 'lostResponse', operation: 'DeleteItem', times: 1 });

    await store.remove(SHOP, written);

    expect(await storedShop()).toBeUndefined();
  });
});

describe('listing statuses', () => {
  it('gives those of one kind, or all, to the last page', async () => {
    const store = openStore();
    const memory = { text: 'x'.repeat(300 * 1024) };
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await store.write({ ...SHOP, name }, { ...STATUS, memory });
    }
    await store.write({ ...SHOP, kind: 'sweep', name: 'all' }, STATUS);

    const apps = await store.list('app');
    const all = await store.list();

    expect(apps.map(({ key }) => key.name)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(apps.every(({ status }) => status.revision === 1)).toBe(true);
    expect(all.map(({ key }) => key.kind)).toEqual(['app', 'app', 'app', 'app', 'app', 'sweep']);
    const queries = bench.simulator.calls.filter((call) => call.operation === 'Query');
    expect(queries.length).toBeGreaterThan(2);
  });

  it('gives back the same status until somebody writes or approves another, or forgets it', async () => {
    const store = openStore();
    await store.write(SHOP, STATUS);
    const list = async (known?: Status) => (await store.list('app', () => known))[0]?.status;
    const first = await list();

    expect(await list(first)).toBe(first);
    await store.approve(SHOP, 'digest');
    const approved = await list(first);
    expect(approved).toMatchObject({ revision: 2, approved: 'digest' });
    expect(await list(approved)).toBe(approved);
    await store.remove(SHOP, approved ?? STATUS);
    await store.write(SHOP, { ...STATUS, revision: 0 });
    expect(await list(first)).not.toBe(first);
    expect(await list(first)).toEqual(first);
  });

  it('asks only for those that are not the same any more', async () => {
    const store = openStore();
    const keys = ['a', 'b', 'c'].map((name) => ({ ...SHOP, name }));
    for (const key of keys) await store.write(key, STATUS);
    let known = new Map<string, Status>();
    const list = async () => {
      const listed = await store.list('app', ({ name }) => known.get(name));
      known = new Map(listed.map(({ key, status }) => [key.name, status]));
      return listed;
    };
    await list();
    const [, second] = keys;
    if (second !== undefined) await store.write(second, { ...STATUS, revision: 1, attempts: 7 });
    bench.simulator.calls.length = 0;

    const listed = await list();

    expect(listed.map(({ key, status }) => [key.name, status.revision, status.attempts])).toEqual([
      ['a', 1, STATUS.attempts],
      ['b', 2, 7],
      ['c', 1, STATUS.attempts],
    ]);
    const asked = bench.simulator.calls.map(({ operation, input }) => [operation, input]);
    expect(asked).toMatchObject([
      ['Query', { ProjectionExpression: 'secondary_id, revision, writer' }],
      ['BatchGetItem', { RequestItems: { [TABLE]: { Keys: [{}] } } }],
    ]);
    bench.simulator.calls.length = 0;
    await list();
    expect(bench.simulator.calls.map(({ operation }) => operation)).toEqual(['Query']);
  });

  it('takes all at once when DynamoDB leaves some of a batch over', async () => {
    const store = openStore();
    for (const name of ['a', 'b', 'c']) await store.write({ ...SHOP, name }, STATUS);
    dynamoDbAmong(bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION)).batches.itemsMax = 1;
    const listed = await store.list('app', () => undefined);
    expect(listed.map(({ key, status }) => [key.name, status.revision])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
  });

  it('takes all at once when most of very many are new', async () => {
    const store = openStore();
    for (let index = 0; index < 101; index += 1) await store.write({ ...SHOP, name: `app-${index}` }, STATUS);
    bench.simulator.calls.length = 0;
    const first = await store.list('app', () => undefined);
    expect(first).toHaveLength(101);
    expect(bench.simulator.calls.map(({ operation }) => operation)).toEqual(['Query', 'Query']);
    await store.write({ ...SHOP, name: 'app-100' }, { ...STATUS, revision: 1, attempts: 7 });
    bench.simulator.calls.length = 0;
    const known = new Map(first.map(({ key, status }) => [key.name, status]));
    const next = await store.list('app', ({ name }) => known.get(name));
    expect(next.filter(({ status }) => status.attempts === 7).map(({ key }) => key.name)).toEqual([
      'app-100',
    ]);
    expect(bench.simulator.calls.map(({ operation }) => operation)).toEqual(['Query', 'BatchGetItem']);
  });

  it('leaves out what is no status', async () => {
    const index = serviceIndexKey(DEFAULT_ACCOUNT, DEFAULT_REGION, 'main', 'shop-web');
    const { Key: address } = addressOf(index);
    await dynamodb.send(new PutItemCommand({ TableName: TABLE, Item: { ...address } }));

    expect(await openStore().list()).toEqual([]);
  });
});

describe('approving a plan', () => {
  it('records its digest, and a pass that is under way conflicts', async () => {
    const store = openStore();
    const underWay = await store.write(SHOP, STATUS);

    expect(await store.approve(SHOP, 'digest')).toBe(true);

    expect(await store.read(SHOP)).toEqual({ ...STATUS, approved: 'digest', revision: 2 });
    await expect(store.write(SHOP, underWay)).rejects.toThrow(StatusConflictError);
  });

  it('of a key nobody looked at does nothing', async () => {
    expect(await openStore().approve(SHOP, 'digest')).toBe(false);
    expect(await storedShop()).toBeUndefined();
  });
});

describe('who claims a service', () => {
  it('is what its app recorded, and nobody otherwise', async () => {
    const index = serviceIndexKey(DEFAULT_ACCOUNT, DEFAULT_REGION, 'main', 'shop-web');
    const { Key: address } = addressOf(index);
    await dynamodb.send(new PutItemCommand({ TableName: TABLE, Item: { ...address, app: { S: 'shop' } } }));

    expect(await openStore().appsOfService('main', 'shop-web')).toEqual(['shop']);
    expect(await openStore().appsOfService('main', 'blog-web')).toEqual([]);
  });
});
