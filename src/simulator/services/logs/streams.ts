import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, defined, flag, requiredText, text } from '../members.ts';
import { listPage, readAnyGroup, readGroup, STREAM_NAME } from './input.ts';
import {
  findStream,
  invalid,
  keptEvents,
  type LogEvent,
  type LogGroup,
  type LogStream,
  type LogsState,
  streamArn,
} from './state.ts';

const PAGE_MAX = 50;
const ORDERS = ['LogStreamName', 'LastEventTime'];

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html */
export function createLogStream(state: LogsState, input: Document, caller: Caller): unknown {
  const name = requiredText(input, 'logStreamName', STREAM_NAME);
  const group = readGroup(state, 'CreateLogStream', input, caller);
  if (group.streams.has(name)) {
    throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
  }
  addStream(state, group, name);
  return {};
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html */
export function deleteLogStream(state: LogsState, input: Document, caller: Caller): unknown {
  const name = requiredText(input, 'logStreamName', STREAM_NAME);
  const group = readGroup(state, 'DeleteLogStream', input, caller);
  group.streams.delete(findStream(group, name).name);
  return {};
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html */
export function describeLogStreams(state: LogsState, input: Document, caller: Caller): unknown {
  const prefix = text(input, 'logStreamNamePrefix', STREAM_NAME);
  const byTime = text(input, 'orderBy', { oneOf: ORDERS }) === 'LastEventTime';
  const descending = flag(input, 'descending');
  if (byTime && prefix !== undefined) {
    throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  const group = readAnyGroup(state, 'DescribeLogStreams', input, caller);
  const items = [...group.streams.values()].filter(({ name }) => name.startsWith(prefix ?? ''));
  const scope = ['DescribeLogStreams', group.name, prefix, byTime, descending];
  const place = (stream: LogStream): string =>
    byTime ? timePlace(state, group, stream, descending) : namePlace(stream.name, descending);
  const page = listPage(input, { scope, items, max: PAGE_MAX }, place);
  return defined({
    logStreams: page.items.map((stream) => showStream(state, group, stream)),
    nextToken: page.nextToken,
  });
}

/** Makes a stream of a name that is free. */
export function addStream(state: LogsState, group: LogGroup, name: string): LogStream {
  const stream: LogStream = { name, createdAt: state.context.clock.now(), events: [] };
  group.streams.set(name, stream);
  return stream;
}

/** Sorts like the name, or in the opposite order: then every code unit is turned around, and longer names come first. */
function namePlace(name: string, descending: boolean): string {
  if (!descending) return name;
  const turned = Array.from({ length: name.length }, (_, index) =>
    (0xffff - name.charCodeAt(index)).toString(16).padStart(4, '0'),
  );
  return `${turned.join('')}g`;
}

function timePlace(state: LogsState, group: LogGroup, stream: LogStream, descending: boolean): string {
  const last = keptEvents(state, group, stream).at(-1)?.timestamp ?? 0;
  const time = descending ? 1e15 - last : last;
  return `${String(time).padStart(16, '0')} ${stream.name}`;
}

function showStream(state: LogsState, group: LogGroup, stream: LogStream): Record<string, unknown> {
  const events = keptEvents(state, group, stream);
  return defined({
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    firstEventTimestamp: events[0]?.timestamp,
    lastEventTimestamp: events.at(-1)?.timestamp,
    lastIngestionTime: events.length === 0 ? undefined : latestIngestion(events),
    arn: streamArn(state.context, group.name, stream.name),
    // "As of June 17, 2019, this parameter is no longer supported for log streams, and is always reported as zero."
    storedBytes: 0,
  });
}

function latestIngestion(events: readonly LogEvent[]): number {
  return events.reduce((latest, { ingestedAt }) => Math.max(latest, ingestedAt), 0);
}
