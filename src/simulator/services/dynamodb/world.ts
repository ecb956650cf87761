import { z } from 'zod';
import { AwsError } from '../../errors.ts';
import { randomUuid } from '../../random.ts';
import type { Database } from './database.ts';
import { type KeyAttribute, type KeySchema, keyAttributes, keyOf } from './keys.ts';
import { itemFromPlain, itemToPlain } from './plain.ts';
import type { IndexSchema, TableSchema } from './schema.ts';
import { Table } from './table.ts';
import type { Transactions } from './transactions.ts';

type Document = Record<string, unknown>;

/** Instants are ISO 8601 in a world, so that people can read and write them. */
const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const keys = z.strictObject({ partition: z.string().min(1), sort: z.string().min(1).optional() });
const keyType = z.enum(['S', 'N', 'B']);

const indexSection = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(['global', 'local']).default('global'),
  keys,
  projection: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']).default('ALL'),
  attributes: z.array(z.string()).default([]),
});

const tableSection = z.strictObject({
  $comment: z.string().optional(),
  name: z.string().min(3).max(255),
  keys,
  /** Types of key attributes that are not strings. */
  keyTypes: z.record(z.string(), keyType).default({}),
  indexes: z.array(indexSection).default([]),
  /** Plain JSON; what it has no form for stands under `$dynamodb`. */
  items: z.array(z.record(z.string(), z.unknown())).default([]),
  provisioned: z.strictObject({ read: z.int().min(1), write: z.int().min(1) }).optional(),
  timeToLive: z
    .strictObject({
      attribute: z.string(),
      isEnabled: z.boolean().default(true),
      changedAt: instant.optional(),
    })
    .optional(),
  id: z.string().optional(),
  createdAt: instant.optional(),
  /** When it can be used; at once unless said. */
  activeAt: instant.optional(),
  deletedAt: instant.optional(),
});

const knownTransaction = z.strictObject({ token: z.string(), digest: z.string(), doneAt: instant });

/**
 * The section `dynamodb` of a world:
 * `{"tables": [{"name": "apppack", "keys": {"partition": "primary_id", "sort": "secondary_id"}, "items": [{…}]}]}`
 */
const dynamodbSection = z.strictObject({
  $comment: z.string().optional(),
  tables: z.array(tableSection).default([]),
  /** Transactions that are not done again when they come with the same token. */
  transactions: z.array(knownTransaction).default([]),
});

type TableSection = z.output<typeof tableSection>;

/** Replaces all tables by those of a world's section; throws a sentence that says what is wrong where. */
export function loadTables(database: Database, transactions: Transactions, document: unknown): void {
  const parsed = dynamodbSection.safeParse(document);
  if (!parsed.success) throw new Error(`section "dynamodb": ${z.prettifyError(parsed.error)}`);
  database.clear();
  for (const section of parsed.data.tables) {
    if (database.find(section.name) !== undefined) {
      throw new Error(`section "dynamodb", table "${section.name}": it is listed twice`);
    }
    database.add(loadTable(database, section));
  }
  transactions.restore(parsed.data.transactions);
}

/** All tables as a world's section: `load(dump())` is the same state, but for what stale reads remember. */
export function dumpTables(database: Database, transactions: Transactions): Document {
  const known = transactions.list().map((one) => ({ ...one, doneAt: isoInstant(one.doneAt) }));
  return {
    tables: database.list().map(dumpTable),
    ...(known.length === 0 ? {} : { transactions: known }),
  };
}

function loadTable(database: Database, section: TableSection): Table {
  const now = database.now();
  const createdAt = section.createdAt ?? now;
  const id = section.id ?? randomUuid(database.context.random);
  const table = new Table(schemaOf(section), id, createdAt, section.activeAt ?? Math.min(createdAt, now));
  table.deletedAt = section.deletedAt;
  table.timeToLive = section.timeToLive && {
    ...section.timeToLive,
    changedAt: section.timeToLive.changedAt ?? createdAt,
  };
  section.items.forEach((plain, index) => {
    loadItem(table, plain, index, now);
  });
  return table;
}

function loadItem(table: Table, plain: Document, index: number, now: number): void {
  try {
    const item = itemFromPlain(plain);
    table.check(item);
    const key = keyOf(table.schema.key, item);
    if (table.storage.get(key) !== undefined) throw new Error('there is an item with the same key already');
    table.storage.write(key, item, now, Number.POSITIVE_INFINITY);
  } catch (error) {
    const reason = error instanceof AwsError || error instanceof Error ? error.message : String(error);
    throw new Error(`section "dynamodb", table "${table.schema.name}", items[${index}]: ${reason}`, {
      cause: error,
    });
  }
}

function schemaOf(section: TableSection): TableSchema {
  const attribute = (name: string): KeyAttribute => ({ name, type: section.keyTypes[name] ?? 'S' });
  const keySchema = ({ partition, sort }: z.output<typeof keys>): KeySchema => ({
    partition: attribute(partition),
    ...(sort === undefined ? {} : { sort: attribute(sort) }),
  });
  return {
    name: section.name,
    key: keySchema(section.keys),
    indexes: section.indexes.map(
      (index): IndexSchema => ({
        name: index.name,
        kind: index.kind,
        key: keySchema(index.keys),
        projection: { type: index.projection, attributes: index.attributes },
      }),
    ),
    ...(section.provisioned === undefined ? {} : { provisioned: section.provisioned }),
  };
}

function dumpTable(table: Table): Document {
  const { schema, timeToLive } = table;
  const attributes = [schema.key, ...schema.indexes.map(({ key }) => key)].flatMap(keyAttributes);
  const types = attributes.filter(({ type }) => type !== 'S').map(({ name, type }) => [name, type]);
  return {
    name: schema.name,
    keys: dumpKeys(schema.key),
    ...(types.length === 0 ? {} : { keyTypes: Object.fromEntries(types) }),
    ...(schema.indexes.length === 0 ? {} : { indexes: schema.indexes.map(dumpIndex) }),
    items: table.storage.all().map(itemToPlain),
    ...(schema.provisioned === undefined ? {} : { provisioned: schema.provisioned }),
    ...(timeToLive === undefined
      ? {}
      : { timeToLive: { ...timeToLive, changedAt: isoInstant(timeToLive.changedAt) } }),
    id: table.id,
    createdAt: isoInstant(table.createdAt),
    activeAt: isoInstant(table.activeAt),
    ...(table.deletedAt === undefined ? {} : { deletedAt: isoInstant(table.deletedAt) }),
  };
}

function dumpIndex({ name, kind, key, projection }: IndexSchema): Document {
  return {
    name,
    kind,
    keys: dumpKeys(key),
    projection: projection.type,
    ...(projection.attributes.length === 0 ? {} : { attributes: projection.attributes }),
  };
}

function dumpKeys({ partition, sort }: KeySchema): Document {
  return { partition: partition.name, ...(sort === undefined ? {} : { sort: sort.name }) };
}

function isoInstant(at: number): string {
  return new Date(at).toISOString();
}
