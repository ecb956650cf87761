import type { Operation } from '../../region.ts';
import { type Document, structure, text, texts } from '../members.ts';
import { invalidParameter, missingParameter } from './errors.ts';
import type { Registry } from './registry.ts';

const KEY_MAX = 128;
const VALUE_MAX = 256;

/** Tags of queues. Source: SQS sqs-queue-tags.html */
export function tagOperations(registry: Registry): Record<string, Operation> {
  return {
    TagQueue: (input, caller) => {
      const { queue } = registry.reach(input, 'sqs:TagQueue', caller);
      if (input.Tags === undefined) throw missingParameter('Tags');
      queue.tags = new Map([...queue.tags, ...readTagMap(input, 'Tags')]);
      return {};
    },
    UntagQueue: (input, caller) => {
      const { queue } = registry.reach(input, 'sqs:UntagQueue', caller);
      const keys = texts(input, 'TagKeys');
      if (keys === undefined) throw missingParameter('TagKeys');
      queue.tags = new Map([...queue.tags].filter(([key]) => !keys.includes(key)));
      return {};
    },
    ListQueueTags: (input, caller) => {
      const { queue } = registry.reach(input, 'sqs:ListQueueTags', caller);
      return queue.tags.size === 0 ? {} : { Tags: Object.fromEntries(queue.tags) };
    },
  };
}

/** Reads a map of tags. */
export function readTagMap(input: Document, member: string): ReadonlyMap<string, string> {
  const given = structure(input, member) ?? {};
  return new Map(
    Object.keys(given).map((key) => {
      const value = text(given, key) ?? '';
      if (key === '' || key.length > KEY_MAX || value.length > VALUE_MAX || /^aws:/i.test(key)) {
        throw invalidParameter(`Tag key or value of '${key}' is invalid.`);
      }
      return [key, value] as const;
    }),
  );
}
