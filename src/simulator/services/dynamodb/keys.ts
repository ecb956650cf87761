import { setMember } from '../members.ts';
import { compareValues, equalValues } from './compare.ts';
import { invalid, invalidParameter } from './errors.ts';
import { type AttributeValue, attributeOf, type Item, typeOf } from './values.ts';

/** An attribute of a key and its type. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

/** The attributes that identify an item, or order it in an index. */
export interface KeySchema {
  readonly partition: KeyAttribute;
  readonly sort?: KeyAttribute;
}

/** Source: DynamoDB ServiceQuotas.html, partition keys and sort keys */
const PARTITION_BYTES_MAX = 2048;
const SORT_BYTES_MAX = 1024;

/** The attributes of a schema, partition key first. */
export function keyAttributes(schema: KeySchema): readonly KeyAttribute[] {
  return schema.sort === undefined ? [schema.partition] : [schema.partition, schema.sort];
}

/** The key of an item that is to be stored. */
export function checkItemKey(schema: KeySchema, item: Item): void {
  checkPart(schema.partition, item, true);
  if (schema.sort !== undefined) checkPart(schema.sort, item, false);
}

function checkPart(attribute: KeyAttribute, item: Item, isPartition: boolean): void {
  const value = attributeOf(item, attribute.name);
  if (value === undefined) throw invalidParameter(`Missing the key ${attribute.name} in the item`);
  if (!(attribute.type in value)) {
    throw invalidParameter(
      `Type mismatch for key ${attribute.name} expected: ${attribute.type} actual: ${typeOf(value)}`,
    );
  }
  if (isEmpty(value)) {
    const kind = attribute.type === 'S' ? 'string' : 'binary';
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${attribute.name}`,
    );
  }
  checkSize(value, isPartition);
}

/** The key of a request: all of its attributes and no others. */
export function checkKey(schema: KeySchema, key: Item): void {
  const attributes = keyAttributes(schema);
  const fits =
    Object.keys(key).length === attributes.length &&
    attributes.every(({ name, type }) => {
      const value = attributeOf(key, name);
      return value !== undefined && type in value;
    });
  if (!fits) throw invalid('The provided key element does not match the schema');
  checkItemKey(schema, key);
}

/** Those attributes of an item that are its key. */
export function keyOf(schema: KeySchema, item: Item): Item {
  const key: Record<string, AttributeValue> = {};
  for (const { name } of keyAttributes(schema)) {
    const value = attributeOf(item, name);
    if (value !== undefined) setMember(key, name, value);
  }
  return key;
}

/** A text that is the same for the same value and no other. */
export function identify(value: AttributeValue | undefined): string {
  if (value === undefined) return '';
  if ('S' in value) return `S${value.S}`;
  return `${typeOf(value)}${String(Object.values(value)[0])}`;
}

/** A text that is the same for items of the same key. */
export function identifyKey(schema: KeySchema, item: Item): string {
  const partition = identify(attributeOf(item, schema.partition.name));
  if (schema.sort === undefined) return partition;
  // Told apart by its length, the first of two texts cannot go on into the second.
  return `${partition.length} ${partition}${identify(attributeOf(item, schema.sort.name))}`;
}

/** Whether two items have the same key. */
export function isSameKey({ partition, sort }: KeySchema, a: Item, b: Item): boolean {
  return (sort === undefined || isSame(sort, a, b)) && isSame(partition, a, b);
}

function isSame({ name }: KeyAttribute, a: Item, b: Item): boolean {
  const left = attributeOf(a, name);
  const right = attributeOf(b, name);
  return left !== undefined && right !== undefined && equalValues(left, right);
}

/** Orders items by one attribute; those without it are equal. */
export function compareBy(attribute: KeyAttribute | undefined, a: Item, b: Item): number {
  return attribute === undefined ? 0 : compareTo(attribute, a, attributeOf(b, attribute.name));
}

/** The same for an item and what another one has. */
export function compareTo(
  attribute: KeyAttribute | undefined,
  item: Item,
  right: AttributeValue | undefined,
): number {
  if (attribute === undefined || right === undefined) return 0;
  const left = attributeOf(item, attribute.name);
  return left === undefined ? 0 : (compareValues(left, right) ?? 0);
}

function isEmpty(value: AttributeValue): boolean {
  return ('S' in value && value.S === '') || ('B' in value && value.B === '');
}

function checkSize(value: AttributeValue, isPartition: boolean): void {
  // No character takes more than three bytes for each of its units.
  if ('S' in value && value.S.length * 3 <= SORT_BYTES_MAX) return;
  const bytes =
    'S' in value
      ? Buffer.byteLength(value.S, 'utf8')
      : 'B' in value
        ? Buffer.byteLength(value.B, 'base64')
        : 0;
  if (isPartition && bytes > PARTITION_BYTES_MAX) {
    throw invalidParameter(
      `Size of hashkey has exceeded the maximum size limit of${PARTITION_BYTES_MAX} bytes`,
    );
  }
  if (!isPartition && bytes > SORT_BYTES_MAX) {
    throw invalidParameter(
      `Aggregated size of all range keys has exceeded the size limit of ${SORT_BYTES_MAX} bytes`,
    );
  }
}
