import type { Failure } from '../../reconcile/errors.ts';
import type { Reading } from '../../reconcile/reading.ts';
import type { Item } from '../../store/table.ts';
import type { Grant } from './desired.ts';
import { type AccessFacts, type Entry, ownerOf, roleOf, says } from './observed.ts';
import type { Subject } from './subject.ts';
import type { Writes } from './writes.ts';

/** What a comparison found. */
export interface Comparison extends Writes {
  /** Everybody who has an item of this key, now or after the writes. */
  readonly members: readonly string[];
  /** How many items of this key are there now. */
  readonly owned: number;
  /** Who should be added while there is no role for them. */
  readonly waiting: number;
  readonly foreign: number;
  readonly unread: readonly string[];
  readonly failure?: Failure;
}

/** What is to be done about one person; `isOwn` tells whether an item of this key is there now. */
type Verdict =
  | { readonly type: 'keep' | 'remove' | 'wait'; readonly isOwn: boolean }
  | { readonly type: 'put'; readonly isOwn: boolean; readonly entry: Entry }
  | { readonly type: 'foreign' | 'absent' }
  | { readonly type: 'unread'; readonly failure: Failure };

/** Compares who is wanted with who is there; in the order of addresses, so that the same facts give the same plan. */
export function compare(facts: AccessFacts & { readonly state: 'read' }): Comparison {
  const people = [...facts.items].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const verdicts = people.map(([email, item]) => [email, judge(facts, email, item)] as const);
  const those = (matches: (verdict: Verdict) => boolean) =>
    verdicts.flatMap(([email, verdict]) => (matches(verdict) ? [email] : []));
  const isOwn = (verdict: Verdict) => 'isOwn' in verdict && verdict.isOwn;
  const failed = verdicts.find(([, { type }]) => type === 'unread')?.[1];
  return {
    puts: verdicts.flatMap(([email, verdict]) =>
      verdict.type === 'put' ? [{ email, entry: verdict.entry }] : [],
    ),
    removals: those(({ type }) => type === 'remove'),
    members: those((verdict) => isOwn(verdict) || verdict.type === 'put'),
    owned: those(isOwn).length,
    waiting: those(({ type }) => type === 'wait').length,
    foreign: those(({ type }) => type === 'foreign').length,
    unread: those(({ type }) => type === 'unread'),
    ...(failed?.type === 'unread' ? { failure: failed.failure } : {}),
  };
}

function judge(
  { subject, desired }: AccessFacts & { readonly state: 'read' },
  email: string,
  reading: Reading<Item>,
): Verdict {
  if (reading.state === 'unreadable') return { type: 'unread', failure: reading.failure };
  const grant = desired.people?.get(email);
  const item = reading.state === 'found' ? reading.value : undefined;
  const isOwn = item !== undefined && ownerOf(item) === subject.owner;
  if (item !== undefined && !isOwn) return { type: grant === undefined ? 'absent' : 'foreign' };
  if (grant === undefined) return withoutGrant(isOwn, desired.people !== undefined);
  const entry = entryOf(subject, grant, desired.role.arn ?? (item && roleOf(item)));
  if (entry.role_arn === undefined) return { type: 'wait', isOwn };
  if (item !== undefined && says(item, entry)) return { type: 'keep', isOwn };
  return { type: 'put', isOwn, entry };
}

/** Nobody goes while it is not known who is wanted. */
function withoutGrant(isOwn: boolean, isKnown: boolean): Verdict {
  if (!isOwn) return { type: 'absent' };
  return { type: isKnown ? 'remove' : 'keep', isOwn };
}

function entryOf(subject: Subject, grant: Grant, role: string | undefined): Entry {
  const { region } = subject.key;
  const base = role === undefined ? { region } : { role_arn: role, region };
  if (subject.type === 'users') return { ...base, pipeline: grant.pipeline };
  return subject.alias === undefined ? base : { ...base, alias: subject.alias };
}
