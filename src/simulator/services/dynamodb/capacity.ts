import { type Document, text } from '../members.ts';
import type { Table } from './table.ts';

const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;

/** Capacity units of reading `bytes`: half the price if eventually consistent. */
export function readUnits(bytes: number, isConsistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (isConsistent ? 1 : 0.5);
}

/** Capacity units of writing an item of `bytes`. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

/** The member ConsumedCapacity, if the request asks for it. Source: DynamoDB CapacityUnitCalculations.html */
export function consumed(input: Document, table: Table, units: number): Document {
  const document = consumedBy(input, table, units);
  return document === undefined ? {} : { ConsumedCapacity: document };
}

/** The same of requests that touch several tables. */
export function consumedByAll(input: Document, units: ReadonlyMap<Table, number>): Document {
  const documents = [...units].flatMap(([table, one]) => consumedBy(input, table, one) ?? []);
  return documents.length === 0 ? {} : { ConsumedCapacity: documents };
}

function consumedBy(input: Document, table: Table, units: number): Document | undefined {
  const wanted = text(input, 'ReturnConsumedCapacity', { oneOf: ['INDEXES', 'TOTAL', 'NONE'] }) ?? 'NONE';
  if (wanted === 'NONE') return undefined;
  const total = { TableName: table.schema.name, CapacityUnits: units };
  return wanted === 'TOTAL' ? total : { ...total, Table: { CapacityUnits: units } };
}
