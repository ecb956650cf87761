import type { OneOffTask } from '../../aws/build-shapes.ts';

/** How a task that is run once stands, judged by the exit code of the container that is it. */
export type TaskVerdict =
  | { readonly state: 'running' }
  | { readonly state: 'succeeded' }
  | { readonly state: 'failed'; readonly reason: string };

/** A task that does not run after this long waits for something that will not come; it is stopped. */
const START_MAX_MS = 15 * 60_000;

/** What ECS is told when we stop such a task, and by which we know it again. */
export const STUCK = 'trimtab: it did not start within 15 minutes';

/** Everything before RUNNING. */
const BEFORE: ReadonlySet<string> = new Set(['PROVISIONING', 'PENDING', 'ACTIVATING']);

/** Whether a task was started long ago and does not run yet. */
export function isStuck({ lastStatus, createdAt }: OneOffTask, now: number): boolean {
  return BEFORE.has(lastStatus) && createdAt !== undefined && now >= createdAt + START_MAX_MS;
}

/** Everything after RUNNING. Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html */
const LEFT: ReadonlySet<string> = new Set([
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
  'DELETED',
]);

/** Of those, the ones after which no exit code comes any more. */
const OVER: ReadonlySet<string> = new Set(['STOPPED', 'DELETED']);

/** Judges a task. Containers that AWS or people put beside ours do not count: only the one of this name does. */
export function judgeTask(task: OneOffTask, container: string): TaskVerdict {
  if (!LEFT.has(task.lastStatus)) return { state: 'running' };
  const own = task.containers.find(({ name }) => name === container) ?? onlyOne(task);
  if (own?.exitCode === 0) return { state: 'succeeded' };
  if (own?.exitCode === undefined && !OVER.has(task.lastStatus)) return { state: 'running' };
  return { state: 'failed', reason: reasonOf(task, own, container) };
}

type Container = OneOffTask['containers'][number];

function onlyOne({ containers }: OneOffTask): Container | undefined {
  return containers.length === 1 ? containers[0] : undefined;
}

/** Sentences for a person: what happened, and what to look at. Source: ECS stopped-task-error-codes.html */
function reasonOf(task: OneOffTask, own: Container | undefined, container: string): string {
  const words = [task.stoppedReason, own?.reason].filter((text) => text !== undefined && text !== '');
  const said = words.length === 0 ? 'ECS gives no reason' : words.join('; ');
  const known = CLASSES.find(({ fits }) => fits({ said, task, exitCode: own?.exitCode }));
  if (known !== undefined) return `${known.says} (${said}). ${known.hint(container)}`;
  if (own?.exitCode !== undefined)
    return `The ${container} command ended with exit code ${own.exitCode} (${said}). Its log says why.`;
  return `The ${container} task never started (${said}). Look at its task definition and at the cluster.`;
}

interface Told {
  readonly said: string;
  readonly task: OneOffTask;
  readonly exitCode: number | undefined;
}

interface FailureClass {
  readonly fits: (told: Told) => boolean;
  readonly says: string;
  readonly hint: (container: string) => string;
}

/** The first that fits counts: what AWS names outright goes before what an exit code suggests. */
const CLASSES: readonly FailureClass[] = [
  {
    fits: ({ said }) => said.includes(STUCK),
    says: 'The task never started',
    hint: () => 'Look at the capacity and the network of the cluster.',
  },
  {
    fits: ({ said }) => /CannotPull|ImagePull|pull (image|access)|manifest unknown/i.test(said),
    says: 'The image could not be pulled',
    hint: () => 'Check that the image exists and that the execution role may pull it.',
  },
  {
    fits: ({ said }) =>
      /secret|ssm:|parameter/i.test(said) && /ResourceInitialization|AccessDenied|invalid/i.test(said),
    says: 'A config variable of the task could not be had',
    hint: () =>
      'Check that every config variable still exists and that the execution role may read and decrypt it.',
  },
  {
    fits: ({ said }) => /log (stream|group|driver)|logger/i.test(said),
    says: 'The task could not open its log',
    hint: () => 'Check that the log group of the app exists and that the execution role may write to it.',
  },
  {
    fits: ({ said }) => /ResourceInitializationError/.test(said),
    says: 'ECS could not set the task up',
    hint: () => 'Check its network: it has to reach ECR, Parameter Store and CloudWatch Logs.',
  },
  {
    fits: ({ said, exitCode }) =>
      /OutOfMemory/i.test(said) || (exitCode === 137 && !/stopped by/i.test(said)),
    says: 'The task ran out of memory',
    hint: (container) => `Give "${container}" more memory in the app's scaling parameter.`,
  },
  {
    fits: ({ task }) => task.stopCode === 'UserInitiated',
    says: 'The task was stopped by hand',
    hint: () => 'Start another build to try again.',
  },
  {
    fits: ({ task }) =>
      ['SpotInterruption', 'TerminationNotice', 'InfrastructureHealth'].includes(task.stopCode ?? ''),
    says: 'AWS took the host away while the task ran',
    hint: () =>
      'What it did may be half done; it is not run again by itself. Start another build to try again.',
  },
  {
    fits: ({ exitCode, said }) => exitCode === 127 || exitCode === 126 || /CannotStartContainer/i.test(said),
    says: 'The command could not be started',
    hint: (container) =>
      `Check the ${container} command: the image has no such program, or it may not be run.`,
  },
];
