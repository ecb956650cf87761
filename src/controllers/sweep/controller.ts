import type { Controller } from '../../reconcile/controller.ts';
import type { Failure } from '../../reconcile/errors.ts';
import { type EnqueueKeys, planSweep, type Survey, type SweepFacts, surveyedSlot } from './plan.ts';

export interface SweepPorts {
  /** Compares the whole account; throws what AWS threw when it cannot be read. */
  readonly survey: () => Promise<Survey>;
  /** Messages waiting or in flight in the work queue. */
  readonly backlog: () => Promise<number>;
  readonly add: (keys: readonly string[], slot: number) => Promise<void>;
  /** The number of the current sweep slot. */
  readonly slot: () => number;
  readonly classify: (error: unknown) => Failure;
  readonly outstandingMax: number;
}

/** The periodic pass that finds drift nobody told us about. It only ever writes to our own queue. */
export function createSweepController(ports: SweepPorts): Controller<SweepFacts, EnqueueKeys> {
  return {
    kind: 'sweep',
    async read({ status }) {
      const slot = ports.slot();
      const [surveyed, backlog] = await Promise.all([
        status.then((known) => (surveyedSlot(known.memory) === slot ? undefined : lookAround(ports))),
        ports.backlog(),
      ]);
      // Our own message is in flight while we look.
      const facts = { slot, backlog: Math.max(0, backlog - 1), outstandingMax: ports.outstandingMax };
      return surveyed === undefined ? facts : { ...facts, survey: surveyed };
    },
    plan: planSweep,
    apply: (action) => ports.add(action.keys, action.slot),
  };
}

async function lookAround(ports: SweepPorts): Promise<Survey | { failure: Failure }> {
  try {
    return await ports.survey();
  } catch (error) {
    return { failure: ports.classify(error) };
  }
}
