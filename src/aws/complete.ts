import type { Failure } from '../reconcile/errors.ts';
import { found, type Reading, unreadable } from '../reconcile/reading.ts';
import { classify } from './errors.ts';

/** One page of a list: what is on it and, when there is more, the token of the next. */
export interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

/**
 * Reads a list to its end, which is a page without a token: AWS may give empty pages that have one. A page
 * that fails, or a list that goes on after `pagesMax` pages, makes the whole list unreadable.
 */
export async function readList<Item>(
  what: string,
  pagesMax: () => number,
  readPage: (token: string | undefined) => Promise<PageOf<Item>>,
  explain: (error: unknown) => Failure = classify,
): Promise<Reading<readonly Item[]>> {
  const items: Item[] = [];
  let token: string | undefined;
  try {
    for (let page = 0; page < pagesMax(); page += 1) {
      const read = await readPage(token);
      for (const item of read.items) items.push(item);
      if (read.next === undefined || read.next === '') return found(items);
      token = read.next;
    }
  } catch (error) {
    return unreadable(explain(error));
  }
  return unreadable({
    kind: 'refused',
    code: 'TooManyPages',
    message: `${what}: more than ${pagesMax()} pages; that is more than trimtab reads.`,
  });
}

/**
 * Asks for several things in one call. When that is denied or refused, each is asked for alone, so that only
 * the culprit is unreadable; when it is throttled or got no answer, more calls would make it worse.
 */
export async function readMany<Answer>(
  ids: readonly string[],
  ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, Reading<Answer>>>,
  explain: (error: unknown) => Failure = classify,
): Promise<ReadonlyMap<string, Reading<Answer>>> {
  try {
    return await ask(ids);
  } catch (error) {
    const failure = explain(error);
    const isOurs = failure.kind === 'denied' || failure.kind === 'refused';
    if (ids.length === 1 || !isOurs) return new Map(ids.map((id) => [id, unreadable<Answer>(failure)]));
  }
  const alone = await Promise.all(ids.map((id) => readMany([id], ask, explain)));
  return new Map(alone.flatMap((one) => [...one]));
}

/**
 * Whether single reads may succeed where a joint one did not: the role may not list everything, or there is too
 * much of it. After a throttled or unanswered one they would only add to the load; the next sweep comes soon.
 */
export function mayAskSingly(reading: Reading<unknown>): boolean {
  if (reading.state !== 'unreadable') return false;
  return reading.failure.kind === 'denied' || reading.failure.kind === 'refused';
}

/** What is said of a thing that an otherwise good answer passed over in silence. */
export function passedOver<Answer>(what: string): Reading<Answer> {
  return unreadable({
    kind: 'unknown',
    code: 'NotInAnswer',
    message: `AWS's answer did not say anything about ${what}.`,
  });
}

/** Cuts a list into runs of at most `size`. */
export function chunksOf<Item>(items: readonly Item[], size: number): ReadonlyArray<readonly Item[]> {
  const chunks: Array<readonly Item[]> = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
