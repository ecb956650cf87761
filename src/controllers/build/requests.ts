import type { Build } from '../../aws/build-shapes.ts';
import { type BuildRecord, buildRecordKey, closingOf, parseBuildItem } from '../../store/builds.ts';
import type { ReleaseRecord, ReleaseSpec } from '../../store/releases.ts';
import { type Asked, askedByParameter, type Content, contentOfBuild, isWanted } from './asking.ts';
import { followBuild, followForgotten, isOver } from './following.ts';
import { type BuildMemory, shortId } from './memory.ts';
import { type BuildNames, pullRequestOf } from './names.ts';
import type { ReadFacts } from './observed.ts';

/** One thing that asks to be released, from the start of its build until its record is closed. */
export interface Request {
  /** `build:<id>` or `parameter:<name>@<version>` */
  readonly source: string;
  /** When it was asked for; the younger wins. */
  readonly sequence: number;
  readonly build?: Build;
  /** What is in the table; absent before the first write. */
  readonly stored?: BuildRecord;
  /** What the table should say of what CodeBuild shows. */
  readonly record: BuildRecord;
  /** What it would deploy; of one that is being released, what the release record says. */
  readonly content: Content;
  readonly spec?: ReleaseSpec;
  /** The review app does not want it. */
  readonly unwanted: boolean;
}

/** Whether a build is this key's: builds of pull requests belong to their review apps. */
export function isOwn(build: Build, { review }: BuildNames): boolean {
  return pullRequestOf(build.sourceVersion) === review?.number;
}

/** The request the release record is about: the one being prepared or released, else the one being rolled out. */
export function activeIn(release: ReleaseRecord | undefined): ReleaseSpec | undefined {
  if (release?.candidate !== undefined) return release.candidate;
  const { current, decided } = release ?? {};
  return current !== undefined && current.sequence > (decided?.sequence ?? 0) ? current : undefined;
}

/** The youngest request that the release record knows: what is older is not carried out any more. */
export function floorOf(release: ReleaseRecord | undefined): number {
  return Math.max(release?.decided?.sequence ?? 0, release?.current?.sequence ?? 0);
}

/** The records of the table that can be read, by their source. */
export function recordsIn(facts: Pick<ReadFacts, 'records'>): readonly BuildRecord[] {
  if (facts.records.state !== 'found') return [];
  return facts.records.value.flatMap((item) => {
    const parsed = parseBuildItem(item);
    return parsed.ok ? [parsed.value] : [];
  });
}

/** The source of a record; one that AppPack wrote has only the build's ARN to tell. */
export function sourceOf({ source, phases }: BuildRecord): string | undefined {
  if (source !== undefined) return source;
  const [arn] = phases.build?.arns ?? [];
  return arn === undefined ? undefined : `build:${arn.slice(arn.indexOf('/') + 1)}`;
}

/**
 * Whether a build concerns us at all. One that had ended when its key was first looked at does not, even when somebody
 * else's orchestrator left its record open; but for those whose record is ours, and for what is being released.
 */
export function isTakenUp(
  build: Build,
  known: {
    readonly stored: BuildRecord | undefined;
    readonly release: ReleaseRecord | undefined;
    readonly since: number;
  },
): boolean {
  const isOurs = known.stored !== undefined && known.stored.revision > 0;
  const endedBefore = isOver(build) && (build.endedAt ?? 0) < known.since;
  return isOurs || !endedBefore || activeIn(known.release)?.source === `build:${build.id}`;
}

interface Known {
  readonly facts: ReadFacts;
  readonly memory: BuildMemory;
  readonly release: ReleaseRecord | undefined;
  readonly records: readonly BuildRecord[];
  readonly now: number;
}

/** Everything that is open, youngest first, and the builds that need nothing more. */
export function openRequests(
  facts: ReadFacts,
  release: ReleaseRecord | undefined,
  memory: BuildMemory,
  now: number,
) {
  const known: Known = { facts, memory, release, records: recordsIn(facts), now };
  const builds = facts.builds.state === 'found' ? facts.builds.value : [];
  const own = builds.filter((build) => isOwn(build, facts.names));
  const ofBuilds = own.flatMap((build) => requestOf(build, known) ?? []);
  const seen = new Set(own.map(({ id }) => `build:${id}`));
  const left = facts.builds.state === 'found' ? known.records.filter((one) => isLeft(one, seen)) : [];
  const requests = [
    ...ofBuilds,
    ...left.map((record) => forgottenRequest(record, known)),
    ...parameterRequests(known),
  ];
  const orphan = orphanRequest(known, requests);
  return [...requests, ...orphan].sort((a, b) => b.sequence - a.sequence);
}

