import { createHash } from 'node:crypto';
import { compareBy, identify, identifyKey, type KeySchema } from './keys.ts';
import { attributeOf, type Item } from './values.ts';

/** What a write replaced, for reads that lag behind. */
interface Change {
  readonly at: number;
  readonly identity: string;
  readonly before: Item | undefined;
}

/**
 * The items of one table by partition, each partition ordered by sort key. Remembers what was replaced lately,
 * so that an eventually consistent read can see the table as it was.
 */
export class Storage {
  private readonly schema: KeySchema;
  private readonly partitions = new Map<string, Item[]>();
  private changes: Change[] = [];

  constructor(schema: KeySchema) {
    this.schema = schema;
  }

  /** The item of a key, as of the instant `asOf` or now. */
  get(key: Item, asOf?: number): Item | undefined {
    const before = this.undone(asOf);
    const identity = identifyKey(this.schema, key);
    if (before.has(identity)) return before.get(identity);
    const items = this.partitions.get(this.partitionOf(key)) ?? [];
    const { index, found } = this.locate(items, key);
    return found ? items[index] : undefined;
  }

  /** Stores `item`, or deletes what is at `key`; `keepFrom` bounds how old changes are still remembered. */
  write(key: Item, item: Item | undefined, now: number, keepFrom: number): void {
    const name = this.partitionOf(key);
    const items = this.partitions.get(name) ?? [];
    const { index, found } = this.locate(items, key);
    this.remember(
      { at: now, identity: identifyKey(this.schema, key), before: found ? items[index] : undefined },
      keepFrom,
    );
    items.splice(index, found ? 1 : 0, ...(item === undefined ? [] : [item]));
    if (items.length > 0) this.partitions.set(name, items);
    else this.partitions.delete(name);
  }

  /** The items of one partition in order of their sort keys. */
  partition(key: Item, asOf?: number): readonly Item[] {
    const name = this.partitionOf(key);
    const items = this.partitions.get(name) ?? [];
    const before = this.undone(asOf);
    if (before.size === 0) return items;
    return this.rewind(items, before, (item) => this.partitionOf(item) === name);
  }

  /** Every item, in the order of a scan: by a hash of the partition key, then by sort key. */
  all(asOf?: number): readonly Item[] {
    const items = [...this.partitions.values()].flat();
    const before = this.undone(asOf);
    const seen = before.size === 0 ? items : this.rewind(items, before, () => true);
    const order = scanOrder(this.schema);
    return [...seen].sort(order);
  }

  private partitionOf(key: Item): string {
    return identify(attributeOf(key, this.schema.partition.name));
  }

  private locate(items: readonly Item[], key: Item): { index: number; found: boolean } {
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = items[middle];
      const order = other === undefined ? 0 : compareBy(this.schema.sort, other, key);
      if (order === 0) return { index: middle, found: true };
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return { index: low, found: false };
  }

  private remember(change: Change, keepFrom: number): void {
    const isOld = (this.changes[0]?.at ?? Number.POSITIVE_INFINITY) < keepFrom;
    if (isOld) this.changes = this.changes.filter(({ at }) => at >= keepFrom);
    if (change.at >= keepFrom) this.changes.push(change);
  }

  /** What the items changed after `asOf` were like then. */
  private undone(asOf: number | undefined): ReadonlyMap<string, Item | undefined> {
    const before = new Map<string, Item | undefined>();
    if (asOf === undefined) return before;
    for (let index = this.changes.length - 1; index >= 0; index -= 1) {
      const change = this.changes[index];
      if (change === undefined || change.at <= asOf) break;
      before.set(change.identity, change.before);
    }
    return before;
  }

  private rewind(
    items: readonly Item[],
    before: ReadonlyMap<string, Item | undefined>,
    belongs: (item: Item) => boolean,
  ): readonly Item[] {
    const unchanged = items.filter((item) => !before.has(identifyKey(this.schema, item)));
    const restored = [...before.values()].filter((item) => item !== undefined).filter(belongs);
    return [...unchanged, ...restored].sort((a, b) => compareBy(this.schema.sort, a, b));
  }
}

/** The order in which a scan meets items: it looks random, and is always the same. */
export function scanOrder(schema: KeySchema): (a: Item, b: Item) => number {
  const hashes = new Map<string, string>();
  const hash = (item: Item): string => {
    const name = identify(attributeOf(item, schema.partition.name));
    const known = hashes.get(name) ?? createHash('md5').update(name).digest('hex');
    hashes.set(name, known);
    return known;
  };
  return (a, b) => {
    const left = hash(a);
    const right = hash(b);
    if (left !== right) return left < right ? -1 : 1;
    return compareBy(schema.sort, a, b);
  };
}
