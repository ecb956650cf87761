import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { type Clients, createClients, findRegion } from './aws/clients.ts';
import { createLimits, type Limits } from './aws/limits.ts';
import type { CallRecord } from './aws/middleware.ts';
import type { Queue } from './aws/queues.ts';
import { createReader, type Reader } from './aws/reader.ts';
import { createSweepReader, type SweepReader } from './aws/sweep-reader.ts';
import { createTaskDefinitionCache } from './aws/task-definitions.ts';
import type { Config } from './config.ts';
import { createAccessController } from './controllers/access/controller.ts';
import type { AccessSettings } from './controllers/access/subject.ts';
import { type AppController, createAppController } from './controllers/app/controller.ts';
import { createHints } from './controllers/app/hints.ts';
import type { NudgePort } from './controllers/build/apply.ts';
import { createBuildController } from './controllers/build/controller.ts';
import { accessPaths } from './events/parameters.ts';
import { sendRequest } from './events/wakes.ts';
import { type Inspection, inspect } from './inspect.ts';
import { nearest } from './nearest.ts';
import type { Controller } from './reconcile/controller.ts';
import type { Key, Kind } from './reconcile/key.ts';
import { digestOf } from './reconcile/plan.ts';
import type { Clock, Random } from './reconcile/ports.ts';
import { createIndexSearch } from './store/access.ts';
import { createStatusStore, type StatusTable } from './store/status.ts';
import { listApps, type SurveyPorts, surveyApps } from './survey.ts';
import { type AccessSurveyPorts, listAccess, surveyAccess } from './survey-access.ts';
import type { BuildSurveyPorts } from './survey-builds.ts';

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

/** A simulated account to talk to instead of AWS. */
export interface SimulatedEdge {
  readonly account: string;
  readonly region: string;
  readonly requestHandler: NonNullable<Parameters<typeof createClients>[0]['requestHandler']>;
}

export interface Edges {
  readonly clock: Clock;
  readonly random: Random;
}

/** A way to one account and region, and everything that reads and plans there. Nothing runs by itself. */
export interface Connection {
  readonly config: Config;
  readonly account: string;
  readonly region: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly clients: Clients;
  readonly limits: Limits;
  readonly statuses: StatusTable;
  /** The app controller on a reader of its own for each pass, or on a given one. */
  appController(reader?: Reader): AppController;
  /** The same for those who keep the index of people. */
  accessController(reader?: Reader): Controller;
  /** The build controller; `nudge` makes other keys look. */
  buildController(nudge: NudgePort): Controller;
  sweepReader(): SweepReader;
}

export interface ConnectOptions {
  readonly simulation?: SimulatedEdge;
  readonly onCall?: (call: CallRecord) => void;
}

/** Opens a connection; asks AWS who we are. Throws what AWS throws. */
export async function connect(
  config: Config,
  edges: Edges,
  options: ConnectOptions = {},
): Promise<Connection> {
  const { simulation, onCall } = options;
  const region = simulation?.region ?? (await findRegion());
  const limits = createLimits({ clock: edges.clock });
  const clients = createClients({
    region,
    clock: edges.clock,
    limits,
    onCall,
    ...(simulation === undefined ? {} : simulated(simulation)),
  });
  const identity = await clients.sts.send(new GetCallerIdentityCommand({}));
  const account = identity.Account ?? '';
  const place = { account, region };
  const statuses = createStatusStore(clients.dynamodb, config.table, {
    ...place,
    newToken: () => digestOf([edges.clock.now(), edges.random()]),
  });
  const reading = { table: config.table, taskDefinitions: createTaskDefinitionCache() };
  const settings = appSettings(config, place);
  // One for passes and sweeps: what either has seen, the other need not search for.
  const hints = createHints();
  const search = createIndexSearch(clients.dynamodb, config.table, edges.clock);
  return {
    config,
    ...place,
    clock: edges.clock,
    random: edges.random,
    clients,
    limits,
    statuses,
    appController: (reader) =>
      createAppController({
        reader: () => reader ?? createReader(clients, reading),
        clients,
        settings,
        hints,
        taskDefinitions: reading.taskDefinitions,
      }),
    accessController: (reader) =>
      createAccessController({
        readers: () => {
          const own = reader ?? createReader(clients, reading);
          return { desired: own, index: own };
        },
        search,
        settings: accessSettings(config),
        now: () => edges.clock.now(),
        place: { dynamodb: clients.dynamodb, table: config.table },
      }),
    buildController: (nudge) =>
      createBuildController({
        reader: () => createReader(clients, reading),
        clients,
        table: config.table,
        naming: config,
        nudge,
      }),
    sweepReader: () => createSweepReader(clients, { ...reading, prefix: config.prefix }),
  };
}

