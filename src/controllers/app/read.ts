import type { Reader } from '../../aws/reader.ts';
import type { ReadRequest } from '../../reconcile/controller.ts';
import { formatKey, type Key } from '../../reconcile/key.ts';
import { ABSENT } from '../../reconcile/reading.ts';
import type { Status } from '../../reconcile/status.ts';
import { releaseKey } from '../../store/releases.ts';
import { statusKey } from '../../store/table.ts';
import { type AutoscalingFacts, autoscalingHint } from './autoscaling/observed.ts';
import { readAutoscaling, startAutoscaling } from './autoscaling/read.ts';
import { type AppDesired, type Documents, namedProcesses } from './desired.ts';
import type { Hints, ReadHint } from './hints.ts';
import { type AppMemory, parseMemory } from './memory.ts';
import type { AppNames } from './names.ts';
import type { AppControllerSettings, AppFacts } from './observed.ts';
import type { Parsed } from './parsed.ts';
import { readReleases } from './releases/read.ts';
import { releasingOf } from './releases/wishes.ts';
import type { SchedulesFacts } from './schedules/observed.ts';
import { readSchedules, startSchedules } from './schedules/read.ts';
import { stateOf } from './services/deployments.ts';
import { parseServicesMemory } from './services/memory.ts';
import type { ServicesFacts } from './services/observed.ts';
import { readServices, rivalPlaces } from './services/read.ts';
import { mayBeRegistered } from './services/registering.ts';
import { followedIn } from './services/rollouts.ts';
import { clusterOf } from './surroundings.ts';

/** Average CPU in percent that autoscaling aims at where nothing says anything, as AppPack's does. */
const CPU_TARGET = 50;

const CHECK_TARGETS_MS = 6 * 3_600_000;

export interface AppReads {
  readonly reader: Reader;
  /** Asked early for what may be wanted, of the same account. */
  readonly early: Reader;
  readonly settings: AppControllerSettings;
  readonly hints: Hints;
  readonly parsed: Parsed;
}

/**
 * Reads an app. Which services to look at follows from what the parameters say, so what was looked at last
 * time is asked for at once, beside the parameters: the reader asks for nothing twice, and what turns out
 * not to be wanted is not looked at. A warm pass is one round trip.
 */
export async function readApp(request: ReadRequest, reads: AppReads): Promise<AppFacts> {
  const { reader, early, settings, hints, parsed } = reads;
  const app = request.key.name;
  const names = parsed.names(app);
  if ('invalid' in names) return { state: 'misnamed', app, problem: names.invalid };
  const hint = hints.get(formatKey(request.key));
  if (hint !== undefined) startEarly(early, hint);
  startSchedules(early, names);
  const documents = await readDocuments(reader, names, hint, request.key);
  const desired = parsed.desired(documents, names);
  const status = await request.status;
  const memory = parseMemory(status.memory);
  const known = { key: request.key, names, desired, memory, status };
  const [services, autoscaling] = await Promise.all([
    readOwnServices(reads, known),
    readOwnAutoscaling(reads, known),
  ]);
  hints.set(formatKey(request.key), hintOf(services, autoscaling, names, settings));
  const [schedules, releases] = await Promise.all([
    readOwnSchedules(reads, known, services),
    readReleases(reader, { names, desired, place: request.key, services, memory: memory.resources.releases }),
  ]);
  const { quietMs, quietMaxMs } = settings;
  const pace = { quietMs, quietMaxMs };
  const told = settingsToldAt(request, status, names);
  return { state: 'read', names, desired, services, autoscaling, schedules, releases, pace, ...told };
}

/** Events tell of settings that nobody may come to read: they may be gone again. */
function settingsToldAt(
  { causes = [] }: ReadRequest,
  { unseen = [] }: Status,
  { documents }: AppNames,
): { readonly settingsToldAt?: number } {
  const told = [...unseen, ...causes.flatMap(({ change }) => change ?? [])].filter(
    ({ parameter, operation }) => parameter === documents.settings && operation !== 'Delete',
  );
  return told.length === 0 ? {} : { settingsToldAt: Math.max(...told.map(({ at }) => at)) };
}

/** Asks for what was read last time; whoever wants it waits for it then. */
export function startEarly(reader: Reader, hint: ReadHint): void {
  const early: Promise<unknown>[] = [
    ...hint.revisions.map((arn) => reader.taskDefinition(arn)),
    ...hint.items.map(({ partition, sort }) => reader.item(partition, sort)),
    ...startAutoscaling(reader, hint.autoscaling),
  ];
  const { cluster } = hint;
  if (cluster !== undefined && hint.services.length > 0) {
    early.push(reader.services(cluster, hint.services));
    early.push(
      ...hint.followed.map(({ service, since }) => reader.serviceDeployments(cluster, service, since)),
    );
  }
  // Nobody may come to wait for these; who does gets the error.
  for (const one of early) one.catch(() => {});
}

