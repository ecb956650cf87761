import { z } from 'zod';
import { globMatches } from '../../region.ts';
import { PHASE_STATUSES, PHASES, type PhaseType } from './vocabulary.ts';

/** A phase that can go wrong. */
const phaseShape = z.enum(PHASES).exclude(['SUBMITTED', 'COMPLETED']);

/**
 * A script for builds. The conditions (`*` stands for anything) must all hold; the first outcome that fits a build
 * when it starts decides how it fares:
 * - `fails`: the phase that fails (`"BUILD"`, `"POST_BUILD"` for tests), or how: `{phase, status, statusCode, message}`.
 * - `skipped`: all goes well and nothing is built: `build.log` and `test.log` are empty, as AppPack's builder leaves
 *   them for a pull request that has no review app.
 * - `external`: another buildspec brings files that were built elsewhere: no markers and no tests.
 * - `stuckIn`: a phase that does not end by itself; the build times out there, or is stopped.
 * - `seconds`: how long phases last.
 * - `buildLog` and `testLog`: what the builder prints in BUILD and POST_BUILD; also the artifacts of these names.
 * - `apppackToml`, `commit`, `commitText`: what is built. `files` adds artifacts, or leaves them out (null).
 * `times` bounds how many builds it decides.
 */
export const outcomeShape = z.strictObject({
  project: z.string().optional(),
  sourceVersion: z.string().optional(),
  times: z.int().min(0).optional(),
  fails: z
    .union([
      phaseShape,
      z.strictObject({
        phase: phaseShape,
        status: z.enum(PHASE_STATUSES).exclude(['SUCCEEDED']).optional(),
        statusCode: z.string().optional(),
        message: z.string().optional(),
      }),
    ])
    .optional(),
  skipped: z.boolean().optional(),
  external: z.boolean().optional(),
  stuckIn: phaseShape.optional(),
  seconds: z.partialRecord(phaseShape, z.number().min(0)).optional(),
  buildLog: z.array(z.string()).optional(),
  testLog: z.array(z.string()).optional(),
  apppackToml: z.string().optional(),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  commitText: z.string().optional(),
  files: z.record(z.string().min(1), z.string().nullable()).optional(),
});

export const outcomesShape = z.array(outcomeShape);

export type Outcome = z.infer<typeof outcomeShape>;

/** Finds the outcome for a build about to start, and uses it up by one. */
export function takeOutcome(
  outcomes: Outcome[],
  subject: { readonly project: string; readonly sourceVersion: string },
): Outcome {
  const index = outcomes.findIndex(
    ({ times, project = '*', sourceVersion = '*' }) =>
      times !== 0 &&
      globMatches(project, subject.project) &&
      globMatches(sourceVersion, subject.sourceVersion),
  );
  const found = outcomes[index];
  if (found === undefined) return {};
  const { project: _project, sourceVersion: _sourceVersion, times, ...script } = found;
  if (times !== undefined) outcomes[index] = { ...found, times: times - 1 };
  return script;
}

/** A healthy build takes half a minute. */
const USUAL_MS: Readonly<Record<PhaseType, number>> = {
  SUBMITTED: 0,
  QUEUED: 1000,
  PROVISIONING: 4000,
  DOWNLOAD_SOURCE: 2000,
  INSTALL: 1000,
  PRE_BUILD: 3000,
  BUILD: 10_000,
  POST_BUILD: 4000,
  UPLOAD_ARTIFACTS: 1000,
  FINALIZING: 1000,
  COMPLETED: 0,
};

/** How long a phase lasts, for ever where the script says so. */
export function phaseMs(script: Outcome, phase: PhaseType): number {
  if (phase === 'SUBMITTED' || phase === 'COMPLETED') return 0;
  if (script.stuckIn === phase) return Number.POSITIVE_INFINITY;
  const seconds = script.seconds?.[phase];
  return seconds === undefined ? USUAL_MS[phase] : seconds * 1000;
}
