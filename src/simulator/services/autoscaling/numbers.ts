import { AwsError } from '../../errors.ts';
import { constraintError, type Document, missing, type RangeRule } from '../members.ts';

/** Reads an optional number that may have a fraction. */
export function decimal(
  input: Document,
  member: string,
  rule: RangeRule = {},
  prefix = '',
): number | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined) return undefined;
  const path = pathOf(member, prefix);
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new AwsError('SerializationException', `${path} cannot be read as a number`);
  }
  if (rule.min !== undefined && value < rule.min) {
    throw constraintError(path, value, `have value greater than or equal to ${rule.min}`);
  }
  if (rule.max !== undefined && value > rule.max) {
    throw constraintError(path, value, `have value less than or equal to ${rule.max}`);
  }
  return value;
}

/** Reads a number that must be there. */
export function requiredDecimal(input: Document, member: string, rule: RangeRule = {}, prefix = ''): number {
  const value = decimal(input, member, rule, prefix);
  if (value === undefined) throw missing(pathOf(member, prefix));
  return value;
}

/** The last instant that AWS's timestamps can hold, in seconds. */
const SECONDS_MAX = 253_402_300_799;

/** Reads an optional instant, on the wire in epoch seconds, as milliseconds. */
export function instant(input: Document, member: string): number | undefined {
  const seconds = decimal(input, member, { min: 0, max: SECONDS_MAX });
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

function pathOf(member: string, prefix: string): string {
  return prefix + member.charAt(0).toLowerCase() + member.slice(1);
}
