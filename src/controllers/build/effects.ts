import { type BuildRecord, closingOf, type PhaseRecord } from '../../store/builds.ts';
import { type ReleaseRecord, type ReleaseSpec, titleOf } from '../../store/releases.ts';
import { DEPLOY_DEADLINE_MS } from '../../workflows/build.ts';
import type { BuildEffect } from '../../workflows/build-effect.ts';
import { seconds } from './following.ts';
import { type Request, recordsIn, sourceOf } from './known.ts';
import { answerTo, overtakerOf, type Scene, serviceArns } from './looking.ts';
import { closeStep, recordStep, runStep, type Step, withPhase } from './task-steps.ts';

/** What an effect comes to; `release` is the release record that is to be written after the build's own. */
export interface Effected extends Step {
  readonly release?: ReleaseRecord;
  /** The app's controller should look. */
  readonly nudge?: true;
}

/** Turns what a workflow asks for into records and actions; undefined when there is nothing to do yet. */
export function carryOut(effect: BuildEffect, request: Request, scene: Scene): Effected | undefined {
  const { record } = request;
  switch (effect.type) {
    case 'skip':
      return { record: { ...record, outcome: 'skipped' } };
    case 'supersede':
      return { record: { ...failDeploy(request, scene, overtaken(request, scene)), outcome: 'superseded' } };
    case 'giveUp':
      return { record: failDeploy(request, scene, whyGivenUp(request, scene)) };
    case 'nudge':
      return { record, nudge: true };
    case 'prepare':
      return prepare(request, scene);
    case 'runTask':
      return runStep(effect.params.task, request, scene) ?? { record, nudge: true };
    case 'recordTask':
      return recordStep(effect.params.task, request, scene);
    case 'closeTask':
      return closeStep(effect.params.task, request, scene);
    case 'beginDeploy':
      return beginDeploy(request, scene);
    case 'recordDeploy':
      return { record: withPhase(record, 'deploy', deployPhase(request, scene)) };
    case 'closeDeploy':
      return { record: withPhase(record, 'deploy', closedDeploy(request, scene)) };
    case 'conclude':
      return conclude(request, scene);
  }
}

function specOf({ content, spec, source, sequence, build, record }: Request): ReleaseSpec | undefined {
  if (spec !== undefined) return spec;
  if (content.state !== 'usable') return undefined;
  const { buildNumber, commit } = record;
  return {
    ...content.value,
    sequence,
    source,
    buildNumber,
    ...(build === undefined ? {} : { buildId: build.id }),
    ...(commit === undefined ? {} : { commit }),
  };
}

/** The release record that comes after the one that was read. */
function next(release: ReleaseRecord | undefined, change: Omit<ReleaseRecord, 'revision'>): ReleaseRecord {
  return { ...change, revision: (release?.revision ?? 0) + 1 };
}

function prepare(request: Request, { release }: Scene): Effected | undefined {
  const spec = specOf(request);
  if (spec === undefined) return undefined;
  const { revision: _revision, ...kept } = release ?? { revision: 0 };
  return { record: request.record, release: next(release, { ...kept, candidate: spec }), nudge: true };
}

/** The CLI hides what services did before `deploy.start`, so that is written first. */
function beginDeploy(request: Request, scene: Scene): Effected | undefined {
  const { release } = scene;
  const spec = specOf(request);
  if (spec === undefined) return undefined;
  const phase = deployPhase(request, scene);
  // The CLI reads which services to look at once, when the phase begins, and gives up on none.
  if ((phase.arns ?? []).length === 0) return { record: request.record, nudge: true };
  const { decided, current, previous, overtaken } = release ?? {};
  // What gave way to this one may never have worked: what ran before that is what to go back to.
  const proven = overtaken === true ? previous : current;
  return {
    record: withPhase(request.record, 'deploy', phase),
    release: next(release, {
      current: spec,
      ...(proven === undefined ? {} : { previous: proven }),
      ...(decided === undefined ? {} : { decided }),
    }),
    nudge: true,
  };
}

