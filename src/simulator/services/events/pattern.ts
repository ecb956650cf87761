import { isDocument } from '../members.ts';
import { compileMatcher, invalidPattern, type ValueTest } from './matchers.ts';

/** An event pattern, ready to be held against events. */
export interface Pattern {
  matches(event: unknown): boolean;
}

/** Whether a JSON object (or the lack of one) has what the pattern asks for. */
type FieldTest = (object: unknown) => boolean;

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
const COMBINATIONS_MAX = 1000;

/**
 * Reads an event pattern as PutRule takes it.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export function compilePattern(source: string): Pattern {
  let document: unknown;
  try {
    document = JSON.parse(source);
  } catch {
    throw invalidPattern('It is not valid JSON');
  }
  if (!isDocument(document)) throw invalidPattern('Filter is not an object');
  if (combinations(document) > COMBINATIONS_MAX) {
    throw invalidPattern(`It results in more than ${COMBINATIONS_MAX} rule combinations`);
  }
  const test = compileObject(document);
  return { matches: (event) => test(event) };
}

/** All fields must match; of the values of a field one is enough. */
function compileObject(pattern: Readonly<Record<string, unknown>>): FieldTest {
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw invalidPattern('Empty objects are not allowed');
  const tests = fields.map(([name, wanted]) =>
    name === '$or' ? compileOr(wanted) : compileField(name, wanted),
  );
  return (object) => tests.every((test) => test(object));
}

function compileField(name: string, wanted: unknown): FieldTest {
  if (isDocument(wanted)) {
    const inner = compileObject(wanted);
    // A list of objects matches when one of them does; a field that is not there has nothing in it.
    return (object) => {
      const value = isDocument(object) ? object[name] : undefined;
      return Array.isArray(value) ? value.some((item) => inner(item)) : inner(value);
    };
  }
  if (!Array.isArray(wanted)) throw invalidPattern(`"${name}" must be an object or an array`);
  if (wanted.length === 0) throw invalidPattern('Empty arrays are not allowed');
  const tests = wanted.map(compileMatcher);
  return (object) => {
    const values = leavesOf(isDocument(object) ? object[name] : undefined);
    return tests.some((test) => matchesLeaves(test, values));
  };
}

function compileOr(wanted: unknown): FieldTest {
  if (!Array.isArray(wanted) || wanted.length < 2 || !wanted.every(isDocument)) {
    throw invalidPattern('"$or" must be an array of at least two objects');
  }
  const alternatives = wanted.map(compileObject);
  return (object) => alternatives.some((test) => test(object));
}

/** "Exists" looks at whether there is a value at all, everything else at one value after the other. */
function matchesLeaves(test: ValueTest, values: readonly unknown[]): boolean {
  if (test.type === 'exists') return test.wanted === values.length > 0;
  return values.some((value) => test.holds(value));
}

/** The values a field holds: the items of a list, or the one value. Objects are no values. */
function leavesOf(value: unknown): readonly unknown[] {
  if (value === undefined || isDocument(value)) return [];
  return Array.isArray(value) ? value.filter((item) => !isDocument(item)) : [value];
}

/** "Multiply the total number of arguments from each $or array in the event pattern." */
function combinations(pattern: unknown): number {
  if (Array.isArray(pattern))
    return pattern.reduce((product: number, item) => product * combinations(item), 1);
  if (!isDocument(pattern)) return 1;
  return Object.entries(pattern).reduce(
    (product, [name, wanted]) =>
      product *
      combinations(wanted) *
      (name === '$or' && Array.isArray(wanted) ? Math.max(1, wanted.length) : 1),
    1,
  );
}
