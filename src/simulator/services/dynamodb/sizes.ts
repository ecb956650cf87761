import { countDigits } from './numbers.ts';
import type { AttributeValue, Item } from './values.ts';

/** Source: DynamoDB ServiceQuotas.html */
export const ITEM_BYTES_MAX = 400 * 1024;

/** Lists and maps cost three bytes and one more for each element. */
const DOCUMENT_BYTES = 3;

/** The size of an item: names and values. Source: DynamoDB CapacityUnitCalculations.html */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + textBytes(name) + valueBytes(value), 0);
}

/** The size of one value. */
export function valueBytes(value: AttributeValue): number {
  if ('S' in value) return textBytes(value.S);
  if ('N' in value) return numberBytes(value.N);
  if ('B' in value) return binaryBytes(value.B);
  if ('SS' in value) return sum(value.SS, textBytes);
  if ('NS' in value) return sum(value.NS, numberBytes);
  if ('BS' in value) return sum(value.BS, binaryBytes);
  if ('L' in value) return DOCUMENT_BYTES + sum(value.L, (member) => 1 + valueBytes(member));
  if ('M' in value) return DOCUMENT_BYTES + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
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
  return members.reduce((total, member) => total + bytesOf(member), 0);
}
