import { TRANSACTION_ITEMS_MAX, type WriteIndex } from './actions.ts';
import type { Entry } from './observed.ts';
import type { Subject } from './subject.ts';

/** What is to be written for a key, by address. */
export interface Writes {
  readonly puts: ReadonlyArray<{ readonly email: string; readonly entry: Entry }>;
  readonly removals: readonly string[];
}

/** As few transactions as possible, of at most a hundred items each; they do not depend on one another. */
export function chunkWrites(
  subject: Subject,
  { puts, removals }: Writes,
  part: string,
): readonly WriteIndex[] {
  const chunks: WriteIndex[] = [];
  const total = puts.length + removals.length;
  for (let start = 0; start < total; start += TRANSACTION_ITEMS_MAX) {
    const end = start + TRANSACTION_ITEMS_MAX;
    const own = puts.slice(start, end);
    const gone = removals.slice(Math.max(0, start - puts.length), Math.max(0, end - puts.length));
    chunks.push({
      id: `index/${part}/${chunks.length + 1}`,
      type: 'writeIndex',
      // No address: resources are in every log line about an action.
      resource: `${own.length + gone.length} ${subject.type} of ${subject.name}`,
      owner: subject.owner,
      puts: own.map(({ email, entry }) => ({ key: subject.itemKey(email), entry })),
      removals: gone.map((email) => subject.itemKey(email)),
      ...(gone.length === 0 ? {} : { deletes: true }),
    });
  }
  return chunks;
}
