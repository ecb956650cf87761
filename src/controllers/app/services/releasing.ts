import type { ReleaseSpec } from '../../../store/releases.ts';
import type { AppConfig } from '../config.ts';
import type { AppNames } from '../names.ts';
import type { ObservedContainer, ObservedRevision } from './observed.ts';
import { appContainer } from './secrets.ts';

/**
 * Starts commands inside images made by buildpacks, with the environment that the buildpacks prepare.
 * https://buildpacks.io/docs/for-app-developers/how-to/build-outputs/specify-launch-process/
 */
export const LAUNCHER = '/cnb/lifecycle/launcher';

/** The port that `web` listens on where nothing says another. */
export const DEFAULT_PORT = 8000;

/** Tags that people and the CLI find tasks by. */
const APP_TAG = 'apppack:appName';
const REVIEW_TAG = 'apppack:reviewApp';
export const PROCESS_TAG = 'apppack:processType';
export const BUILD_TAG = 'apppack:buildNumber';
export const BUILD_SYSTEM_TAG = 'apppack:buildSystem';

/** Plain variables that trimtab puts into containers; the values say nothing that is not said elsewhere. */
const REGION_VARIABLES = ['AWS_REGION', 'AWS_DEFAULT_REGION'];

/** What a release changes of the container of one process. Names, an image and a command; no config value. */
export interface ReleaseEdits {
  readonly container: string;
  readonly image: string;
  /** Absent: the image's own. */
  readonly entryPoint?: readonly string[];
  readonly command: readonly string[];
  readonly put: Readonly<Record<string, string>>;
  readonly drop: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** What a release knows besides its spec. */
export interface Releasing {
  readonly spec: ReleaseSpec;
  readonly names: AppNames;
  readonly region: string;
  readonly config: AppConfig;
}

/** How one command is started by a container. */
export interface Start {
  readonly entryPoint?: readonly string[];
  readonly command: readonly string[];
}

/** The launcher takes one text and wraps it itself; other images get a shell, unless they have one as entry point. */
export function startOf(
  command: string,
  buildSystem: ReleaseSpec['buildSystem'],
  before: readonly string[] = [],
): Start {
  if (buildSystem === 'buildpacks') return { entryPoint: [LAUNCHER], command: [command] };
  const kept = before[0] === LAUNCHER ? [] : before;
  const wrapsItself = kept.at(-1) === '-c';
  return {
    ...(kept.length === 0 ? {} : { entryPoint: kept }),
    command: wrapsItself ? [command] : ['/bin/sh', '-c', command],
  };
}

/** Plain variables of a container: the app's name, the region unless config says one, the port for `web`. */
export function variablesOf(process: string, { names, region, config }: Releasing): Record<string, string> {
  const own = new Set(config.variables.map(({ name }) => name));
  const saysRegion = REGION_VARIABLES.some((name) => own.has(name));
  const wanted: Record<string, string> = {
    APPPACK_APPNAME: names.review?.pipeline ?? names.app,
    ...(saysRegion ? {} : Object.fromEntries(REGION_VARIABLES.map((name) => [name, region]))),
    ...(process === 'web' ? { PORT: String(DEFAULT_PORT) } : {}),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => !own.has(name)));
}

/** The tags of an app's tasks of one process type. */
export function tagsOf(
  process: string,
  { spec, names }: Pick<Releasing, 'spec' | 'names'>,
): Record<string, string> {
  const { review } = names;
  return {
    [APP_TAG]: review?.pipeline ?? names.app,
    ...(review === undefined ? {} : { [REVIEW_TAG]: `pr/${review.number}` }),
    [PROCESS_TAG]: process,
    [BUILD_TAG]: String(spec.buildNumber),
  };
}

/** What the release changes of the revision a process runs; undefined when it runs it already, or has no part in it. */
export function releaseEdits(
  revision: ObservedRevision,
  process: string,
  releasing: Releasing | undefined,
): ReleaseEdits | undefined {
  const entry = releasing?.spec.processes.find((one) => one.process === process);
  const container = appContainer(revision, process);
  if (releasing === undefined || entry === undefined || container === undefined) return undefined;
  const { spec } = releasing;
  const { put, drop } = variableEdits(container, process, releasing);
  const tags = tagsOf(process, releasing);
  const start = startOf(entry.command, spec.buildSystem, container.entryPoint);
  const isSame =
    container.image === spec.image &&
    sameWords(container.command, start.command) &&
    sameWords(container.entryPoint ?? [], start.entryPoint ?? []) &&
    Object.keys(put).length + drop.length === 0 &&
    Object.entries(tags).every(([name, value]) => revision.tags[name] === value);
  return isSame ? undefined : { container: container.name, image: spec.image, ...start, put, drop, tags };
}

/** By name only: what a variable is set to is never looked at, so one that is there stays. */
function variableEdits(container: ObservedContainer, process: string, releasing: Releasing) {
  const wanted = variablesOf(process, releasing);
  const secrets = new Set(container.secrets.map(({ name }) => name));
  const has = (name: string) => container.variables.includes(name) || secrets.has(name);
  const put = Object.fromEntries(Object.entries(wanted).filter(([name]) => !has(name)));
  const own = new Set(releasing.config.variables.map(({ name }) => name));
  // Put in by us before the app's config had one of the name; it would be in the way of the app's.
  const drop = REGION_VARIABLES.filter(
    (name) => container.variables.includes(name) && REGION_VARIABLES.some((one) => own.has(one)),
  );
  return { put, drop };
}

function sameWords(some: readonly string[] | undefined, others: readonly string[]): boolean {
  return JSON.stringify(some ?? []) === JSON.stringify(others);
}

/** The revision as its variables will be, for whoever must know which names are taken. */
export function afterRelease(revision: ObservedRevision, edits: ReleaseEdits | undefined): ObservedRevision {
  if (edits === undefined) return revision;
  return {
    ...revision,
    containers: revision.containers.map((one) =>
      one.name === edits.container
        ? {
            ...one,
            variables: [
              ...one.variables.filter((name) => !edits.drop.includes(name)),
              ...Object.keys(edits.put),
            ],
          }
        : one,
    ),
  };
}

interface Editable {
  readonly name?: string | undefined;
  readonly environment?: ReadonlyArray<{ readonly name?: string | undefined }> | undefined;
}

/** Puts a release into one container definition; everything it does not name is carried over. */
export function releaseContainer<C extends Editable>(container: C, edits: ReleaseEdits | undefined): C {
  if (edits === undefined || container.name !== edits.container) return container;
  const { image, command, entryPoint, put, drop } = edits;
  const kept = (container.environment ?? []).filter(
    ({ name = '' }) => !drop.includes(name) && !Object.hasOwn(put, name),
  );
  const environment = [...kept, ...Object.entries(put).map(([name, value]) => ({ name, value }))];
  const { entryPoint: _before, ...others } = container as C & { entryPoint?: unknown };
  // The same kind of container, with members that every container definition has.
  return {
    ...others,
    image,
    command,
    environment,
    ...(entryPoint === undefined ? {} : { entryPoint }),
  } as unknown as C;
}
