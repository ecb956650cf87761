import { z } from 'zod';
import type { LogPlace, OneOffTask } from '../../../aws/build-shapes.ts';
import type { Clients } from '../../../aws/clients.ts';
import type { Reader } from '../../../aws/reader.ts';
import { describeTasks, tasksStartedBy } from '../../../aws/tasks.ts';
import { found, type Reading } from '../../../reconcile/reading.ts';
import type { Status } from '../../../reconcile/status.ts';
import type { BuildRecord } from '../../../store/builds.ts';
import type { ReleaseAnswer, ReleaseSpec } from '../../../store/releases.ts';
import { TASKS, type TaskName } from '../../../workflows/release-task.ts';
import { recordKeyOf } from '../known.ts';
import { requestId, taskMark } from '../looking.ts';
import type { TaskFacts } from '../observed.ts';

interface TaskReads {
  readonly clients: Pick<Clients, 'ecs'>;
  readonly reader: Reader;
}

/** Whose tasks to look for: those of the release that is being prepared. */
interface Wanted {
  readonly app: string;
  readonly candidate: ReleaseSpec | undefined;
  readonly answer: ReleaseAnswer | undefined;
  readonly record: BuildRecord | undefined;
  readonly status: Status;
}

/** Reads the tasks of what is being released: by their ARN once it is recorded, until then by their mark. */
export async function readTasks(
  reads: TaskReads,
  wanted: Wanted,
): Promise<Readonly<Partial<Record<TaskName, TaskFacts>>>> {
  const { candidate } = wanted;
  if (candidate === undefined) return {};
  const commands = { release: candidate.releaseCommand, postdeploy: candidate.postdeployCommand };
  const read = await Promise.all(
    TASKS.filter((task) => commands[task] !== undefined).map(
      async (task) => [task, await readTask(task, reads, wanted)] as const,
    ),
  );
  return Object.fromEntries(read.filter(([, facts]) => facts !== undefined));
}

async function readTask(task: TaskName, reads: TaskReads, wanted: Wanted): Promise<TaskFacts | undefined> {
  const phase = wanted.record?.phases[task];
  const [named] = phase?.arns ?? [];
  const answer = wanted.answer?.sequence === wanted.candidate?.sequence ? wanted.answer : undefined;
  const definition = answer?.tasks[task];
  // Who deploys the app may have lost where its tasks run, as when its stack is taken away.
  const arn = named ?? (answer?.run === undefined ? startedArn(task, wanted) : undefined);
  const isClosed = phase?.state === 'succeeded' || phase?.state === 'failed';
  const tasks = isClosed ? found([]) : await findTasks(task, arn, reads, wanted, { answer, definition });
  if (tasks === undefined) return undefined;
  const revision = tasks.state === 'found' ? (tasks.value[0]?.definition ?? definition) : definition;
  const log = revision === undefined ? undefined : await logOf(revision, task, reads.reader);
  return { tasks, ...(log === undefined ? {} : { log }) };
}

async function findTasks(
  task: TaskName,
  arn: string | undefined,
  { clients: { ecs } }: TaskReads,
  { app, candidate }: Wanted,
  { answer, definition }: { answer: ReleaseAnswer | undefined; definition: string | undefined },
): Promise<Reading<readonly OneOffTask[]> | undefined> {
  if (arn !== undefined) return describeTasks(ecs, clusterOf(arn), [arn]);
  const cluster = answer?.run?.cluster;
  if (cluster === undefined || definition === undefined || candidate === undefined) return undefined;
  const startedBy = taskMark(app, candidate.source, task);
  return tasksStartedBy(ecs, { cluster, family: familyOf(definition), startedBy });
}

const startedSchema = z.object({ arn: z.string() });

/** What ECS called the task when it was asked for it. */
function startedArn(task: TaskName, { app, candidate, status }: Wanted): string | undefined {
  if (candidate === undefined) return undefined;
  const id = requestId({ record: { key: recordKeyOf(candidate, app) } }, task);
  return startedSchema.safeParse(status.writes[id]?.result).data?.arn;
}

/** `arn:aws:ecs:<region>:<account>:task/<cluster>/<id>` */
function clusterOf(arn: string): string {
  return arn.split('/')[1] ?? '';
}

/** `arn:…:task-definition/<family>:<revision>` */
function familyOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1).replace(/:\d+$/, '');
}

/**
 * Where the container of a task logs: `<prefix>/<container>/<task id>` of a group.
 * Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
 */
async function logOf(definition: string, container: string, reader: Reader): Promise<LogPlace | undefined> {
  const read = await reader.taskDefinition(definition);
  if (read.state !== 'found') return undefined;
  const containers = read.value.definition.containerDefinitions ?? [];
  const own = containers.find(({ name }) => name === container) ?? containers[0];
  const { logDriver, options = {} } = own?.logConfiguration ?? {};
  const group = options['awslogs-group'];
  const prefix = options['awslogs-stream-prefix'];
  if (logDriver !== 'awslogs' || group === undefined || prefix === undefined) return undefined;
  return { group, stream: `${prefix}/${own?.name ?? container}` };
}
