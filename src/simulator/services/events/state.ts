import { AwsError } from '../../errors.ts';
import type { RegionContext } from '../../region.ts';
import { type Document, text } from '../members.ts';
import { compare } from '../paging.ts';
import type { Tags } from '../tags.ts';

export const DEFAULT_BUS = 'default';
export const STATES = ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'] as const;
type RuleState = (typeof STATES)[number];

/** A target as PutTargets took it, by AWS's member names. */
export type Target = Document & { readonly Id: string; readonly Arn: string };

/** A rule as its owner last put it. Rules are never changed, only replaced. */
export interface Rule {
  readonly bus: string;
  readonly name: string;
  readonly state: RuleState;
  readonly description?: string;
  readonly eventPattern?: string;
  readonly scheduleExpression?: string;
  readonly roleArn?: string;
  readonly managedBy?: string;
  readonly tags: Tags;
  readonly targets: ReadonlyMap<string, Target>;
  /** When its schedule was put; rates count from here. */
  readonly startedAt: number;
}

export interface Bus {
  readonly name: string;
  readonly description?: string;
  readonly tags: Tags;
  readonly createdAt: number;
}

/** Buses and rules as callers of the API see them. */
export interface EventsState {
  readonly context: RegionContext;
  readonly buses: Map<string, Bus>;
  rule(bus: string, name: string): Rule | undefined;
  /** The rules of a bus, by name. */
  rulesOf(bus: string): readonly Rule[];
  allRules(): Rule[];
  /** Stores a rule, or with `undefined` removes it, and tells the bus; a world being loaded counts at once. */
  setRule(bus: string, name: string, rule: Rule | undefined, atOnce?: boolean): void;
  clear(): void;
}

/** @param changed is told of every rule put or removed. */
export function createEventsState(
  context: RegionContext,
  changed: (bus: string, name: string, atOnce: boolean) => void,
): EventsState {
  const rules = new Map<string, Map<string, Rule>>();
  const buses = new Map<string, Bus>();
  const addDefault = (): void => {
    buses.set(DEFAULT_BUS, { name: DEFAULT_BUS, tags: new Map(), createdAt: context.clock.now() });
  };
  /** The rules of each bus in order, until one of them changes. */
  const sorted = new Map<string, readonly Rule[]>();
  const rulesOf = (bus: string): readonly Rule[] => {
    const known = sorted.get(bus);
    if (known !== undefined) return known;
    const made = [...(rules.get(bus)?.values() ?? [])].sort((a, b) => compare(a.name, b.name));
    sorted.set(bus, made);
    return made;
  };
  const state: EventsState = {
    context,
    buses,
    rule: (bus, name) => rules.get(bus)?.get(name),
    rulesOf,
    allRules: () => [...rules.keys()].sort(compare).flatMap(rulesOf),
    setRule(bus, name, rule, atOnce = false) {
      const onBus = rules.get(bus) ?? new Map<string, Rule>();
      if (rule === undefined) onBus.delete(name);
      else onBus.set(name, rule);
      rules.set(bus, onBus);
      sorted.delete(bus);
      changed(bus, name, atOnce);
    },
    clear() {
      for (const rule of state.allRules()) state.setRule(rule.bus, rule.name, undefined, true);
      buses.clear();
      addDefault();
    },
  };
  addDefault();
  return state;
}

/** Rules of the default bus do not name it in their ARN. */
export function ruleArn(context: RegionContext, bus: string, name: string): string {
  return context.arn('events', bus === DEFAULT_BUS ? `rule/${name}` : `rule/${bus}/${name}`);
}

export function busArn(context: RegionContext, bus: string): string {
  return context.arn('events', `event-bus/${bus}`);
}

const BUS_NAME = {
  min: 1,
  max: 1600,
  pattern: /^(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/.\-_A-Za-z0-9]+$/,
} as const;

/** The name of the bus a request means, by name or ARN; it need not exist. */
export function readBusName(context: RegionContext, input: Document, member = 'EventBusName'): string {
  const given = text(input, member, BUS_NAME) ?? DEFAULT_BUS;
  const start = busArn(context, '');
  return given.startsWith(start) ? given.slice(start.length) : given;
}

/** The name of the bus a request means; throws when there is none. */
export function readBus(state: EventsState, input: Document): string {
  const name = readBusName(state.context, input);
  if (state.buses.has(name)) return name;
  throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
}

/** The rule of that name; throws when there is none. */
export function findRule(state: EventsState, bus: string, name: string): Rule {
  const rule = state.rule(bus, name);
  if (rule !== undefined) return rule;
  throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus}.`);
}

/** Rules of AWS services are theirs: most operations refuse them, some unless forced. */
export function refuseManaged(rule: Rule | undefined, force = false): void {
  if (rule?.managedBy === undefined || force) return;
  throw new AwsError(
    'ManagedRuleException',
    `Rule ${rule.name} is managed by the AWS service ${rule.managedBy} and can only be modified by it.`,
  );
}

/** The complaint about a request that is well formed and still refused. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
