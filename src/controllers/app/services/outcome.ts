import type { Failure } from '../../../reconcile/errors.ts';
import type { Condition } from '../../../reconcile/plan.ts';
import type { RolloutContext } from '../../../workflows/rollout.ts';
import { resourceOf } from './claims.ts';
import type { ServiceDeployment } from './deployments.ts';
import type { RememberedRollout } from './memory.ts';
import { clusterName, type ObservedService } from './observed.ts';

/** A fact, not a problem: a rollout is under way. It says the same until something else is to be said. */
export function progressing(
  service: ObservedService,
  { requestedAt }: RolloutContext,
  newest: ServiceDeployment | undefined,
): Condition {
  const began = new Date(requestedAt).toISOString();
  const isBack = newest?.status.startsWith('ROLLBACK_') === true;
  const message = isBack
    ? `ECS is rolling ${service.name} back: ${sentence(newest.reason)}`
    : `A rollout of ${service.name} that was asked for at ${began} is under way.`;
  return {
    type: 'RolledOut',
    status: 'True',
    reason: isBack ? 'RollingBack' : 'Progressing',
    message,
    resource: resourceOf(service),
  };
}

const ENDINGS: Readonly<Record<string, { readonly reason: string; readonly what: string }>> = {
  rolledBack: { reason: 'RolledBack', what: 'was rolled back by ECS' },
  failed: { reason: 'Failed', what: 'failed' },
  superseded: { reason: 'Superseded', what: 'was replaced by another deployment or stopped by somebody' },
};

/** A rollout did not work, why, and what to type to try the same once more. */
export function failedCondition(
  service: ObservedService,
  rollout: {
    readonly state: string;
    readonly context: RolloutContext;
    readonly remembered: RememberedRollout;
  },
): Condition {
  const { reason, what } = ENDINGS[rollout.state] ?? { reason: 'Failed', what: 'failed' };
  const { context, remembered } = rollout;
  const began = new Date(context.requestedAt).toISOString();
  const why = rollout.state === 'superseded' ? '' : ` ${sentence(context.reason)}`;
  return {
    type: 'RolledOut',
    status: 'False',
    reason,
    message: `The rollout of ${service.name} that was asked for at ${began} ${what}.${why} It is not tried again until desired state changes. To try the same once more: ${retryCommand(service, remembered)}`,
    resource: resourceOf(service),
  };
}

function retryCommand(service: ObservedService, { taskDefinition }: RememberedRollout): string {
  const where = `--cluster ${clusterName(service.clusterArn)} --service ${service.name}`;
  const isRunning = taskDefinition === undefined || taskDefinition === service.taskDefinition;
  const what = isRunning
    ? '--force-new-deployment'
    : `--task-definition ${taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1)}`;
  return `aws ecs update-service ${where} ${what}`;
}

/** The deployments of an open rollout could not be read. */
export function unreadableDeployments(service: ObservedService, failure: Failure): Condition {
  const next =
    failure.kind === 'denied'
      ? "Allow trimtab's role ecs:ListServiceDeployments, DescribeServiceDeployments and DescribeServiceRevisions."
      : 'trimtab tries again by itself.';
  return {
    type: 'Readable',
    status: 'False',
    reason: failure.code,
    message: `What became of the rollout of ${service.name} could not be read: ${failure.message} Nothing of it is repeated until it can. ${next}`,
    resource: resourceOf(service),
  };
}

function sentence(text: string): string {
  if (text === '') return 'ECS gives no reason.';
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
