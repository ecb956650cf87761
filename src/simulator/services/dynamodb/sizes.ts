import { memo } from '../../memo.ts';
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

function attributesBytes(item: Item, base = 0, each = 0): number {
  let bytes = base;
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value !== undefined) bytes += each + nameBytes(name) + valueBytes(value);
  }
  return bytes;
}

interface Contents {
  readonly S?: string;
  readonly N?: string;
  readonly M?: Item;
  readonly L?: readonly AttributeValue[];
  readonly B?: string;
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly string[];
  readonly BOOL?: boolean;
  readonly NULL?: true;
}

/** The size of one value. */
function valueBytes(value: AttributeValue): number {
  // The commonest first, and by members, which is faster than to ask whether there are such.
  const contents: Contents = value;
  if (contents.S !== undefined) return textBytes(contents.S);
  if (contents.N !== undefined) return numberBytes(contents.N);
  if (contents.M !== undefined) return attributesBytes(contents.M, DOCUMENT_BYTES, 1);
  if (contents.L !== undefined) return DOCUMENT_BYTES + sum(contents.L, memberBytes);
  if (contents.B !== undefined) return binaryBytes(contents.B);
  if (contents.SS !== undefined) return sum(contents.SS, textBytes);
  if (contents.NS !== undefined) return sum(contents.NS, numberBytes);
  return contents.BS === undefined ? 1 : sum(contents.BS, binaryBytes);
}

function memberBytes(member: AttributeValue): number {
  return 1 + valueBytes(member);
}

/** Items have few names, and the same ones again and again. */
const nameBytes = memo(1000, textBytes);

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
