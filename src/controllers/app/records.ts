import { z } from 'zod';
import type { Condition } from '../../reconcile/plan.ts';
import type { Reading } from '../../reconcile/reading.ts';
import { parseReleaseItem, type ReleaseRecord } from '../../store/releases.ts';
import {
  type DeployStatus,
  type Item,
  parseDeployStatusItem,
  parseEcsConfigItem,
} from '../../store/table.ts';
import type { Opened } from './document.ts';
import { type AppNames, isTaskType, processProblem } from './names.ts';
import { invalid, malformedItem, restoreCommand, shown, unreadableItem } from './wording.ts';

/** What the `release` parameter asks for; valid as a whole or not at all. */
export interface Release {
  readonly image: string;
  readonly processes: ReadonlyArray<{ readonly process: string; readonly command: string }>;
  readonly releaseCommand?: string;
  readonly version: number;
  readonly modifiedAt: number;
}

/** A record that names processes; `broken` keeps what it named before. */
export interface NamingRecord {
  readonly state: 'found' | 'absent' | 'broken';
  readonly named: readonly string[];
  readonly conditions: readonly Condition[];
}

export interface ReleaseDesired extends NamingRecord {
  readonly release?: Release;
}

export const RELEASE_SHAPE =
  'a JSON object {"image": "…", "processes": {"<process>": {"command": "…"}}, "release_command"?: "…"}';
export const RELEASE_BROKEN = 'What runs stays as it is until then.';

export function releaseCommand(parameter: string): string {
  return `aws ssm put-parameter --name ${parameter} --type String --overwrite --value '{"image":"REPOSITORY:TAG","processes":{"web":{"command":"COMMAND"}}}'`;
}

const releaseSchema = z.object({
  image: z.string().min(1).max(1024),
  processes: z.looseObject({}),
  release_command: z.string().min(1).optional(),
});

/** Parses the `release` parameter. */
export function parseRelease(opened: Opened, names: AppNames): ReleaseDesired {
  if (opened.state === 'absent') return { state: 'absent', named: [], conditions: [] };
  if (opened.state === 'broken') return { state: 'broken', named: [], conditions: opened.conditions };
  const { parameter, value: document, remarks } = opened;
  const refuse = (path: string | undefined, found: string, allowed: string): ReleaseDesired => {
    const mistake = { reason: 'InvalidRelease', found, allowed, now: RELEASE_BROKEN };
    const command = restoreCommand(parameter) ?? releaseCommand(parameter.name);
    const place = path === undefined ? {} : { path };
    return {
      state: 'broken',
      named: [],
      conditions: [invalid({ parameter, ...place, ...mistake, command })],
    };
  };
  const parsed = releaseSchema.safeParse(document);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.map(String) ?? [];
    return refuse(path.length === 0 ? undefined : path.join('.'), foundAt(document, path), RELEASE_SHAPE);
  }
  const processes: Array<{ process: string; command: string }> = [];
  // From the document itself, so that no key is special to the parser.
  for (const [process, entry] of Object.entries((document as { processes: object }).processes)) {
    const problem = isTaskType(process)
      ? 'sizes tasks and is never a service'
      : processProblem(process, names);
    if (problem !== undefined)
      return refuse(`processes.${process.slice(0, 60)}`, `a name that ${problem}`, 'names of services');
    const command = commandIn(entry);
    if (command === undefined)
      return refuse(`processes.${process}.command`, foundAt(entry, ['command']), '{"command": "…"}');
    processes.push({ process, command });
  }
  const { image, release_command: task } = parsed.data;
  const { version, modifiedAt } = parameter;
  const release = {
    image,
    processes,
    version,
    modifiedAt,
    ...(task === undefined ? {} : { releaseCommand: task }),
  };
  return { state: 'found', named: processes.map(({ process }) => process), conditions: remarks, release };
}

function commandIn(entry: unknown): string | undefined {
  const parsed = z.object({ command: z.string().min(1) }).safeParse(entry);
  return parsed.data?.command;
}

