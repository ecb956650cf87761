import type { Connection } from '../compose.ts';
import { type Config, readConfig } from '../config.ts';
import { sleep } from '../reconcile/ports.ts';
import { Simulator } from '../simulator/account.ts';
import { VirtualClock } from '../simulator/clock.ts';
import { loadWorld } from '../simulator/world.ts';
import { VERSION } from '../version.ts';
import type { Change } from './changes.ts';
import { endOf } from './end.ts';
import { fillWorld } from './filling.ts';
import { changesBetween } from './following.ts';
import { formatInstant } from './instant.ts';
import { type Observation, observe } from './observation.ts';
import type { Outcome } from './outcome.ts';
import { sectionsOf } from './sections.ts';
import { redactSnapshot, SNAPSHOT_FORMAT, type Snapshot } from './snapshot.ts';

/** Where a recording goes. */
export interface RecordingSink {
  begin(snapshot: Snapshot): Promise<void>;
  append(changes: readonly Change[]): Promise<void>;
  finish(outcome: Outcome): Promise<void>;
}

export interface RecordOptions {
  /** All apps when none are named. */
  readonly apps: readonly string[];
  readonly about: string;
}

export interface FollowOptions extends RecordOptions {
  readonly everyMs: number;
  /** Ends the recording. */
  readonly stop: AbortSignal;
  /** Told of changes that were added, and of looks that failed. */
  readonly onChanges?: (changes: readonly Change[]) => void;
  readonly onTrouble?: (what: string) => void;
}

/** Takes a snapshot of a live account. Reads only. Throws what `observe` throws. */
export async function record(connection: Connection, options: RecordOptions): Promise<Snapshot> {
  const observation = await observe(connection, { apps: options.apps, newest: true });
  return snapshotOf(connection, observation, options);
}

/**
 * Takes a snapshot and adds what happens, until it is told to stop; then says how it ended. The file is whole at
 * every moment. A look that fails, or that could not see all that the first one saw, is done again later.
 */
export async function follow(
  connection: Connection,
  sink: RecordingSink,
  options: FollowOptions,
): Promise<Snapshot> {
  const { apps, everyMs, stop, onChanges, onTrouble } = options;
  let before = await observe(connection, { apps, newest: true });
  const snapshot = snapshotOf(connection, before, options);
  await sink.begin(snapshot);
  let isLast = false;
  while (!isLast) {
    await sleep(connection.clock, everyMs, stop);
    // What happened until now is still taken in.
    isLast = stop.aborted;
    const after = await lookAgain(connection, before, options, onTrouble);
    if (after === undefined) continue;
    const changes = changesBetween(before, after);
    await sink.append(changes);
    onChanges?.(changes);
    before = after;
  }
  await sink.finish({ end: endOf(before) });
  return snapshot;
}

async function lookAgain(
  connection: Connection,
  before: Observation,
  { apps }: RecordOptions,
  onTrouble: FollowOptions['onTrouble'],
): Promise<Observation | undefined> {
  try {
    const after = await observe(connection, { apps, skipUnknown: true });
    const unseen = after.notes.filter((note) => !before.notes.includes(note));
    if (unseen.length === 0) return after;
    onTrouble?.(`could not read ${unseen.join(', ')}`);
  } catch (error) {
    onTrouble?.(error instanceof Error ? error.message : String(error));
  }
  return undefined;
}

function snapshotOf(connection: Connection, observation: Observation, options: RecordOptions): Snapshot {
  const { account, region, config } = connection;
  const { apps, about } = options;
  const at = formatInstant(observation.at);
  const settings = settingsOf(config);
  const snapshot = redactSnapshot({
    snapshot: SNAPSHOT_FORMAT,
    about,
    recorded: {
      at,
      by: `trimtab ${VERSION}`,
      ...(apps.length === 0 ? {} : { apps: [...apps] }),
      ...(observation.notes.length === 0 ? {} : { notes: [...observation.notes] }),
    },
    startAt: at,
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    world: { version: 1, accounts: [{ id: account, region, ...sectionsOf(observation, config.table) }] },
    timeline: [],
  });
  const problem = findLoadingProblem(snapshot, config);
  if (problem === undefined) return snapshot;
  const notes = [...(snapshot.recorded?.notes ?? []), `cannot be replayed as it is: ${problem}`];
  return { ...snapshot, recorded: { at, by: `trimtab ${VERSION}`, ...snapshot.recorded, notes } };
}

/** The settings that say where an installation lives, where they are not the usual ones. */
const PLACE = ['prefix', 'installation', 'table', 'cluster', 'eventsRoleArn', 'cpuTarget'] as const;

function settingsOf(config: Config): NonNullable<Snapshot['settings']> {
  const usual = readConfig({}, { prefix: config.prefix });
  const isUsual = (name: (typeof PLACE)[number]) =>
    name === 'prefix' ? config.prefix === readConfig({}).prefix : config[name] === usual[name];
  return Object.fromEntries(PLACE.filter((name) => !isUsual(name)).map((name) => [name, config[name]]));
}

/** Real accounts have what a simulated one does not know; whoever records learns of it now. */
function findLoadingProblem(snapshot: Snapshot, config: Config): string | undefined {
  try {
    const clock = new VirtualClock(Date.parse(snapshot.startAt));
    loadWorld(new Simulator({ clock }), fillWorld(snapshot.world, config.table));
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
  }
}
