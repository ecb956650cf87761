import { type Document, isDocument } from '../members.ts';
import { invalid, invalidParameter, unreadable } from './errors.ts';
import { normalNumber } from './numbers.ts';

/** A value as it is on the wire; binary is base64, numbers are text in normal form. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Item };

export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';

/** Attributes by name. Items are never changed in place. */
export type Item = Readonly<{ [name: string]: AttributeValue }>;

export const ATTRIBUTE_TYPES: readonly AttributeType[] = [
  'S',
  'N',
  'B',
  'BOOL',
  'NULL',
  'SS',
  'NS',
  'BS',
  'L',
  'M',
];

const KNOWN_TYPES: ReadonlySet<string> = new Set(ATTRIBUTE_TYPES);

type Text = AttributeValue & { readonly S: string };

/** Source: DynamoDB ServiceQuotas.html, nested attribute depth */
const DEPTH_MAX = 32;

/** The type of a value: the one member it has. */
export function typeOf(value: AttributeValue): AttributeType {
  return Object.keys(value)[0] as AttributeType; // The union says that it has one member, named by its type.
}

/** An attribute of an item; names such as `constructor` are no different from others. */
export function attributeOf(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Reads a map of attributes from the wire. */
export function readItem(document: Document): Item {
  return readMap(document, 0);
}

/**
 * Reads and checks one value from the wire. What is in normal form already is not copied: nobody changes the document of
 * a request. Source: API_AttributeValue.html
 */
export function readValue(document: unknown, depth = 0): AttributeValue {
  if (!isDocument(document)) throw unreadable('Unexpected value type in payload');
  if (depth > DEPTH_MAX) throw invalid('Nesting Levels have exceeded supported limits');
  const names = Object.keys(document);
  // By far the most are texts, and those are normal as they are.
  if (names.length === 1 && names[0] === 'S' && typeof document.S === 'string') return document as Text;
  const type = onlyType(document, names);
  const content = readContent(type, document[type], depth);
  const isNormal = names.length === 1 && content === document[type];
  // It has one member, named by its type, and that was just checked.
  return (isNormal ? document : { [type]: content }) as AttributeValue;
}

function onlyType(document: Document, names: readonly string[]): AttributeType {
  let found: AttributeType | undefined;
  for (const name of names) {
    if (!isType(name) || (document[name] ?? undefined) === undefined) continue;
    if (found !== undefined) {
      throw invalid(
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
      );
    }
    found = name;
  }
  if (found !== undefined) return found;
  throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
}

function isType(name: string): name is AttributeType {
  return KNOWN_TYPES.has(name);
}

function readContent(type: AttributeType, value: unknown, depth: number): unknown {
  switch (type) {
    case 'S':
      return readText(value);
    case 'N':
      return normalNumber(readText(value));
    case 'B':
      return readBinary(value);
    case 'BOOL':
      return readBoolean(value);
    case 'NULL':
      if (!readBoolean(value))
        throw invalidParameter('Null attribute value types must have the value of true');
      return true;
    case 'SS':
      return readSet(value, readText, 'An string set  may not be empty');
    case 'NS':
      return readSet(value, (one) => normalNumber(readText(one)), 'An number set  may not be empty');
    case 'BS':
      return readSet(value, readBinary, 'Binary sets should not be empty');
    case 'L':
      return readEach(readList(value), (one) => readValue(one, depth + 1));
    case 'M':
      if (!isDocument(value)) throw unreadable('Unexpected field type');
      return readMap(value, depth + 1);
  }
}

function readMap(document: Document, depth: number): Item {
  const changed: [string, AttributeValue][] = [];
  for (const name of Object.keys(document)) {
    const value = readValue(document[name], depth);
    if (value !== document[name]) changed.push([name, value]);
  }
  // Every one of its values was just checked.
  if (changed.length === 0) return document as Item;
  return { ...document, ...Object.fromEntries(changed) } as Item;
}

/** The list itself when reading changes nothing in it. */
function readEach<Read>(list: readonly unknown[], read: (one: unknown) => Read): readonly Read[] {
  const members = list.map(read);
  for (let index = 0; index < members.length; index += 1) if (members[index] !== list[index]) return members;
  // All of its members are what reading makes of them.
  return list as readonly Read[];
}

function readText(value: unknown): string {
  if (typeof value !== 'string') throw unreadable('The value cannot be converted to String');
  return value;
}

function readBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw unreadable('The value cannot be converted to Boolean');
  return value;
}

function readBinary(value: unknown): string {
  if (typeof value !== 'string') throw unreadable('only base-64-encoded strings are convertible to bytes');
  if (Buffer.from(value, 'base64').toString('base64') !== value) {
    throw unreadable('Invalid last non-pad Base64 character dectected');
  }
  return value;
}

function readList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unreadable('Unexpected field type');
  return value;
}

function readSet(value: unknown, readOne: (one: unknown) => string, whenEmpty: string): readonly string[] {
  const members = readEach(readList(value), readOne);
  if (members.length === 0) throw invalidParameter(whenEmpty);
  if (new Set(members).size === members.length) return members;
  throw invalidParameter(`Input collection [${members.join(', ')}] contains duplicates.`);
}
