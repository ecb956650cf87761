import { z } from 'zod';
import { globMatches } from '../../region.ts';
import type { Fate } from './records.ts';

/** A task that nobody scripted and that is not of a service ends well after this long. */
const UNSCRIPTED_RUN_MS = 15_000;

const CANNOT_PULL =
  'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref: not found';

/**
 * A script for tasks. The conditions (`*` stands for anything) must all hold; the first outcome that fits a
 * task decides how it fares:
 * - `placementFailure`: there is no room, with this reason (`RESOURCE:MEMORY`); no task comes to be.
 * - `cannotPull` (true or the text), or `stoppedReason` alone: the task never runs.
 * - `exitCode` of a service's task: it exits before it was ever RUNNING, so the circuit breaker counts it.
 * - `crashAfterSeconds` (exit code 1 unless said), `runSeconds` (0 unless said): it runs that long. AWS
 *   counts neither, as the task was RUNNING. A task of its own with `exitCode` alone runs 15 s.
 * - `lost`: after `runSeconds` AWS takes the task away, with this stop code; of a lost machine nobody learns an exit
 *   code.
 * - `neverStarts`: it stays PENDING until somebody stops it.
 * - `secretsDenied`: its execution role may not read the parameters it names as secrets; one that names none runs as usual.
 * - `unhealthyAfterSeconds`: the health checks of a service's task fail, which the circuit breaker counts.
 * Exit code 137 is that of a container that was killed for its memory, and is told as such.
 * `logLines` go to the container's log, and `times` bounds how many tasks it decides.
 */
const outcomeShape = z.strictObject({
  cluster: z.string().optional(),
  family: z.string().optional(),
  image: z.string().optional(),
  command: z.string().optional(),
  container: z.string().optional(),
  times: z.int().min(0).optional(),
  placementFailure: z.string().optional(),
  cannotPull: z.union([z.boolean(), z.string()]).optional(),
  stoppedReason: z.string().optional(),
  lost: z.enum(['SpotInterruption', 'TerminationNotice', 'InfrastructureHealth']).optional(),
  neverStarts: z.boolean().optional(),
  secretsDenied: z.boolean().optional(),
  exitCode: z.int().min(0).max(255).optional(),
  crashAfterSeconds: z.number().min(0).optional(),
  runSeconds: z.number().min(0).optional(),
  unhealthyAfterSeconds: z.number().min(0).optional(),
  logLines: z.array(z.string()).optional(),
});

export const outcomesShape = z.array(outcomeShape);

export type Outcome = z.infer<typeof outcomeShape>;

/** What an outcome's conditions look at. */
export interface Subject {
  readonly cluster: string;
  readonly family: string;
  readonly images: readonly string[];
  readonly commands: readonly string[];
  readonly ofService: boolean;
}

/** Finds the outcome for a task about to be made, and uses it up by one. */
export function takeOutcome(outcomes: Outcome[], subject: Subject): Outcome | undefined {
  const index = outcomes.findIndex((outcome) => outcome.times !== 0 && fits(outcome, subject));
  const found = outcomes[index];
  if (found?.times !== undefined) outcomes[index] = { ...found, times: found.times - 1 };
  return found;
}

function fits(outcome: Outcome, subject: Subject): boolean {
  const { cluster, family, image, command } = outcome;
  return (
    (cluster === undefined || globMatches(cluster, subject.cluster)) &&
    (family === undefined || globMatches(family, subject.family)) &&
    (image === undefined || subject.images.some((given) => globMatches(image, given))) &&
    (command === undefined || subject.commands.some((given) => globMatches(command, given)))
  );
}

/** Turns an outcome, or none, into what will happen to one task. */
export function fateOf(outcome: Outcome | undefined, ofService: boolean): Fate {
  if (outcome === undefined) return ofService ? {} : { runMs: UNSCRIPTED_RUN_MS, exitCode: 0 };
  const told = { logLines: outcome.logLines, container: outcome.container };
  if (outcome.neverStarts === true) return { ...told, neverStarts: true };
  if (outcome.secretsDenied === true)
    return { ...fateOf(undefined, ofService), ...told, secretsDenied: true };
  if (outcome.cannotPull !== undefined && outcome.cannotPull !== false) {
    return { ...told, startFailure: outcome.cannotPull === true ? CANNOT_PULL : outcome.cannotPull };
  }
  if (outcome.lost !== undefined) {
    return { ...told, lost: outcome.lost, runMs: (outcome.runSeconds ?? 0) * 1000 };
  }
  const timed = outcome.crashAfterSeconds ?? outcome.runSeconds;
  if (timed !== undefined) {
    const usual = outcome.crashAfterSeconds === undefined ? 0 : 1;
    return {
      ...told,
      runMs: timed * 1000,
      exitCode: outcome.exitCode ?? usual,
      stoppedReason: outcome.stoppedReason,
    };
  }
  if (outcome.unhealthyAfterSeconds !== undefined) {
    return { ...told, unhealthyAfterMs: outcome.unhealthyAfterSeconds * 1000 };
  }
  return untimedFate(outcome, told, ofService);
}

function untimedFate(outcome: Outcome, told: Fate, ofService: boolean): Fate {
  const { exitCode, stoppedReason } = outcome;
  if (exitCode === undefined && stoppedReason !== undefined) return { ...told, startFailure: stoppedReason };
  if (ofService) {
    return exitCode === undefined ? told : { ...told, exitsAtOnce: true, exitCode, stoppedReason };
  }
  return { ...told, runMs: UNSCRIPTED_RUN_MS, exitCode: exitCode ?? 0, stoppedReason };
}
