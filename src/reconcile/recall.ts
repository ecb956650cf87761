import { sameData } from './same.ts';

/** What is remembered of keys in memory only: losing it costs time, never truth. */
export interface Recall<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

/** Remembers the values of at most `max` keys; beyond it the ones used longest ago are forgotten. */
export function createRecall<Value>(max: number): Recall<Value> {
  // A map remembers the order of insertion: its first key is the one used longest ago.
  const kept = new Map<string, Value>();
  return {
    get(key) {
      const hit = kept.get(key);
      if (hit === undefined) return undefined;
      kept.delete(key);
      kept.set(key, hit);
      return hit;
    },
    set(key, value) {
      kept.delete(key);
      kept.set(key, value);
      const oldest = kept.keys().next();
      if (kept.size > max && oldest.done === false) kept.delete(oldest.value);
    },
  };
}

/** A pure function of a document, made once for each document that somebody still holds; what it gives is shared. */
export function onceEach<Document, Value>(
  make: (document: Document) => Value,
): (document: Document) => Value {
  const made = new WeakMap<object, { readonly value: Value }>();
  return (document) => {
    if (typeof document !== 'object' || document === null) return make(document);
    const known = made.get(document);
    if (known !== undefined) return known.value;
    const value = make(document);
    made.set(document, { value });
    return value;
  };
}

/** As `onceEach` of documents that are frozen, which may come again; of all others it is made each time. */
export function onceEachFrozen<Document, Value>(
  make: (document: Document) => Value,
): (document: Document) => Value {
  const once = onceEach(make);
  // Nothing is only closed to new members; to look at each of them takes ten times as long.
  return (document) => (Object.isExtensible(document) ? make(document) : once(document));
}

/** As `onceEach`, of a document and something beside it: remembered with the document for what came beside it last. */
export function onceEachBeside<Document extends object, Beside, Value>(
  make: (document: Document, beside: Beside) => Value,
): (document: Document, beside: Beside) => Value {
  const made = new WeakMap<Document, { readonly beside: Beside; readonly value: Value }>();
  return (document, beside) => {
    const known = made.get(document);
    if (known !== undefined && sameData(known.beside, beside)) return known.value;
    const value = make(document, beside);
    made.set(document, { beside, value });
    return value;
  };
}
