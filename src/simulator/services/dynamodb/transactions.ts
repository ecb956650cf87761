import { hash } from 'node:crypto';
import { AwsError } from '../../errors.ts';
import type { Caller, Operation } from '../../region.ts';
import { type Document, missing, structure, structures, text } from '../members.ts';
import { consumedByAll, readUnits, writeUnits } from './capacity.ts';
import type { Database } from './database.ts';
import { invalid } from './errors.ts';
import { readProjection } from './items.ts';
import { identifyKey } from './keys.ts';
import { itemBytes } from './sizes.ts';
import type { Table } from './table.ts';
import type { Item } from './values.ts';
import {
  evaluateWrite,
  prepareCheck,
  prepareDelete,
  preparePut,
  prepareUpdate,
  readKey,
  type Write,
  type Written,
} from './writes.ts';

/** A transaction that was done under a client's token. */
export interface KnownTransaction {
  readonly token: string;
  readonly digest: string;
  readonly doneAt: number;
}

const ITEMS_MAX = 100;
const BYTES_MAX = 4 * 1024 * 1024;

/** Source: DynamoDB API_TransactWriteItems.html, ClientRequestToken */
const TOKEN_MS = 600_000;

const PREPARE = {
  ConditionCheck: prepareCheck,
  Put: preparePut,
  Delete: prepareDelete,
  Update: prepareUpdate,
} as const;

/** Why one item of a transaction let it fail; `None` for those that did not. */
interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: unknown;
}

/** TransactWriteItems and TransactGetItems. */
export class Transactions {
  private readonly database: Database;
  private known: KnownTransaction[] = [];

  constructor(database: Database) {
    this.database = database;
  }

  readonly operations: Record<string, Operation> = {
    TransactWriteItems: (input, caller) => this.write(input, caller),
    TransactGetItems: (input, caller) => this.get(input, caller),
  };

  /** Transactions whose tokens still count, oldest first. */
  list(): readonly KnownTransaction[] {
    const now = this.database.now();
    this.known = this.known.filter(({ doneAt }) => now < doneAt + TOKEN_MS);
    return this.known;
  }

  restore(known: readonly KnownTransaction[]): void {
    this.known = [...known];
  }

  private write(input: Document, caller: Caller): Document {
    const writes = readEntries(input).map((entry) => readWrite(this.database, entry, caller));
    refuseDuplicates(writes);
    const token = text(input, 'ClientRequestToken', { min: 1, max: 36 });
    const digest = digestOf(input);
    const units = new Map<Table, number>();
    if (token === undefined || !this.isRepeated(token, digest)) {
      const written = evaluateAll(writes);
      writes.forEach((write, index) => {
        const { before, after } = written[index] ?? { before: undefined, after: undefined };
        const bytes = Math.max(itemBytes(before ?? {}), itemBytes(after ?? {}));
        units.set(write.table, (units.get(write.table) ?? 0) + 2 * writeUnits(bytes));
        if (before !== after) this.database.write(write.table, write.key, after);
      });
      if (token !== undefined) this.known.push({ token, digest, doneAt: this.database.now() });
    }
    return consumedByAll(input, units);
  }

  /** Whether the transaction was done before; its token must not come with another one. */
  private isRepeated(token: string, digest: string): boolean {
    const earlier = this.list().find((one) => one.token === token);
    if (earlier === undefined || earlier.digest === digest) return earlier !== undefined;
    throw new AwsError(
      'IdempotentParameterMismatchException',
      'The request was rejected because the request parameters do not match those of the original request.',
    );
  }

  private get(input: Document, caller: Caller): Document {
    const units = new Map<Table, number>();
    const gets = readEntries(input).map((entry) => {
      const request = structure(entry, 'Get');
      if (request === undefined) throw missing('transactItems.1.member.get');
      const table = this.database.open(request, 'GetItem', caller);
      return { table, key: readKey(table, request), shape: readProjection(request) };
    });
    refuseDuplicates(gets);
    const responses = gets.map(({ table, key, shape }) => {
      const item = table.storage.get(key);
      units.set(table, (units.get(table) ?? 0) + 2 * readUnits(itemBytes(item ?? {}), true));
      return item === undefined ? {} : { Item: shape(item) };
    });
    return { Responses: responses, ...consumedByAll(input, units) };
  }
}

/** Works out all writes before any is done: either all of them can be, or none is. */
function evaluateAll(writes: readonly Write[]): readonly Written[] {
  const outcomes = writes.map((write): Written | CancellationReason => {
    try {
      return evaluateWrite(write);
    } catch (error) {
      return reasonOf(error);
    }
  });
  if (outcomes.some((outcome) => 'Code' in outcome)) {
    throw cancelled(outcomes.map((outcome) => ('Code' in outcome ? outcome : { Code: 'None' })));
  }
  const written = outcomes.filter((outcome): outcome is Written => !('Code' in outcome));
  const bytes = written.reduce((sum, { after }) => sum + itemBytes(after ?? {}), 0);
  if (bytes > BYTES_MAX) throw invalid('Transaction request size exceeded limit of 4 MB');
  return written;
}

/** Source: DynamoDB API_CancellationReason.html, API_TransactWriteItems.html */
function reasonOf(error: unknown): CancellationReason {
  if (!(error instanceof AwsError)) throw error;
  if (error.code === 'ConditionalCheckFailedException') {
    return { Code: 'ConditionalCheckFailed', Message: error.message, ...error.extra };
  }
  if (error.code === 'ValidationException') return { Code: 'ValidationError', Message: error.message };
  throw error;
}

function cancelled(reasons: readonly CancellationReason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { extra: { CancellationReasons: reasons } },
  );
}

function readWrite(database: Database, entry: Document, caller: Caller): Write {
  const kinds = Object.keys(PREPARE).filter((kind) => (entry[kind] ?? undefined) !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  const prepare = PREPARE[kind as keyof typeof PREPARE]; // It is one of the keys.
  const request = structure(entry, kind) ?? {};
  if (kind === 'Update' && request.UpdateExpression === undefined) throw missing('updateExpression');
  return prepare(database, request, caller);
}

function readEntries(input: Document): readonly Document[] {
  const entries = structures(input, 'TransactItems', { min: 1, max: ITEMS_MAX });
  if (entries === undefined) throw missing('transactItems');
  return entries;
}

function refuseDuplicates(requests: readonly { readonly table: Table; readonly key: Item }[]): void {
  const identities = requests.map(({ table, key }) => `${table.id} ${identifyKey(table.schema.key, key)}`);
  if (new Set(identities).size === identities.length) return;
  throw invalid('Transaction request cannot include multiple operations on one item');
}

function digestOf(input: Document): string {
  return hash('sha256', JSON.stringify(input.TransactItems));
}
