import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, missing, structure, text } from '../members.ts';
import type { Database } from './database.ts';
import { invalid, invalidParameter } from './errors.ts';
import type { UpdateAction } from './expressions/actions.ts';
import { applyUpdate } from './expressions/apply.ts';
import { type Condition, parseCondition } from './expressions/condition.ts';
import { holds } from './expressions/evaluate.ts';
import { readPlaceholders } from './expressions/placeholders.ts';
import { parseUpdate } from './expressions/update.ts';
import { checkKey, keyAttributes, keyOf } from './keys.ts';
import type { Path } from './paths.ts';
import { ITEM_BYTES_MAX, itemBytes } from './sizes.ts';
import type { Table } from './table.ts';
import { type Item, readItem } from './values.ts';

/** One checked write, not yet done. */
export interface Write {
  readonly table: Table;
  readonly key: Item;
  readonly condition: Condition | undefined;
  /** Whether a failed condition shows the item. */
  readonly showsItem: boolean;
  /** The paths an update names. */
  readonly paths: readonly Path[];
  /** What the item becomes; nothing deletes it. */
  readonly change: (before: Item | undefined) => Item | undefined;
}

/** The outcome of a write. */
export interface Written {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** Reads and checks a request that puts an item. */
export function preparePut(database: Database, input: Document, caller: Caller): Write {
  const table = database.open(input, 'PutItem', caller);
  const item = readItem(requiredMap(input, 'Item'));
  table.check(item);
  if (itemBytes(item) > ITEM_BYTES_MAX) throw invalid('Item size has exceeded the maximum allowed size');
  const condition = readCondition(input);
  return { ...common(input, table, keyOf(table.schema.key, item)), condition, change: () => item };
}

/** Reads and checks a request that deletes an item. */
export function prepareDelete(database: Database, input: Document, caller: Caller): Write {
  const table = database.open(input, 'DeleteItem', caller);
  const key = readKey(table, input);
  return { ...common(input, table, key), condition: readCondition(input), change: () => undefined };
}

/** Reads and checks a request that only has a condition. */
export function prepareCheck(database: Database, input: Document, caller: Caller): Write {
  const table = database.open(input, 'ConditionCheckItem', caller);
  const key = readKey(table, input);
  const condition = readCondition(input);
  if (condition === undefined) throw missing('conditionExpression');
  return { ...common(input, table, key), condition, change: (before) => before };
}

/** Reads and checks a request that updates an item, or makes one. */
export function prepareUpdate(database: Database, input: Document, caller: Caller): Write {
  const table = database.open(input, 'UpdateItem', caller);
  const key = readKey(table, input);
  const placeholders = readPlaceholders(input, ['UpdateExpression', 'ConditionExpression']);
  const update = text(input, 'UpdateExpression');
  const actions = update === undefined ? [] : parseUpdate(update, placeholders);
  const source = text(input, 'ConditionExpression');
  const condition =
    source === undefined ? undefined : parseCondition('ConditionExpression', source, placeholders);
  placeholders.refuseUnused();
  refuseKeyUpdates(table, actions);
  return {
    ...common(input, table, key),
    condition,
    paths: actions.map(({ path }) => path),
    change: (before) => updated(table, before ?? key, actions),
  };
}

/** Works out what a write would do; throws when its condition does not hold. */
export function evaluateWrite(write: Write): Written {
  const before = write.table.storage.get(write.key);
  if (write.condition !== undefined && !holds(write.condition, before ?? {})) {
    throw conditionFailed(write.showsItem ? before : undefined);
  }
  return { before, after: write.change(before) };
}

/** Reads the member Key, which must be the whole key and nothing else. */
export function readKey(table: Table, input: Document): Item {
  const key = readItem(requiredMap(input, 'Key'));
  checkKey(table.schema.key, key);
  return key;
}

/** The failure of a condition. Source: DynamoDB API_PutItem.html, ReturnValuesOnConditionCheckFailure */
function conditionFailed(item: Item | undefined): AwsError {
  return new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
    extra: item === undefined ? {} : { Item: item },
  });
}

function common(input: Document, table: Table, key: Item) {
  const failure = text(input, 'ReturnValuesOnConditionCheckFailure', { oneOf: ['ALL_OLD', 'NONE'] });
  return { table, key, showsItem: failure === 'ALL_OLD', paths: [] };
}

function readCondition(input: Document): Condition | undefined {
  const placeholders = readPlaceholders(input, ['ConditionExpression']);
  const source = text(input, 'ConditionExpression');
  const condition =
    source === undefined ? undefined : parseCondition('ConditionExpression', source, placeholders);
  placeholders.refuseUnused();
  return condition;
}

function updated(table: Table, before: Item, actions: readonly UpdateAction[]): Item {
  const after = applyUpdate(before, actions);
  table.check(after);
  if (itemBytes(after) <= ITEM_BYTES_MAX) return after;
  throw invalid('Item size to update has exceeded the maximum allowed size');
}

function refuseKeyUpdates(table: Table, actions: readonly UpdateAction[]): void {
  const heads = actions.map(({ path }) => path[0]);
  const part = keyAttributes(table.schema.key).find(({ name }) => heads.includes(name));
  if (part === undefined) return;
  throw invalidParameter(`Cannot update attribute ${part.name}. This attribute is part of the key`);
}

function requiredMap(input: Document, member: string): Document {
  const map = structure(input, member);
  if (map === undefined) throw missing(member.charAt(0).toLowerCase() + member.slice(1));
  return map;
}
