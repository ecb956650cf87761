import { assign, setup } from 'xstate';
import { z } from 'zod';
import { effectIsData, type Workflow } from './step.ts';

/** Without a circuit breaker ECS never gives up; we do after this long. */
export const ROLLOUT_DEADLINE_MS = 30 * 60_000;

/** What a rollout is for; it is tried again only when this changes. */
export interface RolloutWish {
  readonly service: string;
  /** Digest of the task definition's content, which is known before it is registered. */
  readonly digest: string;
  /** Digest of the config versions its tasks are to run with; empty when nobody changed config since we know it. */
  readonly restartFor: string;
}

/** How ECS sees a deployment, in five words. */
export type DeploymentState = 'running' | 'successful' | 'failed' | 'rolledBack' | 'stopped';

export interface ObservedDeployment {
  readonly id: string;
  readonly createdAt: number;
  readonly state: DeploymentState;
  /** Whether it is of the task definition this rollout is about. */
  readonly matches: boolean;
  /** ECS's words, and why its tasks stopped when that is known. */
  readonly reason: string;
}

/** One look at a service: its deployments since the rollout was asked for, oldest first. */
export interface RolloutObserved {
  readonly type: 'observed';
  readonly at: number;
  readonly deployments: readonly ObservedDeployment[];
  /** Whether ECS itself ends a bad deployment. */
  readonly breaker: boolean;
}

const contextSchema = z.object({
  service: z.string(),
  digest: z.string(),
  restartFor: z.string(),
  requestedAt: z.number(),
  /** The deployment that is followed, and when ECS created it; empty and 0 while there is none. */
  deployment: z.string(),
  deployedAt: z.number(),
  reason: z.string(),
  /** When the verdict was seen; 0 while there is none. */
  endedAt: z.number(),
});
export type RolloutContext = z.infer<typeof contextSchema>;

/** The deployment that counts: a newer one takes the place of the one before it. */
function current(deployments: readonly ObservedDeployment[]): ObservedDeployment | undefined {
  return deployments.at(-1);
}

const machine = setup({
  // Types only: nothing is checked at run time, `contextSchema` does that when a snapshot is read back.
  types: {
    context: {} as RolloutContext,
    events: {} as RolloutObserved,
    input: {} as RolloutWish & { requestedAt: number },
    tags: {} as 'progressing' | 'terminal',
  },
  actions: {
    updateService: effectIsData,
    follow: assign(({ event }) => following(event)),
    end: assign(({ event }) => ({ ...following(event), endedAt: event.at })),
    giveUp: assign(({ context, event }) => ({
      endedAt: event.at,
      reason: [LATE, current(event.deployments)?.reason ?? context.reason].join(' ').trim(),
    })),
  },
  guards: {
    started: ({ event }) => event.deployments.some((deployment) => deployment.matches),
    /** Reads lag: one that does not show yet what is followed, but what was there before, tells nothing. */
    outdated: ({ context, event }) => {
      const now = current(event.deployments);
      return now !== undefined && now.createdAt < context.deployedAt;
    },
    overtaken: ({ event }) => current(event.deployments)?.matches === false,
    successful: ({ event }) => stateOf(event) === 'successful',
    failed: ({ event }) => stateOf(event) === 'failed',
    rolledBack: ({ event }) => stateOf(event) === 'rolledBack',
    stopped: ({ event }) => stateOf(event) === 'stopped',
    /** By a newer one of the same task definition, as a restart by hand makes. */
    replaced: ({ context, event }) => {
      const now = current(event.deployments);
      return now !== undefined && (now.id !== context.deployment || now.reason !== context.reason);
    },
    expired: ({ context, event }) => !event.breaker && event.at >= context.requestedAt + ROLLOUT_DEADLINE_MS,
  },
}).createMachine({
  id: 'rollout',
  context: ({ input }) => ({
    service: input?.service ?? '',
    digest: input?.digest ?? '',
    restartFor: input?.restartFor ?? '',
    requestedAt: input?.requestedAt ?? 0,
    deployment: '',
    deployedAt: 0,
    reason: '',
    endedAt: 0,
  }),
  initial: 'updating',
  states: {
    updating: {
      tags: 'progressing',
      on: {
        observed: [
          { guard: 'started', target: 'stabilizing', actions: 'follow' },
          { actions: 'updateService' },
        ],
      },
    },
    stabilizing: {
      tags: 'progressing',
      on: {
        observed: [
          { guard: 'outdated' },
          { guard: 'overtaken', target: 'superseded', actions: 'end' },
          { guard: 'successful', target: 'complete', actions: 'end' },
          { guard: 'rolledBack', target: 'rolledBack', actions: 'end' },
          { guard: 'failed', target: 'failed', actions: 'end' },
          { guard: 'stopped', target: 'superseded', actions: 'end' },
          { guard: 'expired', target: 'failed', actions: 'giveUp' },
          { guard: 'replaced', actions: 'follow' },
        ],
      },
    },
    complete: { type: 'final', tags: 'terminal' },
    rolledBack: { type: 'final', tags: 'terminal' },
    failed: { type: 'final', tags: 'terminal' },
    superseded: { type: 'final', tags: 'terminal' },
  },
});

const LATE = `It was not finished after ${ROLLOUT_DEADLINE_MS / 60_000} minutes, and the service has no circuit breaker to end it.`;

function following({ deployments }: RolloutObserved) {
  const now = current(deployments);
  return { deployment: now?.id ?? '', deployedAt: now?.createdAt ?? 0, reason: now?.reason ?? '' };
}

function stateOf(event: RolloutObserved): DeploymentState | undefined {
  return current(event.deployments)?.state;
}

export type RolloutState = 'updating' | 'stabilizing' | 'complete' | 'rolledBack' | 'failed' | 'superseded';

/**
 * A rollout of one service: ask for the update until a deployment shows, follow that one (or a newer one of
 * the same task definition, as a restart by hand makes) to its verdict.
 */
export const rollout: Workflow<typeof machine> = {
  name: 'rollout',
  revision: 1,
  machine,
  context: contextSchema,
  states: [
    'updating',
    'stabilizing',
    'complete',
    'rolledBack',
    'failed',
    'superseded',
  ] satisfies RolloutState[],
};

/** Reads the context a step gave back. */
export function rolloutContext(context: unknown): RolloutContext {
  return contextSchema.parse(context);
}

/** Whether a stored rollout is about the same wish. */
export function sameWish(context: RolloutWish, wish: RolloutWish): boolean {
  return (
    context.service === wish.service &&
    context.digest === wish.digest &&
    context.restartFor === wish.restartFor
  );
}
