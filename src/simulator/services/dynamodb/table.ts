import { invalidParameter } from './errors.ts';
import { checkItemKey, keyAttributes, keyOf } from './keys.ts';
import type { TableSchema } from './schema.ts';
import { itemBytes } from './sizes.ts';
import { Storage } from './storage.ts';
import { attributeOf, type Item, typeOf } from './values.ts';

/** How long a table is in the making, and how long it takes to go. */
export const CREATION_MS = 2_000;
export const DELETION_MS = 2_000;

/** How long after its time an item with a TTL is deleted at the latest. Source: DynamoDB TTL.html */
const EXPIRY_LAG_MS = 2 * 86_400_000;
const EXPIRY_SWEEP_MS = 3_600_000;
/** Items that expired five years ago are left alone. Source: DynamoDB time-to-live-ttl-before-you-start.html */
const EXPIRY_AGE_MS_MAX = 5 * 365 * 86_400_000;

export type TableStatus = 'CREATING' | 'ACTIVE' | 'DELETING' | 'DELETED';

/** When a TTL was turned on or off. */
export interface TimeToLive {
  readonly attribute: string;
  readonly isEnabled: boolean;
  readonly changedAt: number;
}

/** One table: what it is like, how far its making is, and its items. */
export class Table {
  readonly schema: TableSchema;
  readonly id: string;
  readonly createdAt: number;
  readonly activeAt: number;
  readonly storage: Storage;
  deletedAt: number | undefined;
  timeToLive: TimeToLive | undefined;
  private sweptAt = 0;

  constructor(schema: TableSchema, id: string, createdAt: number, activeAt: number) {
    this.schema = schema;
    this.id = id;
    this.createdAt = createdAt;
    this.activeAt = activeAt;
    this.storage = new Storage(schema.key);
  }

  status(now: number): TableStatus {
    if (this.deletedAt !== undefined) return now < this.deletedAt + DELETION_MS ? 'DELETING' : 'DELETED';
    return now < this.activeAt ? 'CREATING' : 'ACTIVE';
  }

  /** Refuses an item that the table, or one of its indexes, cannot hold. */
  check(item: Item): void {
    checkItemKey(this.schema.key, item);
    for (const index of this.schema.indexes) {
      for (const { name, type } of keyAttributes(index.key)) {
        const value = attributeOf(item, name);
        if (value === undefined || typeOf(value) === type) continue;
        throw invalidParameter(
          `Type mismatch for Index Key ${name} Expected: ${type} Actual: ${typeOf(value)} IndexName: ${index.name}`,
        );
      }
    }
  }

  /** Number and size of the items; AWS updates these every six hours or so. */
  measure(): { readonly items: number; readonly bytes: number } {
    const items = this.storage.all();
    return { items: items.length, bytes: items.reduce((sum, item) => sum + itemBytes(item), 0) };
  }

  /** Deletes items whose time to live is long over, once an hour at most. */
  expire(now: number): void {
    if (this.timeToLive?.isEnabled !== true || now < this.sweptAt + EXPIRY_SWEEP_MS) return;
    this.sweptAt = now;
    for (const item of this.storage.all()) {
      const value = attributeOf(item, this.timeToLive.attribute);
      if (value === undefined || !('N' in value)) continue;
      const overMs = now - Number(value.N) * 1000;
      if (overMs < EXPIRY_LAG_MS || overMs > EXPIRY_AGE_MS_MAX) continue;
      this.storage.write(keyOf(this.schema.key, item), undefined, now, Number.POSITIVE_INFINITY);
    }
  }
}
