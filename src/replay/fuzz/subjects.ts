import { asDocument, type Document, documentsIn, parsedJson } from '../documents.ts';
import type { Snapshot } from '../snapshot.ts';

/** A service of the world, as it is there at the start. */
export interface ServiceSubject {
  readonly cluster: string;
  readonly name: string;
  readonly arn: string;
}

/** A CodeBuild project, which is called as the app or pipeline that it builds. */
export interface ProjectSubject {
  readonly name: string;
  readonly isPipeline: boolean;
  /** Numbers of pull requests that have a review app, or had one. */
  readonly reviews: readonly string[];
  /** How its builds fare as far as the world says. */
  readonly scripts: readonly Document[];
}

/** What there is to change in a snapshot. */
export interface Subjects {
  /** Where parameters lie: `/apppack`. */
  readonly prefix: string;
  readonly apps: readonly string[];
  /** Name → the last thing the snapshot says of it, parsed where it is JSON; undefined for what is deleted or secret. */
  readonly parameters: ReadonlyMap<string, unknown>;
  readonly services: readonly ServiceSubject[];
  /** Task definitions as somebody would register them. */
  readonly definitions: ReadonlyArray<Readonly<Record<string, unknown>>>;
  readonly projects: readonly ProjectSubject[];
  /** Items that stacks wrote, by `<partition> <sort>`. */
  readonly items: ReadonlyMap<string, Document>;
}

/** Reads what can be changed from the world and from what already happens to it. */
export function subjectsOf(snapshot: Snapshot): Subjects {
  const account = snapshot.world.accounts[0];
  const prefix = String(snapshot.settings?.prefix ?? '/apppack');
  const parameters = parametersOf(snapshot);
  const apps = [...parameters.keys()].flatMap((name) => /\/apps\/([^/]+)\//.exec(name)?.[1] ?? []);
  const ecs = asDocument(account?.ecs);
  const services = documentsIn(ecs.services).map(({ cluster, name }) => ({
    cluster: String(cluster),
    name: String(name),
    arn: `arn:aws:ecs:${account?.region}:${account?.id}:service/${String(cluster)}/${String(name)}`,
  }));
  const definitions = documentsIn(ecs.taskDefinitions).map(
    ({ revision: _revision, registeredAt: _at, ...definition }) => definition,
  );
  const items = itemsOf(snapshot);
  return {
    prefix,
    apps: [...new Set(apps)].sort(),
    parameters,
    services,
    definitions,
    projects: projectsOf(snapshot, [...parameters.keys()], items),
    items,
  };
}

/** The names of its CodeBuild projects. */
export function projectsIn({ world }: Snapshot): readonly string[] {
  return Object.keys(asDocument(asDocument(world.accounts[0]?.codebuild).projects));
}

function projectsOf(
  snapshot: Snapshot,
  parameters: readonly string[],
  items: ReadonlyMap<string, Document>,
): readonly ProjectSubject[] {
  const { outcomes } = asDocument(snapshot.world.accounts[0]?.codebuild);
  return projectsIn(snapshot).map((name) => {
    const own = parameters.filter((parameter) => parameter.includes(`/pipelines/${name}/`));
    const said = own.flatMap((parameter) => /\/review-apps\/pr\/(\d+)/.exec(parameter)?.[1] ?? []);
    const filed = [...items.keys()].flatMap((key) =>
      key.startsWith(`APP#${name}:`) ? (/:(\d+) /.exec(key)?.[1] ?? []) : [],
    );
    const reviews = [...new Set([...said, ...filed])].sort();
    const isPipeline = own.length > 0 || reviews.length > 0;
    return { name, isPipeline, reviews, scripts: documentsIn(outcomes) };
  });
}

/** What stacks write, not what controllers do. */
function itemsOf({ world }: Snapshot): ReadonlyMap<string, Document> {
  const tables = documentsIn(asDocument(world.accounts[0]?.dynamodb).tables);
  const items = tables.flatMap((table) => documentsIn(table.items));
  const own = items.filter(({ secondary_id: sort }) => sort === 'settings' || sort === 'CONFIG#ecs');
  return new Map(own.map((item) => [`${String(item.primary_id)} ${String(item.secondary_id)}`, item]));
}

function parametersOf({ world, timeline }: Snapshot): ReadonlyMap<string, unknown> {
  const first = Object.entries(asDocument(asDocument(world.accounts[0]?.ssm).parameters));
  const parameters = new Map<string, unknown>(
    first.map(([name, parameter]) => [name, valueIn(asDocument(parameter))]),
  );
  for (const change of timeline) {
    if (change.type === 'put') parameters.set(change.name, valueIn(change));
    if (change.type === 'delete') parameters.set(change.name, undefined);
  }
  return parameters;
}

function valueIn({ json, value }: { readonly json?: unknown; readonly value?: unknown }): unknown {
  return json ?? parsedJson(value) ?? value;
}
