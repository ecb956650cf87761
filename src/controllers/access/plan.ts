import type { PlanContext } from '../../reconcile/controller.ts';
import type { Condition, Plan } from '../../reconcile/plan.ts';
import type { WriteIndex } from './actions.ts';
import { type Comparison, compare } from './compare.ts';
import { guardRemovals } from './guard.ts';
import { type AccessFacts, type AccessMemory, parseMemory } from './observed.ts';
import type { Subject } from './subject.ts';
import { contested, unreadableItems } from './wording.ts';

type Facts = AccessFacts & { readonly state: 'read' };

/**
 * Compares the people on a key's lists with the items of the index. Only what differs is written, so who stays on
 * the list is never out of the index; what has another owner is never touched.
 */
export function planAccess(facts: AccessFacts, context: PlanContext): Plan<WriteIndex> {
  if (facts.state === 'misnamed') return { ...NOTHING, memory: undefined, gone: true };
  const found = compare(facts);
  const guarded = guardRemovals(facts, found, context.status.approved);
  const { desired, subject } = facts;
  const isGone = !desired.listed && found.members.length === 0 && found.failure === undefined;
  return {
    actions: guarded.actions,
    differences: differencesOf(facts, found),
    conditions: [...desired.conditions, ...roleConditions(facts, found), ...conditionsOf(subject, found)],
    memory: nextMemory(facts, found, context),
    parameters: desired.parameters,
    ...(guarded.held === undefined ? {} : { held: guarded.held }),
    ...(isGone ? { gone: true } : {}),
  };
}

const NOTHING = { actions: [], differences: [], conditions: [], parameters: {} } as const;

/** Numbers only: differences are shown in more places than an address should be. */
function differencesOf(facts: Facts, { puts, removals, waiting, owned }: Comparison): Plan['differences'] {
  const { desired, subject } = facts;
  if (desired.people === undefined || puts.length + removals.length + waiting === 0) return [];
  return [
    {
      path: subject.type,
      desired: { people: desired.people.size },
      observed: { people: owned, missing: puts.length + waiting, surplus: removals.length },
    },
  ];
}

/** That no role is known is nobody's problem as long as nobody is to be added. */
function roleConditions({ desired }: Facts, { members, waiting }: Comparison): readonly Condition[] {
  const isConcerned =
    waiting > 0 || (members.length > 0 && desired.people !== undefined && desired.people.size > 0);
  return isConcerned ? desired.role.conditions : [];
}

function conditionsOf(subject: Subject, { foreign, unread, failure }: Comparison): readonly Condition[] {
  return [
    ...(failure === undefined ? [] : [unreadableItems(unread.length, failure)]),
    ...(foreign === 0 ? [] : [contested(foreign, subject.name)]),
  ];
}

/** Who could not be read may be there. */
function nextMemory(
  facts: Facts,
  { members, unread }: Comparison,
  { status, now }: PlanContext,
): AccessMemory {
  const before = parseMemory(status.memory);
  const known = new Set(before.people);
  const people = [...members, ...unread.filter((email) => known.has(email))].sort();
  const searchedAt = facts.searched ? now : before.searchedAt;
  return { people, ...(searchedAt === undefined ? {} : { searchedAt }) };
}
