import { hash as digest } from 'node:crypto';
import { memo } from '../../memo.ts';
import { equalValues } from './compare.ts';
import { compareBy, compareTo, identify, identifyKey, type KeySchema } from './keys.ts';
import { type AttributeValue, attributeOf, type Item } from './values.ts';

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
  /** By partition, the one written last at the end. */
  private readonly changes = new Map<string, readonly Change[]>();

  constructor(schema: KeySchema) {
    this.schema = schema;
  }

  /** The item of a key, as of the instant `asOf` or now. */
  get(key: Item, asOf?: number): Item | undefined {
    const name = this.partitionOf(key);
    if (asOf !== undefined) {
      const before = undone(this.changes.get(name), asOf);
      const identity = identifyKey(this.schema, key);
      if (before.has(identity)) return before.get(identity);
    }
    const items = this.partitions.get(name) ?? [];
    const { index, found } = this.locate(items, key);
    return found ? items[index] : undefined;
  }

  /** Stores `item`, or deletes what is at `key`; changes older than `keepFrom` need not be remembered. */
  write(key: Item, item: Item | undefined, now: number, keepFrom: number): void {
    const name = this.partitionOf(key);
    const items = this.partitions.get(name) ?? [];
    const { index, found } = this.locate(items, key);
    const before = found ? items[index] : undefined;
    this.forget(keepFrom);
    if (now >= keepFrom) {
      this.remember(name, { at: now, identity: identifyKey(this.schema, key), before }, keepFrom);
    }
    items.splice(index, found ? 1 : 0, ...(item === undefined ? [] : [item]));
    if (items.length > 0) this.partitions.set(name, items);
    else this.partitions.delete(name);
  }

  /** The items of one partition in order of their sort keys. */
  partition(key: Item, asOf?: number): readonly Item[] {
    const name = this.partitionOf(key);
    const items = this.partitions.get(name) ?? [];
    return this.rewind(items, undone(this.changes.get(name), asOf));
  }

  /** Every item, in the order of a scan: by a hash of the partition key, then by sort key. */
  all(asOf?: number): readonly Item[] {
    const items = [...this.partitions.values()].flat();
    const changes = asOf === undefined ? [] : [...this.changes.values()];
    const before = new Map(changes.flatMap((some) => [...undone(some, asOf)]));
    return [...this.rewind(items, before)].sort(scanOrder(this.schema));
  }

  private partitionOf(key: Item): string {
    return identify(attributeOf(key, this.schema.partition.name));
  }

  private locate(items: readonly Item[], key: Item): { index: number; found: boolean } {
    const { sort } = this.schema;
    const wanted = sort && attributeOf(key, sort.name);
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = items[middle];
      const order = other === undefined ? 0 : compareTo(sort, other, wanted);
      if (order === 0) return { index: middle, found: true };
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return { index: low, found: false };
  }

  private forget(keepFrom: number): void {
    for (const [other, some] of this.changes) {
      if ((some.at(-1)?.at ?? 0) >= keepFrom) break;
      this.changes.delete(other);
    }
  }

  private remember(name: string, change: Change, keepFrom: number): void {
    const recent = (this.changes.get(name) ?? []).filter(({ at }) => at >= keepFrom);
    this.changes.delete(name);
    this.changes.set(name, [...recent, change]);
  }

  private rewind(items: readonly Item[], before: ReadonlyMap<string, Item | undefined>): readonly Item[] {
    if (before.size === 0) return items;
    const unchanged = items.filter((item) => !before.has(identifyKey(this.schema, item)));
    const restored = [...before.values()].filter((item) => item !== undefined);
    return [...unchanged, ...restored].sort((a, b) => compareBy(this.schema.sort, a, b));
  }
}

/** What the items changed after `asOf` were like then. */
function undone(
  changes: readonly Change[] | undefined,
  asOf: number | undefined,
): ReadonlyMap<string, Item | undefined> {
  const before = new Map<string, Item | undefined>();
  if (asOf === undefined) return before;
  for (const change of [...(changes ?? [])].reverse()) {
    if (change.at <= asOf) break;
    before.set(change.identity, change.before);
  }
  return before;
}

/** Partitions are met again and again, by every scan and batch. */
const hashOf = memo(10_000, (partition: string) => digest('md5', partition));

/** The order in which a scan meets items: it looks random, and is always the same. */
export function scanOrder(schema: KeySchema): (a: Item, b: Item) => number {
  return (a, b) => compareSpots(schema, spotOf(schema, a), spotOf(schema, b));
}

/** Puts what has keys into the order in which a scan meets these. */
export function inScanOrder<Keyed extends { readonly key: Item }>(
  schema: KeySchema,
  keyed: readonly Keyed[],
): Keyed[] {
  if (keyed.length < 2) return [...keyed];
  // Most batches stay within one partition.
  let partition: AttributeValue | undefined;
  let hash = '';
  const spots = keyed.map((one) => {
    const own = attributeOf(one.key, schema.partition.name);
    if (own === undefined || partition === undefined || !equalValues(own, partition)) {
      hash = hashOf(identify(own));
      partition = own;
    }
    return { one, hash, item: one.key };
  });
  return spots.sort((a, b) => compareSpots(schema, a, b)).map(({ one }) => one);
}

interface Spot {
  readonly hash: string;
  readonly item: Item;
}

function spotOf({ partition }: KeySchema, item: Item): Spot {
  return { hash: hashOf(identify(attributeOf(item, partition.name))), item };
}

function compareSpots({ sort }: KeySchema, a: Spot, b: Spot): number {
  if (a.hash !== b.hash) return a.hash < b.hash ? -1 : 1;
  return compareBy(sort, a.item, b.item);
}