function foundAt(document: unknown, path: readonly string[]): string {
  let value: unknown = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return 'missing';
    // Checked right above: an object with this member.
    value = (value as Record<string, unknown>)[step];
  }
  return shown(value);
}

/** What is to be deployed, as the build controller decided it. */
export interface ReleaseRecordDesired extends NamingRecord {
  readonly record?: ReleaseRecord;
}

/** Parses the release record; while it cannot be used nothing is released, and what runs stays. */
export function parseReleaseRecord(item: Reading<Item>, names: AppNames): ReleaseRecordDesired {
  const resource = `the release record of ${names.app}`;
  if (item.state === 'absent') return { state: 'absent', named: [], conditions: [] };
  if (item.state === 'unreadable') return broken(unreadableItem(resource, item.failure, RELEASE_BROKEN));
  const parsed = parseReleaseItem(item.value);
  if (!parsed.ok) return broken(malformedItem(resource, parsed.problem, RELEASE_BROKEN));
  const record = parsed.value;
  const named = (record.current?.processes ?? []).map(({ process }) => process);
  return { state: 'found', named, conditions: [], record };
}

/** What happens while the deployment record cannot be used. */
const STATUS_BROKEN = 'The services it named before stay claimed.';

/** The deployment record as it is, for whoever writes it again. */
export interface DeployStatusDesired extends NamingRecord {
  readonly status?: DeployStatus;
}

/** The processes that the deployment record (`DEPLOYSTATUS`) names: what the last release deployed. */
export function parseDeployStatus(item: Reading<Item>, names: AppNames): DeployStatusDesired {
  const resource = `DEPLOYSTATUS of ${names.app}`;
  if (item.state === 'absent') return { state: 'absent', named: [], conditions: [] };
  if (item.state === 'unreadable') return broken(unreadableItem(resource, item.failure, STATUS_BROKEN));
  const parsed = parseDeployStatusItem(item.value);
  if (!parsed.ok) return broken(malformedItem(resource, parsed.problem, STATUS_BROKEN));
  const all = parsed.value.processes.map(({ name }) => name);
  const named = all.filter((one) => !isTaskType(one) && processProblem(one, names) === undefined);
  return { state: 'found', named: [...new Set(named)], conditions: [], status: parsed.value };
}

function broken(condition: Condition): NamingRecord {
  return { state: 'broken', named: [], conditions: [condition] };
}

/** What happens while the stack's word on tasks cannot be used. */
const ECS_CONFIG_BROKEN = 'No task definition is made of a release until it can be.';

/** What new services of the app are made of, as far as it is known here. */
export interface EcsConfig {
  readonly launch?: 'fargate' | 'ec2';
  readonly cpu?: number;
  readonly memory?: number;
  /** Arguments of RegisterTaskDefinition and of RunTask, in the API's names. */
  readonly definition?: Item;
  readonly runTask?: Item;
  /** Why the item cannot be used, so that nothing of it is known. */
  readonly problem?: Condition;
}

/** Reads `CONFIG#ecs`: what cannot be read or makes no sense is not the same as no word on it. */
export function parseEcsConfig(item: Reading<Item>, app: string): EcsConfig {
  const resource = `CONFIG#ecs of ${app}`;
  if (item.state === 'absent') return {};
  if (item.state === 'unreadable')
    return { problem: unreadableItem(resource, item.failure, ECS_CONFIG_BROKEN) };
  const parsed = parseEcsConfigItem(item.value);
  if (!parsed.ok) return { problem: malformedItem(resource, parsed.problem, ECS_CONFIG_BROKEN) };
  const { runTask, taskDefinition, cpu, memory } = parsed.value;
  const { launchType } = runTask;
  return {
    definition: taskDefinition,
    runTask,
    ...(typeof launchType === 'string' ? { launch: launchType === 'FARGATE' ? 'fargate' : 'ec2' } : {}),
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
  };
}
