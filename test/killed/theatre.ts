import { type Clients, createClients } from '../../src/aws/clients.ts';
import { connect } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { createHealth } from '../../src/server/health.ts';
import { Simulator } from '../../src/simulator/account.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';
import { FAIR_WEATHER, ORDINARY_WEATHER } from '../../src/simulator/faults.ts';
import { seededRandom } from '../../src/simulator/random.ts';
import type { EmittedEvent, LoggedCall } from '../../src/simulator/region.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, Gate, SimulatedTransport } from '../../src/simulator/transport.ts';
import { loadWorld, type World } from '../../src/simulator/world.ts';
import { buildRecordKey } from '../../src/store/builds.ts';
import { joinListeners } from '../../src/telemetry/listener.ts';
import { startTrimtab, type Trimtab } from '../../src/trimtab.ts';
import { type Verdict, watchBuild } from '../contract/watch.ts';
import { createGuard } from '../policy/guard.ts';

const PERSON = 'person';

/** A simulated account that starts from a world held in memory, with or without a controller. */
export interface Theatre {
  readonly clock: VirtualClock;
  readonly simulator: Simulator;
  readonly gate: Gate;
  /** How many timers of the simulator have fired: with the instant, this says where in a course it is. */
  readonly fired: () => number;
  /** Clients of a person who looks on: time stands still meanwhile, and nothing is different afterwards. */
  readonly person: Clients;
  /** Starts a controller under the shipped policy. */
  start(name: string): Promise<Trimtab>;
  /** Failures of passes and of the loops themselves. */
  readonly failures: string[];
  /** How the watch of the build ended that began when the build did. */
  readonly verdict: () => Verdict | undefined;
  /** Watches the build from now on. */
  readonly watch: () => Promise<Verdict>;
  /** Hears of every call when it has ended. */
  listen(hear: (call: LoggedCall) => void): void;
  /** Throws when a controller did what the policy does not allow. */
  check(): void;
}

/** A build that somebody watches from its start. */
export interface Watched {
  readonly app: string;
  readonly number: number;
}

/** How long a controller is left alone before the deployment is asked for. */
export const BEGINS_AFTER_MS = 60_000;
/** The watch looks between the instants at which all else happens. */
const WATCHED_AFTER_MS = BEGINS_AFTER_MS + 137;

export interface TheatreOptions {
  readonly world: World;
  readonly startAt: number;
  readonly watched: Watched;
  readonly onEvent?: (event: EmittedEvent) => void;
}

/** Opens an account with the ordinary weather of AWS. */
export function openTheatre({ world, startAt, watched, onEvent }: TheatreOptions): Theatre {
  const clock = new VirtualClock(startAt);
  const guard = createGuard();
  let fired = 0;
  const counting = {
    now: () => clock.now(),
    setTimer: (delayMs: number, fire: () => void) =>
      clock.setTimer(delayMs, () => {
        fired += 1;
        fire();
      }),
  };
  const simulator = new Simulator({
    clock: counting,
    seed: 1,
    switches: { weather: ORDINARY_WEATHER, permits: guard.permits },
    ...(onEvent === undefined ? {} : { onEvent }),
  });
  loadWorld(simulator, world);
  spareOnlookers(simulator);
  const gate = new Gate(clock);
  const failures: string[] = [];
  const verdict: { value?: Verdict } = {};
  const watch = () => watchBuild({ simulator, clock, app: watched.app, record: sortOf(watched) });
  clock.setTimer(WATCHED_AFTER_MS, () => void watch().then((value) => (verdict.value = value)));
  return {
    clock,
    simulator,
    gate,
    fired: () => fired,
    failures,
    verdict: () => verdict.value,
    watch,
    person: createClients({
      region: DEFAULT_REGION,
      clock,
      limits: { enter: async () => () => {}, numbers: () => [] },
      requestHandler: new SimulatedTransport(simulator, { client: PERSON }),
      credentials: { accessKeyId: DEFAULT_ACCOUNT, secretAccessKey: 'simulated' },
    }),
    check: guard.check,
    listen(hear) {
      // The log only grows by `push`, one call at a time; nothing changes by being listened to.
      const { calls } = simulator;
      const push = calls.push.bind(calls);
      calls.push = (...more) => {
        const length = push(...more);
        more.forEach(hear);
        return length;
      };
    },
    async start(name) {
      const requestHandler = new SimulatedTransport(simulator, { client: name, gate });
      const place = { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION };
      const simulation = { ...place, requestHandler, direct: requestHandler };
      const edges = { clock, random: seededRandom(name.length) };
      return driven(
        clock,
        connect(readConfig({}), edges, { simulation }).then((connection) =>
          startTrimtab(connection, { listener: failing(failures), health: createHealth(clock) }),
        ),
      );
    },
  };
}

function sortOf({ app, number }: Watched): string {
  return buildRecordKey(app, number).sort;
}

/** Reads that lag draw lots. A person's do not, so that a course is the same whoever looks on. */
function spareOnlookers(simulator: Simulator): void {
  const answer = simulator.answerAs.bind(simulator);
  simulator.answerAs = (call, read) => {
    const { weather } = simulator.switches;
    if (call.caller.client === PERSON) simulator.switches.weather = FAIR_WEATHER;
    try {
      return answer(call, read);
    } finally {
      simulator.switches.weather = weather;
    }
  };
}

function failing(failures: string[]) {
  return joinListeners({
    failure: ({ work, error }) => void failures.push(`${work.key.name}: ${String(error)}`),
    unreadable: (messages) => void failures.push(`${messages} unreadable messages`),
    failing: (doing, error) => void failures.push(`${doing}: ${String(error)}`),
  });
}

/** Lets time pass until `work` is done: its calls wait at the gate. */
export async function driven<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const watched = work.finally(() => {
    isDone = true;
  });
  watched.catch(() => {});
  for (let turn = 0; !isDone && turn < 100_000; turn += 1) await clock.advance(turn < 50 ? 0 : 50);
  return watched;
}
