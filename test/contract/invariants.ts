import { CliFailure, type Item } from './decoding.ts';
import {
  type BuildStatus,
  type DeployStatus,
  decodeBuild,
  decodeDeployStatus,
  PHASES,
  type Phase,
  type PhaseDetail,
} from './records.ts';

/**
 * What AppPack's CLI demands of whoever writes its records: the invariants of `build watch`, by their numbers in the
 * contract, as far as they show in one record or in the step from a record to the next. Those about time (1: half a
 * minute, 7: no end, 10: an hour) are the watch's own to find.
 */

const STATES = new Set(['', 'started', 'succeeded', 'failed']);
/** Seconds of this century, not milliseconds. */
const SECONDS = { from: 1_000_000_000, to: 9_999_999_999 };
const LIVE_LOG = /^cloudwatch:\/\/[^#]+#.+/;

/** What else there is at the moment of a write. */
export interface Around {
  objectExists(url: string): boolean;
  /** `RUNNING`, …; undefined for a task nobody knows. */
  taskStatus(arn: string): string | undefined;
  /** The phase a build of CodeBuild is in. */
  buildPhase(arn: string): string | undefined;
}

/** What is wrong with a record, given the one before it; sentences that begin with the number of the invariant. */
export function violationsOf(
  key: string,
  item: Item,
  before: BuildStatus | undefined,
  around: Around,
): string[] {
  let build: BuildStatus;
  try {
    build = decodeBuild(item);
  } catch (error) {
    if (error instanceof CliFailure) return [`types: ${error.message}`];
    throw error;
  }
  return [
    ...keyViolations(key, build),
    ...PHASES.flatMap((phase) => phaseViolations(phase, build[phase], before?.[phase])),
    ...buildViolations(build, around),
    ...(['release', 'postdeploy'] as const).flatMap((phase) => taskViolations(phase, build[phase], around)),
    ...deployViolations(build.deploy),
    ...endViolations(build),
  ];
}

function keyViolations(key: string, { app, number }: BuildStatus): string[] {
  const [, partition, digits] = /^APP#(.+) BUILD#(\d{10})(?:\+\d{10})?$/.exec(key) ?? [];
  if (digits === undefined) return [`types: ${key} has no ten digits`];
  const isOwn = partition === app && Number(digits) === number;
  return isOwn ? [] : [`types: ${key} holds build ${number} of ${app || 'nobody'}`];
}

function phaseViolations(name: Phase, phase: PhaseDetail, before: PhaseDetail | undefined): string[] {
  const { start, end, state } = phase;
  const wrong: string[] = [];
  if (!STATES.has(state)) wrong.push(`4: ${name}.state is ${state}`);
  for (const [member, at] of Object.entries({ start, end }))
    if (at !== 0 && (at < SECONDS.from || at > SECONDS.to))
      wrong.push(`types: ${name}.${member} is ${at}, no seconds`);
  if (state !== '' && start === 0) wrong.push(`4: ${name} is ${state} and has no start`);
  if (state === '' && start !== 0) wrong.push(`4: ${name} has a start and did not run`);
  if (end !== 0 && end < start) wrong.push(`6: ${name} ended before it began`);
  if (isOver(phase) && end === 0) wrong.push(`6: ${name} is ${state} and has no end`);
  if (before !== undefined && isOver(before) && state !== before.state)
    wrong.push(`11: ${name} was ${before.state} and is ${state || 'nothing'}`);
  return wrong;
}

function isOver({ state }: PhaseDetail): boolean {
  return state === 'failed' || state === 'succeeded';
}

function buildViolations({ build, test }: BuildStatus, around: Around): string[] {
  const wrong: string[] = [];
  const [arn] = build.arns;
  if (build.state !== '' && arn === undefined) wrong.push('1: build has begun without arns');
  if (build.logs !== '' && !build.logs.startsWith('s3://') && !LIVE_LOG.test(build.logs))
    wrong.push(`2: build.logs is ${build.logs}`);
  if (
    build.state === 'started' &&
    arn !== undefined &&
    build.logs === '' &&
    around.buildPhase(arn) === 'BUILD'
  )
    wrong.push('2: CodeBuild is in BUILD and build.logs is empty');
  const isMoved = build.logs.startsWith('s3://');
  if (isMoved && test.start !== 0 && !test.logs.startsWith('s3://'))
    wrong.push('3: build.logs is s3:// and test.logs is not');
  for (const { logs } of [build, test])
    if (logs.startsWith('s3://') && !around.objectExists(logs)) wrong.push(`3: there is no ${logs}`);
  return wrong;
}

function taskViolations(name: Phase, phase: PhaseDetail, around: Around): string[] {
  const [arn] = phase.arns;
  const wrong: string[] = [];
  if (phase.state === 'started' && arn !== undefined) {
    const status = around.taskStatus(arn);
    if (status === undefined) wrong.push(`8: ${name} is started and its task is forgotten`);
    if (status === 'RUNNING' && !LIVE_LOG.test(phase.logs))
      wrong.push(`8: ${name} is RUNNING and its logs are ${phase.logs || 'empty'}`);
  }
  if (phase.logs.startsWith('s3://') && !around.objectExists(phase.logs))
    wrong.push(`8: there is no ${phase.logs}`);
  if (isOver(phase) && phase.logs.startsWith('cloudwatch://'))
    wrong.push(`8: ${name} is over and its logs did not move to s3://`);
  return wrong;
}

function deployViolations(deploy: PhaseDetail): string[] {
  const { arns, end, state } = deploy;
  const wrong =
    (end !== 0) === isOver(deploy) ? [] : [`5: deploy.state is ${state || 'empty'} and deploy.end is ${end}`];
  // The CLI reads once which services to look at, and asks ECS for all of them in one call.
  if (state === 'started' && (arns.length === 0 || arns.length > 10))
    wrong.push(`9: deploy has begun and names ${arns.length} services`);
  return wrong;
}

/** Where the watch ends, nothing of the build is left running, and nothing before it contradicts it. */
function endViolations(build: BuildStatus): string[] {
  const failed = PHASES.find((phase) => build[phase].state === 'failed');
  const isDeployed = build.deploy.state === 'succeeded';
  if (failed === undefined && !isDeployed) return [];
  const running = PHASES.filter((phase) => build[phase].state === 'started');
  const contradiction =
    isDeployed && failed !== undefined ? [`7: deploy succeeded and ${failed} failed`] : [];
  return [...contradiction, ...running.map((phase) => `11: the build is over and ${phase} is started`)];
}

/** What is wrong with what `apppack ps` shows of a deployment; `recordOf` gives the record of a build. */
export function deployStatusViolations(
  item: Item,
  recordOf: (number: number) => BuildStatus | undefined,
): string[] {
  let status: DeployStatus;
  try {
    status = decodeDeployStatus(item);
  } catch (error) {
    if (error instanceof CliFailure) return [`types: DEPLOYSTATUS: ${error.message}`];
    throw error;
  }
  const { lastUpdate, processes } = status;
  const build = recordOf(status.buildNumber);
  const isTold = lastUpdate >= SECONDS.from && lastUpdate <= SECONDS.to;
  const sized = processes.every(
    ({ name, cpu, memory }) => name !== '' && /^\d+$/.test(cpu) && /^\d+$/.test(memory),
  );
  const isTooEarly = (['release', 'postdeploy'] as const).some(
    (phase) => build?.[phase].state === 'started' || build?.[phase].state === 'failed',
  );
  return [
    ...(isTold ? [] : [`types: DEPLOYSTATUS.last_update is ${lastUpdate}, no seconds`]),
    ...(sized ? [] : ['types: DEPLOYSTATUS has a process without a name or a size']),
    ...(isTooEarly
      ? [`DEPLOYSTATUS names build ${status.buildNumber} before its release task succeeded`]
      : []),
  ];
}
