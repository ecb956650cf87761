import { emitServiceAction, withMessage } from './events.ts';
import { findService } from './identifiers.ts';
import type { ServiceRecord, TaskRecord } from './records.ts';
import { planStep, type RollingTask } from './rolling.ts';
import {
  completeDeployment,
  currentRecord,
  endStopped,
  rollBack,
  startPending,
  withPrimaryFailed,
} from './rollout.ts';
import { noteFailure, noteHealthy, noteLaunched, recount } from './service-health.ts';
import { desiredTasks, startTasks, stopTasks, tasksOf, updateService } from './service-tasks.ts';
import { type EcsState, setAlarm } from './state.ts';
import { healthyFrom } from './target-health.ts';

/**
 * The service scheduler. It looks at a service when something about it changed, does one step and, only if
 * time alone will change something, sets one timer to look again: a steady account has no timers.
 */

/** How long the scheduler takes to notice a change. */
const NOTICE_MS = 300;

/** How long a deleted service can be described as INACTIVE. AWS names no number. */
const INACTIVE_VISIBLE_MS = 3_600_000;

const USER_ROLLBACK = 'Service deployment rolled back by user request.';

const STUCK =
  'was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.';

/** Has the scheduler look at a service soon, or at the instant `at`. */
export function wake(
  state: EcsState,
  serviceArn: string,
  at: number = state.context.clock.now() + NOTICE_MS,
): void {
  const waiting = state.timers.get(serviceArn);
  if (waiting !== undefined && waiting.at <= at) return;
  setAlarm(state, serviceArn, at, () => look(state, serviceArn));
}

/** What the scheduler does when a task changes; tasks of no service are none of its business. */
export function onTaskChanged(state: EcsState, task: TaskRecord, before: TaskRecord): void {
  const { serviceArn } = task;
  if (serviceArn === undefined) return;
  recount(state, serviceArn);
  if (task.lastStatus === 'RUNNING') noteLaunched(state, serviceArn);
  if (task.failed === true && before.failed !== true) {
    noteFailure(state, serviceArn, {
      deploymentId: task.startedBy,
      ran: task.startedAt !== undefined,
    });
    reportIll(state, serviceArn, task);
  }
  wake(state, serviceArn);
}

/** What people see in the service's events when a load balancer gives a task up. */
function reportIll(state: EcsState, serviceArn: string, task: TaskRecord): void {
  const [, group] =
    /^Task failed ELB health checks in \(target-group (.*)\)$/.exec(task.stoppedReason ?? '') ?? [];
  if (group === undefined) return;
  updateService(state, serviceArn, (service) => {
    const balancer = service.workload.loadBalancers?.find(({ targetGroupArn }) => targetGroupArn === group);
    const place = `(port ${balancer?.containerPort}) is unhealthy in (target-group ${group})`;
    return withMessage(state, service, `${place} due to (reason Health checks failed)`);
  });
}

function look(state: EcsState, serviceArn: string): void {
  const service = findService(state, serviceArn);
  if (service === undefined || service.status === 'INACTIVE') return;
  endStopped(state, service);
  if (service.status === 'DRAINING') {
    drain(state, service);
    return;
  }
  if (service.deployments.length === 0) return;
  rollBackOnRequest(state, service);
  startPending(state, state.services.get(serviceArn) ?? service);
  noteHealthy(state, serviceArn);
  dropEmptied(state, serviceArn);
  step(state, serviceArn);
  settle(state, serviceArn);
  lookAgain(state, serviceArn);
}

/** A deleted service stops its tasks, then becomes INACTIVE and takes its history with it. */
function drain(state: EcsState, service: ServiceRecord): void {
  const tasks = tasksOf(state, service.arn);
  if (tasks.length > 0) {
    stopTasks(
      state,
      service,
      tasks.map(({ arn }) => arn),
    );
    return;
  }
  for (const arn of state.history.get(service.arn) ?? []) {
    const record = state.deployments.get(arn);
    if (record !== undefined) state.revisions.remove(record.targetRevisionArn);
    state.deployments.remove(arn);
  }
  state.history.delete(service.arn);
  state.stopping.delete(service.arn);
  state.liveTasks.delete(service.arn);
  updateService(state, service.arn, (current) => ({
    ...current,
    status: 'INACTIVE',
    deployments: [],
    tags: [],
    lastCompleted: undefined,
    purgeAt: state.context.clock.now() + INACTIVE_VISIBLE_MS,
  }));
}

/** StopServiceDeployment asked for a rollback; it made sure that there is something to go back to. */
function rollBackOnRequest(state: EcsState, service: ServiceRecord): void {
  const record = currentRecord(state, service);
  if (record?.status !== 'ROLLBACK_REQUESTED') return;
  updateService(state, service.arn, (current) =>
    rollBack(state, withPrimaryFailed(current, USER_ROLLBACK), record, USER_ROLLBACK),
  );
}

