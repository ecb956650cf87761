import { itemBytes } from './sizes.ts';
import type { Item } from './values.ts';

/** Source: DynamoDB ServiceQuotas.html, Query and Scan */
const PAGE_BYTES_MAX = 1024 * 1024;

/** What a query or scan goes through. */
export interface Walk {
  /** All candidates, in order. */
  readonly items: readonly Item[];
  readonly compare: (a: Item, b: Item) => number;
  readonly startAfter: Item | undefined;
  readonly limit: number | undefined;
  readonly accepts: (item: Item) => boolean;
}

export interface WalkedPage {
  readonly items: readonly Item[];
  readonly scannedCount: number;
  readonly scannedBytes: number;
  /** The last item looked at, if there may be more behind it. */
  readonly last: Item | undefined;
}

/**
 * One page of a query or scan. The limit and the size count what was looked at, before the filter: a page may be
 * empty and still not be the last one. Source: DynamoDB Query.Pagination.html
 */
export function walk({ items, compare, startAfter, limit, accepts }: Walk): WalkedPage {
  const accepted: Item[] = [];
  let scannedCount = 0;
  let scannedBytes = 0;
  const start = startAfter === undefined ? 0 : items.findIndex((item) => compare(item, startAfter) > 0);
  for (const item of start < 0 ? [] : items.slice(start)) {
    scannedCount += 1;
    scannedBytes += itemBytes(item);
    if (accepts(item)) accepted.push(item);
    if (scannedCount === limit || scannedBytes >= PAGE_BYTES_MAX) {
      return { items: accepted, scannedCount, scannedBytes, last: item };
    }
  }
  return { items: accepted, scannedCount, scannedBytes, last: undefined };
}
