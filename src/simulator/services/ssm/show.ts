import type { Caller } from '../../region.ts';
import type { Document } from '../members.ts';
import type { Backend } from './backend.ts';
import { newestVersion, type Parameter, type ParameterVersion } from './state.ts';

/** Who reads, and how. */
export interface Reading {
  readonly decrypted: boolean;
  readonly caller: Caller;
  readonly selector?: string | undefined;
}

/** What was shown of a version, decrypted and not: each is always the same, whoever reads it. */
const shownPlain = new WeakMap<ParameterVersion, Document>();
const shownSealed = new WeakMap<ParameterVersion, Document>();

/** A parameter as one version of it has it; the document is only to be read. */
export function show(
  backend: Backend,
  parameter: Parameter,
  version: ParameterVersion,
  reading: Reading,
): Document {
  const isPlain = reading.decrypted || parameter.type !== 'SecureString';
  authorizeReading(backend, parameter, version, reading);
  const shown = isPlain ? shownPlain : shownSealed;
  let known = shown.get(version);
  if (known === undefined) {
    known = newlyShown(backend, parameter, version, isPlain);
    shown.set(version, known);
  }
  return reading.selector === undefined ? known : { ...known, Selector: `:${reading.selector}` };
}

function newlyShown(
  backend: Backend,
  parameter: Parameter,
  version: ParameterVersion,
  isPlain: boolean,
): Document {
  return Object.freeze({
    Name: parameter.name,
    Type: parameter.type,
    Value: backend.readValue(parameter, version, isPlain),
    Version: version.version,
    LastModifiedDate: version.modifiedAt / 1000,
    ARN: backend.arnOf(parameter.name),
    DataType: version.dataType,
  });
}

/** The value as this reader gets it. */
export function readValue(
  backend: Backend,
  parameter: Parameter,
  version: ParameterVersion,
  reading: Reading,
): string {
  authorizeReading(backend, parameter, version, reading);
  return backend.readValue(parameter, version, reading.decrypted);
}

/** What was shown of pages that nobody decrypted, by the first parameter on them. */
const pages = new WeakMap<Parameter, ShownPage>();

interface ShownPage {
  readonly parameters: readonly Parameter[];
  readonly documents: readonly Document[];
}

/** The newest versions of `parameters`. Most pages are asked for again before anything on them has changed. */
export function showPage(
  backend: Backend,
  parameters: readonly Parameter[],
  reading: Reading,
): readonly Document[] {
  const [first] = parameters;
  const mayRemember = first !== undefined && !reading.decrypted;
  const known = mayRemember ? pages.get(first) : undefined;
  if (known !== undefined && areSame(known.parameters, parameters)) return known.documents;
  const documents = Object.freeze(
    parameters.map((parameter) => show(backend, parameter, newestVersion(parameter), reading)),
  );
  if (mayRemember) pages.set(first, { parameters, documents });
  return documents;
}

function areSame(before: readonly Parameter[], after: readonly Parameter[]): boolean {
  return before.length === after.length && before.every((parameter, index) => parameter === after[index]);
}

/** Who reads a SecureString decrypted must be allowed its key, each time. */
function authorizeReading(
  backend: Backend,
  parameter: Parameter,
  version: ParameterVersion,
  { decrypted, caller }: Reading,
): void {
  if (decrypted && parameter.type === 'SecureString') backend.authorizeKey('Decrypt', version.keyId, caller);
}
