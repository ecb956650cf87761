import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { clientError, invalidParameter } from './errors.ts';
import { PASSED_TO_TASKS, requireCluster } from './identifiers.ts';
import { canonical, type Document, parseInput } from './input.ts';
import {
  checkCompatible,
  checkExecuteCommand,
  checkNetwork,
  type Launch,
  resolveLaunch,
} from './launch-rules.ts';
import type { ClusterRecord, Tag, TaskDefinitionRecord, TokenRecord } from './records.ts';
import { checkClientToken } from './service-rules.ts';
import { placementFailure } from './service-tasks.ts';
import { type RunTaskInput, runTask as runTaskShape } from './shapes.ts';
import type { EcsState } from './state.ts';
import { checkTags, mergeTags } from './tags.ts';
import { findTaskDefinition, parseReference, requireTaskDefinition } from './task-definition-store.ts';
import { admitTask, STOPPED_VISIBLE_MS } from './task-life.ts';
import { isFargateSize, parseCpu, parseMemory } from './task-size.ts';
import { drawOutcome, isFargate, makeTask, type TaskRequest } from './task-start.ts';
import { renderTask } from './task-view.ts';

const COUNT_MAX = 10;
const OVERRIDES_LENGTH_MAX = 8192;
const STARTED_BY_LENGTH_MAX = 128;
const CLIENT_TOKEN_LENGTH_MAX = 64;

/** A client token is remembered for a day, or until an hour after its last task stopped. */
const TOKEN_MS = 24 * 3_600_000;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html */
export function runTask(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(runTaskShape, input);
  const cluster = requireCluster(state, request.cluster);
  const found = findTaskDefinition(state, parseReference(state, request.taskDefinition));
  state.context.authorize('ecs:RunTask', found?.arn ?? request.taskDefinition, caller);
  checkRequest(request);
  const token = request.clientToken;
  const known = token === undefined ? undefined : recall(state, cluster, token);
  if (known !== undefined) return repeat(state, known, fingerprint(request));
  const definition = requireTaskDefinition(state, request.taskDefinition);
  authorizeGifts(state, definition, request, caller);
  const launch = checkLaunch(cluster, definition, request);
  const answer = launchTasks(state, toTaskRequest(cluster, definition, request, launch), request.count ?? 1);
  if (token !== undefined) remember(state, tokenKey(cluster, token), fingerprint(request), answer);
  return { tasks: answer.tasks, failures: answer.failures };
}

/** Roles and tags that the task gets are asked for on their own. */
function authorizeGifts(
  state: EcsState,
  definition: TaskDefinitionRecord,
  request: RunTaskInput,
  caller: Caller,
): void {
  const { authorize } = state.context;
  const { taskRoleArn, executionRoleArn } = { ...definition.body, ...request.overrides };
  for (const role of [taskRoleArn, executionRoleArn]) {
    if (role !== undefined) authorize('iam:PassRole', role, caller, PASSED_TO_TASKS);
  }
  if ((request.tags?.length ?? 0) > 0) {
    authorize('ecs:TagResource', state.context.arn('ecs', 'task/*'), caller);
  }
}

function checkRequest(request: RunTaskInput): void {
  const { count = 1, startedBy = '' } = request;
  if (count < 1 || count > COUNT_MAX) throw invalidParameter(`count must be between 1 and ${COUNT_MAX}.`);
  if (startedBy.length > STARTED_BY_LENGTH_MAX) {
    throw invalidParameter(`startedBy must have at most ${STARTED_BY_LENGTH_MAX} characters.`);
  }
  if (request.propagateTags === 'SERVICE') {
    throw invalidParameter('The SERVICE value of propagateTags is not supported for RunTask.');
  }
  checkClientToken(request.clientToken, CLIENT_TOKEN_LENGTH_MAX);
  checkTags(request.tags);
  const overrides = request.overrides === undefined ? '' : JSON.stringify(request.overrides);
  if (overrides.length > OVERRIDES_LENGTH_MAX) {
    throw invalidParameter(`Container Overrides length must be at most ${OVERRIDES_LENGTH_MAX}`);
  }
}

function checkLaunch(
  cluster: ClusterRecord,
  definition: TaskDefinitionRecord,
  request: RunTaskInput,
): Launch {
  const launch = resolveLaunch(cluster, request);
  checkCompatible(definition, launch);
  checkNetwork(definition, launch, request.networkConfiguration);
  checkExecuteCommand(
    { ...definition, body: { ...definition.body, ...roleOverride(request) } },
    request.enableExecuteCommand,
    "The task couldn't be started",
  );
  checkOverrides(definition, request, launch);
  if (!isFargate(launch) && cluster.containerInstances === 0) {
    throw invalidParameter('No Container Instances were found in your cluster.');
  }
  return launch;
}

function roleOverride(request: RunTaskInput): { taskRoleArn?: string } {
  const taskRoleArn = request.overrides?.taskRoleArn;
  return taskRoleArn === undefined ? {} : { taskRoleArn };
}

