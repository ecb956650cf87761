import { AwsError } from '../../errors.ts';
import { randomUuid } from '../../random.ts';
import type { Caller, RegionContext } from '../../region.ts';
import { type Document, isDocument, missing, structures, text, texts, wholeNumber } from '../members.ts';
import { compilePattern } from './pattern.ts';
import type { EventPlane } from './plane.ts';
import { busArn, invalid, readBusName } from './state.ts';

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const ENTRIES_MAX = 10;
const BYTES_MAX = 1024 * 1024;
const REQUIRED = ['Source', 'DetailType', 'Detail'] as const;

interface EntryProblem {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Failed entries come back with HTTP 200, each in its place. */
export function putEvents(
  context: RegionContext,
  plane: EventPlane,
  input: Document,
  caller: Caller,
): unknown {
  const entries = structures(input, 'Entries', { min: 1, max: ENTRIES_MAX });
  if (entries === undefined) throw missing('entries');
  entries.forEach((entry, index) => {
    checkMembers(entry, `entries.${index + 1}.member.`);
  });
  for (const entry of entries) {
    context.authorize('events:PutEvents', busArn(context, readBusName(context, entry)), caller);
  }
  if (sizeOf(entries) >= BYTES_MAX) {
    throw invalid('Total size of the entries in the request is over the limit.');
  }
  const absences = entries.map(absence);
  const first = absences[0];
  // "If you submit a request in which none of the entries have each of these properties, EventBridge fails the entire request."
  if (first !== undefined && absences.every((problem) => problem !== undefined)) {
    throw invalid(first.ErrorMessage);
  }
  const results = entries.map((entry) => putEntry(context, plane, entry));
  return { FailedEntryCount: results.filter((result) => !('EventId' in result)).length, Entries: results };
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html */
export function testEventPattern(context: RegionContext, input: Document, caller: Caller): unknown {
  const pattern = text(input, 'EventPattern', { max: 4096 });
  const source = text(input, 'Event');
  if (pattern === undefined) throw missing('eventPattern');
  if (source === undefined) throw missing('event');
  context.authorize('events:TestEventPattern', '*', caller);
  const event = parseObject(source);
  if (event === undefined) throw invalid('Parameter Event is not valid. Reason: It is not a JSON object.');
  const members = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];
  const absent = members.find((member) => event[member] === undefined);
  if (absent !== undefined) throw invalid(`Parameter Event is not valid. Reason: ${absent} is missing.`);
  return { Result: compilePattern(pattern).matches(event) };
}

function putEntry(
  context: RegionContext,
  plane: EventPlane,
  entry: Document,
): EntryProblem | { readonly EventId: string } {
  const problem = absence(entry) ?? refusal(entry);
  if (problem !== undefined) return problem;
  const id = randomUuid(context.random);
  const time = typeof entry.Time === 'number' ? entry.Time * 1000 : context.clock.now();
  const event = {
    version: '0',
    id,
    'detail-type': entry.DetailType,
    source: entry.Source,
    account: context.account,
    time: new Date(time).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: context.region,
    resources: entry.Resources ?? [],
    detail: parseObject(String(entry.Detail)),
  };
  send(context, plane, readBusName(context, entry), event);
  return { EventId: id };
}

/** Custom events are late, doubled and reordered like all others. */
function send(context: RegionContext, plane: EventPlane, bus: string, event: Document): void {
  const { weather, random, clock } = context;
  const copies = weather.duplicateEvents > 0 && random() < weather.duplicateEvents ? 2 : 1;
  for (let copy = 0; copy < copies; copy += 1) {
    const delayMs = weather.eventDelayMs > 0 ? Math.floor(random() * weather.eventDelayMs) : 0;
    clock.setTimer(delayMs, () => plane.receive(bus, event));
  }
}

function checkMembers(entry: Document, prefix: string): void {
  text(entry, 'Source', {}, prefix);
  text(entry, 'DetailType', {}, prefix);
  text(entry, 'Detail', {}, prefix);
  texts(entry, 'Resources', {}, { max: 2048 }, prefix);
  text(entry, 'TraceHeader', { min: 1, max: 500 }, prefix);
  if (typeof entry.Time === 'number' && Number.isInteger(entry.Time)) {
    wholeNumber(entry, 'Time', { min: 0, max: 253_402_300_799 }, prefix);
  } else if (entry.Time !== undefined && entry.Time !== null) {
    checkInstant(entry.Time);
  }
}

/** The SDK may send fractions of a second. */
function checkInstant(time: unknown): void {
  const fits = typeof time === 'number' && time >= 0 && time <= 253_402_300_799;
  if (!fits) throw new AwsError('SerializationException', 'time cannot be read as an instant');
}

function absence(entry: Document): EntryProblem | undefined {
  const member = REQUIRED.find((required) => entry[required] === undefined || entry[required] === '');
  if (member === undefined) return undefined;
  return problemOf(
    'InvalidArgument',
    `Parameter ${member} is not valid. Reason: ${member} is a required argument.`,
  );
}

function refusal(entry: Document): EntryProblem | undefined {
  if (String(entry.Source).startsWith('aws.')) {
    return problemOf('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  if (String(entry.DetailType).length > 128) {
    return problemOf(
      'InvalidArgument',
      'Parameter DetailType is not valid. Reason: Length of DetailType should be less than or equal to 128.',
    );
  }
  return parseObject(String(entry.Detail)) === undefined
    ? problemOf('MalformedDetail', 'Detail is malformed.')
    : undefined;
}

function problemOf(ErrorCode: string, ErrorMessage: string): EntryProblem {
  return { ErrorCode, ErrorMessage };
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
function sizeOf(entries: readonly Document[]): number {
  const bytes = (value: unknown): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  return entries.reduce((sum, entry) => {
    const resources = Array.isArray(entry.Resources) ? entry.Resources.map(bytes) : [];
    const time = entry.Time === undefined ? 0 : 14;
    const own = bytes(entry.Source) + bytes(entry.DetailType) + bytes(entry.Detail) + time;
    return sum + own + resources.reduce((total, size) => total + size, 0);
  }, 0);
}

function parseObject(source: string): Document | undefined {
  try {
    const document: unknown = JSON.parse(source);
    return isDocument(document) ? document : undefined;
  } catch {
    return undefined;
  }
}
