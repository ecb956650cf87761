import type { PlanContext } from '../../../reconcile/controller.ts';
import type { AppNames } from '../names.ts';
import type { ScalingDesired } from '../services/desired.ts';
import type { SettingsDesired } from '../settings.ts';
import type { SchedulesDesired } from './desired.ts';
import { type WantedRule, wantedRules } from './grouping.ts';
import { isOwned } from './marks.ts';
import type { ObservedRule, SchedulesFacts } from './observed.ts';
import type { ScheduleSource } from './registering.ts';

export interface SchedulesInput {
  readonly facts: SchedulesFacts;
  readonly desired: SchedulesDesired;
  readonly scaling: ScalingDesired;
  readonly settings: SettingsDesired;
  /** Whether the `settings` parameter is there, for what a person is told to type. */
  readonly hasSettings: boolean;
  /** The service whose image tasks run; absent when none is claimed, or when it cannot be told which it is. */
  readonly source?: ScheduleSource;
  /** A service could not be read that may be the source; somebody else tells of it. */
  readonly isSourceUnread?: boolean;
  readonly names: AppNames;
  /** What this resource remembered. */
  readonly memory: unknown;
  readonly context: PlanContext;
}

/** The rules of an app, by what is to become of them. */
export interface SortedRules {
  readonly wanted: readonly WantedRule[];
  /** Ours by mark, by name. */
  readonly owned: ReadonlyMap<string, ObservedRule>;
  /** Somebody else's that have the names of wanted ones. */
  readonly foreign: readonly ObservedRule[];
  /** Ours and not wanted any more. */
  readonly unwanted: readonly ObservedRule[];
}

export function sortRules(
  rules: readonly ObservedRule[],
  { desired, names }: Pick<SchedulesInput, 'desired' | 'names'>,
): SortedRules {
  const wanted = wantedRules(desired.tasks, names);
  const wantedNames = new Set(wanted.map(({ name }) => name));
  const isOurs = (rule: ObservedRule) =>
    rule.managedBy === undefined && isOwned(rule.description, names.owner);
  const owned = rules.filter(isOurs);
  return {
    wanted,
    owned: new Map(owned.map((rule) => [rule.name, rule])),
    foreign: rules.filter((rule) => wantedNames.has(rule.name) && !isOurs(rule)),
    unwanted: owned.filter((rule) => !wantedNames.has(rule.name)),
  };
}

/** Wanted rules that are not there, but for those whose name somebody else has. */
export function missingRules({ wanted, owned, foreign }: SortedRules): string[] {
  const taken = new Set(foreign.map(({ name }) => name));
  return wanted.map(({ name }) => name).filter((name) => !owned.has(name) && !taken.has(name));
}
