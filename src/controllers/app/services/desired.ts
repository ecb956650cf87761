import type { Condition } from '../../../reconcile/plan.ts';
import type { Opened } from '../document.ts';
import { type AppNames, isTaskType, processProblem } from '../names.ts';
import { invalid, putCommand, restoreCommand, shown } from '../wording.ts';
import { sizeProblem } from './fargate.ts';

/** More processes than this in one `scaling`, and the rest is not read: one status record must hold them. */
const PROCESSES_MAX = 100;

/** More mistakes than this are counted, not listed. */
const MISTAKES_MAX = 10;

/** ECS's limit of tasks of one service. */
const TASKS_MAX = 5_000;

/** More CPU units or MiB than any task may have; the exact table depends on where the service runs. */
const SIZE_MAX = 1_000_000;

/** What one entry of `scaling` asks for; an absent member is no wish. */
export interface Members {
  readonly cpu?: number;
  readonly memory?: number;
  readonly minProcesses?: number;
  readonly maxProcesses?: number;
}

export interface ProcessWish extends Members {
  readonly process: string;
  /** The parameter that says so. */
  readonly parameter: string;
  readonly version: number;
}

/** The `scaling` of an app, or of an app and its pipeline, after parsing. */
export interface ScalingDesired {
  /** `broken`: unreadable or malformed as a whole; what was named before stays claimed. */
  readonly state: 'found' | 'absent' | 'broken';
  /** Valid entries, those of task types (`release`, `scheduler`) with them. */
  readonly wishes: readonly ProcessWish[];
  /** Processes that are named, whether their entry is valid or not; no task types. */
  readonly named: readonly string[];
  /** What a person could put instead: valid entries as they are, others corrected. */
  readonly suggestion: ReadonlyArray<readonly [process: string, members: Members]>;
  readonly conditions: readonly Condition[];
}

export const NO_SCALING: ScalingDesired = {
  state: 'absent',
  wishes: [],
  named: [],
  suggestion: [],
  conditions: [],
};

interface Entry {
  readonly process: string;
  readonly wish?: ProcessWish;
  readonly members?: Members;
  readonly mistakes: readonly EntryMistake[];
}

interface EntryMistake {
  readonly path: string;
  readonly reason: string;
  readonly found: string;
  readonly allowed: string;
  /** What happens now. */
  readonly now: string;
}

type FoundDocument = Opened & { state: 'found' };

/** Parses a `scaling` document; one bad entry never hinders another. */
export function parseScaling(opened: Opened, names: AppNames): ScalingDesired {
  if (opened.state === 'absent') return NO_SCALING;
  if (opened.state === 'broken') return { ...NO_SCALING, state: 'broken', conditions: opened.conditions };
  if (!isObject(opened.value)) return { ...NO_SCALING, state: 'broken', conditions: [notAnObject(opened)] };
  const all = Object.entries(opened.value);
  const entries = all
    .slice(0, PROCESSES_MAX)
    .map(([process, value]) => parseEntry(process, value, opened, names));
  const suggestion = entries.flatMap(({ process, members }) =>
    members === undefined ? [] : [[process, members] as const],
  );
  return {
    state: 'found',
    wishes: entries.flatMap(({ wish }) => (wish === undefined ? [] : [wish])),
    named: suggestion.map(([process]) => process).filter((process) => !isTaskType(process)),
    suggestion,
    conditions: [...opened.remarks, ...conditionsOf(entries, suggestion, opened, all.length)],
  };
}

/** Entries of a review app win over those of its pipeline, process by process. */
export function overlayScaling(own: ScalingDesired, inherited: ScalingDesired): ScalingDesired {
  const mine = new Set(own.suggestion.map(([process]) => process));
  return {
    state:
      own.state === 'broken' || inherited.state === 'broken'
        ? 'broken'
        : own.state === 'found'
          ? 'found'
          : inherited.state,
    // While the own document cannot be read nobody knows which entries it would put over the pipeline's.
    wishes:
      own.state === 'broken'
        ? []
        : [...own.wishes, ...inherited.wishes.filter((wish) => !mine.has(wish.process))],
    named: [...new Set([...own.named, ...inherited.named])],
    suggestion: [...own.suggestion, ...inherited.suggestion.filter(([process]) => !mine.has(process))],
    conditions: [...own.conditions, ...inherited.conditions],
  };
}

/** The command that puts `scaling` with these entries; a stand-in where it would be too long. */
export function scalingCommand(parameter: string, entries: ScalingDesired['suggestion']): string {
  const json = JSON.stringify(
    Object.fromEntries(entries.map(([process, members]) => [process, wire(members)])),
  );
  return (
    putCommand(parameter, json) ??
    `aws ssm put-parameter --name ${parameter} --type String --overwrite --value file://scaling.json`
  );
}

function wire(members: Members): Record<string, number | undefined> {
  return {
    cpu: members.cpu,
    memory: members.memory,
    min_processes: members.minProcesses,
    max_processes: members.maxProcesses,
  };
}

