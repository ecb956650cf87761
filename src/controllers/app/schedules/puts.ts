import type { Condition, Difference } from '../../../reconcile/plan.ts';
import { isMassDeletion } from '../guard.ts';
import type { DeleteRule, PutRule, RuleContent, SchedulesAction } from './actions.ts';
import type { WantedRule } from './grouping.ts';
import type { SchedulesMemory, VerifiedRule } from './memory.ts';
import { placementOf } from './placing.ts';
import { planScheduler, type SchedulerPlan } from './registering.ts';
import { type NoRoom, noRoomFor } from './room.ts';
import { planRule, type RulePlan } from './rule.ts';
import { missingRules, type SchedulesInput, type SortedRules } from './sorting.ts';
import { isStillTrue, openIntents } from './verified.ts';
import { contested, noRoom, nothingToRun } from './wording.ts';

/** Between two rules whose targets are looked at without a hint: there is no hurry. */
const CHECK_PAUSE_MS = 60_000;

/** What becomes of the rules that are wanted. */
export interface Puts {
  readonly actions: readonly SchedulesAction[];
  readonly differences: readonly Difference[];
  readonly conditions: readonly Condition[];
  readonly closedIntents: readonly string[];
  readonly memory: SchedulesMemory;
  readonly wakeAt?: number;
  readonly staleAt?: number;
}

/** Plans all rules that are wanted, and the revision that they run. */
export function planPuts(
  input: SchedulesInput,
  sorted: SortedRules,
  memory: SchedulesMemory,
  deletions: readonly DeleteRule[],
): Puts {
  const foreign = sorted.foreign.map((rule) => contested(rule, input.names));
  const setting = settingOf(input, sorted, memory);
  if (setting.type === 'none') return withoutPuts(input, sorted, memory, { ...setting, foreign });
  const room = noRoomFor(input, sorted, memory, deletions.length);
  const taken = new Set(sorted.foreign.map(({ name }) => name));
  const planned = sorted.wanted.filter(
    ({ name }) => !taken.has(name) && (room === undefined || sorted.owned.has(name)),
  );
  const rules = planned.map((wanted) => planOne(wanted, input, sorted, memory, setting.content));
  return assemble(input, sorted, {
    scheduler: setting.scheduler,
    actions: afterMassDeletion(
      rules.flatMap((rule) => rule.actions),
      deletions,
      sorted,
    ),
    rules,
    foreign,
    room,
  });
}

/** What rules are to run and where, or why that cannot be said. */
type Setting =
  | ({ readonly type: 'none' } & Pick<SchedulerPlan, 'conditions' | 'again' | 'restsUntil'> &
      Partial<Pick<SchedulerPlan, 'differences'>>)
  | {
      readonly type: 'set';
      readonly scheduler: SchedulerPlan;
      readonly content: Pick<RuleContent, 'place' | 'revision'>;
    };

function settingOf(input: SchedulesInput, sorted: SortedRules, memory: SchedulesMemory): Setting {
  const { source, names, desired } = input;
  if (sorted.wanted.length === 0 || input.isSourceUnread === true) return { type: 'none', conditions: [] };
  if (source === undefined) return { type: 'none', conditions: [nothingToRun(names, desired.tasks.length)] };
  const scheduler = planScheduler({ ...input, source, memory });
  const { revision, form, conditions } = scheduler;
  if (revision === undefined || form === undefined) return { ...scheduler, type: 'none' };
  const place = placementOf(input, source, form);
  if (place.state === 'none') return { type: 'none', conditions: [...conditions, ...place.conditions] };
  return { type: 'set', scheduler, content: { place: place.value, revision } };
}

