import {
  type Parameter as ApiParameter,
  GetParametersByPathCommand,
  GetParametersCommand,
  type SSMClient,
  SSMServiceException,
} from '@aws-sdk/client-ssm';
import type { Failure } from '../reconcile/errors.ts';
import { ABSENT, found, type Parameter, type ParameterName, type Reading } from '../reconcile/reading.ts';
import { createRecall, onceEachFrozen } from '../reconcile/recall.ts';
import { chunksOf, type PageOf, passedOver, readList, readMany } from './complete.ts';
import { classify } from './errors.ts';

/**
 * The only file that sees what Parameter Store answers. Nothing is ever decrypted, and what leaves here holds
 * no value and no ciphertext of a config variable or a SecureString, errors included.
 */

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
export const NAMES_MAX = 10;

/** An account holds 100,000 parameters at most, a page 10; pages may be short, so there may be more of them. */
const PATH_PAGES_MAX = 20_000;

/** The documents of an app, a pipeline or a review app whose values a sweep keeps. */
const DOCUMENTS: ReadonlySet<string> = new Set([
  'scaling',
  'scheduled-tasks',
  'release',
  'settings',
  'paused',
  'users',
]);

/**
 * Documents by name. A name AWS calls invalid is absent; one that is denied or refused makes no other one
 * unreadable. The value of a SecureString is not kept, only its type, so that a planner can say so.
 */
export async function parameters(
  ssm: SSMClient,
  names: readonly string[],
): Promise<ReadonlyMap<string, Reading<Parameter>>> {
  const batches = chunksOf([...new Set(names)], NAMES_MAX);
  const read = await Promise.all(batches.map((batch) => readMany(batch, askFor, explain)));
  return new Map(read.flatMap((one) => [...one]));

  async function askFor(batch: readonly string[]): Promise<ReadonlyMap<string, Reading<Parameter>>> {
    const output = await ssm.send(new GetParametersCommand({ Names: [...batch], WithDecryption: false }));
    const shown = new Map((output.Parameters ?? []).map((one) => [one.Name, toDocument(one)]));
    const missing = new Set(output.InvalidParameters);
    return new Map(
      batch.map((name) => {
        const document = shown.get(name);
        if (document !== undefined) return [name, found(document)];
        return [name, missing.has(name) ? ABSENT : passedOver<Parameter>(name)];
      }),
    );
  }
}

/** Names and versions directly below `path`; complete or unreadable. Every value is dropped, whatever its type. */
export function parameterNames(ssm: SSMClient, path: string): Promise<Reading<readonly ParameterName[]>> {
  return readList(
    path,
    () => PATH_PAGES_MAX,
    (token) => readPath(ssm, path, false, token, toNames),
    explain,
  );
}

/** Names and versions of everything below `path`, however deep; complete or unreadable. Every value is dropped. */
export function parameterNamesBelow(
  ssm: SSMClient,
  path: string,
): Promise<Reading<readonly ParameterName[]>> {
  return readList(
    path,
    () => PATH_PAGES_MAX,
    (token) => readPath(ssm, path, true, token, toNames),
    explain,
  );
}

/** All of desired state below a path, as a sweep reads it. */
export interface ParameterTree {
  /** The documents that exist, by name. */
  readonly documents: ReadonlyMap<string, Parameter>;
  /** Names and versions of config variables, by the path they lie directly below. */
  readonly configNames: ReadonlyMap<string, readonly ParameterName[]>;
  /** Everybody who has a parameter: `shop`, and `<pipeline>:<n>` for review apps. */
  readonly owners: ReadonlySet<string>;
}

/** Reads everything below `root` (no slash at its end) in one chain of pages; complete or unreadable. */
export async function parameterTree(ssm: SSMClient, root: string): Promise<Reading<ParameterTree>> {
  const toLeaves = leavesBelow(root);
  const read = await readList(
    root,
    () => PATH_PAGES_MAX,
    (token) => readPath(ssm, root, true, token, toLeaves),
    explain,
  );
  return read.state === 'found' ? found(growTree(read.value)) : read;
}

/** Whether a tree read from `root` would hold the document `name`, so that its absence there says something. */
export function treeHoldsDocument(root: string, name: string): boolean {
  return placeOf(root, name)?.role === 'document';
}

/** Whether a tree read from `root` would hold the config variables directly below `path`. */
export function treeHoldsConfig(root: string, path: string): boolean {
  return placeOf(root, `${path}/NAME`)?.role === 'config';
}

type Leaf =
  | { readonly role: 'document'; readonly owner: string; readonly document: Parameter }
  | { readonly role: 'config'; readonly owner: string; readonly path: string; readonly name: ParameterName }
  | { readonly role: 'other'; readonly owner: string };

