import { assign, setup } from 'xstate';
import { z } from 'zod';
import type { BuildObserved } from './build-observed.ts';
import { firstAskedAt, hasBegun, hasEnded, TASKS, type TaskName } from './release-task.ts';
import { effectIsData, type Workflow } from './step.ts';

/** How long services may take to run what was released, and task families to be made for it. */
export const DEPLOY_DEADLINE_MS = 45 * 60_000;

/** A rollout that goes well is let to its end when a younger request waits, but not for longer than this. */
const GIVE_WAY_MS = 5 * 60_000;

const contextSchema = z.object({
  source: z.string(),
  /** When the present state was entered, without the time in which nobody looked. */
  enteredAt: z.number(),
  /** When each task was first asked for; 0 = never. */
  askedAt: z.object({ release: z.number(), postdeploy: z.number() }),
});
type BuildContext = z.infer<typeof contextSchema>;

/** How long the present state has lasted while somebody looked. */
function waitedMs({ enteredAt }: BuildContext, { at, awayMs }: BuildObserved): number {
  return at - awayMs - enteredAt;
}

interface OfTask {
  readonly task: TaskName;
}

/** An effect about one of the two tasks. */
const taskEffect = (_args: unknown, _params: OfTask) => effectIsData();

const parts = setup({
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
    runTask: taskEffect,
    recordTask: taskEffect,
    closeTask: taskEffect,
    beginDeploy: effectIsData,
    recordDeploy: effectIsData,
    closeDeploy: effectIsData,
    conclude: effectIsData,
    enter: assign(({ event }) => ({ enteredAt: event.at - event.awayMs })),
    noteTask: assign(({ context: { askedAt }, event }, { task }: OfTask) => ({
      askedAt: { ...askedAt, [task]: firstAskedAt(event[task], askedAt[task]) || event.at },
    })),
  },
  guards: {
    buildFailed: ({ event }) => event.build === 'failed',
    unwanted: ({ event }) => event.build === 'succeeded' && event.unwanted && event.place === 'none',
    built: ({ event }) => event.build === 'succeeded',
    closed: ({ event }) => event.closed !== 'no',
    broken: ({ event }) => event.content === 'broken',
    late: ({ context, event }) => waitedMs(context, event) >= DEPLOY_DEADLINE_MS,
    lateUnread: ({ context, event }) =>
      event.content === 'unread' && waitedMs(context, event) >= DEPLOY_DEADLINE_MS,
    overtaken: ({ event }) => event.overtaken,
    candidate: ({ event }) => event.place === 'candidate',
    current: ({ event }) => event.place === 'current',
    forgotten: ({ event }) => event.place === 'none',
    mayPrepare: ({ event }) => event.turn && event.content === 'usable',
    prepared: ({ event }) => event.answer === 'prepared',
    anyTaskBegun: ({ context, event }) => TASKS.some((task) => hasBegun(event[task], context.askedAt[task])),
    taskDone: ({ event }, { task }: OfTask) => !event[task].needed || event[task].recorded === 'succeeded',
    taskEnded: ({ context, event }, { task }: OfTask) =>
      hasEnded(event[task], context.askedAt[task], event.at),
    taskUnnamed: ({ event }, { task }: OfTask) => event[task].seen === 'running' && !event[task].named,
    taskMayRun: ({ event }, { task }: OfTask) =>
      event.answer === 'prepared' && event[task].seen === 'none' && event[task].recorded === 'none',
    /** What it runs, and by which it is looked for, is not known. */
    taskUnanswered: ({ event }, { task }: OfTask) =>
      event.answer === 'none' && (event[task].seen === 'none' || event[task].seen === 'unknown'),
    /** It was never asked for, so it may still be left out. */
    taskOvertaken: ({ context, event }, { task }: OfTask) =>
      event.overtaken && !hasBegun(event[task], context.askedAt[task]),
    taskLate: ({ context, event }, { task }: OfTask) =>
      waitedMs(context, event) >= DEPLOY_DEADLINE_MS && !hasBegun(event[task], context.askedAt[task]),
    rolledOut: ({ event }) => event.answer === 'complete',
    notRolledOut: ({ event }) => event.answer === 'failed',
    givesWay: ({ context, event }) =>
      event.overtaken &&
      (event.troubled || event.answer === 'blocked' || waitedMs(context, event) >= GIVE_WAY_MS),
    unanswered: ({ event }) => event.answer === 'none',
    deployBehind: ({ event }) => event.deployBehind,
    concluded: ({ event }) => event.concluded,
    wasSkipped: ({ event }) => event.closed === 'skipped',
    wasDone: ({ event }) => event.concluded && event.closed === 'succeeded',
    wasOvertaken: ({ event }) => event.concluded && event.closed === 'superseded',
  },
});

/** The way of either task: asked for until it is seen, named once it runs, closed when it has ended, then `next`. */
function runs(task: TaskName, next: 'postdeploying' | 'promoting') {
  const params = { task };
  return parts.createStateConfig({
    tags: 'progressing',
    on: {
      observed: [
        { guard: 'closed', target: 'concluding' },
        { guard: { type: 'taskDone', params }, target: next, actions: 'enter' },
        { guard: { type: 'taskEnded', params }, actions: { type: 'closeTask', params } },
        { guard: { type: 'taskUnnamed', params }, actions: { type: 'recordTask', params } },
        { guard: { type: 'taskOvertaken', params }, actions: 'supersede' },
        { guard: { type: 'taskLate', params }, actions: 'giveUp' },
        {
          guard: { type: 'taskMayRun', params },
          actions: [
            { type: 'noteTask', params },
            { type: 'runTask', params },
          ],
        },
        { guard: { type: 'taskUnanswered', params }, actions: 'nudge' },
      ],
    },
  });
}

const machine = parts.createMachine({
  id: 'build',
  context: ({ input }) => ({
    source: input?.source ?? '',
    enteredAt: input?.at ?? 0,
    askedAt: { release: 0, postdeploy: 0 },
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
          { guard: 'wasSkipped', target: 'skipped' },
          { guard: 'closed', target: 'concluding' },
          { guard: 'current', target: 'deploying', actions: 'enter' },
          { guard: 'candidate', target: 'preparing', actions: 'enter' },
          { guard: 'unwanted', actions: 'skip' },
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
          { guard: 'anyTaskBegun', target: 'releasing', actions: 'enter' },
          { guard: 'overtaken', actions: 'supersede' },
          { guard: 'prepared', target: 'releasing', actions: 'enter' },
          { guard: 'late', actions: 'giveUp' },
          { guard: 'unanswered', actions: 'nudge' },
        ],
      },
    },
    releasing: runs('release', 'postdeploying'),
    postdeploying: runs('postdeploy', 'promoting'),
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
          { guard: 'givesWay', actions: 'supersede' },
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

/**
 * One build from its start to what its services run: follow CodeBuild, wait for its turn, have task families made, run
 * the release task and, once in a review app's life, the postdeploy task, hand the release to the app's controller and
 * watch it, write down what became of it. What is remembered may be lost: the same looks lead to the same state.
 */
export const build: Workflow<typeof machine> = {
  name: 'build',
  revision: 2,
  machine,
  context: contextSchema,
  states: Object.keys(machine.states),
};

/** Reads the context a step gave back. */
export function buildContext(context: unknown): BuildContext {
  return contextSchema.parse(context);
}
