import { randomInteger } from '../../random.ts';
import type { Caller, RegionContext } from '../../region.ts';
import { type Document, requiredText } from '../members.ts';
import { invalid, tableNotFound } from './errors.ts';
import type { Table } from './table.ts';
import type { Item } from './values.ts';

const NAME_OR_ARN = { min: 1, max: 1024 };
const TABLE_ARN = /^arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/([a-zA-Z0-9_.-]+)$/;

/** Parameters of the time before expressions. The simulator does not have them, and says so. */
const LEGACY_MEMBERS = [
  'AttributesToGet',
  'AttributeUpdates',
  'ConditionalOperator',
  'Expected',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
];

/** The tables of one account and region. */
export class Database {
  readonly context: RegionContext;
  private readonly tables = new Map<string, Table>();

  constructor(context: RegionContext) {
    this.context = context;
  }

  now(): number {
    return this.context.clock.now();
  }

  /** Every table that is not yet gone, by name. */
  list(): readonly Table[] {
    return [...this.tables.values()]
      .filter((table) => table.status(this.now()) !== 'DELETED')
      .sort((a, b) => (a.schema.name < b.schema.name ? -1 : 1));
  }

  find(name: string): Table | undefined {
    const table = this.tables.get(name);
    return table?.status(this.now()) === 'DELETED' ? undefined : table;
  }

  add(table: Table): void {
    this.tables.set(table.schema.name, table);
  }

  clear(): void {
    this.tables.clear();
  }

  arnOf(name: string): string {
    return this.context.arn('dynamodb', `table/${name}`);
  }

  /** The table a request names, for operations on its items: they need it to be ready. */
  open(input: Document, action: string, caller: Caller, indexName?: string): Table {
    refuseLegacy(input);
    return this.openNamed(readTableName(input), action, caller, indexName);
  }

  /** The table with a part of a request, as batches have them. */
  openPart(name: string, part: Document, action: string, caller: Caller): Table {
    refuseLegacy(part);
    return this.openNamed(name, action, caller);
  }

  private openNamed(name: string, action: string, caller: Caller, indexName?: string): Table {
    const index = indexName === undefined ? '' : `/index/${indexName}`;
    this.context.authorize(`dynamodb:${action}`, `${this.arnOf(name)}${index}`, caller);
    const table = this.find(name);
    if (table === undefined || table.status(this.now()) !== 'ACTIVE') throw tableNotFound();
    table.expire(this.now());
    return table;
  }

  /** The table a request names, for operations on the table itself. */
  inspect(input: Document, action: string, caller: Caller): Table {
    const name = readTableName(input);
    this.context.authorize(`dynamodb:${action}`, this.arnOf(name), caller);
    const table = this.find(name);
    if (table === undefined) throw tableNotFound(name);
    return table;
  }

  /** Stores an item, or deletes what is at `key`. */
  write(table: Table, key: Item, item: Item | undefined): void {
    const { staleReadsMs } = this.context.weather;
    const keepFrom = staleReadsMs > 0 ? this.now() - staleReadsMs : Number.POSITIVE_INFINITY;
    table.storage.write(key, item, this.now(), keepFrom);
  }

  /**
   * The instant whose state a read sees; nothing means now. Eventually consistent reads may lag.
   * Source: DynamoDB HowItWorks.ReadConsistency.html
   */
  readingAt(isConsistent: boolean): number | undefined {
    const { staleReadsMs } = this.context.weather;
    if (isConsistent || staleReadsMs <= 0) return undefined;
    return this.now() - randomInteger(this.context.random, staleReadsMs + 1);
  }
}

/** The member TableName, which may also hold an ARN. */
export function readTableName(input: Document): string {
  const given = requiredText(input, 'TableName', NAME_OR_ARN);
  return given.startsWith('arn:') ? (TABLE_ARN.exec(given)?.[1] ?? given) : given;
}

function refuseLegacy(input: Document): void {
  const member = LEGACY_MEMBERS.find((name) => (input[name] ?? undefined) !== undefined);
  if (member === undefined) return;
  throw invalid(`The legacy parameter ${member} is not simulated: use an expression instead`);
}
