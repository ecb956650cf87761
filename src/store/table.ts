import { z } from 'zod';
import { type Key, KINDS, type Kind } from '../reconcile/key.ts';

/**
 * Every key of the installation's table, and the items that AppPack's stacks, builder and CLI share with us.
 * Pure: items go in and out as plain JSON; DynamoDB's own form is the business of who reads and writes them.
 */
export type Item = Readonly<Record<string, unknown>>;

/** `primary_id` and `secondary_id` of an item. */
export interface ItemKey {
  readonly partition: string;
  readonly sort: string;
}

/** The attribute that marks an item as written by this installation; its value is the owner mark. */
export const OWNER_ATTRIBUTE = 'trimtab_owner';

/** Settings of an app or, under its own name, of a pipeline. A review app `<pipeline>:<n>` has its own for its URL. */
export function settingsKey(app: string): ItemKey {
  return { partition: `APP#${app}`, sort: 'settings' };
}

/** How tasks of an app are run; review apps share their pipeline's. */
export function ecsConfigKey(app: string): ItemKey {
  return { partition: `APP#${splitReviewApp(app).app}`, sort: 'CONFIG#ecs' };
}

/** What is deployed; a review app's lies in its pipeline's partition. */
export function deployStatusKey(name: string): ItemKey {
  const { app, number } = splitReviewApp(name);
  return { partition: `APP#${app}`, sort: number === undefined ? 'DEPLOYSTATUS' : `DEPLOYSTATUS#${number}` };
}

/** The record of one build; numbers are padded so that they sort. */
export function buildKey(app: string, buildNumber: number): ItemKey {
  return { partition: `APP#${app}`, sort: `BUILD#${String(buildNumber).padStart(10, '0')}` };
}

/** Our own items of one account and region. All statuses are one Query. */
export function ownPartition(account: string, region: string): string {
  return `TRIMTAB#${account}/${region}`;
}

/** The beginning of the sort keys of statuses, of one kind or of all. */
export function statusPrefix(kind?: Kind): string {
  return kind === undefined ? 'STATUS#' : `STATUS#${kind}#`;
}

export function statusKey(key: Key): ItemKey {
  return {
    partition: ownPartition(key.account, key.region),
    sort: `${statusPrefix(key.kind)}${key.name}`,
  };
}

/** The key whose status lies at `sort`; undefined when it is no status of a kind we know. */
export function keyOfStatus(account: string, region: string, sort: string): Key | undefined {
  const kind = KINDS.find((known) => sort.startsWith(statusPrefix(known)));
  return kind === undefined
    ? undefined
    : { account, region, kind, name: sort.slice(statusPrefix(kind).length) };
}

/**
 * Who claims a service, by which events about services find their keys: the app is the item's member `app`. The
 * app's controller writes it.
 */
export function serviceIndexKey(account: string, region: string, cluster: string, service: string): ItemKey {
  return { partition: ownPartition(account, region), sort: `INDEX#${cluster}#${service}` };
}

/** The apps an item at `serviceIndexKey` names. */
export function appsInServiceIndex(item: Item): readonly string[] {
  return typeof item.app === 'string' ? [item.app] : [];
}

/** An account that is served from this installation, by its number; its sort key is `-`. */
export const ACCOUNT_PREFIX = 'ACCT#';

/** What a user may open; e-mail addresses are folded. */
export function userPartition(email: string): string {
  return `USER#${email}`;
}

/** What somebody administrates. */
export function administratorPartition(email: string): string {
  return `ADMIN#${email}`;
}

/** That a user may open an app or pipeline of an account. */
export function userItemKey(email: string, account: string, app: string): ItemKey {
  return { partition: userPartition(email), sort: `${account}#${app}` };
}

/** That somebody administrates an account. */
export function administratorItemKey(email: string, account: string): ItemKey {
  return { partition: administratorPartition(email), sort: account };
}