async function readDocuments(
  reader: Reader,
  names: AppNames,
  hint: ReadHint | undefined,
  place: Key,
): Promise<Documents> {
  const wanted = [...Object.values(names.documents), ...(hint?.parameters ?? [])];
  const { settings, ecsConfig, deployStatus, reviewSettings } = names.items;
  const release = releaseKey(place, names.app);
  const builds = statusKey({ ...place, kind: 'build' });
  const [parameters, configs, ...items] = await Promise.all([
    reader.parameters(wanted),
    Promise.all(names.configPaths.map((path) => reader.parameterNames(path))),
    reader.item(settings.partition, settings.sort),
    reader.item(ecsConfig.partition, ecsConfig.sort),
    reader.item(deployStatus.partition, deployStatus.sort),
    reader.item(release.partition, release.sort),
    reviewSettings === undefined ? ABSENT : reader.item(reviewSettings.partition, reviewSettings.sort),
    reviewSettings === undefined ? ABSENT : reader.item(builds.partition, builds.sort),
  ]);
  const own = new Set(Object.values(names.documents));
  return {
    parameters: new Map([...parameters].filter(([name]) => own.has(name))),
    configs,
    settings: items[0],
    ecsConfig: items[1],
    deployStatus: items[2],
    releaseRecord: items[3],
    reviewSettings: items[4],
    buildStatus: items[5],
  };
}

interface Known {
  readonly key: Key;
  readonly names: AppNames;
  readonly desired: AppDesired;
  readonly memory: AppMemory;
  readonly status: Status;
}

function readOwnServices(
  { reader, settings }: AppReads,
  { key, names, desired, memory, status }: Known,
): Promise<ServicesFacts> {
  const named = new Set(Object.values(namedProcesses(desired, memory)).flat());
  const remembered = parseServicesMemory(memory.resources.services);
  const before = remembered.claimed.map(({ process }) => process);
  const known = [...new Set([...named, ...before])];
  // Nothing names a service: look whether there is a web to name, so that what to type can be said exactly.
  const processes = known.length === 0 && !desired.absent ? ['web'] : known;
  const cluster = clusterOf(desired.settings, memory, settings.defaults);
  return readServices(reader, {
    names,
    naming: settings,
    cluster,
    processes,
    named,
    wishes: desired.scaling.wishes,
    config: desired.config,
    place: key,
    release: releasingOf(desired, names, key.region),
    followed: followedIn(remembered),
    mayBeRegistered: mayBeRegistered(status, memory.resources.services),
  });
}

function readOwnAutoscaling(
  { reader, settings }: AppReads,
  { names, desired, memory }: Known,
): Promise<AutoscalingFacts> {
  return readAutoscaling(reader, {
    names,
    cluster: clusterOf(desired.settings, memory, settings.defaults),
    wishes: desired.scaling.wishes,
    cpuTarget: settings.defaults.cpuTarget ?? CPU_TARGET,
  });
}

function readOwnSchedules(
  { reader, settings }: AppReads,
  { names, desired, memory, status }: Known,
  services: ServicesFacts,
): Promise<SchedulesFacts> {
  const { eventsRoleArn } = settings.defaults;
  return readSchedules(reader, {
    names,
    desired: desired.schedules,
    scaling: desired.scaling,
    services,
    memory: memory.resources.schedules,
    status,
    ...(eventsRoleArn === undefined ? {} : { eventsRoleArn }),
    checkEveryMs: settings.checkTargetsMs ?? CHECK_TARGETS_MS,
  });
}

function hintOf(
  facts: ServicesFacts,
  autoscaling: AutoscalingFacts,
  names: AppNames,
  settings: AppControllerSettings,
): ReadHint {
  return {
    ...(facts.cluster === undefined ? {} : { cluster: facts.cluster }),
    services: facts.services.map(({ service }) => service),
    revisions: facts.services.flatMap(({ reading }) =>
      reading.state === 'found' ? [reading.value.taskDefinition] : [],
    ),
    followed: facts.services.flatMap(({ service, followedSince: since, deployments }) => {
      const [newest] = deployments?.state === 'found' ? deployments.value : [];
      const isOver = newest !== undefined && stateOf(newest) !== 'running';
      return since === undefined || isOver ? [] : [{ service, since }];
    }),
    ...rivalPlaces(facts, settings),
    autoscaling: autoscalingHint(autoscaling, names),
  };
}
