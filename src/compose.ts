import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { findRegion } from './aws/clients.ts';
import type { Queue } from './aws/queues.ts';
import type { SweepReader } from './aws/sweep-reader.ts';
import type { Config } from './config.ts';
import {
  assembleConnection,
  type Connection,
  type ConnectOptions,
  type Edges,
  openClients,
  type SimulatedEdge,
} from './connection.ts';
import { accessPaths } from './events/parameters.ts';
import { sendRequest } from './events/wakes.ts';
import { type Inspection, inspect } from './inspect.ts';
import { nearest } from './nearest.ts';
import type { Key, Kind } from './reconcile/key.ts';
import { digestOf } from './reconcile/plan.ts';
import type { Clock } from './reconcile/ports.ts';
import type { Status } from './reconcile/status.ts';
import type { StatusTable } from './store/status.ts';
import type { KnownStatus } from './store/status-list.ts';
import { listApps, type SurveyPorts, surveyApps } from './survey.ts';
import { type AccessSurveyPorts, listAccess, surveyAccess } from './survey-access.ts';
import type { BuildSurveyPorts } from './survey-builds.ts';

export type { Connection, SimulatedEdge } from './connection.ts';

/** The kinds of keys this build works on. */
export const KINDS_AT_WORK: ReadonlySet<Kind> = new Set<Kind>(['app', 'build', 'access', 'sweep']);

/** The one clock of a real process; everything else gets it handed. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Opens the connection to the installation's home; asks AWS who we are. Throws what AWS throws. */
export async function connect(
  config: Config,
  edges: Edges,
  options: ConnectOptions = {},
): Promise<Connection> {
  const { simulation } = options;
  const region = simulation?.region ?? (await findRegion());
  const reached = openClients(region, edges, options, simulation && keysOf(simulation));
  const identity = await reached.clients.sts.send(new GetCallerIdentityCommand({}));
  const place = { account: identity.Account ?? '', region };
  return assembleConnection({ config, edges, options, place, ...reached });
}

function keysOf({ account }: SimulatedEdge) {
  return { accessKeyId: account, secretAccessKey: 'simulated' };
}

