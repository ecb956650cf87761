/** What a record has under a name that somebody chose; `toString` is one that every object seems to have. */
export function entryOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
