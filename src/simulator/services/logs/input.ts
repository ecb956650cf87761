import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, requiredText, type TextRule, text, wholeNumber } from '../members.ts';
import { cutPage, type Page, readToken } from '../paging.ts';
import { findGroup, groupArn, invalid, type LogGroup, type LogsState } from './state.ts';

export const GROUP_NAME: TextRule = { min: 1, max: 512, pattern: /^[.\-_/#A-Za-z0-9]+$/ };
export const STREAM_NAME: TextRule = { min: 1, max: 512, pattern: /^[^:*]*$/ };
const IDENTIFIER: TextRule = { min: 1, max: 2048, pattern: /^[\w#+=/:,.@-]*$/ };

/** The newest instant a request may name; it has 15 digits at most. */
const TIMESTAMP_MAX = 253_402_300_799_999;

/** How often a page holds less than it could when reads misbehave. */
const SHORT_PAGE_SHARE = 0.2;

/**
 * How many events a page may hold today. "A page might only be partially full, or even empty", with more behind it.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
export function pageLimit({ context }: LogsState, limit: number): number {
  const short = context.weather.staleReadsMs > 0 && context.random() < SHORT_PAGE_SHARE;
  return short ? Math.floor(context.random() * Math.min(limit, 10)) : limit;
}

/** CloudWatch Logs words its complaints about members as other services do, but under a name of its own. */
export function withOwnErrors<Result>(operation: () => Result): Result {
  try {
    return operation();
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ValidationException') throw invalid(error.message);
    throw error;
  }
}

/** The group a request means by name, and that its caller may do `action` to it. */
export function readGroup(state: LogsState, action: string, input: Document, caller: Caller): LogGroup {
  const name = requiredText(input, 'logGroupName', GROUP_NAME);
  authorize(state, action, name, caller);
  return findGroup(state, name);
}

/** The same where the group may also be given by its ARN. */
export function readAnyGroup(state: LogsState, action: string, input: Document, caller: Caller): LogGroup {
  const name = text(input, 'logGroupName', GROUP_NAME);
  const identifier = text(input, 'logGroupIdentifier', IDENTIFIER);
  if (name !== undefined && identifier !== undefined) {
    throw invalid('LogGroup name and LogGroup identifier are mutually exclusive parameters.');
  }
  const prefix = groupArn(state.context, '');
  const found = name ?? (identifier?.startsWith(prefix) ? identifier.slice(prefix.length) : identifier);
  if (found === undefined) throw invalid('Either LogGroup name or LogGroup identifier must be specified.');
  authorize(state, action, found, caller);
  return findGroup(state, found);
}

/** Checks that the caller may do `action` to a group. */
export function authorize(state: LogsState, action: string, group: string, caller: Caller): void {
  state.context.authorize(`logs:${action}`, `${groupArn(state.context, group)}:*`, caller);
}

/** Reads an optional instant in milliseconds. */
export function timestamp(input: Document, member: string, prefix = ''): number | undefined {
  return wholeNumber(input, member, { min: 0, max: TIMESTAMP_MAX }, prefix);
}

/** One page of `items`: `limit` of at most `max`, which is also what comes unasked. */
export function listPage<Item>(
  input: Document,
  list: { readonly scope: unknown; readonly items: readonly Item[]; readonly max: number },
  nameOf: (item: Item) => string,
): Page<Item> {
  const scope = JSON.stringify(list.scope);
  const take = wholeNumber(input, 'limit', { min: 1, max: list.max }) ?? list.max;
  const after = readToken(text(input, 'nextToken', { min: 1 }), scope);
  if (after === false) throw invalid('The specified nextToken is invalid.');
  return cutPage(list.items, nameOf, { scope, take, ...(after === undefined ? {} : { after }) });
}
