import { classify } from './aws/errors.ts';
import { deadLetterQueue, type Queue, queueDepth } from './aws/queues.ts';
import { createPassScope } from './aws/scope.ts';
import {
  accessPorts,
  buildSurveyPorts,
  type Connection,
  KINDS_AT_WORK,
  openQueue,
  surveyPorts,
} from './compose.ts';
import { createSweepController } from './controllers/sweep/controller.ts';
import { Intake } from './events/intake.ts';
import { rememberOwners } from './events/owners.ts';
import { accessPaths } from './events/parameters.ts';
import { routeMessage } from './events/routing.ts';
import { sweepSlot, Ticker } from './events/ticker.ts';
import { createWakes } from './events/wakes.ts';
import type { Inspection } from './inspect.ts';
import { queueName } from './installation.ts';
import type { WorkerListener } from './queue/listener.ts';
import { Worker } from './queue/worker.ts';
import { createWorkQueue, type WorkQueue } from './queue/workqueue.ts';
import type { Controller, Lease, LoopPorts, Work } from './reconcile/controller.ts';
import { formatKey, type Key, type Kind, parseKey, SWEEP_NAME } from './reconcile/key.ts';
import { converge, type Report } from './reconcile/reconcile.ts';
import type { Health } from './server/health.ts';
import { summarize, surveyApps } from './survey.ts';
import { surveyAccess } from './survey-access.ts';
import { surveyBuilds } from './survey-builds.ts';
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
  /** Stops taking work, ends what runs within the drain time; resolves to whether all of it ended. */
  stop(): Promise<boolean>;
}

/** Who hears of what happens, and who is told that loops turn. */
export interface Observers {
  readonly listener: Listener;
  readonly health: Health;
}

/** Starts the controller on a connection: intake, worker and sweep. */
export async function startTrimtab(connection: Connection, observers: Observers): Promise<Trimtab> {
  const { config, clock } = connection;
  let toldAt = Number.NEGATIVE_INFINITY;
  const [intakeQueue, queue] = await Promise.all([
    openQueue(connection, config.intakeQueue, '--intake-queue'),
    openQueue(connection, config.workQueue, '--work-queue'),
  ]);
  const workQueue = createWorkQueue(queue, observers.listener.failing);
  const intake = startIntake(connection, intakeQueue, workQueue, observers);
  const worker = startWorker(connection, { intakeQueue, queue, workQueue }, observers);
  const ticker = startTicker(connection, workQueue, observers);
  return {
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
      ]);
      return ended;
    },
  };
}

function startIntake(connection: Connection, queue: Queue, sink: WorkQueue, observers: Observers): Intake {
  const { config, statuses, account, region, clock } = connection;
  const turned = observers.health.loop('intake', LOOP_BOUND_MS);
  const appsOfService = rememberOwners((cluster, service) => statuses.appsOfService(cluster, service), clock);
  const intake = new Intake({
    queue,
    sink,
    route: (message, now) =>
      routeMessage(
        message,
        {
          prefix: config.prefix,
          kinds: KINDS_AT_WORK,
          manages: (otherAccount, otherRegion) => otherAccount === account && otherRegion === region,
          appsOfService,
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

interface Queues {
  readonly intakeQueue: Queue;
  readonly queue: Queue;
  readonly workQueue: WorkQueue;
}

function startWorker(connection: Connection, queues: Queues, observers: Observers): Worker {
  const { config, clock, statuses } = connection;
  const controllers: Readonly<Partial<Record<Kind, Controller>>> = {
    app: connection.appController(),
    access: connection.accessController(),
    build: connection.buildController(nudgeThrough(queues.workQueue)),
    sweep: sweepController(connection, queues.workQueue, observers.listener),
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
    handle: (work, lease) => handle(work, lease, { controllers, ports, listener: observers.listener }),
    listener: workerListener(observers),
  });
  worker.start();
  return worker;
}

/** Makes a key look, by a message like any other. */
function nudgeThrough(workQueue: WorkQueue) {
  return async (key: Key, cause: string): Promise<void> => {
    const unsent = await workQueue.addAll([{ key, cause: { id: `event:${cause}` } }]);
    if (unsent.length > 0) throw new Error(`${formatKey(key)} was not queued`);
  };
}

interface Handling {
  readonly controllers: Readonly<Partial<Record<Kind, Controller>>>;
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

function startTicker(connection: Connection, sink: WorkQueue, observers: Observers): Ticker {
  const { account, region, clock, config } = connection;
  const ticker = new Ticker({
    clock,
    sink,
    keys: [{ account, region, kind: 'sweep', name: SWEEP_NAME }],
    sweepMs: config.sweepSeconds * 1000,
    ticked: () => observers.health.done('first sweep queued'),
    failing: (error) => observers.listener.failing('queueing a sweep', error),
  });
  ticker.start();
  return ticker;
}

function sweepController(connection: Connection, workQueue: WorkQueue, listener: Listener): Controller {
  const { account, region, clock, config } = connection;
  return createSweepController({
    classify,
    outstandingMax: 2 * config.concurrency,
    slot: () => sweepSlot(clock.now(), config.sweepSeconds * 1000),
    backlog: async () => {
      const { visible, inFlight } = await workQueue.depth();
      // Our own message is in flight while we look; what is so beyond the slots was put back to wait.
      return visible + Math.min(Math.max(0, inFlight - 1), config.concurrency);
    },
    async survey() {
      const startedAt = clock.now();
      const broken: Key[] = [];
      const ports = { ...surveyPorts(connection), mode: config.mode };
      const people = { ...accessPorts(connection, ports.reader), mode: config.mode };
      const breaks = (key: Key, error: unknown) => {
        broken.push(key);
        listener.failing(`looking at ${formatKey(key)} in a sweep`, error);
      };
      const inspections = (
        await Promise.all([surveyApps(ports, breaks), surveyAccess(people, breaks)])
      ).flat();
      const apps = inspections.filter(({ key }) => key.kind === 'app').map(({ key }) => key.name);
      const builds = await surveyBuilds(buildSurveyPorts(connection, ports.reader), apps);
      const survey = summarize(inspections, [...broken, ...builds]);
      const durationMs = clock.now() - startedAt;
      listener.sweep({
        account,
        region,
        surveyed: survey.surveyed,
        differing: survey.keys.length,
        durationMs,
      });
      listener.listing({ account, region, keys: inspections.map(stateOf) });
      return survey;
    },
    async add(keys, slot) {
      const items = keys.flatMap((text) => {
        const key: Key | undefined = parseKey(text);
        return key === undefined ? [] : [{ key, cause: { id: `sweep:${slot}` } }];
      });
      const unsent = await workQueue.addAll(items);
      if (unsent.length > 0) throw new Error(`${unsent.length} of ${items.length} keys were not queued`);
    },
  });
}

function stateOf({ key, synced, plan, conditions }: Inspection) {
  return { key, synced, paused: plan.paused !== undefined, conditions };
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
