import { z } from 'zod';
import type { Caller } from '../../region.ts';
import { clusterNotFound, invalidParameter, resourceNotFound } from './errors.ts';
import { findService } from './identifiers.ts';
import { parseInput } from './input.ts';
import type { Tag } from './records.ts';
import { tag as tagShape, text, texts } from './shapes.ts';
import type { EcsState } from './state.ts';

const TAGS_MAX = 50;
const KEY_LENGTH_MAX = 128;
const VALUE_LENGTH_MAX = 256;

/** Checks tags as AWS does; they come back with a value each. */
export function checkTags(tags: readonly Tag[] = []): Tag[] {
  if (tags.length > TAGS_MAX) throw invalidParameter(`The number of tags cannot exceed ${TAGS_MAX}.`);
  const keys = new Set<string>();
  return tags.map(({ key, value = '' }) => {
    if (key === undefined || key === '') throw invalidParameter('Tag keys cannot be null or empty.');
    if (key.length > KEY_LENGTH_MAX || value.length > VALUE_LENGTH_MAX) {
      throw invalidParameter(
        `Tag keys have at most ${KEY_LENGTH_MAX} characters and values ${VALUE_LENGTH_MAX}.`,
      );
    }
    if (/^aws:/i.test(key)) throw invalidParameter('The prefix aws: is reserved for use by AWS.');
    if (keys.has(key)) throw invalidParameter('Duplicate tag keys found.');
    keys.add(key);
    return { key, value };
  });
}

/** Lists that win over earlier ones by key. */
export function mergeTags(...lists: ReadonlyArray<readonly Tag[]>): Tag[] {
  return [...new Map(lists.flat().map((tag) => [tag.key, tag])).values()];
}

interface Tagged {
  readonly tags: readonly Tag[];
  put(tags: readonly Tag[]): void;
}

/** Any resource that carries tags; throws when there is none of that ARN. */
function requireTagged(state: EcsState, arn: string): Tagged {
  const kind = arn.split(':')[5]?.split('/')[0];
  if (!arn.startsWith('arn:') || kind === undefined) throw invalidParameter('Invalid identifier.');
  if (kind === 'cluster') return taggedCluster(state, arn);
  if (kind === 'service') return taggedService(state, arn);
  if (kind === 'task') {
    const task = state.tasks.get(arn);
    if (task === undefined) throw resourceNotFound();
    return { tags: task.tags, put: (tags) => state.tasks.put(arn, { ...task, tags }) };
  }
  const definition = kind === 'task-definition' ? state.taskDefinitions.get(arn) : undefined;
  if (definition === undefined) throw resourceNotFound();
  return { tags: definition.tags, put: (tags) => state.taskDefinitions.put(arn, { ...definition, tags }) };
}

function taggedCluster(state: EcsState, arn: string): Tagged {
  const cluster = [...state.clusters.values()].find((candidate) => candidate.arn === arn);
  if (cluster === undefined) throw clusterNotFound();
  return { tags: cluster.tags, put: (tags) => state.clusters.set(cluster.name, { ...cluster, tags }) };
}

function taggedService(state: EcsState, arn: string): Tagged {
  const service = findService(state, arn);
  if (service === undefined) throw resourceNotFound();
  if (service.status === 'INACTIVE') {
    throw invalidParameter('The specified service is inactive. Specify an active service and try again.');
  }
  return { tags: service.tags, put: (tags) => state.services.put(arn, { ...service, tags }) };
}

const tagResourceShape = z.object({ resourceArn: text, tags: z.array(tagShape) });

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html */
export function tagResource(state: EcsState, input: Record<string, unknown>, caller: Caller): unknown {
  const { resourceArn, tags } = parseInput(tagResourceShape, input);
  state.context.authorize('ecs:TagResource', resourceArn, caller);
  const resource = requireTagged(state, resourceArn);
  const merged = mergeTags(resource.tags, checkTags(tags));
  // AWS's own tags do not count.
  const counted = merged.filter(({ key = '' }) => !key.startsWith('aws:'));
  if (counted.length > TAGS_MAX) throw invalidParameter(`The number of tags cannot exceed ${TAGS_MAX}.`);
  resource.put(merged);
  return {};
}

const untagResourceShape = z.object({ resourceArn: text, tagKeys: texts });

export function untagResource(state: EcsState, input: Record<string, unknown>, caller: Caller): unknown {
  const { resourceArn, tagKeys } = parseInput(untagResourceShape, input);
  state.context.authorize('ecs:UntagResource', resourceArn, caller);
  if (tagKeys.some((key) => /^aws:/i.test(key))) {
    throw invalidParameter('The prefix aws: is reserved for use by AWS.');
  }
  const resource = requireTagged(state, resourceArn);
  resource.put(resource.tags.filter(({ key }) => key === undefined || !tagKeys.includes(key)));
  return {};
}

const listShape = z.object({ resourceArn: text });

export function listTagsForResource(
  state: EcsState,
  input: Record<string, unknown>,
  caller: Caller,
): unknown {
  const { resourceArn } = parseInput(listShape, input);
  state.context.authorize('ecs:ListTagsForResource', resourceArn, caller);
  return { tags: requireTagged(state, resourceArn).tags };
}
