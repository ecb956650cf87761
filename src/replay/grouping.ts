/** Things by each of the names they have, in the order they came in. */
export function groupBy<Name, T>(
  items: Iterable<T>,
  namesOf: (item: T) => readonly Name[],
): ReadonlyMap<Name, readonly T[]> {
  const groups = new Map<Name, T[]>();
  for (const item of items) {
    for (const name of namesOf(item)) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [item]);
      else group.push(item);
    }
  }
  return groups;
}

/** Things that happened, by the step they happened in. */
export function byStep<T extends { readonly step: number }>(
  items: readonly T[],
): ReadonlyMap<number, readonly T[]> {
  return groupBy(items, ({ step }) => [step]);
}
