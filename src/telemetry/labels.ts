/** What a label says once it has as many values as it may have. */
export const OTHER = 'other';

/** Names, as AWS and we write them, and HTTP statuses. No ARN, path, message id or sentence passes. */
const NAME = /^([A-Za-z][A-Za-z0-9_.]{0,63}|\d{3})$/;

/** Gives a value, or `other` when it may not become a label's value. */
export type LabelBound = (value: string) => string;

/**
 * Keeps the values of a label few. `known` ones always pass; others pass while they are well-formed names and
 * fewer than `max` of them have been seen. A series can then never be made by what a user or AWS writes.
 */
export function boundLabel(known: readonly string[], max: number, wellFormed = NAME): LabelBound {
  const fixed = new Set(known);
  const seen = new Set<string>();
  return (value) => {
    if (fixed.has(value) || seen.has(value)) return value;
    if (seen.size >= max || !wellFormed.test(value)) return OTHER;
    seen.add(value);
    return value;
  };
}

/** A bound of its own for each owner (an operation's error names, a condition type's reasons). */
export function boundLabelPerOwner(max: number): (owner: string, value: string) => string {
  const bounds = new Map<string, LabelBound>();
  return (owner, value) => {
    const bound = bounds.get(owner) ?? boundLabel([], max);
    bounds.set(owner, bound);
    return bound(value);
  };
}
