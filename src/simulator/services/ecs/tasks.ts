import { z } from 'zod';
import type { Caller } from '../../region.ts';
import { invalidParameter, serviceNotFound } from './errors.ts';
import { findService, requireCluster, serviceArn, taskArn } from './identifiers.ts';
import { type Document, parseInput } from './input.ts';
import { cutPage, pageAnswer, readInstant } from './reads.ts';
import type { ClusterRecord, TaskRecord } from './records.ts';
import { launchType, paging, text, texts } from './shapes.ts';
import type { EcsState } from './state.ts';
import { stopTask as beginStop, STOPPED_VISIBLE_MS } from './task-life.ts';
import { renderTask } from './task-view.ts';

const DESCRIBE_MAX = 100;
const STOP_REASON_LENGTH_MAX = 255;

/** A task stays visible for an hour after it stopped. */
function visibleTask(state: EcsState, task: TaskRecord | undefined): TaskRecord | undefined {
  const stoppedAt = task?.stoppedAt;
  const gone = stoppedAt !== undefined && stoppedAt + STOPPED_VISIBLE_MS <= state.context.clock.now();
  return gone ? undefined : task;
}

const stopShape = z.object({ cluster: text.optional(), task: text, reason: text.optional() });

/** A task that stops already is answered as it is. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html */
export function stopTask(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(stopShape, input);
  const cluster = requireCluster(state, request.cluster);
  const arn = taskArn(state, cluster, request.task);
  state.context.authorize('ecs:StopTask', arn, caller);
  const task = visibleTask(state, state.tasks.get(arn));
  if (task === undefined) throw invalidParameter('The referenced task was not found.');
  const reason = request.reason ?? 'Task stopped by user';
  if (reason.length > STOP_REASON_LENGTH_MAX) {
    throw invalidParameter(`reason must have at most ${STOP_REASON_LENGTH_MAX} characters.`);
  }
  // "Any tags associated with the task are deleted."
  const stopping = beginStop(state, task.desiredStatus === 'STOPPED' ? task : { ...task, tags: [] }, {
    stopCode: 'UserInitiated',
    stoppedReason: reason,
  });
  return { task: renderTask(stopping) };
}

const describeShape = z.object({
  cluster: text.optional(),
  tasks: texts,
  include: z.array(z.enum(['TAGS'])).optional(),
});

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html */
export function describeTasks(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(describeShape, input);
  const cluster = requireCluster(state, request.cluster);
  if (request.tasks.length === 0) throw invalidParameter('Tasks cannot be empty.');
  if (request.tasks.length > DESCRIBE_MAX) {
    throw invalidParameter(`Tasks cannot be more than ${DESCRIBE_MAX}.`);
  }
  const at = readInstant(state.context);
  const withTags = request.include?.includes('TAGS') === true;
  const tasks: Document[] = [];
  const failures: Document[] = [];
  for (const arn of new Set(request.tasks.map((given) => taskArn(state, cluster, given)))) {
    state.context.authorize('ecs:DescribeTasks', arn, caller);
    const task = visibleTask(state, state.tasks.get(arn, at));
    if (task === undefined) failures.push({ arn, reason: 'MISSING' });
    else tasks.push({ ...renderTask(task), tags: withTags ? task.tags : [] });
  }
  return { tasks, failures };
}

const listShape = z.object({
  cluster: text.optional(),
  containerInstance: text.optional(),
  family: text.optional(),
  startedBy: text.optional(),
  serviceName: text.optional(),
  daemonName: text.optional(),
  desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).optional(),
  launchType: launchType.optional(),
  ...paging,
});

type ListTasksInput = z.infer<typeof listShape>;

/** Only tasks that ought to run, unless `desiredStatus` says otherwise. */
export function listTasks(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(listShape, input);
  const cluster = requireCluster(state, request.cluster);
  // Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
  const instances = state.context.arn('ecs', `container-instance/${cluster.name}/*`);
  state.context.authorize('ecs:ListTasks', instances, caller);
  checkFilters(request);
  const at = readInstant(state.context);
  const wanted = filterOf(state, cluster, request);
  const page = cutPage(select(state.tasks.after(0, at), wanted), ({ ordinal }) => ordinal, {
    scope: `tasks/${cluster.name}/${request.family}/${request.serviceName}/${request.startedBy}/${request.desiredStatus}`,
    maxResults: request.maxResults,
    nextToken: request.nextToken,
    defaultMax: 100,
  });
  return pageAnswer('taskArns', page, ({ value }) => value.arn);
}

interface Listed {
  readonly ordinal: number;
  readonly value: TaskRecord;
}

function* select(tasks: Iterable<Listed>, wanted: (task: TaskRecord) => boolean): Generator<Listed> {
  for (const listed of tasks) if (wanted(listed.value)) yield listed;
}

/**
 * "When you specify startedBy as the filter, it must be the only filter that you use." The desired status,
 * which always filters, does not count.
 */
function checkFilters(request: ListTasksInput): void {
  const { family, serviceName, containerInstance, launchType: type, startedBy } = request;
  const others = [family, serviceName, containerInstance, type].filter((filter) => filter !== undefined);
  if (startedBy !== undefined && others.length > 0) {
    throw invalidParameter('startedBy must be the only filter.');
  }
  if (family !== undefined && serviceName !== undefined) {
    throw invalidParameter('Cannot filter by both family and serviceName.');
  }
}

function filterOf(
  state: EcsState,
  cluster: ClusterRecord,
  request: ListTasksInput,
): (task: TaskRecord) => boolean {
  const { desiredStatus = 'RUNNING', family, startedBy, containerInstance } = request;
  const service =
    request.serviceName === undefined ? undefined : serviceArn(state, cluster, request.serviceName);
  if (service !== undefined && findService(state, service) === undefined) throw serviceNotFound();
  const prefix = state.context.arn('ecs', `task-definition/${family}:`);
  return (task) =>
    task.clusterArn === cluster.arn &&
    task.desiredStatus === desiredStatus &&
    visibleTask(state, task) !== undefined &&
    (family === undefined || task.taskDefinitionArn.startsWith(prefix)) &&
    (service === undefined || task.serviceArn === service) &&
    (startedBy === undefined || task.startedBy === startedBy) &&
    (request.launchType === undefined || task.launchType === request.launchType) &&
    (containerInstance === undefined ||
      task.containerInstanceArn?.endsWith(`/${containerInstance.split('/').at(-1)}`) === true) &&
    request.daemonName === undefined;
}