/** An open record of ours of a build that CodeBuild does not know any more. */
function isLeft(record: BuildRecord, seen: ReadonlySet<string>): boolean {
  const source = sourceOf(record);
  if (source === undefined || !source.startsWith('build:')) return false;
  return record.revision > 0 && !seen.has(source) && closingOf(record) === undefined;
}

function requestOf(build: Build, known: Known): Request | undefined {
  const { facts, memory, release, records } = known;
  const source = `build:${build.id}`;
  const stored = records.find((record) => sourceOf(record) === source);
  const isActive = activeIn(release)?.source === source;
  if (!isTakenUp(build, { stored, release, since: memory.since })) return undefined;
  const artifacts = facts.artifacts.get(build.id);
  const record = followBuild(stored ?? freshRecord(build, known), build, artifacts);
  if (stored !== undefined && !isActive && isDone(stored, record, build)) return undefined;
  const wanted = isWanted(facts);
  const wasSkipped =
    !build.external && artifacts?.buildLog.state === 'found' && artifacts.buildLog.value === 0;
  const content = contentOfBuild(build, artifacts?.manifest, {
    repository: facts.repository,
    isFirstOfReviewApp: isFirstOfReviewApp(known),
  });
  return {
    source,
    sequence: sequenceOf(build),
    build,
    ...(stored === undefined ? {} : { stored }),
    record,
    ...released(source, known, wanted === undefined ? unknownWish : content),
    unwanted: wanted === false || wasSkipped,
  };
}

/** Builds that start in the same millisecond, as those of one push do, are told apart by their numbers. */
function sequenceOf({ startedAt, number }: Build): number {
  return startedAt + ((number % 999) + 1) / 1000;
}

/** A build that failed uploads its logs all the same, so its record is followed until CodeBuild has ended it. */
function isDone(stored: BuildRecord, record: BuildRecord, build: Build): boolean {
  const isClosed = closingOf(stored) !== undefined;
  return isClosed && isOver(build) && record.phases.build?.logs === stored.phases.build?.logs;
}

const unknownWish: Content = {
  state: 'unread',
  reason: 'whether the review app is wanted is not known: its parameter cannot be used',
};

/** Nothing of the review app ever ran, and its postdeploy task never succeeded. */
function isFirstOfReviewApp({ facts, release, records }: Known): boolean {
  if (facts.names.review === undefined || release?.current !== undefined) return false;
  return !records.some((record) => record.phases.postdeploy?.state === 'succeeded');
}

/** What the release record says of a request goes before what would be made of it now. */
function released(source: string, { release }: Known, content: Content): Pick<Request, 'content' | 'spec'> {
  const spec = [release?.candidate, activeIn(release)].find((one) => one?.source === source);
  return spec === undefined ? { content } : { spec, content: { state: 'usable', value: spec } };
}

function freshRecord(build: Build, { facts }: Known): BuildRecord {
  const { app, review } = facts.names;
  return {
    key: buildRecordKey(app, build.number),
    revision: 0,
    app,
    buildNumber: build.number,
    ...(review === undefined ? {} : { prNumber: review.number }),
    source: `build:${build.id}`,
    phases: {},
  };
}

function forgottenRequest(record: BuildRecord, known: Known): Request {
  const source = sourceOf(record) ?? '';
  const start = record.phases.build?.start ?? 0;
  const content: Content = { state: 'broken', reason: 'CodeBuild does not know this build any more.' };
  return {
    source,
    sequence: start * 1000,
    stored: record,
    record: followForgotten(record, known.now),
    ...released(source, known, content),
    unwanted: false,
  };
}

