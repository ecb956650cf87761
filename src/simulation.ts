import { createClients } from './aws/clients.ts';
import { createLimits } from './aws/limits.ts';
import { KINDS_AT_WORK, type SimulatedEdge } from './compose.ts';
import type { Config } from './config.ts';
import { createInstallation } from './installation.ts';
import type { Clock } from './reconcile/ports.ts';
import { Simulator } from './simulator/account.ts';
import { ORDINARY_WEATHER } from './simulator/faults.ts';
import { serveSimulator } from './simulator/server.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, SimulatedTransport } from './simulator/transport.ts';
import { loadWorld, type World } from './simulator/world.ts';

export interface SimulationOptions {
  readonly world?: World | undefined;
  /** Port on 127.0.0.1 to serve the account on; 0 picks a free one. */
  readonly port: number;
  /** Stale reads and doubled events as on any day of AWS; off unless asked for. */
  readonly ordinary?: boolean;
}

/** A simulated account in this process, also served over HTTP. */
export interface Simulation {
  readonly simulator: Simulator;
  readonly url: string;
  /** For `connect`: talk to this account instead of AWS. */
  readonly edge: SimulatedEdge;
  close(): Promise<void>;
}

/** Opens a simulated account on the given clock, with the installation's queues, rules and table in it. */
export async function openSimulation(
  config: Config,
  clock: Clock,
  options: SimulationOptions,
): Promise<Simulation> {
  const switches = options.ordinary === true ? { weather: ORDINARY_WEATHER } : {};
  const simulator = new Simulator({ clock, switches });
  if (options.world !== undefined) loadWorld(simulator, options.world);
  const first = options.world?.accounts[0];
  const place = { account: first?.id ?? DEFAULT_ACCOUNT, region: first?.region ?? DEFAULT_REGION };
  const edge: SimulatedEdge = { ...place, requestHandler: new SimulatedTransport(simulator) };
  await install(config, clock, edge);
  const server = await serveSimulator(simulator, { port: options.port });
  return { simulator, url: server.url, edge, close: () => server.close() };
}

async function install(config: Config, clock: Clock, edge: SimulatedEdge): Promise<void> {
  const clients = createClients({
    region: edge.region,
    clock,
    limits: createLimits({ clock }),
    requestHandler: edge.requestHandler,
    credentials: { accessKeyId: edge.account, secretAccessKey: 'simulated' },
  });
  await createInstallation(clients, config, { place: edge, kinds: KINDS_AT_WORK, clock });
}
