import { assign, setup } from 'xstate';
import { z } from 'zod';
import { effectIsData, type Workflow } from './step.ts';

/**
 * A task that was asked for and never seen: after this long nobody knows what became of it. ECS remembers the client
 * token of a task for an hour after its end, and the task itself for as long, so until then asking again is safe.
 */
export const TASK_LOST_MS = 50 * 60_000;

/** How long services may take to run what was released, and task families to be made for it. */
export const DEPLOY_DEADLINE_MS = 45 * 60_000;

/** What is known of one of the tasks of a release. */
export interface TaskState {
  /** Whether the release has such a task at all. */
  readonly needed: boolean;
  /** `unknown`: ECS could not be asked. */
  readonly seen: 'none' | 'unknown' | 'pending' | 'running' | 'succeeded' | 'failed';
  /** What the build's record says of it. */
  readonly recorded: 'none' | 'started' | 'succeeded' | 'failed';
  /** Whether the record names the task. */
  readonly named: boolean;
  /** When it was first asked for, as far as intents and records tell. */
  readonly intendedAt?: number;
}

/** One look at a build and at everything that becomes of it. */
export interface BuildObserved {
  readonly type: 'observed';
  readonly at: number;
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
  readonly release: TaskState;
  readonly postdeploy: TaskState;
  /** The record's deploy phase is behind what the answer says. */
  readonly deployBehind: boolean;
}

const contextSchema = z.object({
  source: z.string(),
  /** When the present state was entered. */
  enteredAt: z.number(),
  /** When a task was first asked for; 0 = never. */
  releaseAskedAt: z.number(),
  postdeployAskedAt: z.number(),
});
export type BuildContext = z.infer<typeof contextSchema>;

type Task = 'release' | 'postdeploy';
interface Args {
  readonly context: BuildContext;
  readonly event: BuildObserved;
}

function askedAt({ context, event }: Args, task: Task): number {
  const known = context[`${task}AskedAt`];
  const intended = event[task].intendedAt ?? 0;
  if (known === 0 || intended === 0) return Math.max(known, intended);
  return Math.min(known, intended);
}

function isLost(args: Args, task: Task): boolean {
  const first = askedAt(args, task);
  return args.event[task].seen === 'none' && first > 0 && args.event.at >= first + TASK_LOST_MS;
}

function hasBegun(args: Args, task: Task): boolean {
  const { needed, seen, recorded } = args.event[task];
  const isSeen = seen !== 'none' && seen !== 'unknown';
  return needed && (isSeen || recorded !== 'none' || askedAt(args, task) > 0);
}

