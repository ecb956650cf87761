import { randomHex } from '../../random.ts';
import { emitTaskEvent } from './events.ts';
import type { ContainerRecord, TaskRecord } from './records.ts';
import { clearAlarm, type EcsState, setAlarm } from './state.ts';
import { failsChecksAfterMs, firstTargetGroup } from './target-health.ts';
import { missingImage, missingLogGroup, missingSecrets, writeLogs } from './task-surroundings.ts';

/**
 * How long a task stays in each state it does not stay in. AWS names no numbers; these let a deployment of a
 * few tasks end within 15 s. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
 */
const DWELL_MS = {
  PROVISIONING: 1000,
  PENDING: 1000,
  ACTIVATING: 1000,
  DEACTIVATING: 500,
  STOPPING: 500,
  DEPROVISIONING: 500,
} as const;

/** Stopped tasks can be described this long. */
export const STOPPED_VISIBLE_MS = 3_600_000;

/** Exit code of a process that ends by SIGTERM. */
const TERMINATED = 143;

/** Takes a new task into the account. */
export function admitTask(state: EcsState, task: TaskRecord): TaskRecord {
  forgetStopped(state);
  return change(state, task, {
    dueAt: state.context.clock.now() + DWELL_MS.PROVISIONING,
  });
}

/** Sets the timer of a task that was just changed or loaded. */
export function armTask(state: EcsState, task: TaskRecord): void {
  if (task.dueAt === undefined) clearAlarm(state, task.arn);
  else setAlarm(state, task.arn, task.dueAt, () => advance(state, task.arn));
}

/** Keeps the indexes over tasks right; loading uses it too. */
export function indexTask(state: EcsState, task: TaskRecord): void {
  state.tasks.put(task.arn, task);
  if (task.serviceArn === undefined) return;
  const live = state.liveTasks.get(task.serviceArn) ?? new Set();
  state.liveTasks.set(task.serviceArn, live);
  if (task.lastStatus === 'STOPPED') live.delete(task.arn);
  else live.add(task.arn);
}

interface StopCause {
  readonly stopCode: string;
  readonly stoppedReason: string;
  readonly failed?: boolean;
}

/** Begins to stop a task; one that stops already is left alone. */
export function stopTask(state: EcsState, task: TaskRecord, cause: StopCause): TaskRecord {
  if (task.desiredStatus === 'STOPPED') return task;
  const now = state.context.clock.now();
  const launched = task.lastStatus === 'RUNNING' || task.lastStatus === 'ACTIVATING';
  const lastStatus = launched ? 'DEACTIVATING' : 'DEPROVISIONING';
  return change(state, task, {
    ...cause,
    desiredStatus: 'STOPPED',
    lastStatus,
    stoppingAt: now,
    dueAt: now + DWELL_MS[lastStatus],
  });
}

/** Puts the changed task, tells the world, and waits for what comes next. */
function change(state: EcsState, task: TaskRecord, patch: Partial<TaskRecord>): TaskRecord {
  const changed: TaskRecord = {
    ...task,
    ...patch,
    version: task.version + 1,
    updatedAt: state.context.clock.now(),
  };
  indexTask(state, changed);
  armTask(state, changed);
  emitTaskEvent(state, changed);
  state.taskChanged(changed, task);
  return changed;
}

function advance(state: EcsState, arn: string): void {
  const task = state.tasks.get(arn);
  if (task === undefined) return;
  const now = state.context.clock.now();
  switch (task.lastStatus) {
    case 'PROVISIONING':
      change(state, task, { lastStatus: 'PENDING', connectivityAt: now, dueAt: now + DWELL_MS.PENDING });
      return;
    case 'PENDING':
      pull(state, task, now);
      return;
    case 'ACTIVATING':
      activate(state, task, now);
      return;
    case 'RUNNING':
      endRun(state, task, now);
      return;
    case 'DEACTIVATING':
      change(state, task, { lastStatus: 'STOPPING', dueAt: now + DWELL_MS.STOPPING });
      return;
    case 'STOPPING':
      change(state, task, {
        lastStatus: 'DEPROVISIONING',
        executionStoppedAt: now,
        containers: task.containers.map((container) => terminated(container, task)),
        dueAt: now + DWELL_MS.DEPROVISIONING,
      });
      return;
    case 'DEPROVISIONING':
      finish(state, task, now);
      return;
    case 'STOPPED':
  }
}