function deployPhase(request: Request, scene: Scene): PhaseRecord {
  const arns = serviceArns(answerTo(request.spec ?? request, scene.answer));
  const known = request.record.phases.deploy;
  const start = known?.start ?? seconds(scene.now);
  return { ...known, start, state: 'started', ...(arns.length === 0 ? {} : { arns: [...arns] }) };
}

function closedDeploy(request: Request, scene: Scene): PhaseRecord {
  const phase = { ...deployPhase(request, scene), end: seconds(scene.now) };
  const answer = answerTo(request.spec ?? request, scene.answer);
  if (answer?.stage === 'complete') return { ...phase, state: 'succeeded' };
  return {
    ...phase,
    state: 'failed',
    reason: answer?.stage === 'failed' ? whyFailed(answer) : tooLate(answer),
  };
}

type Answer = ReturnType<typeof answerTo>;

function whyFailed(answer: NonNullable<Answer>): string {
  const failed = answer.services.filter(({ state }) => state === 'failed');
  const each = failed.map(({ process, reason }) => `${process}: ${reason ?? 'no reason given'}`);
  const why = answer.reason ?? each.join(' ');
  return `Services could not be brought to this release. ${why}`.trim();
}

function tooLate(answer: Answer): string {
  const minutes = DEPLOY_DEADLINE_MS / 60_000;
  return `Services did not run this release after ${minutes} minutes. ${answer?.reason ?? ''}`.trim();
}

/** A release that ends before its deployment has a deploy phase that failed: the CLI waits for one. */
function failDeploy(request: Request, { now }: Scene, reason: string): BuildRecord {
  const at = seconds(now);
  const phase: PhaseRecord = { start: at, ...request.record.phases.deploy, end: at, state: 'failed', reason };
  return withPhase(request.record, 'deploy', phase);
}

function overtaken(request: Request, { requests, release, facts }: Scene): string {
  const younger = overtakerOf(request, requests);
  if (younger !== undefined) return `superseded by ${titleOf(younger.source, younger.record.buildNumber)}`;
  const { source } = release?.current ?? release?.decided ?? {};
  const known = recordsIn(facts).find((record) => sourceOf(record) === source);
  const number = release?.current?.buildNumber ?? known?.buildNumber;
  return `superseded by ${number === undefined ? 'a younger release' : titleOf(source, number)}`;
}

function whyGivenUp(request: Request, scene: Scene): string {
  if (request.content.state !== 'usable') return `${request.content.reason} Nothing was released.`;
  const answer = answerTo(request.spec ?? request, scene.answer);
  const minutes = DEPLOY_DEADLINE_MS / 60_000;
  return `The task families of this release could not be made within ${minutes} minutes, so nothing was released. ${answer?.reason ?? ''}`.trim();
}

/** What became of a request goes into the release record. */
function conclude(request: Request, { release }: Scene): Effected | undefined {
  if (release === undefined) return undefined;
  const { spec, record, source, sequence } = request;
  const { deploy, release: task, postdeploy } = record.phases;
  const reason = deploy?.reason ?? task?.reason ?? postdeploy?.reason;
  const decided = {
    sequence: spec?.sequence ?? sequence,
    source,
    outcome: deploy?.state === 'succeeded' ? ('succeeded' as const) : ('failed' as const),
    ...(reason === undefined ? {} : { reason }),
  };
  return { record, release: next(release, { ...standing(request, release), decided }), nudge: true };
}

/**
 * What services are to run after a request has ended. They go back to what they ran before when it failed; one that
 * gave way leaves them as they are, for they would go back only to go on again.
 */
function standing(
  { source, record }: Request,
  { candidate, current, previous, overtaken }: ReleaseRecord,
): Pick<ReleaseRecord, 'current' | 'previous' | 'overtaken'> {
  const wasCandidate = candidate?.source === source;
  const gaveWay = closingOf(record) === 'superseded';
  const isUnproven = wasCandidate ? overtaken === true : record.phases.deploy?.state !== 'succeeded';
  if (isUnproven && !gaveWay) return previous === undefined ? {} : { current: previous };
  return {
    ...(current === undefined ? {} : { current }),
    ...(previous === undefined ? {} : { previous }),
    ...(isUnproven ? { overtaken: true } : {}),
  };
}
