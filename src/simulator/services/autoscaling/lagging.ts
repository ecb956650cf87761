/** Records by key; readers may see a write a moment after it was made. */
export interface Lagging<Item> {
  /** The item as it is. */
  actual(key: string): Item | undefined;
  /** The item as callers of the API find it. */
  seen(key: string): Item | undefined;
  allActual(): Item[];
  allSeen(): Item[];
  /** Stores an item, or with `undefined` removes it; callers see it after `lagMs`. */
  set(key: string, item: Item | undefined, lagMs?: number): void;
  clear(): void;
}

interface Slot<Item> {
  readonly current: Item | undefined;
  readonly previous: Item | undefined;
  readonly visibleAt: number;
}

/** An empty store; `now` gives the instant of a read or write. */
export function createLagging<Item>(now: () => number): Lagging<Item> {
  const slots = new Map<string, Slot<Item>>();
  const seen = (slot: Slot<Item> | undefined): Item | undefined =>
    slot !== undefined && now() < slot.visibleAt ? slot.previous : slot?.current;
  return {
    actual: (key) => slots.get(key)?.current,
    seen: (key) => seen(slots.get(key)),
    allActual: () => [...slots.values()].flatMap((slot) => slot.current ?? []),
    allSeen: () => [...slots.values()].flatMap((slot) => seen(slot) ?? []),
    set(key, item, lagMs = 0) {
      const slot = slots.get(key);
      if (item === undefined && lagMs === 0) slots.delete(key);
      else slots.set(key, { current: item, previous: seen(slot), visibleAt: now() + lagMs });
    },
    clear: () => slots.clear(),
  };
}