/** Overrides name containers of the definition, and a size that Fargate has. */
function checkOverrides(definition: TaskDefinitionRecord, request: RunTaskInput, launch: Launch): void {
  const names = new Set(definition.body.containerDefinitions.map(({ name }) => name));
  for (const { name } of request.overrides?.containerOverrides ?? []) {
    if (!names.has(name)) {
      throw invalidParameter(
        `Override for container named ${name} is not a container in the TaskDefinition.`,
      );
    }
  }
  const { cpu, memory } = { ...definition.body, ...request.overrides };
  const size = { cpu: parseCpu(cpu ?? '') ?? 0, memory: parseMemory(memory ?? '') ?? 0 };
  if (isFargate(launch) && !isFargateSize(size)) {
    throw clientError('No Fargate configuration exists for given values.');
  }
}

function toTaskRequest(
  cluster: ClusterRecord,
  definition: TaskDefinitionRecord,
  request: RunTaskInput,
  launch: Launch,
): TaskRequest {
  return {
    cluster,
    definition,
    ...launch,
    group: request.group ?? `family:${definition.family}`,
    startedBy: request.startedBy,
    networkConfiguration: request.networkConfiguration,
    overrides: normalOverrides(request),
    enableExecuteCommand: request.enableExecuteCommand ?? false,
    tags: taskTags(cluster, definition, request),
  };
}

function normalOverrides(request: RunTaskInput): RunTaskInput['overrides'] {
  const { cpu, memory } = request.overrides ?? {};
  return {
    ...request.overrides,
    ...(cpu === undefined ? {} : { cpu: String(parseCpu(cpu)) }),
    ...(memory === undefined ? {} : { memory: String(parseMemory(memory)) }),
  };
}

function taskTags(cluster: ClusterRecord, definition: TaskDefinitionRecord, request: RunTaskInput): Tag[] {
  const managed =
    request.enableECSManagedTags === true ? [{ key: 'aws:ecs:clusterName', value: cluster.name }] : [];
  const propagated = request.propagateTags === 'TASK_DEFINITION' ? definition.tags : [];
  return mergeTags(propagated, checkTags(request.tags), managed);
}

interface Launched {
  readonly arns: readonly string[];
  readonly tasks: readonly Document[];
  readonly failures: readonly Document[];
}

/** Tasks there is no room for are `failures` in a good answer. */
function launchTasks(state: EcsState, request: TaskRequest, count: number): Launched {
  const arns: string[] = [];
  const tasks: Document[] = [];
  const failures: Document[] = [];
  for (let index = 0; index < count; index += 1) {
    const outcome = drawOutcome(state, request);
    const reason = placementFailure(request, outcome);
    if (reason !== undefined) {
      failures.push({ arn: request.cluster.arn, reason });
      continue;
    }
    const task = admitTask(state, makeTask(state, request, outcome));
    arns.push(task.arn);
    tasks.push({ ...renderTask(task), tags: task.tags });
  }
  return { arns, tasks, failures };
}

/** SDKs send a token with every call, so those whose day is over are dropped here. */
function remember(state: EcsState, key: string, request: string, answer: Launched): void {
  const now = state.context.clock.now();
  for (const [known, record] of state.tokens) {
    if (record.createdAt + TOKEN_MS > now) break;
    state.tokens.delete(known);
  }
  state.tokens.set(key, { request, createdAt: now, taskArns: answer.arns, failures: answer.failures });
}

function tokenKey(cluster: ClusterRecord, token: string): string {
  return `${cluster.name}/${token}`;
}

/** Everything but the token itself; the answer to the same request must be the same. */
function fingerprint(request: RunTaskInput): string {
  const { clientToken, ...asked } = request;
  return canonical(asked);
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ECS_Idempotency.html */
function recall(state: EcsState, cluster: ClusterRecord, token: string): TokenRecord | undefined {
  const key = tokenKey(cluster, token);
  const record = state.tokens.get(key);
  if (record === undefined) return undefined;
  const now = state.context.clock.now();
  const lives = record.taskArns.map((arn) => state.tasks.get(arn));
  const over = lives.every(
    (task) => task === undefined || (task.stoppedAt ?? now) + STOPPED_VISIBLE_MS <= now,
  );
  if (!over && record.createdAt + TOKEN_MS > now) return record;
  // Without a task its life is over at once, and an hour later the token is free.
  if (record.taskArns.length === 0 && record.createdAt + STOPPED_VISIBLE_MS > now) return record;
  state.tokens.delete(key);
  return undefined;
}

/** The first answer again; of stopped tasks only the ARN and the states are left. */
function repeat(state: EcsState, record: TokenRecord, request: string): Document {
  if (record.request !== request) {
    throw new AwsError(
      'ConflictException',
      'The client token was already used in a request with other parameters.',
      { extra: { resourceIds: record.taskArns } },
    );
  }
  const tasks = record.taskArns.flatMap((arn): Document[] => {
    const task = state.tasks.get(arn);
    if (task === undefined) return [];
    const { lastStatus, desiredStatus } = task;
    if (lastStatus === 'STOPPED') return [{ taskArn: arn, lastStatus, desiredStatus }];
    return [{ ...renderTask(task), tags: task.tags }];
  });
  return { tasks, failures: record.failures };
}
