import { ABSENT, found, type Parameter, type ParameterName, type Reading } from '../reconcile/reading.ts';
import { createBatcher, createMemo, createPace, loadAll, type Pace } from './batch.ts';
import { mayAskSingly, passedOver } from './complete.ts';
import { getItemsOf, ITEMS_MAX, itemId } from './items.ts';
import {
  type ParameterTree,
  parameterNamesBelow,
  parameterTree,
  treeHoldsConfig,
  treeHoldsDocument,
} from './parameters.ts';
import { assembleReader, type Reader, type ReaderOptions, type ReadingClients } from './reader.ts';
import { listRules } from './rules.ts';
import { describeScalingPolicies, describeScheduledActions } from './scaling.ts';

/** Fewer resources than this are asked for one by one rather than listing what everybody has. */
const LIST_ALL_FROM = 3;

/** So many are enough to begin listing before the rest is known. */
const LIST_ALL_AT = 20;

/** The reader of a whole sweep, and what it knows about who is there. */
export interface SweepReader extends Reader {
  /**
   * Every app with a parameter (`shop`) and every review app with one (`<pipeline>:<n>`), sorted; pipelines
   * themselves are not in it.
   */
  readonly appNames: () => Promise<Reading<readonly string[]>>;
  /** What stands for the `*` in the names of parameters like `/apppack/apps/…/users`, sorted. */
  readonly namesLike: (pattern: string) => Promise<Reading<readonly string[]>>;
}

export interface SweepReaderOptions extends ReaderOptions {
  /** Where desired state lives: `/apppack`. */
  readonly prefix: string;
}

/**
 * A reader for all keys of one sweep. Desired state is read once as trees; services, targets and items of all
 * keys are joined into full batches, which wait until every answer is in that could still ask for more; rules,
 * policies and scheduled actions are listed for all. It is as truthful as `createReader`'s: where a joint read is
 * refused, single ones take its place.
 */
export function createSweepReader(clients: ReadingClients, options: SweepReaderOptions): SweepReader {
  const pace = createPace({ patient: true });
  const single = assembleReader(clients, options, pace);
  const desired = desiredState(clients, options.prefix, pace, single);
  const item = createBatcher({
    max: ITEMS_MAX,
    pace,
    ask: (ids) => getItemsOf({ ...options, dynamodb: clients.dynamodb }, ids),
  });
  const policies = createListing(pace, {
    all: (pagesMax) => describeScalingPolicies(clients.autoscaling, undefined, pagesMax),
    one: single.scalingPolicies,
  });
  const rules = createMemo(pace, () => listRules(clients.events, undefined));
  return {
    ...single,
    parameters: desired.documents,
    parameterNames: desired.configNames,
    item: (partition, sort) => item.one(itemId(partition, sort)),
    scalingPolicies: policies,
    ownScalingPolicies: policies,
    scheduledActions: createListing(pace, {
      all: (pagesMax) => describeScheduledActions(clients.autoscaling, undefined, pagesMax),
      one: single.scheduledActions,
    }),
    rules: async (prefix) => {
      const all = await rules();
      if (all.state !== 'found') return mayAskSingly(all) ? single.rules(prefix) : all;
      return found(all.value.filter((rule) => rule.Name?.startsWith(prefix) === true));
    },
    appNames: desired.appNames,
    namesLike: desired.namesLike,
  };
}

interface DesiredState {
  readonly documents: Reader['parameters'];
  readonly configNames: (path: string) => Promise<Reading<readonly ParameterName[]>>;
  readonly appNames: SweepReader['appNames'];
  readonly namesLike: SweepReader['namesLike'];
}

