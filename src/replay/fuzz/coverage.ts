import type { Controller } from '../../reconcile/controller.ts';
import type { Action, Plan } from '../../reconcile/plan.ts';
import { asDocument, isDocument } from '../documents.ts';
import type { Evidence } from '../evidence.ts';
import type { BuildWrapper, ControllerWrapper } from '../rig.ts';

/** What a case can be the first to show. */
export type Feature = 'edge' | 'calls' | 'reason';

/** Everything that cases have shown so far, by the kind of it. */
export type Counts = Readonly<Record<Feature, number>>;

/** More than this are not remembered, so that memory has a bound. */
const FEATURES_MAX = 65_536;

/** So many calls one after the other make a way of going about things. */
const GRAM_LENGTH = 3;

/** Services whose calls say nothing of what a controller decides: it polls and remembers all the time. */
const BACKGROUND: ReadonlySet<string> = new Set(['sqs', 'sts']);

/** Sees what one case does, and knows what all cases before it did. */
export class Coverage {
  private readonly seen = new Set<number>();
  private readonly counts: Record<Feature, number> = { edge: 0, calls: 0, reason: 0 };

  get size(): Counts {
    return { ...this.counts };
  }

  /** Adds what a case showed; gives back how much of it nobody had shown. */
  add(features: Iterable<readonly [Feature, string]>): number {
    let added = 0;
    for (const [feature, what] of features) {
      const name = hashOf(`${feature} ${what}`);
      if (this.seen.has(name) || this.seen.size >= FEATURES_MAX) continue;
      this.seen.add(name);
      this.counts[feature] += 1;
      added += 1;
    }
    return added;
  }
}

/** FNV-1a: two of so few features are hardly ever taken for one, and then an input is not kept. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Notes the steps of workflows and the conditions of one case while it is played. */
export interface Observer {
  readonly wrap: ControllerWrapper;
  readonly wrapBuilds: BuildWrapper;
  /** What was noted, with the calls of the case once it has ended. */
  features(evidence: Pick<Evidence, 'calls' | 'failures'>): Iterable<readonly [Feature, string]>;
}

/** What is put around controllers besides, such as planners broken on purpose. */
export interface Wrappers {
  readonly wrap?: ControllerWrapper | undefined;
  readonly wrapBuilds?: BuildWrapper | undefined;
}

/** An observer for one case. */
export function createObserver({ wrap, wrapBuilds }: Wrappers = {}): Observer {
  const noted = new Map<string, readonly [Feature, string]>();
  const note = (feature: Feature, what: string) => noted.set(`${feature} ${what}`, [feature, what]);
  const noting =
    <Facts, A extends Action>(planner: Controller<Facts, A>['plan']): Controller<Facts, A>['plan'] =>
    (facts, context) => {
      const plan = planner(facts, context);
      for (const edge of edgesBetween(context.status.memory, plan.memory)) note('edge', edge);
      for (const reason of reasonsIn(plan)) note('reason', reason);
      return plan;
    };
  return {
    wrap(controller) {
      const wrapped = wrap?.(controller) ?? controller;
      return { ...wrapped, plan: noting(wrapped.plan) };
    },
    wrapBuilds(controller) {
      const wrapped = wrapBuilds?.(controller) ?? controller;
      return { ...wrapped, plan: noting(wrapped.plan) };
    },
    *features({ calls, failures }) {
      yield* noted.values();
      yield* gramsOf(calls);
      for (const { what } of failures) yield ['reason', `failure ${/^\w+/.exec(what)?.[0] ?? ''}`];
    },
  };
}

function* reasonsIn({ conditions, held, paused, gone }: Plan): Generator<string> {
  for (const { type, reason, status } of conditions) yield `${type} ${reason} ${status}`;
  if (held !== undefined) yield 'held';
  if (paused !== undefined) yield 'paused';
  if (gone === true) yield 'gone';
}

/**
 * The steps that stored workflows took in a pass: `rollout updating > stabilizing (deployment deployedAt reason)`. Each guard
 * changes other members of the context, so state, event and guard show in this.
 */
export function edgesBetween(before: unknown, after: unknown): readonly string[] {
  const known = new Map([...workflowsIn(before, '')]);
  return [...workflowsIn(after, '')].map(([place, { machine, state, context }]) => {
    const from = known.get(place);
    const changed = Object.keys(context).filter(
      (name) => JSON.stringify(context[name]) !== JSON.stringify(from?.context[name]),
    );
    return `${machine} ${from?.state ?? 'none'} > ${state} (${changed.sort().join(' ')})`;
  });
}

interface StoredStep {
  readonly machine: string;
  readonly state: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/** Stored workflows wherever they lie in a controller's memory, by their place in it. */
function* workflowsIn(memory: unknown, place: string): Generator<readonly [string, StoredStep]> {
  if (Array.isArray(memory)) {
    for (const member of memory) {
      // Lists are of processes and the like: an entry keeps its name, not its place.
      const { process } = asDocument(member);
      yield* workflowsIn(member, `${place}/${String(process ?? '')}`);
    }
    return;
  }
  if (!isDocument(memory)) return;
  const { machine, snapshot } = memory;
  if (typeof machine === 'string' && isDocument(snapshot)) {
    yield [place, { machine, state: String(snapshot.value), context: asDocument(snapshot.context) }];
    return;
  }
  for (const [name, member] of Object.entries(memory)) yield* workflowsIn(member, `${place}/${name}`);
}

/** Calls that follow one another, each with how it ended. */
function* gramsOf(calls: Evidence['calls']): Generator<readonly [Feature, string]> {
  const names = calls
    .filter(({ service }) => !BACKGROUND.has(service))
    .map(({ service, operation, code, fault }) => `${service}.${operation} ${code} ${fault ?? ''}`.trim());
  for (let index = 0; index + GRAM_LENGTH <= names.length; index += 1) {
    yield ['calls', names.slice(index, index + GRAM_LENGTH).join(', ')];
  }
}
