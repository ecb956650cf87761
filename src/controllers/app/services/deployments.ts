import type { DeploymentState } from '../../../workflows/rollout.ts';

/** A service deployment in normal form: what is looked at to follow a rollout. */
export interface ServiceDeployment {
  readonly arn: string;
  readonly createdAt: number;
  readonly status: string;
  /** ECS's own words. */
  readonly reason: string;
  /** The revision's ARN; undefined while ECS does not tell. */
  readonly taskDefinition?: string;
  /** It was stopped by its circuit breaker or an alarm. */
  readonly tripped: boolean;
}

/** A task of a service that stopped. What was put into its environment is never looked at. */
export interface StoppedTask {
  readonly taskDefinition: string;
  readonly createdAt: number;
  readonly stoppedAt: number;
  /** `TaskFailedToStart`, `EssentialContainerExited`, `ServiceSchedulerInitiated`, … */
  readonly code: string;
  /** ECS's own words. */
  readonly reason: string;
  readonly containers: readonly StoppedContainer[];
}

export interface StoppedContainer {
  readonly name: string;
  /** Absent when it never started, or when its host was lost. */
  readonly exitCode?: number;
  readonly reason?: string;
}

/** The members of a read deployment that are used. */
export interface DeploymentDocument {
  readonly serviceDeploymentArn?: string | undefined;
  readonly createdAt?: Date | undefined;
  readonly status?: string | undefined;
  readonly statusReason?: string | undefined;
  readonly taskDefinition: string | undefined;
  readonly tripped: boolean;
}

/** The members of ECS's `Task` that are used. */
export interface TaskDocument {
  readonly taskDefinitionArn?: string | undefined;
  readonly createdAt?: Date | undefined;
  readonly stoppedAt?: Date | undefined;
  readonly stopCode?: string | undefined;
  readonly stoppedReason?: string | undefined;
  readonly containers?:
    | ReadonlyArray<{
        readonly name?: string | undefined;
        readonly exitCode?: number | undefined;
        readonly reason?: string | undefined;
      }>
    | undefined;
}

export function normalDeployment(document: DeploymentDocument): ServiceDeployment {
  const { taskDefinition, tripped } = document;
  return {
    arn: document.serviceDeploymentArn ?? '',
    createdAt: document.createdAt?.getTime() ?? 0,
    status: document.status ?? '',
    reason: document.statusReason ?? '',
    ...(taskDefinition === undefined ? {} : { taskDefinition }),
    tripped,
  };
}

export function normalTask(document: TaskDocument): StoppedTask {
  return {
    taskDefinition: document.taskDefinitionArn ?? '',
    createdAt: document.createdAt?.getTime() ?? 0,
    stoppedAt: document.stoppedAt?.getTime() ?? 0,
    code: document.stopCode ?? '',
    reason: document.stoppedReason ?? '',
    containers: (document.containers ?? []).map(({ name = '', exitCode, reason }) => ({
      name,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}

/**
 * What a deployment's status means for its rollout. A rollback counts once it is over; one that was stopped
 * without a newer one in its place failed if its circuit breaker did it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
 */
export function stateOf({ status, tripped }: ServiceDeployment): DeploymentState {
  switch (status) {
    case 'SUCCESSFUL':
      return 'successful';
    case 'ROLLBACK_SUCCESSFUL':
      return 'rolledBack';
    case 'ROLLBACK_FAILED':
      return 'failed';
    case 'STOP_REQUESTED':
    case 'STOPPED':
      if (tripped) return 'failed';
      return status === 'STOPPED' ? 'stopped' : 'running';
    default:
      // PENDING, IN_PROGRESS, ROLLBACK_REQUESTED, ROLLBACK_IN_PROGRESS, and what ECS may learn to say.
      return 'running';
  }
}

/** Whether a deployment ended so that people want to know what its tasks stopped of. */
export function endedBadly(deployment: ServiceDeployment): boolean {
  const state = stateOf(deployment);
  return state === 'failed' || state === 'rolledBack';
}
