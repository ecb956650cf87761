import { randomInteger } from '../../random.ts';
import type { RegionContext } from '../../region.ts';
import { invalidParameter } from './errors.ts';

/**
 * The instant a read answers from: undefined for now, else up to `staleReadsMs` ago, drawn anew for each
 * call, so that two reads may also go back in time. AWS promises eventual consistency and no bound.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
 */
export function readInstant(context: RegionContext): number | undefined {
  const lagMs = context.weather.staleReadsMs;
  if (lagMs <= 0) return undefined;
  return context.clock.now() - randomInteger(context.random, lagMs + 1);
}

/** One page of a listing; `nextToken` is absent on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/** The bounds AWS sets on `maxResults`, and what it takes when none is given. */
export interface PageRequest {
  readonly scope: string;
  readonly maxResults: number | undefined;
  readonly nextToken: string | undefined;
  readonly defaultMax: number;
}

const RESULTS_MAX = 100;

/** How many items the next page holds; throws when `maxResults` is out of AWS's bounds of 1 to 100. */
function pageSize(request: PageRequest): number {
  const size = request.maxResults ?? request.defaultMax;
  if (size < 1 || size > RESULTS_MAX) {
    throw invalidParameter(`maxResults must be between 1 and ${RESULTS_MAX}.`);
  }
  return size;
}

/**
 * Cuts a page out of `items`, which come in the order of their `position` (a number or a text). A token
 * names the position of the last item given, so items that come or go elsewhere do not disturb paging.
 */
export function cutPage<T>(
  items: Iterable<T>,
  position: (item: T) => number | string,
  request: PageRequest,
  isAfter: (a: number | string, b: number | string) => boolean = (a, b) => a > b,
): Page<T> {
  const size = pageSize(request);
  const start = readToken(request);
  const taken: T[] = [];
  for (const item of items) {
    if (start !== undefined && !isAfter(position(item), start)) continue;
    const last = taken.at(-1);
    if (taken.length === size && last !== undefined) {
      return { items: taken, nextToken: writeToken(request.scope, position(last)) };
    }
    taken.push(item);
  }
  return { items: taken };
}

/** Merges a page into a listing's answer, without a token on the last page. */
export function pageAnswer<T>(
  member: string,
  page: Page<T>,
  render: (item: T) => unknown,
): Record<string, unknown> {
  return {
    [member]: page.items.map(render),
    ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
  };
}

function writeToken(scope: string, position: number | string): string {
  return Buffer.from(JSON.stringify([scope, position])).toString('base64url');
}

/** Tokens are opaque: one from another listing or another filter is refused, as AWS refuses it. */
function readToken(request: PageRequest): number | string | undefined {
  if (request.nextToken === undefined) return undefined;
  try {
    const token: unknown = JSON.parse(Buffer.from(request.nextToken, 'base64url').toString('utf8'));
    if (Array.isArray(token) && token[0] === request.scope) {
      const position: unknown = token[1];
      if (typeof position === 'number' || typeof position === 'string') return position;
    }
  } catch {
    // Falls through: whatever it is, it is none of our tokens.
  }
  throw invalidParameter('Invalid token.');
}
