import { digestOf } from '../../../reconcile/plan.ts';
import type { ReleaseSpec } from '../../../store/releases.ts';
import type { Item } from '../../../store/table.ts';
import type { AppConfig } from '../config.ts';
import type { AppDesired } from '../desired.ts';
import { type AppNames, isTaskType, processProblem, serviceName } from '../names.ts';
import { type Size, sizeProblem } from '../services/fargate.ts';
import { isShownByUnread, type Secret, type ServiceFacts, type ServicesFacts } from '../services/observed.ts';
import {
  BUILD_SYSTEM_TAG,
  DEFAULT_PORT,
  type Releasing,
  type Start,
  startOf,
  tagsOf,
  variablesOf,
} from '../services/releasing.ts';
import { parameterArn } from '../services/secrets.ts';

/** What a task family that a release needs is made from, when no revision of its own is edited. */
export type FamilyBase =
  /** `CONFIG#ecs`: arguments of RegisterTaskDefinition, in the API's names. */
  | { readonly type: 'arguments'; readonly document: Item }
  /** The revision that another process of the app runs. */
  | { readonly type: 'revision'; readonly arn: string; readonly process: string };

/** What `apppack shell` starts: no part of what is released, but of the same image. */
export const SHELL = 'shell';

/** One revision that a release needs: of a task (`release`, `postdeploy`, `shell`) or of a service that is to be made. */
export interface FamilyWish extends Start {
  /** Process type, and the name of its container. */
  readonly type: string;
  readonly family: string;
  readonly isService: boolean;
  readonly base: FamilyBase;
  readonly image: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: readonly Secret[];
  /** Below these parameters lies the app's config: what a base has from there is not carried over. */
  readonly configPaths: readonly string[];
  readonly size: Partial<Size>;
  readonly port?: number;
  readonly logs?: { readonly group: string; readonly region: string; readonly prefix: string };
  readonly tags: Readonly<Record<string, string>>;
  /** Stands for all of it, whatever revision it is made from. */
  readonly digest: string;
}

/** Why nothing can be made, as a sentence. */
export interface Impossible {
  readonly problem: string;
}

/** What services are to run, with what goes into it; nothing is released while config cannot be read. */
export function releasingOf(desired: AppDesired, names: AppNames, region: string): Releasing | undefined {
  const spec = desired.releaseRecord.record?.current;
  const { config } = desired;
  return spec === undefined || config === undefined ? undefined : { spec, names, region, config };
}

export interface WishesInput {
  readonly desired: AppDesired;
  readonly names: AppNames;
  readonly place: { readonly account: string; readonly region: string };
  readonly services: ServicesFacts;
}

/**
 * The revisions that the release record asks for besides those of the services that are there: tasks of the
 * candidate, the shell of the current one, and services that are not there yet.
 */
export function familyWishes(input: WishesInput): readonly FamilyWish[] | Impossible {
  const { candidate, current } = input.desired.releaseRecord.record ?? {};
  const asked = [
    ...(candidate === undefined ? [] : tasksOf(candidate)),
    ...(current === undefined ? [] : [shellOf(current), ...missingOf(current, input.services)]),
  ];
  if (asked.length === 0) return [];
  const misnamed = (candidate ?? current)?.processes.find(
    ({ process }) => processProblem(process, input.names) !== undefined || isTaskType(process),
  );
  if (misnamed !== undefined)
    return { problem: `its process "${misnamed.process.slice(0, 60)}" has a name that no service can have.` };
  const { config, ecsConfig } = input.desired;
  if (ecsConfig.problem !== undefined) return { problem: 'what its stack says of its tasks cannot be used.' };
  if (isSettingUnknown(input.desired))
    return { problem: 'what its settings say of its tasks cannot be used.' };
  if (config === undefined) return { problem: 'the names of its config variables cannot be read.' };
  const base = baseOf(input);
  const isSaid = base?.type === 'arguments';
  if (!isSaid && isShownByUnread(base?.process, input.services.services))
    return { problem: 'a service that may show how its tasks are made cannot be read.' };
  if (base === undefined) return { problem: noBase(input.names) };
  return asked.map((one) => wishOf(one, { ...input, base, config }));
}

/** Whether something that task definitions or new services take from settings is not known now. */
function isSettingUnknown({ settings: { unknown }, ecsConfig: { runTask } }: AppDesired): boolean {
  const needed = runTask?.networkConfiguration === undefined ? [...SETTINGS_USED, 'network'] : SETTINGS_USED;
  return unknown.some((member) => needed.includes(member));
}