function simulated({ account, requestHandler }: SimulatedEdge) {
  return { requestHandler, credentials: { accessKeyId: account, secretAccessKey: 'simulated' } };
}

function appSettings(config: Config, place: { account: string; region: string }) {
  return {
    ...place,
    installation: config.installation,
    prefix: config.prefix,
    table: config.table,
    quietMs: config.quietSeconds * 1000,
    quietMaxMs: config.quietMaxSeconds * 1000,
    checkTargetsMs: config.checkTargetsSeconds * 1000,
    defaults: {
      cpuTarget: config.cpuTarget,
      ...(config.cluster === undefined ? {} : { cluster: config.cluster }),
      ...(config.eventsRoleArn === undefined ? {} : { eventsRoleArn: config.eventsRoleArn }),
    },
  };
}

function accessSettings(config: Config): AccessSettings {
  const { installation, prefix, userPath, pipelineUserPath, administratorPath } = config;
  const { userRoleTemplate, administratorRoleTemplate } = config;
  return {
    installation,
    prefix,
    userPath,
    pipelineUserPath,
    administratorPath,
    ...(userRoleTemplate === undefined ? {} : { userRoleTemplate }),
    ...(administratorRoleTemplate === undefined ? {} : { administratorRoleTemplate }),
  };
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

/** What a survey of the connection's account needs. */
export function surveyPorts(connection: Connection): SurveyPorts {
  const reader = connection.sweepReader();
  const controller = connection.appController(reader);
  return {
    account: connection.account,
    region: connection.region,
    naming: connection.config,
    reader,
    controller,
    foresee: controller.foresee,
    storedStatuses: async () => {
      const stored = await connection.statuses.list('app');
      return new Map(stored.map(({ key, status }) => [key.name, status]));
    },
    now: () => connection.clock.now(),
  };
}

/** What a survey of the people of the connection's account needs; its reads join those of `reader`'s others. */
export function accessPorts(connection: Connection, reader: SweepReader): AccessSurveyPorts {
  const { account, region, config } = connection;
  return {
    account,
    region,
    paths: accessPaths(config),
    reader,
    controller: connection.accessController(reader),
    storedStatuses: async () => {
      const stored = await connection.statuses.list('access');
      return new Map(stored.map(({ key, status }) => [key.name, status]));
    },
    now: () => connection.clock.now(),
  };
}

/** What a survey of the connection's builds needs. */
export function buildSurveyPorts(connection: Connection, reader: SweepReader): BuildSurveyPorts {
  return {
    account: connection.account,
    region: connection.region,
    naming: connection.config,
    reader,
    codebuild: connection.clients.codebuild,
    storedStatuses: async () => {
      const stored = await connection.statuses.list('build');
      return new Map(stored.map(({ key, status }) => [key.name, status]));
    },
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
  return kind === 'access' ? `${ACCESS}${name}` : name;
}

/** Asks the running controller to look at a key; resolves to the id its status will show when it has. */
export async function requestPass(connection: Connection, key: Key): Promise<{ key: Key; id: string }> {
  const id = digestOf([key, connection.clock.now(), connection.random()]);
  const intake = await openQueue(connection, connection.config.intakeQueue, '--intake-queue');
  await sendRequest(intake, key, id);
  return { key, id };
}
