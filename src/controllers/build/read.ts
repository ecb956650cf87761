import { parse, TomlError } from 'smol-toml';
import { objectSize, objectText } from '../../aws/artifacts.ts';
import type { Build } from '../../aws/build-shapes.ts';
import type { Clients } from '../../aws/clients.ts';
import { listBuilds, readBuilds } from '../../aws/codebuild.ts';
import { newestItems } from '../../aws/items.ts';
import type { Reader } from '../../aws/reader.ts';
import type { ReadRequest } from '../../reconcile/controller.ts';
import { ABSENT, found, type Reading, unreadable } from '../../reconcile/reading.ts';
import { type BuildRecord, closingOf } from '../../store/builds.ts';
import { parseReleaseItem, type ReleaseRecord, releaseAnswer } from '../../store/releases.ts';
import { type Item, type ItemKey, parseSettingsItem } from '../../store/table.ts';
import { isOver } from './following.ts';
import { activeIn, recordKeyOf, recordsIn, sourceOf } from './known.ts';
import { type BuildMemory, parseMemory, shortId } from './memory.ts';
import { type BuildNames, buildNames } from './names.ts';
import type { ArtifactFacts, BuildFacts, Manifest } from './observed.ts';
import { isOwn, isTakenUp } from './requests.ts';
import { readTasks } from './tasks/read.ts';

/** As many records as may be open at once; those the release record names are read besides. */
const RECORDS_MAX = 25;

export interface BuildReads {
  readonly clients: Pick<Clients, 'codebuild' | 's3' | 'ecs' | 'dynamodb'>;
  readonly reader: Reader;
  readonly table: string;
  readonly naming: { readonly prefix: string; readonly installation: string };
}

/** Reads all that a build key is about: what asks for releases, and what came of those under way. */
export async function readBuild(request: ReadRequest, reads: BuildReads): Promise<BuildFacts> {
  const names = buildNames(request.key, reads.naming);
  if (names === undefined) return { state: 'misnamed' };
  const { reader } = reads;
  const item = ({ partition, sort }: ItemKey) => reader.item(partition, sort);
  const [parameters, settings, releaseItem, appStatus, newest, status] = await Promise.all([
    reader.parameters(Object.values(names.parameters)),
    item(names.items.settings),
    item(names.items.release),
    item(names.items.appStatus),
    newestItems(reads.clients.dynamodb, {
      table: reads.table,
      partition: `APP#${names.app}`,
      prefix: 'BUILD#',
      max: RECORDS_MAX,
    }),
    request.status,
  ]);
  const release = releaseRecordIn(releaseItem);
  const records = await withNamedRecord(newest, release, names, item);
  const known = recordsIn({ records });
  const memory = parseMemory(status.memory);
  const since = memory?.since ?? request.startedAt;
  const concerns = concerning({ names, release, records: known, memory, since });
  const built = await readOwnBuilds(reads, settings, concerns);
  const artifacts = await readArtifacts(reads, built.builds, concerns);
  const answer = releaseAnswer(appStatus.state === 'found' ? appStatus.value.memory : undefined);
  const tasks = await readTasks(reads, {
    app: names.app,
    candidate: release?.candidate,
    answer,
    record: known.find((record) => sourceOf(record) === release?.candidate?.source),
    status,
  });
  return {
    state: 'read',
    told: (request.causes ?? []).some(({ id }) => id.startsWith('event:')),
    ...(request.startedAt === undefined ? {} : { startedAt: request.startedAt }),
    names,
    parameters,
    settings,
    releaseItem,
    appStatus,
    records,
    ...built,
    artifacts,
    tasks,
  };
}

function releaseRecordIn(item: Reading<Item>): ReleaseRecord | undefined {
  if (item.state !== 'found') return undefined;
  const parsed = parseReleaseItem(item.value);
  return parsed.ok ? parsed.value : undefined;
}

/** What is being released may have been built long ago, behind many younger builds. */
async function withNamedRecord(
  newest: Reading<readonly Item[]>,
  release: ReleaseRecord | undefined,
  names: BuildNames,
  item: (key: ItemKey) => Promise<Reading<Item>>,
): Promise<Reading<readonly Item[]>> {
  const active = activeIn(release);
  if (newest.state !== 'found' || active === undefined) return newest;
  const isThere = recordsIn({ records: newest }).some((record) => sourceOf(record) === active.source);
  if (isThere) return newest;
  const named = await item(recordKeyOf(active, names.app));
  if (named.state === 'unreadable') return named;
  return named.state === 'found' ? found([...newest.value, named.value]) : newest;
}

type Built = Pick<BuildFacts & { state: 'read' }, 'ids' | 'builds' | 'repository'>;

