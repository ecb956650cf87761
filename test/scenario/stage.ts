import { type Clients, createClients } from '../../src/aws/clients.ts';
import type { Limits } from '../../src/aws/limits.ts';
import { type Connection, connect, KINDS_AT_WORK } from '../../src/compose.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { createInstallation } from '../../src/installation.ts';
import type { Clock } from '../../src/reconcile/ports.ts';
import type { Report } from '../../src/reconcile/reconcile.ts';
import { createHealth, type Health } from '../../src/server/health.ts';
import { Simulator } from '../../src/simulator/account.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';
import { ORDINARY_WEATHER } from '../../src/simulator/faults.ts';
import { seededRandom } from '../../src/simulator/random.ts';
import type { LoggedCall, SimulatorSwitches } from '../../src/simulator/region.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, Gate, SimulatedTransport } from '../../src/simulator/transport.ts';
import { loadWorld, type World } from '../../src/simulator/world.ts';
import { joinListeners, type Listener } from '../../src/telemetry/listener.ts';
import { startTrimtab, type Trimtab } from '../../src/trimtab.ts';
import { type CliUser, openCli } from '../contract/follow.ts';
import { createGuard } from '../policy/guard.ts';

/** A running controller of a scenario. */
export interface Actor {
  readonly name: string;
  readonly connection: Connection;
  readonly trimtab: Trimtab;
  readonly health: Health;
  readonly reports: Report[];
  /** Failures of passes and of the loops themselves. */
  readonly failures: string[];
}

/** A simulated account in virtual time, with whole controllers on it. */
export interface Stage {
  readonly clock: VirtualClock;
  readonly simulator: Simulator;
  /** Clients of a person who looks around and changes things. */
  readonly person: Clients;
  /** The same in another account. */
  personIn(account: string): Clients;
  readonly config: Config;
  /** Somebody whose CLI reads every record of builds and deployments. */
  readonly cli: CliUser;
  /** Starts a controller; its calls carry `name` in the call log, and its clock is wrong by `skewMs`. */
  start(name?: string, settings?: Record<string, string>, skewMs?: number): Promise<Actor>;
  /** A connection without a controller, as commands use it. */
  visit(settings?: Record<string, string>): Promise<Connection>;
  /** Lets virtual time pass until `work` is done. */
  drive<T>(work: Promise<T>): Promise<T>;
  /** Mutating calls that controllers made to what people own (not the queues and the table). */
  writes(since?: number): LoggedCall[];
  /**
   * Ends the controllers; throws when one of them did what `deploy/policy.json` does not allow, or wrote what AppPack's
   * CLI cannot live with.
   */
  stop(): Promise<void>;
}

export interface StageOptions {
  readonly sections?: Record<string, unknown>;
  /** Accounts beside the first. */
  readonly others?: World['accounts'];
  readonly switches?: Partial<SimulatorSwitches>;
  readonly seed?: number;
  readonly settings?: Record<string, string>;
}

const READ = /^(Describe|List|Get|Batch|Query|Receive)/;
const OURS = new Set(['sqs', 'dynamodb', 'sts']);

/**
 * Opens an account with the ordinary weather of AWS: stale reads and doubled events. Controllers may do in it what
 * the shipped policy allows.
 */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const clock = new VirtualClock();
  const seed = options.seed ?? 1;
  const guard = createGuard();
  const simulator = new Simulator({
    clock,
    seed,
    switches: { weather: ORDINARY_WEATHER, permits: guard.permits, ...options.switches },
  });
  const world: World = {
    version: 1,
    accounts: [
      { id: DEFAULT_ACCOUNT, region: DEFAULT_REGION, ...options.sections },
      ...(options.others ?? []),
    ],
  };
  loadWorld(simulator, world);
  const gate = new Gate(clock);
  const cli = openCli(simulator, clock);
  const config = readConfig(options.settings ?? {});
  const personIn = (account: string) => clientsFor(simulator, clock, 'person', account);
  const person = personIn(DEFAULT_ACCOUNT);
  const drive = <T>(work: Promise<T>) => driveClock(clock, work);
  const place = { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION };
  await drive(createInstallation(person, config, { place, kinds: KINDS_AT_WORK, clock }));
  const actors: Actor[] = [];
  const edge = (name: string) => ({
    account: DEFAULT_ACCOUNT,
    region: DEFAULT_REGION,
    ...directly(new SimulatedTransport(simulator, { client: name, gate })),
  });
  const visit = (settings: Record<string, string> = {}, name = 'command', skewMs = 0) => {
    const own = readConfig({ ...options.settings, ...settings });
    const edges = { clock: skewed(clock, skewMs), random: seededRandom(seed + actors.length) };
    return drive(connect(own, edges, { simulation: edge(name) }));
  };
  return {
    clock,
    simulator,
    person,
    personIn,
    config,
    cli,
    drive,
    visit,
    async start(name = 'controller', settings = {}, skewMs = 0) {
      const connection = await visit(settings, name, skewMs);
      const actor = await drive(startActor(name, connection));
      actors.push(actor);
      return actor;
    },
    writes: (since = 0) =>
      simulator.calls.filter(
        (call) =>
          call.client !== 'person' &&
          call.at >= since &&
          !OURS.has(call.service) &&
          !READ.test(call.operation),
      ),
    async stop() {
      for (let waited = 0; waited < 15 && cli.isBehind(); waited += 1) await clock.advance(1_000);
      await drive(Promise.all(actors.map((actor) => actor.trimtab.stop())));
      guard.check();
      cli.check();
    },
  };
}

function skewed(clock: Clock, skewMs: number): Clock {
  return { now: () => clock.now() + skewMs, setTimer: (delayMs, fire) => clock.setTimer(delayMs, fire) };
}

/** A person waits for nothing: time stands still while a test awaits a call. */
const UNLIMITED: Limits = { enter: async () => () => {}, numbers: () => [] };

function clientsFor(simulator: Simulator, clock: VirtualClock, client: string, account: string): Clients {
  return createClients({
    region: DEFAULT_REGION,
    clock,
    limits: UNLIMITED,
    requestHandler: new SimulatedTransport(simulator, { client }),
    credentials: { accessKeyId: account, secretAccessKey: 'simulated' },
  });
}

async function startActor(name: string, connection: Connection): Promise<Actor> {
  const reports: Report[] = [];
  const failures: string[] = [];
  const health = createHealth(connection.clock);
  const trimtab = await startTrimtab(connection, { listener: recorder(reports, failures), health });
  return { name, connection, trimtab, health, reports, failures };
}

function recorder(reports: Report[], failures: string[]): Listener {
  return joinListeners({
    report: (report) => void reports.push(report),
    failure: ({ work, error }) => void failures.push(`${work.key.name}: ${String(error)}`),
    unreadable: (messages) => void failures.push(`${messages} unreadable messages`),
    failing: (doing, error) => void failures.push(`${doing}: ${String(error)}`),
  });
}

/** A command's promise only moves when the clock does: its calls wait at the gate. */
async function driveClock<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const watched = work.finally(() => {
    isDone = true;
  });
  watched.catch(() => {});
  for (let turn = 0; !isDone && turn < 100_000; turn += 1) await clock.advance(turn < 50 ? 0 : 50);
  return watched;
}

/** Without the SDK's texts in between, which test/aws/direct.test.ts holds to be the same. */
function directly(transport: SimulatedTransport) {
  return { requestHandler: transport, direct: transport };
}
