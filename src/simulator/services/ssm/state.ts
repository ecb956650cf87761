import type { Tags } from '../tags.ts';
import { Listing } from './listing.ts';
import type { Policy } from './policies.ts';

export const PARAMETER_TYPES = ['String', 'StringList', 'SecureString'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];
export type Tier = 'Standard' | 'Advanced';

/** One version of a parameter. Versions are never changed, only replaced. */
export interface ParameterVersion {
  readonly version: number;
  readonly value: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly keyId?: string;
  readonly dataType: string;
  readonly tier: Tier;
  readonly policies: readonly Policy[];
  readonly labels: readonly string[];
  readonly modifiedAt: number;
  readonly modifiedBy: string;
}

/** A parameter with the versions that are kept, oldest first; there is always one. */
export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly tags: Tags;
  readonly versions: readonly ParameterVersion[];
}

interface Slot {
  /** `undefined`: deleted. */
  readonly current: Parameter | undefined;
  /** What readers still see, each until the next shows, which no read lags behind longer than `lagMs`. */
  readonly previous: readonly Shown[];
  readonly visibleAt: number;
}

interface Shown {
  readonly parameter: Parameter | undefined;
  readonly from: number;
}

/** The parameters of one account and region, with what readers see of them now. */
export interface ParameterStore {
  /** The parameter as writes find it. */
  actual(name: string): Parameter | undefined;
  /** The parameter as reads find it: a write may take a moment to show. */
  seen(name: string): Parameter | undefined;
  /** Every parameter reads find, by name. */
  allSeen(): readonly Parameter[];
  /** Those of them whose names begin with `prefix`. */
  seenBeginningWith(prefix: string): readonly Parameter[];
  allActual(): Parameter[];
  /** How many parameters of a tier there are. */
  count(tier: Tier): number;
  /** Stores a parameter, or with `undefined` removes it; readers see it after `lagMs`. */
  set(name: string, parameter: Parameter | undefined, lagMs: number): void;
  clear(): void;
}

/** An empty store; `now` gives the instant of a read or write. */
export function createParameterStore(now: () => number): ParameterStore {
  const slots = new Map<string, Slot>();
  const counts: Record<Tier, number> = { Standard: 0, Advanced: 0 };
  const recount = (parameter: Parameter | undefined, by: number): void => {
    if (parameter !== undefined) counts[newestVersion(parameter).tier] += by;
  };
  const seen = (slot: Slot | undefined): Parameter | undefined =>
    slot !== undefined && now() < slot.visibleAt ? shownOf(slot, now())?.parameter : slot?.current;
  const listing = new Listing({
    seen: (resource) => seen(slots.get(resource)),
    settle(resource) {
      const slot = slots.get(resource);
      if (slot !== undefined && now() < slot.visibleAt) return false;
      if (slot?.current === undefined) slots.delete(resource);
      return true;
    },
  });
  return {
    actual: (name) => slots.get(resourceOf(name))?.current,
    seen: (name) => seen(slots.get(resourceOf(name))),
    allSeen: () => listing.all(),
    seenBeginningWith: (prefix) => listing.beginningWith(prefix),
    allActual: () => [...slots.values()].flatMap((slot) => slot.current ?? []),
    count: (tier) => counts[tier],
    set(name, parameter, lagMs) {
      const resource = resourceOf(name);
      const slot = slots.get(resource);
      recount(slot?.current, -1);
      recount(parameter, 1);
      if (parameter === undefined && lagMs === 0) slots.delete(resource);
      else slots.set(resource, replaced(slot, parameter, now(), lagMs));
      listing.changed(resource);
    },
    clear() {
      slots.clear();
      listing.clear();
      counts.Standard = 0;
      counts.Advanced = 0;
    },
  };
}

function shownOf({ previous }: Slot, now: number): Shown | undefined {
  return previous.findLast(({ from }) => from <= now);
}

/** Changes show in the order in which they were made. */
function replaced(slot: Slot | undefined, current: Parameter | undefined, now: number, lagMs: number): Slot {
  const visibleAt = Math.max(now + lagMs, slot?.visibleAt ?? 0);
  if (slot === undefined || slot.visibleAt <= now) {
    return { current, previous: [{ parameter: slot?.current, from: 0 }], visibleAt };
  }
  return {
    current,
    previous: [...slot.previous, { parameter: slot.current, from: slot.visibleAt }],
    visibleAt,
  };
}

/**
 * The part of a parameter's ARN after `:parameter/`. `/TestParam1` and `TestParam1` are one parameter.
 * Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
export function resourceOf(name: string): string {
  return name.startsWith('/') ? name.slice(1) : name;
}

/** The newest version of a parameter. */
export function newestVersion(parameter: Parameter): ParameterVersion {
  const newest = parameter.versions.at(-1);
  if (newest === undefined) throw new Error(`parameter ${parameter.name} has no version`);
  return newest;
}
