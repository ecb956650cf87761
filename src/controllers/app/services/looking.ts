import { z } from 'zod';
import type { Write } from '../../../reconcile/status.ts';
import {
  type ObservedDeployment as FollowedDeployment,
  ROLLOUT_DEADLINE_MS,
  type RolloutContext,
} from '../../../workflows/rollout.ts';
import { type ServiceDeployment, stateOf } from './deployments.ts';
import type { ObservedService, ServiceFacts } from './observed.ts';
import { explainStopped } from './trouble.ts';

/** While a rollout is open a lost event costs no longer than this; the first looks come sooner. */
const LOOK_FIRST_MS = 5_000;
const LOOK_LAST_MS = 60_000;

/** Deployments as the workflow sees them, oldest first; one that does not tell yet what it rolls out is left out. */
export function deploymentsSeen(
  deployments: readonly ServiceDeployment[],
  target: string | undefined,
  { stopped }: ServiceFacts,
): FollowedDeployment[] {
  const tasks = stopped?.state === 'found' ? stopped.value : [];
  return deployments
    .filter(({ taskDefinition }) => taskDefinition !== undefined)
    .map((deployment) => ({
      id: deployment.arn,
      createdAt: deployment.createdAt,
      state: stateOf(deployment),
      matches: deployment.taskDefinition === target,
      reason: [deployment.reason, explainStopped(tasks, deployment)]
        .filter((words) => words !== '')
        .join(' '),
    }))
    .reverse();
}

/** Looks come further apart the longer it takes; where no circuit breaker ends it, one comes at the deadline. */
export function nextLook(
  { requestedAt }: Pick<RolloutContext, 'requestedAt'>,
  service: ObservedService,
  now: number,
): number {
  const look = now + Math.min(Math.max(now - requestedAt, LOOK_FIRST_MS), LOOK_LAST_MS);
  const deadlineAt = requestedAt + ROLLOUT_DEADLINE_MS;
  return service.breaker || deadlineAt <= now ? look : Math.min(look, deadlineAt);
}

const begunSchema = z.object({ deployment: z.string(), createdAt: z.number() });

/**
 * The forced deployment that ECS said to have begun when it was asked for the one with this digest: reads may not
 * show it for a while, and asking again would begin another.
 */
export function begunBy(write: Write | undefined, digest: string): FollowedDeployment | undefined {
  if (write === undefined || write.digest !== digest) return undefined;
  const { data } = begunSchema.safeParse(write.result);
  if (data === undefined) return undefined;
  const { deployment: id, createdAt } = data;
  return { id, createdAt, state: 'running', matches: true, reason: '' };
}
