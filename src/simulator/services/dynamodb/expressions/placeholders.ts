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
  private readonly usedNames = new Set<string>();
  private readonly usedValues = new Set<string>();

  constructor(names: ReadonlyMap<string, string>, values: ReadonlyMap<string, AttributeValue>) {
    this.names = names;
    this.values = values;
  }

  name(placeholder: string): string | undefined {
    const name = this.names.get(placeholder);
    if (name !== undefined) this.usedNames.add(placeholder);
    return name;
  }

  value(placeholder: string): AttributeValue | undefined {
    const value = this.values.get(placeholder);
    if (value !== undefined) this.usedValues.add(placeholder);
    return value;
  }

  /** To call when all expressions have been read. */
  refuseUnused(): void {
    refuseUnused('ExpressionAttributeNames', this.names, this.usedNames);
    refuseUnused('ExpressionAttributeValues', this.values, this.usedValues);
  }
}

/** Where there are none, none is ever used, so that all requests without any can share these. */
const NO_PLACEHOLDERS = new Placeholders(new Map(), new Map());

/** Reads the placeholders of a request whose expressions may be in the members `expressions`. */
export function readPlaceholders(input: Document, expressions: readonly string[]): Placeholders {
  const names = readMap(input, 'ExpressionAttributeNames', '#');
  const values = readMap(input, 'ExpressionAttributeValues', ':');
  if (names === undefined && values === undefined) return NO_PLACEHOLDERS;
  const given = expressions.filter((member) => (input[member] ?? undefined) !== undefined);
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
  return new Placeholders(readEach(names, readName), readEach(values, readPlaced));
}

const SPELLED = { '#': /^#\w+$/, ':': /^:\w+$/ } as const;

function readMap(input: Document, member: string, mark: '#' | ':'): Document | undefined {
  const entries = structure(input, member);
  if (entries === undefined) return undefined;
  const keys = Object.keys(entries);
  if (keys.length === 0) throw invalid(`${member} must not be empty`);
  const unknown = keys.find((key) => !SPELLED[mark].test(key));
  if (unknown === undefined) return entries;
  throw invalid(`${member} contains invalid key: Syntax error; key: "${unknown}"`);
}

function readEach<Read>(
  entries: Document | undefined,
  read: (key: string, given: unknown) => Read,
): ReadonlyMap<string, Read> {
  const found = new Map<string, Read>();
  if (entries === undefined) return found;
  for (const key of Object.keys(entries)) found.set(key, read(key, entries[key]));
  return found;
}

function readName(_key: string, name: unknown): string {
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

function refuseUnused(member: string, given: ReadonlyMap<string, unknown>, used: ReadonlySet<string>): void {
  if (used.size === given.size) return;
  const keys = [...given.keys()].filter((key) => !used.has(key));
  throw invalid(`Value provided in ${member} unused in expressions: keys: {${keys.join(', ')}}`);
}
