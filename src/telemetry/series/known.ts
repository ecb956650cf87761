import type { Key } from '../../reconcile/key.ts';

/** Apps, and keys, that get series of their own; a scrape of more would hold the event loop up. */
export const APP_SERIES_MAX = 500;

/** What this process knows of a key, for the gauges. */
export interface KnownKey {
  readonly key: Key;
  readonly synced: boolean;
  readonly paused: boolean;
  readonly conditions: readonly ConditionLabels[];
  readonly differences: number;
  /** Since when it has not been as desired, as far as this process can tell; absent while it is. */
  readonly unsyncedAt?: number;
  /** When this process learnt it. */
  readonly at: number;
}

export interface ConditionLabels {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

/** What is known and not too old. */
export type Known = () => ReadonlyMap<string, KnownKey>;
