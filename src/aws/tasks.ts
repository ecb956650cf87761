import {
  DescribeTasksCommand,
  type ECSClient,
  type Task as EcsTask,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { found, type Reading } from '../reconcile/reading.ts';
import type { OneOffTask } from './build-shapes.ts';
import { readList } from './complete.ts';
import { describeAll } from './services.ts';

/** Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html */
const TASKS_MAX = 100;

/** 100 tasks a page: more than one family can have had in the hour that ECS remembers. */
const PAGES_MAX = 20;

/** Tasks by ARN; those that ECS has forgotten, or does not show yet, are left out. */
export async function describeTasks(
  ecs: ECSClient,
  cluster: string,
  arns: readonly string[],
): Promise<Reading<readonly OneOffTask[]>> {
  const described = await describeAll(arns, TASKS_MAX, async (some) => {
    const output = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [...some] }));
    return { items: output.tasks ?? [], failures: output.failures ?? [] };
  });
  return described.state === 'found' ? found(described.value.map(reduce)) : described;
}

/**
 * The tasks of a family that bear `startedBy`, running or stopped within the hour that ECS remembers. ListTasks
 * takes `startedBy` with no other filter beside it, so the family is listed and looked through.
 * Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
 */
export async function tasksStartedBy(
  ecs: ECSClient,
  place: { readonly cluster: string; readonly family: string; readonly startedBy: string },
): Promise<Reading<readonly OneOffTask[]>> {
  const [running, stopped] = await Promise.all([
    listTasks(ecs, place, 'RUNNING'),
    listTasks(ecs, place, 'STOPPED'),
  ]);
  if (running.state !== 'found') return running;
  if (stopped.state !== 'found') return stopped;
  const arns = [...new Set([...running.value, ...stopped.value])];
  if (arns.length === 0) return found([]);
  const described = await describeTasks(ecs, place.cluster, arns);
  return described.state === 'found'
    ? found(described.value.filter((task) => task.startedBy === place.startedBy))
    : described;
}

function listTasks(
  ecs: ECSClient,
  { cluster, family }: { readonly cluster: string; readonly family: string },
  desiredStatus: 'RUNNING' | 'STOPPED',
): Promise<Reading<readonly string[]>> {
  return readList(
    `tasks of ${family}`,
    () => PAGES_MAX,
    async (nextToken) => {
      const page = await ecs.send(new ListTasksCommand({ cluster, family, desiredStatus, nextToken }));
      return { items: page.taskArns ?? [], next: page.nextToken };
    },
  );
}

/**
 * Starts one task. The same token with the same arguments gives the answer that was given before. Throws what AWS
 * throws; where there is no room ECS says so in a good answer, and then no task was started.
 */
export async function startTask(
  ecsOnce: ECSClient,
  input: RunTaskCommandInput,
): Promise<{ readonly arn: string } | { readonly refused: string }> {
  const { tasks = [], failures = [] } = await ecsOnce.send(new RunTaskCommand({ ...input, count: 1 }));
  const arn = tasks[0]?.taskArn;
  if (arn !== undefined) return { arn };
  const [failure] = failures;
  const words = [failure?.reason, failure?.detail].filter((text) => text !== undefined);
  return { refused: words.length === 0 ? 'no reason given' : words.join(', ') };
}

/** Stops a task; one that stops already is left as it is. */
export async function stopTask(
  ecs: ECSClient,
  task: { readonly cluster: string; readonly arn: string; readonly reason: string },
): Promise<void> {
  await ecs.send(new StopTaskCommand({ cluster: task.cluster, task: task.arn, reason: task.reason }));
}

function reduce(task: EcsTask): OneOffTask {
  const { stopCode, stoppedReason, createdAt, startedAt } = task;
  return {
    arn: task.taskArn ?? '',
    definition: task.taskDefinitionArn ?? '',
    startedBy: task.startedBy ?? '',
    lastStatus: task.lastStatus ?? '',
    ...(stopCode === undefined ? {} : { stopCode }),
    ...(stoppedReason === undefined ? {} : { stoppedReason }),
    ...(createdAt === undefined ? {} : { createdAt: createdAt.getTime() }),
    ...(startedAt === undefined ? {} : { startedAt: startedAt.getTime() }),
    containers: (task.containers ?? []).map(({ name = '', exitCode, reason }) => ({
      name,
      ...(exitCode === undefined || exitCode === null ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}
