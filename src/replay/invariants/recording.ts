import type { LoggedCall } from '../../simulator/region.ts';
import { asDocument, type Document } from '../documents.ts';
import type { Evidence } from '../evidence.ts';
import {
  codeBuilds,
  isPausedAtEnd,
  isUnfinished,
  itemsAtEnd,
  recordsAtEnd,
  releaseAtEnd,
  releasedApps,
} from './built.ts';
import { tookEffect, when } from './calls.ts';

const PHASES = ['build', 'test', 'finalize', 'release', 'postdeploy', 'deploy'] as const;

/** A phase of a build's record: `succeeded 1767614700 1767614721`. */
type Told = ReadonlyMap<string, Document>;

/** I24: what is told of a build is never taken back: its phases begin once and end once. */
export function neverTakesBack(evidence: Evidence): readonly string[] {
  const records = new Map<string, Told>();
  return evidence.calls.flatMap((call) => {
    if (call.service !== 'dynamodb' || !tookEffect(call)) return [];
    const name = recordIn(call);
    if (name === undefined) return [];
    if (call.operation === 'DeleteItem') records.delete(name);
    if (call.operation !== 'UpdateItem') return [];
    const told = toldIn(call.input);
    const before = records.get(name) ?? new Map<string, Document>();
    records.set(name, told);
    return PHASES.flatMap((phase) => {
      const was = before.get(phase);
      const is = told.get(phase);
      return isTakenBack(was, is)
        ? [
            `${name}: ${phase} became ${wordsOf(is)} at ${when(evidence, call.at)}, after it was ${wordsOf(was)}`,
          ]
        : [];
    });
  });
}

function recordIn({ input }: LoggedCall): string | undefined {
  const { primary_id: partition, secondary_id: sort } = asDocument(input.Key);
  const name = String(asDocument(sort).S);
  return name.startsWith('BUILD#') ? `${String(asDocument(partition).S)} ${name}` : undefined;
}

/** The phases that an update sets, by its expression's own names. */
function toldIn({ ExpressionAttributeNames, ExpressionAttributeValues }: LoggedCall['input']): Told {
  const values = asDocument(ExpressionAttributeValues);
  return new Map(
    Object.entries(asDocument(ExpressionAttributeNames)).flatMap(([place, name]) => {
      const value = asDocument(values[`:${place.slice(1)}`]).M;
      return value === undefined ? [] : [[String(name), asDocument(value)] as const];
    }),
  );
}

function stateOf(phase: Document | undefined): string | undefined {
  const state = asDocument(phase?.state).S;
  return state === undefined ? undefined : String(state);
}

function isTakenBack(was: Document | undefined, is: Document | undefined): boolean {
  const [before, now] = [stateOf(was), stateOf(is)];
  if (before === undefined) return false;
  const isClosed = before === 'succeeded' || before === 'failed';
  return now === undefined || (isClosed && now !== before);
}

function wordsOf(phase: Document | undefined): string {
  return stateOf(phase) ?? 'nothing';
}

/** I25: every build comes to an end that is told, the one that CodeBuild came to, and leaves nothing under way. */
export function endsEveryBuild(evidence: Evidence): readonly string[] {
  if (isUnfinished(evidence)) return [];
  return [...untoldBuilds(evidence), ...openRecords(evidence), ...openReleases(evidence)];
}

function untoldBuilds(evidence: Evidence): readonly string[] {
  const began = Date.parse(evidence.snapshot.startAt);
  return codeBuilds(evidence).flatMap(({ id, app, project, status, startedAt, endedAt }) => {
    if (startedAt < began || !isFollowed(evidence, project, app)) return [];
    if (endedAt < firstLook(evidence, app)) return [];
    const record = recordsAtEnd(evidence, app).find(({ trimtab_source: source }) => source === `build:${id}`);
    if (record === undefined)
      return [`nothing is told of the build of ${app} that began at ${when(evidence, startedAt)}`];
    const hasFailed = ['build', 'test', 'finalize'].some(
      (name) => asDocument(record[name]).state === 'failed',
    );
    const isRight = hasFailed === (status !== 'SUCCEEDED');
    return isRight
      ? []
      : [`${String(record.secondary_id)} of ${app} is not told as CodeBuild has it: ${status}`];
  });
}

