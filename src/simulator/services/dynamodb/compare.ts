import { compareNumbers } from './numbers.ts';
import { type AttributeValue, attributeOf, type Item, typeOf } from './values.ts';

/** Orders two values of the same type S, N or B; nothing for any others. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  if ('S' in a && 'S' in b) return compareTexts(a.S, b.S);
  if ('N' in a && 'N' in b) return compareNumbers(a.N, b.N);
  if ('B' in a && 'B' in b) return Buffer.compare(Buffer.from(a.B, 'base64'), Buffer.from(b.B, 'base64'));
  return undefined;
}

/** Whether two values are the same; sets do not have an order. */
export function equalValues(a: AttributeValue, b: AttributeValue): boolean {
  if ('S' in a && 'S' in b) return a.S === b.S;
  if ('N' in a && 'N' in b) return a.N === b.N;
  if (typeOf(a) !== typeOf(b)) return false;
  if ('L' in a && 'L' in b) {
    return a.L.length === b.L.length && a.L.every((value, index) => equalAt(value, b.L[index]));
  }
  if ('M' in a && 'M' in b) return equalItems(a.M, b.M);
  const left = membersOf(a);
  const right = membersOf(b);
  if (left === undefined || right === undefined) return Object.values(a)[0] === Object.values(b)[0];
  return left.length === right.length && left.every((member) => right.includes(member));
}

/** The members of a set, as text. */
export function membersOf(value: AttributeValue): readonly string[] | undefined {
  if ('SS' in value) return value.SS;
  if ('NS' in value) return value.NS;
  return 'BS' in value ? value.BS : undefined;
}

function equalItems(a: Item, b: Item): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const value = attributeOf(a, name);
      return value !== undefined && equalAt(value, attributeOf(b, name));
    })
  );
}

function equalAt(a: AttributeValue, b: AttributeValue | undefined): boolean {
  return b !== undefined && equalValues(a, b);
}

/** Only where both texts have such a unit can the two orders differ. */
const FROM_SURROGATES = /[\ud800-\uffff]/;

/** The order of texts by their UTF-8 bytes, which differs from JavaScript's only for surrogates. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  if (!FROM_SURROGATES.test(a) || !FROM_SURROGATES.test(b)) return a < b ? -1 : 1;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for characters beyond all those of one unit. */
function rank(unit: number): number {
  const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
  return isSurrogate ? unit + 0x10000 : unit;
}
