import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { assert } from '../reconcile/errors.ts';

/** A DynamoDB item as its API gives and takes it. */
export type Attributes = Record<string, AttributeValue>;

/**
 * JSON as DynamoDB stores it: objects become maps, arrays lists, `null` NULL. As in JSON, members that are
 * undefined are left out. A set has no JSON form, so this never makes one.
 */
export function toAttributes(document: Readonly<Record<string, unknown>>): Attributes {
  const attributes: Attributes = {};
  for (const name of Object.keys(document)) {
    const value = document[name];
    if (value !== undefined) define(attributes, name, toAttribute(value));
  }
  return attributes;
}

/** A member may be called `__proto__` in somebody's JSON; assigned, it would be none. */
function define<Value>(members: Record<string, Value>, name: string, value: Value): void {
  if (name !== '__proto__') members[name] = value;
  else Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
}

/** One value in DynamoDB's form; throws for what JSON cannot hold. */
export function toAttribute(value: unknown): AttributeValue {
  if (value === null || value === undefined) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'number') {
    assert(Number.isFinite(value), `${value} cannot be stored`);
    return { N: String(value) };
  }
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  assert(typeof value === 'object', `a ${typeof value} cannot be stored`);
  return { M: toAttributes(value as Readonly<Record<string, unknown>>) };
}

/**
 * An item as plain JSON: sets become sorted arrays, binary base64. Numbers beyond what JavaScript holds
 * exactly are rounded.
 */
export function fromAttributes(item: Readonly<Attributes>): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value !== undefined) define(document, name, fromAttribute(value));
  }
  return document;
}

function fromAttribute(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.M !== undefined) return fromAttributes(value.M);
  if (value.L !== undefined) return value.L.map(fromAttribute);
  if (value.SS !== undefined) return [...value.SS].sort();
  if (value.NS !== undefined) return value.NS.map(Number).sort((a, b) => a - b);
  if (value.B !== undefined) return base64(value.B);
  if (value.BS !== undefined) return value.BS.map(base64).sort();
  return null;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/**
 * What an item of these attributes counts against DynamoDB's 400 KB, rounded up: names and texts in UTF-8,
 * at most 21 bytes a number, 3 bytes and 1 a member for maps and lists.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Readonly<Attributes>): number {
  let bytes = 0;
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value !== undefined) bytes += Buffer.byteLength(name) + attributeBytes(value);
  }
  return bytes;
}

/** What one value counts, without its name. */
export function attributeBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.min(21, Math.ceil(value.N.length / 2) + 2);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  if (value.L !== undefined) return value.L.reduce((sum, member) => sum + 1 + attributeBytes(member), 3);
  if (value.SS !== undefined) return value.SS.reduce((sum, member) => sum + Buffer.byteLength(member), 0);
  return 1;
}
