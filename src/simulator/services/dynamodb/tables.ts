import { AwsError } from '../../errors.ts';
import { randomUuid } from '../../random.ts';
import type { Operation } from '../../region.ts';
import { type Document, flag, missing, requiredText, structure, text, wholeNumber } from '../members.ts';
import type { Database } from './database.ts';
import { invalid, invalidParameter } from './errors.ts';
import { definitionsOf, describeKey, type IndexSchema, readTableSchema } from './schema.ts';
import { CREATION_MS, Table, type TimeToLive } from './table.ts';

const PAGE_MAX = 100;

/** For so long a TTL is being turned on or off, and cannot be changed again. Source: API_UpdateTimeToLive.html */
const TTL_CHANGE_MS = 3_600_000;

/** Making, describing and removing tables. */
export function tableOperations(database: Database): Record<string, Operation> {
  return {
    CreateTable: (input, caller) => {
      const schema = readTableSchema(input);
      database.context.authorize('dynamodb:CreateTable', database.arnOf(schema.name), caller);
      if (database.find(schema.name) !== undefined) {
        throw inUse(`Table already exists: ${schema.name}`);
      }
      const now = database.now();
      const table = new Table(schema, randomUuid(database.context.random), now, now + CREATION_MS);
      database.add(table);
      return { TableDescription: describe(database, table) };
    },
    DescribeTable: (input, caller) => {
      const table = database.inspect(input, 'DescribeTable', caller);
      return { Table: describe(database, table) };
    },
    DeleteTable: (input, caller) => {
      const table = database.inspect(input, 'DeleteTable', caller);
      const status = table.status(database.now());
      if (status !== 'ACTIVE') {
        const state = status === 'CREATING' ? 'created' : 'deleted';
        throw inUse(
          `Attempt to change a resource which is still in use: Table is being ${state}: ${table.schema.name}`,
        );
      }
      table.deletedAt = database.now();
      return { TableDescription: describe(database, table) };
    },
    ListTables: (input, caller) => {
      database.context.authorize('dynamodb:ListTables', database.arnOf('*'), caller);
      const limit = wholeNumber(input, 'Limit', { min: 1, max: PAGE_MAX }) ?? PAGE_MAX;
      const after = text(input, 'ExclusiveStartTableName', { min: 3, max: 255 }) ?? '';
      const names = database.list().map(({ schema }) => schema.name);
      const rest = names.filter((name) => name > after);
      const shown = rest.slice(0, limit);
      const last = shown.at(-1);
      const hasMore = last !== undefined && rest.length > shown.length;
      return { TableNames: shown, ...(hasMore ? { LastEvaluatedTableName: last } : {}) };
    },
    UpdateTimeToLive: (input, caller) => {
      const table = database.inspect(input, 'UpdateTimeToLive', caller);
      table.timeToLive = changeTimeToLive(table.timeToLive, input, database.now());
      return { TimeToLiveSpecification: structure(input, 'TimeToLiveSpecification') };
    },
    DescribeTimeToLive: (input, caller) => {
      const table = database.inspect(input, 'DescribeTimeToLive', caller);
      return { TimeToLiveDescription: describeTimeToLive(table.timeToLive, database.now()) };
    },
  };
}

function describe(database: Database, table: Table): Document {
  const { schema } = table;
  const { items, bytes } = table.measure();
  const indexes = (kind: IndexSchema['kind']): readonly Document[] =>
    schema.indexes
      .filter((index) => index.kind === kind)
      .map((index) => describeIndex(database, table, index));
  const local = indexes('local');
  const global = indexes('global');
  return {
    TableName: schema.name,
    TableArn: database.arnOf(schema.name),
    TableId: table.id,
    TableStatus: table.status(database.now()),
    CreationDateTime: table.createdAt / 1000,
    AttributeDefinitions: definitionsOf(schema),
    KeySchema: describeKey(schema.key),
    ItemCount: items,
    TableSizeBytes: bytes,
    ProvisionedThroughput: throughput(table),
    ...(schema.provisioned === undefined ? { BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } } : {}),
    ...(local.length === 0 ? {} : { LocalSecondaryIndexes: local }),
    ...(global.length === 0 ? {} : { GlobalSecondaryIndexes: global }),
    DeletionProtectionEnabled: false,
  };
}

function describeIndex(database: Database, table: Table, index: IndexSchema): Document {
  const { type, attributes } = index.projection;
  return {
    IndexName: index.name,
    IndexArn: `${database.arnOf(table.schema.name)}/index/${index.name}`,
    KeySchema: describeKey(index.key),
    Projection: {
      ProjectionType: type,
      ...(attributes.length === 0 ? {} : { NonKeyAttributes: attributes }),
    },
    ...(index.kind === 'local'
      ? {}
      : { IndexStatus: table.status(database.now()), ProvisionedThroughput: throughput(table) }),
  };
}

function throughput({ schema }: Table): Document {
  return {
    NumberOfDecreasesToday: 0,
    ReadCapacityUnits: schema.provisioned?.read ?? 0,
    WriteCapacityUnits: schema.provisioned?.write ?? 0,
  };
}

function changeTimeToLive(current: TimeToLive | undefined, input: Document, now: number): TimeToLive {
  const specification = structure(input, 'TimeToLiveSpecification');
  if (specification === undefined) throw missing('timeToLiveSpecification');
  const path = 'timeToLiveSpecification.';
  const attribute = requiredText(specification, 'AttributeName', { min: 1, max: 255 }, path);
  const isEnabled = flag(specification, 'Enabled', path);
  if (current !== undefined && now < current.changedAt + TTL_CHANGE_MS) {
    throw invalid('Time to live has been modified multiple times within a fixed interval');
  }
  const wasEnabled = current?.isEnabled === true;
  if (isEnabled === wasEnabled) {
    throw invalid(`TimeToLive is already ${isEnabled ? 'enabled' : 'disabled'}`);
  }
  if (current !== undefined && wasEnabled && current.attribute !== attribute) {
    throw invalidParameter(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${current.attribute}`,
    );
  }
  return { attribute, isEnabled, changedAt: now };
}

function describeTimeToLive(timeToLive: TimeToLive | undefined, now: number): Document {
  if (timeToLive === undefined) return { TimeToLiveStatus: 'DISABLED' };
  const isChanging = now < timeToLive.changedAt + TTL_CHANGE_MS;
  const { attribute, isEnabled } = timeToLive;
  if (!isEnabled) {
    return isChanging
      ? { TimeToLiveStatus: 'DISABLING', AttributeName: attribute }
      : { TimeToLiveStatus: 'DISABLED' };
  }
  return { TimeToLiveStatus: isChanging ? 'ENABLING' : 'ENABLED', AttributeName: attribute };
}

function inUse(message: string): AwsError {
  return new AwsError('ResourceInUseException', message);
}
