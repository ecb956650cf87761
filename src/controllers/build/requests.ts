import type { Build } from '../../aws/build-shapes.ts';
import { type BuildRecord, buildRecordKey, closingOf } from '../../store/builds.ts';
import type { ReleaseRecord } from '../../store/releases.ts';
import { type Content, contentOfBuild, isWanted } from './asking.ts';
import { followBuild, followForgotten, isOver } from './following.ts';
import { activeIn, type Known, type Request, recordKeyOf, recordsIn, released, sourceOf } from './known.ts';
import { type BuildMemory, shortId } from './memory.ts';
import { type BuildNames, pullRequestOf } from './names.ts';
import type { ReadFacts } from './observed.ts';
import { parameterRequests } from './parameter-requests.ts';

/** Whether a build is this key's: builds of pull requests belong to their review apps. */
export function isOwn(build: Build, { review }: BuildNames): boolean {
  return pullRequestOf(build.sourceVersion) === review?.number;
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

/** Everything that is open, youngest first. */
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
  if (stored === undefined && isOver(build) && isReviewAppClosed(facts)) return undefined;
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
    ...released(source, known, wanted === undefined ? unknownWish(facts.names) : content),
    unwanted: wanted === false || wasSkipped,
  };
}

/** Builds that start in the same millisecond, as those of one push do, are told apart by their numbers. */
function sequenceOf({ startedAt, number }: Build): number {
  return startedAt + ((number % 999) + 1) / 1000;
}

/** A review app without its parameter was cleared up, or never was: what was built for it is not recorded again. */
export function isReviewAppClosed({ names, parameters }: ReadFacts): boolean {
  const { reviewApp } = names.parameters;
  return reviewApp !== undefined && parameters.get(reviewApp)?.state === 'absent';
}

/** A build that failed uploads its logs all the same, so its record is followed until CodeBuild has ended it. */
function isDone(stored: BuildRecord, record: BuildRecord, build: Build): boolean {
  const isClosed = closingOf(stored) !== undefined;
  return isClosed && isOver(build) && record.phases.build?.logs === stored.phases.build?.logs;
}

function unknownWish({ parameters: { reviewApp = '' } }: BuildNames): Content {
  const reason = `whether its review app is wanted is not known: ${reviewApp} cannot be read, or has no "status".`;
  return { state: 'unread', reason };
}

/** Nothing of the review app ever ran, and its postdeploy task never succeeded. */
function isFirstOfReviewApp({ facts, release, records }: Known): boolean {
  if (facts.names.review === undefined || release?.current !== undefined) return false;
  return !records.some((record) => record.phases.postdeploy?.state === 'succeeded');
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
  const reason = `CodeBuild does not know build ${record.buildNumber} any more.`;
  const content: Content = { state: 'broken', reason };
  return {
    source,
    sequence: start * 1000,
    stored: record,
    // What is being released was built, whatever became of the build since.
    record: activeIn(known.release)?.source === source ? record : followForgotten(record, known.now),
    ...released(source, known, content),
    unwanted: false,
  };
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

/** The builds that need nothing more, of those that were looked at now. */
export function settledBuilds(facts: ReadFacts, open: readonly Request[]): readonly string[] {
  if (facts.builds.state !== 'found') return [];
  const busy = new Set(open.map(({ source }) => source));
  return facts.builds.value
    .filter((build) => isOver(build) && !busy.has(`build:${build.id}`))
    .map(({ id }) => shortId(id));
}
