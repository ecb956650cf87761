import { createHash } from 'node:crypto';
import { AwsError } from '../../errors.ts';
import type { RegionContext } from '../../region.ts';
import type { Tags } from '../tags.ts';

export const GROUP_CLASSES = ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY'] as const;
export type GroupClass = (typeof GROUP_CLASSES)[number];

/** One line. Instants are milliseconds, here and on the wire. */
export interface LogEvent {
  /** 56 digits, in order of time; also the place that tokens remember. */
  readonly id: string;
  readonly timestamp: number;
  readonly message: string;
  readonly ingestedAt: number;
}

export interface LogStream {
  readonly name: string;
  readonly createdAt: number;
  /** In order of their ids. */
  events: LogEvent[];
}

export interface LogGroup {
  readonly name: string;
  readonly createdAt: number;
  readonly groupClass: GroupClass;
  readonly kmsKeyId?: string;
  readonly streams: Map<string, LogStream>;
  retentionInDays?: number;
  tags: Tags;
}

/** CloudWatch Logs of one account and region. */
export interface LogsState {
  readonly context: RegionContext;
  readonly groups: Map<string, LogGroup>;
}

export const DAY_MS = 86_400_000;

/** Oldest lines go first once a stream has this many. AWS has no such bound; memory does. */
const EVENTS_MAX = 100_000;

/** A group without streams. */
export function newGroup(
  state: LogsState,
  name: string,
  more: Partial<Pick<LogGroup, 'groupClass' | 'kmsKeyId' | 'tags' | 'createdAt' | 'retentionInDays'>> = {},
): LogGroup {
  return {
    name,
    createdAt: state.context.clock.now(),
    groupClass: 'STANDARD',
    tags: new Map(),
    streams: new Map(),
    ...more,
  };
}

/** Adds lines to a stream, wherever they belong in time. */
export function appendEvents(
  stream: LogStream,
  lines: ReadonlyArray<{ readonly timestamp: number; readonly message: string; readonly ingestedAt: number }>,
): void {
  const digest = digestOf(stream.name);
  const next = new Map<number, number>();
  const added = lines.map((line) => {
    const nth = next.get(line.timestamp) ?? countAt(stream, line.timestamp);
    next.set(line.timestamp, nth + 1);
    return { ...line, id: `${padded(line.timestamp, 15)}${digest}${padded(nth, 15)}` };
  });
  const all = [...stream.events, ...added].sort((a, b) => (a.id < b.id ? -1 : 1));
  stream.events = all.slice(-EVENTS_MAX);
}

/** The lines that retention has left. AWS may take up to three days to remove what is expired; here it is gone. */
export function keptEvents(state: LogsState, group: LogGroup, stream: LogStream): readonly LogEvent[] {
  if (group.retentionInDays === undefined) return stream.events;
  const horizon = state.context.clock.now() - group.retentionInDays * DAY_MS;
  return stream.events.filter(({ timestamp }) => timestamp >= horizon);
}

export function groupArn(context: RegionContext, name: string): string {
  return context.arn('logs', `log-group:${name}`);
}

export function streamArn(context: RegionContext, group: string, stream: string): string {
  return `${groupArn(context, group)}:log-stream:${stream}`;
}

/** The group of that name; throws when there is none. */
export function findGroup(state: LogsState, name: string): LogGroup {
  const group = state.groups.get(name);
  if (group !== undefined) return group;
  throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
}

/** The stream of that name; throws when there is none. */
export function findStream(group: LogGroup, name: string): LogStream {
  const stream = group.streams.get(name);
  if (stream !== undefined) return stream;
  throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
}

/** The complaint of CloudWatch Logs about anything that is wrong with a request. */
export function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

/** How many lines of one instant a stream has seen. */
function countAt(stream: LogStream, timestamp: number): number {
  const last = stream.events.findLast((event) => event.timestamp === timestamp);
  return last === undefined ? 0 : Number(last.id.slice(-15)) + 1;
}

/** 26 digits of a stream's name, so that events of two streams never share an id. */
function digestOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex').slice(0, 20);
  return BigInt(`0x${hex}`).toString().padStart(26, '0');
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
