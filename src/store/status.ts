import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Attributes, fromAttributes, toAttribute } from '../aws/attributes.ts';
import { errorCode } from '../aws/errors.ts';
import type { StatusStore } from '../reconcile/controller.ts';
import { StatusConflictError, wrapError } from '../reconcile/errors.ts';
import { formatKey, type Key, type Kind } from '../reconcile/key.ts';
import { EMPTY_STATUS, type Status } from '../reconcile/status.ts';
import {
  decodeStatus,
  encodeStatus,
  REVISION_MAX,
  type StatusChange,
  StatusTooLargeError,
} from './status-item.ts';
import { type KeyStatus, type KnownStatus, listStatuses } from './status-list.ts';
import { appsInServiceIndex, type ItemKey, serviceIndexKey, statusKey } from './table.ts';

/** Which account and region the table stands for, and where tokens that name one write come from. */
export interface StoreIds {
  readonly account: string;
  readonly region: string;
  /** A text that no other write has. */
  readonly newToken: () => string;
}

/** The statuses of all keys, and which apps claim which service. */
export interface StatusTable extends StatusStore {
  /** See `listStatuses`. */
  list(kind?: Kind, known?: KnownStatus): Promise<readonly KeyStatus[]>;
  /**
   * Lets the plan with this digest pass; false when nothing is remembered of the key. A pass that is under
   * way then conflicts and is done again.
   */
  approve(key: Key, digest: string): Promise<boolean>;
  /** The app that claims a service, as its controller recorded it; none when nobody does. */
  appsOfService(cluster: string, service: string): Promise<readonly string[]>;
}

/** Keeps statuses in the installation's table. Reads are strongly consistent, writes conditional. */
export function createStatusStore(dynamodb: DynamoDBClient, table: string, ids: StoreIds): StatusTable {
  const store: Store = { dynamodb, table, ids };
  return {
    read: async (key) => {
      const item = await doing(`reading the status of ${formatKey(key)}`, getItem(store, statusKey(key)));
      return item === undefined ? EMPTY_STATUS : decodeStatus(item);
    },
    write: (key, status) => doing(`writing the status of ${formatKey(key)}`, writeStatus(store, key, status)),
    remove: (key, status) => doing(`forgetting ${formatKey(key)}`, removeStatus(store, key, status)),
    list: (kind, known) => doing('listing statuses', listStatuses({ dynamodb, table, ...ids }, kind, known)),
    approve: (key, digest) => doing(`approving ${formatKey(key)}`, approve(store, key, digest)),
    appsOfService: async (cluster, service) => {
      const key = serviceIndexKey(ids.account, ids.region, cluster, service);
      const item = await doing(`looking up who claims ${service}`, getItem(store, key));
      return item === undefined ? [] : appsInServiceIndex(item);
    },
  };
}

interface Store {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly ids: StoreIds;
}

/** The stored revision is the one that was read. */
const WRITTEN = {
  expression: '#revision = :revision',
  values: (revision: number): Attributes => ({ ':revision': toAttribute(revision) }),
};

/** No revision is stored, or one that nobody of us wrote: a record that a hand damaged is written over. */
const UNWRITTEN = {
  expression:
    'attribute_not_exists(#revision) OR NOT attribute_type(#revision, :number) OR #revision < :first OR #revision > :last',
  values: (): Attributes => ({
    ':number': toAttribute('N'),
    ':first': toAttribute(1),
    ':last': toAttribute(REVISION_MAX),
  }),
};

interface Phrase {
  readonly expression: string;
  readonly names: Record<string, string>;
}

/** Statuses have the same few sets of members time and again; these are what changes of them are called. */
const phrases = new Map<string, Phrase>();
const PHRASES_MAX = 100;

