import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeServicesCommand, DescribeTaskDefinitionCommand, type Service } from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { type Clients, createClients } from '../../../src/aws/clients.ts';
import { classify } from '../../../src/aws/errors.ts';
import { createLimits } from '../../../src/aws/limits.ts';
import { createReader } from '../../../src/aws/reader.ts';
import { createPassScope } from '../../../src/aws/scope.ts';
import { createTaskDefinitionCache } from '../../../src/aws/task-definitions.ts';
import { createAppController } from '../../../src/controllers/app/controller.ts';
import type { AppControllerSettings } from '../../../src/controllers/app/observed.ts';
import type { LoopPorts, Mode } from '../../../src/reconcile/controller.ts';
import type { Key } from '../../../src/reconcile/key.ts';
import { converge, type Report } from '../../../src/reconcile/reconcile.ts';
import { Simulator } from '../../../src/simulator/account.ts';
import { VirtualClock } from '../../../src/simulator/clock.ts';
import { FAIR_WEATHER } from '../../../src/simulator/faults.ts';
import type { LoggedCall, SimulatorSwitches } from '../../../src/simulator/region.ts';
import {
  DEFAULT_ACCOUNT,
  DEFAULT_REGION,
  Gate,
  SimulatedTransport,
} from '../../../src/simulator/transport.ts';
import { loadWorld } from '../../../src/simulator/world.ts';
import { createStatusStore } from '../../../src/store/status.ts';

const TABLE = 'apppack';

/** The role that EventBridge takes to run scheduled tasks, unless an app says another. */
export const EVENTS_ROLE = 'arn:aws:iam::123456789012:role/events';

/** The app controller on a simulated account; a test says when a pass happens. */
export interface Scene {
  readonly clock: VirtualClock;
  readonly simulator: Simulator;
  /** Clients of a person who looks around and changes things. */
  readonly person: Clients;
  /** One pass over an app, as the worker would make it. */
  pass(app?: string): Promise<Report>;
  /** The pass that the app's wake asks for, when it is due; undefined when no wake is outstanding. */
  wake(app?: string): Promise<Report | undefined>;
  put(parameter: string, document: unknown): Promise<void>;
  service(name: string): Promise<Service>;
  /** A family's newest revision with its tags, or the one named `family:revision`. */
  definition(name: string): Promise<{
    revision: number;
    cpu?: string;
    memory?: string;
    document: string;
    tags: Record<string, string>;
  }>;
  /** The apps that the index names for a service of cluster `main`. */
  owners(service: string): Promise<readonly string[]>;
  /** Mutating calls of the controller to what people own, since the given call. */
  writes(since?: number): LoggedCall[];
  /** Times a batch of calls was let through. */
  roundTrips(): number;
  /** Lets virtual time pass until `work` is done. */
  drive<T>(work: Promise<T>): Promise<T>;
}

export interface SceneOptions {
  /** Parameters of the world, by name: a JSON document, or a section entry with `type` and `value`. */
  readonly parameters?: Record<string, unknown>;
  readonly ecs?: Record<string, unknown>;
  readonly switches?: Partial<SimulatorSwitches>;
  readonly mode?: Mode;
  readonly cluster?: string;
  /** Other sections of the world: `events`, `autoscaling`. */
  readonly sections?: Record<string, unknown>;
  readonly settings?: Partial<AppControllerSettings>;
}

