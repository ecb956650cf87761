import { randomHex } from '../../random.ts';
import { setAlarm } from '../alarm.ts';
import { emitPhaseChange, emitStateChange } from './events.ts';
import { phaseMs } from './outcomes.ts';
import { endedAs, type PhaseEnd, phaseAfter, scriptedEnd, verdict } from './phases.ts';
import { type BuildRecord, currentPhase, isComplete } from './records.ts';
import type { CodeBuildState } from './state.ts';
import type { PhaseType } from './vocabulary.ts';
import { openLog, printEnd, printStart, uploadArtifacts } from './work.ts';

const MINUTE_MS = 60_000;

/** Takes a build that was just submitted into the account; the first phase is over at once. */
export function submit(state: CodeBuildState, build: BuildRecord): void {
  state.builds.set(build.id, build);
  emitStateChange(state, build);
  endPhase(state, build, scriptedEnd(build.script, 'SUBMITTED'));
}

/** Sets the timer of a build that was just changed or loaded. */
export function armBuild(state: CodeBuildState, build: BuildRecord): void {
  state.timers.get(build.id)?.();
  state.timers.delete(build.id);
  if (isComplete(build)) return;
  const at = Math.min(phaseEndsAt(build), deadlineOf(build));
  const { clock } = state.context;
  state.timers.set(
    build.id,
    setAlarm(clock, at, () => advance(state, build.id)),
  );
}

/** Ends a build where it is. */
export function stop(state: CodeBuildState, build: BuildRecord): BuildRecord {
  return endPhase(state, build, endedAs('STOPPED', currentPhase(build).type));
}

function phaseEndsAt(build: BuildRecord): number {
  const { type, startedAt } = currentPhase(build);
  return startedAt + phaseMs(build.script, type);
}

/** The queue has a timeout of its own; the other one begins behind it. */
function deadlineOf(build: BuildRecord): number {
  const { type, startedAt } = currentPhase(build);
  if (type === 'QUEUED') return startedAt + build.queuedTimeoutInMinutes * MINUTE_MS;
  const provisioned = build.phases.find((phase) => phase.type === 'PROVISIONING');
  return (provisioned?.startedAt ?? startedAt) + build.timeoutInMinutes * MINUTE_MS;
}

function advance(state: CodeBuildState, id: string): void {
  const build = state.builds.get(id);
  if (build === undefined || isComplete(build)) return;
  const { type } = currentPhase(build);
  // Only a build that a world says begins with it gets here so early.
  if (type === 'SUBMITTED') emitStateChange(state, build);
  if (state.context.clock.now() < phaseEndsAt(build)) {
    endPhase(state, build, endedAs('TIMED_OUT', type));
    return;
  }
  if (type === 'QUEUED' && running(state) >= state.concurrentBuilds) {
    waitForRoom(state, build);
    return;
  }
  endPhase(state, build, endOf(state, build, type));
}

/** A build that got its turn and found no room leaves the queue when another one ends, or times out in it. */
function waitForRoom(state: CodeBuildState, build: BuildRecord): void {
  const { clock } = state.context;
  state.timers.set(
    build.id,
    setAlarm(clock, deadlineOf(build), () => endPhase(state, build, endedAs('TIMED_OUT', 'QUEUED'))),
  );
}

function running(state: CodeBuildState): number {
  const live = [...state.builds.values()].filter((build) => !isComplete(build));
  return live.filter((build) => !['SUBMITTED', 'QUEUED'].includes(currentPhase(build).type)).length;
}

function admitNext(state: CodeBuildState): void {
  const now = state.context.clock.now();
  const next = [...state.builds.values()].find(
    (build) => !isComplete(build) && currentPhase(build).type === 'QUEUED' && phaseEndsAt(build) <= now,
  );
  if (next !== undefined) advance(state, next.id);
}

function endOf(state: CodeBuildState, build: BuildRecord, type: PhaseType): PhaseEnd {
  const end = scriptedEnd(build.script, type);
  if (type !== 'UPLOAD_ARTIFACTS' || end.status !== 'SUCCEEDED') return end;
  const wrong = uploadArtifacts(state, build);
  return wrong === undefined ? end : endedAs('CLIENT_ERROR', type, { message: wrong });
}

/** Ends the present phase, tells about it, and begins the next one. */
function endPhase(state: CodeBuildState, build: BuildRecord, end: PhaseEnd): BuildRecord {
  const now = state.context.clock.now();
  const phase = { ...currentPhase(build), ...end, endedAt: now };
  const ended: BuildRecord = { ...build, phases: [...build.phases.slice(0, -1), phase] };
  const known = phase.type === 'DOWNLOAD_SOURCE' && end.status === 'SUCCEEDED';
  const resolved = known ? { ...ended, commit: commitOf(state, ended) } : ended;
  printEnd(state, resolved);
  const next = beginPhase(state, resolved, phaseAfter(phase.type, end.status));
  state.builds.set(next.id, next);
  armBuild(state, next);
  emitPhaseChange(state, next, phase);
  if (isComplete(next)) complete(state, next);
  else printStart(state, next);
  return next;
}

function beginPhase(state: CodeBuildState, build: BuildRecord, type: PhaseType): BuildRecord {
  const now = state.context.clock.now();
  const phases = [...build.phases, { type, startedAt: now }];
  if (type === 'DOWNLOAD_SOURCE') return { ...build, phases, log: openLog(state, build) };
  if (type !== 'COMPLETED') return { ...build, phases };
  const status = verdict(build.phases.map((phase) => phase.status));
  return { ...build, phases, status, endedAt: now };
}

/** AWS's sample of a phase event is about COMPLETED; those seen in the wild end with FINALIZING. */
function complete(state: CodeBuildState, build: BuildRecord): void {
  emitStateChange(state, build);
  admitNext(state);
}

/** A commit that was asked for is the one that is built; of a branch or pull request it is the script's, or any. */
function commitOf(state: CodeBuildState, build: BuildRecord): string {
  const asked = /^[0-9a-f]{40}$/.exec(build.sourceVersion ?? '')?.[0];
  return asked ?? build.script.commit ?? randomHex(state.context.random, 40);
}
