import { AwsError } from '../../errors.ts';
import type { RegionContext } from '../../region.ts';
import { cutSorted, type Page, readToken } from '../paging.ts';

/** How often a page is cut short when reads misbehave. */
const SHORT_PAGE_SHARE = 0.2;

interface PageRequest {
  readonly scope: string;
  readonly limit: number;
  readonly token: string | undefined;
}

/** Cuts pages the way Parameter Store does. */
export interface Pager {
  /** Cuts a page out of items that are in the order of their names. */
  page<Item extends { readonly name: string }>(items: readonly Item[], request: PageRequest): Page<Item>;
  /** Makes the next `count` pages empty, with a token. */
  forceEmptyPages(count: number): void;
}

/**
 * "The number of items returned can be between zero and the value of MaxResults", with a token for the
 * rest: pages are full on a fair day, some are short or empty when reads are stale.
 * Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
 */
export function createPager(context: RegionContext): Pager {
  let emptyPages = 0;
  const draw = (limit: number): { take: number; keepOpen: boolean } => {
    if (emptyPages > 0) {
      emptyPages -= 1;
      return { take: 0, keepOpen: true };
    }
    const short = context.weather.staleReadsMs > 0 && context.random() < SHORT_PAGE_SHARE;
    return short
      ? { take: Math.floor(context.random() * limit), keepOpen: true }
      : { take: limit, keepOpen: false };
  };
  return {
    page(items, request) {
      const after = readToken(request.token, request.scope);
      if (after === false) throw new AwsError('InvalidNextToken', "The specified token isn't valid.");
      return cutSorted(items, (item) => item.name, {
        scope: request.scope,
        ...draw(request.limit),
        ...(after === undefined ? {} : { after }),
      });
    },
    forceEmptyPages(count) {
      emptyPages = count;
    },
  };
}
