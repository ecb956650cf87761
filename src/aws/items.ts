import {
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { ABSENT, found, type Reading, unreadable } from '../reconcile/reading.ts';
import { type Attributes, fromAttributes } from './attributes.ts';
import { readMany } from './complete.ts';
import { classify } from './errors.ts';

/** Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const ITEMS_MAX = 100;

/** How often what a batch left over (16 MB, or throughput) is asked for again before it counts as throttled. */
const LEFTOVER_ROUNDS_MAX = 5;

/** An item of the table as plain JSON. */
export type Item = Readonly<Record<string, unknown>>;

/** The key of an item as one text, for maps. */
export function itemId(partition: string, sort: string): string {
  return JSON.stringify([partition, sort]);
}

/** Where the items of an account and region lie. */
export interface Tables {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  /** The installation's table, when it is another one: our own items and the index of people lie there. */
  readonly home?: DynamoDBClient | undefined;
}

/** Our own partitions, and those of people; the others are of apps. */
const HOME_ID = /^\["(?:TRIMTAB|USER|ADMIN|ACCT)#/;

/**
 * Items wherever they lie. An account that is served from elsewhere need not have a table: then there is nothing of its
 * apps.
 */
export async function getItemsOf(
  { dynamodb, table, home }: Tables,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Reading<Item>>> {
  if (home === undefined) return getItems(dynamodb, table, ids);
  const [ours, theirs] = [ids.filter((id) => HOME_ID.test(id)), ids.filter((id) => !HOME_ID.test(id))];
  const [atHome, there] = await Promise.all([
    ours.length === 0 ? [] : getItems(home, table, ours),
    theirs.length === 0 ? [] : getItems(dynamodb, table, theirs),
  ]);
  return new Map([
    ...atHome,
    ...[...there].map(([id, read]) => [id, isNoTable(read) ? ABSENT : read] as const),
  ]);
}

function isNoTable(reading: Reading<Item>): boolean {
  return reading.state === 'unreadable' && reading.failure.code === 'ResourceNotFoundException';
}

/** One item, strongly consistent. */
export async function getItem(dynamodb: DynamoDBClient, table: string, id: string): Promise<Reading<Item>> {
  try {
    const output = await dynamodb.send(
      new GetItemCommand({ TableName: table, Key: keyOf(id), ConsistentRead: true }),
    );
    return output.Item === undefined ? ABSENT : found(toItem(output.Item));
  } catch (error) {
    return unreadable(classify(error));
  }
}

/** At most a hundred items, strongly consistent, by the ids `itemId` gave; one alone is asked for by GetItem. */
export function getItems(
  dynamodb: DynamoDBClient,
  table: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Reading<Item>>> {
  return readMany(ids, async (some) => {
    const [only, ...others] = some;
    if (only !== undefined && others.length === 0)
      return new Map([[only, await getItem(dynamodb, table, only)]]);
    const shown = new Map<string, Item>();
    let keys: Attributes[] = some.map(keyOf);
    for (let round = 0; round < LEFTOVER_ROUNDS_MAX && keys.length > 0; round += 1) {
      const output = await dynamodb.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }),
      );
      for (const item of output.Responses?.[table] ?? []) shown.set(idOf(item), toItem(item));
      keys = output.UnprocessedKeys?.[table]?.Keys ?? [];
    }
    const left = new Set(keys.map(idOf));
    return new Map(some.map((id) => [id, readingOf(shown.get(id), left.has(id))]));
  });
}

function readingOf(item: Item | undefined, isLeft: boolean): Reading<Item> {
  if (item !== undefined) return found(item);
  if (!isLeft) return ABSENT;
  return unreadable({
    kind: 'throttled',
    code: 'UnprocessedKeys',
    message: `DynamoDB left the item unread ${LEFTOVER_ROUNDS_MAX} times.`,
  });
}

function keyOf(id: string): Attributes {
  // `itemId` made it of two texts.
  const [partition, sort] = JSON.parse(id) as [string, string];
  return { primary_id: { S: partition }, secondary_id: { S: sort } };
}

function idOf(item: Attributes): string {
  return itemId(item.primary_id?.S ?? '', item.secondary_id?.S ?? '');
}

/** NULL is as good as nothing to the CLI, so it is to us: members that are NULL are left out. */
function toItem(item: Attributes): Item {
  return withoutNulls(fromAttributes(item));
}

function withoutNulls(value: Item): Item {
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    members.map(([name, member]) => [name, isObject(member) ? withoutNulls(member) : member]),
  );
}

function isObject(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The last items of a partition whose sort key begins with `prefix`, last first; strongly consistent. */
export async function newestItems(
  dynamodb: DynamoDBClient,
  place: {
    readonly table: string;
    readonly partition: string;
    readonly prefix: string;
    readonly max: number;
  },
): Promise<Reading<readonly Item[]>> {
  try {
    const output = await dynamodb.send(
      new QueryCommand({
        TableName: place.table,
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: place.max,
        KeyConditionExpression: 'primary_id = :partition AND begins_with(secondary_id, :prefix)',
        ExpressionAttributeValues: { ':partition': { S: place.partition }, ':prefix': { S: place.prefix } },
      }),
    );
    return found((output.Items ?? []).map(toItem));
  } catch (error) {
    return unreadable(classify(error));
  }
}
