import type { LogPlace, ObjectPlace } from '../../aws/build-shapes.ts';
import type { Key } from '../../reconcile/key.ts';
import type { Action } from '../../reconcile/plan.ts';
import type { BuildRecord } from '../../store/builds.ts';
import type { ReleaseRecord } from '../../store/releases.ts';
import type { ItemKey } from '../../store/table.ts';
import type { TaskName } from '../../workflows/release-task.ts';

/** Writes a build's record as a whole, if nobody wrote it since it was read. */
export interface WriteBuild extends Action {
  readonly type: 'writeBuild';
  readonly record: BuildRecord;
  readonly owner: string;
  /** The task whose start is told, if the action before it started one. */
  readonly started?: { readonly task: TaskName; readonly by: string };
  /** The log that an action before it copies, for the phase of the task's name. */
  readonly copied?: { readonly task: TaskName; readonly by: string };
}

/** Writes the release record as a whole, if nobody wrote it since it was read. */
export interface WriteRelease extends Action {
  readonly type: 'writeRelease';
  readonly key: ItemKey;
  readonly record: ReleaseRecord;
  readonly owner: string;
}

/** Starts a task, once in its life: under an intent, with a token and a mark of its own. */
export interface RunTask extends Action {
  readonly type: 'runTask';
  readonly task: TaskName;
  readonly cluster: string;
  /** Arguments of RunTask in the API's names, without overrides. */
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly taskDefinition: string;
  readonly startedBy: string;
  readonly clientToken: string;
  /** How often there was no room for it so far, and one more. */
  readonly attempt: number;
}

/** What starting a task gives. Refused: there was no room, and for certain no task was started. */
export type RunResult = { readonly arn: string } | { readonly refused: string; readonly attempt: number };

/** Stops a task that never came to run. */
export interface StopTask extends Action {
  readonly type: 'stopTask';
  readonly cluster: string;
  readonly arn: string;
  readonly reason: string;
}

/** Copies a task's log into the artifact bucket, with a last line that says how it ended. */
export interface CopyLog extends Action {
  readonly type: 'copyLog';
  readonly from?: LogPlace;
  readonly to: ObjectPlace;
  readonly note: string;
  /** A copy that fails must not keep the verdict waiting: the result says so, and the copy is tried again later. */
  readonly tolerant: boolean;
}

/** Makes another key look. */
export interface Nudge extends Action {
  readonly type: 'nudge';
  readonly key: Key;
  readonly cause: string;
}

export type BuildAction = WriteBuild | WriteRelease | RunTask | StopTask | CopyLog | Nudge;

/** What a copy gives: where the log is now, or that it could not be copied. */
export type CopyResult = { readonly url: string } | { readonly problem: string };
