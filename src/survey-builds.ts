import type { Clients } from './aws/clients.ts';
import { listAllBuilds } from './aws/codebuild.ts';
import type { SweepReader } from './aws/sweep-reader.ts';
import { parseMemory, shortId } from './controllers/build/memory.ts';
import { buildNames } from './controllers/build/names.ts';
import { pausedIn } from './controllers/build/paused.ts';
import type { Mode } from './reconcile/controller.ts';
import type { Key } from './reconcile/key.ts';
import type { Status } from './reconcile/status.ts';
import { parseSettingsItem } from './store/table.ts';

/** What a look over the builds of an account needs. */
export interface BuildSurveyPorts {
  readonly account: string;
  readonly region: string;
  readonly naming: { readonly prefix: string; readonly installation: string };
  readonly mode: Mode;
  /** The reader of the survey of apps: settings and parameters were read by it. */
  readonly reader: SweepReader;
  readonly codebuild: Clients['codebuild'];
  /** The statuses of build keys, by name. */
  readonly storedStatuses: () => Promise<ReadonlyMap<string, Status>>;
  readonly now: () => number;
}

/** A wake that is this late was lost; the key is looked at again. */
const WAKE_LATE_MS = 60_000;

/**
 * The build keys that may have missed something: whose wake was lost, whose project has a build they do not know, whose
 * `release` parameter has another version than they saw, that were paused and are not any more, or that were never looked at. One call for all projects; what
 * a key cannot tell by that its next pass finds out. Who only observes remembers no builds, so events alone bring
 * passes then.
 */
export async function surveyBuilds(
  ports: BuildSurveyPorts,
  apps: readonly string[],
): Promise<readonly Key[]> {
  if (ports.mode === 'observe') return [];
  const [listed, statuses] = await Promise.all([listAllBuilds(ports.codebuild), ports.storedStatuses()]);
  const ids = idsByProject(listed.state === 'found' ? listed.value : []);
  const names = [...new Set([...apps, ...statuses.keys(), ...ids.keys()])].sort();
  const keys = names.map(
    (name): Key => ({ account: ports.account, region: ports.region, kind: 'build', name }),
  );
  const due = await Promise.all(keys.map((key) => isDue(key, statuses.get(key.name), ids, ports)));
  return keys.filter((_, index) => due[index]);
}

function idsByProject(ids: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const projects = new Map<string, string[]>();
  for (const id of ids) {
    const project = id.slice(0, id.lastIndexOf(':'));
    projects.set(project, [...(projects.get(project) ?? []), id]);
  }
  return projects;
}

async function isDue(
  key: Key,
  status: Status | undefined,
  ids: ReadonlyMap<string, readonly string[]>,
  ports: BuildSurveyPorts,
): Promise<boolean> {
  const names = buildNames(key, ports.naming);
  if (names === undefined) return false;
  if (status?.wake !== undefined && status.wake.at < ports.now() - WAKE_LATE_MS) return true;
  const { partition, sort } = names.items.settings;
  const { release, paused, reviewApp } = names.parameters;
  const wanted = [release, paused, reviewApp].flatMap((name) => name ?? []);
  const [settings, parameters] = await Promise.all([
    ports.reader.item(partition, sort),
    wanted.length === 0 ? new Map() : ports.reader.parameters(wanted),
  ]);
  const parameter = release === undefined ? undefined : parameters.get(release);
  const version = parameter?.state === 'found' ? parameter.value.version : undefined;
  if (release !== undefined && version !== status?.parameters[release]) return true;
  const isPaused = paused !== undefined && pausedIn(parameters.get(paused)) !== undefined;
  if (isLeftWaiting(status) && !isPaused) return true;
  // Closed, and nobody told its key, which is to be forgotten.
  const isClosed = reviewApp !== undefined && parameters.get(reviewApp)?.state === 'absent';
  if (isClosed && status !== undefined && status.wake === undefined) return true;
  const parsed = settings.state === 'found' ? parseSettingsItem(settings.value) : undefined;
  const project = parsed?.ok === true ? parsed.value.codebuildProject : undefined;
  if (project === undefined) return false;
  if (status === undefined) return true;
  // Builds of review apps are told to them by their pipeline's key.
  return names.review === undefined && hasNews(ids.get(project) ?? [], status);
}

/** Something is under way, and nothing will bring it on: it was paused, and that it goes on was told by an event that got lost. */
function isLeftWaiting(status: Status | undefined): boolean {
  if (status === undefined || status.wake !== undefined) return false;
  return Object.keys(parseMemory(status.memory)?.flows ?? {}).length > 0;
}

function hasNews(ids: readonly string[], status: Status): boolean {
  const memory = parseMemory(status.memory);
  if (memory === undefined) return true;
  const open = Object.keys(memory.flows).map(shortId);
  const known = new Set([...memory.settled, ...Object.keys(memory.told), ...open]);
  return ids.some((id) => !known.has(shortId(id)));
}
