import { countDigits } from './numbers.ts';
import type { AttributeValue, Item } from './values.ts';

/** Source: DynamoDB ServiceQuotas.html */
export const ITEM_BYTES_MAX = 400 * 1024;

/** Lists and maps cost three bytes and one more for each element. */
const DOCUMENT_BYTES = 3;

/** Items never change, and each is read many times for every time it is written. */
const known = new WeakMap<Item, number>();

/** The size of an item: names and values. Source: DynamoDB CapacityUnitCalculations.html */
export function itemBytes(item: Item): number {
  const measured = known.get(item);
  if (measured !== undefined) return measured;
  const bytes = attributesBytes(item);
  known.set(item, bytes);
  return bytes;
}

function attributesBytes(item: Item): number {
  let bytes = 0;
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value !== undefined) bytes += nameBytes(name) + valueBytes(value);
  }
  return bytes;
}

/** The size of one value. */
export function valueBytes(value: AttributeValue): number {
  // The commonest first.
  if ('S' in value) return textBytes(value.S);
  if ('N' in value) return numberBytes(value.N);
  if ('M' in value) return DOCUMENT_BYTES + Object.keys(value.M).length + attributesBytes(value.M);
  if ('L' in value) return DOCUMENT_BYTES + sum(value.L, (member) => 1 + valueBytes(member));
  if ('BOOL' in value || 'NULL' in value) return 1;
  if ('B' in value) return binaryBytes(value.B);
  if ('SS' in value) return sum(value.SS, textBytes);
  return 'NS' in value ? sum(value.NS, numberBytes) : sum(value.BS, binaryBytes);
}

/** Items have few names, and the same ones again and again. */
const knownNames = new Map<string, number>();
const KNOWN_NAMES_MAX = 1000;

function nameBytes(name: string): number {
  const measured = knownNames.get(name);
  if (measured !== undefined) return measured;
  if (knownNames.size >= KNOWN_NAMES_MAX) knownNames.clear();
  const bytes = textBytes(name);
  knownNames.set(name, bytes);
  return bytes;
}

function textBytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

function binaryBytes(text: string): number {
  return Buffer.byteLength(text, 'base64');
}

function numberBytes(text: string): number {
  return Math.ceil(countDigits(text) / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

function sum<Member>(members: readonly Member[], bytesOf: (member: Member) => number): number {
  let total = 0;
  for (const member of members) total += bytesOf(member);
  return total;
}
