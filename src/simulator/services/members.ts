import { AwsError } from '../errors.ts';

/** A JSON document of the wire. */
export type Document = Readonly<Record<string, unknown>>;

/** What a string member must be like. A pattern must match the whole string. */
export interface TextRule {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  readonly oneOf?: readonly string[];
  /** Leaves the value out of the complaint, as AWS does for values that may be secret. */
  readonly secret?: boolean;
}

/** Bounds of a number, or of the length of a list. */
export interface RangeRule {
  readonly min?: number;
  readonly max?: number;
}

/**
 * The complaint of AWS's front end about one member, in its words. `path` is written as AWS writes it:
 * `names`, `targets.1.member.id`.
 */
export function constraintError(path: string, value: unknown, constraint: string): AwsError {
  const found = value === undefined ? '' : ` '${String(value)}'`;
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value${found} at '${path}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

/** The reply to a member of the wrong JSON type. */
function serializationError(path: string, wanted: string): AwsError {
  return new AwsError('SerializationException', `${path} cannot be read as ${wanted}`);
}

/** Whether `value` is a JSON object. */
export function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads an optional string member; throws AWS's error when it breaks `rule`. */
export function text(input: Document, member: string, rule: TextRule = {}, prefix = ''): string | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined) return undefined;
  return checkText(value, rule, () => prefix + lowerFirst(member));
}

/** Reads a string member that must be there. */
export function requiredText(input: Document, member: string, rule: TextRule = {}, prefix = ''): string {
  const value = text(input, member, rule, prefix);
  if (value === undefined) throw missing(prefix + lowerFirst(member));
  return value;
}

/** Reads a boolean member; one that is not there is false. */
export function flag(input: Document, member: string, prefix = ''): boolean {
  const value = input[member] ?? undefined;
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw serializationError(prefix + lowerFirst(member), 'a boolean');
  return value;
}

/** Reads an optional whole number within `rule`. */
export function wholeNumber(
  input: Document,
  member: string,
  rule: RangeRule = {},
  prefix = '',
): number | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined) return undefined;
  const pathOf = () => prefix + lowerFirst(member);
  if (typeof value !== 'number' || !Number.isInteger(value)) throw serializationError(pathOf(), 'an integer');
  if (rule.min !== undefined && value < rule.min) {
    throw constraintError(pathOf(), value, `have value greater than or equal to ${rule.min}`);
  }
  if (rule.max !== undefined && value > rule.max) {
    throw constraintError(pathOf(), value, `have value less than or equal to ${rule.max}`);
  }
  return value;
}

/** Reads an optional list whose length is within `rule`. */
function list(
  input: Document,
  member: string,
  rule: RangeRule = {},
  prefix = '',
): readonly unknown[] | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined) return undefined;
  const pathOf = () => prefix + lowerFirst(member);
  if (!Array.isArray(value)) throw serializationError(pathOf(), 'a list');
  if (rule.min !== undefined && value.length < rule.min) {
    throw constraintError(pathOf(), shown(value), `have length greater than or equal to ${rule.min}`);
  }
  if (rule.max !== undefined && value.length > rule.max) {
    throw constraintError(pathOf(), shown(value), `have length less than or equal to ${rule.max}`);
  }
  return value;
}

/** Reads a list of strings that must be there; every item follows `rule`. */
export function requiredTexts(
  input: Document,
  member: string,
  range: RangeRule,
  rule: TextRule = {},
  prefix = '',
): readonly string[] {
  const items = texts(input, member, range, rule, prefix);
  if (items === undefined) throw missing(prefix + lowerFirst(member));
  return items;
}

/** Reads an optional list of strings; every item follows `rule`. */
export function texts(
  input: Document,
  member: string,
  range: RangeRule = {},
  rule: TextRule = {},
  prefix = '',
): readonly string[] | undefined {
  return list(input, member, range, prefix)?.map((item, index) =>
    checkText(item, rule, () => `${prefix}${lowerFirst(member)}.${index + 1}.member`),
  );
}

/** Reads an optional list of structures. */
export function structures(
  input: Document,
  member: string,
  range: RangeRule = {},
  prefix = '',
): readonly Document[] | undefined {
  return list(input, member, range, prefix)?.map((item) => {
    if (!isDocument(item)) throw serializationError(prefix + lowerFirst(member), 'a structure');
    return item;
  });
}

/** Reads an optional structure. */
export function structure(input: Document, member: string, prefix = ''): Document | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined) return undefined;
  if (!isDocument(value)) throw serializationError(prefix + lowerFirst(member), 'a structure');
  return value;
}

/** AWS's complaint about a required member that is not there. */
export function missing(path: string): AwsError {
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
}

/** `pathOf` is asked only when there is a complaint: hardly ever, while texts are read with every call. */
function checkText(value: unknown, rule: TextRule, pathOf: () => string): string {
  if (typeof value !== 'string') throw serializationError(pathOf(), 'a string');
  const constraint = brokenBy(value, rule);
  if (constraint === undefined) return value;
  throw constraintError(pathOf(), rule.secret ? undefined : value, constraint);
}

function brokenBy(value: string, { min, max, oneOf, pattern }: TextRule): string | undefined {
  if (min !== undefined && value.length < min) return `have length greater than or equal to ${min}`;
  if (max !== undefined && value.length > max) return `have length less than or equal to ${max}`;
  if (oneOf !== undefined && !oneOf.includes(value)) return `satisfy enum value set: [${oneOf.join(', ')}]`;
  if (pattern === undefined || pattern.test(value)) return undefined;
  return `satisfy regular expression pattern: ${bare(pattern)}`;
}

function shown(items: readonly unknown[]): string {
  return `[${items.map((item) => (typeof item === 'string' ? item : '…')).join(', ')}]`;
}

function bare(pattern: RegExp): string {
  return pattern.source.replace(/^\^/, '').replace(/\$$/, '');
}

function lowerFirst(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}

/** An object whose `undefined` members are left out. */
export type Defined<Given> = {
  [Key in keyof Given as undefined extends Given[Key] ? never : Key]: Given[Key];
} & { [Key in keyof Given as undefined extends Given[Key] ? Key : never]?: Exclude<Given[Key], undefined> };

/** Leaves the `undefined` members of `given` out. */
export function defined<Given extends object>(given: Given): Defined<Given> {
  const made: Record<string, unknown> = {};
  // By far the fastest way through an object, and this is done several times a call.
  for (const name in given) if (given[name] !== undefined) made[name] = given[name];
  // Which members are left cannot be followed; `Defined` says exactly that.
  return made as Defined<Given>;
}

/** A document of its own: whoever changes either leaves the other as it is. */
export function copyDocument(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyDocument);
  return value instanceof Uint8Array ? value.slice() : copyObject(value);
}

/** The same of an object. */
export function copyObject(document: object): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  const given = document as Readonly<Record<string, unknown>>; // Whatever an object has, it has by names.
  for (const name of Object.keys(given)) setMember(made, name, copyDocument(given[name]));
  return made;
}

/** Sets a member of a document; `__proto__` is a name like any other. */
export function setMember<Member>(document: Record<string, Member>, name: string, value: Member): void {
  if (name !== '__proto__') document[name] = value;
  else Object.defineProperty(document, name, { value, enumerable: true, configurable: true, writable: true });
}
