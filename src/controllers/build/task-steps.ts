import { z } from 'zod';
import type { Build, LogPlace, ObjectPlace, OneOffTask } from '../../aws/build-shapes.ts';
import type { BuildRecord, PhaseRecord } from '../../store/builds.ts';
import type { TaskName } from '../../workflows/release-task.ts';
import type { CopyLog, RunTask, StopTask } from './actions.ts';
import { seconds } from './following.ts';
import { type Request, recordsIn } from './known.ts';
import { answerTo, firstTask, requestId, type Scene, taskMark, verdictOf } from './looking.ts';
import { isStuck, STUCK } from './verdict.ts';

/** What one effect of a workflow comes to: another record, and actions around its writing. */
export interface Step {
  readonly record: BuildRecord;
  /** Go out before the record is written; the record waits for their results. */
  readonly before?: ReadonlyArray<RunTask | CopyLog>;
}

/**
 * Starts a task. Revision, mark and token are the same however often it is asked for, so that ECS gives the task that
 * was started before. Undefined while the app's controller has not said which revision and where.
 */
export function runStep(task: TaskName, request: Request, scene: Scene): Step | undefined {
  const answer = answerTo(request.spec ?? request, scene.answer);
  const taskDefinition = answer?.tasks[task];
  if (answer?.stage !== 'prepared' || taskDefinition === undefined || answer.run === undefined)
    return undefined;
  const { app } = scene.facts.names;
  // ECS gives the answer to a token again, so where there was no room it takes another token to ask again.
  const attempt = (refusalOf(task, request, scene)?.attempt ?? 0) + 1;
  const startedBy = taskMark(app, request.source, task);
  // Overrides may hold anything; nothing of a release needs them.
  const { overrides: _overrides, ...rest } = answer.run.arguments;
  const run: RunTask = {
    id: requestId(request, task),
    type: 'runTask',
    resource: `${task} task of ${app}`,
    intent: startedBy,
    fingerprint: startedBy,
    task,
    cluster: answer.run.cluster,
    arguments: rest,
    taskDefinition,
    startedBy,
    clientToken: `${startedBy.replace('/', '-')}${attempt === 1 ? '' : `-${attempt}`}`,
    attempt,
  };
  const phase: PhaseRecord = { ...request.record.phases[task], start: seconds(scene.now), state: 'started' };
  return { record: withPhase(request.record, task, phase), before: [run] };
}

/**
 * Names the task in the record, once it is RUNNING and not before: the CLI tails a task that it sees RUNNING, and
 * blocks for ever on one that the record names, that is over, and that it never saw running.
 */
export function recordStep(task: TaskName, request: Request, scene: Scene): Step | undefined {
  const found = firstTask(task, scene.facts);
  if (found === undefined) return undefined;
  return { record: withPhase(request.record, task, startedPhase(task, found, request, scene)) };
}

function startedPhase(task: TaskName, found: OneOffTask, request: Request, scene: Scene): PhaseRecord {
  const known = request.record.phases[task];
  const log = scene.facts.tasks[task]?.log;
  return {
    ...known,
    arns: [found.arn],
    logs: known?.logs ?? logUrl(log, found.arn),
    start: known?.start ?? seconds(found.createdAt ?? scene.now),
    state: 'started',
  };
}

/** Closes a task's phase, with its log in the bucket. Undefined while there is no verdict. */
export function closeStep(task: TaskName, request: Request, scene: Scene): Step | undefined {
  const verdict = verdictOf(task, scene.facts);
  if (verdict === undefined) return undefined;
  const found = firstTask(task, scene.facts);
  const lost = `The ${task} task was asked for and never seen, so what became of it is not known. It is not run again: it may have run. ${whyUnseen(task, request, scene)}`;
  const reason = verdict === 'none' ? lost : verdict.state === 'failed' ? verdict.reason : undefined;
  const begun = found === undefined ? request.record.phases[task] : startedPhase(task, found, request, scene);
  const phase: PhaseRecord = {
    start: seconds(scene.now),
    ...begun,
    end: seconds(scene.now),
    state: reason === undefined ? 'succeeded' : 'failed',
    ...(reason === undefined ? {} : { reason }),
  };
  const copy = copyAction(task, request, scene, phase);
  const step = { record: withPhase(request.record, task, phase) };
  return copy === undefined ? step : { ...step, before: [copy] };
}

