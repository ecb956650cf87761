import type { Outcome } from './outcomes.ts';
import type { PhaseContext } from './records.ts';
import { type BuildStatus, PHASES, type PhaseStatus, type PhaseType } from './vocabulary.ts';

/** How a phase ended. */
export interface PhaseEnd {
  readonly status: PhaseStatus;
  /** The first two phases have none. */
  readonly context?: PhaseContext | undefined;
}

const FINE: PhaseEnd = { status: 'SUCCEEDED', context: { statusCode: '', message: '' } };
const FINE_BEFORE_ALL: PhaseEnd = { status: 'SUCCEEDED' };

/** What AWS says when a phase ends in this way. */
const REASONS: Readonly<Record<Exclude<PhaseStatus, 'SUCCEEDED' | 'STOPPED'>, PhaseContext>> = {
  FAILED: {
    statusCode: 'COMMAND_EXECUTION_ERROR',
    message: 'Error while executing command: COMMAND. Reason: exit status 1',
  },
  FAULT: { statusCode: 'INTERNAL_SERVICE_ERROR', message: 'CodeBuild is experiencing an issue' },
  TIMED_OUT: { statusCode: 'BUILD_TIMED_OUT', message: 'Build has timed out. ' },
  CLIENT_ERROR: { statusCode: 'CLIENT_ERROR', message: 'The request was not valid' },
};

/** What the builder is asked to do in each phase. */
const COMMANDS: Partial<Record<PhaseType, string>> = {
  INSTALL: 'dockerd-entrypoint.sh',
  PRE_BUILD: 'apppack-builder prebuild',
  BUILD: 'apppack-builder build',
  POST_BUILD: 'apppack-builder postbuild',
};

/** How the script wants a phase to end. */
export function scriptedEnd(script: Outcome, phase: PhaseType): PhaseEnd {
  const fine = phase === 'SUBMITTED' || phase === 'QUEUED' ? FINE_BEFORE_ALL : FINE;
  if (script.fails === undefined) return fine;
  const fails = typeof script.fails === 'string' ? { phase: script.fails } : script.fails;
  if (fails.phase !== phase) return fine;
  const { statusCode, message } = fails;
  return endedAs(fails.status ?? 'FAILED', phase, { statusCode, message });
}

/** The end of a phase that did not succeed, worded as AWS does where nothing else is said. */
export function endedAs(
  status: Exclude<PhaseStatus, 'SUCCEEDED'>,
  phase: PhaseType,
  said: { readonly statusCode?: string | undefined; readonly message?: string | undefined } = {},
): PhaseEnd {
  // Of a phase that somebody stopped there is nothing to say.
  if (status === 'STOPPED') return { status };
  const usual = REASONS[status];
  return {
    status,
    context: {
      statusCode: said.statusCode ?? usual.statusCode,
      message: said.message ?? usual.message.replace('COMMAND', COMMANDS[phase] ?? phase),
    },
  };
}

/**
 * What follows a phase. After a failed BUILD comes POST_BUILD all the same; before it, a failure leads to the end.
 * Source: https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
 */
export function phaseAfter(phase: PhaseType, status: PhaseStatus): PhaseType {
  const next = PHASES[PHASES.indexOf(phase) + 1] ?? 'COMPLETED';
  if (status === 'SUCCEEDED') return next;
  const orderly = status === 'FAILED' || status === 'CLIENT_ERROR';
  if (!orderly || ['SUBMITTED', 'QUEUED', 'PROVISIONING'].includes(phase)) return 'COMPLETED';
  return ['DOWNLOAD_SOURCE', 'INSTALL', 'PRE_BUILD'].includes(phase) ? 'FINALIZING' : next;
}

/** What a build is that went through phases which ended so: the first that went wrong decides. */
export function verdict(ends: ReadonlyArray<PhaseStatus | undefined>): Exclude<BuildStatus, 'IN_PROGRESS'> {
  const wrong = ends.find((status) => status !== undefined && status !== 'SUCCEEDED') ?? 'SUCCEEDED';
  return wrong === 'CLIENT_ERROR' ? 'FAILED' : wrong;
}
