/** What is remembered of keys in memory only: losing it costs time, never truth. */
export interface Recall<Value> {
  recall(key: string): Value | undefined;
  keep(key: string, value: Value): void;
}

/** Remembers the values of at most `max` keys; beyond it the ones kept longest ago are forgotten. */
export function createRecall<Value>(max: number): Recall<Value> {
  // A map remembers the order of insertion: its first key is the one kept longest ago.
  const kept = new Map<string, Value>();
  return {
    recall: (key) => kept.get(key),
    keep(key, value) {
      kept.delete(key);
      kept.set(key, value);
      const oldest = kept.keys().next();
      if (kept.size > max && oldest.done === false) kept.delete(oldest.value);
    },
  };
}