/** What had ended before its key was looked at for the first time is left alone (docs/builds.md). */
function firstLook({ reports }: Evidence, app: string): number {
  const first = reports.find(({ report: { work } }) => work.key.kind === 'build' && work.key.name === app);
  return first?.report.startedAt ?? Number.POSITIVE_INFINITY;
}

/** Whether the stack names the project now, did so all the time, and the review app is there. */
function isFollowed(evidence: Evidence, project: string, app: string): boolean {
  const partition = `APP#${project}`;
  const isNamed = projectOf(evidence, project) === project;
  const { timeline } = evidence.snapshot;
  const isTouched = timeline.some(
    (change) =>
      (change.type === 'item' && change.item.primary_id === partition) ||
      (change.type === 'removeItem' && change.partition === partition),
  );
  return (
    isNamed &&
    !isTouched &&
    !isPausedAtEnd(evidence, app) &&
    (!app.includes(':') || isReviewed(evidence, app))
  );
}

/** A review app that was closed, or never opened, has no records. */
function isReviewed({ snapshot: { world, timeline } }: Evidence, app: string): boolean {
  const [pipeline, number] = app.split(':', 2);
  const ending = `/pipelines/${pipeline}/review-apps/pr/${number}`;
  const names = Object.keys(asDocument(asDocument(world.accounts[0]?.ssm).parameters));
  const isThere = names.some((name) => name.endsWith(ending));
  const isGone = timeline.some(
    (change) =>
      (change.type === 'delete' && change.name.endsWith(ending)) ||
      (change.type === 'removeItem' && change.partition === `APP#${app}`),
  );
  return isThere && !isGone;
}

function openRecords(evidence: Evidence): readonly string[] {
  const apps = new Set(evidence.end.observation.apps.map(({ key }) => key.name));
  return [...apps].flatMap((app) => {
    if (isPausedAtEnd(evidence, app)) return [];
    return recordsAtEnd(evidence, app)
      .filter((record) => !isOver(record) && isToBeFollowed(evidence, app, record))
      .map(({ secondary_id: sort }) => `${String(sort)} of ${app} has no end`);
  });
}

/** What became of a build can be asked of the project alone that the stack names. */
function isToBeFollowed(evidence: Evidence, app: string, { trimtab_source: source }: Document): boolean {
  return !String(source).startsWith('build:') || projectOf(evidence, app) !== undefined;
}

/** The CodeBuild project that the stack of an app, or of its pipeline, names at the end. */
function projectOf(evidence: Evidence, app: string): unknown {
  const partition = `APP#${app.replace(/:.*/, '')}`;
  const settings = itemsAtEnd(evidence).find(
    (item) => item.primary_id === partition && item.secondary_id === 'settings',
  );
  return asDocument(asDocument(settings?.value).codebuild_project).name;
}

function isOver(record: Document): boolean {
  const states = PHASES.map((name) => asDocument(record[name]).state);
  return (
    record.trimtab_outcome !== undefined ||
    states.includes('failed') ||
    asDocument(record.deploy).state === 'succeeded'
  );
}

function openReleases(evidence: Evidence): readonly string[] {
  return releasedApps(evidence).flatMap((app) => {
    if (isPausedAtEnd(evidence, app)) return [];
    const { candidate, current, decided } = releaseAtEnd(evidence, app);
    const isOpen =
      candidate !== undefined ||
      Number(asDocument(current).sequence ?? 0) > Number(asDocument(decided).sequence ?? 0);
    return isOpen ? [`the release of ${app} has no end`] : [];
  });
}
