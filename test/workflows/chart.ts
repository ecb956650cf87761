import type { AnyStateMachine } from 'xstate';

type Named = string | { readonly type: string; readonly params?: object };

/** A machine's definition as JSON, as far as a chart shows it; targets are `#build.waiting`. */
interface Definition {
  readonly key: string;
  readonly type: string;
  readonly tags: readonly string[];
  readonly initial: { readonly target?: readonly string[] };
  readonly states: Readonly<Record<string, Definition>>;
  readonly transitions: ReadonlyArray<{
    readonly eventType: string;
    readonly guard?: Named;
    readonly target?: readonly string[];
    readonly actions: readonly Named[];
  }>;
  readonly entry: readonly unknown[];
  readonly exit: readonly unknown[];
  readonly invoke: readonly unknown[];
}

/**
 * A statechart as lines to read and to compare: a state with its tags, below it what an event brings about, in the order
 * in which guards are asked: `event, guard → target: actions`. Throws at what our machines must not have.
 */
export function chartOf(machine: AnyStateMachine): string {
  // The definition is made to be written as JSON: what refers to nodes becomes their ids.
  const definition = JSON.parse(JSON.stringify(machine.definition)) as Definition;
  const states = Object.values(definition.states).map(linesOf);
  const begins = (definition.initial.target ?? []).map(shortName).join(', ');
  return `${[`begins in ${begins}`, ...states].join('\n\n')}\n`;
}

function linesOf(state: Definition): string {
  const { key, tags, type, transitions, entry, exit, invoke, states } = state;
  if ([...entry, ...exit, ...invoke, ...Object.keys(states)].length > 0)
    throw new Error(
      `${key} does more than it may: no entry and exit actions, no actors, no states inside states`,
    );
  const moves = transitions.map(({ eventType, guard, target = [], actions }) => {
    const where = target.map((id) => ` → ${shortName(id)}`).join('');
    const what = actions.length === 0 ? '' : `: ${actions.map(named).join(', ')}`;
    return `  ${eventType}, ${guard === undefined ? 'else' : named(guard)}${where}${what}`;
  });
  return [`${key} (${[...tags, type].join(', ')})`, ...moves].join('\n');
}

function shortName(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1);
}

function named(one: Named): string {
  if (typeof one === 'string') return one;
  const params = Object.values(one.params ?? {}).map(String);
  return params.length === 0 ? one.type : `${one.type}(${params.join(', ')})`;
}
