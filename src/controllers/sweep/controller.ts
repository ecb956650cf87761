import type { Cause, Controller } from '../../reconcile/controller.ts';
import type { Failure } from '../../reconcile/errors.ts';
import type { Status } from '../../reconcile/status.ts';
import { type EnqueueKeys, planSweep, type Survey, type SweepFacts, surveyedSlot } from './plan.ts';

export interface SweepPorts {
  /** Compares the whole account; throws what AWS threw when it cannot be read. */
  readonly survey: () => Promise<Survey>;
  /** Messages in the work queue that wait or are worked on, but for the sweep's own. */
  readonly backlog: () => Promise<number>;
  readonly add: (keys: readonly string[], slot: number) => Promise<void>;
  /** The number of the current sweep slot, by our own clock. */
  readonly slot: () => number;
  readonly classify: (error: unknown) => Failure;
  /** How many of its own keys a sweep keeps outstanding. */
  readonly outstandingMax: () => number;
}

/** The periodic pass that finds drift nobody told us about. It only ever writes to our own queue. */
export function createSweepController(ports: SweepPorts): Controller<SweepFacts, EnqueueKeys> {
  return {
    kind: 'sweep',
    async read({ status, causes = [] }) {
      const [look, backlog] = await Promise.all([
        status.then(async (known) => {
          const { slot, isDue } = whatToDo(known, causes, ports);
          return isDue ? { slot, survey: await lookAround(ports) } : { slot };
        }),
        ports.backlog(),
      ]);
      return { ...look, backlog, outstandingMax: ports.outstandingMax() };
    },
    plan: planSweep,
    apply: (action) => ports.add(action.keys, action.slot),
  };
}

/**
 * Each slot is surveyed once, when the message that orders it comes: whoever sent it may have another clock. A wake
 * queues more of what was found, or surveys again when the look before failed.
 */
function whatToDo(
  known: Status,
  causes: readonly Cause[],
  ports: SweepPorts,
): { readonly slot: number; readonly isDue: boolean } {
  const surveyed = surveyedSlot(known.memory);
  const ordered = causes.flatMap(({ id }) => orderedSlot(id) ?? []);
  const slot = ordered.length > 0 ? Math.max(...ordered) : surveyed >= 0 ? surveyed : ports.slot();
  return { slot, isDue: slot !== surveyed || known.attempts > 0 };
}

function orderedSlot(cause: string): number | undefined {
  const [, slot] = /^sweep:(\d+)$/.exec(cause) ?? [];
  return slot === undefined ? undefined : Number(slot);
}

async function lookAround(ports: SweepPorts): Promise<Survey | { failure: Failure }> {
  try {
    return await ports.survey();
  } catch (error) {
    return { failure: ports.classify(error) };
  }
}
