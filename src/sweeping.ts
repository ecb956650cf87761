import { classify } from './aws/errors.ts';
import { accessPorts, buildSurveyPorts, type Connection, storedStatuses, surveyPorts } from './compose.ts';
import { createSweepController } from './controllers/sweep/controller.ts';
import { sweepSlot } from './events/ticker.ts';
import type { Inspection } from './inspect.ts';
import type { WorkQueue } from './queue/workqueue.ts';
import type { Controller } from './reconcile/controller.ts';
import { formatKey, type Key, parseKey } from './reconcile/key.ts';
import type { Resting } from './resting.ts';
import { SurveyError, summarize, surveyApps } from './survey.ts';
import { surveyAccess } from './survey-access.ts';
import { surveyBuilds } from './survey-builds.ts';
import type { Listener } from './telemetry/listener.ts';

/** Of several sweeps, each keeps at least so many of its keys outstanding. */
const OUTSTANDING_LEAST = 4;

export interface SweepingPorts {
  readonly workQueue: WorkQueue;
  readonly places: () => number;
  readonly listener: Listener;
  /** What was at rest when it was looked at last, in all of these places. */
  readonly resting: Resting<Inspection>;
}

/**
 * The controller that compares one account and region with what its parameters say. `places` tells how many of them
 * share the queue and the workers.
 */
export function sweepController(
  connection: Connection,
  { workQueue, places, listener, resting }: SweepingPorts,
): Controller {
  const { account, region, clock, config } = connection;
  return createSweepController({
    classify: (error) => (error instanceof SurveyError ? error.failure : classify(error)),
    outstandingMax: () => outstandingMax(2 * config.concurrency, places()),
    slot: () => sweepSlot(clock.now(), config.sweepSeconds * 1000),
    backlog: async () => {
      const { visible, inFlight } = await workQueue.depth();
      // Our own message is in flight while we look; what is so beyond the slots was put back to wait.
      return visible + Math.min(Math.max(0, inFlight - 1), config.concurrency);
    },
    async survey() {
      const startedAt = clock.now();
      const broken: Key[] = [];
      const stored = storedStatuses(connection, (key) => resting.known(key, clock.now())?.status);
      const looking = { mode: config.mode, resting };
      const ports = { ...surveyPorts(connection, stored), ...looking };
      const people = { ...accessPorts(connection, ports.reader, stored), ...looking };
      const breaks = (key: Key, error: unknown) => {
        broken.push(key);
        listener.failing(`looking at ${formatKey(key)} in a sweep`, error);
      };
      const inspections = (
        await Promise.all([surveyApps(ports, breaks), surveyAccess(people, breaks)])
      ).flat();
      const apps = inspections.filter(({ key }) => key.kind === 'app').map(({ key }) => key.name);
      const builds = await surveyBuilds(buildSurveyPorts(connection, ports.reader, stored), apps);
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

/** Sweeps of several accounts share what one may keep outstanding. */
function outstandingMax(together: number, places: number): number {
  return places <= 1 ? together : Math.max(OUTSTANDING_LEAST, Math.ceil(together / places));
}

function stateOf({ key, synced, plan, conditions }: Inspection) {
  return { key, synced, paused: plan.paused !== undefined, conditions };
}
