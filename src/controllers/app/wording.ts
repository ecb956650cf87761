import type { Failure } from '../../reconcile/errors.ts';
import type { Condition } from '../../reconcile/plan.ts';
import type { Parameter } from '../../reconcile/reading.ts';

/** How long a value may be to be repeated in a command of a condition. */
const COMMAND_VALUE_MAX = 1_000;

/** What is wrong with a place in desired state; every part is a piece of the sentence a person reads. */
export interface Mistake {
  readonly parameter: Pick<Parameter, 'name'> & Partial<Pick<Parameter, 'version'>>;
  /** `web.cpu`; absent when it concerns the whole value. */
  readonly path?: string;
  readonly reason: string;
  readonly found: string;
  readonly allowed: string;
  /** What happens now. */
  readonly now: string;
  /** What to type. */
  readonly command: string;
}

/** The condition for a mistake in a parameter. */
export function invalid(mistake: Mistake): Condition {
  const { parameter, path } = mistake;
  const place = path === undefined ? parameter.name : `${path} in ${parameter.name}`;
  const version = parameter.version === undefined ? '' : ` (version ${parameter.version})`;
  return {
    type: 'Valid',
    status: 'False',
    reason: mistake.reason,
    message: `${place}${version} is ${mistake.found}. Allowed: ${mistake.allowed}. ${mistake.now} To correct it: ${mistake.command}`,
    parameter: parameter.name,
    ...(path === undefined ? {} : { path }),
    ...(parameter.version === undefined ? {} : { version: parameter.version }),
  };
}

/** A remark about a parameter that is valid all the same. */
export function remark(
  parameter: Pick<Parameter, 'name' | 'version'>,
  reason: string,
  message: string,
): Condition {
  return {
    type: 'Valid',
    status: 'True',
    reason,
    message,
    parameter: parameter.name,
    version: parameter.version,
  };
}

/** The condition for an item of the table that could not be read; `now` says what happens meanwhile. */
export function unreadableItem(item: string, failure: Failure, now: string): Condition {
  const message = `The table's item ${item} could not be read: ${failure.message} ${now}`;
  return { type: 'Readable', status: 'False', reason: failure.code, message, resource: item };
}

/** The condition for an item of the table that was read and makes no sense. */
export function malformedItem(item: string, problem: string, now: string): Condition {
  const message = `The table's item ${item} cannot be used: ${problem}. ${now}`;
  return { type: 'Valid', status: 'False', reason: 'MalformedItem', message, resource: item };
}

/**
 * A value as it may be shown: short, and no text that is not a number, for somebody may have pasted a secret
 * into the wrong place.
 */
export function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value).slice(0, 40);
  return /^-?[0-9.]{1,20}$/.test(value) ? `the text "${value}"` : `a text of ${value.length} characters`;
}

/** One word of a POSIX shell command. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The command that writes a parameter, or undefined when the value is too long to repeat. */
export function putCommand(name: string, value: string): string | undefined {
  if (value.length > COMMAND_VALUE_MAX) return undefined;
  return `aws ssm put-parameter --name ${name} --type String --overwrite --value ${quoted(value)}`;
}

/**
 * The command that brings back the version before the one that was read; undefined for the first. Parameter
 * Store keeps the last hundred: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
 */
export function restoreCommand({ name, version }: Pick<Parameter, 'name' | 'version'>): string | undefined {
  if (version < 2) return undefined;
  const before = `aws ssm get-parameter --name ${name}:${version - 1} --query Parameter.Value --output text`;
  return `aws ssm put-parameter --name ${name} --type String --overwrite --value "$(${before})"`;
}