/** Which builds a key has to do with, as far as that is known before they are read and after. */
interface Concerns {
  /** The ends of the ids of builds that need nothing more. */
  readonly settled: ReadonlySet<string>;
  /** Ids of builds whose record is open. */
  readonly open: readonly string[];
  /** Whether something of the build, once read, may still have to be done. */
  readonly has: (build: Build) => boolean;
  readonly recordOf: (build: Build) => BuildRecord | undefined;
}

function concerning(known: {
  readonly names: BuildNames;
  readonly release: ReleaseRecord | undefined;
  readonly records: readonly BuildRecord[];
  readonly memory: BuildMemory | undefined;
  readonly since: number | undefined;
}): Concerns {
  const { names, release, records, memory, since = Number.POSITIVE_INFINITY } = known;
  const recordOf = ({ id }: Build) => records.find((one) => sourceOf(one) === `build:${id}`);
  // Of what had ended at first contact nothing is read: that may be a hundred builds of a project.
  return {
    settled: new Set(memory?.settled),
    open: records.filter((one) => closingOf(one) === undefined).flatMap((one) => idIn(one) ?? []),
    has: (build) => isOwn(build, names) && isTakenUp(build, { stored: recordOf(build), release, since }),
    recordOf,
  };
}

/** The newest builds of the project that are not known to need nothing more, and those whose record is open. */
async function readOwnBuilds(
  { clients: { codebuild } }: BuildReads,
  settings: Reading<Item>,
  { settled, open, has }: Concerns,
): Promise<Built> {
  if (settings.state !== 'found') return { ids: settings, builds: settings };
  const parsed = parseSettingsItem(settings.value);
  if (!parsed.ok) return { ids: malformed(parsed.problem), builds: malformed(parsed.problem) };
  const project = parsed.value.codebuildProject;
  if (project === undefined) return { ids: ABSENT, builds: ABSENT };
  const ids = await listBuilds(codebuild, project);
  if (ids.state !== 'found') return { ids, builds: ids };
  const wanted = [...new Set([...ids.value.filter((id) => !settled.has(shortId(id))), ...open])];
  if (wanted.length === 0) return { ids, builds: found([]) };
  const read = await readBuilds(codebuild, wanted, project, has);
  if (read.state !== 'found') return { ids, builds: read };
  const repository = read.value.project?.repository;
  return { ids, builds: found(read.value.builds), ...(repository === undefined ? {} : { repository }) };
}

/** Whether there is a project is not known then, which is not that there is none. */
function malformed(problem: string): Reading<never> {
  const message = `The item "settings" of the app in the table cannot be used: ${problem}.`;
  return unreadable({ kind: 'refused', code: 'Malformed', message });
}

function idIn(record: BuildRecord): string | undefined {
  return /^build:(.+)$/.exec(sourceOf(record) ?? '')?.[1];
}

/** What builds that have ended left in the bucket, as long as their records are open. */
async function readArtifacts(
  { clients: { s3 } }: BuildReads,
  builds: Reading<readonly Build[]>,
  { has, recordOf }: Concerns,
): Promise<ReadonlyMap<string, ArtifactFacts>> {
  if (builds.state !== 'found') return new Map();
  const wanted = builds.value.filter((build) => {
    if (!isOver(build) || !has(build)) return false;
    const record = recordOf(build);
    if (record === undefined || closingOf(record) === undefined) return true;
    return record.revision > 0 && record.phases.build?.logs?.startsWith('s3://') !== true;
  });
  const read = await Promise.all(
    wanted.map(async (build): Promise<[string, ArtifactFacts] | undefined> => {
      const { bucket, folder } = build.artifacts ?? {};
      if (bucket === undefined || folder === undefined) return undefined;
      const place = (file: string) => ({ bucket, key: `${folder}/${file}` });
      const [buildLog, testLog, manifest] = await Promise.all([
        objectSize(s3, place('build.log')),
        objectSize(s3, place('test.log')),
        build.status === 'SUCCEEDED' ? objectText(s3, place('apppack.toml')) : undefined,
      ]);
      return [
        build.id,
        { buildLog, testLog, ...(manifest === undefined ? {} : { manifest: manifestIn(manifest) }) },
      ];
    }),
  );
  return new Map(read.flatMap((one) => (one === undefined ? [] : [one])));
}

function manifestIn(text: Reading<string>): Reading<Manifest> {
  if (text.state !== 'found') return text;
  try {
    return found({ state: 'usable', document: parse(text.value) });
  } catch (error) {
    // The error quotes the file; where it breaks is enough.
    const place = error instanceof TomlError ? `line ${error.line}, column ${error.column}` : 'somewhere';
    return found({ state: 'broken', problem: `it is no TOML, at ${place}` });
  }
}