/** Secrets, images and log streams come now; each may fail the task. */
function pull(state: EcsState, task: TaskRecord, now: number): void {
  if (task.fate.neverStarts === true) return;
  const image = missingImage(state, task);
  const failure =
    missingSecrets(state, task) ?? image?.reason ?? task.fate.startFailure ?? missingLogGroup(state, task);
  if (failure !== undefined) {
    failToStart(state, task, { reason: failure, at: now, container: image?.container ?? concerned(task) });
    return;
  }
  change(state, task, {
    lastStatus: 'ACTIVATING',
    pullStartedAt: now,
    pullStoppedAt: now + DWELL_MS.ACTIVATING / 2,
    dueAt: now + DWELL_MS.ACTIVATING,
    containers: task.containers.map((container) => ({
      ...container,
      imageDigest: `sha256:${randomHex(state.context.random, 64)}`,
      runtimeId: `${task.id}-${randomHex(state.context.random, 10)}`,
    })),
  });
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
function failToStart(
  state: EcsState,
  task: TaskRecord,
  failure: { readonly reason: string; readonly at: number; readonly container: string | undefined },
): void {
  const { reason, at, container: culprit } = failure;
  change(state, task, {
    desiredStatus: 'STOPPED',
    lastStatus: 'DEPROVISIONING',
    stopCode: 'TaskFailedToStart',
    stoppedReason: reason,
    failed: true,
    stoppingAt: at,
    executionStoppedAt: at,
    dueAt: at + DWELL_MS.DEPROVISIONING,
    // A container that never started has no exit code.
    containers: task.containers.map((container) => ({
      ...container,
      lastStatus: 'STOPPED',
      ...(container.name === culprit ? { reason } : {}),
    })),
  });
}

function activate(state: EcsState, task: TaskRecord, now: number): void {
  writeLogs(state, task, concerned(task));
  if (task.fate.exitsAtOnce === true) {
    exit(state, task, now);
    return;
  }
  const { runMs, unhealthyAfterMs } = task.fate;
  const lastsMs = runMs ?? unhealthyAfterMs ?? failsChecksAfterMs(state, task);
  change(state, task, {
    lastStatus: 'RUNNING',
    startedAt: now,
    dueAt: lastsMs === undefined ? undefined : now + lastsMs,
    containers: task.containers.map((container) => ({ ...container, lastStatus: 'RUNNING' })),
  });
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
const LOST_REASONS = {
  SpotInterruption: 'Your Spot Task was interrupted.',
  TerminationNotice: 'ECS is performing maintenance on the underlying infrastructure hosting the task.',
  InfrastructureHealth: 'The underlying infrastructure hosting the task failed.',
} as const;

function endRun(state: EcsState, task: TaskRecord, now: number): void {
  const { lost } = task.fate;
  if (lost !== undefined) {
    stopTask(state, task, { stopCode: lost, stoppedReason: LOST_REASONS[lost] });
    return;
  }
  if (task.fate.runMs !== undefined) {
    exit(state, task, now);
    return;
  }
  const balancer = firstTargetGroup(state, task);
  stopTask(state, task, {
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason:
      balancer === undefined
        ? 'Task failed container health checks'
        : `Task failed ELB health checks in (target-group ${balancer})`,
    failed: true,
  });
}

/** An essential container ended, which ends the task. */
function exit(state: EcsState, task: TaskRecord, now: number): void {
  const name = concerned(task);
  const exitCode = task.fate.exitCode ?? 0;
  change(state, task, {
    desiredStatus: 'STOPPED',
    lastStatus: 'DEPROVISIONING',
    stopCode: 'EssentialContainerExited',
    stoppedReason: task.fate.stoppedReason ?? 'Essential container in task exited',
    failed: task.startedAt === undefined,
    stoppingAt: now,
    executionStoppedAt: now,
    dueAt: now + DWELL_MS.DEPROVISIONING,
    containers: task.containers.map((container) => ({
      ...container,
      lastStatus: 'STOPPED',
      exitCode: container.name === name ? exitCode : 0,
      ...(container.name === name && exitCode === 137
        ? { reason: 'OutOfMemoryError: Container killed due to memory usage' }
        : {}),
    })),
  });
}

function terminated(container: ContainerRecord, task: TaskRecord): ContainerRecord {
  const ran = task.startedAt !== undefined && task.fate.lost !== 'InfrastructureHealth';
  return { ...container, lastStatus: 'STOPPED', ...(ran ? { exitCode: TERMINATED } : {}) };
}

function finish(state: EcsState, task: TaskRecord, now: number): void {
  state.stopped.push(task.arn);
  change(state, task, {
    lastStatus: 'STOPPED',
    stoppedAt: now,
    dueAt: undefined,
    containers: task.containers.map((container) => ({ ...container, lastStatus: 'STOPPED' })),
  });
}

/** The container the task's fate is about: the named one, else the first of the definition. */
function concerned(task: TaskRecord): string | undefined {
  const own = task.containers.filter(({ name }) => !name.startsWith('aws-guardduty-agent-'));
  const named = own.find(({ name }) => name === task.fate.container);
  return (named ?? own[0])?.name;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html: at least one hour. */
function forgetStopped(state: EcsState): void {
  const horizon = state.context.clock.now() - STOPPED_VISIBLE_MS;
  for (;;) {
    const arn = state.stopped[0];
    if (arn === undefined) return;
    const stoppedAt = state.tasks.get(arn)?.stoppedAt;
    if (stoppedAt !== undefined && stoppedAt > horizon) return;
    state.stopped.shift();
    state.tasks.remove(arn);
  }
}
