import type { z } from 'zod';
import { AwsError } from '../../errors.ts';
import { setMember } from '../members.ts';

/** Nesting beyond this is no request AWS knows; it also keeps our own recursion bounded. */
const DEPTH_MAX = 40;

/** A JSON object whose members are looked at where they are used. */
export type Document = Readonly<Record<string, unknown>>;

/**
 * Reads a request as AWS's JSON protocol does: null members count as absent, unknown members are dropped,
 * a value of the wrong JSON type is a SerializationException, anything else that is wrong is `code`.
 */
export function parseInput<T>(
  shape: z.ZodType<T>,
  input: Document,
  code:
    | 'InvalidParameterException'
    | 'ClientException'
    | 'InvalidInputException' = 'InvalidParameterException',
): T {
  const cleaned = hasNulls(input, 0) ? withoutNulls(input) : input;
  const parsed = shape.safeParse(cleaned);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw issue === undefined ? new AwsError(code, 'Invalid request.') : issueError(issue, cleaned, code);
}

function issueError(issue: z.core.$ZodIssue, input: unknown, code: string): AwsError {
  const place = issue.path.map(String).join('.') || 'request';
  const value = valueAt(input, issue.path);
  if (value === undefined) return new AwsError(code, `${place} cannot be empty.`);
  if (issue.code === 'invalid_type') {
    return new AwsError('SerializationException', `${place}: expected ${issue.expected}.`);
  }
  return new AwsError(code, `Invalid value at '${place}': ${issue.message}`);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, step)?.value;
  }
  return value;
}

/** Whether there is anything to leave out; in most requests there is not. */
function hasNulls(value: unknown, depth: number): boolean {
  if (depth > DEPTH_MAX) throw new AwsError('SerializationException', 'The request is nested too deeply.');
  if (typeof value !== 'object') return false;
  if (value === null) return true;
  // All members are looked at, for one that is nested too deeply.
  let found = false;
  if (Array.isArray(value)) {
    for (const item of value) if (hasNulls(item, depth + 1)) found = true;
    return found;
  }
  const document = value as Document; // Whatever an object has, it has by names.
  for (const name in document) if (hasNulls(document[name], depth + 1)) found = true;
  return found;
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== null && member !== undefined) setMember(kept, name, withoutNulls(member));
  }
  return kept;
}

/** JSON with sorted members: equal documents give equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