/** Two trees hold all desired state but what an account keeps elsewhere, which is read as for a single key. */
function desiredState(clients: ReadingClients, prefix: string, pace: Pace, single: Reader): DesiredState {
  const apps = `${prefix}/apps`;
  const pipelines = `${prefix}/pipelines`;
  const tree = createMemo(pace, (root: string) => parameterTree(clients.ssm, root));
  const below = createMemo(pace, (path: string) => parameterNamesBelow(clients.ssm, path));
  const rootOf = (name: string) => [apps, pipelines].find((one) => treeHoldsDocument(one, name));
  return {
    async documents(names) {
      const roots = names.map(rootOf);
      const treeIfOf = (root: string) => (roots.includes(root) ? tree(root) : undefined);
      const [ofApps, ofPipelines] = await Promise.all([treeIfOf(apps), treeIfOf(pipelines)]);
      const documents = new Map<string, Reading<Parameter>>();
      const apart: string[] = [];
      for (const [index, name] of names.entries()) {
        const read = roots[index] === apps ? ofApps : roots[index] === pipelines ? ofPipelines : undefined;
        if (mustAskSingly(read)) apart.push(name);
        documents.set(name, documentIn(read, name));
      }
      if (apart.length === 0) return documents;
      const singly = await loadAll(apart, (name) => singleDocument(name, single));
      return new Map([...documents, ...singly]);
    },
    async configNames(path) {
      const root = [apps, pipelines].find((one) => treeHoldsConfig(one, path));
      const read = root === undefined ? undefined : await tree(root);
      if (read === undefined || mayAskSingly(read)) return single.parameterNames(path);
      return read.state === 'found' ? found(read.value.configNames.get(path) ?? []) : read;
    },
    async appNames() {
      const [ofApps, ofPipelines] = await Promise.all([tree(apps), tree(pipelines)]);
      if (ofApps.state !== 'found') return ofApps;
      if (ofPipelines.state !== 'found') return ofPipelines;
      return found([...ofApps.value.owners, ...reviewApps(ofPipelines.value)].sort());
    },
    async namesLike(pattern) {
      const root = rootOf(pattern.replace('*', 'any'));
      const read = root === undefined ? await below(pattern.replace(/\/\*.*$/, '')) : await tree(root);
      if (read.state !== 'found') return read;
      const names =
        'documents' in read.value ? read.value.documents.keys() : read.value.map(({ name }) => name);
      return found([...names].flatMap((name) => starOf(pattern, name) ?? []).sort());
    },
  };
}

/** What no tree holds, or a tree that could not be read while a single parameter can. */
function mustAskSingly(tree: Reading<ParameterTree> | undefined): boolean {
  return tree === undefined || mayAskSingly(tree);
}

function documentIn(tree: Reading<ParameterTree> | undefined, name: string): Reading<Parameter> {
  if (tree === undefined) return passedOver(name);
  if (tree.state !== 'found') return tree;
  const document = tree.value.documents.get(name);
  return document === undefined ? ABSENT : found(document);
}

/** What stands for the `*` of a pattern in a name; undefined when the name is another one. */
function starOf(pattern: string, name: string): string | undefined {
  const [before = '', after = ''] = pattern.split('*', 2);
  const star = name.slice(before.length, Math.max(before.length, name.length - after.length));
  return star !== '' && !star.includes('/') && name === `${before}${star}${after}` ? star : undefined;
}

function reviewApps(tree: ParameterTree): readonly string[] {
  return [...tree.owners].filter((owner) => owner.includes(':'));
}

async function singleDocument(name: string, single: Reader): Promise<Reading<Parameter>> {
  const read = await single.parameters([name]);
  return read.get(name) ?? passedOver(name);
}

interface Listing<Item> {
  /** Everybody's, in at most as many pages as `pagesMax` says before each page. */
  readonly all: (pagesMax: () => number) => Promise<Reading<readonly Item[]>>;
  readonly one: (resourceId: string) => Promise<Reading<readonly Item[]>>;
}

/**
 * What hangs on each of many resources, by listing it for all of them. The list may take as many pages as
 * resources were asked for; where others have more than that, asking one by one is cheaper after all.
 */
function createListing<Item extends { readonly ResourceId: string | undefined }>(
  pace: Pace,
  listing: Listing<Item>,
): (resourceId: string) => Promise<Reading<readonly Item[]>> {
  const asked = new Set<string>();
  let everybody: ReturnType<typeof listAll<Item>> | undefined;
  const batcher = createBatcher({
    max: LIST_ALL_AT,
    pace,
    async ask(resourceIds) {
      if (asked.size >= LIST_ALL_FROM) everybody ??= listAll(listing, () => asked.size);
      const all = await everybody;
      if (all === undefined || mayAskSingly(all)) return loadAll(resourceIds, listing.one);
      return new Map(
        resourceIds.map((id) => [id, all.state === 'found' ? found(all.value.get(id) ?? []) : all]),
      );
    },
  });
  return (resourceId) => {
    asked.add(resourceId);
    return batcher.one(resourceId);
  };
}

async function listAll<Item extends { readonly ResourceId: string | undefined }>(
  listing: Listing<Item>,
  pagesMax: () => number,
): Promise<Reading<ReadonlyMap<string | undefined, readonly Item[]>>> {
  const read = await listing.all(pagesMax);
  if (read.state !== 'found') return read;
  const byResource = new Map<string | undefined, Item[]>();
  for (const item of read.value) {
    const siblings = byResource.get(item.ResourceId);
    if (siblings === undefined) byResource.set(item.ResourceId, [item]);
    else siblings.push(item);
  }
  return found(byResource);
}