/** Opens an account with a cluster `main` and a table. */
export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const clock = new VirtualClock();
  const simulator = new Simulator({ clock, switches: { weather: FAIR_WEATHER, ...options.switches } });
  const account = { id: DEFAULT_ACCOUNT, region: DEFAULT_REGION };
  const ssm = { parameters: options.parameters ?? {} };
  loadWorld(simulator, {
    version: 1,
    accounts: [
      {
        ...account,
        ssm,
        ecs: { clusters: [{ name: 'main', containerInstances: 2 }], ...options.ecs },
        ...options.sections,
      },
    ],
  });
  const gate = new Gate(clock);
  const clientsOf = (client: string) =>
    createClients({
      region: DEFAULT_REGION,
      clock,
      limits: createLimits({ clock }),
      requestHandler: new SimulatedTransport(simulator, {
        client,
        ...(client === 'controller' ? { gate } : {}),
      }),
      credentials: { accessKeyId: DEFAULT_ACCOUNT, secretAccessKey: 'simulated' },
    });
  const person = clientsOf('person');
  await createTable(person);
  // A new table is not there at once.
  await clock.advance(60_000);
  const loop = openLoop(clientsOf('controller'), clock, options);
  const drive = <T>(work: Promise<T>) => driveClock(clock, work);
  return {
    clock,
    simulator,
    person,
    drive,
    roundTrips: () => gate.roundTrips,
    pass: (app = 'shop') => drive(loop.pass(app, `event:${clock.now()}:${loop.count()}`)),
    async wake(app = 'shop') {
      const wake = loop.wakes.get(app);
      if (wake === undefined) return undefined;
      loop.wakes.delete(app);
      await clock.runUntil(Math.max(wake.at, clock.now()));
      return drive(loop.pass(app, `wake:${wake.token}`));
    },
    async put(name, document) {
      const value = typeof document === 'string' ? document : JSON.stringify(document);
      await person.ssm.send(
        new PutParameterCommand({ Name: name, Type: 'String', Value: value, Overwrite: true }),
      );
    },
    async service(name) {
      const input = { cluster: 'main', services: [name], include: ['TAGS' as const] };
      const { services } = await person.ecs.send(new DescribeServicesCommand(input));
      const service = services?.[0];
      if (service === undefined) throw new Error(`there is no service ${name}`);
      return service;
    },
    async definition(name) {
      const described = await person.ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: name, include: ['TAGS'] }),
      );
      const { revision = 0, cpu, memory } = described.taskDefinition ?? {};
      const tags = Object.fromEntries((described.tags ?? []).map(({ key = '', value = '' }) => [key, value]));
      const size = { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
      return { revision, ...size, document: JSON.stringify(described.taskDefinition), tags };
    },
    owners: (service) => drive(loop.statuses.appsOfService('main', service)),
    writes: (since = 0) =>
      simulator.calls
        .slice(since)
        .filter(
          (call) =>
            call.client === 'controller' &&
            !['dynamodb', 'sts'].includes(call.service) &&
            !/^(Describe|List|Get)/.test(call.operation),
        ),
  };
}

async function createTable(person: Clients): Promise<void> {
  await person.dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'primary_id', AttributeType: 'S' },
        { AttributeName: 'secondary_id', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'primary_id', KeyType: 'HASH' },
        { AttributeName: 'secondary_id', KeyType: 'RANGE' },
      ],
    }),
  );
}

function openLoop(clients: Clients, clock: VirtualClock, options: SceneOptions) {
  const place = { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION };
  const wakes = new Map<string, { at: number; token: string }>();
  let passes = 0;
  let tokens = 0;
  const newToken = () => {
    tokens += 1;
    return `token-${tokens}`;
  };
  const statuses = createStatusStore(clients.dynamodb, TABLE, { ...place, newToken });
  const ports: LoopPorts = {
    clock,
    statuses,
    wakes: {
      async send(key: Key, wake) {
        wakes.set(key.name, wake);
      },
    },
    scope: createPassScope(),
    classify,
    mode: options.mode ?? 'act',
  };
  const taskDefinitions = createTaskDefinitionCache();
  const controller = createAppController({
    reader: () => createReader(clients, { table: TABLE, taskDefinitions }),
    clients,
    settings: {
      ...place,
      installation: '/apppack',
      prefix: '/apppack',
      table: TABLE,
      quietMs: 5_000,
      quietMaxMs: 60_000,
      defaults: { cluster: options.cluster ?? 'main', eventsRoleArn: EVENTS_ROLE },
      ...options.settings,
    },
  });
  const lease = { signal: new AbortController().signal, check: () => {} };
  return {
    wakes,
    statuses,
    count: () => passes,
    pass(name: string, cause: string): Promise<Report> {
      passes += 1;
      const key: Key = { ...place, kind: 'app', name };
      return converge({ key, causes: [{ id: cause }], beganAt: clock.now() }, controller, ports, lease);
    },
  };
}

/** The controller's calls wait at the gate, which opens when the clock runs. */
async function driveClock<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const watched = work.finally(() => {
    isDone = true;
  });
  watched.catch(() => {});
  for (let turn = 0; !isDone && turn < 10_000; turn += 1) await clock.advance(turn < 50 ? 0 : 50);
  return watched;
}

/** The environment, secrets and tags that a revision must carry over. */
export const KEPT = { KEEP: 'me' };

/** A Fargate definition of one container that runs a service of the same name as its family. */
export function definition(family: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const container = { name: 'web', image: 'shop:1', environment: [{ name: 'KEEP', value: KEPT.KEEP }] };
  return {
    family,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    containerDefinitions: [container],
    tags: [{ key: 'team', value: 'shop' }],
    ...changes,
  };
}

/** A steady service with one task, and the definition it runs. */
export function serviceSection(name: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const network = { awsvpcConfiguration: { subnets: ['subnet-1'] } };
  return {
    cluster: 'main',
    name,
    taskDefinition: `${name}:1`,
    desiredCount: 1,
    launchType: 'FARGATE',
    networkConfiguration: network,
    ...changes,
  };
}
