import type { Document } from '../ecs/input.ts';
import { defined } from '../members.ts';
import { type BuildRecord, currentPhase, isComplete, type PhaseRecord } from './records.ts';
import { buildArn, type CodeBuildState } from './state.ts';
import { artifactLocation, deepLink } from './view.ts';

/**
 * Events about builds; they carry the environment of the build in plain text.
 * Source: https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications-ref.html
 */

/** A build began or ended. What begins has no number, phases or log to tell of yet. */
export function emitStateChange(state: CodeBuildState, build: BuildRecord): void {
  const phase = currentPhase(build);
  const complete = isComplete(build);
  const { phases, 'build-number': number, ...begun } = additionalInformation(state, build, complete);
  emit(state, build, 'CodeBuild Build State Change', {
    'build-status': build.status,
    'current-phase': phase.type,
    'current-phase-context': complete ? '[: ]' : '[]',
    'additional-information': complete ? { ...begun, phases, 'build-number': number } : begun,
  });
}

/** A phase of a build ended; the next one is told of already. */
export function emitPhaseChange(state: CodeBuildState, build: BuildRecord, phase: PhaseRecord): void {
  const endedAt = phase.endedAt ?? phase.startedAt;
  emit(state, build, 'CodeBuild Build Phase Change', {
    'completed-phase': phase.type,
    'completed-phase-status': phase.status ?? 'SUCCEEDED',
    'completed-phase-context': `[${contexts(phase).join(', ')}]`,
    'completed-phase-duration-seconds': Math.floor((endedAt - phase.startedAt) / 1000),
    'completed-phase-start': writeDate(phase.startedAt),
    'completed-phase-end': writeDate(endedAt),
    'additional-information': additionalInformation(state, build, false),
  });
}

function emit(state: CodeBuildState, build: BuildRecord, detailType: string, told: Document): void {
  const arn = buildArn(state.context, build.id);
  state.context.emit({
    source: 'aws.codebuild',
    detailType,
    resources: [arn],
    detail: { ...told, 'project-name': build.project, 'build-id': arn, version: '1' },
  });
}

function additionalInformation(state: CodeBuildState, build: BuildRecord, complete: boolean): Document {
  const { environment } = build;
  return defined({
    artifact: { location: artifactLocation(build) ?? '' },
    cache: build.cache,
    environment: {
      image: environment.image,
      'image-pull-credentials-type': environment.imagePullCredentialsType,
      'privileged-mode': environment.privilegedMode,
      'compute-type': environment.computeType,
      type: environment.type,
      'environment-variables': environment.environmentVariables.map(({ name, type, value }) => ({
        name,
        type,
        value,
      })),
    },
    'timeout-in-minutes': build.timeoutInMinutes,
    'queued-timeout-in-minutes': build.queuedTimeoutInMinutes,
    'build-complete': complete,
    'build-number': build.number,
    initiator: build.initiator,
    'build-start-time': writeDate(build.startedAt),
    source: showSource(build),
    'source-version': build.sourceVersion,
    logs: defined({
      'group-name': build.log?.group,
      'stream-name': build.log?.stream,
      'deep-link': deepLink(state.context, build),
    }),
    phases: build.phases.map(showPhase),
  });
}

function showSource({ source }: BuildRecord): Document {
  return defined({
    buildspec: source.buildspec,
    location: source.location,
    type: source.type,
    'report-build-status': source.reportBuildStatus,
  });
}

function showPhase(phase: PhaseRecord): Document {
  const { type, startedAt, endedAt, status } = phase;
  if (endedAt === undefined) return { 'start-time': writeDate(startedAt), 'phase-type': type };
  return {
    'phase-context': contexts(phase),
    'start-time': writeDate(startedAt),
    'end-time': writeDate(endedAt),
    'duration-in-seconds': Math.floor((endedAt - startedAt) / 1000),
    'phase-type': type,
    'phase-status': status ?? 'SUCCEEDED',
  };
}

/** `["COMMAND_EXECUTION_ERROR: Error while …"]`; of a phase that went well the two halves are empty. */
function contexts({ context }: PhaseRecord): string[] {
  return context === undefined ? [] : [`${context.statusCode}: ${context.message}`];
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Sep 1, 2017 4:12:29 PM`, in UTC though it does not say so. */
function writeDate(at: number): string {
  const date = new Date(at);
  const two = (number: number): string => String(number).padStart(2, '0');
  const hour = date.getUTCHours();
  const time = `${hour % 12 === 0 ? 12 : hour % 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()} ${time} ${hour < 12 ? 'AM' : 'PM'}`;
}
