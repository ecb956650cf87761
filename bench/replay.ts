import * as autoscaling from '@aws-sdk/client-application-auto-scaling';
import * as codebuild from '@aws-sdk/client-codebuild';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ecs from '@aws-sdk/client-ecs';
import * as events from '@aws-sdk/client-eventbridge';
import * as sqs from '@aws-sdk/client-sqs';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { type Clients, createClients } from '../src/aws/clients.ts';
import { createLimits, type Limits } from '../src/aws/limits.ts';
import type { Simulator } from '../src/simulator/account.ts';
import type { LoggedCall } from '../src/simulator/region.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, SimulatedTransport } from '../src/simulator/transport.ts';

/** Logged calls that can be sent again, by nothing but the SDK. */
export interface Replay {
  readonly calls: number;
  /** Sends all of them at once and waits for the answers. */
  run(): Promise<void>;
}

const LIBRARIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  autoscaling,
  codebuild,
  dynamodb,
  ecs,
  events,
  sqs,
  ssm,
  sts,
};

/** What our own middleware is called; the bare clients go without. */
const OURS = ['trimtabOnceOnly', 'trimtabLimits', 'trimtabObserver', 'trimtabLease'];

interface Sender {
  send(command: unknown): Promise<unknown>;
}

/** Prepares logged calls to be sent by bare clients. */
export function createReplay(simulator: Simulator, calls: readonly LoggedCall[]): Replay {
  const clients = bareClients(simulator);
  const prepared = calls.map((call) => prepareCall(clients, call));
  return {
    calls: prepared.length,
    async run() {
      await Promise.all(prepared.map((send) => send()));
    },
  };
}

/** A logged call as something that `clients` send again whenever they are told to. */
export function prepareCall(
  clients: Partial<Clients>,
  { service, operation, input }: Pick<LoggedCall, 'service' | 'operation' | 'input'>,
): () => Promise<unknown> {
  const command = LIBRARIES[service]?.[`${operation}Command`];
  // A service without a client is refused below.
  const client = clients[service as keyof Clients];
  if (typeof command !== 'function' || client === undefined)
    throw new Error(`nobody can send ${service}.${operation}`);
  // The log keeps documents of the wire, whose members are those of the SDK's inputs; each operation's own
  // type cannot be known here.
  const Command = command as new (input: unknown) => unknown;
  const sender = client as unknown as Sender;
  return () => sender.send(new Command(structuredClone(input)));
}

/** Never in anybody's way. */
const NO_LIMITS: Limits = { enter: async () => () => {}, numbers: () => [] };

/** Clients as replays have them, which send without the SDK's texts, but for its limits. */
export function directClients(
  simulator: Simulator,
  requestHandler = new SimulatedTransport(simulator),
): Clients {
  const clients = createClients({
    region: DEFAULT_REGION,
    clock: simulator.clock,
    limits: NO_LIMITS,
    requestHandler,
    direct: requestHandler,
    credentials: { accessKeyId: DEFAULT_ACCOUNT, secretAccessKey: 'simulated' },
  });
  // Also what must not be repeated is sent by whichever client is called so.
  return { ...clients, ecs: clients.ecsOnce };
}

/** Clients with the options of the controller's and none of its middleware. */
export function bareClients(
  simulator: Simulator,
  requestHandler = new SimulatedTransport(simulator),
): Clients {
  const { clock } = simulator;
  const clients = createClients({
    region: DEFAULT_REGION,
    clock,
    limits: createLimits({ clock }),
    requestHandler,
    credentials: { accessKeyId: DEFAULT_ACCOUNT, secretAccessKey: 'simulated' },
  });
  for (const client of Object.values(clients)) {
    for (const name of OURS) client.middlewareStack.remove(name);
  }
  return clients;
}
