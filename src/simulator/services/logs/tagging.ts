import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, missing, requiredText, requiredTexts } from '../members.ts';
import { readTagMap, TAG_TEXT } from '../tags.ts';
import { groupArn, type LogGroup, type LogsState } from './state.ts';

const TAGS_MAX = 50;

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html */
export function tagResource(state: LogsState, input: Document, caller: Caller): unknown {
  const added = readTagMap(input, 'tags', { pattern: TAG_TEXT });
  if (added === undefined) throw missing('tags');
  const group = readTagged(state, 'TagResource', input, caller);
  const tags = new Map([...group.tags, ...added]);
  if (tags.size > TAGS_MAX) {
    throw new AwsError('TooManyTagsException', `A resource can have ${TAGS_MAX} tags at most.`, {
      extra: { resourceName: groupArn(state.context, group.name) },
    });
  }
  group.tags = tags;
  return {};
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html */
export function untagResource(state: LogsState, input: Document, caller: Caller): unknown {
  const keys = requiredTexts(input, 'tagKeys', { max: TAGS_MAX }, { min: 1, max: 128 });
  const group = readTagged(state, 'UntagResource', input, caller);
  group.tags = new Map([...group.tags].filter(([key]) => !keys.includes(key)));
  return {};
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html */
export function listTagsForResource(state: LogsState, input: Document, caller: Caller): unknown {
  return { tags: Object.fromEntries(readTagged(state, 'ListTagsForResource', input, caller).tags) };
}

/** These three take the ARN without `:*` at its end. */
function readTagged(state: LogsState, action: string, input: Document, caller: Caller): LogGroup {
  const arn = requiredText(input, 'resourceArn', { min: 1, max: 1011, pattern: /^[\w+=/:,.@-]*$/ });
  state.context.authorize(`logs:${action}`, arn, caller);
  const prefix = groupArn(state.context, '');
  const group = arn.startsWith(prefix) ? state.groups.get(arn.slice(prefix.length)) : undefined;
  if (group !== undefined) return group;
  throw new AwsError('ResourceNotFoundException', 'The specified resource does not exist.');
}