/** Rules stay as they are; what was seen of them stays known. */
function withoutPuts(
  { names, context }: SchedulesInput,
  { owned }: SortedRules,
  memory: SchedulesMemory,
  none: Setting & { type: 'none' } & { readonly foreign: readonly Condition[] },
): Puts {
  const { revision, ...rest } = memory;
  const rules = memory.rules.filter((seen) => isStillTrue(seen, owned.get(seen.name), names, context.status));
  const kept = revision === undefined || none.again ? {} : { revision };
  // What was forgotten is read by the next pass.
  const wakeAt = none.again ? context.now : none.restsUntil;
  return {
    actions: [],
    differences: none.differences ?? [],
    conditions: [...none.foreign, ...none.conditions],
    closedIntents: [],
    memory: { ...rest, ...kept, rules },
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

function planOne(
  wanted: WantedRule,
  input: SchedulesInput,
  { owned }: SortedRules,
  memory: SchedulesMemory,
  content: Pick<RuleContent, 'place' | 'revision'>,
): RulePlan {
  const { names, context, facts } = input;
  const { name, tasks } = wanted;
  const observed = owned.get(name);
  const targets = facts.targets[name];
  const verified = memory.rules.find(
    (seen) => seen.name === name && isStillTrue(seen, observed, names, context.status),
  );
  return planRule({
    wanted,
    content: { ...content, tasks },
    names,
    now: context.now,
    ...(observed === undefined ? {} : { observed }),
    ...(targets === undefined ? {} : { targets }),
    ...(verified === undefined ? {} : { verified }),
  });
}

/**
 * Where so many rules would go that a person must say so, no new one comes before that: the tasks of a list that
 * was replaced as a whole must not run by both its old and its new schedules.
 */
function afterMassDeletion(
  actions: readonly SchedulesAction[],
  deletions: readonly DeleteRule[],
  { owned }: SortedRules,
): readonly SchedulesAction[] {
  if (!isMassDeletion(deletions.length, owned.size)) return actions;
  const ids = deletions.map(({ id }) => id);
  const isNew = (action: SchedulesAction): action is PutRule =>
    action.type === 'putRule' && !owned.has(action.rule);
  return actions.map((action) =>
    isNew(action) ? { ...action, after: [...(action.after ?? []), ...ids] } : action,
  );
}

interface Parts {
  readonly scheduler: SchedulerPlan;
  readonly actions: readonly SchedulesAction[];
  readonly rules: readonly RulePlan[];
  readonly foreign: readonly Condition[];
  readonly room: NoRoom | undefined;
}

function assemble(input: SchedulesInput, sorted: SortedRules, parts: Parts): Puts {
  const { context, names, facts } = input;
  const { scheduler, rules, room } = parts;
  const { register, remembered } = scheduler;
  const verified = rules.flatMap((rule) => rule.verified ?? []);
  const checking = nextCheck(verified, facts.checkEveryMs, context.now);
  const wakes = [
    ...(checking === undefined ? [] : [context.now + CHECK_PAUSE_MS]),
    ...(room === undefined ? [] : [room.until]),
  ];
  const full =
    room === undefined ? [] : [noRoom(names, missingRules(sorted).length, sorted.wanted.length, room.until)];
  return {
    actions: [...(register === undefined ? [] : [register]), ...parts.actions],
    differences: [...scheduler.differences, ...rules.flatMap((rule) => rule.differences)],
    conditions: [
      ...parts.foreign,
      ...scheduler.conditions,
      ...rules.flatMap((rule) => rule.conditions),
      ...full,
    ],
    closedIntents: [
      ...scheduler.closedIntents,
      ...verified.flatMap(({ name }) => openIntents(name, context.status)),
    ],
    memory: {
      rules: verified,
      ...(remembered === undefined ? {} : { revision: remembered }),
      ...(checking === undefined ? {} : { checking }),
      ...(room === undefined ? {} : { full: room.memory }),
    },
    ...(wakes.length === 0 ? {} : { wakeAt: Math.min(...wakes) }),
    ...staleWith(verified, facts.checkEveryMs),
  };
}

/** Targets are looked at once more when the next sweep after that comes by. */
function staleWith(verified: readonly VerifiedRule[], everyMs: number): { readonly staleAt?: number } {
  if (everyMs <= 0 || verified.length === 0) return {};
  return { staleAt: Math.min(...verified.map(({ at }) => at)) + everyMs };
}

/** The rule whose targets were seen longest ago, if that is too long ago. */
function nextCheck(verified: readonly VerifiedRule[], everyMs: number, now: number): string | undefined {
  if (everyMs <= 0) return undefined;
  const due = verified.filter(({ at }) => now >= at + everyMs);
  return due.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))[0]?.name;
}
