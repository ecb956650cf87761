import type { ServiceDeployment, StoppedContainer, StoppedTask } from './deployments.ts';

/** ECS's own words are cut after this many characters. */
const WORDS_MAX = 300;

/** Why a task stopped, and what a person may do about it. */
interface Trouble {
  /** Found in ECS's words. */
  readonly sign: RegExp;
  readonly hint: string;
}

/**
 * The first sign that fits decides.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
const TROUBLES: readonly Trouble[] = [
  {
    sign: /CannotPullContainer/i,
    hint: 'The image could not be pulled: check its name and tag, that the execution role may pull it, and that the subnets reach the registry.',
  },
  {
    sign: /unable to (pull|retrieve) secrets?|invalid parameters|secretsmanager/i,
    hint: 'A secret could not be read: check that every parameter it names exists, and that the execution role may ssm:GetParameters on it and kms:Decrypt its key.',
  },
  {
    sign: /ResourceInitializationError/i,
    hint: 'The task could not be set up: check its network, its log group and its execution role.',
  },
  {
    sign: /OutOfMemory/i,
    hint: 'It ran out of memory: give the process more memory in scaling.',
  },
  {
    sign: /health checks?/i,
    hint: 'It runs but does not pass its health checks: check the port it listens on, the path that is asked for, and how long it takes to start.',
  },
  {
    sign: /CannotStartContainer|ContainerRuntimeTimeout|CannotInspectContainer|CannotCreateContainer/i,
    hint: 'The container could not be started: check its command and entry point.',
  },
  {
    sign: /SpotInterruption|TerminationNotice|InfrastructureHealth|InternalError|capacity|RESOURCE:/i,
    hint: 'AWS had no place for it or took it away: nothing is wrong with the app.',
  },
];

/** The exit code of a process that was killed; on ECS it is nearly always for its memory. */
const KILLED = 137;

/** What ECS says of tasks that it stopped itself to make room for others; it explains nothing. */
const ROUTINE = /^Scaling activity initiated by/;

/**
 * Explains why tasks of a deployment stopped, in ECS's words and with a hint; empty when no task tells. Looks at
 * tasks of one revision made since the deployment was, the one that stopped last first.
 */
export function explainStopped(
  tasks: readonly StoppedTask[],
  deployment: Pick<ServiceDeployment, 'taskDefinition' | 'createdAt'>,
): string {
  const own = tasks
    .filter((task) => task.taskDefinition === deployment.taskDefinition && !ROUTINE.test(task.reason))
    .filter((task) => task.createdAt >= deployment.createdAt)
    .sort((a, b) => b.stoppedAt - a.stoppedAt);
  return own[0] === undefined ? '' : explainTask(own[0]);
}

function explainTask(task: StoppedTask): string {
  const culprit = culpritOf(task.containers);
  const said = [
    task.reason,
    culprit?.reason === undefined || task.reason.includes(culprit.reason) ? '' : culprit.reason,
  ]
    .filter((words) => words !== '')
    .join('; ');
  const words = said.length > WORDS_MAX ? `${said.slice(0, WORDS_MAX - 1)}…` : said;
  const ending = words === '' || /[.!?…]$/.test(words) ? words : `${words}.`;
  return [`A task stopped: ${ending}`, exitOf(culprit), hintFor(task, culprit)]
    .filter((part) => part !== '')
    .join(' ');
}

/** The container that ended badly; sidecars that AWS injects have names of their own and rarely do. */
function culpritOf(containers: readonly StoppedContainer[]): StoppedContainer | undefined {
  return (
    containers.find(({ exitCode, reason }) => reason !== undefined && exitCode !== 0) ??
    containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0)
  );
}

function exitOf(culprit: StoppedContainer | undefined): string {
  if (culprit?.exitCode === undefined) return '';
  return `Container ${culprit.name} exited with code ${culprit.exitCode}.`;
}

function hintFor(task: StoppedTask, culprit: StoppedContainer | undefined): string {
  const words = [task.reason, task.code, culprit?.reason ?? ''].join(' ');
  const known = TROUBLES.find(({ sign }) => sign.test(words));
  if (known !== undefined) return known.hint;
  if (culprit?.exitCode === KILLED)
    return 'It was killed, most likely for its memory: give the process more memory in scaling.';
  if (culprit?.exitCode !== undefined) return "What it said before is in the app's log.";
  return task.code === 'TaskFailedToStart' ? 'It never started.' : '';
}