const machine = setup({
  // Types only: nothing is checked at run time, `contextSchema` does that when a snapshot is read back.
  types: {
    context: {} as BuildContext,
    events: {} as BuildObserved,
    input: {} as { source: string; at: number },
    tags: {} as 'progressing' | 'terminal',
  },
  actions: {
    skip: effectIsData,
    supersede: effectIsData,
    giveUp: effectIsData,
    prepare: effectIsData,
    nudge: effectIsData,
    runRelease: effectIsData,
    recordRelease: effectIsData,
    closeRelease: effectIsData,
    runPostdeploy: effectIsData,
    recordPostdeploy: effectIsData,
    closePostdeploy: effectIsData,
    beginDeploy: effectIsData,
    recordDeploy: effectIsData,
    closeDeploy: effectIsData,
    conclude: effectIsData,
    enter: assign(({ event }) => ({ enteredAt: event.at })),
    noteRelease: assign(({ context, event }) => ({
      releaseAskedAt: askedAt({ context, event }, 'release') || event.at,
    })),
    notePostdeploy: assign(({ context, event }) => ({
      postdeployAskedAt: askedAt({ context, event }, 'postdeploy') || event.at,
    })),
  },
  guards: {
    buildFailed: ({ event }) => event.build === 'failed',
    unwanted: ({ event }) => event.build === 'succeeded' && event.unwanted && event.place === 'none',
    built: ({ event }) => event.build === 'succeeded',
    closed: ({ event }) => event.closed !== 'no',
    broken: ({ event }) => event.content === 'broken',
    late: ({ context, event }) => event.at >= context.enteredAt + DEPLOY_DEADLINE_MS,
    lateUnread: ({ context, event }) =>
      event.content === 'unread' && event.at >= context.enteredAt + DEPLOY_DEADLINE_MS,
    overtaken: ({ event }) => event.overtaken,
    candidate: ({ event }) => event.place === 'candidate',
    current: ({ event }) => event.place === 'current',
    forgotten: ({ event }) => event.place === 'none',
    mayPrepare: ({ event }) => event.turn && event.content === 'usable',
    taskBegun: (args) => hasBegun(args, 'release') || hasBegun(args, 'postdeploy'),
    prepared: ({ event }) => event.answer === 'prepared',
    releaseDone: ({ event }) => !event.release.needed || event.release.recorded === 'succeeded',
    releaseEnded: (args) =>
      args.event.release.seen === 'succeeded' ||
      args.event.release.seen === 'failed' ||
      isLost(args, 'release'),
    releaseUnrecorded: ({ event }) => event.release.seen === 'running' && !event.release.named,
    releaseUnseen: ({ event }) => event.release.seen === 'none' && event.release.recorded === 'none',
    postdeployDone: ({ event }) => !event.postdeploy.needed || event.postdeploy.recorded === 'succeeded',
    postdeployEnded: (args) =>
      args.event.postdeploy.seen === 'succeeded' ||
      args.event.postdeploy.seen === 'failed' ||
      isLost(args, 'postdeploy'),
    postdeployUnrecorded: ({ event }) => event.postdeploy.seen === 'running' && !event.postdeploy.named,
    postdeployUnseen: ({ event }) => event.postdeploy.seen === 'none' && event.postdeploy.recorded === 'none',
    rolledOut: ({ event }) => event.answer === 'complete',
    notRolledOut: ({ event }) => event.answer === 'failed',
    unanswered: ({ event }) => event.answer === 'none',
    deployBehind: ({ event }) => event.deployBehind,
    concluded: ({ event }) => event.concluded,
    wasSkipped: ({ event }) => event.closed === 'skipped',
    wasDone: ({ event }) => event.concluded && event.closed === 'succeeded',
    wasOvertaken: ({ event }) => event.concluded && event.closed === 'superseded',
  },
}).createMachine({
  id: 'build',
  context: ({ input }) => ({
    source: input?.source ?? '',
    enteredAt: input?.at ?? 0,
    releaseAskedAt: 0,
    postdeployAskedAt: 0,
  }),
  initial: 'building',
  states: {
    building: {
      tags: 'progressing',
      on: {
        observed: [
          { guard: 'wasSkipped', target: 'skipped' },
          { guard: 'buildFailed', target: 'concluding' },
          { guard: 'unwanted', actions: 'skip' },
          { guard: 'built', target: 'waiting', actions: 'enter' },
        ],
      },
    },
    waiting: {
      tags: 'progressing',
      on: {
        observed: [
          { guard: 'closed', target: 'concluding' },
          { guard: 'current', target: 'deploying', actions: 'enter' },
          { guard: 'candidate', target: 'preparing', actions: 'enter' },
          { guard: 'overtaken', actions: 'supersede' },
          { guard: 'broken', actions: 'giveUp' },
          { guard: 'lateUnread', actions: 'giveUp' },
          { guard: 'mayPrepare', actions: 'prepare' },
        ],
      },
    },
    preparing: {
      tags: 'progressing',
      on: {
        observed: [
          { guard: 'closed', target: 'concluding' },
          { guard: 'current', target: 'deploying', actions: 'enter' },
          { guard: 'forgotten', target: 'waiting', actions: 'enter' },
          { guard: 'taskBegun', target: 'releasing', actions: 'enter' },
          { guard: 'overtaken', actions: 'supersede' },
          { guard: 'prepared', target: 'releasing', actions: 'enter' },
          { guard: 'late', actions: 'giveUp' },
          { guard: 'unanswered', actions: 'nudge' },
        ],
      },
    },
    releasing: {
      tags: 'progressing',
      on: {
        observed: [
          { guard: 'closed', target: 'concluding' },
          { guard: 'releaseDone', target: 'postdeploying', actions: 'enter' },
          { guard: 'releaseEnded', actions: 'closeRelease' },
          { guard: 'releaseUnrecorded', actions: 'recordRelease' },
          { guard: 'releaseUnseen', actions: ['noteRelease', 'runRelease'] },
        ],
      },
    },
    postdeploying: {
      tags: 'progressing',
      on: {
        observed: [
          { guard: 'closed', target: 'concluding' },
          { guard: 'postdeployDone', target: 'promoting', actions: 'enter' },
          { guard: 'postdeployEnded', actions: 'closePostdeploy' },
          { guard: 'postdeployUnrecorded', actions: 'recordPostdeploy' },
          { guard: 'postdeployUnseen', actions: ['notePostdeploy', 'runPostdeploy'] },
        ],
      },
    },
    promoting: {
      tags: 'progressing',
      on: {
        observed: [
          { guard: 'closed', target: 'concluding' },
          { guard: 'current', target: 'deploying', actions: 'enter' },
          { guard: 'overtaken', actions: 'supersede' },
          { guard: 'late', actions: 'giveUp' },
          { actions: 'beginDeploy' },
        ],
      },
    },
    deploying: {
      tags: 'progressing',
      on: {
        observed: [
          { guard: 'closed', target: 'concluding' },
          { guard: 'rolledOut', actions: 'closeDeploy' },
          { guard: 'notRolledOut', actions: 'closeDeploy' },
          { guard: 'late', actions: 'closeDeploy' },
          { guard: 'deployBehind', actions: 'recordDeploy' },
          { guard: 'unanswered', actions: 'nudge' },
        ],
      },
    },
    concluding: {
      tags: 'progressing',
      on: {
        observed: [
          { guard: 'wasDone', target: 'complete' },
          { guard: 'wasOvertaken', target: 'superseded' },
          { guard: 'concluded', target: 'failed' },
          { actions: 'conclude' },
        ],
      },
    },
    complete: { type: 'final', tags: 'terminal' },
    failed: { type: 'final', tags: 'terminal' },
    superseded: { type: 'final', tags: 'terminal' },
    skipped: { type: 'final', tags: 'terminal' },
  },
});

/** What a build's workflow may ask for. */
export type BuildEffect =
  | 'skip'
  | 'supersede'
  | 'giveUp'
  | 'prepare'
  | 'nudge'
  | `${'run' | 'record' | 'close'}${'Release' | 'Postdeploy'}`
  | 'beginDeploy'
  | 'recordDeploy'
  | 'closeDeploy'
  | 'conclude';

export const BUILD_STATES = [
  'building',
  'waiting',
  'preparing',
  'releasing',
  'postdeploying',
  'promoting',
  'deploying',
  'concluding',
  'complete',
  'failed',
  'superseded',
  'skipped',
] as const;
export type BuildState = (typeof BUILD_STATES)[number];

/**
 * One build from its start to what its services run: follow CodeBuild, wait for its turn, have task families made, run
 * the release task and, once in a review app's life, the postdeploy task, hand the release to the app's controller and
 * watch it, write down what became of it. What is remembered may be lost: the same looks lead to the same state.
 */
export const build: Workflow<typeof machine> = {
  name: 'build',
  revision: 1,
  machine,
  context: contextSchema,
  states: BUILD_STATES,
};

/** Reads the context a step gave back. */
export function buildContext(context: unknown): BuildContext {
  return contextSchema.parse(context);
}
