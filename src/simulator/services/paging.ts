import { hash } from 'node:crypto';

/** A page of names, and where the next one starts. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

/** What a page is to be. */
interface Cut {
  readonly scope: string;
  /** How many items this page may hold; 0 gives an empty page with a token. */
  readonly take: number;
  readonly after?: string;
  readonly keepOpen?: boolean;
}

/**
 * Cuts one page out of `items`, in any order. A token belongs to the request it came from (`scope`), and remembers
 * the last name seen, so that items that come and go between two pages neither repeat nor hide others.
 */
export function cutPage<Item>(items: readonly Item[], nameOf: (item: Item) => string, cut: Cut): Page<Item> {
  return cutSorted(
    [...items].sort((a, b) => compare(nameOf(a), nameOf(b))),
    nameOf,
    cut,
  );
}

/** `cutPage` for items that are in the order of their names: it looks at no more than a page of them. */
export function cutSorted<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  cut: Cut,
): Page<Item> {
  const { after } = cut;
  const start = after === undefined ? 0 : firstIndex(items, (item) => compare(nameOf(item), after) > 0);
  const page = items.slice(start, start + cut.take);
  if (start + page.length >= items.length && !cut.keepOpen) return { items: page };
  const last = page.at(-1);
  return { items: page, nextToken: encodeToken(cut.scope, last === undefined ? after : nameOf(last)) };
}

/** Those of `items` whose names begin with `prefix`; they are in the order of their names. */
export function beginningWith<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  prefix: string,
): readonly Item[] {
  const start = firstIndex(items, (item) => compare(nameOf(item), prefix) >= 0);
  const isBeyond = (name: string): boolean => compare(name, prefix) > 0 && !name.startsWith(prefix);
  return items.slice(
    start,
    firstIndex(items, (item) => isBeyond(nameOf(item)), start),
  );
}

/** The first place, not before `from`, from which on `isThere` holds; the length when it holds nowhere. It must not stop holding. */
export function firstIndex<Item>(items: readonly Item[], isThere: (item: Item) => boolean, from = 0): number {
  let low = from;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item === undefined || isThere(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The name a token stands after; `undefined` at the start, `false` when the token is not one of `scope`. */
export function readToken(token: string | undefined, scope: string): string | undefined | false {
  if (token === undefined) return undefined;
  const known = issued.get(token);
  return known?.scope === scope ? known.after : decodeToken(token, scope);
}

function decodeToken(token: string, scope: string): string | undefined | false {
  const [digest, after, ...more] = token.split('.');
  if (digest !== digestOf(scope) || more.length > 0 || after === undefined) return false;
  if (after === '') return undefined;
  const name = Buffer.from(after, 'base64url').toString('utf8');
  return Buffer.from(name, 'utf8').toString('base64url') === after ? name : false;
}

/** Orders names by code unit, the same on every machine. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The token of a page whose last name is `after`, for requests of `scope`. */
export function encodeToken(scope: string, after: string | undefined): string {
  const name = after ?? '';
  return tokens.get(scope)?.get(name) ?? newToken(scope, name);
}

/** The tokens made last, by scope and name, and what they mean: most come back at once, and lists are gone through again. */
const tokens = new Map<string, Map<string, string>>();
const issued = new Map<string, { readonly scope: string; readonly after: string | undefined }>();
const REMEMBERED_MAX = 1000;

function newToken(scope: string, name: string): string {
  const token = `${digestOf(scope)}.${Buffer.from(name, 'utf8').toString('base64url')}`;
  if (issued.size >= REMEMBERED_MAX) {
    issued.clear();
    tokens.clear();
  }
  issued.set(token, { scope, after: name === '' ? undefined : name });
  const ofScope = tokens.get(scope) ?? new Map<string, string>();
  tokens.set(scope, ofScope.set(name, token));
  return token;
}

function digestOf(scope: string): string {
  return hash('sha256', scope).slice(0, 24);
}
