import { planDigest } from '../../reconcile/plan.ts';
import type { WriteIndex } from './actions.ts';
import type { Comparison } from './compare.ts';
import type { AccessFacts } from './observed.ts';
import { chunkWrites } from './writes.ts';

/** Fewer removals than this at once are never held, but of administrators. */
const REMOVALS_FREE = 5;

interface Guarded {
  readonly actions: readonly WriteIndex[];
  readonly held?: { readonly actions: readonly WriteIndex[]; readonly reason: string };
}

/**
 * Holds removals back when they look like a mistake, unless a person let exactly this plan pass: more than five and
 * more than half of a key's people at once, or all administrators however few. An app of which nothing else is left
 * takes its people with it.
 */
export function guardRemovals(
  facts: AccessFacts & { readonly state: 'read' },
  found: Comparison,
  approved: string | undefined,
): Guarded {
  const { subject } = facts;
  if (!isRisky(facts, found)) return { actions: chunkWrites(subject, found, 'write') };
  const puts = chunkWrites(subject, { puts: found.puts, removals: [] }, 'write');
  const removals = chunkWrites(subject, { puts: [], removals: found.removals }, 'remove');
  if (approved === planDigest([...puts, ...removals])) return { actions: [...puts, ...removals] };
  const reason =
    `This would take ${found.removals.length} of ${found.owned} ${subject.type} of ${subject.name} out of the index at ` +
    `once, so it is held. If that is meant: trimtab approve ${approvalName(facts)}. If not, put ${listNames(facts)} back.`;
  return { actions: puts, held: { actions: removals, reason } };
}

function isRisky(facts: AccessFacts & { readonly state: 'read' }, { removals, owned }: Comparison): boolean {
  const { subject, desired, remains } = facts;
  if (removals.length === 0) return false;
  if (subject.type === 'administrators' && desired.people?.size === 0) return true;
  if (!desired.listed && remains?.state === 'found' && !remains.value) return false;
  return removals.length > REMOVALS_FREE && removals.length > owned / 2;
}

function approvalName({ subject }: AccessFacts & { readonly state: 'read' }): string {
  return `access/${subject.key.name}`;
}

function listNames({ subject, desired }: AccessFacts & { readonly state: 'read' }): string {
  const [first] = subject.lists;
  const there = subject.lists.filter(({ parameter }) => desired.parameters[parameter] !== undefined);
  return (there.length > 0 ? there : first === undefined ? [] : [first])
    .map(({ parameter }) => parameter)
    .join(' and ');
}
