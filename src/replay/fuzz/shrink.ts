import type { Change } from '../changes.ts';
import { asDocument, documentsIn, isDocument } from '../documents.ts';
import type { Snapshot } from '../snapshot.ts';

/** Whether a snapshot still fails in the way that is looked for. */
export type StillFails = (snapshot: Snapshot) => Promise<boolean>;

/** The candidate as it failed, or undefined. */
type Attempt = (candidate: Snapshot) => Promise<Snapshot | undefined>;

/**
 * The smallest snapshot that could be found that still fails: fewer changes, a smaller world, simpler values. Never one
 * that does not; the same input gives the same output. `sound` gives a candidate what every case must have,
 * and `attemptsMax` bounds how many are tried.
 */
export async function shrink(
  snapshot: Snapshot,
  sound: (candidate: Snapshot) => Snapshot,
  stillFails: StillFails,
  attemptsMax: number,
): Promise<Snapshot> {
  let left = attemptsMax;
  const tries: Attempt = async (candidate) => {
    if (left <= 0) return undefined;
    left -= 1;
    const whole = sound(candidate);
    return (await stillFails(whole)) ? whole : undefined;
  };
  let smallest = snapshot;
  for (let before: Snapshot | undefined; before !== smallest && left > 0; ) {
    before = smallest;
    smallest = await shrinkTimeline(smallest, tries);
    smallest = await firstThatFails(smallest, plainer, tries);
    smallest = await firstThatFails(smallest, smallerWorlds, tries);
    smallest = await firstThatFails(smallest, simplerValues, tries);
  }
  return smallest;
}

