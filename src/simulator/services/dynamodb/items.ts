import type { Operation } from '../../region.ts';
import { type Document, flag, text } from '../members.ts';
import { consumed, readUnits, writeUnits } from './capacity.ts';
import type { Database } from './database.ts';
import { invalid } from './errors.ts';
import { readPlaceholders } from './expressions/placeholders.ts';
import { parseProjection } from './expressions/projection.ts';
import { type Path, project, projectionOn } from './paths.ts';
import { itemBytes } from './sizes.ts';
import type { Item } from './values.ts';
import {
  evaluateWrite,
  prepareDelete,
  preparePut,
  prepareUpdate,
  readKey,
  type Write,
  type Written,
} from './writes.ts';

const RETURN_VALUES = ['NONE', 'ALL_OLD', 'UPDATED_OLD', 'ALL_NEW', 'UPDATED_NEW'];

/** Operations on one item. */
export function itemOperations(database: Database): Record<string, Operation> {
  return {
    GetItem: (input, caller) => {
      const table = database.open(input, 'GetItem', caller);
      const key = readKey(table, input);
      const shape = readProjection(input);
      const isConsistent = flag(input, 'ConsistentRead');
      const item = table.storage.get(key, database.readingAt(isConsistent));
      const units = readUnits(item === undefined ? 0 : itemBytes(item), isConsistent);
      return {
        ...(item === undefined ? {} : { Item: shape(item) }),
        ...consumed(input, table, units),
      };
    },
    PutItem: (input, caller) => {
      const wanted = readReturnValues(input, ['NONE', 'ALL_OLD']);
      return perform(database, input, preparePut(database, input, caller), wanted);
    },
    DeleteItem: (input, caller) => {
      const wanted = readReturnValues(input, ['NONE', 'ALL_OLD']);
      return perform(database, input, prepareDelete(database, input, caller), wanted);
    },
    UpdateItem: (input, caller) => {
      const wanted = readReturnValues(input, RETURN_VALUES);
      return perform(database, input, prepareUpdate(database, input, caller), wanted);
    },
  };
}

/** Reads the member ProjectionExpression: how a request wants its items cut. */
export function readProjection(input: Document): (item: Item) => Item {
  const placeholders = readPlaceholders(input, ['ProjectionExpression']);
  const source = text(input, 'ProjectionExpression');
  const paths = source === undefined ? undefined : parseProjection(source, placeholders);
  placeholders.refuseUnused();
  return paths === undefined ? (item) => item : projectionOn(paths);
}

function perform(database: Database, input: Document, write: Write, wanted: string): Document {
  const written = evaluateWrite(write);
  database.write(write.table, write.key, written.after);
  const attributes = returned(wanted, written, write.paths);
  const bytes = Math.max(...[written.before, written.after].map((item) => itemBytes(item ?? {})));
  return {
    ...(attributes === undefined || Object.keys(attributes).length === 0 ? {} : { Attributes: attributes }),
    ...consumed(input, write.table, writeUnits(bytes)),
  };
}

/** Source: DynamoDB API_UpdateItem.html, ReturnValues */
function returned(wanted: string, { before, after }: Written, paths: readonly Path[]): Item | undefined {
  if (wanted === 'ALL_OLD') return before;
  if (wanted === 'ALL_NEW') return after;
  if (wanted === 'UPDATED_OLD') return before && project(before, paths);
  return wanted === 'UPDATED_NEW' ? after && project(after, paths) : undefined;
}

function readReturnValues(input: Document, allowed: readonly string[]): string {
  const wanted = text(input, 'ReturnValues', { oneOf: RETURN_VALUES }) ?? 'NONE';
  if (allowed.includes(wanted)) return wanted;
  throw invalid('ReturnValues can only be ALL_OLD or NONE');
}