/** Stops a task that was started long ago and still waits to run: it would hold up every release after this one. */
export function stopStuck(task: TaskName, request: Request, { facts, now }: Scene): StopTask | undefined {
  const found = firstTask(task, facts);
  if (found === undefined || !isStuck(found, now)) return undefined;
  return {
    id: requestId(request, `${task}-stop`),
    type: 'stopTask',
    resource: `${task} task of ${facts.names.app}`,
    cluster: found.arn.split('/')[1] ?? '',
    arn: found.arn,
    reason: STUCK,
  };
}

const refusalSchema = z.object({ refused: z.string(), attempt: z.number() });

/** That there was no room for a task when it was asked for last. */
export function refusalOf(task: TaskName, request: Request, { status }: Scene) {
  return refusalSchema.safeParse(status.writes[requestId(request, task)]?.result).data;
}

/** What ECS said when it was asked for the task last, if it said anything. */
function whyUnseen(task: TaskName, request: Request, scene: Scene): string {
  const { status, facts } = scene;
  const refusal = refusalOf(task, request, scene);
  if (refusal !== undefined) return `There was no room for it: ${refusal.refused}.`;
  const resource = `${task} task of ${facts.names.app}`;
  const said = status.conditions.find((one) => one.type === 'Applied' && one.resource === resource);
  return said === undefined || status.failures?.[requestId(request, task)] === undefined
    ? 'Start another build to try again.'
    : said.message;
}

/** The copy of a closed task's log, when it is not in the bucket yet and there is a bucket. */
export function copyAction(
  task: TaskName,
  request: Request,
  scene: Scene,
  phase: PhaseRecord,
  tolerant = true,
): CopyLog | undefined {
  const to = logObject(task, request, scene);
  if (to === undefined || phase.logs?.startsWith('s3://') === true) return undefined;
  const [arn] = phase.arns ?? [];
  const log = scene.facts.tasks[task]?.log ?? placeIn(phase.logs);
  const from = arn === undefined || log === undefined ? undefined : streamOf(log, arn);
  return {
    id: requestId(request, `${task}-log`),
    type: 'copyLog',
    resource: `s3://${to.bucket}/${to.key}`,
    ...(from === undefined ? {} : { from }),
    to,
    note: phase.reason ?? `The ${task} task succeeded.`,
    tolerant,
  };
}

/** What a parameter asked for was not built: its log goes beside those of the last build, if that left any. */
function logObject(task: TaskName, { build, record }: Request, { facts }: Scene): ObjectPlace | undefined {
  const place = build?.artifacts;
  if (place !== undefined) return { bucket: place.bucket, key: `${place.folder}/${task}.log` };
  const version = /\+(\d+)$/.exec(record.key.sort)?.[1];
  const last = folderOfBuild(record.buildNumber, facts);
  if (version === undefined || last === undefined) return undefined;
  return { bucket: last.bucket, key: `${last.folder}/${task}-${Number(version)}.log` };
}

/** Where a build leaves its artifacts: as CodeBuild says while it is followed, later as its record has it. */
function folderOfBuild(number: number, facts: Scene['facts']): Build['artifacts'] {
  const builds = facts.builds.state === 'found' ? facts.builds.value : [];
  const followed = builds.find((one) => one.number === number)?.artifacts;
  const record = recordsIn(facts).find((one) => one.buildNumber === number && one.phases.build);
  const [, bucket, folder] =
    /^s3:\/\/([^/]+)\/(.+)\/build\.log$/.exec(record?.phases.build?.logs ?? '') ?? [];
  return followed ?? (bucket === undefined || folder === undefined ? undefined : { bucket, folder });
}

/** `cloudwatch://group#stream`, taken apart; the stream is whole then. */
function placeIn(url: string | undefined): LogPlace | undefined {
  const [, group, stream] = /^cloudwatch:\/\/([^#]+)#(.+)$/.exec(url ?? '') ?? [];
  return group === undefined || stream === undefined ? undefined : { group, stream };
}

/** The stream of a task: what its definition says, and the task's id. */
export function streamOf(log: LogPlace, arn: string): LogPlace {
  const id = arn.slice(arn.lastIndexOf('/') + 1);
  return log.stream.endsWith(id) ? log : { group: log.group, stream: `${log.stream}/${id}` };
}

/** A log's address. The CLI needs a `#` with something behind it even where there is no log. */
export function logUrl(log: LogPlace | undefined, arn: string): string {
  const { group, stream } = streamOf(log ?? { group: 'none', stream: 'none' }, arn);
  return `cloudwatch://${group}#${stream}`;
}

export function withPhase(
  record: BuildRecord,
  name: keyof BuildRecord['phases'],
  phase: PhaseRecord,
): BuildRecord {
  return { ...record, phases: { ...record.phases, [name]: phase } };
}