function growTree(leaves: readonly Leaf[]): ParameterTree {
  const documents = new Map<string, Parameter>();
  const configNames = new Map<string, ParameterName[]>();
  const owners = new Set<string>();
  for (const leaf of leaves) {
    owners.add(leaf.owner);
    if (leaf.role === 'document') documents.set(leaf.document.name, leaf.document);
    if (leaf.role !== 'config') continue;
    const siblings = configNames.get(leaf.path);
    if (siblings === undefined) configNames.set(leaf.path, [leaf.name]);
    else siblings.push(leaf.name);
  }
  return { documents, configNames, owners };
}

/** There are two roots; pages of theirs that are given again are not read again. */
const leavesByRoot = createRecall<(page: Page) => readonly Leaf[]>(10);

function leavesBelow(root: string): (page: Page) => readonly Leaf[] {
  const known = leavesByRoot.get(root);
  if (known !== undefined) return known;
  const made = onceEachFrozen((page: Page) => page.map((one) => toLeaf(root, one)));
  leavesByRoot.set(root, made);
  return made;
}

function toLeaf(root: string, parameter: ApiParameter): Leaf {
  const name = parameter.Name ?? '';
  const place = placeOf(root, name);
  if (place?.role === 'document') {
    return { role: 'document', owner: place.owner, document: toDocument(parameter) };
  }
  if (place?.role === 'config') {
    const path = name.slice(0, name.lastIndexOf('/'));
    return { role: 'config', owner: place.owner, path, name: toName(parameter) };
  }
  return { role: 'other', owner: place?.owner ?? name };
}

/** `<root>/<owner>/…`, or `<root>/<pipeline>/review-apps/pr/<n>/…`, whose own value is a document too. */
function placeOf(root: string, name: string): { role: Leaf['role']; owner: string } | undefined {
  if (!name.startsWith(root) || name[root.length] !== '/') return undefined;
  const first = segmentAt(name, root.length + 1);
  const below = root.length + first.length + 2;
  if (!name.startsWith(REVIEW_APPS, below)) return { role: roleAt(name, below), owner: first };
  const number = segmentAt(name, below + REVIEW_APPS.length);
  const inside = below + REVIEW_APPS.length + number.length + 1;
  return { role: inside > name.length ? 'document' : roleAt(name, inside), owner: `${first}:${number}` };
}

const REVIEW_APPS = 'review-apps/pr/';

function segmentAt(name: string, start: number): string {
  const end = name.indexOf('/', start);
  return name.slice(start, end < 0 ? undefined : end);
}

/** What a name that has only this left to say is: `scaling`, `config/NAME`. */
function roleAt(name: string, start: number): Leaf['role'] {
  const slash = name.indexOf('/', start);
  if (slash < 0) return DOCUMENTS.has(name.slice(start)) ? 'document' : 'other';
  const isVariable = name.startsWith('config/', start) && name.indexOf('/', slash + 1) < 0;
  return isVariable ? 'config' : 'other';
}

type Page = readonly ApiParameter[];

/** `keep` decides what of the parameters survives; the rest goes with the response when this returns. */
async function readPath<Kept>(
  ssm: SSMClient,
  path: string,
  recursive: boolean,
  token: string | undefined,
  keep: (page: Page) => readonly Kept[],
): Promise<PageOf<Kept>> {
  const page = await ssm.send(
    new GetParametersByPathCommand({
      Path: path,
      Recursive: recursive,
      WithDecryption: false,
      MaxResults: 10,
      NextToken: token,
    }),
  );
  return { items: keep(page.Parameters ?? []), next: page.NextToken };
}

const toDocument = onceEachFrozen((parameter: ApiParameter): Parameter => {
  const isSecret = parameter.Type !== 'String' && parameter.Type !== 'StringList';
  return { ...nameOf(parameter), value: isSecret ? '' : (parameter.Value ?? '') };
});

const toName = onceEachFrozen(nameOf);

function toNames(page: Page): readonly ParameterName[] {
  return page.map(toName);
}

function nameOf(parameter: ApiParameter): ParameterName {
  return {
    name: parameter.Name ?? '',
    type: parameter.Type ?? '',
    version: parameter.Version ?? 0,
    modifiedAt: parameter.LastModifiedDate?.getTime() ?? 0,
  };
}

/**
 * What AWS itself says is about names. Any other error may quote the body of an answer that could not be
 * parsed, values and all, so only its code is kept.
 */
function explain(error: unknown): Failure {
  const failure = classify(error);
  if (error instanceof SSMServiceException) return failure;
  return { ...failure, message: `Parameter Store gave no usable answer (${failure.code}).` };
}
