import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, missing, requiredText, requiredTexts } from '../members.ts';
import { readTagMap } from '../tags.ts';
import type { ScalableTarget } from './records.ts';
import { targetArn } from './scope.ts';
import { type AutoscalingState, drawLagMs } from './state.ts';

const TAGS_MAX = 50;
const TARGET_ARN = /^arn:.+:application-autoscaling:.+:[0-9]+:scalable-target\/[a-zA-Z0-9-]+$/;

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TagResource.html */
export function tagResource(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const added = readTagMap(input, 'Tags');
  if (added === undefined) throw missing('tags');
  const target = readTarget(state, 'TagResource', input, caller);
  const tags = new Map([...target.tags, ...added]);
  if (tags.size > TAGS_MAX) {
    throw new AwsError('TooManyTagsException', `A scalable target can have ${TAGS_MAX} tags at most.`, {
      extra: { ResourceName: targetArn(state.context, target.id) },
    });
  }
  state.targets.set(target.resourceId, { ...target, tags }, drawLagMs(state));
  return {};
}

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_UntagResource.html */
export function untagResource(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const keys = requiredTexts(input, 'TagKeys', { max: 200 }, { min: 1, max: 128 });
  const target = readTarget(state, 'UntagResource', input, caller);
  const tags = new Map([...target.tags].filter(([key]) => !keys.includes(key)));
  state.targets.set(target.resourceId, { ...target, tags }, drawLagMs(state));
  return {};
}

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ListTagsForResource.html */
export function listTagsForResource(
  state: AutoscalingState,
  input: Document,
  caller: Caller,
): Record<string, unknown> {
  const { resourceId } = readTarget(state, 'ListTagsForResource', input, caller);
  return { Tags: Object.fromEntries(state.targets.seen(resourceId)?.tags ?? []) };
}

/** A quota is used up; it does not help to try again. */
export function limitReached(message: string): AwsError {
  return new AwsError('LimitExceededException', message);
}

function readTarget(
  state: AutoscalingState,
  action: string,
  input: Document,
  caller: Caller,
): ScalableTarget {
  const arn = requiredText(input, 'ResourceARN', { min: 1, max: 1011, pattern: TARGET_ARN });
  state.context.authorize(`application-autoscaling:${action}`, arn, caller);
  const target = state.targets.allActual().find(({ id }) => targetArn(state.context, id) === arn);
  if (target !== undefined) return target;
  throw new AwsError('ResourceNotFoundException', `The resource ${arn} does not exist.`, {
    extra: { ResourceName: arn },
  });
}
