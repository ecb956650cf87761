import type { Build, CodeBuildPhase } from '../../aws/build-shapes.ts';
import type { BuildRecord, PhaseName, PhaseRecord } from '../../store/builds.ts';
import type { ArtifactFacts } from './observed.ts';

/** CodeBuild's phases in front of the one that makes the image; they are shown as part of `build`. */
const BEFORE = ['SUBMITTED', 'QUEUED', 'PROVISIONING', 'DOWNLOAD_SOURCE', 'INSTALL', 'PRE_BUILD'];

type Followed = 'build' | 'test' | 'finalize';
type Phases = Partial<Record<Followed, PhaseRecord>>;

/** Epoch seconds, as everything in a record is. */
export function seconds(at: number): number {
  return Math.floor(at / 1000);
}

/**
 * The record with what CodeBuild says now. CodeBuild goes on to its later phases after a failed one, and they succeed:
 * what comes after a failure is not ours. A phase that was closed stays closed.
 */
export function followBuild(
  record: BuildRecord,
  build: Build,
  artifacts: ArtifactFacts | undefined,
): BuildRecord {
  const shown = withLogs(phasesOf(build), build, artifacts);
  const phases = Object.fromEntries(
    Object.entries({ ...shown }).map(([name, phase]) => {
      const known = record.phases[name as PhaseName];
      return [name, isClosed(known) ? { ...known, ...logsOf(phase, known) } : { ...known, ...phase }];
    }),
  );
  const commit = build.commit ?? record.commit;
  return {
    ...record,
    ...(commit === undefined ? {} : { commit }),
    phases: { ...record.phases, ...phases },
  };
}

/** Logs move to the bucket after a phase has ended, and never back. */
function logsOf(phase: PhaseRecord, known: PhaseRecord | undefined): { logs?: string } {
  if (known?.logs?.startsWith('s3://') === true || phase.logs === undefined) return {};
  return { logs: phase.logs };
}

function isClosed(phase: PhaseRecord | undefined): boolean {
  return phase?.state === 'succeeded' || phase?.state === 'failed';
}

function phasesOf(build: Build): Phases {
  const start = seconds(build.startedAt);
  const making = buildPhase(build);
  const phases: Phases = { build: { arns: [build.arn], start, ...making } };
  if (making.state === 'succeeded') Object.assign(phases, afterImage(build));
  return isOver(build) && build.status !== 'SUCCEEDED' ? failLast(phases, build) : phases;
}

/** The image is made when BUILD has succeeded; any phase before it that failed ends it too. */
function buildPhase(build: Build): PhaseRecord {
  const broken = phaseIn(build, ...BEFORE, 'BUILD').find(hasFailed);
  if (broken !== undefined) return failed(build, broken);
  const [made] = phaseIn(build, 'BUILD');
  if (made?.status === 'SUCCEEDED')
    return { state: 'succeeded', end: seconds(made.endedAt ?? build.endedAt ?? build.startedAt) };
  return { state: 'started' };
}

function afterImage(build: Build): Phases {
  const [testing] = phaseIn(build, 'POST_BUILD');
  // Who only copies what was built elsewhere runs no tests there.
  const test = testing === undefined || build.external ? undefined : phaseOf(build, testing);
  if (test?.state === 'failed') return { test };
  const isTested = testing?.status === 'SUCCEEDED';
  const finalize = isTested || build.status === 'SUCCEEDED' ? finalizing(build) : undefined;
  return { ...(test === undefined ? {} : { test }), ...(finalize === undefined ? {} : { finalize }) };
}

/** The upload of artifacts and all that follows it: it has succeeded when the build has. */
function finalizing(build: Build): PhaseRecord | undefined {
  const [upload] = phaseIn(build, 'UPLOAD_ARTIFACTS', 'FINALIZING');
  const broken = phaseIn(build, 'UPLOAD_ARTIFACTS', 'FINALIZING').find(hasFailed);
  const start = upload?.startedAt ?? (isOver(build) ? build.endedAt : undefined);
  if (start === undefined) return undefined;
  if (broken !== undefined) return { start: seconds(start), ...failed(build, broken) };
  if (build.status !== 'SUCCEEDED') return { start: seconds(start), state: 'started' };
  return { start: seconds(start), end: seconds(build.endedAt ?? start), state: 'succeeded' };
}