function parseEntry(process: string, value: unknown, opened: FoundDocument, names: AppNames): Entry {
  const problem = isTaskType(process) ? undefined : processProblem(process, names);
  if (problem !== undefined) {
    const shownName = process.length > 60 ? `${process.slice(0, 57)}…` : process;
    const allowed =
      'names of processes that are services, and "release" and "scheduler" for the size of tasks';
    const found = `a name that ${problem}`;
    const now = 'It is passed over; the other entries count.';
    const mistake = { path: shownName, reason: 'InvalidProcess', found, allowed, now };
    return { process, mistakes: [mistake] };
  }
  if (!isObject(value)) {
    const allowed = 'an object such as {"cpu":256,"memory":512,"min_processes":1,"max_processes":1}';
    const mistake = {
      path: process,
      reason: 'InvalidEntry',
      found: shown(value),
      allowed,
      now: kept(process),
    };
    return { process, members: {}, mistakes: [mistake] };
  }
  const { members, mistakes } = readMembers(process, value);
  if (mistakes.length > 0) return { process, mistakes, members: plausible(members) };
  const { name: parameter, version } = opened.parameter;
  return { process, mistakes, members, wish: { process, ...members, parameter, version } };
}

/** A correction is a size that exists, not the one number that was wrong made whole. */
function plausible(members: Members): Members {
  const { cpu, memory } = members;
  if (cpu === undefined) return members;
  const nearest = sizeProblem({ cpu, memory: memory ?? 0 }, 'fargate')?.nearest;
  if (nearest === undefined) return members;
  return { ...members, cpu: nearest.cpu, ...(memory === undefined ? {} : { memory: nearest.memory }) };
}

/** What happens while an entry of `scaling` is wrong. */
export function kept(process: string): string {
  return isTaskType(process)
    ? `Tasks of type ${process} keep their size until then.`
    : `${process} keeps its size and count until then.`;
}

const MEMBERS = [
  { name: 'cpu', member: 'cpu', least: 1, most: SIZE_MAX, unit: 'CPU units (1024 are one core)' },
  { name: 'memory', member: 'memory', least: 1, most: SIZE_MAX, unit: 'MiB' },
  { name: 'min_processes', member: 'minProcesses', least: 0, most: TASKS_MAX, unit: 'processes' },
  { name: 'max_processes', member: 'maxProcesses', least: 0, most: TASKS_MAX, unit: 'processes' },
] as const;

function readMembers(
  process: string,
  entry: Readonly<Record<string, unknown>>,
): { readonly members: Members; readonly mistakes: readonly EntryMistake[] } {
  const members: { -readonly [Member in keyof Members]: Members[Member] } = {};
  const mistakes: EntryMistake[] = [];
  const now = kept(process);
  for (const { name, member, least, most, unit } of MEMBERS) {
    if (!Object.hasOwn(entry, name)) continue;
    const value = entry[name];
    const whole = typeof value === 'number' && Number.isSafeInteger(value);
    members[member] = clamp(Math.round(Number(value)) || 0, least, most);
    if (whole && value >= least && value <= most) continue;
    const allowed = `a whole number of ${unit} from ${least} to ${most}`;
    mistakes.push({ path: `${process}.${name}`, reason: 'InvalidNumber', found: shown(value), allowed, now });
  }
  const { minProcesses, maxProcesses } = members;
  if (minProcesses !== undefined && maxProcesses !== undefined && minProcesses > maxProcesses) {
    const found = `${minProcesses}, more than max_processes, which is ${maxProcesses}`;
    const allowed = 'a number not above max_processes';
    mistakes.push({ path: `${process}.min_processes`, reason: 'MinAboveMax', found, allowed, now });
    return { members: { ...members, minProcesses: maxProcesses, maxProcesses: minProcesses }, mistakes };
  }
  return { members, mistakes };
}

function conditionsOf(
  entries: readonly Entry[],
  suggestion: ScalingDesired['suggestion'],
  opened: FoundDocument,
  count: number,
): Condition[] {
  const command = scalingCommand(opened.parameter.name, suggestion);
  const mistakes = entries.flatMap((entry) => entry.mistakes);
  const conditions = mistakes
    .slice(0, MISTAKES_MAX)
    .map((mistake) => invalid({ parameter: opened.parameter, command, ...mistake }));
  const unlisted = mistakes.length - conditions.length;
  const unread = count - entries.length;
  if (unlisted > 0 || unread > 0) {
    const found = `a document with ${unlisted} more mistakes and ${unread} more processes than are read`;
    const mistake = { reason: 'TooMuch', found, allowed: `at most ${PROCESSES_MAX} processes` };
    const now = 'Those processes keep their size and count.';
    conditions.push(invalid({ parameter: opened.parameter, command, now, ...mistake }));
  }
  return conditions;
}

function notAnObject(opened: FoundDocument): Condition {
  return invalid({
    parameter: opened.parameter,
    reason: 'NotAnObject',
    found: shown(opened.value),
    allowed: SCALING_SHAPE,
    now: SCALING_BROKEN,
    command: restoreCommand(opened.parameter) ?? scalingCommand(opened.parameter.name, EXAMPLE_SCALING),
  });
}

/** What `scaling` looks like, for messages. */
export const SCALING_SHAPE =
  'a JSON object {"<process>": {"cpu", "memory", "min_processes", "max_processes"}}';

/** What happens while `scaling` cannot be used. */
export const SCALING_BROKEN = 'Every size and count stays as it is until then.';

/** A small `scaling` for messages. */
export const EXAMPLE_SCALING: ScalingDesired['suggestion'] = [
  ['web', { cpu: 256, memory: 512, minProcesses: 1, maxProcesses: 1 }],
];

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