function parameterRequests(known: Known): readonly Request[] {
  const { facts, release, records } = known;
  const name = facts.names.parameters.release;
  const { asked } = askedByParameter(name === undefined ? undefined : facts.parameters.get(name));
  const active = activeIn(release);
  const open = records.filter((record) => isOpenParameter(record) || record.source === active?.source);
  const older = open
    .filter((record) => record.source?.startsWith('parameter:') === true && record.source !== asked?.source)
    .map((record) => parameterRequest(record.source ?? '', record, undefined, known));
  if (asked === undefined) return older;
  const stored = records.find((record) => record.source === asked.source);
  const isOver = stored !== undefined && closingOf(stored) !== undefined && asked.source !== active?.source;
  const isPast =
    stored === undefined && asked.sequence <= floorOf(release) && asked.source !== active?.source;
  if (isOver || isPast) return older;
  return [...older, parameterRequest(asked.source, stored, asked, known)];
}

function isOpenParameter(record: BuildRecord): boolean {
  return record.source?.startsWith('parameter:') === true && closingOf(record) === undefined;
}

function parameterRequest(
  source: string,
  stored: BuildRecord | undefined,
  asked: Asked | undefined,
  known: Known,
): Request {
  const spec = activeIn(known.release);
  const number = spec?.source === source ? spec.buildNumber : lastNumber(source, known);
  const fresh: BuildRecord = {
    key: parameterKey(source, number, known),
    revision: 0,
    app: known.facts.names.app,
    buildNumber: number,
    source,
    phases: {},
  };
  const gone: Content = { state: 'broken', reason: 'The parameter says something else by now.' };
  return {
    source,
    sequence: asked?.sequence ?? (spec?.source === source ? spec.sequence : 0),
    ...(stored === undefined ? {} : { stored }),
    record: stored ?? fresh,
    ...released(source, known, asked?.content ?? gone),
    unwanted: false,
  };
}

/** Without builds a release is numbered by the parameter's version, else filed behind the last build. */
function parameterKey(source: string, number: number, known: Known) {
  const version = versionIn(source);
  const { app } = known.facts.names;
  return hasBuilds(known) ? buildRecordKey(app, number, version) : buildRecordKey(app, version);
}

function versionIn(source: string): number {
  return Number(/@(\d+)$/.exec(source)?.[1] ?? 0);
}

function hasBuilds({ facts }: Known): boolean {
  return facts.ids.state !== 'absent';
}

function lastNumber(source: string, known: Known): number {
  const { facts, records } = known;
  if (!hasBuilds(known)) return versionIn(source);
  const numbers = facts.builds.state === 'found' ? facts.builds.value.map(({ number }) => number) : [];
  return Math.max(0, ...numbers, ...records.map(({ buildNumber }) => buildNumber));
}

/** What the release record is about though no build and no record tells of it: it has to be brought to an end. */
function orphanRequest(known: Known, requests: readonly Request[]): readonly Request[] {
  const spec = activeIn(known.release);
  if (spec === undefined || requests.some(({ source }) => source === spec.source)) return [];
  const stored = known.records.find((record) => sourceOf(record) === spec.source);
  const record: BuildRecord = stored ?? {
    key: recordKeyOf(spec, known.facts.names.app),
    revision: 0,
    app: known.facts.names.app,
    buildNumber: spec.buildNumber,
    source: spec.source,
    phases: {},
  };
  return [
    {
      source: spec.source,
      sequence: spec.sequence,
      ...(stored === undefined ? {} : { stored }),
      record,
      content: { state: 'usable', value: spec },
      spec,
      unwanted: false,
    },
  ];
}

/** Where the record of what the release record is about lies; of a parameter's, the likelier of two places. */
export function recordKeyOf(spec: ReleaseSpec, app: string) {
  const version = spec.source.startsWith('parameter:') ? versionIn(spec.source) : undefined;
  return buildRecordKey(app, spec.buildNumber, version === spec.buildNumber ? undefined : version);
}

/** The builds that need nothing more, of those that were looked at now. */
export function settledBuilds(facts: ReadFacts, open: readonly Request[]): readonly string[] {
  if (facts.builds.state !== 'found') return [];
  const busy = new Set(open.map(({ source }) => source));
  return facts.builds.value
    .filter((build) => isOver(build) && !busy.has(`build:${build.id}`))
    .map(({ id }) => shortId(id));
}
