import type { OneOffTask } from '../../aws/build-shapes.ts';
import { digestOf } from '../../reconcile/plan.ts';
import type { Status } from '../../reconcile/status.ts';
import { type BuildRecord, closingOf } from '../../store/builds.ts';
import type { ReleaseAnswer, ReleaseRecord, ReleaseSpec } from '../../store/releases.ts';
import type { BuildObserved } from '../../workflows/build-observed.ts';
import type { TaskName, TaskState } from '../../workflows/release-task.ts';
import { activeIn, floorOf, type Request } from './known.ts';
import type { ReadFacts } from './observed.ts';
import { judgeTask, type TaskVerdict } from './verdict.ts';

/** Everything that one request is looked at with. */
export interface Scene {
  readonly facts: ReadFacts;
  readonly release: ReleaseRecord | undefined;
  readonly answer: ReleaseAnswer | undefined;
  readonly requests: readonly Request[];
  readonly status: Status;
  readonly now: number;
  /** For how long nobody looked while requests were open. */
  readonly awayMs: number;
}

/** The mark and the token of a task: the same for the same request, whoever asks and how often. */
export function taskMark(app: string, source: string, task: TaskName): string {
  return `trimtab/${digestOf([app, source, task])}`;
}

/** The id of what is done to a request's record or with its task. */
export function requestId({ record }: { readonly record: Pick<BuildRecord, 'key'> }, verb: string): string {
  return `builds/${record.key.sort.replace(/^BUILD#0*/, '')}/${verb}`;
}

/** What the app's controller answers about a request. */
export function answerTo(request: Pick<Request, 'sequence'>, answer: ReleaseAnswer | undefined) {
  return answer?.sequence === request.sequence ? answer : undefined;
}

/** What a request's workflow observes. */
export function observe(request: Request, scene: Scene): BuildObserved {
  const { release, now, awayMs } = scene;
  const place = placeOf(request, release);
  const answer = answerTo({ sequence: request.spec?.sequence ?? request.sequence }, scene.answer);
  return {
    type: 'observed',
    at: now,
    awayMs,
    build: stateOfBuild(request),
    unwanted: request.unwanted,
    content: request.content.state,
    turn: isTurn(request, scene),
    overtaken: isOvertaken(request, scene),
    place,
    concluded: place === 'none',
    closed: closingOf(request.record) ?? 'no',
    answer: answer?.stage ?? 'none',
    troubled: answer?.services.some(({ failing }) => failing === true) ?? false,
    release: taskState('release', request, scene),
    postdeploy: taskState('postdeploy', request, scene),
    deployBehind: isBehind(request.record, answer),
  };
}

function placeOf({ source }: Request, release: ReleaseRecord | undefined): BuildObserved['place'] {
  if (release?.candidate?.source === source) return 'candidate';
  return activeIn(release)?.source === source ? 'current' : 'none';
}

function stateOfBuild({ build, record, source, spec }: Request): BuildObserved['build'] {
  // What the release record names was built, whatever can be read of its build now.
  if (spec !== undefined || source.startsWith('parameter:')) return 'succeeded';
  const names = ['build', 'test', 'finalize'] as const;
  if (names.some((name) => record.phases[name]?.state === 'failed')) return 'failed';
  if (build === undefined) return record.phases.finalize?.state === 'succeeded' ? 'succeeded' : 'running';
  return build.status === 'SUCCEEDED' ? 'succeeded' : 'running';
}

/** Ready to be released: built, wanted, understood, and nothing came of it yet. */
export function isReady(request: Request): boolean {
  const { unwanted, content, record } = request;
  if (unwanted || content.state !== 'usable' || closingOf(record) !== undefined) return false;
  return stateOfBuild(request) === 'succeeded';
}

function isOvertaken(request: Request, { requests, release }: Scene): boolean {
  const isActive = placeOf(request, release) !== 'none';
  if (!isActive && request.sequence < floorOf(release)) return true;
  return overtakerOf(request, requests) !== undefined;
}

