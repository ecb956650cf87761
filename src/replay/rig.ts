import { createClients } from '../aws/clients.ts';
import { createLimits } from '../aws/limits.ts';
import type { CallRecord } from '../aws/middleware.ts';
import type { Reader } from '../aws/reader.ts';
import { type Connection, connect, KINDS_AT_WORK } from '../compose.ts';
import { type Config, readConfig } from '../config.ts';
import { createInstallation, type Place } from '../installation.ts';
import { Simulator } from '../simulator/account.ts';
import { VirtualClock } from '../simulator/clock.ts';
import { FAIR_WEATHER, type Weather } from '../simulator/faults.ts';
import { seededRandom } from '../simulator/random.ts';
import type { EmittedEvent } from '../simulator/region.ts';
import { Gate, SimulatedTransport } from '../simulator/transport.ts';
import { loadWorld } from '../simulator/world.ts';
import type { Listener } from '../telemetry/listener.ts';
import { startTrimtab, type Trimtab } from '../trimtab.ts';
import type { WeatherWish } from './changes.ts';
import { fillWorld } from './filling.ts';
import { MortalProcess } from './process.ts';
import type { Snapshot } from './snapshot.ts';

/** Turns of virtual time to wait for a command before it counts as stuck. */
const TURNS_MAX = 100_000;
const TURN_MS = 50;

/** A controller that cannot start is started again after this long, so many times, as a container is. */
const START_AGAIN_MS = 1_000;
const STARTS_MAX = 1_000;

/** The installation is made this long before the snapshot begins. */
const INSTALL_MS = 60_000;

/** There are no probes to answer. */
const NOBODY_PROBES: Parameters<typeof startTrimtab>[1]['health'] = {
  loop: () => () => {},
  done: () => {},
  drain: () => {},
  liveness: () => ({ alive: true, loops: [] }),
  readiness: () => ({ ready: true, missing: [] }),
};

/** Who hears of what happens on a rig. */
export interface RigListener {
  readonly listener: (client: string) => Listener;
  readonly onCall: (call: CallRecord) => void;
  readonly onEvent: (event: EmittedEvent) => void;
}

type AppController = ReturnType<Connection['appController']>;

/** Puts something around the app controller of every life: tests and fuzzing look at plans, or break them on purpose. */
export type ControllerWrapper = (controller: AppController) => AppController;

type BuildController = ReturnType<Connection['buildController']>;

/** The same for builds. */
export type BuildWrapper = (controller: BuildController) => BuildController;

export interface RigOptions {
  readonly wrap?: ControllerWrapper | undefined;
  readonly wrapBuilds?: BuildWrapper | undefined;
  /** Sends every call through the whole SDK, texts and all, at several times the cost. */
  readonly throughSdk?: boolean | undefined;
}

/** One controller's life. `client` is its label in the call log. */
export interface Life {
  readonly client: string;
  readonly startedAt: number;
  stoppedAt?: number;
}

/** A simulated account in virtual time as a snapshot says, with whole controllers on it. */
export interface Rig {
  readonly clock: VirtualClock;
  readonly simulator: Simulator;
  readonly config: Config;
  readonly place: Place;
  /** Every controller that ever ran here. */
  readonly lives: readonly Life[];
  /** Starts the controllers the snapshot asks for. */
  start(): Promise<void>;
  /** Ends the running controllers, by draining or at once, and starts as many new ones. */
  restart(how: 'stop' | 'kill'): Promise<void>;
  /** A connection without a controller, as commands use it. */
  visit(client: string): Promise<Connection>;
  /** Lets virtual time pass until `work` is done. */
  drive<T>(work: Promise<T>): Promise<T>;
  /** Ends everything at once; the account stays as it is. */
  close(): void;
}

interface Running {
  readonly process: MortalProcess;
  readonly trimtab: Trimtab;
  readonly life: Life;
}

