import { asDocument, documentsIn, parsedJson } from './documents.ts';
import type { Snapshot } from './snapshot.ts';

/** How many processes `scaling` asks for from an instant on, in milliseconds from the start. */
export interface WantedSample {
  readonly at: number;
  readonly min: number;
  readonly max: number;
}

/**
 * What Parameter Store asked of each service (`<cluster>/<service>`) over time, for drawing only: a text that cannot
 * be understood asks for what the one before did, and nothing is checked that the controller checks.
 */
export function wantedCounts(
  snapshot: Snapshot,
  apps: readonly string[],
): ReadonlyMap<string, readonly WantedSample[]> {
  const startAt = Date.parse(snapshot.startAt);
  const services = serviceIds(snapshot);
  const wanted = new Map<string, WantedSample[]>();
  const note = (app: string, at: number, document: unknown) => {
    for (const [process, counts] of Object.entries(asDocument(document))) {
      const { min_processes: min = 1, max_processes: max = min } = asDocument(counts);
      if (typeof min !== 'number' || typeof max !== 'number') continue;
      const name = services.get(`${app.replace(':', '-pr')}-${process}`);
      if (name === undefined) continue;
      const samples = wanted.get(name) ?? [];
      wanted.set(name, samples);
      samples.push({ at, min, max: Math.max(min, max) });
    }
  };
  const known = new Set(apps);
  for (const { at, app, document } of scalings(snapshot)) {
    if (known.has(app)) note(app, at - startAt, document);
  }
  return wanted;
}

function scalings(snapshot: Snapshot): Array<{ at: number; app: string; document: unknown }> {
  const startAt = Date.parse(snapshot.startAt);
  const { parameters } = asDocument(snapshot.world.accounts[0]?.ssm);
  const first = Object.entries(asDocument(parameters)).map(([name, parameter]) => {
    const { json, value } = asDocument(parameter);
    return { at: startAt, name, json, value };
  });
  const puts = snapshot.timeline.flatMap((change) =>
    change.type === 'put' ? [{ ...change, at: Date.parse(change.at) }] : [],
  );
  return [...first, ...puts].flatMap(({ at, name, json, value }) => {
    const app = /\/apps\/([^/]+)\/scaling$/.exec(name)?.[1];
    const document = json ?? parsedJson(value);
    return app === undefined || document === undefined ? [] : [{ at, app, document }];
  });
}

function serviceIds({ world }: Snapshot): ReadonlyMap<string, string> {
  const services = documentsIn(asDocument(world.accounts[0]?.ecs).services);
  return new Map(services.map(({ cluster, name }) => [String(name), `${String(cluster)}/${String(name)}`]));
}
