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
  const cleaned = withoutNulls(input, 0);
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

/** The value itself where there is nothing to leave out, as in most requests. */
function withoutNulls(value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new AwsError('SerializationException', 'The request is nested too deeply.');
  if (typeof value !== 'object' || value === null) return value;
  const cleaned = Array.isArray(value) ? listWithoutNulls(value, depth) : documentWithoutNulls(value, depth);
  return cleaned ?? value;
}

function listWithoutNulls(list: readonly unknown[], depth: number): unknown[] | undefined {
  const kept = list.filter((item) => item !== null).map((item) => withoutNulls(item, depth + 1));
  const isSame = kept.length === list.length && kept.every((item, index) => item === list[index]);
  return isSame ? undefined : kept;
}

function documentWithoutNulls(document: object, depth: number): Document | undefined {
  let isSame = true;
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(document)) {
    const cleaned: unknown = withoutNulls(member ?? undefined, depth + 1);
    if (cleaned !== undefined) setMember(kept, name, cleaned);
    if (cleaned !== member) isSame = false;
  }
  return isSame ? undefined : kept;
}

/** JSON with sorted members: equal documents give equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
