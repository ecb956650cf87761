import type { AwsError } from '../../errors.ts';
import type { Caller, Operation } from '../../region.ts';
import { type Document, flag, isDocument, missing, structure, structures } from '../members.ts';
import { consumedByAll, readUnits, writeUnits } from './capacity.ts';
import { type Database, readTableName } from './database.ts';
import { invalid, unreadable } from './errors.ts';
import { readProjection } from './items.ts';
import { checkKey, identifyKey, isSameKey } from './keys.ts';
import { itemBytes } from './sizes.ts';
import { inScanOrder } from './storage.ts';
import type { Table } from './table.ts';
import { type Item, readItem } from './values.ts';
import { prepareDelete, preparePut, type Write } from './writes.ts';

const GETS_MAX = 100;
const WRITES_MAX = 25;
const RESPONSE_BYTES_MAX = 16 * 1024 * 1024;

/** How much of a batch is done in one call; the rest comes back as unprocessed. */
export interface BatchShare {
  /** Items of one call at most; all of them unless set. */
  itemsMax: number;
}

interface Get {
  readonly table: Table;
  readonly tableName: string;
  readonly request: Document;
  readonly keyDocument: Document;
  readonly key: Item;
  readonly isConsistent: boolean;
  readonly shape: (item: Item) => Item;
}

interface BatchedWrite {
  readonly tableName: string;
  readonly document: Document;
  readonly write: Write;
}

/** BatchGetItem and BatchWriteItem: no order, no atomicity, and perhaps not everything at once. */
export function batchOperations(database: Database, share: BatchShare): Record<string, Operation> {
  return {
    BatchGetItem: (input, caller) => batchGet(database, input, caller, share),
    BatchWriteItem: (input, caller) => batchWrite(database, input, caller, share),
  };
}

/** Source: DynamoDB API_BatchGetItem.html */
function batchGet(database: Database, input: Document, caller: Caller, share: BatchShare): Document {
  const gets = tablesOf(input).flatMap(([name, request]) => readGets(database, name, request, caller));
  if (gets.length > GETS_MAX) throw invalid('Too many items requested for the BatchGetItem call');
  const ordered = shuffled(gets);
  refuseDuplicateGets(ordered);
  const responses = new Map<string, Item[]>();
  const units = new Map<Table, number>();
  const unprocessed: Get[] = [];
  let bytes = 0;
  let count = 0;
  for (const get of ordered) {
    const item = get.table.storage.get(get.key, database.readingAt(get.isConsistent));
    const size = item === undefined ? 0 : itemBytes(item);
    if (count >= share.itemsMax || bytes + size > RESPONSE_BYTES_MAX) {
      unprocessed.push(get);
      continue;
    }
    count += 1;
    bytes += size;
    units.set(get.table, (units.get(get.table) ?? 0) + readUnits(size, get.isConsistent));
    const found = responses.get(get.tableName) ?? [];
    responses.set(get.tableName, found);
    if (item !== undefined) found.push(get.shape(item));
  }
  return {
    Responses: Object.fromEntries(responses),
    UnprocessedKeys: unprocessedKeys(unprocessed),
    ...consumedByAll(input, units),
  };
}

function readGets(database: Database, tableName: string, request: Document, caller: Caller): readonly Get[] {
  const table = database.openPart(tableName, request, 'BatchGetItem', caller);
  const keys = structures(request, 'Keys', { min: 1, max: GETS_MAX });
  if (keys === undefined) throw missing(`requestItems.${tableName}.member.keys`);
  const shape = readProjection(request);
  const isConsistent = flag(request, 'ConsistentRead');
  return keys.map((keyDocument) => {
    const key = readItem(keyDocument);
    checkKey(table.schema.key, key);
    return { table, tableName, request, keyDocument, key, isConsistent, shape };
  });
}

function unprocessedKeys(gets: readonly Get[]): Document {
  const byTable = new Map<string, { request: Document; keys: Document[] }>();
  for (const { tableName, request, keyDocument } of gets) {
    const entry = byTable.get(tableName) ?? { request, keys: [] };
    entry.keys.push(keyDocument);
    byTable.set(tableName, entry);
  }
  return Object.fromEntries(
    [...byTable].map(([name, { request, keys }]) => [name, { ...request, Keys: keys }]),
  );
}