function phaseOf(build: Build, phase: CodeBuildPhase): PhaseRecord {
  const start = seconds(phase.startedAt ?? build.startedAt);
  if (hasFailed(phase)) return { start, ...failed(build, phase) };
  if (phase.status === undefined) return { start, state: 'started' };
  return { start, state: 'succeeded', end: seconds(phase.endedAt ?? build.endedAt ?? build.startedAt) };
}

function failed(build: Build, { type, endedAt, status }: CodeBuildPhase): PhaseRecord {
  const end = seconds(endedAt ?? build.endedAt ?? build.startedAt);
  return { state: 'failed', end, reason: reasonOf(build, `phase ${type} ended ${status}`) };
}

/**
 * A build that ended badly between two phases, in one that is not shown, or was stopped: the phase that is open bears it,
 * for one has to; where none is, because what was told to have succeeded stays so, it is the last.
 */
function failLast(phases: Phases, build: Build): Phases {
  const names = ['finalize', 'test', 'build'] as const;
  if (names.some((name) => phases[name]?.state === 'failed')) return phases;
  const last = names.find((name) => phases[name]?.state === 'started') ?? 'finalize';
  const end = seconds(build.endedAt ?? build.startedAt);
  const broken = build.phases.find(hasFailed);
  const detail = broken === undefined ? 'no phase failed' : `phase ${broken.type} ended ${broken.status}`;
  return {
    ...phases,
    [last]: { start: end, ...phases[last], state: 'failed', end, reason: reasonOf(build, detail) },
  };
}

function reasonOf({ status }: Build, detail: string): string {
  if (status === 'STOPPED') return `The build was stopped by hand (${detail}).`;
  if (status === 'TIMED_OUT') return `The build took longer than its project allows (${detail}).`;
  if (status === 'FAULT') return `CodeBuild had a fault of its own (${detail}). Start the build again.`;
  return `CodeBuild says that ${detail}; the build's log says why.`;
}

/**
 * A log that CodeBuild still writes is named as `cloudwatch://group#stream`; a name without a stream would make the
 * CLI panic. Build and test move to the bucket together, once both objects are there: a watching CLI reads the test's
 * output from the build's stream for as long as the test's own log is not in the bucket.
 */
function withLogs(phases: Phases, build: Build, artifacts: ArtifactFacts | undefined): Phases {
  const { log, artifacts: place } = build;
  const live = log === undefined ? {} : { logs: `cloudwatch://${log.group}#${log.stream}` };
  const folder = place === undefined ? undefined : `s3://${place.bucket}/${place.folder}`;
  const isThere = artifacts?.buildLog.state === 'found';
  const isTestThere = phases.test === undefined || artifacts?.testLog.state === 'found';
  if (folder === undefined || !isOver(build) || !isThere || !isTestThere)
    return { ...phases, build: { ...live, ...phases.build } };
  return {
    ...phases,
    build: { ...phases.build, logs: `${folder}/build.log` },
    ...(phases.test === undefined ? {} : { test: { ...phases.test, logs: `${folder}/test.log` } }),
  };
}

/**
 * A record whose build CodeBuild has forgotten: what was open, or was still to come, will never end by itself. One that
 * was seen to its end stays as it is.
 */
export function followForgotten(record: BuildRecord, now: number): BuildRecord {
  const { phases } = record;
  const names = ['finalize', 'test', 'build'] as const;
  if (phases.finalize?.state === 'succeeded' || names.some((name) => phases[name]?.state === 'failed'))
    return record;
  const open = names.find((name) => phases[name]?.state === 'started') ?? 'finalize';
  const end = seconds(now);
  const reason = 'CodeBuild does not know this build any more; how it ended is not known.';
  const phase: PhaseRecord = { start: end, ...phases[open], state: 'failed', end, reason };
  return { ...record, phases: { ...phases, [open]: phase } };
}

export function isOver(build: Build): boolean {
  return build.status !== 'IN_PROGRESS';
}

function hasFailed({ status }: CodeBuildPhase): boolean {
  return status !== undefined && status !== 'SUCCEEDED' && status !== 'IN_PROGRESS' && status !== 'QUEUED';
}

function phaseIn({ phases }: Build, ...types: string[]): readonly CodeBuildPhase[] {
  return phases.filter(({ type }) => types.includes(type));
}
