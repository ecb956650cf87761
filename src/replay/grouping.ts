/** Things that happened, by the step they happened in. */
export function byStep<T extends { readonly step: number }>(
  items: readonly T[],
): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(item.step);
    if (group === undefined) groups.set(item.step, [item]);
    else group.push(item);
  }
  return groups;
}
