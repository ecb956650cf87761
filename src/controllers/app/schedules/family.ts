import { canonicalJson, digestOf } from '../../../reconcile/plan.ts';
import { onceEachBeside } from '../../../reconcile/recall.ts';
import { registerable, type ServerOnly } from '../services/definition.ts';
import type { Size } from '../services/fargate.ts';
import { LAUNCHER } from '../services/releasing.ts';
import { editDefinition, type RevisionEdits } from '../services/revision.ts';
import type { CommandForm } from './command.ts';

/** Process type of scheduled tasks: the end of their family's name, and their container. */
export const SCHEDULER = 'scheduler';

/** What makes the app's scheduler out of the revision of one of its processes. */
export interface SchedulerEdits {
  /** The process; its container is the one that runs commands. */
  readonly process: string;
  /** What the process's own next revision changes. */
  readonly source: RevisionEdits;
  readonly size: Partial<Size>;
  /** The image was made by buildpacks. */
  readonly launcher: boolean;
}

/** The members of a container definition that are looked at; the others are carried over. */
export interface Container {
  readonly name?: string | undefined;
  readonly image?: string | undefined;
  readonly environment?: readonly object[] | undefined;
  readonly secrets?: ReadonlyArray<{ readonly name: string | undefined }> | undefined;
  readonly cpu?: number | undefined;
  readonly memory?: number | undefined;
  readonly memoryReservation?: number | undefined;
  readonly essential?: boolean | undefined;
  readonly command?: string[] | undefined;
  readonly entryPoint?: string[] | undefined;
  readonly portMappings?: object[] | undefined;
  readonly healthCheck?: object | undefined;
  readonly dependsOn?:
    | Array<{ containerName: string | undefined; condition: string | undefined }>
    | undefined;
  readonly links?: string[] | undefined;
  readonly volumesFrom?: Array<{ sourceContainer?: string | undefined }> | undefined;
  readonly logConfiguration?:
    | { readonly logDriver: string | undefined; readonly options?: Record<string, string> | undefined }
    | undefined;
}

export interface Definition extends ServerOnly {
  readonly family?: string | undefined;
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly containerDefinitions?: Container[] | undefined;
}

/**
 * The definition that scheduled tasks run, made from a process's: its containers with image, roles, secrets and
 * logging, the one that runs commands first, which is where people and tools look for it. No ports, for nobody
 * connects to it; no command, for each task brings its own; no health check, for it was made for the process.
 */
export function schedulerDefinition<D extends Definition>(
  base: D,
  edits: SchedulerEdits,
): Omit<D, keyof ServerOnly> {
  const sized = editDefinition(editDefinition(base, edits.source), { size: edits.size });
  const containers = sized.containerDefinitions ?? [];
  const main = mainContainer(containers, edits.process);
  const rest = containers.filter((one) => one !== main);
  const renames = renamesOf(main, rest);
  const containerDefinitions = [
    ...(main === undefined ? [] : [commandContainer(main, edits.launcher)]),
    ...rest.map(sidecar),
  ].map((one) => renamed(one, renames));
  // Still the same definition but for its containers, which keep every member that is not looked at here.
  return { ...sized, containerDefinitions } as Omit<D, keyof ServerOnly>;
}

/** What planning needs of the scheduler that a form gives: how commands are put, and what stands for all of it. */
export const schedulerOf = onceEachBeside((form: Definition, edits: SchedulerEdits) => {
  const definition = schedulerDefinition(form, edits);
  return { form: commandForm(definition), digest: definitionDigest(definition) };
});

/** What stands for the scheduler that a form gives; the order of secrets means nothing. */
export function definitionDigest(definition: Definition): string {
  const { containerDefinitions = [], ...rest } = definition;
  const containers = containerDefinitions.map(({ secrets = [], ...one }) => ({
    ...one,
    secrets: sorted(secrets),
  }));
  return digestOf({ ...rest, containers });
}

/** How a command is put for the first container of such a definition. */
export function commandForm(definition: Definition): CommandForm {
  const [main] = definition.containerDefinitions ?? [];
  const entryPoint = main?.entryPoint ?? [];
  // After `sh -c` as the entry point another one would be its argument, and the command would get lost.
  const wrapsItself = entryPoint.at(-1) === '-c' || entryPoint[0] === LAUNCHER;
  return { container: main?.name ?? SCHEDULER, wrap: wrapsItself ? 'single' : 'shell' };
}

/** Whether a process's container is started by the launcher of buildpacks itself. */
export function usesLauncher(definition: Definition, process: string): boolean {
  return mainContainer(definition.containerDefinitions ?? [], process)?.entryPoint?.[0] === LAUNCHER;
}