/** Source: DynamoDB API_BatchWriteItem.html */
function batchWrite(database: Database, input: Document, caller: Caller, share: BatchShare): Document {
  const lists = Object.entries(requestItems(input)).map(([name, list]) => [name, readList(list)] as const);
  const total = lists.reduce((sum, [, list]) => sum + list.length, 0);
  if (total > WRITES_MAX) throw invalid('Too many items requested for the BatchWriteItem call');
  const writes = lists.flatMap(([tableName, list]) =>
    list.map((document): BatchedWrite => {
      return { tableName, document, write: readWrite(database, tableName, document, caller) };
    }),
  );
  refuseDuplicates(writes.map(({ write }) => write));
  const done = writes.slice(0, share.itemsMax);
  const units = new Map<Table, number>();
  for (const { write } of done) {
    const after = write.change(undefined);
    const bytes = itemBytes(after ?? write.table.storage.get(write.key) ?? {});
    units.set(write.table, (units.get(write.table) ?? 0) + writeUnits(bytes));
    database.write(write.table, write.key, after);
  }
  return {
    UnprocessedItems: unprocessedItems(writes.slice(share.itemsMax)),
    ...consumedByAll(input, units),
  };
}

function readWrite(database: Database, tableName: string, document: Document, caller: Caller): Write {
  const put = structure(document, 'PutRequest');
  const remove = structure(document, 'DeleteRequest');
  if ((put === undefined) === (remove === undefined)) {
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  // Only what a batch knows: conditions are not among it.
  if (put !== undefined) {
    return preparePut(database, { Item: put.Item, TableName: tableName }, caller);
  }
  return prepareDelete(database, { Key: remove?.Key, TableName: tableName }, caller);
}

function unprocessedItems(writes: readonly BatchedWrite[]): Document {
  const byTable = new Map<string, Document[]>();
  for (const { tableName, document } of writes) {
    byTable.set(tableName, [...(byTable.get(tableName) ?? []), document]);
  }
  return Object.fromEntries(byTable);
}

/** Items of a batch come back in no order anyone can rely on. */
function shuffled(gets: readonly Get[]): readonly Get[] {
  const tables = new Set(gets.map(({ table }) => table));
  const [only] = tables;
  if (tables.size === 1 && only !== undefined) return inScanOrder(only.schema.key, gets);
  return [...tables].flatMap((table) =>
    inScanOrder(
      table.schema.key,
      gets.filter((get) => get.table === table),
    ),
  );
}

function refuseDuplicates(requests: readonly { readonly table: Table; readonly key: Item }[]): void {
  if (requests.length < 2) return;
  const identities = requests.map(({ table, key }) => `${table.id} ${identifyKey(table.schema.key, key)}`);
  if (new Set(identities).size < identities.length) throw duplicates();
}

/** In the order of a scan the same keys stand side by side. */
function refuseDuplicateGets(gets: readonly Get[]): void {
  for (let index = 1; index < gets.length; index += 1) {
    const [before, after] = [gets[index - 1], gets[index]];
    if (before === undefined || after === undefined || before.table !== after.table) continue;
    if (isSameKey(before.table.schema.key, before.key, after.key)) throw duplicates();
  }
}

function duplicates(): AwsError {
  return invalid('Provided list of item keys contains duplicates');
}

function requestItems(input: Document): Document {
  const items = structure(input, 'RequestItems');
  if (items === undefined) throw missing('requestItems');
  if (Object.keys(items).length > 0) return items;
  throw invalid(
    "1 validation error detected: Value {} at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
  );
}

function tablesOf(input: Document): readonly (readonly [string, Document])[] {
  return Object.entries(requestItems(input)).map(([name, request]) => {
    if (!isDocument(request)) throw unreadable('Unexpected value type in payload');
    return [readTableName({ TableName: name }), request] as const;
  });
}

function readList(list: unknown): readonly Document[] {
  return structures({ list }, 'list', { min: 1, max: WRITES_MAX }) ?? [];
}
