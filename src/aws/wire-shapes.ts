import { NormalizedSchema } from '@smithy/core/schema';
import { fromBase64, toBase64 } from '@smithy/core/serde';
import { onceEach } from '../reconcile/recall.ts';
import { asItIs, type Convert, isObject, structOf } from './wire-structs.ts';

/** What an operation's documents become. `undefined` where the SDK alone knows how. */
export interface WireShape {
  /** The SDK's input as the document that goes over the wire. */
  readonly write: Convert;
  /** The document of an answer as the SDK's output, without `$metadata`. */
  readonly read: Convert;
}

type SchemaReference = Parameters<typeof NormalizedSchema.of>[0];

/** The schema of an operation as a command's context has it: traits, then input and output. */
export interface OperationShape {
  readonly input: SchemaReference;
  readonly output: SchemaReference;
}

/** Something the wire's JSON says in its own way, that is not needed here. */
class NotPlainError extends Error {}

const shapes = new WeakMap<object, WireShape | undefined>();

/**
 * How the documents of an operation of the AWS JSON protocol are written and read: instants are seconds since 1970, blobs
 * are base64, members that are undefined are left out, and unknown ones are dropped.
 * Source: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export function wireShapeOf(operation: OperationShape, identity: object): WireShape | undefined {
  if (shapes.has(identity)) return shapes.get(identity);
  const shape = compile(operation);
  shapes.set(identity, shape);
  return shape;
}

function compile({ input, output }: OperationShape): WireShape | undefined {
  try {
    // The SDK fills these with a random token when they are left out.
    if (membersOf(NormalizedSchema.of(input)).some(([, member]) => member.isIdempotencyToken()))
      return undefined;
    return {
      write: converter(NormalizedSchema.of(input), WRITING, new Map()),
      read: converter(NormalizedSchema.of(output), READING, new Map()),
    };
  } catch (error) {
    if (error instanceof NotPlainError) return undefined;
    throw error;
  }
}

/** What differs between the two directions. */
interface Direction {
  readonly instant: Convert;
  readonly blob: Convert;
  readonly number: Convert;
  /** How a struct, a list or a map is converted that lies inside of a document. */
  readonly inside: (convert: Convert) => Convert;
}

const WRITING: Direction = {
  instant: (value) => (value instanceof Date ? value.getTime() / 1000 : value),
  blob: (value) => (value instanceof Uint8Array || typeof value === 'string' ? toBase64(value) : value),
  number: (value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
  inside: (convert) => convert,
};

const NOT_FINITE: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity']);

const READING: Direction = {
  instant: (value) => (typeof value === 'number' ? new Date(Math.round(value * 1000)) : value),
  blob: (value) => (typeof value === 'string' ? fromBase64(value) : value),
  number: (value) => (NOT_FINITE.has(value) ? Number(value) : value),
  inside: readOnce,
};

/** What is frozen never changes, so what was read of it is given again, frozen itself: others have it, too. */
function readOnce(convert: Convert): Convert {
  const read = onceEach((document) => freeze(convert(document)));
  return (value) => (isObject(value) && !Object.isExtensible(value) ? read(value) : convert(value));
}

/** All the way down, but for what is already; instants and blobs cannot be. */
function freeze(value: unknown): unknown {
  if (!isObject(value) || !Object.isExtensible(value)) return value;
  if (value instanceof Date || ArrayBuffer.isView(value)) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}

function converter(
  schema: NormalizedSchema,
  direction: Direction,
  known: Map<unknown, { convert: Convert }>,
): Convert {
  const identity = schema.getSchema();
  const begun = known.get(identity);
  // A shape may have itself as a member.
  if (begun !== undefined && typeof identity === 'object') return (value) => begun.convert(value);
  const holder = { convert: asItIs };
  known.set(identity, holder);
  const inner = (member: NormalizedSchema) => {
    const convert = converter(member, direction, known);
    return hasMembers(member) ? direction.inside(convert) : convert;
  };
  holder.convert = converterOf(schema, inner, direction);
  return holder.convert;
}

/** A union has only one, and there are many of them: a look at it costs more than it gives. */
function hasMembers(schema: NormalizedSchema): boolean {
  if (schema.isUnionSchema()) return false;
  return schema.isStructSchema() || schema.isListSchema() || schema.isMapSchema();
}

function converterOf(
  schema: NormalizedSchema,
  inner: (member: NormalizedSchema) => Convert,
  direction: Direction,
): Convert {
  if (schema.isStructSchema()) return structWith(schema, inner);
  if (schema.isListSchema()) return listOf(inner(schema.getValueSchema()));
  if (schema.isMapSchema()) return mapOf(inner(schema.getValueSchema()));
  if (schema.isTimestampSchema()) {
    if (!isInSeconds(schema)) throw new NotPlainError();
    return direction.instant;
  }
  if (schema.isStreaming()) throw new NotPlainError();
  if (schema.isBlobSchema()) return direction.blob;
  if (schema.isStringSchema() && schema.getMergedTraits().mediaType !== undefined) throw new NotPlainError();
  if (schema.isStringSchema() || schema.isBooleanSchema() || schema.isUnitSchema()) return asItIs;
  if (schema.isNumericSchema()) return direction.number;
  if (schema.isDocumentSchema()) return copy;
  throw new NotPlainError();
}

/** Free JSON is the same on both sides. */
function copy(value: unknown): unknown {
  return structuredClone(value);
}

/** 4 says the protocol's own format, which is 7, seconds since 1970. */
function isInSeconds(schema: NormalizedSchema): boolean {
  const { timestampFormat } = schema.getMergedTraits();
  const format = schema.getSchema();
  return timestampFormat === undefined && (format === 4 || format === 7);
}

function membersOf(schema: NormalizedSchema): ReadonlyArray<[string, NormalizedSchema]> {
  return schema.isStructSchema() ? [...schema.structIterator()] : [];
}

/** In the schema's order, as the SDK writes and reads them. */
function structWith(schema: NormalizedSchema, inner: (member: NormalizedSchema) => Convert): Convert {
  return structOf(membersOf(schema).map(([name, member]) => ({ name, convert: inner(member) })));
}

function listOf(convert: Convert): Convert {
  return (value) => {
    if (!Array.isArray(value)) return value;
    const items: readonly unknown[] =
      value.includes(undefined) || value.includes(null) ? value.filter(isGiven) : value;
    // A list that grows item by item makes room for 17 of them with its first.
    return items.length === 1 ? [convert(items[0])] : items.map(convert);
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function mapOf(convert: Convert): Convert {
  return (value) => {
    if (!isObject(value)) return value;
    const made: Record<string, unknown> = {};
    for (const name in value) {
      const member = value[name];
      if (member === undefined || member === null) continue;
      if (name === '__proto__') {
        const own = { value: convert(member), enumerable: true, configurable: true, writable: true };
        Object.defineProperty(made, name, own);
      } else made[name] = convert(member);
    }
    return made;
  };
}