/** A queue by name or URL. Throws when it does not exist, saying which setting named it. */
export async function openQueue(connection: Connection, queue: string, setting: string): Promise<Queue> {
  const { sqs } = connection.clients;
  if (/^https?:/.test(queue)) return { sqs, url: queue, clock: connection.clock };
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
    return { sqs, url: QueueUrl ?? '', clock: connection.clock };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the queue "${queue}" (${setting}) cannot be used: ${why}`, { cause });
  }
}

/**
 * The stored statuses of an account and region, by name; those of a kind are read once for all who ask. `known` tells what
 * is remembered of apps and people, for nobody remembers builds.
 */
export function storedStatuses(
  { statuses }: Connection,
  known?: KnownStatus,
): (kind: Kind) => Promise<ReadonlyMap<string, Status>> {
  const readings = new Map<Kind, ReturnType<StatusTable['list']>>();
  return async (kind) => {
    const reading = readings.get(kind) ?? statuses.list(kind, kind === 'build' ? undefined : known);
    readings.set(kind, reading);
    return new Map((await reading).map(({ key, status }) => [key.name, status]));
  };
}

/** What a survey of the connection's account needs. */
export function surveyPorts(connection: Connection, stored = storedStatuses(connection)): SurveyPorts {
  const reader = connection.sweepReader();
  const controller = connection.appController(reader);
  return {
    account: connection.account,
    region: connection.region,
    naming: connection.config,
    reader,
    controller,
    foresee: controller.foresee,
    storedStatuses: () => stored('app'),
    now: () => connection.clock.now(),
  };
}

/** What a survey of the people of the connection's account needs; its reads join those of `reader`'s others. */
export function accessPorts(
  connection: Connection,
  reader: SweepReader,
  stored = storedStatuses(connection),
): AccessSurveyPorts {
  const { account, region, config } = connection;
  return {
    account,
    region,
    paths: accessPaths(config),
    reader,
    controller: connection.accessController(reader),
    storedStatuses: () => stored('access'),
    now: () => connection.clock.now(),
  };
}

/** What a survey of the connection's builds needs. */
export function buildSurveyPorts(
  connection: Connection,
  reader: SweepReader,
  stored = storedStatuses(connection),
): BuildSurveyPorts {
  return {
    account: connection.account,
    region: connection.region,
    naming: connection.config,
    mode: connection.config.mode,
    reader,
    codebuild: connection.clients.codebuild,
    storedStatuses: () => stored('build'),
    now: () => connection.clock.now(),
  };
}

/** Nothing is known of an app a person named. The message suggests names that exist. */
export class UnknownAppError extends Error {
  override readonly name = 'UnknownAppError';
}

/**
 * Reads and plans the named apps and lists of people (`access/<name>`), or all of them; lists that nobody ever put are
 * left out. Writes nothing. Throws `UnknownAppError`.
 */
export async function inspectApps(
  connection: Connection,
  names: readonly string[],
): Promise<readonly Inspection[]> {
  const ports = surveyPorts(connection);
  const people = accessPorts(connection, ports.reader);
  if (names.length === 0) {
    const [apps, lists] = await Promise.all([surveyApps(ports), surveyAccess(people)]);
    return [...apps, ...lists.filter(({ plan }) => plan.gone !== true)];
  }
  const known = await Promise.all([listApps(ports), names.some(isAccessName) ? listAccess(people) : []]);
  const keys = selectApps(known.flat(), names, connection.config.prefix);
  const app = connection.appController();
  const access = connection.accessController();
  return Promise.all(
    keys.map(({ key, status }) => inspect(key, status, key.kind === 'app' ? app : access, ports.now)),
  );
}

/**
 * Reads and plans the builds and releases of the named apps, or of all that a controller has looked at: those of which
 * there is something to say. Writes nothing.
 */
export async function inspectBuilds(
  connection: Connection,
  names: readonly string[],
): Promise<readonly Inspection[]> {
  const stored = await connection.statuses.list('build');
  const wanted = stored.filter(({ key }) => names.length === 0 || names.includes(key.name));
  const controller = connection.buildController(async () => {});
  const inspections = await Promise.all(
    wanted.map(({ key, status }) => inspect(key, status, controller, () => connection.clock.now())),
  );
  return inspections.filter(({ conditions, plan }) => conditions.length + plan.differences.length > 0);
}

/** The named apps of those that are known, or all. Throws `UnknownAppError` with names that exist. */
export function selectApps<App extends { readonly key: Key }>(
  apps: readonly App[],
  names: readonly string[],
  prefix: string,
): readonly App[] {
  if (names.length === 0) return apps;
  return names.map((name) => {
    const app = apps.find(({ key }) => nameOf(key) === name);
    if (app !== undefined) return app;
    const known = apps.map(({ key }) => nameOf(key));
    const hint = nearest(name, known);
    const suggestion = hint.length === 0 ? '' : ` Did you mean ${hint.join(' or ')}?`;
    throw new UnknownAppError(`there is no app "${name}" below ${prefix}/apps.${suggestion}`);
  });
}

const ACCESS = 'access/';

function isAccessName(name: string): boolean {
  return name.startsWith(ACCESS);
}

/** What people call a key: an app by its name, its list of people `access/<name>`. */
export function nameOf({ kind, name }: Key): string {
  return kind === 'app' ? name : `${kind}/${name}`;
}

/** Asks the running controller to look at a key; resolves to the id its status will show when it has. */
export async function requestPass(connection: Connection, key: Key): Promise<{ key: Key; id: string }> {
  const id = digestOf([key, connection.clock.now(), connection.random()]);
  const intake = await openQueue(connection, connection.config.intakeQueue, '--intake-queue');
  await sendRequest(intake, key, id);
  return { key, id };
}
