import type { Simulator } from '../../src/simulator/account.ts';
import type { LoggedCall } from '../../src/simulator/region.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import {
  type BuildStatus,
  buildItems,
  CliFailure,
  decodeBuild,
  PHASES,
  type Phase,
  type PhaseDetail,
} from './records.ts';

/**
 * What AppPack's `build watch` demands of whoever writes build records, checked after every write: invariants 1 to 9
 * of the contract that can be seen in one record or in one step from a record to the next.
 */

const STATES = new Set(['', 'started', 'succeeded', 'failed']);
/** Seconds of this century, not milliseconds. */
const SECONDS = { from: 1_000_000_000, to: 9_999_999_999 };

/** What else there is at the moment of a write. */
export interface Around {
  readonly objectExists: (url: string) => boolean;
  /** `RUNNING`, …; undefined for a task nobody knows. */
  readonly taskStatus: (arn: string) => string | undefined;
}

/** What is wrong with a record, given the one before it; sentences that begin with the number of the invariant. */
export function violationsOf(
  key: string,
  item: Readonly<Record<string, unknown>>,
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
    ...(/ BUILD#\d{10}(\+\d+)?$/.test(key) ? [] : [`types: ${key} has no ten digits`]),
    ...PHASES.flatMap((phase) => phaseViolations(phase, build[phase], before?.[phase])),
    ...buildViolations(build, around),
    ...(['release', 'postdeploy'] as const).flatMap((phase) => taskViolations(phase, build[phase], around)),
    ...deployViolations(build.deploy),
  ];
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
  if ((state === 'failed' || state === 'succeeded') && end === 0)
    wrong.push(`6: ${name} is ${state} and has no end`);
  const wasOver = before?.state === 'failed' || before?.state === 'succeeded';
  if (wasOver && state !== before.state)
    wrong.push(`11: ${name} was ${before.state} and is ${state || 'nothing'}`);
  return wrong;
}

function buildViolations({ build, test }: BuildStatus, { objectExists }: Around): string[] {
  const wrong: string[] = [];
  if (build.state !== '' && build.arns.length === 0) wrong.push('1: build has begun without arns');
  if (build.logs !== '' && !/^(s3:\/\/|cloudwatch:\/\/[^#]+#.+)/.test(build.logs))
    wrong.push(`2: build.logs is ${build.logs}`);
  const isMoved = build.logs.startsWith('s3://');
  if (isMoved && test.start !== 0 && !test.logs.startsWith('s3://'))
    wrong.push('3: build.logs is s3:// and test.logs is not');
  for (const { logs } of [build, test])
    if (logs.startsWith('s3://') && !objectExists(logs)) wrong.push(`3: there is no ${logs}`);
  return wrong;
}

function taskViolations(name: Phase, phase: PhaseDetail, { objectExists, taskStatus }: Around): string[] {
  const [arn] = phase.arns;
  const wrong: string[] = [];
  if (phase.state === 'started' && arn !== undefined) {
    const status = taskStatus(arn);
    if (status === undefined) wrong.push(`8: ${name} is started and its task is forgotten`);
    if (status === 'RUNNING' && !/^cloudwatch:\/\/[^#]+#.+/.test(phase.logs))
      wrong.push(`8: ${name} is RUNNING and its logs are ${phase.logs || 'empty'}`);
  }
  if (phase.logs.startsWith('s3://') && !objectExists(phase.logs)) wrong.push(`8: there is no ${phase.logs}`);
  const isOver = phase.state === 'succeeded' || phase.state === 'failed';
  if (isOver && phase.logs.startsWith('cloudwatch://'))
    wrong.push(`8: ${name} is over and its logs did not move to s3://`);
  return wrong;
}

function deployViolations({ end, state }: PhaseDetail): string[] {
  const isOver = state === 'succeeded' || state === 'failed';
  return (end !== 0) === isOver ? [] : [`5: deploy.state is ${state || 'empty'} and deploy.end is ${end}`];
}

/** Checks every build record after every write to the account; what was found is in `found`. */
export interface RecordWatch {
  readonly found: string[];
  /** How many writes were looked at. */
  readonly checked: () => number;
}

/** Looks at the records after every call that may have changed them. */
export function watchRecords(simulator: Simulator): RecordWatch {
  const found = new Set<string>();
  const list: string[] = [];
  const before = new Map<string, { readonly text: string; readonly build: BuildStatus | undefined }>();
  let checked = 0;
  const look = (call: LoggedCall) => {
    checked += 1;
    for (const [key, item] of buildItems(simulator)) {
      const text = JSON.stringify(item);
      const known = before.get(key);
      if (known?.text === text) continue;
      for (const violation of violationsOf(key, item, known?.build, aroundOf(simulator)))
        if (!found.has(`${key} ${violation}`)) {
          found.add(`${key} ${violation}`);
          list.push(`${key} after ${call.operation}: ${violation}`);
        }
      before.set(key, { text, build: decoded(item) });
    }
    list.push(...tooEarly(simulator, call));
  };
  // The log is an array that only grows by `push`; nothing of the simulator changes by being listened to.
  const { calls } = simulator;
  const push = calls.push.bind(calls);
  calls.push = (...more: LoggedCall[]) => {
    const length = push(...more);
    for (const call of more) if (isWrite(call)) look(call);
    return length;
  };
  return { found: list, checked: () => checked };
}

function isWrite({ service, operation }: LoggedCall): boolean {
  if (service === 'dynamodb') return /^(Put|Update|Delete|Transact|BatchWrite)/.test(operation);
  return service === 'ecs' && (operation === 'UpdateService' || operation === 'CreateService');
}

/** Service events before `deploy.start` are hidden, so it is written before any service is. */
function tooEarly(simulator: Simulator, { service, client, operation, input, code }: LoggedCall): string[] {
  const isDeploying = input.taskDefinition !== undefined;
  if (service !== 'ecs' || client === 'person' || !isDeploying || code !== 'OK') return [];
  const open = [...buildItems(simulator).values()].map(decoded);
  const isTold = open.length === 0 || open.some((build) => build !== undefined && build.deploy.start !== 0);
  return isTold ? [] : [`9: ${operation} went out before any deploy.start`];
}

function decoded(item: Readonly<Record<string, unknown>>): BuildStatus | undefined {
  try {
    return decodeBuild(item);
  } catch {
    // Told by `violationsOf` already.
    return undefined;
  }
}

function aroundOf(simulator: Simulator): Around {
  const services = simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION);
  const dump = (name: string) => (services.get(name)?.dump() ?? {}) as Record<string, unknown>;
  return {
    objectExists: (url) => {
      const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
      return JSON.stringify(bucketOf(dump('s3'), bucket)).includes(JSON.stringify(key));
    },
    taskStatus: (arn) => {
      const tasks = (dump('ecs').tasks ?? []) as ReadonlyArray<Record<string, unknown>>;
      const task = tasks.find((one) => JSON.stringify(one).includes(arn.slice(arn.lastIndexOf('/') + 1)));
      return task === undefined ? undefined : String(task.lastStatus ?? task.status);
    },
  };
}

function bucketOf(section: Record<string, unknown>, name: string): unknown {
  const { buckets } = section;
  if (Array.isArray(buckets)) return buckets.find((one) => one?.name === name) ?? {};
  return (buckets as Record<string, unknown> | undefined)?.[name] ?? {};
}