/** Old deployments are listed until their last task has stopped. */
function dropEmptied(state: EcsState, serviceArn: string): void {
  const inUse = new Set(tasksOf(state, serviceArn).map((task) => task.startedBy));
  updateService(state, serviceArn, (service) => {
    const deployments = service.deployments.filter(({ id }, index) => index === 0 || inUse.has(id));
    return deployments.length === service.deployments.length ? service : { ...service, deployments };
  });
}

function step(state: EcsState, serviceArn: string): void {
  const service = state.services.get(serviceArn);
  const primary = service?.deployments[0];
  if (service === undefined || primary === undefined) return;
  if (primary.rolloutState === 'FAILED') {
    holdOld(state, service);
    return;
  }
  const { minimumHealthyPercent = 100, maximumPercent = 200 } = service.settings.deploymentConfiguration;
  const view = {
    desired: desiredTasks(state, service),
    minimumHealthyPercent,
    maximumPercent,
    tasks: rollingTasks(state, service),
  };
  const { start, stop } = planStep(view);
  stopTasks(state, service, stop);
  const held = (service.nextLaunchAt ?? 0) > state.context.clock.now();
  if (start > 0 && !held) launch(state, service, start);
  if (start === 0 && stop.length === 0) warnIfStuck(state, service, view.tasks, view.desired);
}

function launch(state: EcsState, service: ServiceRecord, count: number, index = 0): void {
  const deployment = service.deployments[index];
  if (deployment === undefined) return;
  const refusal = startTasks(state, service, deployment, count);
  if (refusal === undefined) return;
  noteFailure(state, service.arn, { deploymentId: deployment.id, ran: false });
  wake(state, service.arn);
}

/** A failed deployment launches nothing any more; what ran before it is kept at strength. */
function holdOld(state: EcsState, service: ServiceRecord): void {
  const index = service.deployments.findIndex(({ id }) => id === service.lastCompleted?.id);
  const missing = desiredTasks(state, service) - rollingTasks(state, service).length;
  const held = (service.nextLaunchAt ?? 0) > state.context.clock.now();
  if (index > 0 && missing > 0 && !held) launch(state, service, missing, index);
}

function rollingTasks(state: EcsState, service: ServiceRecord): RollingTask[] {
  const primary = service.deployments[0]?.id;
  return tasksOf(state, service.arn)
    .filter((task) => task.desiredStatus === 'RUNNING')
    .map((task) => ({
      arn: task.arn,
      isCurrent: task.startedBy === primary,
      phase: task.lastStatus !== 'RUNNING' ? 'starting' : task.healthyAt ? 'healthy' : 'running',
      createdAt: task.createdAt,
    }));
}

/** With 100 % and 100 % nothing can ever move; ECS says so, once here. */
function warnIfStuck(
  state: EcsState,
  service: ServiceRecord,
  tasks: readonly RollingTask[],
  desired: number,
): void {
  const current = tasks.filter(({ isCurrent }) => isCurrent).length;
  const waiting = tasks.some(({ phase }) => phase !== 'healthy') || current === desired;
  if (waiting) return;
  const since = service.deployments[0]?.createdAt ?? 0;
  const told = service.events.some(({ message, createdAt }) => createdAt >= since && message.endsWith(STUCK));
  if (told) return;
  updateService(state, service.arn, (record) => withMessage(state, record, STUCK));
}

/** Completes the deployment and tells of the steady state once everything is as it should be. */
function settle(state: EcsState, serviceArn: string): void {
  const service = state.services.get(serviceArn);
  const primary = service?.deployments[0];
  if (service === undefined || primary === undefined || primary.rolloutState === 'FAILED') return;
  const tasks = tasksOf(state, serviceArn);
  const asWished =
    tasks.length === desiredTasks(state, service) &&
    tasks.every((task) => task.startedBy === primary.id && task.healthyAt !== undefined) &&
    tasks.every((task) => task.desiredStatus === 'RUNNING');
  if (!asWished) {
    if (service.steady) updateService(state, serviceArn, (record) => ({ ...record, steady: false }));
    return;
  }
  if (primary.rolloutState === 'IN_PROGRESS') {
    updateService(state, serviceArn, (record) => completeDeployment(state, record));
  }
  if (service.steady) return;
  emitServiceAction(state, service, 'INFO', 'SERVICE_STEADY_STATE');
  updateService(state, serviceArn, (record) => ({
    ...withMessage(state, record, 'has reached a steady state.'),
    steady: true,
  }));
}

/** The one thing only time brings about: a task becomes healthy, or another attempt may be made. */
function lookAgain(state: EcsState, serviceArn: string): void {
  const service = state.services.get(serviceArn);
  if (service === undefined) return;
  const ripening = tasksOf(state, serviceArn)
    .filter((task) => task.lastStatus === 'RUNNING' && task.healthyAt === undefined)
    .map((task) => healthyFrom(state, task));
  const times = service.nextLaunchAt === undefined ? ripening : [...ripening, service.nextLaunchAt];
  const now = state.context.clock.now();
  const next = Math.min(...times.filter((at) => at > now));
  if (Number.isFinite(next)) wake(state, serviceArn, next);
}
