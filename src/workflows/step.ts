import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventFromLogic,
  type InputFrom,
  initialTransition,
  transition,
} from 'xstate';
import { z } from 'zod';
import { assert } from '../reconcile/errors.ts';

/** Rounds after which a machine that never comes to rest is taken for broken. */
const ROUNDS_MAX = 10;

/** An effect a machine asks for: data. The planner turns it into an action, nothing executes it here. */
export interface Effect {
  readonly type: string;
  readonly params: unknown;
}

/** A workflow as it is stored between passes. */
export interface StoredWorkflow {
  readonly machine: string;
  readonly revision: number;
  readonly snapshot: unknown;
}

/** A machine with what is needed to store it and to read it back. */
export interface Workflow<M extends AnyStateMachine> {
  readonly name: string;
  /** Goes up when a stored snapshot of before can no longer be read. */
  readonly revision: number;
  readonly machine: M;
  /** Checks a stored context, which `resolveState` would accept whatever it is. */
  readonly context: z.ZodType;
  /** Names of the states, to refuse a stored one that is gone. */
  readonly states: readonly string[];
}

export interface Stepped {
  readonly stored: StoredWorkflow;
  readonly state: string;
  readonly effects: readonly Effect[];
  readonly terminal: boolean;
  /** The context, parsed. */
  readonly context: unknown;
}

const storedSchema = z.object({
  machine: z.string(),
  revision: z.number(),
  snapshot: z.looseObject({ status: z.string(), value: z.string(), context: z.unknown() }),
});

/** Throws when run by an actor: effects are data here. */
export function effectIsData(): never {
  throw new Error('this is a bug in trimtab: effects are data and are never executed by a machine');
}

/**
 * Feeds one observation to a workflow, again and again until it rests: its state stops changing, it asks for
 * an effect, or it is done. A stored workflow that cannot be read starts afresh from `input`.
 */
export function stepWorkflow<M extends AnyStateMachine>(
  workflow: Workflow<M>,
  stored: unknown,
  input: InputFrom<M>,
  event: EventFromLogic<M>,
): Stepped {
  const machine: AnyStateMachine = workflow.machine;
  let snapshot = resume(workflow, stored) ?? begin(machine, workflow.name, input);
  let effects: readonly Effect[] = [];
  for (let round = 0; snapshot.status === 'active'; round += 1) {
    assert(
      round < ROUNDS_MAX,
      `workflow ${workflow.name} does not come to rest in ${String(snapshot.value)}`,
    );
    // The machine's own types are erased here: whose snapshot this is, `resume` and `begin` made sure.
    const [next, actions] = transition(machine, snapshot, event) as [AnyMachineSnapshot, Effect[]];
    assert(next.status !== 'error', `workflow ${workflow.name} failed in ${String(snapshot.value)}`);
    const moved = next !== snapshot && next.value !== snapshot.value;
    snapshot = next;
    effects = actions.map(({ type, params }) => ({ type, params }));
    if (effects.length > 0 || !moved) break;
  }
  return {
    stored: {
      machine: workflow.name,
      revision: workflow.revision,
      snapshot: persist(machine, snapshot),
    },
    state: String(snapshot.value),
    effects,
    terminal: snapshot.hasTag('terminal'),
    context: workflow.context.parse(snapshot.context),
  };
}

/** Reads a stored workflow without stepping it; undefined when it is missing or of another revision. */
export function peekWorkflow<M extends AnyStateMachine>(
  workflow: Workflow<M>,
  stored: unknown,
): { state: string; context: unknown; terminal: boolean } | undefined {
  const snapshot = resume(workflow, stored);
  if (snapshot === undefined) return undefined;
  return { state: String(snapshot.value), context: snapshot.context, terminal: snapshot.hasTag('terminal') };
}

function begin(machine: AnyStateMachine, name: string, input: unknown): AnyMachineSnapshot {
  const [snapshot] = initialTransition(machine, input) as [AnyMachineSnapshot, unknown];
  assert(snapshot.status !== 'error', `workflow ${name} cannot start`);
  return snapshot;
}

function resume<M extends AnyStateMachine>(
  workflow: Workflow<M>,
  stored: unknown,
): AnyMachineSnapshot | undefined {
  const parsed = storedSchema.safeParse(stored);
  if (
    !parsed.success ||
    parsed.data.machine !== workflow.name ||
    parsed.data.revision !== workflow.revision
  ) {
    return undefined;
  }
  const { snapshot } = parsed.data;
  if (!workflow.states.includes(snapshot.value)) return undefined;
  if (!workflow.context.safeParse(snapshot.context).success) return undefined;
  // The state and the context were just checked; the other members are of our own making.
  return workflow.machine.resolveState(snapshot as Parameters<M['resolveState']>[0]);
}

/** JSON in and out, so that what is stored is exactly what a later pass reads. */
function persist(machine: AnyStateMachine, snapshot: AnyMachineSnapshot): unknown {
  return JSON.parse(JSON.stringify(machine.getPersistedSnapshot(snapshot)));
}
