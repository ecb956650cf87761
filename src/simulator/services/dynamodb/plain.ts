import { isDocument } from '../members.ts';
import { normalNumber } from './numbers.ts';
import { type AttributeValue, type Item, readValue } from './values.ts';

/** Marks a value that plain JSON has no form for: `{"$dynamodb": {"SS": ["a"]}}`. */
const MARK = '$dynamodb';

/** A value written as plain JSON. */
export function fromPlain(value: unknown): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'number') return { N: normalNumber(String(value)) };
  if (Array.isArray(value)) return { L: value.map(fromPlain) };
  if (!isDocument(value)) throw new Error(`${String(value)} is no JSON value`);
  if (Object.keys(value).length === 1 && Object.hasOwn(value, MARK)) return readValue(value[MARK]);
  return { M: itemFromPlain(value) };
}

/** An item written as plain JSON. */
export function itemFromPlain(document: Readonly<Record<string, unknown>>): Item {
  return Object.fromEntries(Object.entries(document).map(([name, value]) => [name, fromPlain(value)]));
}

/** A value as plain JSON where that loses nothing. */
export function toPlain(value: AttributeValue): unknown {
  if ('S' in value) return value.S;
  if ('BOOL' in value) return value.BOOL;
  if ('NULL' in value) return null;
  if ('N' in value && isExact(value.N)) return Number(value.N);
  if ('L' in value) return value.L.map(toPlain);
  if ('M' in value && !(Object.keys(value.M).length === 1 && Object.hasOwn(value.M, MARK))) {
    return itemToPlain(value.M);
  }
  return { [MARK]: value };
}

/** An item as plain JSON. */
export function itemToPlain(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toPlain(value)]));
}

/** Whether a JSON number keeps every digit. */
function isExact(text: string): boolean {
  return normalNumber(String(Number(text))) === text;
}