/** The youngest ready request that is younger than this one. */
export function overtakerOf(request: Request, requests: readonly Request[]): Request | undefined {
  return requests.find((other) => other.sequence > request.sequence && isReady(other));
}

/** One request at a time: the one the release record is about, else the youngest that is ready. */
function isTurn(request: Request, { requests, release }: Scene): boolean {
  const active = activeIn(release);
  if (active !== undefined) return active.source === request.source;
  return requests.find(isReady)?.source === request.source;
}

function taskState(task: TaskName, request: Request, { facts, status, now }: Scene): TaskState {
  const needed = commandOf(task, request.spec ?? contentSpec(request)) !== undefined;
  const phase = request.record.phases[task];
  const recorded = phase?.state ?? 'none';
  const verdict = request.spec === undefined ? undefined : verdictOf(task, facts);
  const intended = intendedAt(task, request, status);
  return {
    needed,
    seen: seenAs(verdict, firstTask(task, facts), now),
    recorded,
    named: (phase?.arns ?? []).length > 0,
    ...(intended === undefined ? {} : { intendedAt: intended }),
  };
}

function contentSpec({ content }: Request) {
  return content.state === 'usable' ? content.value : undefined;
}

function commandOf(
  task: TaskName,
  spec: Pick<ReleaseSpec, 'releaseCommand' | 'postdeployCommand'> | undefined,
): string | undefined {
  return task === 'release' ? spec?.releaseCommand : spec?.postdeployCommand;
}

/**
 * A task counts as running once it has run for so long. The CLI looks every five seconds at a task that the record
 * names, and blocks for ever when it first sees it between its end and our telling of it. Most tasks, and those that
 * fail at once, are over before; of the others a few end right after they were named, and that cannot be helped.
 */
export const NAMED_AFTER_MS = 20_000;

function seenAs(
  verdict: TaskVerdict | 'none' | undefined,
  task: OneOffTask | undefined,
  now: number,
): TaskState['seen'] {
  if (verdict === undefined) return 'unknown';
  if (verdict === 'none') return 'none';
  const ranMs = task?.lastStatus === 'RUNNING' ? now - (task.startedAt ?? now) : 0;
  return verdict.state === 'running' && ranMs < NAMED_AFTER_MS ? 'pending' : verdict.state;
}

/**
 * How a task stands: `none` where there is none to be seen, or nothing says where to look; undefined while ECS cannot
 * be read.
 */
export function verdictOf(task: TaskName, facts: ReadFacts): TaskVerdict | 'none' | undefined {
  const found = facts.tasks[task];
  if (found !== undefined && found.tasks.state !== 'found') return undefined;
  const first = firstTask(task, facts);
  return first === undefined ? 'none' : judgeTask(first, task);
}

/** The one task that was started; should there ever be two, the first is the one that counts. */
export function firstTask(task: TaskName, facts: ReadFacts): OneOffTask | undefined {
  const tasks = facts.tasks[task]?.tasks;
  if (tasks?.state !== 'found') return undefined;
  return [...tasks.value].sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0))[0];
}

/** When a task was first asked for, as far as an open intent or the build's record tells. */
function intendedAt(task: TaskName, request: Request, status: Status): number | undefined {
  const id = requestId(request, task);
  const open = status.intents.find(({ action }) => action === id)?.at;
  const start = request.record.phases[task]?.start;
  return start === undefined ? open : Math.min(start * 1000, open ?? Number.POSITIVE_INFINITY);
}

/** The ARNs of services in the order the answer has them; at most as many as the CLI describes in one call. */
export function serviceArns(answer: ReleaseAnswer | undefined): readonly string[] {
  return (answer?.services ?? []).flatMap(({ service }) => service ?? []).slice(0, 10);
}

function isBehind(record: BuildRecord, answer: ReleaseAnswer | undefined): boolean {
  const arns = serviceArns(answer);
  return arns.length > 0 && digestOf(arns) !== digestOf(record.phases.deploy?.arns ?? []);
}
