import { type Document, requiredText, structure, structures, text, texts, wholeNumber } from '../members.ts';
import { invalid, invalidParameter } from './errors.ts';
import { type KeyAttribute, type KeySchema, keyAttributes } from './keys.ts';

/** Which attributes an index gives. */
export interface Projection {
  readonly type: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  readonly attributes: readonly string[];
}

export interface IndexSchema {
  readonly name: string;
  readonly kind: 'global' | 'local';
  readonly key: KeySchema;
  readonly projection: Projection;
}

/** What a table is like; nothing of it changes after creation. */
export interface TableSchema {
  readonly name: string;
  readonly key: KeySchema;
  readonly indexes: readonly IndexSchema[];
  /** Capacity units bought; none of it means on demand. */
  readonly provisioned?: { readonly read: number; readonly write: number };
}

const NAME = { min: 3, max: 255, pattern: /^[a-zA-Z0-9_.-]+$/ };

/** Reads the request of CreateTable. Source: DynamoDB API_CreateTable.html */
export function readTableSchema(input: Document): TableSchema {
  const name = requiredText(input, 'TableName', NAME);
  const types = readTypes(input);
  const key = readKeySchema(input, types);
  const indexes = [
    ...(structures(input, 'LocalSecondaryIndexes') ?? []).map((index) => readIndex(index, 'local', types)),
    ...(structures(input, 'GlobalSecondaryIndexes') ?? []).map((index) => readIndex(index, 'global', types)),
  ];
  for (const index of indexes) checkIndex(index, key);
  const schema = { name, key, indexes, ...readBilling(input) };
  refuseIdle(types, schema);
  return schema;
}

/** The attribute definitions of a table, as DescribeTable lists them. */
export function definitionsOf(schema: TableSchema): readonly Document[] {
  const attributes = [schema.key, ...schema.indexes.map(({ key }) => key)].flatMap(keyAttributes);
  const byName = new Map(attributes.map(({ name, type }) => [name, type]));
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}

/** A key schema on the wire. */
export function describeKey({ partition, sort }: KeySchema): readonly Document[] {
  return [
    { AttributeName: partition.name, KeyType: 'HASH' },
    ...(sort === undefined ? [] : [{ AttributeName: sort.name, KeyType: 'RANGE' }]),
  ];
}

function readTypes(input: Document): ReadonlyMap<string, KeyAttribute['type']> {
  const definitions = structures(input, 'AttributeDefinitions') ?? [];
  return new Map(
    definitions.map((definition) => {
      const name = requiredText(definition, 'AttributeName', { min: 1, max: 255 });
      const type = requiredText(definition, 'AttributeType', { oneOf: ['S', 'N', 'B'] });
      return [name, type as KeyAttribute['type']] as const; // It is one of them.
    }),
  );
}

function readKeySchema(input: Document, types: ReadonlyMap<string, KeyAttribute['type']>): KeySchema {
  const [first, second, ...others] = structures(input, 'KeySchema', { min: 1 }) ?? [];
  if (first === undefined) throw invalid('No defined keys: KeySchema must have a hash key');
  if (others.length > 0) throw invalidParameter('Too many KeySchema elements: there can be two at most');
  const partition = readKeyElement(first, 'HASH', types);
  if (second === undefined) return { partition };
  const sort = readKeyElement(second, 'RANGE', types);
  if (sort.name !== partition.name) return { partition, sort };
  throw invalid('Both the Hash Key and the Range Key element in the KeySchema have the same name');
}

function readKeyElement(
  element: Document,
  role: 'HASH' | 'RANGE',
  types: ReadonlyMap<string, KeyAttribute['type']>,
): KeyAttribute {
  const name = requiredText(element, 'AttributeName', { min: 1, max: 255 });
  if (requiredText(element, 'KeyType', { oneOf: ['HASH', 'RANGE'] }) !== role) {
    throw invalid(
      role === 'HASH'
        ? 'Invalid KeySchema: The first KeySchemaElement is not a HASH key type'
        : 'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type',
    );
  }
  const type = types.get(name);
  if (type !== undefined) return { name, type };
  throw invalidParameter(
    `Some index key attributes are not defined in AttributeDefinitions. Keys: [${name}], AttributeDefinitions: [${[...types.keys()].join(', ')}]`,
  );
}

function readIndex(
  input: Document,
  kind: IndexSchema['kind'],
  types: ReadonlyMap<string, KeyAttribute['type']>,
): IndexSchema {
  const projection = structure(input, 'Projection') ?? {};
  const projectionTypes = ['ALL', 'KEYS_ONLY', 'INCLUDE'];
  const type = requiredText(projection, 'ProjectionType', { oneOf: projectionTypes }, 'projection.');
  return {
    name: requiredText(input, 'IndexName', NAME),
    kind,
    key: readKeySchema(input, types),
    projection: {
      type: type as Projection['type'], // It is one of them.
      attributes: texts(projection, 'NonKeyAttributes') ?? [],
    },
  };
}

function checkIndex(index: IndexSchema, key: KeySchema): void {
  if (index.projection.type !== 'INCLUDE' && index.projection.attributes.length > 0) {
    throw invalidParameter(`ProjectionType is ${index.projection.type}, but NonKeyAttributes is specified`);
  }
  if (index.kind === 'global') return;
  if (index.key.partition.name === key.partition.name && index.key.sort !== undefined) return;
  throw invalidParameter(`Index KeySchema of ${index.name} must have the table's hash key and a range key`);
}

function readBilling(input: Document): Pick<TableSchema, 'provisioned'> {
  const mode = text(input, 'BillingMode', { oneOf: ['PROVISIONED', 'PAY_PER_REQUEST'] }) ?? 'PROVISIONED';
  const throughput = structure(input, 'ProvisionedThroughput');
  if (mode === 'PAY_PER_REQUEST') {
    if (throughput === undefined) return {};
    throw invalidParameter(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
  const read = throughput && wholeNumber(throughput, 'ReadCapacityUnits', { min: 1 });
  const write = throughput && wholeNumber(throughput, 'WriteCapacityUnits', { min: 1 });
  if (read !== undefined && write !== undefined) return { provisioned: { read, write } };
  throw invalidParameter(
    'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
  );
}

/** Only attributes of keys are defined. */
function refuseIdle(types: ReadonlyMap<string, unknown>, schema: TableSchema): void {
  if (definitionsOf(schema).length === types.size) return;
  throw invalidParameter(
    'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
  );
}