/** The address that a partition of either is for; undefined for other partitions. */
export function emailOfPartition(partition: string): string | undefined {
  return /^(?:USER|ADMIN)#(.+)$/s.exec(partition)?.[1];
}

/** How a written address is known: without the space around it, its letters folded. */
export function foldEmail(written: string): string {
  return written.trim().normalize('NFC').toLowerCase();
}

function splitReviewApp(name: string): { readonly app: string; readonly number?: string } {
  const colon = name.lastIndexOf(':');
  return colon < 0 ? { app: name } : { app: name.slice(0, colon), number: name.slice(colon + 1) };
}

/** An item that could be used, or a sentence that says what in it could not. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

// As tolerant as the CLI's decoder and a little more: texts may be numbers and numbers texts, NULL and empty
// texts are nothing, members nobody knows are ignored.
const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((found) => (found === null || found === undefined || found === '' ? undefined : String(found)));
const number = z
  .union([z.number(), z.string().regex(/^\d+(\.\d+)?$/, 'a number')])
  .nullish()
  .transform((found) => (found === null || found === undefined ? undefined : Number(found)));
const flag = z
  .boolean()
  .nullish()
  .transform((found) => found ?? false);
const texts = z
  .array(z.union([z.string(), z.number()]).transform(String))
  .nullish()
  .transform((found) => found ?? []);
const place = z.object({ arn: text, name: text }).nullish();

const settingsSchema = z
  .object({
    cluster: place,
    load_balancer: place,
    target_group: place,
    domains: texts,
    codebuild_project: place,
    log_group: place,
    stack_id: text,
  })
  .transform((settings) => ({
    clusterArn: settings.cluster?.arn,
    clusterName: settings.cluster?.name,
    loadBalancerArn: settings.load_balancer?.arn,
    targetGroupArn: settings.target_group?.arn,
    /** The first is the primary one. */
    domains: settings.domains,
    codebuildProject: settings.codebuild_project?.name,
    logGroup: settings.log_group?.name,
    stackId: settings.stack_id,
  }));
export type StackSettings = Readonly<z.output<typeof settingsSchema>>;

/** Reads `APP#<app>` / `settings`, which the app's stack writes. */
export function parseSettingsItem(item: Item): Parsed<StackSettings> {
  return parseWith(settingsSchema, item.value);
}

const ecsConfigSchema = z.object({
  run_task_args: z.record(z.string(), z.unknown()),
  run_task_args_fargate: z.record(z.string(), z.unknown()).nullish(),
  task_definition_args: z.record(z.string(), z.unknown()),
});
const sizeSchema = z.object({ cpu: number, memory: number });

/** What the app's stack says about its tasks. Members are named as the ECS API names them. */
export interface EcsConfig {
  /** Arguments of RunTask but for task definition, `startedBy` and overrides. */
  readonly runTask: Item;
  /** The same for tasks that run on Fargate whatever the app runs on. */
  readonly runTaskFargate: Item | undefined;
  /** Arguments of RegisterTaskDefinition. */
  readonly taskDefinition: Item;
  /** The size of processes whose scaling says nothing: CPU units and MiB. */
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
}

/** Reads `APP#<app>` / `CONFIG#ecs`. */
export function parseEcsConfigItem(item: Item): Parsed<EcsConfig> {
  const parsed = parseWith(ecsConfigSchema, item.value);
  if (!parsed.ok) return parsed;
  const { run_task_args: runTask, run_task_args_fargate: fargate } = parsed.value;
  const taskDefinition = namedAsInApi(parsed.value.task_definition_args);
  const size = parseWith(sizeSchema, taskDefinition, 'value.task_definition_args');
  if (!size.ok) return size;
  return {
    ok: true,
    value: {
      runTask: namedAsInApi(runTask),
      runTaskFargate: fargate ? namedAsInApi(fargate) : undefined,
      taskDefinition,
      cpu: size.value.cpu,
      memory: size.value.memory,
    },
  };
}

/** Below these, names are people's own and stay as they are. */
const FREE_NAMES: ReadonlySet<string> = new Set(['dockerLabels', 'driverOpts', 'labels', 'options']);

