import { asDocument, documentsIn, parsedJson } from '../documents.ts';
import type { Snapshot } from '../snapshot.ts';

/** A service of the world, as it is there at the start. */
export interface ServiceSubject {
  readonly cluster: string;
  readonly name: string;
  readonly arn: string;
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
  return { prefix, apps: [...new Set(apps)].sort(), parameters, services, definitions };
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
