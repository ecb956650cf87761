import type { TaskState } from './release-task.ts';

/** One look at a build and at everything that becomes of it. */
export interface BuildObserved {
  readonly type: 'observed';
  readonly at: number;
  /** For how long of the time until then nobody looked: deadlines do not count that. */
  readonly awayMs: number;
  /** What CodeBuild says; a release that a parameter asked for has `succeeded` from the start. */
  readonly build: 'running' | 'succeeded' | 'failed';
  /** Its review app is not wanted: nothing is released. */
  readonly unwanted: boolean;
  /** Whether what to release is known: not read yet, usable, or never to be used. */
  readonly content: 'unread' | 'usable' | 'broken';
  /** It is the one that may go on now. */
  readonly turn: boolean;
  /** A younger request waits. */
  readonly overtaken: boolean;
  /** Where the release record has it. */
  readonly place: 'none' | 'candidate' | 'current';
  /** Whether the release record says what became of it, or has nothing to do with it. */
  readonly concluded: boolean;
  /** How the build's own record is closed. */
  readonly closed: 'no' | 'succeeded' | 'failed' | 'superseded' | 'skipped';
  /** What the app's controller answers about it. */
  readonly answer: 'none' | 'preparing' | 'prepared' | 'rollingOut' | 'complete' | 'failed' | 'blocked';
  /** Tasks of its services cannot be brought up, though nobody has given them up yet. */
  readonly troubled: boolean;
  readonly release: TaskState;
  readonly postdeploy: TaskState;
  /** The record's deploy phase is behind what the answer says. */
  readonly deployBehind: boolean;
}