/** The CLI takes member names in any case; `Cpu` and `cpu` are the same to it, and to us. */
function namedAsInApi(value: Item): Item {
  const named = Object.entries(value).map(([name, member]) => {
    const apiName = name.charAt(0).toLowerCase() + name.slice(1);
    return [apiName, FREE_NAMES.has(apiName) ? member : namedBelow(member)];
  });
  return Object.fromEntries(named);
}

function namedBelow(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(namedBelow);
  return typeof value === 'object' && value !== null ? namedAsInApi({ ...value }) : value;
}

const processSchema = z.object({
  name: z.string().min(1),
  cpu: text,
  memory: text,
  min_processes: number,
  max_processes: number,
  state: text,
  command: text,
});

const deployStatusSchema = z.object({
  phase: text,
  // A map by name until 2021, a list since.
  processes: z
    .union([z.array(processSchema), z.record(z.string(), processSchema.partial({ name: true }))])
    .nullish(),
  build_id: text,
  last_update: number,
  commit: text,
  build_number: number,
  failed: flag,
});

/** One service as the last release or scaling left it. */
export interface DeployedProcess {
  readonly name: string;
  /** CPU units and MiB, as texts. */
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly minProcesses?: number | undefined;
  readonly maxProcesses?: number | undefined;
  readonly state?: string | undefined;
  readonly command?: string | undefined;
}

/** What `apppack ps` shows of an app. */
export interface DeployStatus {
  readonly phase?: string | undefined;
  readonly processes: readonly DeployedProcess[];
  readonly buildId?: string | undefined;
  readonly buildNumber?: number | undefined;
  readonly commit?: string | undefined;
  readonly failed: boolean;
  /** Epoch seconds. */
  readonly lastUpdateSeconds?: number | undefined;
}

/** Reads `DEPLOYSTATUS`. */
export function parseDeployStatusItem(item: Item): Parsed<DeployStatus> {
  const parsed = parseWith(deployStatusSchema, item.value);
  if (!parsed.ok) return parsed;
  const { processes, ...status } = parsed.value;
  const list = Array.isArray(processes)
    ? processes
    : Object.entries(processes ?? {}).map(([name, one]) => ({ ...one, name }));
  return {
    ok: true,
    value: {
      phase: status.phase,
      processes: list.map(({ min_processes: minProcesses, max_processes: maxProcesses, ...rest }) => ({
        ...rest,
        minProcesses,
        maxProcesses,
      })),
      buildId: status.build_id,
      buildNumber: status.build_number,
      commit: status.commit,
      failed: status.failed,
      lastUpdateSeconds: status.last_update,
    },
  };
}

/**
 * The item of a deployment record. The CLI's decoder refuses a whole item for one number that is stored as a
 * text, and reads sizes as texts.
 */
export function deployStatusItem(name: string, status: DeployStatus, owner: string): Item {
  const { partition, sort } = deployStatusKey(name);
  return {
    primary_id: partition,
    secondary_id: sort,
    [OWNER_ATTRIBUTE]: owner,
    value: {
      phase: status.phase,
      processes: status.processes.map((one) => ({
        name: one.name,
        cpu: one.cpu,
        memory: one.memory,
        min_processes: one.minProcesses,
        max_processes: one.maxProcesses,
        state: one.state,
        command: one.command,
      })),
      build_id: status.buildId,
      last_update: status.lastUpdateSeconds,
      commit: status.commit,
      build_number: status.buildNumber,
      failed: status.failed,
    },
  };
}

/** Where in the item the first mistake is, and what was expected there. */
function parseWith<T>(schema: z.ZodType<T>, found: unknown, where = 'value'): Parsed<T> {
  const parsed = schema.safeParse(found);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  const path = [where, ...(issue?.path ?? [])].map(String).join('.');
  return { ok: false, problem: `${path}: ${issue?.message ?? 'not usable'}` };
}
