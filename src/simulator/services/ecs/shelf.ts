import type { Clock } from '../../../reconcile/ports.ts';

interface Past<T> {
  readonly value: T | undefined;
  /** The instant at which `value` was replaced. */
  readonly until: number;
}

interface Entry<T> {
  readonly ordinal: number;
  current: T | undefined;
  /** What the entry was before, oldest first. */
  past: Past<T>[];
}

/**
 * Immutable values by key that remember for a while what they were, which is where stale reads come from.
 * Nothing is remembered while `keepMs()` is 0; older memories than `keepMs()` are dropped.
 */
export class Shelf<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly clock: Clock;
  private readonly keepMs: () => number;
  private sequence = 0;

  constructor(clock: Clock, keepMs: () => number) {
    this.clock = clock;
    this.keepMs = keepMs;
  }

  /** The value now, or what it was at the instant `at`. */
  get(key: string, at?: number): T | undefined {
    const entry = this.entries.get(key);
    return entry === undefined ? undefined : valueAt(entry, at);
  }

  put(key: string, value: T): void {
    const entry = this.entries.get(key) ?? this.open(key);
    this.remember(entry);
    entry.current = value;
  }

  remove(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.remember(entry);
    entry.current = undefined;
    if (entry.past.length === 0) this.entries.delete(key);
  }

  /** All values now or at the instant `at`, in the order in which their keys first appeared. */
  *values(at?: number): Generator<T> {
    for (const { value } of this.after(0, at)) yield value;
  }

  /** Values whose ordinal is beyond `ordinal`; ordinals count up from 1 and are never given twice. */
  *after(ordinal: number, at?: number): Generator<{ readonly ordinal: number; readonly value: T }> {
    const horizon = this.clock.now() - this.keepMs();
    for (const [key, entry] of this.entries) {
      const value = valueAt(entry, at);
      if (value !== undefined && entry.ordinal > ordinal) yield { ordinal: entry.ordinal, value };
      const forgotten = entry.current === undefined && entry.past.every((past) => past.until <= horizon);
      if (forgotten) this.entries.delete(key);
    }
  }

  /** What is there now counts as having been there for ever, as in a world that was just loaded. */
  forgetPast(): void {
    for (const entry of this.entries.values()) entry.past = [];
  }

  clear(): void {
    this.entries.clear();
  }

  private open(key: string): Entry<T> {
    this.sequence += 1;
    const entry: Entry<T> = { ordinal: this.sequence, current: undefined, past: [] };
    this.entries.set(key, entry);
    return entry;
  }

  private remember(entry: Entry<T>): void {
    const keepMs = this.keepMs();
    const now = this.clock.now();
    const kept = entry.past.filter((past) => past.until > now - keepMs);
    entry.past = keepMs > 0 ? [...kept, { value: entry.current, until: now }] : [];
  }
}

function valueAt<T>(entry: Entry<T>, at: number | undefined): T | undefined {
  if (at === undefined) return entry.current;
  const past = entry.past.find((memory) => memory.until > at);
  return past === undefined ? entry.current : past.value;
}
