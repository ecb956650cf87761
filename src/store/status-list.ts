import { BatchGetItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { type Attributes, fromAttributes, toAttribute } from '../aws/attributes.ts';
import { chunksOf } from '../aws/complete.ts';
import { ITEMS_MAX } from '../aws/items.ts';
import type { Key, Kind } from '../reconcile/key.ts';
import type { Status } from '../reconcile/status.ts';
import { decodeStatus } from './status-item.ts';
import { keyOfStatus, ownPartition, statusKey, statusPrefix } from './table.ts';

/** Pages of 1 MB; as many as a hundred thousand large statuses need. */
const PAGES_MAX = 1_000;

/** A key that was looked at before, and what is remembered of it. */
export interface KeyStatus {
  readonly key: Key;
  readonly status: Status;
}

/** What a list said of a key before, as far as it is still remembered. */
export type KnownStatus = (key: Key) => Status | undefined;

/** The table of an installation, and the account and region whose statuses are meant. */
export interface StatusPlace {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly account: string;
  readonly region: string;
}

/** Who wrote the statuses of lists that are still remembered. */
const writers = new WeakMap<Status, string>();

/**
 * All statuses of an account and region, of one kind or of every kind, by kind and name; strongly consistent. One that
 * `known` gives is given back as long as nobody of us wrote another, and is not sent again.
 */
export async function listStatuses(
  place: StatusPlace,
  kind: Kind | undefined,
  known?: KnownStatus,
): Promise<readonly KeyStatus[]> {
  const whole = async () => (await search(place, kind)).map(({ key, item }) => ({ key, status: read(item) }));
  if (known === undefined) return whole();
  const found = await search(place, kind, { only: 'secondary_id, revision, writer' });
  const same = found.map(({ key, item }) => ({ key, status: sameAs(item, known(key)) }));
  const others = same.flatMap(({ key, status }) => (status === undefined ? key : []));
  // Where most of them are new, as all are to a controller that was just started, that is less work.
  if (others.length > Math.max(ITEMS_MAX, found.length / 2)) return whole();
  const items = new Map<string, Attributes>();
  for (const some of chunksOf(others, ITEMS_MAX)) {
    const { got, isAll } = await getAll(place, some);
    // The SDK waits for a query that DynamoDB has no throughput for, and not for what a batch leaves over.
    if (!isAll) return whole();
    for (const item of got) items.set(String(item.secondary_id?.S), item);
  }
  return same.flatMap(({ key, status }) => {
    if (status !== undefined) return [{ key, status }];
    const item = items.get(statusKey(key).sort);
    // One that was there and is not any more was forgotten since.
    return item === undefined ? [] : [{ key, status: read(item) }];
  });
}

/** Every write has a token and a revision of its own, an approval a revision: with the same ones nothing else is new. */
function sameAs(item: Attributes, known: Status | undefined): Status | undefined {
  const writer = item.writer?.S;
  const isKnown = known !== undefined && writer !== undefined && writers.get(known) === writer;
  return isKnown && item.revision?.N === String(known.revision) ? known : undefined;
}

function read(item: Attributes): Status {
  const status = decodeStatus(fromAttributes(item));
  const writer = item.writer?.S;
  if (writer !== undefined) writers.set(status, writer);
  return status;
}

interface Found {
  readonly key: Key;
  readonly item: Attributes;
}

/** Items of keys, or some attributes `only`. What is no key's status is left out. */
async function search(
  { dynamodb, table, account, region }: StatusPlace,
  kind: Kind | undefined,
  { only }: { readonly only?: string } = {},
): Promise<readonly Found[]> {
  const found: Found[] = [];
  let start: Attributes | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const output = await dynamodb.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'primary_id = :partition AND begins_with(secondary_id, :prefix)',
        ExpressionAttributeValues: {
          ':partition': toAttribute(ownPartition(account, region)),
          ':prefix': toAttribute(statusPrefix(kind)),
        },
        ...(only === undefined ? {} : { ProjectionExpression: only }),
        ExclusiveStartKey: start,
      }),
    );
    for (const item of output.Items ?? []) {
      const key = keyOfStatus(account, region, String(item.secondary_id?.S));
      if (key !== undefined) found.push({ key, item });
    }
    start = output.LastEvaluatedKey;
    if (start === undefined) return found;
  }
  throw new Error(`there are more than ${PAGES_MAX} pages of statuses`);
}

/** The items of at most a hundred keys, but for those that are not there, and whether DynamoDB left over none. */
async function getAll(
  { dynamodb, table }: StatusPlace,
  wanted: readonly Key[],
): Promise<{ readonly got: readonly Attributes[]; readonly isAll: boolean }> {
  const keys = wanted.map(statusKey).map(({ partition, sort }) => ({
    primary_id: toAttribute(partition),
    secondary_id: toAttribute(sort),
  }));
  const { Responses, UnprocessedKeys } = await dynamodb.send(
    new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }),
  );
  return { got: Responses?.[table] ?? [], isAll: (UnprocessedKeys?.[table]?.Keys ?? []).length === 0 };
}
