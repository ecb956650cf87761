import { formatKey, type Key } from './reconcile/key.ts';
import { sameData } from './reconcile/same.ts';
import type { Status } from './reconcile/status.ts';

/** So many keys are remembered, of all accounts together, with what was read of each and what for: some twenty kilobytes. */
const RESTING_MAX = 4_000;

/** A key is planned anew at least this often, whatever is remembered of it. */
const TRUSTED_MS = 3_600_000;

/** What planning a key begins with. */
export interface Known {
  readonly facts: unknown;
  readonly status: Status;
}

/**
 * Keys that needed nothing when they were looked at last. Planning is pure: while facts and status are the same, and
 * nothing waits for a time, the plan is the same, and a sweep need not make it again.
 */
export interface Resting<Found> {
  /** What was found of a key at rest, if what is known now is what was known then. */
  recall(key: Key, known: Known, now: number): Found | undefined;
  /** What was known of a key when it was found at rest last, as long as that is trusted. */
  known(key: Key, now: number): Known | undefined;
  /** Takes note of a key at rest; `staleAt` is its plan's. */
  keep(key: Key, known: Known, found: Found, at: { readonly now: number; readonly staleAt?: number }): void;
}

interface Rest<Found> {
  readonly known: Known;
  readonly found: Found;
  readonly until: number;
}

/**
 * Remembers in memory only, at most `max` keys. Sweeps meet all keys in turn: room made by forgetting one would always
 * cost the key that is met next, so those that are remembered stay while they are renewed.
 */
export function createResting<Found>(max: number = RESTING_MAX): Resting<Found> {
  // A map remembers the order of insertion: its first key was renewed longest ago.
  const rests = new Map<string, Rest<Found>>();
  const trusted = (key: Key, now: number) => {
    const rest = rests.get(formatKey(key));
    return rest === undefined || now >= rest.until ? undefined : rest;
  };
  return {
    recall(key, known, now) {
      const rest = trusted(key, now);
      if (rest === undefined || !sameData(rest.known, known)) return undefined;
      // The younger facts are kept, with the answers they are made of.
      rests.set(formatKey(key), { ...rest, known });
      return rest.found;
    },
    known: (key, now) => trusted(key, now)?.known,
    keep(key, known, found, { now, staleAt = Number.POSITIVE_INFINITY }) {
      const name = formatKey(key);
      rests.delete(name);
      const [oldest] = rests;
      if (rests.size >= max && oldest !== undefined && now >= oldest[1].until) rests.delete(oldest[0]);
      if (rests.size < max) rests.set(name, { known, found, until: Math.min(now + TRUSTED_MS, staleAt) });
    },
  };
}
