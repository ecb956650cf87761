import { distance } from 'fastest-levenshtein';

/** Edits beyond which two names are not taken for one another. */
const EDITS_MAX = 3;
const SUGGESTIONS_MAX = 3;

/** The names a person may have meant, nearest first. */
export function nearest(name: string, known: readonly string[]): readonly string[] {
  return known
    .map((other) => ({ other, edits: distance(name, other) }))
    .filter(({ other, edits }) => edits <= EDITS_MAX || other.startsWith(name) || name.startsWith(other))
    .sort((a, b) => a.edits - b.edits || (a.other < b.other ? -1 : 1))
    .slice(0, SUGGESTIONS_MAX)
    .map(({ other }) => other);
}
