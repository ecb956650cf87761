import type { Clients } from './aws/clients.ts';
import { classify } from './aws/errors.ts';
import { parameterNames } from './aws/parameters.ts';
import { deadLetterQueue, type Queue, queueDepth } from './aws/queues.ts';
import { createPassScope } from './aws/scope.ts';
import { type Connection, KINDS_AT_WORK, openQueue } from './compose.ts';
import { Intake } from './events/intake.ts';
import { type AppsOfService, rememberOwners } from './events/owners.ts';
import { accessPaths } from './events/parameters.ts';
import { routeMessage } from './events/routing.ts';
import { Ticker } from './events/ticker.ts';
import { createDeferrals, createWakes } from './events/wakes.ts';
import { type Fleet, openFleet } from './fleet.ts';
import type { Inspection } from './inspect.ts';
import { queueName } from './installation.ts';
import type { WorkerListener } from './queue/listener.ts';
import { Worker } from './queue/worker.ts';
import { createWorkQueue, type WorkQueue } from './queue/workqueue.ts';
import type { Controller, Lease, LoopPorts, Work } from './reconcile/controller.ts';
import { formatKey, type Key, type Kind, SWEEP_NAME } from './reconcile/key.ts';
import { converge, type Report } from './reconcile/reconcile.ts';
import { createResting } from './resting.ts';
import type { Health } from './server/health.ts';
import type { KeyStatus } from './store/status-list.ts';
import { type SweepingPorts, sweepController } from './sweeping.ts';
import type { Listener } from './telemetry/listener.ts';

/** A long poll takes 20 s; twice that without a turn and the loop hangs. */
const LOOP_BOUND_MS = 60_000;
const BACKLOG_FRESH_MS = 25_000;

/** A running controller. */
export interface Trimtab {
  /**
   * Tells the listener how deep the queues are, unless it did so a moment ago. It costs a call a queue, so it is
   * for whoever is about to show the numbers: an idle controller reads nothing.
   */
  tellBacklog(): Promise<void>;
  /** What the limits of every account and region do now. */
  limiters(): ReturnType<Connection['limits']['numbers']>;
  /** What is remembered of every key of every account and region. */
  statuses(): Promise<readonly KeyStatus[]>;
  /** Stops taking work, ends what runs within the drain time; resolves to whether all of it ended. */
  stop(): Promise<boolean>;
}

/** Who hears of what happens, and who is told that loops turn. */
export interface Observers {
  readonly listener: Listener;
  readonly health: Health;
}

/** Starts the controller on the connection to its home: intake, worker, and a sweep for each account and region. */
export async function startTrimtab(connection: Connection, observers: Observers): Promise<Trimtab> {
  const { config, clock } = connection;
  const fleet = await openFleet(connection, observers.listener.failing);
  let toldAt = Number.NEGATIVE_INFINITY;
  const [intakeQueue, queue] = await Promise.all([
    openQueue(connection, config.intakeQueue, '--intake-queue'),
    openQueue(connection, config.workQueue, '--work-queue'),
  ]);
  const workQueue = createWorkQueue(queue, observers.listener.failing);
  const home = { connection, fleet };
  const intake = startIntake(home, intakeQueue, workQueue, observers);
  const worker = startWorker(home, { intakeQueue, queue, workQueue }, observers);
  const ticker = startTicker(home, workQueue, observers);
  return {
    limiters: () => fleet.places().flatMap(({ limits }) => limits.numbers()),
    statuses: async () => (await Promise.all(fleet.places().map(({ statuses }) => statuses.list()))).flat(),
    async tellBacklog() {
      if (clock.now() < toldAt + BACKLOG_FRESH_MS) return;
      toldAt = clock.now();
      await tellBacklog([intakeQueue, queue], observers.listener);
    },
    async stop() {
      observers.health.drain();
      const [ended] = await Promise.all([
        worker.stop(config.drainSeconds * 1000),
        ticker.stop(),
        intake.stop(),
        fleet.stop(),
      ]);
      return ended;
    },
  };
}

/** The connection whose queues and table everything shares, and everywhere it leads. */
interface Home {
  readonly connection: Connection;
  readonly fleet: Fleet;
}

function startIntake(home: Home, queue: Queue, sink: WorkQueue, observers: Observers): Intake {
  const { config } = home.connection;
  const turned = observers.health.loop('intake', LOOP_BOUND_MS);
  const ownersIn = ownersByPlace();
  const intake = new Intake({
    queue,
    sink,
    route: (message, now) =>
      routeMessage(
        message,
        {
          prefix: config.prefix,
          kinds: KINDS_AT_WORK,
          manages: (account, region) => home.fleet.of({ account, region }) !== undefined,
          appsOfService: (cluster, service) => {
            const place = 'account' in message ? home.fleet.of(message) : undefined;
            return place === undefined ? Promise.resolve([]) : ownersIn(place)(cluster, service);
          },
          reviewAppsOf: async (pipeline) => {
            const place = 'account' in message ? home.fleet.of(message) : undefined;
            return place === undefined ? [] : reviewNumbers(place.clients.ssm, config.prefix, pipeline);
          },
          // A project is called as its app or pipeline is.
          appsOfProject: async (project) => [project],
          accessPaths: accessPaths(config),
        },
        now,
      ),
    listener: {
      polled() {
        turned();
        observers.health.done('intake queue polled');
      },
      turned,
      intake: (report) => {
        observers.listener.intake(report);
        if (report.failedTask !== undefined) observers.listener.taskFailed({ key: report.failedTask });
      },
      failing: observers.listener.failing,
    },
  });
  intake.start();
  return intake;
}

