import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import {
  type Document,
  defined,
  flag,
  requiredText,
  requiredTexts,
  structures,
  text,
  wholeNumber,
} from '../members.ts';
import { compare } from '../paging.ts';
import { type Backend, parameterNotFound } from './backend.ts';
import { type Filter, matchesFilters, readFilters } from './filters.ts';
import { checkSpelling, isUnder, readHierarchy, readName } from './names.ts';
import type { Pager } from './pages.ts';
import { readValue, show, showPage } from './show.ts';
import { newestVersion, type Parameter, type ParameterStore, type ParameterVersion } from './state.ts';

/** Source: https://docs.aws.amazon.com/general/latest/gr/ssm.html */
const NAMES_MAX = 10;
const PATH_PAGE_MAX = 10;
const HISTORY_PAGE_MAX = 50;

/** A name as callers write it: a name or ARN, and perhaps `:version` or `:label`. */
interface Reference {
  readonly name: string;
  readonly selector?: string;
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
export function getParameter(backend: Backend, input: Document, caller: Caller): unknown {
  const reference = readReference(backend, requiredText(input, 'Name', { min: 1, max: 2048 }));
  const decrypted = flag(input, 'WithDecryption');
  backend.authorize('GetParameter', reference.name, caller);
  const parameter = backend.store.seen(reference.name);
  if (parameter === undefined) throw parameterNotFound();
  const version = selectVersion(parameter, reference.selector);
  if (version === undefined) throw versionNotFound(reference);
  return {
    Parameter: show(backend, parameter, version, { decrypted, caller, selector: reference.selector }),
  };
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
export function getParameters(backend: Backend, input: Document, caller: Caller): unknown {
  const names = requiredTexts(input, 'Names', { min: 1, max: NAMES_MAX }, { min: 1, max: 2048 });
  const decrypted = flag(input, 'WithDecryption');
  const references = names.map((given) => ({ given, reference: readReference(backend, given) }));
  for (const { reference } of references) backend.authorize('GetParameters', reference.name, caller);
  const found = new Map<string, unknown>();
  const invalid = new Set<string>();
  for (const { given, reference } of references) {
    const { name, selector } = reference;
    const parameter = backend.store.seen(name);
    const version = parameter === undefined ? undefined : selectVersion(parameter, selector);
    if (parameter === undefined || version === undefined) invalid.add(given);
    else found.set(given, show(backend, parameter, version, { decrypted, caller, selector }));
  }
  const sorted = [...found].sort(([a], [b]) => compare(a, b)).map(([, shown]) => shown);
  return { Parameters: sorted, InvalidParameters: [...invalid] };
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html */
export function getParametersByPath(
  backend: Backend,
  pager: Pager,
  input: Document,
  caller: Caller,
): unknown {
  const hierarchy = readHierarchy(requiredText(input, 'Path', { min: 1, max: 2048 }));
  const recursive = flag(input, 'Recursive');
  const decrypted = flag(input, 'WithDecryption');
  const filters = readFilters(structures(input, 'ParameterFilters') ?? [], 'GetParametersByPath');
  const limit = wholeNumber(input, 'MaxResults', { min: 1, max: PATH_PAGE_MAX }) ?? PATH_PAGE_MAX;
  // Who may read a path may read everything below it, so only the path itself is checked.
  backend.authorize('GetParametersByPath', hierarchy.slice(0, -1), caller);
  const label = filters.find((filter) => filter.key === 'Label');
  const found = below(backend.store, hierarchy, recursive);
  const matching =
    filters.length === 0 ? found : found.filter((parameter) => matchesFilters(parameter, filters));
  const page = pager.page(matching, {
    scope: scopeOf(hierarchy, recursive, filters),
    limit,
    token: text(input, 'NextToken'),
  });
  const shown =
    label === undefined
      ? showPage(backend, page.items, { decrypted, caller })
      : page.items.map((parameter) => {
          const labelled = parameter.versions.find((version) => hasLabel(version, label.values));
          return show(backend, parameter, labelled ?? newestVersion(parameter), { decrypted, caller });
        });
  return defined({ Parameters: shown, NextToken: page.nextToken });
}

/** Most requests have no filters; a hierarchy has nothing in it that a text could not hold. */
function scopeOf(hierarchy: string, recursive: boolean, filters: readonly Filter[]): string {
  const scope = `GetParametersByPath ${hierarchy} ${recursive}`;
  return filters.length === 0 ? scope : `${scope} ${JSON.stringify(filters)}`;
}

/** The parameters that are under a hierarchy, in the order of their names. */
function below(store: ParameterStore, hierarchy: string, recursive: boolean): readonly Parameter[] {
  // Flat names are under "/" too, and lie anywhere.
  const range = hierarchy === '/' ? store.allSeen() : store.seenBeginningWith(hierarchy);
  if (recursive && hierarchy !== '/') return range;
  return range.filter((parameter) => isUnder(parameter.name, hierarchy, recursive));
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html */
export function getParameterHistory(
  backend: Backend,
  pager: Pager,
  input: Document,
  caller: Caller,
): unknown {
  const name = readName(input);
  const decrypted = flag(input, 'WithDecryption');
  const limit = wholeNumber(input, 'MaxResults', { min: 1, max: HISTORY_PAGE_MAX }) ?? HISTORY_PAGE_MAX;
  backend.authorize('GetParameterHistory', name, caller);
  const parameter = backend.store.seen(name);
  if (parameter === undefined) throw parameterNotFound();
  // Padded, so that versions sort as numbers do.
  const versions = parameter.versions.map((version) => ({
    name: String(version.version).padStart(10, '0'),
    version,
  }));
  const page = pager.page(versions, { scope: `History ${name}`, limit, token: text(input, 'NextToken') });
  const shown = page.items.map(({ version }) => ({
    ...describeVersion(parameter, version),
    Value: readValue(backend, parameter, version, { decrypted, caller }),
    Labels: [...version.labels],
  }));
  return defined({ Parameters: shown, NextToken: page.nextToken });
}

/** What DescribeParameters and the history say about a version: everything but its value. */
export function describeVersion(parameter: Parameter, version: ParameterVersion): Record<string, unknown> {
  return defined({
    Name: parameter.name,
    Type: parameter.type,
    KeyId: version.keyId,
    LastModifiedDate: version.modifiedAt / 1000,
    LastModifiedUser: version.modifiedBy,
    Description: version.description,
    AllowedPattern: version.allowedPattern,
    Version: version.version,
    Tier: version.tier,
    Policies: version.policies.map((policy) => ({
      PolicyText: policy.text,
      PolicyType: policy.type,
      PolicyStatus: 'Pending',
    })),
    DataType: version.dataType,
  });
}

function readReference(backend: Backend, given: string): Reference {
  const reference = splitReference(backend, given.trim());
  checkSpelling(reference.name);
  return reference;
}

/** Splits `name[:selector]` and `arn:…:parameter/name[:selector]`. */
function splitReference(backend: Backend, given: string): Reference {
  const local = given.startsWith('arn:') ? nameOfArn(backend, given) : given;
  const colon = local.indexOf(':');
  if (colon < 0) return { name: local };
  return { name: local.slice(0, colon), selector: local.slice(colon + 1) };
}

/** A flat name has the same ARN as the name with a slash; the store takes either. */
function nameOfArn(backend: Backend, arn: string): string {
  const start = backend.arnOf('');
  if (!arn.startsWith(start)) throw parameterNotFound();
  return `/${arn.slice(start.length)}`;
}

function selectVersion(parameter: Parameter, selector: string | undefined): ParameterVersion | undefined {
  if (selector === undefined) return newestVersion(parameter);
  return parameter.versions.find((version) =>
    /^\d+$/.test(selector) ? version.version === Number(selector) : version.labels.includes(selector),
  );
}

function hasLabel(version: ParameterVersion, labels: readonly string[]): boolean {
  return version.labels.some((label) => labels.includes(label));
}

function versionNotFound(reference: Reference): AwsError {
  return new AwsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${reference.selector} of ${reference.name}. Verify the version and try again.`,
  );
}