/** The update that makes a change; the value of its nth name is `:n`. */
function phrased({ set, remove }: StatusChange): Phrase {
  const written = Object.keys(set);
  const id = `${written.join()} ${remove.join()}`;
  const known = phrases.get(id);
  if (known !== undefined) return known;
  const sets = written.map((_, index) => `#${index} = :${index}`);
  const removes = remove.map((_, index) => `#${index + sets.length}`);
  const names = [...written, ...remove].map((name, index) => [`#${index}`, name] as const);
  const phrase = {
    expression: `SET ${sets.join(', ')}${remove.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
    names: { '#revision': 'revision', ...Object.fromEntries(names) },
  };
  if (phrases.size >= PHRASES_MAX) phrases.clear();
  phrases.set(id, phrase);
  return phrase;
}

async function writeStatus(store: Store, key: Key, status: Status): Promise<Status> {
  const next: Status = { ...status, revision: status.revision + 1 };
  const writer = store.ids.newToken();
  const change = encodeStatus(key, next, writer);
  const { expression, names } = phrased(change);
  const condition = status.revision === 0 ? UNWRITTEN : WRITTEN;
  const values: Attributes = {};
  for (const [index, value] of Object.values(change.set).entries()) values[`:${index}`] = value;
  Object.assign(values, condition.values(status.revision));
  try {
    await store.dynamodb.send(
      new UpdateItemCommand({
        ...addressOf(store, statusKey(key)),
        UpdateExpression: expression,
        ConditionExpression: condition.expression,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
      }),
    );
  } catch (error) {
    if (!isRefusedByCondition(error)) throw error;
    await insistOnOwn(store, key, next.revision, writer);
  }
  return next;
}

/**
 * A condition that fails may only mean that our own write took effect, its answer was lost and the SDK sent it
 * again: then the item bears our token.
 */
async function insistOnOwn(store: Store, key: Key, revision: number, writer: string): Promise<void> {
  const item = await getItem(store, statusKey(key));
  if (item?.writer === writer && item.revision === revision) return;
  const stored = item === undefined ? 'is gone' : `has revision ${String(item.revision)}`;
  throw new StatusConflictError(
    `somebody else wrote the status of ${formatKey(key)}: it ${stored}, ${revision - 1} was read`,
  );
}

async function removeStatus(store: Store, key: Key, status: Status): Promise<void> {
  try {
    await store.dynamodb.send(
      new DeleteItemCommand({
        ...addressOf(store, statusKey(key)),
        // Already gone is what was wanted, and what a repeated delete finds.
        ConditionExpression: 'attribute_not_exists(#revision) OR #revision = :revision',
        ExpressionAttributeNames: { '#revision': 'revision' },
        ExpressionAttributeValues: { ':revision': toAttribute(status.revision) },
      }),
    );
  } catch (error) {
    if (!isRefusedByCondition(error)) throw error;
    throw new StatusConflictError(
      `somebody else wrote the status of ${formatKey(key)} before it was forgotten`,
    );
  }
}

async function approve(store: Store, key: Key, digest: string): Promise<boolean> {
  try {
    await store.dynamodb.send(
      new UpdateItemCommand({
        ...addressOf(store, statusKey(key)),
        UpdateExpression: 'SET approved = :digest, revision = revision + :one',
        ConditionExpression: 'attribute_exists(revision)',
        ExpressionAttributeValues: { ':digest': toAttribute(digest), ':one': toAttribute(1) },
      }),
    );
    return true;
  } catch (error) {
    if (isRefusedByCondition(error)) return false;
    throw error;
  }
}

async function getItem(store: Store, key: ItemKey): Promise<Readonly<Record<string, unknown>> | undefined> {
  const output = await store.dynamodb.send(
    new GetItemCommand({ ...addressOf(store, key), ConsistentRead: true }),
  );
  return output.Item === undefined ? undefined : fromAttributes(output.Item);
}

function addressOf(store: Store, { partition, sort }: ItemKey): { TableName: string; Key: Attributes } {
  return {
    TableName: store.table,
    Key: { primary_id: toAttribute(partition), secondary_id: toAttribute(sort) },
  };
}

function isRefusedByCondition(error: unknown): boolean {
  return errorCode(error) === 'ConditionalCheckFailedException';
}

/** Says what failed; conflicts and the like keep their class, by which callers know them. */
async function doing<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StatusConflictError || error instanceof StatusTooLargeError) throw error;
    throw wrapError(what, error);
  }
}
