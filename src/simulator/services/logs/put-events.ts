import type { Caller } from '../../region.ts';
import { type Document, defined, missing, requiredText, structures } from '../members.ts';
import { GROUP_NAME, STREAM_NAME, timestamp } from './input.ts';
import {
  appendEvents,
  DAY_MS,
  findGroup,
  findStream,
  invalid,
  type LogGroup,
  type LogsState,
  streamArn,
} from './state.ts';

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const EVENTS_MAX = 10_000;
const BATCH_BYTES_MAX = 1_048_576;
const EVENT_BYTES = 26;
const TOO_NEW_MS = 2 * 3_600_000;
const TOO_OLD_MS = 14 * DAY_MS;

interface Line {
  readonly timestamp: number;
  readonly message: string;
}

/** Lines that are too old or too new are left out with HTTP 200; anything else wrong fails the batch. */
export function putLogEvents(state: LogsState, input: Document, caller: Caller): unknown {
  const groupName = requiredText(input, 'logGroupName', GROUP_NAME);
  const streamName = requiredText(input, 'logStreamName', STREAM_NAME);
  const lines = readLines(input);
  const arn = streamArn(state.context, groupName, streamName);
  state.context.authorize('logs:PutLogEvents', arn, caller);
  const group = findGroup(state, groupName);
  const stream = findStream(group, streamName);
  checkBatch(lines);
  const { accepted, rejected } = sortOut(state, group, lines);
  const ingestedAt = state.context.clock.now();
  appendEvents(
    stream,
    accepted.map((line) => ({ ...line, ingestedAt })),
  );
  // Deprecated, but still there: "The sequence token is now ignored in PutLogEvents actions."
  const nextSequenceToken = stream.events.at(-1)?.id ?? '0'.repeat(56);
  return defined({ nextSequenceToken, rejectedLogEventsInfo: rejected });
}

function readLines(input: Document): Line[] {
  const events = structures(input, 'logEvents', { min: 1, max: EVENTS_MAX });
  if (events === undefined) throw missing('logEvents');
  return events.map((event, index) => {
    const prefix = `logEvents.${index + 1}.member.`;
    const at = timestamp(event, 'timestamp', prefix);
    if (at === undefined) throw missing(`${prefix}timestamp`);
    return { timestamp: at, message: requiredText(event, 'message', { min: 1 }, prefix) };
  });
}

function checkBatch(lines: readonly Line[]): void {
  const bytes = lines.reduce((sum, { message }) => sum + Buffer.byteLength(message) + EVENT_BYTES, 0);
  if (bytes > BATCH_BYTES_MAX) {
    throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${BATCH_BYTES_MAX}`);
  }
  const unordered = lines.some(({ timestamp: at }, index) => at < (lines[index - 1]?.timestamp ?? 0));
  if (unordered) {
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
  }
  const span = (lines.at(-1)?.timestamp ?? 0) - (lines[0]?.timestamp ?? 0);
  if (span > DAY_MS) {
    throw invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
}

/** The lines are in order of time, so what is left out stands at either end. */
function sortOut(
  state: LogsState,
  group: LogGroup,
  lines: readonly Line[],
): { readonly accepted: readonly Line[]; readonly rejected: Record<string, number> | undefined } {
  const now = state.context.clock.now();
  const countBefore = (horizon: number): number => lines.filter(({ timestamp: at }) => at < horizon).length;
  const { retentionInDays } = group;
  const expired = retentionInDays === undefined ? 0 : countBefore(now - retentionInDays * DAY_MS);
  const tooOld = countBefore(now - TOO_OLD_MS);
  const tooNew = countBefore(now + TOO_NEW_MS + 1);
  const rejected = defined({
    tooNewLogEventStartIndex: tooNew < lines.length ? tooNew : undefined,
    tooOldLogEventEndIndex: tooOld > 0 ? tooOld : undefined,
    expiredLogEventEndIndex: expired > 0 ? expired : undefined,
  });
  return {
    accepted: lines.slice(Math.max(tooOld, expired), tooNew),
    rejected: Object.keys(rejected).length === 0 ? undefined : rejected,
  };
}
