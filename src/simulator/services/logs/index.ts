import type { ServiceLimits } from '../../limits.ts';
import type { Caller, Operation, RegionContext, Service } from '../../region.ts';
import type { Document } from '../members.ts';
import { filterLogEvents } from './filter-events.ts';
import { getLogEvents } from './get-events.ts';
import {
  createLogGroup,
  deleteLogGroup,
  deleteRetentionPolicy,
  describeLogGroups,
  putRetentionPolicy,
} from './groups.ts';
import { withOwnErrors } from './input.ts';
import { putLogEvents } from './put-events.ts';
import { dumpSection, loadSection } from './section.ts';
import { appendEvents, type LogsState, newGroup } from './state.ts';
import { addStream, createLogStream, deleteLogStream, describeLogStreams } from './streams.ts';
import { listTagsForResource, tagResource, untagResource } from './tagging.ts';

type LogsOperation = (state: LogsState, input: Document, caller: Caller) => unknown;

const OPERATIONS: Readonly<Record<string, LogsOperation>> = {
  CreateLogGroup: createLogGroup,
  CreateLogStream: createLogStream,
  DeleteLogGroup: deleteLogGroup,
  DeleteLogStream: deleteLogStream,
  DeleteRetentionPolicy: deleteRetentionPolicy,
  DescribeLogGroups: describeLogGroups,
  DescribeLogStreams: describeLogStreams,
  FilterLogEvents: filterLogEvents,
  GetLogEvents: getLogEvents,
  ListTagsForResource: listTagsForResource,
  PutLogEvents: putLogEvents,
  PutRetentionPolicy: putRetentionPolicy,
  TagResource: tagResource,
  UntagResource: untagResource,
};

/** Calls a second. Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const PER_SECOND: Readonly<Record<string, number>> = {
  CreateLogGroup: 10,
  CreateLogStream: 50,
  DeleteLogGroup: 10,
  DeleteLogStream: 15,
  DeleteRetentionPolicy: 10,
  DescribeLogGroups: 10,
  DescribeLogStreams: 25,
  FilterLogEvents: 10,
  GetLogEvents: 25,
  ListTagsForResource: 5,
  PutLogEvents: 5000,
  PutRetentionPolicy: 10,
  TagResource: 5,
  UntagResource: 5,
};

const LIMITS: ServiceLimits = {
  buckets: Object.fromEntries(
    Object.entries(PER_SECOND).map(([operation, rate]) => [operation, { burst: rate, perSecond: rate }]),
  ),
  operations: Object.fromEntries(Object.keys(PER_SECOND).map((operation) => [operation, operation])),
  refusal: { code: 'ThrottlingException', message: 'Rate exceeded' },
};

/** CloudWatch Logs of one account and region, as far as the logs of tasks need it. Its world section is described in section.ts. */
export function createLogsService(context: RegionContext): Service {
  const state: LogsState = { context, groups: new Map() };
  offer(state);
  return {
    name: 'logs',
    operations: Object.fromEntries(
      Object.entries(OPERATIONS).map(([name, operation]): [string, Operation] => [
        name,
        (input, caller) => withOwnErrors(() => operation(state, input, caller)),
      ]),
    ),
    limits: LIMITS,
    load: (section) => loadSection(state, section),
    dump: () => dumpSection(state),
  };
}

/** What the log driver of a task does. */
function offer(state: LogsState): void {
  const { clock, offers } = state.context;
  offers.openLogStream = (groupName, streamName, createGroup) => {
    const found = state.groups.get(groupName) ?? (createGroup ? newGroup(state, groupName) : undefined);
    if (found === undefined) return false;
    state.groups.set(groupName, found);
    if (!found.streams.has(streamName)) addStream(state, found, streamName);
    return true;
  };
  offers.writeLog = (groupName, streamName, message) => {
    const stream = state.groups.get(groupName)?.streams.get(streamName);
    // A group may be deleted while a task runs; its lines are lost then.
    if (stream === undefined || message === '') return;
    const timestamp = clock.now();
    appendEvents(stream, [{ timestamp, message, ingestedAt: timestamp }]);
  };
}
