import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, defined, flag, missing, requiredText, text, texts, wholeNumber } from '../members.ts';
import { readTagMap, TAG_TEXT } from '../tags.ts';
import { authorize, GROUP_NAME, listPage, readGroup } from './input.ts';
import {
  GROUP_CLASSES,
  groupArn,
  invalid,
  keptEvents,
  type LogGroup,
  type LogsState,
  newGroup,
} from './state.ts';

const PAGE_MAX = 50;
const TAGS_MAX = 50;

/** "Possible values are…" */
export const RETENTION_DAYS: readonly number[] = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400],
  ...[545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
];

/** What a line costs beside its text. */
const EVENT_BYTES = 26;

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html */
export function createLogGroup(state: LogsState, input: Document, caller: Caller): unknown {
  const name = requiredText(input, 'logGroupName', GROUP_NAME);
  const groupClass = text(input, 'logGroupClass', { oneOf: GROUP_CLASSES });
  const kmsKeyId = text(input, 'kmsKeyId', { max: 256 });
  const tags = readTagMap(input, 'tags', { pattern: TAG_TEXT });
  authorize(state, 'CreateLogGroup', name, caller);
  if (tags !== undefined) authorize(state, 'TagResource', name, caller);
  if (name.startsWith('aws/')) throw invalid("Log groups starting with 'aws/' are reserved for AWS.");
  if (tags !== undefined && (tags.size < 1 || tags.size > TAGS_MAX)) {
    throw invalid(`tags must have between 1 and ${TAGS_MAX} entries`);
  }
  if (state.groups.has(name)) {
    throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
  }
  const known = GROUP_CLASSES.find((one) => one === groupClass);
  state.groups.set(name, newGroup(state, name, defined({ groupClass: known, kmsKeyId, tags })));
  return {};
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html */
export function deleteLogGroup(state: LogsState, input: Document, caller: Caller): unknown {
  state.groups.delete(readGroup(state, 'DeleteLogGroup', input, caller).name);
  return {};
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html */
export function describeLogGroups(state: LogsState, input: Document, caller: Caller): unknown {
  const prefix = text(input, 'logGroupNamePrefix', GROUP_NAME);
  const part = text(input, 'logGroupNamePattern', { max: 512, pattern: /^[.\-_/#A-Za-z0-9]*$/ });
  const groupClass = text(input, 'logGroupClass', { oneOf: GROUP_CLASSES });
  const asked = texts(input, 'logGroupIdentifiers', { min: 1, max: 50 }, { min: 1, max: 2048 });
  flag(input, 'includeLinkedAccounts');
  if (prefix !== undefined && part !== undefined) {
    throw invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  }
  authorize(state, 'DescribeLogGroups', '*', caller);
  const items = [...state.groups.values()]
    .filter(({ name }) => name.startsWith(prefix ?? '') && name.includes(part ?? ''))
    .filter((group) => groupClass === undefined || group.groupClass === groupClass)
    .filter(
      ({ name }) => asked?.some((one) => one === name || one === groupArn(state.context, name)) ?? true,
    );
  const scope = ['DescribeLogGroups', prefix, part, groupClass, asked];
  const page = listPage(input, { scope, items, max: PAGE_MAX }, ({ name }) => name);
  const show = part === undefined ? showGroup : showBriefly;
  return defined({
    logGroups: page.items.map((group) => show(state, group)),
    nextToken: page.nextToken,
  });
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export function putRetentionPolicy(state: LogsState, input: Document, caller: Caller): unknown {
  const days = wholeNumber(input, 'retentionInDays');
  if (days === undefined) throw missing('retentionInDays');
  const group = readGroup(state, 'PutRetentionPolicy', input, caller);
  if (!RETENTION_DAYS.includes(days)) {
    throw invalid(
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`,
    );
  }
  group.retentionInDays = days;
  return {};
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html */
export function deleteRetentionPolicy(state: LogsState, input: Document, caller: Caller): unknown {
  delete readGroup(state, 'DeleteRetentionPolicy', input, caller).retentionInDays;
  return {};
}

/** There are two ARNs, with and without `:*` at the end, for different uses. */
function showGroup(state: LogsState, group: LogGroup): Record<string, unknown> {
  return defined({
    ...showBriefly(state, group),
    retentionInDays: group.retentionInDays,
    metricFilterCount: 0,
    storedBytes: bytesOf(state, group),
    kmsKeyId: group.kmsKeyId,
    logGroupClass: group.groupClass,
    logGroupArn: groupArn(state.context, group.name),
  });
}

/** "If you specify logGroupNamePattern, then only arn, creationTime, and logGroupName are included." */
function showBriefly(state: LogsState, group: LogGroup): Record<string, unknown> {
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    arn: `${groupArn(state.context, group.name)}:*`,
  };
}

function bytesOf(state: LogsState, group: LogGroup): number {
  return [...group.streams.values()]
    .flatMap((stream) => keptEvents(state, group, stream))
    .reduce((sum, { message }) => sum + Buffer.byteLength(message) + EVENT_BYTES, 0);
}
