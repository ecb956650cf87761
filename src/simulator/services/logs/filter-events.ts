import type { Caller } from '../../region.ts';
import { type Document, defined, flag, text, texts, wholeNumber } from '../members.ts';
import { cutPage, readToken } from '../paging.ts';
import { EVENTS_MAX, headOf } from './get-events.ts';
import { pageLimit, readAnyGroup, STREAM_NAME, timestamp } from './input.ts';
import { compileFilter } from './pattern.ts';
import { findStream, invalid, keptEvents, type LogEvent, type LogGroup, type LogsState } from './state.ts';

const STREAMS_MAX = 100;

/**
 * All streams of a group, interleaved by time.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
export function filterLogEvents(state: LogsState, input: Document, caller: Caller): unknown {
  const names = texts(input, 'logStreamNames', { min: 1, max: STREAMS_MAX }, STREAM_NAME);
  const prefix = text(input, 'logStreamNamePrefix', STREAM_NAME);
  const startTime = timestamp(input, 'startTime') ?? 0;
  const endTime = timestamp(input, 'endTime') ?? Number.POSITIVE_INFINITY;
  const pattern = text(input, 'filterPattern', { max: 1024 }) ?? '';
  const limit = wholeNumber(input, 'limit', { min: 1, max: EVENTS_MAX }) ?? EVENTS_MAX;
  flag(input, 'interleaved');
  if (names !== undefined && prefix !== undefined) {
    throw invalid('logStreamNames and logStreamNamePrefix are mutually exclusive parameters.');
  }
  const matches = compileFilter(pattern);
  const group = readAnyGroup(state, 'FilterLogEvents', input, caller);
  const scope = JSON.stringify([group.name, names, prefix, startTime, String(endTime), pattern]);
  const after = readToken(text(input, 'nextToken', { min: 1 }), scope);
  if (after === false) throw invalid('The specified nextToken is invalid.');
  const found = eventsOf(state, group, { names, prefix }).filter(
    // Unlike GetLogEvents, the end of the range belongs to it.
    ({ timestamp: at, message }) => at >= startTime && at <= endTime && matches(message),
  );
  const rest = found.filter(({ id }) => after === undefined || id > after);
  const take = headOf(rest, pageLimit(state, limit)).length;
  const cut = { scope, take, ...(after === undefined ? {} : { after }) };
  const page = cutPage(found, ({ id }) => id, cut);
  return defined({
    events: page.items.map(({ stream, timestamp: at, message, ingestedAt, id }) => ({
      logStreamName: stream,
      timestamp: at,
      message,
      ingestionTime: ingestedAt,
      eventId: id,
    })),
    // "As of May 15, 2020, this parameter is no longer supported. This parameter returns an empty list."
    searchedLogStreams: [],
    nextToken: page.nextToken,
  });
}

type FoundEvent = LogEvent & { readonly stream: string };

function eventsOf(
  state: LogsState,
  group: LogGroup,
  asked: { readonly names: readonly string[] | undefined; readonly prefix: string | undefined },
): FoundEvent[] {
  const { names, prefix = '' } = asked;
  const streams =
    names === undefined
      ? [...group.streams.values()].filter(({ name }) => name.startsWith(prefix))
      : [...new Set(names)].map((name) => findStream(group, name));
  return streams
    .flatMap((stream) => keptEvents(state, group, stream).map((event) => ({ ...event, stream: stream.name })))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