function mainContainer(containers: readonly Container[], process: string): Container | undefined {
  return containers.find((one) => one.name === process) ?? containers[0];
}

function commandContainer(container: Container, launcher: boolean): Container {
  const {
    portMappings: _ports,
    healthCheck: _check,
    command: _command,
    logConfiguration,
    ...kept
  } = container;
  const prefixed =
    logConfiguration?.logDriver === 'awslogs' && logConfiguration.options !== undefined
      ? { ...logConfiguration, options: { ...logConfiguration.options, 'awslogs-stream-prefix': SCHEDULER } }
      : logConfiguration;
  return {
    ...kept,
    essential: true,
    ...(launcher ? { entryPoint: [LAUNCHER] } : {}),
    ...(prefixed === undefined ? {} : { logConfiguration: prefixed }),
  };
}

function sidecar({ portMappings: _ports, ...kept }: Container): Container {
  return kept;
}

type Renames = { readonly from: string; readonly to: string } | undefined;

/** The container is named by its process type, unless another one has that name. */
function renamesOf(main: Container | undefined, rest: readonly Container[]): Renames {
  if (main?.name === undefined || rest.some((one) => one.name === SCHEDULER)) return undefined;
  return { from: main.name, to: SCHEDULER };
}

/** A container and what it says of others. That one waits for the main one to be healthy makes no sense now. */
function renamed(container: Container, renames: Renames): Container {
  if (renames === undefined) return container;
  const { from, to } = renames;
  const { dependsOn, links, volumesFrom } = container;
  return {
    ...container,
    ...(container.name === from ? { name: to } : {}),
    ...(dependsOn === undefined ? {} : { dependsOn: dependsOn.filter((one) => one.containerName !== from) }),
    ...(links === undefined ? {} : { links: links.map((link) => renamedLink(link, from, to)) }),
    ...(volumesFrom === undefined
      ? {}
      : {
          volumesFrom: volumesFrom.map((one) =>
            one.sourceContainer === from ? { ...one, sourceContainer: to } : one,
          ),
        }),
  };
}

/** `web:alias`; without an alias the old name stays what others know it by. */
function renamedLink(link: string, from: string, to: string): string {
  const [container = '', alias = container] = link.split(':');
  return container === from ? `${to}:${alias}` : link;
}

/**
 * What is kept of a process's definition to tell whether the scheduler that would be made of it is another one:
 * what the making looks at, and digests of the rest. No value of any variable is in it.
 */
export function sourceForm(definition: Definition): Definition {
  const { family: _family, cpu, memory, containerDefinitions = [], ...others } = registerable(definition);
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    containerDefinitions: containerDefinitions.map(containerForm),
    ...{ digest: digestOf(others) },
  };
}

function containerForm(container: Container): Container {
  const { name, image, cpu, memory, memoryReservation, essential, entryPoint, dependsOn, links, ...rest } =
    container;
  const { secrets, volumesFrom, command, healthCheck, logConfiguration, ...hidden } = rest;
  const { portMappings: _ports, environment, ...others } = hidden;
  return onlyDefined({
    ...{ name, image, cpu, memory, memoryReservation, essential, entryPoint, dependsOn, links, volumesFrom },
    secrets,
    command: command === undefined ? undefined : [digestOf(command)],
    healthCheck: healthCheck === undefined ? undefined : { digest: digestOf(healthCheck) },
    logConfiguration: logConfiguration === undefined ? undefined : loggingForm(logConfiguration),
    digest: digestOf({ ...others, environment: sorted(environment ?? []) }),
  });
}

/** ECS may show lists of names in another order than they were registered in. */
function sorted<Item extends object>(items: readonly Item[]): Item[] {
  const texts = items.map((item) => ({ item, text: canonicalJson(item) }));
  return texts.sort((a, b) => (a.text < b.text ? -1 : 1)).map(({ item }) => item);
}

function loggingForm(logging: NonNullable<Container['logConfiguration']>) {
  const { 'awslogs-stream-prefix': prefix, ...hidden } = logging.options ?? {};
  const options: Record<string, string> = prefix === undefined ? {} : { 'awslogs-stream-prefix': prefix };
  return {
    logDriver: logging.logDriver,
    ...(logging.options === undefined ? {} : { options }),
    digest: digestOf({ ...logging, options: hidden }),
  };
}

/** Facts are data only: members without a value are left out. */
function onlyDefined<T extends object>(members: T): T {
  // The same type: a member that is left out was undefined, and was allowed to be.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
