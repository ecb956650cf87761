import { invalid } from './errors.ts';
import { compareBy, identify, identifyKey, type KeySchema, keyAttributes } from './keys.ts';
import { project } from './paths.ts';
import type { IndexSchema } from './schema.ts';
import { scanOrder } from './storage.ts';
import type { Table } from './table.ts';
import { attributeOf, type Item } from './values.ts';

/** What a query or scan reads: the table, or one of its secondary indexes. */
export interface Source {
  readonly key: KeySchema;
  readonly index: IndexSchema | undefined;
  /** The names that make up a start key here. */
  readonly keyNames: readonly string[];
  /** Every item of one partition, in order. */
  partition(of: Item, asOf: number | undefined): readonly Item[];
  /** Every item, in the order of a scan. */
  all(asOf: number | undefined): readonly Item[];
  readonly compareInPartition: (a: Item, b: Item) => number;
  readonly compareInScan: (a: Item, b: Item) => number;
}

/** Finds what a request reads. Source: DynamoDB GSI.html, LSI.html */
export function sourceOf(table: Table, indexName: string | undefined, isConsistent: boolean): Source {
  if (indexName === undefined) return tableSource(table);
  const index = table.schema.indexes.find(({ name }) => name === indexName);
  if (index === undefined) throw invalid(`The table does not have the specified index: ${indexName}`);
  if (isConsistent && index.kind === 'global') {
    throw invalid('Consistent reads are not supported on global secondary indexes');
  }
  return indexSource(table, index);
}

function tableSource({ schema, storage }: Table): Source {
  return {
    key: schema.key,
    index: undefined,
    keyNames: keyAttributes(schema.key).map(({ name }) => name),
    partition: (of, asOf) => storage.partition(of, asOf),
    all: (asOf) => storage.all(asOf),
    compareInPartition: (a, b) => compareBy(schema.key.sort, a, b),
    compareInScan: scanOrder(schema.key),
  };
}

/** An index has the items with all of its key attributes; equal ones go by the table's key. */
function indexSource({ schema, storage }: Table, index: IndexSchema): Source {
  const { key } = index;
  const names = [...keyAttributes(key), ...keyAttributes(schema.key)].map(({ name }) => name);
  const byTableKey = (a: Item, b: Item): number => {
    const left = orderedKey(schema.key, a);
    const right = orderedKey(schema.key, b);
    if (left === right) return 0;
    return left < right ? -1 : 1;
  };
  const inScan = scanOrder(key);
  const compareInPartition = (a: Item, b: Item): number => compareBy(key.sort, a, b) || byTableKey(a, b);
  const compareInScan = (a: Item, b: Item): number => inScan(a, b) || byTableKey(a, b);
  const entries = (asOf: number | undefined): readonly Item[] =>
    storage
      .all(asOf)
      .filter((item) => keyAttributes(key).every(({ name }) => attributeOf(item, name) !== undefined))
      .map((item) => cut(item, index, names));
  return {
    key,
    index,
    keyNames: [...new Set(names)],
    partition: (of, asOf) =>
      entries(asOf)
        .filter(
          (item) =>
            identifyKey({ partition: key.partition }, item) === identifyKey({ partition: key.partition }, of),
        )
        .sort(compareInPartition),
    all: (asOf) => [...entries(asOf)].sort(compareInScan),
    compareInPartition,
    compareInScan,
  };
}

/** What equal entries of an index go by: always the same order, if none that AWS tells. */
function orderedKey(key: KeySchema, item: Item): string {
  return JSON.stringify(keyAttributes(key).map(({ name }) => identify(attributeOf(item, name))));
}

function cut(item: Item, { projection }: IndexSchema, keyNames: readonly string[]): Item {
  if (projection.type === 'ALL') return item;
  const names = projection.type === 'INCLUDE' ? [...keyNames, ...projection.attributes] : keyNames;
  return project(
    item,
    names.map((name) => [name] as const),
  );
}
