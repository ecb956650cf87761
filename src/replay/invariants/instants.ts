/** Something that happened at an instant. Lists of them in order of time are looked up without going through them. */
export interface Dated {
  readonly at: number;
}

/** The same things in order of time; those of one instant stay in the order they were in. */
export function inOrder<T extends Dated>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => a.at - b.at);
}

/** How many of `items`, in order of time, happened before an instant: the place of the first that did not. */
export function countBefore(items: readonly Dated[], at: number): number {
  return placeOf(items, (item) => item.at >= at);
}

/** How many of `items`, in order of time, happened before an instant or at it. */
export function countUntil(items: readonly Dated[], at: number): number {
  return placeOf(items, (item) => item.at > at);
}

/** How many of `items`, in order of time, happened from one instant to another, at either too. */
export function countBetween(items: readonly Dated[], from: number, to: number): number {
  return Math.max(0, countUntil(items, to) - countBefore(items, from));
}

/** The place of the first that is late enough. */
function placeOf(items: readonly Dated[], isLate: (item: Dated) => boolean): number {
  let from = 0;
  let to = items.length;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const item = items[middle];
    if (item === undefined || isLate(item)) to = middle;
    else from = middle + 1;
  }
  return from;
}