/** Leaves out changes: halves, then quarters, down to one at a time. */
async function shrinkTimeline(snapshot: Snapshot, tries: Attempt): Promise<Snapshot> {
  let smallest = snapshot;
  let size = Math.ceil(snapshot.timeline.length / 2);
  while (size >= 1) {
    for (let from = 0; from < smallest.timeline.length; ) {
      const timeline = smallest.timeline.filter((_change, index) => index < from || index >= from + size);
      const candidate = { ...smallest, timeline };
      const failed = await tries(candidate);
      // What had to be put back is no step forward.
      if (failed !== undefined && failed.timeline.length < smallest.timeline.length) smallest = failed;
      else from += size;
    }
    size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return smallest;
}

/** Takes every step that still fails, one after the other. */
async function firstThatFails(
  snapshot: Snapshot,
  candidates: (snapshot: Snapshot) => Generator<(snapshot: Snapshot) => Snapshot>,
  tries: Attempt,
): Promise<Snapshot> {
  let smallest = snapshot;
  for (const step of candidates(snapshot)) {
    const candidate = step(smallest);
    if (candidate !== smallest) smallest = (await tries(candidate)) ?? smallest;
  }
  return smallest;
}

/** One controller, fair weather, ordinary settings. */
function* plainer({ replicas, aws, settings }: Snapshot): Generator<(snapshot: Snapshot) => Snapshot> {
  if (replicas !== undefined) yield ({ replicas: _replicas, ...rest }) => rest;
  if (aws !== undefined) yield ({ aws: _aws, ...rest }) => rest;
  for (const name of Object.keys(settings ?? {})) {
    if (name === 'sweepSeconds') continue;
    yield (snapshot) => ({
      ...snapshot,
      settings: Object.fromEntries(Object.entries(snapshot.settings ?? {}).filter(([one]) => one !== name)),
    });
  }
}

/** Without each app, then without each service and parameter that is left. */
function* smallerWorlds({ world }: Snapshot): Generator<(snapshot: Snapshot) => Snapshot> {
  const account = world.accounts[0];
  const names = Object.keys(asDocument(asDocument(account?.ssm).parameters));
  const apps = new Set(names.flatMap((name) => /\/apps\/([^/]+)\//.exec(name)?.[1] ?? []));
  if (apps.size > 1) {
    for (const app of apps) {
      yield (snapshot) =>
        inWorld(
          snapshot,
          (name) => !name.includes(`/apps/${app}/`),
          (service) => !service.startsWith(`${app}-`),
        );
    }
  }
  for (const service of documentsIn(asDocument(account?.ecs).services).map(({ name }) => String(name))) {
    yield (snapshot) =>
      inWorld(
        snapshot,
        () => true,
        (one) => one !== service,
      );
  }
  for (const name of names) {
    yield (snapshot) =>
      inWorld(
        snapshot,
        (one) => one !== name,
        () => true,
      );
  }
}

/** The snapshot with those parameters and services of its world that are to stay. */
function inWorld(
  snapshot: Snapshot,
  keepsParameter: (name: string) => boolean,
  keepsService: (name: string) => boolean,
): Snapshot {
  const accounts = snapshot.world.accounts.map((account) => {
    const ssm = asDocument(account.ssm);
    const ecs = asDocument(account.ecs);
    const parameters = Object.entries(asDocument(ssm.parameters)).filter(([name]) => keepsParameter(name));
    const services = documentsIn(ecs.services).filter(({ name }) => keepsService(String(name)));
    const gone = documentsIn(ecs.services).filter((service) => !services.includes(service));
    const unused = new Set(gone.map(familyOf).filter((family) => !services.map(familyOf).includes(family)));
    const taskDefinitions = documentsIn(ecs.taskDefinitions).filter(
      ({ family }) => !unused.has(String(family)),
    );
    return {
      ...account,
      ...(isDocument(account.ssm) ? { ssm: { ...ssm, parameters: Object.fromEntries(parameters) } } : {}),
      ...(isDocument(account.ecs) ? { ecs: { ...ecs, taskDefinitions, services } } : {}),
    };
  });
  return { ...snapshot, world: { ...snapshot.world, accounts } };
}

function familyOf({ taskDefinition }: Readonly<Record<string, unknown>>): string {
  return String(taskDefinition).replace(/:\d+$/, '');
}

/** Without each member of what is put, and of how tasks and builds fare. */
function* simplerValues({ timeline }: Snapshot): Generator<(snapshot: Snapshot) => Snapshot> {
  for (const [index, change] of timeline.entries()) {
    if (change.type === 'outcomes' || change.type === 'builds') {
      const members = change.outcomes.flatMap((outcome, at) =>
        Object.keys(outcome).map((name) => [at, name] as const),
      );
      for (const [at, name] of members) yield (snapshot) => withoutFate(snapshot, index, at, name);
    }
    if (change.type !== 'put') continue;
    const { json } = change;
    if (Array.isArray(json) && json.length > 1) {
      for (let at = json.length - 1; at >= 0; at -= 1) {
        yield (snapshot) => withJson(snapshot, index, (now) => withoutElement(now, at));
      }
    }
    if (!isDocument(json)) continue;
    for (const name of Object.keys(json)) {
      yield (snapshot) => withJson(snapshot, index, (now) => withoutMember(now, name));
    }
  }
}

function withJson(snapshot: Snapshot, index: number, change: (json: unknown) => unknown): Snapshot {
  const timeline = snapshot.timeline.map((one, at): Change => {
    return at === index && one.type === 'put' ? { ...one, json: change(one.json) } : one;
  });
  return { ...snapshot, timeline };
}

function withoutFate(snapshot: Snapshot, index: number, at: number, name: string): Snapshot {
  const timeline = snapshot.timeline.map((one, place): Change => {
    if (place !== index || (one.type !== 'outcomes' && one.type !== 'builds')) return one;
    const outcomes = one.outcomes.map((outcome, other) =>
      other === at
        ? Object.fromEntries(Object.entries(outcome).filter(([member]) => member !== name))
        : outcome,
    );
    return { ...one, outcomes };
  });
  return { ...snapshot, timeline };
}

function withoutElement(list: unknown, index: number): unknown {
  return Array.isArray(list) ? list.filter((_member, at) => at !== index) : list;
}

function withoutMember(document: unknown, name: string): unknown {
  return Object.fromEntries(Object.entries(asDocument(document)).filter(([member]) => member !== name));
}
