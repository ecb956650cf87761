import type { Reader } from '../../../aws/reader.ts';
import type { TaskDefinition } from '../../../aws/shapes.ts';
import { ABSENT, found, type Reading } from '../../../reconcile/reading.ts';
import type { ItemKey } from '../../../store/table.ts';
import type { AppConfig } from '../config.ts';
import { type AppNames, type Cut, type Naming, rivalCuts, serviceName } from '../names.ts';
import { judgeRival, placesOf } from '../rivals.ts';
import { configureRevision } from './configuring.ts';
import { endedBadly, normalDeployment, normalTask, type ServiceDeployment } from './deployments.ts';
import type { ProcessWish } from './desired.ts';
import {
  familyOf,
  normalService,
  type ObservedRevision,
  type ObservedService,
  OWNER_TAG,
  primaryOf,
  type RivalClaim,
  type ServiceFacts,
  type ServicesFacts,
} from './observed.ts';
import { normalRevision } from './observed-revision.ts';
import { type Releasing, releaseEdits } from './releasing.ts';
import { editsOf, wishRevision } from './revision.ts';
import type { Place } from './secrets.ts';

export interface ServicesQuestion {
  readonly names: AppNames;
  readonly naming: Naming;
  readonly cluster: string | undefined;
  /** Processes whose services to look at. */
  readonly processes: readonly string[];
  /** Those of them that the app's records name. */
  readonly named: ReadonlySet<string>;
  readonly wishes: readonly ProcessWish[];
  /** Undefined while it cannot be read. */
  readonly config: AppConfig | undefined;
  readonly place: Place;
  readonly release: Releasing | undefined;
  /** Since when deployments are followed, by process. */
  readonly followed: ReadonlyMap<string, number>;
  /** Whether a revision may have been registered that no service runs yet. */
  readonly mayBeRegistered: boolean;
}

/** Reads an app's services and what is needed to judge and change them. */
export async function readServices(reader: Reader, question: ServicesQuestion): Promise<ServicesFacts> {
  const { cluster, processes, names } = question;
  if (cluster === undefined) return { services: [] };
  const byName = new Map(processes.map((process) => [serviceName(names, process), process]));
  // What came of a rollout does not depend on how its service is now.
  for (const [service, process] of byName) {
    // Who waits for it later gets the error.
    readDeployments(reader, { process, service }, question).catch(() => {});
  }
  const readings = await reader.services(cluster, [...byName.keys()]);
  const services = await Promise.all(
    [...byName].map(([service, process]) => {
      const reading = readings.get(service) ?? { state: 'absent' as const };
      if (reading.state !== 'found') return { process, service, reading };
      return readAround(reader, { process, service, observed: normalService(reading.value) }, question);
    }),
  );
  return { cluster, services };
}

interface FoundService {
  readonly process: string;
  readonly service: string;
  readonly observed: ObservedService;
}

/** The revision a service runs, the other apps that may own it, and the family's newest when it is needed. */
async function readAround(
  reader: Reader,
  facts: FoundService,
  question: ServicesQuestion,
): Promise<ServiceFacts> {
  const { process, service, observed } = facts;
  const { taskDefinition } = observed;
  const [revision, rivals, rollout] = await Promise.all([
    reader.taskDefinition(taskDefinition).then(toRevision),
    readRivals(reader, facts, question),
    readRollout(reader, facts, question),
  ]);
  const known = {
    process,
    service,
    reading: found(observed),
    revision,
    ...rollout,
    ...(rivals === undefined ? {} : { rivals }),
  };
  if (revision.state !== 'found' || !changesRevision(revision.value, process, question)) return known;
  if (!question.mayBeRegistered) return { ...known, newest: ABSENT };
  const newest = toRevision(await reader.newestTaskDefinition(familyOf(taskDefinition)));
  return { ...known, newest };
}

function changesRevision(
  revision: ObservedRevision,
  process: string,
  { wishes, config, place, release }: ServicesQuestion,
): boolean {
  const wish = wishes.find((one) => one.process === process);
  const released = releaseEdits(revision, process, release);
  if (released !== undefined) return true;
  const { edits } = configureRevision(revision, process, config, place);
  const secrets = edits === undefined ? {} : { secrets: edits };
  return wishRevision(revision, { ...editsOf(wish ?? {}), ...secrets }) !== undefined;
}

/** Deployments since the open rollout of a process was asked for; undefined when there is none. */
async function readDeployments(
  reader: Reader,
  { process, service }: { readonly process: string; readonly service: string },
  { cluster, followed }: ServicesQuestion,
): Promise<Reading<readonly ServiceDeployment[]> | undefined> {
  const since = followed.get(process);
  if (cluster === undefined || since === undefined) return undefined;
  const reading = await reader.serviceDeployments(cluster, service, since);
  return reading.state === 'found' ? found(reading.value.map(normalDeployment)) : reading;
}

/** What became of the open rollout of a service, and why its tasks stopped when it ended badly. */
async function readRollout(
  reader: Reader,
  facts: FoundService,
  question: ServicesQuestion,
): Promise<Pick<ServiceFacts, 'followedSince' | 'deployments' | 'stopped'>> {
  const followedSince = question.followed.get(facts.process);
  const deployments = await readDeployments(reader, facts, question);
  if (followedSince === undefined || deployments === undefined) return {};
  const failing = !facts.observed.breaker && (primaryOf(facts.observed)?.failedTasks ?? 0) > 0;
  const [newest] = deployments.state === 'found' ? deployments.value : [];
  if (!failing && (newest === undefined || !endedBadly(newest))) return { followedSince, deployments };
  const tasks = await reader.stoppedTasks(question.cluster ?? '', facts.service);
  const stopped = tasks.state === 'found' ? found(tasks.value.map(normalTask)) : tasks;
  return { followedSince, deployments, stopped };
}

function toRevision(reading: Reading<TaskDefinition>): Reading<ObservedRevision> {
  if (reading.state !== 'found') return reading;
  return found(normalRevision(reading.value));
}

/** Asked only for a service that nobody marked: the warm path of our own services costs nothing. */
async function readRivals(
  reader: Reader,
  facts: FoundService,
  question: ServicesQuestion,
): Promise<readonly RivalClaim[] | undefined> {
  if (facts.observed.tags[OWNER_TAG] !== undefined || !question.named.has(facts.process)) return [];
  const cuts = rivalCuts(facts.service, question.names.app);
  if (cuts === undefined) return undefined;
  return Promise.all(cuts.map((cut) => readRival(reader, cut, question.naming)));
}

async function readRival(reader: Reader, cut: Cut, naming: Naming): Promise<RivalClaim> {
  const places = placesOf(cut.app, naming);
  if (places === undefined) return { ...cut, claims: 'no' };
  const { partition, sort } = places.names.items.deployStatus;
  const [parameters, deployStatus] = await Promise.all([
    reader.parameters(places.parameters),
    reader.item(partition, sort),
  ]);
  return judgeRival(cut, places.names, parameters, deployStatus);
}

/** What was asked of other apps, for the next pass to ask early. */
export function rivalPlaces(
  facts: ServicesFacts,
  naming: Naming,
): { readonly parameters: readonly string[]; readonly items: readonly ItemKey[] } {
  const apps = new Set(facts.services.flatMap(({ rivals = [] }) => rivals.map(({ app }) => app)));
  const places = [...apps].flatMap((app) => placesOf(app, naming) ?? []);
  return {
    parameters: places.flatMap(({ parameters }) => parameters),
    items: places.map(({ names }) => names.items.deployStatus),
  };
}
