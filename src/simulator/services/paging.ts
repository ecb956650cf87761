import { createHash } from 'node:crypto';

/** A page of names, and where the next one starts. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

/**
 * Cuts one page out of `items`. A token belongs to the request it came from (`scope`), and remembers
 * the last name seen, so that items that come and go between two pages neither repeat nor hide others.
 *
 * @param take how many items this page may hold; 0 gives an empty page with a token.
 */
export function cutPage<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  cut: {
    readonly scope: string;
    readonly take: number;
    readonly after?: string;
    readonly keepOpen?: boolean;
  },
): Page<Item> {
  const sorted = [...items].sort((a, b) => compare(nameOf(a), nameOf(b)));
  const rest =
    cut.after === undefined ? sorted : sorted.filter((item) => compare(nameOf(item), cut.after ?? '') > 0);
  const page = rest.slice(0, cut.take);
  if (rest.length <= page.length && !cut.keepOpen) return { items: page };
  const last = page.at(-1);
  return { items: page, nextToken: encodeToken(cut.scope, last === undefined ? cut.after : nameOf(last)) };
}

/** The name a token stands after; `undefined` at the start, `false` when the token is not one of `scope`. */
export function readToken(token: string | undefined, scope: string): string | undefined | false {
  if (token === undefined) return undefined;
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

function encodeToken(scope: string, after: string | undefined): string {
  return `${digestOf(scope)}.${Buffer.from(after ?? '', 'utf8').toString('base64url')}`;
}

function digestOf(scope: string): string {
  return createHash('sha256').update(scope).digest('hex').slice(0, 24);
}