const SETTINGS_USED: readonly string[] = ['logGroup', 'targetGroupArn'];

interface Asked {
  readonly type: string;
  readonly spec: ReleaseSpec;
  readonly command?: string;
  readonly isService?: true;
}

function tasksOf(spec: ReleaseSpec): Asked[] {
  const { releaseCommand, postdeployCommand } = spec;
  return [
    ...(releaseCommand === undefined ? [] : [{ type: 'release', spec, command: releaseCommand }]),
    ...(postdeployCommand === undefined ? [] : [{ type: 'postdeploy', spec, command: postdeployCommand }]),
  ];
}

/** Its command comes with each task that somebody starts. */
function shellOf(spec: ReleaseSpec): Asked {
  return { type: SHELL, spec };
}

function missingOf(spec: ReleaseSpec, { services }: ServicesFacts): Asked[] {
  const isMissing = (process: string) =>
    services.some((facts) => facts.process === process && facts.reading.state === 'absent');
  return spec.processes
    .filter(({ process }) => isMissing(process))
    .map(({ process, command }) => ({ type: process, spec, command, isService: true }));
}

interface WishInput extends WishesInput {
  readonly base: FamilyBase;
  readonly config: AppConfig;
}

function wishOf({ type, spec, command, isService }: Asked, input: WishInput): FamilyWish {
  const { names, desired, base, config, place } = input;
  const releasing = { spec, names, region: place.region, config };
  const { logGroup } = desired.settings.value;
  const prefix = names.review === undefined ? type : `pr${names.review.number}-${type}`;
  const systemTag = { [BUILD_SYSTEM_TAG]: spec.buildSystem };
  const wish = {
    type,
    family: serviceName(names, type),
    isService: isService === true,
    base,
    image: spec.image,
    ...(command === undefined ? shellStart(spec) : startOf(command, spec.buildSystem)),
    variables: variablesOf(type, releasing),
    secrets: secretsOf(config, place),
    configPaths: config.paths,
    size: sizeOf(type, input),
    ...(type === 'web' ? { port: DEFAULT_PORT } : {}),
    ...(logGroup === undefined ? {} : { logs: { group: logGroup, region: place.region, prefix } }),
    tags: { ...tagsOf(type, releasing), ...(type === SHELL ? systemTag : {}) },
  };
  // Another base is no reason to make the family anew: services come and go in reads that lag, and each release looks afresh.
  const from = base.type === 'revision' ? base.type : base.document;
  return { ...wish, digest: digestOf({ ...wish, base: from }) };
}

function shellStart({ buildSystem }: ReleaseSpec): Start {
  const { entryPoint } = startOf('', buildSystem);
  return { command: [], ...(entryPoint === undefined ? {} : { entryPoint }) };
}

function secretsOf(config: AppConfig, place: WishesInput['place']): Secret[] {
  const partition = partitionOf(place.region);
  return config.variables.map(({ name, parameter }) => ({
    name,
    valueFrom: parameterArn(parameter, partition, place),
  }));
}

/** What `scaling` says of the type, if such a task can run; else the app's default. */
function sizeOf(type: string, { desired, services }: WishInput): Partial<Size> {
  const { scaling, ecsConfig } = desired;
  const wish = scaling.wishes.find(({ process }) => process === type);
  const launch = ecsConfig.launch ?? launchOf(services.services) ?? 'fargate';
  const sizes = [wish, ecsConfig].flatMap((one) =>
    one?.cpu === undefined || one.memory === undefined ? [] : [{ cpu: one.cpu, memory: one.memory }],
  );
  return sizes.find((size) => sizeProblem(size, launch) === undefined) ?? {};
}

function launchOf(services: readonly ServiceFacts[]) {
  return services.flatMap(({ reading }) => (reading.state === 'found' ? [reading.value.launch] : []))[0];
}

/** What the stack says wins; without one the app's own web, or its first service, shows how its tasks are made. */
function baseOf({ desired, services }: WishesInput): FamilyBase | undefined {
  const { definition } = desired.ecsConfig;
  if (definition !== undefined) return { type: 'arguments', document: definition };
  const running = services.services.filter(({ reading }) => reading.state === 'found');
  const source = running.find(({ process }) => process === 'web') ?? running[0];
  if (source?.reading.state !== 'found') return undefined;
  return { type: 'revision', arn: source.reading.value.taskDefinition, process: source.process };
}

function noBase(names: AppNames): string {
  const item = names.items.ecsConfig;
  return `nothing says how its tasks are made (roles, network mode): it has no service to take that from, and the table has no item ${item.partition} / ${item.sort}.`;
}

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