/** Loads the snapshot's world into a simulated account and installs what a controller needs there. */
export async function openRig(
  snapshot: Snapshot,
  seed: number,
  told: RigListener,
  { wrap = (one) => one, wrapBuilds = (one) => one, throughSdk = false }: RigOptions = {},
): Promise<Rig> {
  const startAt = Date.parse(snapshot.startAt);
  const clock = new VirtualClock(startAt - INSTALL_MS, { onlyPromises: !throughSdk });
  const simulator = new Simulator({
    clock,
    seed,
    switches: { weather: weatherOf(snapshot.aws ?? {}), limits: snapshot.aws?.limits ?? true },
    onEvent: told.onEvent,
  });
  const config = configOf(snapshot);
  const place = placeOf(snapshot);
  loadWorld(simulator, fillWorld(snapshot.world, config.table));
  const drive = <T>(work: Promise<T>) => driveClock(clock, work);
  await drive(install(simulator, clock, config, place));
  await clock.runUntil(startAt);
  const gate = new Gate(clock);
  const lives: Life[] = [];
  const running: Running[] = [];
  let isClosed = false;

  const edgeOf = (requestHandler: SimulatedTransport) => ({
    ...place,
    requestHandler,
    ...(throughSdk ? {} : { direct: requestHandler }),
  });
  const open = (process: MortalProcess, onCall: RigListener['onCall']) =>
    connect(
      config,
      { clock: process, random: seededRandom(seed + lives.length) },
      { simulation: edgeOf(process.requestHandler), onCall },
    );

  async function startOne(): Promise<void> {
    const client = lives.length === 0 ? 'controller' : `controller-${lives.length + 1}`;
    const life: Life = { client, startedAt: clock.now() };
    lives.push(life);
    const process = new MortalProcess(clock, simulator, { client, gate });
    try {
      const connection = await open(process, told.onCall);
      const appController = (reader?: Reader) => wrap(connection.appController(reader));
      const buildController: Connection['buildController'] = (nudge) =>
        wrapBuilds(connection.buildController(nudge));
      const observers = { listener: told.listener(client), health: NOBODY_PROBES };
      const trimtab = await startTrimtab({ ...connection, appController, buildController }, observers);
      running.push({ process, trimtab, life });
    } catch (error) {
      process.kill();
      life.stoppedAt = clock.now();
      throw error;
    }
  }

  /** Whoever runs it starts it again, as long as it is AWS that is in its way. */
  async function keepStarting(left: number): Promise<void> {
    try {
      await startOne();
    } catch (error) {
      const { faults, denials } = simulator.switches;
      const isUndisturbed = faults.length === 0 && denials.length === 0 && left === STARTS_MAX;
      if (isClosed || left <= 0 || isUndisturbed) throw error;
      clock.setTimer(START_AGAIN_MS, () => {
        // There is nobody to tell; that nothing was looked at shows in the end.
        keepStarting(left - 1).catch(() => {});
      });
    }
  }

  async function end(how: 'stop' | 'kill'): Promise<void> {
    const ending = running.splice(0);
    if (how === 'stop') await Promise.all(ending.map(({ trimtab }) => trimtab.stop()));
    for (const { process, life } of ending) {
      process.kill();
      life.stoppedAt = clock.now();
    }
  }

  async function start(): Promise<void> {
    for (let replica = 0; replica < (snapshot.replicas ?? 1); replica += 1)
      await drive(keepStarting(STARTS_MAX));
  }

  return {
    clock,
    simulator,
    config,
    place,
    lives,
    start,
    async restart(how) {
      await drive(end(how));
      await start();
    },
    visit: (client) => drive(open(new MortalProcess(clock, simulator, { client, gate }), () => {})),
    drive,
    close() {
      isClosed = true;
      for (const { process } of running.splice(0)) process.kill();
    },
  };
}

/** The configuration a snapshot asks for. Throws `ConfigError`. */
export function configOf(snapshot: Pick<Snapshot, 'settings'>): Config {
  return readConfig({}, snapshot.settings ?? {});
}

/** The account and region of a snapshot; the schema sees to it that there is one. */
export function placeOf({ world }: Pick<Snapshot, 'world'>): Place {
  const account = world.accounts[0];
  return { account: account?.id ?? '', region: account?.region ?? '' };
}

/** The weather a snapshot wishes; what it does not say is fair. */
export function weatherOf(wish: WeatherWish): Weather {
  return {
    staleReadsMs: wish.staleReadsMs ?? FAIR_WEATHER.staleReadsMs,
    duplicateEvents: wish.duplicateEvents ?? FAIR_WEATHER.duplicateEvents,
    lostEvents: wish.lostEvents ?? FAIR_WEATHER.lostEvents,
    eventDelayMs: wish.eventDelayMs ?? FAIR_WEATHER.eventDelayMs,
  };
}

async function install(
  simulator: Simulator,
  clock: VirtualClock,
  config: Config,
  place: Place,
): Promise<void> {
  const clients = createClients({
    region: place.region,
    clock,
    limits: createLimits({ clock }),
    requestHandler: new SimulatedTransport(simulator, { client: 'installer' }),
    credentials: { accessKeyId: place.account, secretAccessKey: 'simulated' },
  });
  await createInstallation(clients, config, { place, kinds: KINDS_AT_WORK, clock });
}

/** A command's promise only moves when the clock does: its calls wait at the gate. */
async function driveClock<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const watched = work.finally(() => {
    isDone = true;
  });
  watched.catch(() => {});
  for (let turn = 0; !isDone; turn += 1) {
    if (turn >= TURNS_MAX) throw new Error('a simulated command hangs');
    await clock.advance(turn < TURN_MS ? 0 : TURN_MS);
  }
  return watched;
}
