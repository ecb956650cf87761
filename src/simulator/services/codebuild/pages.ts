import type { Document } from '../ecs/input.ts';
import { defined } from '../members.ts';
import { encodeToken, readToken } from '../paging.ts';
import { invalidInput } from './state.ts';

/** "If there are more than 100 items in the list, only the first 100 items are returned." */
const PAGE_MAX = 100;

/** One page of names that are in ascending order; a token remembers the last one that was shown. */
export function cutIds(
  member: string,
  ascending: readonly string[],
  asked: {
    readonly sortOrder: 'ASCENDING' | 'DESCENDING';
    readonly nextToken: string | undefined;
    readonly scope: string;
  },
): Document {
  const scope = `${asked.scope} ${asked.sortOrder}`;
  const after = readToken(asked.nextToken, scope);
  if (after === false) throw invalidInput('Invalid next token');
  const ordered = asked.sortOrder === 'ASCENDING' ? ascending : [...ascending].reverse();
  const start = after === undefined ? 0 : ordered.indexOf(after) + 1;
  const page = ordered.slice(start, start + PAGE_MAX);
  const more = start + page.length < ordered.length;
  return defined({ [member]: page, nextToken: more ? encodeToken(scope, page.at(-1) ?? '') : undefined });
}