/** Who claims which service, remembered for each account and region by itself. */
function ownersByPlace(): (place: Connection) => AppsOfService {
  const owners = new WeakMap<Connection, AppsOfService>();
  return (place) => {
    const { statuses, clock } = place;
    const known =
      owners.get(place) ?? rememberOwners((...service) => statuses.appsOfService(...service), clock);
    owners.set(place, known);
    return known;
  };
}

interface Queues {
  readonly intakeQueue: Queue;
  readonly queue: Queue;
  readonly workQueue: WorkQueue;
}

type Controllers = Readonly<Partial<Record<Kind, Controller>>>;

function startWorker({ connection, fleet }: Home, queues: Queues, observers: Observers): Worker {
  const { config, clock, statuses } = connection;
  const { listener } = observers;
  const places = () => fleet.places().length;
  const made = new WeakMap<Connection, Controllers>();
  const sweeping = { workQueue: queues.workQueue, places, listener, resting: createResting<Inspection>() };
  const controllersIn = (place: Connection): Controllers => {
    const known = made.get(place) ?? controllersOf(place, sweeping);
    made.set(place, known);
    return known;
  };
  const ports: LoopPorts = {
    clock,
    statuses,
    wakes: createWakes(queues.intakeQueue),
    scope: createPassScope(),
    classify,
    mode: config.mode,
  };
  const worker = new Worker({
    queue: queues.queue,
    concurrency: config.concurrency,
    isShared: () => places() > 1,
    async handle(work, lease) {
      const place = fleet.of(work.key);
      // Its account was taken off the list since it was queued.
      if (place === undefined) return { outcome: 'dropped' };
      return handle(work, lease, { controllers: controllersIn(place), ports, listener });
    },
    defer: createDeferrals(queues.intakeQueue),
    listener: workerListener(observers),
  });
  worker.start();
  return worker;
}

function controllersOf(place: Connection, ports: SweepingPorts): Controllers {
  return {
    app: place.appController(),
    access: place.accessController(),
    build: place.buildController(nudgeThrough(ports.workQueue)),
    sweep: sweepController(place, ports),
  };
}

/** Makes a key look, by a message like any other. */
function nudgeThrough(workQueue: WorkQueue) {
  return async (key: Key, cause: string): Promise<void> => {
    const unsent = await workQueue.addAll([{ key, cause: { id: `event:${cause}` } }]);
    if (unsent.length > 0) throw new Error(`${formatKey(key)} was not queued`);
  };
}

interface Handling {
  readonly controllers: Controllers;
  readonly ports: LoopPorts;
  readonly listener: Listener;
}

async function handle(work: Work, lease: Lease, { controllers, ports, listener }: Handling): Promise<Report> {
  const controller = controllers[work.key.kind];
  if (controller === undefined)
    throw new Error(`this build has no controller for keys of kind ${work.key.kind}`);
  // A sweep writes to our own queue only, so it goes on where apps are merely observed.
  const mode = work.key.kind === 'sweep' ? 'act' : ports.mode;
  const report = await converge(work, controller, { ...ports, mode }, lease);
  listener.report(report);
  return report;
}

function workerListener({ listener, health }: Observers): WorkerListener {
  const turned = health.loop('worker', LOOP_BOUND_MS);
  return {
    ...listener,
    polled() {
      turned();
      health.done('work queue polled');
    },
    turned,
  };
}

function startTicker({ connection, fleet }: Home, sink: WorkQueue, observers: Observers): Ticker {
  const { clock, config } = connection;
  const ticker = new Ticker({
    clock,
    sink,
    keys: () =>
      fleet.places().map(({ account, region }) => ({ account, region, kind: 'sweep', name: SWEEP_NAME })),
    sweepMs: config.sweepSeconds * 1000,
    ticked: () => observers.health.done('first sweep queued'),
    failing: (error) => observers.listener.failing('queueing a sweep', error),
  });
  ticker.start();
  return ticker;
}

async function tellBacklog(queues: readonly Queue[], listener: Listener): Promise<void> {
  await Promise.all(
    queues.map(async (queue) => {
      await tellDepth(queue, listener);
      // Without it nothing is known of dead letters; `trimtab doctor` says which permission is missing.
      const dead = await deadLetterQueue(queue).catch(() => undefined);
      if (dead !== undefined) await tellDepth(dead, listener, { dead: true });
    }),
  );
}

async function tellDepth(queue: Queue, listener: Listener, mark: { dead?: boolean } = {}): Promise<void> {
  const name = queueName(queue.url);
  try {
    listener.backlog({ queue: name, messages: await queueDepth(queue), ...mark });
  } catch {
    // Said as a missing number; the loops that use the queue say why.
    listener.backlog({ queue: name, ...mark });
  }
}

/** The pull requests of a pipeline that have a parameter; none while they cannot be listed, a sweep finds them then. */
async function reviewNumbers(
  ssm: Clients['ssm'],
  prefix: string,
  pipeline: string,
): Promise<readonly string[]> {
  const listed = await parameterNames(ssm, `${prefix}/pipelines/${pipeline}/review-apps/pr`);
  const names = listed.state === 'found' ? listed.value.map(({ name }) => name) : [];
  return names.map((name) => name.slice(name.lastIndexOf('/') + 1)).filter((number) => /^\d+$/.test(number));
}
