import type { Caller } from '../../region.ts';
import { type Document, flag, requiredText, text, wholeNumber } from '../members.ts';
import { pageLimit, readAnyGroup, STREAM_NAME, timestamp } from './input.ts';
import { findStream, invalid, keptEvents, type LogEvent, type LogsState } from './state.ts';

/** "…as many log events as can fit in a response size of 1 MB (up to 10,000 log events)." */
export const EVENTS_MAX = 10_000;
const PAGE_BYTES_MAX = 1_048_576;

/** `f/` goes on after an event, `b/` before one; the last letter changes when an empty page is not the end. */
const TOKEN = /^([fb])\/(\d{56})\/([se])$/;
const FIRST_PLACE = '0'.repeat(56);

/**
 * One stream, a page at a time and both ways. There are always two tokens; the end is where a token repeats.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
export function getLogEvents(state: LogsState, input: Document, caller: Caller): unknown {
  const name = requiredText(input, 'logStreamName', STREAM_NAME);
  const startTime = timestamp(input, 'startTime') ?? 0;
  const endTime = timestamp(input, 'endTime') ?? Number.POSITIVE_INFINITY;
  const limit = wholeNumber(input, 'limit', { min: 1, max: EVENTS_MAX }) ?? EVENTS_MAX;
  const fromHead = flag(input, 'startFromHead');
  const token = readToken(text(input, 'nextToken', { min: 1 }));
  const group = readAnyGroup(state, 'GetLogEvents', input, caller);
  const stream = findStream(group, name);
  const inRange = keptEvents(state, group, stream).filter(
    ({ timestamp: at }) => at >= startTime && at < endTime,
  );
  const most = pageLimit(state, limit);
  // Without a token there is no place yet that an empty page could leave the reader at.
  const events = takePage(inRange, {
    token,
    limit: token === undefined ? Math.max(1, most) : most,
    fromHead,
  });
  return {
    events: events.map(({ timestamp: at, message, ingestedAt }) => ({
      timestamp: at,
      message,
      ingestionTime: ingestedAt,
    })),
    ...tokensOf(events, token, most === 0),
  };
}

interface Token {
  readonly forward: boolean;
  readonly place: string;
  readonly mark: string;
}

function takePage(
  events: readonly LogEvent[],
  asked: { readonly token: Token | undefined; readonly limit: number; readonly fromHead: boolean },
): readonly LogEvent[] {
  const { token, limit, fromHead } = asked;
  if (token === undefined) return fromHead ? headOf(events, limit) : tailOf(events, limit);
  return token.forward
    ? headOf(
        events.filter(({ id }) => id > token.place),
        limit,
      )
    : tailOf(
        events.filter(({ id }) => id < token.place),
        limit,
      );
}

/** The first events that one page holds. */
export function headOf<Event extends { readonly message: string }>(
  events: readonly Event[],
  limit: number,
): readonly Event[] {
  return events.slice(0, fitting(events, limit));
}

function tailOf(events: readonly LogEvent[], limit: number): readonly LogEvent[] {
  return events.slice(events.length - fitting([...events].reverse(), limit));
}

/** At least one, however large. */
function fitting(events: ReadonlyArray<{ readonly message: string }>, limit: number): number {
  let bytes = 0;
  for (const [index, { message }] of events.entries()) {
    bytes += Buffer.byteLength(message);
    if (index >= limit || (index > 0 && bytes > PAGE_BYTES_MAX)) return index;
  }
  return events.length;
}

/** An empty page gives the token back that it came with; the other one leads back over the same place. */
function tokensOf(
  events: readonly LogEvent[],
  token: Token | undefined,
  cutShort: boolean,
): Record<string, string> {
  const first = events[0]?.id;
  const last = events.at(-1)?.id;
  if (first !== undefined && last !== undefined) {
    return { nextForwardToken: write('f', last), nextBackwardToken: write('b', first) };
  }
  const place = token?.place ?? FIRST_PLACE;
  const before = token?.mark ?? 's';
  const mark = cutShort ? (before === 's' ? 'e' : 's') : before;
  const step = (by: bigint): string => (BigInt(place) + by).toString().padStart(56, '0');
  if (token?.forward === false) {
    const ahead = place === FIRST_PLACE ? place : step(-1n);
    return { nextForwardToken: write('f', ahead), nextBackwardToken: write('b', place, mark) };
  }
  return { nextForwardToken: write('f', place, mark), nextBackwardToken: write('b', step(1n)) };
}

function write(way: 'f' | 'b', place: string, mark = 's'): string {
  return `${way}/${place}/${mark}`;
}

function readToken(given: string | undefined): Token | undefined {
  if (given === undefined) return undefined;
  const [, way, place, mark = 's'] = TOKEN.exec(given) ?? [];
  if (place === undefined) throw invalid('The specified nextToken is invalid.');
  return { forward: way === 'f', place, mark };
}
