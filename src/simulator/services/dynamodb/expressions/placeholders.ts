import { type Document, isDocument, structure } from '../../members.ts';
import { invalid, unreadable } from '../errors.ts';
import { type AttributeValue, readValue } from '../values.ts';

/**
 * The names and values that a request's expressions refer to as `#name` and `:value`. Each has to be used.
 * Sources: DynamoDB Expressions.ExpressionAttributeNames.html, Expressions.ExpressionAttributeValues.html
 */
export class Placeholders {
  private readonly names: ReadonlyMap<string, string>;
  private readonly values: ReadonlyMap<string, AttributeValue>;
  private readonly unusedNames: Set<string>;
  private readonly unusedValues: Set<string>;

  constructor(names: ReadonlyMap<string, string>, values: ReadonlyMap<string, AttributeValue>) {
    this.names = names;
    this.values = values;
    this.unusedNames = new Set(names.keys());
    this.unusedValues = new Set(values.keys());
  }

  name(placeholder: string): string | undefined {
    this.unusedNames.delete(placeholder);
    return this.names.get(placeholder);
  }

  value(placeholder: string): AttributeValue | undefined {
    this.unusedValues.delete(placeholder);
    return this.values.get(placeholder);
  }

  /** To call when all expressions have been read. */
  refuseUnused(): void {
    refuseUnused('ExpressionAttributeNames', this.unusedNames);
    refuseUnused('ExpressionAttributeValues', this.unusedValues);
  }
}

/** Reads the placeholders of a request whose expressions may be in the members `expressions`. */
export function readPlaceholders(input: Document, expressions: readonly string[]): Placeholders {
  const given = expressions.filter((member) => (input[member] ?? undefined) !== undefined);
  const names = readMap(input, 'ExpressionAttributeNames', '#');
  const values = readMap(input, 'ExpressionAttributeValues', ':');
  if (names !== undefined && given.length === 0) {
    throw invalid('ExpressionAttributeNames can only be specified when using expressions');
  }
  const withValues = expressions.filter((member) => member !== 'ProjectionExpression');
  if (values !== undefined && !given.some((member) => withValues.includes(member))) {
    const verb = withValues.length > 1 ? 'are' : 'is';
    throw invalid(
      `ExpressionAttributeValues can only be specified when using expressions: ${withValues.join(' and ')} ${verb} null`,
    );
  }
  return new Placeholders(
    new Map((names ?? []).map(([key, name]) => [key, readName(name)])),
    new Map((values ?? []).map(([key, value]) => [key, readPlaced(key, value)])),
  );
}

function readMap(input: Document, member: string, mark: '#' | ':'): [string, unknown][] | undefined {
  const entries = structure(input, member);
  if (entries === undefined) return undefined;
  if (Object.keys(entries).length === 0) throw invalid(`${member} must not be empty`);
  for (const key of Object.keys(entries)) {
    if (key.startsWith(mark) && /^\w+$/.test(key.slice(1))) continue;
    throw invalid(`${member} contains invalid key: Syntax error; key: "${key}"`);
  }
  return Object.entries(entries);
}

function readName(name: unknown): string {
  if (typeof name !== 'string') throw unreadable('The value cannot be converted to String');
  return name;
}

function readPlaced(key: string, value: unknown): AttributeValue {
  if (!isDocument(value)) throw unreadable('Unexpected value type in payload');
  try {
    return readValue(value);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ValidationException') throw error;
    throw invalid(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${key}`);
  }
}

function refuseUnused(member: string, keys: ReadonlySet<string>): void {
  if (keys.size === 0) return;
  throw invalid(`Value provided in ${member} unused in expressions: keys: {${[...keys].join(', ')}}`);
}
