import { AwsError } from '../../errors.ts';
import { isDocument } from '../members.ts';

/** One of the alternatives for a field. */
export type ValueTest =
  | { readonly type: 'exists'; readonly wanted: boolean }
  | { readonly type: 'value'; holds(value: unknown): boolean };

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
const NUMBER_MAX = 5e9;
const LOWER = ['>', '>='] as const;
const UPPER = ['<', '<='] as const;

/** Reads one entry of a field's list: a plain value, or an object with one operator. */
export function compileMatcher(wanted: unknown): ValueTest {
  if (!isDocument(wanted)) {
    if (Array.isArray(wanted))
      throw invalidPattern('Match value must be String, number, true, false, or null');
    return value((found) => found === wanted);
  }
  const [operator, ...more] = Object.keys(wanted);
  if (operator === undefined || more.length > 0) {
    throw invalidPattern('Only one key allowed in match expression');
  }
  const argument = wanted[operator];
  if (operator === 'exists') {
    if (typeof argument !== 'boolean')
      throw invalidPattern('exists match pattern must be either true or false.');
    return { type: 'exists', wanted: argument };
  }
  if (operator === 'anything-but') return value(compileAnythingBut(argument));
  if (operator === 'numeric') return value(compileNumeric(argument));
  return value(textTest(operator, argument));
}

/** Whether a pattern uses wildcards, which count against a quota of their own. */
export function usesWildcards(pattern: string): boolean {
  return /"wildcard"\s*:/.test(pattern);
}

/** The error of a pattern EventBridge does not take. */
export function invalidPattern(reason: string): AwsError {
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}

function value(holds: (found: unknown) => boolean): ValueTest {
  return { type: 'value', holds };
}

function textTest(operator: string, argument: unknown): (found: unknown) => boolean {
  const test = readTextTest(operator, argument);
  return (found) => typeof found === 'string' && test(found);
}

function readTextTest(operator: string, argument: unknown): (found: string) => boolean {
  if ((operator === 'prefix' || operator === 'suffix') && isDocument(argument)) {
    const wanted = readText(operator, argument['equals-ignore-case']).toLowerCase();
    return operator === 'prefix'
      ? (found) => found.toLowerCase().startsWith(wanted)
      : (found) => found.toLowerCase().endsWith(wanted);
  }
  const wanted = readText(operator, argument);
  switch (operator) {
    case 'prefix':
      return (found) => found.startsWith(wanted);
    case 'suffix':
      return (found) => found.endsWith(wanted);
    case 'equals-ignore-case':
      return (found) => found.toLowerCase() === wanted.toLowerCase();
    case 'wildcard': {
      const pattern = wildcardPattern(wanted);
      return (found) => pattern.test(found);
    }
    default:
      throw invalidPattern(`Unrecognized match type ${operator}`);
  }
}

/** A value, a list of texts or of numbers, or one of the text operators with one or more texts. */
function compileAnythingBut(argument: unknown): (found: unknown) => boolean {
  if (isDocument(argument)) {
    const [operator, ...more] = Object.keys(argument);
    if (operator === undefined || more.length > 0 || !isTextOperator(operator)) {
      throw invalidPattern('Unsupported anything-but pattern');
    }
    const tests = listOf(argument[operator]).map((item) => readTextTest(operator, item));
    return (found) => typeof found === 'string' && !tests.some((test) => test(found));
  }
  const unwanted = listOf(argument);
  const kinds = new Set(unwanted.map((item) => typeof item));
  if (unwanted.length === 0 || kinds.size > 1 || !(kinds.has('string') || kinds.has('number'))) {
    throw invalidPattern(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    );
  }
  return (found) => !unwanted.includes(found);
}

function isTextOperator(operator: string): boolean {
  return ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(operator);
}

/** `["=", 5]`, `["<", 10]`, `[">", 0, "<=", 5]`. */
function compileNumeric(argument: unknown): (found: unknown) => boolean {
  if (!Array.isArray(argument)) throw invalidPattern('Value of numeric must be an array.');
  const [first, low, second, high, ...more] = argument as readonly unknown[];
  if (first === '=' && argument.length === 2) {
    const wanted = readNumber(low);
    return (found) => found === wanted;
  }
  const isRange =
    isOneOf(first, LOWER) && isOneOf(second, UPPER) && argument.length === 4 && more.length === 0;
  if (isRange) {
    if (readNumber(low) >= readNumber(high)) throw invalidPattern('Bottom must be less than top');
    return (found) => compares(found, first, readNumber(low)) && compares(found, second, readNumber(high));
  }
  if (argument.length !== 2 || !(isOneOf(first, LOWER) || isOneOf(first, UPPER))) {
    throw invalidPattern('Unrecognized numeric range operator');
  }
  const bound = readNumber(low);
  return (found) => compares(found, first, bound);
}

function compares(found: unknown, operator: unknown, bound: number): boolean {
  if (typeof found !== 'number') return false;
  if (operator === '<') return found < bound;
  if (operator === '<=') return found <= bound;
  return operator === '>' ? found > bound : found >= bound;
}

/** `*` is any text; `\*` and `\\` are the characters themselves. */
function wildcardPattern(source: string): RegExp {
  if (/\*\*/.test(source.replace(/\\./g, ''))) {
    throw invalidPattern('Consecutive wildcard characters are not allowed');
  }
  const parts = source.match(/\\.|\*|[^\\*]+|\\/gs) ?? [];
  const pattern = parts.map((part) => {
    if (part === '*') return '.*';
    if (part.startsWith('\\') && part !== '\\*' && part !== '\\\\') {
      throw invalidPattern('Invalid escape character in a wildcard');
    }
    const literal = part.startsWith('\\') ? part.slice(1) : part;
    return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${pattern.join('')}$`, 's');
}

function readText(operator: string, argument: unknown): string {
  if (typeof argument !== 'string') throw invalidPattern(`${operator} match pattern must be a string`);
  if (argument === '' && operator !== 'equals-ignore-case' && operator !== 'prefix') {
    throw invalidPattern(`Null or empty ${operator} is not allowed`);
  }
  return argument;
}

function readNumber(argument: unknown): number {
  if (typeof argument !== 'number' || Math.abs(argument) > NUMBER_MAX) {
    throw invalidPattern('Value of numeric must be a number between -5.0e9 and +5.0e9');
  }
  return argument;
}

function listOf(argument: unknown): readonly unknown[] {
  return Array.isArray(argument) ? argument : [argument];
}

function isOneOf(found: unknown, allowed: readonly string[]): boolean {
  return typeof found === 'string' && allowed.includes(found);
}
