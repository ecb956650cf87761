import { type DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { type Attributes, fromAttributes, toAttribute } from '../aws/attributes.ts';
import { classify } from '../aws/errors.ts';
import type { Clock } from '../reconcile/ports.ts';
import { found, type Reading, unreadable } from '../reconcile/reading.ts';
import {
  administratorPartition,
  emailOfPartition,
  type Item,
  OWNER_ATTRIBUTE,
  userPartition,
} from './table.ts';

/** Pages of 1 MB; a table of 5 GB is looked through. */
const SEARCH_PAGES_MAX = 5_000;

/** So long what one look through the table found is taken for true by others who ask. */
const SEARCH_FRESH_MS = 60_000;

/** What a person may open, as clients read it. */
export interface AppEntry {
  readonly role_arn: string;
  readonly account_id: string;
  readonly name: string;
  readonly region: string;
  readonly pipeline: boolean;
}

export interface AccountEntry {
  readonly role_arn: string;
  readonly account_id: string;
  readonly alias: string;
  readonly region: string;
}

/** Part of a list; `after` is where the next part goes on. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly after?: string;
}

export interface PageWish {
  readonly limit: number;
  /** `after` of the page before. */
  readonly after?: string | undefined;
}

/** Answers "what is there for me?". Reads are strongly consistent. */
export interface AccessIndex {
  appsOf(email: string, wish: PageWish): Promise<Page<AppEntry>>;
  accountsOf(email: string, wish: PageWish): Promise<Page<AccountEntry>>;
}

interface Place {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
}

export function createAccessIndex(dynamodb: DynamoDBClient, table: string): AccessIndex {
  const place = { dynamodb, table };
  return {
    appsOf: (email, wish) => readPage(place, userPartition(email), wish, toApp),
    accountsOf: (email, wish) => readPage(place, administratorPartition(email), wish, toAccount),
  };
}

async function readPage<Entry>(
  { dynamodb, table }: Place,
  partition: string,
  { limit, after }: PageWish,
  read: (sort: string, item: Item) => Entry | undefined,
): Promise<Page<Entry>> {
  const key = (sort: string) => ({ primary_id: toAttribute(partition), secondary_id: toAttribute(sort) });
  const output = await dynamodb.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'primary_id = :partition',
      ExpressionAttributeValues: { ':partition': toAttribute(partition) },
      Limit: limit,
      ExclusiveStartKey: after === undefined ? undefined : key(after),
    }),
  );
  const entries = (output.Items ?? []).map(fromAttributes).flatMap((item) => {
    const entry = read(String(item.secondary_id), item);
    return entry === undefined ? [] : [entry];
  });
  const next = output.LastEvaluatedKey?.secondary_id?.S;
  return { entries, ...(next === undefined ? {} : { after: next }) };
}

/** Undefined for items that somebody else put there and that name no app. */
function toApp(sort: string, item: Item): AppEntry | undefined {
  const [, account, name] = /^(\d{12})#(.+)$/s.exec(sort) ?? [];
  if (account === undefined || name === undefined) return undefined;
  return {
    role_arn: textOf(item.role_arn),
    account_id: account,
    name,
    region: textOf(item.region),
    pipeline: item.pipeline === true,
  };
}

function toAccount(sort: string, item: Item): AccountEntry | undefined {
  if (!/^\d{12}$/.test(sort)) return undefined;
  return {
    role_arn: textOf(item.role_arn),
    account_id: sort,
    alias: textOf(item.alias),
    region: textOf(item.region),
  };
}

function textOf(member: unknown): string {
  return typeof member === 'string' ? member : '';
}

/**
 * Looks through the whole table for items with an owner's mark, and tells who has some of which owner. Callers within
 * a minute share one look.
 */
export function createIndexSearch(
  dynamodb: DynamoDBClient,
  table: string,
  clock: Clock,
): () => Promise<Reading<ReadonlyMap<string, readonly string[]>>> {
  let last: { readonly at: number; readonly read: ReturnType<typeof search> } | undefined;
  return () => {
    const now = clock.now();
    if (last === undefined || now >= last.at + SEARCH_FRESH_MS)
      last = { at: now, read: search({ dynamodb, table }) };
    return last.read;
  };
}

async function search({ dynamodb, table }: Place): Promise<Reading<ReadonlyMap<string, readonly string[]>>> {
  const people = new Map<string, string[]>();
  let start: Attributes | undefined;
  try {
    for (let page = 0; page < SEARCH_PAGES_MAX; page += 1) {
      const output = await dynamodb.send(new ScanCommand({ ...scanOf(table), ExclusiveStartKey: start }));
      for (const item of output.Items ?? []) note(people, fromAttributes(item));
      start = output.LastEvaluatedKey;
      if (start === undefined) return found(people);
    }
  } catch (error) {
    return unreadable(classify(error));
  }
  return unreadable({
    kind: 'refused',
    code: 'TooManyPages',
    message: `${table} is too large to look through.`,
  });
}

function scanOf(table: string) {
  return {
    TableName: table,
    ConsistentRead: true,
    FilterExpression:
      '(begins_with(primary_id, :user) OR begins_with(primary_id, :admin)) AND attribute_exists(#owner)',
    ProjectionExpression: 'primary_id, #owner',
    ExpressionAttributeNames: { '#owner': OWNER_ATTRIBUTE },
    ExpressionAttributeValues: {
      ':user': toAttribute(userPartition('')),
      ':admin': toAttribute(administratorPartition('')),
    },
  };
}

function note(people: Map<string, string[]>, item: Item): void {
  const email = emailOfPartition(String(item.primary_id));
  const owner = item[OWNER_ATTRIBUTE];
  if (email === undefined || typeof owner !== 'string') return;
  const known = people.get(owner);
  if (known === undefined) people.set(owner, [email]);
  else known.push(email);
}
