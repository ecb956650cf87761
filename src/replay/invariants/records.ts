import { asDocument, documentsIn, parsedJson } from '../documents.ts';
import type { Snapshot } from '../snapshot.ts';

/** What desired state said at any time of a snapshot, read as loosely as an outsider would. */
export interface DesiredState {
  /** Whether some app's record named the process of this service. */
  claims(service: string): boolean;
  /** Whether a family is named after tasks of an app that has records: `shop-scheduler`, `shop-pr7-release`. */
  namesTask(family: string): boolean;
}

/** Tasks of an app that are no services. */
const TASKS = /-(scheduler|release|postdeploy|shell)$/;

interface Parameter {
  readonly name: string;
  readonly document: unknown;
}

/** Collects it from the world at the start and everything that was put later. */
export function desiredState(snapshot: Snapshot): DesiredState {
  const parameters = parametersOf(snapshot);
  const services = new Set<string>();
  const reviewed = new Set<string>();
  const tasks = new Set<string>();
  for (const { name, document } of parameters) {
    const [, kind, owner, rest] = /\/(apps|pipelines)\/([^/]+)\/(.+)$/.exec(name) ?? [];
    if (owner === undefined || rest === undefined) continue;
    const number = /^review-apps\/pr\/(\d+)/.exec(rest)?.[1];
    const prefix = number === undefined ? owner : `${owner}-pr${number}`;
    for (const process of processesOf(rest, document)) {
      if (kind === 'pipelines' && number === undefined) reviewed.add(`${owner} ${process}`);
      else services.add(`${prefix}-${process}`);
    }
    tasks.add(prefix);
  }
  for (const { app, process } of deployedOf(snapshot)) services.add(`${app}-${process}`);
  const ofReviews = [...reviewed];
  for (const app of stackedIn(snapshot)) tasks.add(app);
  return {
    claims: (service) => services.has(service) || ofReviews.some((one) => isReviewOf(service, one)),
    namesTask: (family) => TASKS.test(family) && tasks.has(family.replace(TASKS, '')),
  };
}

function isReviewOf(service: string, named: string): boolean {
  const [pipeline = '', process = ''] = named.split(' ', 2);
  const middle = service.slice(pipeline.length, service.length - process.length);
  return service.startsWith(pipeline) && service.endsWith(process) && /^-pr\d+-$/.test(middle);
}

function processesOf(rest: string, document: unknown): readonly string[] {
  if (/(^|\/)scaling$/.test(rest)) return Object.keys(asDocument(document));
  if (rest === 'release') return Object.keys(asDocument(asDocument(document).processes));
  return [];
}

function parametersOf({ world, timeline }: Snapshot): readonly Parameter[] {
  const { parameters } = asDocument(world.accounts[0]?.ssm);
  const first = Object.entries(asDocument(parameters)).map(([name, parameter]) => {
    const { json, value } = asDocument(parameter);
    return { name, document: json ?? parsedJson(value) };
  });
  const puts = timeline.flatMap((change) =>
    change.type === 'put' ? [{ name: change.name, document: change.json ?? parsedJson(change.value) }] : [],
  );
  return [...first, ...puts];
}

function itemsOf({ world, timeline }: Snapshot): ReadonlyArray<Readonly<Record<string, unknown>>> {
  const tables = documentsIn(asDocument(world.accounts[0]?.dynamodb).tables);
  const first = tables.flatMap(({ items }) => documentsIn(items));
  return [...first, ...timeline.flatMap((change) => (change.type === 'item' ? [change.item] : []))];
}

/** What apps that have a stack call their families: `shop`, `pipe-pr7`. */
function stackedIn(snapshot: Snapshot): readonly string[] {
  return itemsOf(snapshot).flatMap(({ primary_id: partition, secondary_id: sort }) => {
    const app = /^APP#(.+)$/.exec(String(partition))?.[1];
    return app === undefined || sort !== 'settings' ? [] : [app.replace(':', '-pr')];
  });
}

/** Processes that deployment records name. */
function deployedOf(snapshot: Snapshot): ReadonlyArray<{ app: string; process: string }> {
  return itemsOf(snapshot).flatMap((item) => {
    const { primary_id: partition, secondary_id: sort, value } = item;
    const number = /^DEPLOYSTATUS(?:#(\d+))?$/.exec(String(sort));
    const owner = /^APP#(.+)$/.exec(String(partition))?.[1];
    if (number === null || owner === undefined) return [];
    const app = number[1] === undefined ? owner : `${owner}-pr${number[1]}`;
    const { processes } = asDocument(value);
    const names = Array.isArray(processes)
      ? documentsIn(processes).map(({ name }) => String(name))
      : Object.keys(asDocument(processes));
    return names.map((process) => ({ app, process }));
  });
}
