import { AwsError } from '../errors.ts';
import {
  constraintError,
  type Document,
  missing,
  structure,
  structures,
  type TextRule,
  text,
} from './members.ts';

/** Tags of one resource. */
export type Tags = ReadonlyMap<string, string>;

/** A tag as SSM and EventBridge write it. */
export interface TagDocument {
  readonly Key: string;
  readonly Value: string;
}

/** Letters, spaces, digits and `_.:/=+-@`. */
export const TAG_TEXT = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;

/** Reads a list of tags; `undefined` when the member is not there. Source: API_Tag.html of either service. */
export function readTags(input: Document, member: string, max: number): Tags | undefined {
  const found = structures(input, member, { max });
  if (found === undefined) return undefined;
  const tags = new Map<string, string>();
  found.forEach((tag, index) => {
    const prefix = `${member.charAt(0).toLowerCase()}${member.slice(1)}.${index + 1}.member.`;
    const key = text(tag, 'Key', { min: 1, max: 128, pattern: TAG_TEXT }, prefix);
    const value = text(tag, 'Value', { max: 256, pattern: TAG_TEXT }, prefix);
    if (key === undefined) throw missing(`${prefix}key`);
    if (value === undefined) throw missing(`${prefix}value`);
    if (/^aws:/i.test(key))
      throw constraintError(`${prefix}key`, key, 'not begin with the reserved prefix aws:');
    if (tags.has(key)) throw new AwsError('ValidationException', `Duplicate tag key: ${key}`);
    tags.set(key, value);
  });
  return tags;
}

/** Reads tags written as an object of texts, as younger services do; `undefined` when the member is not there. */
export function readTagMap(input: Document, member: string, rule: TextRule = {}): Tags | undefined {
  const found = structure(input, member);
  if (found === undefined) return undefined;
  const tags = new Map<string, string>();
  for (const key of Object.keys(found)) {
    text({ key }, 'key', { min: 1, max: 128, ...rule }, `${member}.`);
    if (/^aws:/i.test(key)) throw constraintError(member, key, 'not begin with the reserved prefix aws:');
    const value = text({ value: found[key] }, 'value', { max: 256, ...rule }, `${member}.`);
    if (value === undefined) throw missing(`${member}.value`);
    tags.set(key, value);
  }
  return tags;
}

/** `tags` as a list, sorted by key. */
export function tagList(tags: Tags): TagDocument[] {
  return [...tags].sort(([a], [b]) => (a < b ? -1 : 1)).map(([Key, Value]) => ({ Key, Value }));
}
