import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createRoleCredentials, type ManagedPlace } from './aws/accounts.ts';
import { type ClientOptions, type Clients, createClients } from './aws/clients.ts';
import { createLimits, type Limits } from './aws/limits.ts';
import type { CallRecord } from './aws/middleware.ts';
import { createReader, type Reader } from './aws/reader.ts';
import { createSweepReader, type SweepReader } from './aws/sweep-reader.ts';
import { createTaskDefinitionCache } from './aws/task-definitions.ts';
import type { Config } from './config.ts';
import { createAccessController } from './controllers/access/controller.ts';
import type { AccessSettings } from './controllers/access/subject.ts';
import { type AppController, createAppController } from './controllers/app/controller.ts';
import { createHints } from './controllers/app/hints.ts';
import { createParsed } from './controllers/app/parsed.ts';
import type { NudgePort } from './controllers/build/apply.ts';
import { createBuildController } from './controllers/build/controller.ts';
import type { Controller } from './reconcile/controller.ts';
import { digestOf } from './reconcile/plan.ts';
import type { Clock, Random } from './reconcile/ports.ts';
import { createIndexSearch } from './store/access.ts';
import { createStatusStore, type StatusTable } from './store/status.ts';

/** What our sessions in other accounts are called. */
const SESSION_NAME = 'trimtab';

/** A simulated account to talk to instead of AWS. */
export interface SimulatedEdge {
  readonly account: string;
  readonly region: string;
  readonly requestHandler: NonNullable<ClientOptions['requestHandler']>;
  /** Asked without a wire, where that is possible. */
  readonly direct?: NonNullable<ClientOptions['direct']>;
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
  /** A connection to another account or region, whose statuses and index lie in the table of this one. Asks nobody. */
  reach(place: ManagedPlace): Connection;
}

export interface ConnectOptions {
  readonly simulation?: SimulatedEdge;
  readonly onCall?: (call: CallRecord) => void;
}

interface Reached {
  readonly clients: Clients;
  readonly limits: Limits;
}

/** Clients and limits of an account and region: each has its own, so that one's bad day stays its own. */
export function openClients(
  region: string,
  { clock }: Edges,
  { simulation, onCall }: ConnectOptions,
  credentials: ClientOptions['credentials'],
): Reached {
  const limits = createLimits({ clock });
  const clients = createClients({
    region,
    clock,
    limits,
    onCall,
    ...(credentials === undefined ? {} : { credentials }),
    ...(simulation === undefined ? {} : { requestHandler: simulation.requestHandler }),
    ...(simulation?.direct === undefined ? {} : { direct: simulation.direct }),
  });
  return { clients, limits };
}

interface Parts extends Reached {
  readonly config: Config;
  readonly edges: Edges;
  readonly options: ConnectOptions;
  readonly place: { readonly account: string; readonly region: string; readonly alias?: string };
  /** The installation's table, when it is not where the connection leads. */
  readonly home?: {
    readonly dynamodb: DynamoDBClient;
    readonly search: ReturnType<typeof createIndexSearch>;
  };
}

/** Puts together everything that reads and plans in one account and region. */
export function assembleConnection(parts: Parts): Connection {
  const { config, edges, clients, limits, home } = parts;
  const place = { account: parts.place.account, region: parts.place.region };
  const index = home?.dynamodb ?? clients.dynamodb;
  const statuses = createStatusStore(index, config.table, {
    ...place,
    newToken: () => digestOf([edges.clock.now(), edges.random()]),
  });
  const reading = {
    table: config.table,
    home: home?.dynamodb,
    taskDefinitions: createTaskDefinitionCache(),
  };
  const settings = appSettings(config, place);
  // One for passes and sweeps: what either has seen, the other need not search for.
  const hints = createHints();
  const parsed = createParsed(settings);
  const search = home?.search ?? createIndexSearch(index, config.table, edges.clock);
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
        home: home?.dynamodb,
        hints,
        parsed,
        taskDefinitions: reading.taskDefinitions,
      }),
    accessController: (reader) =>
      createAccessController({
        readers: () => {
          const own = reader ?? createReader(clients, reading);
          return { desired: own, index: own };
        },
        search,
        settings: accessSettings(config, parts.place.alias),
        now: () => edges.clock.now(),
        place: { dynamodb: index, table: config.table },
      }),
    buildController: (nudge) =>
      createBuildController({
        reader: () => createReader(clients, reading),
        clients,
        table: config.table,
        home: home?.dynamodb,
        naming: config,
        nudge,
      }),
    sweepReader: () => createSweepReader(clients, { ...reading, prefix: config.prefix }),
    reach: (managed) => reach(parts, managed, { dynamodb: index, search }),
  };
}

function reach(
  { config, edges, options, clients }: Parts,
  place: ManagedPlace,
  home: NonNullable<Parts['home']>,
): Connection {
  const { roleArn, externalId } = place;
  const credentials = createRoleCredentials({
    sts: clients.sts,
    clock: edges.clock,
    sessionName: SESSION_NAME,
    roleArn,
    ...(externalId === undefined ? {} : { externalId }),
  });
  const reached = openClients(place.region, edges, options, credentials);
  return assembleConnection({ config, edges, options, place, ...reached, home });
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
      ...(isOf(place.account, config.eventsRoleArn) ? { eventsRoleArn: config.eventsRoleArn } : {}),
    },
  };
}

/** A role can be passed in its own account only. */
function isOf(account: string, roleArn: string | undefined): roleArn is string {
  return roleArn?.split(':')[4] === account;
}

function accessSettings(config: Config, alias: string | undefined): AccessSettings {
  const { installation, prefix, userPath, pipelineUserPath, administratorPath } = config;
  const { userRoleTemplate, administratorRoleTemplate } = config;
  return {
    installation,
    prefix,
    userPath,
    pipelineUserPath,
    administratorPath,
    ...(alias === undefined ? {} : { alias }),
    ...(userRoleTemplate === undefined ? {} : { userRoleTemplate }),
    ...(administratorRoleTemplate === undefined ? {} : { administratorRoleTemplate }),
  };
}
