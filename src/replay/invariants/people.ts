import type { Change } from '../changes.ts';
import { groupBy } from '../grouping.ts';
import type { Snapshot } from '../snapshot.ts';
import { lastPart } from './calls.ts';
import { countBetween, countUntil, type Dated, inOrder } from './instants.ts';

/** A change with its instant as a number. */
export type DatedChange<Type extends Change['type'] = Change['type']> = Dated & {
  readonly change: Extract<Change, { type: Type }>;
};

/** What people did to an account, and whether something of a kind happened from one instant to another, at either too. */
export interface People {
  /** Everything, in order. */
  readonly changes: readonly DatedChange[];
  countChanges(from: number, to: number): number;
  /** Somebody called AWS about `subject`, or about nobody in particular. */
  haveMeddled(subject: string, from: number, to: number): boolean;
  /** Somebody put or deleted a parameter of the app that a service may belong to. */
  haveAsked(service: string, from: number, to: number): boolean;
  haveChangedConfig(from: number, to: number): boolean;
  haveDeleted(parameter: string, from: number, to: number): boolean;
  havePut(parameter: string, from: number, to: number): boolean;
  /** Somebody approved what an app would do. */
  haveApproved(app: string, until: number): boolean;
}

export function peopleOf({ timeline }: Pick<Snapshot, 'timeline'>): People {
  const changes = inOrder(timeline.map((change) => ({ at: Date.parse(change.at), change })));
  const calls = groupBy(ofTypes(changes, ['call']), ({ change }) => namesIn(change.input));
  const parameters = ofTypes(changes, ['put', 'delete']);
  const wishes = groupBy(parameters, ({ change }) => ownerIn(change.name));
  const config = parameters.filter(({ change }) => change.name.includes('/config/'));
  const deletions = groupBy(ofTypes(changes, ['delete']), ({ change }) => [change.name]);
  const puts = groupBy(ofTypes(changes, ['put']), ({ change }) => [change.name]);
  const approvals = groupBy(ofTypes(changes, ['approve']), ({ change }) => [change.app]);
  return {
    changes,
    countChanges: (from, to) => countBetween(changes, from, to),
    haveMeddled: (subject, from, to) => isAny(calls, endingsOf(subject), from, to),
    haveAsked: (service, from, to) => isAny(wishes, beginningsOf(lastPart(service)), from, to),
    haveChangedConfig: (from, to) => countBetween(config, from, to) > 0,
    haveDeleted: (parameter, from, to) => isAny(deletions, [parameter], from, to),
    havePut: (parameter, from, to) => isAny(puts, [parameter], from, to),
    haveApproved: (app, until) => countUntil(approvals.get(app) ?? [], until) > 0,
  };
}

/** The changes of some types, in the order they were in. */
export function ofTypes<Type extends Change['type']>(
  changes: readonly DatedChange[],
  types: readonly Type[],
): ReadonlyArray<DatedChange<Type>> {
  const wanted: ReadonlySet<string> = new Set(types);
  // The set says so of each.
  return changes.filter((one): one is DatedChange<Type> => wanted.has(one.change.type));
}

/** Who a call is about; its subject may say more before that. What is about nobody has a name that anybody ends with. */
function namesIn({ service, serviceName, family }: Readonly<Record<string, unknown>>): readonly string[] {
  const names = [service, serviceName, family].filter((one) => typeof one === 'string').map(lastPart);
  return names.length === 0 ? [''] : names;
}

function ownerIn(parameter: string): readonly string[] {
  const [, , owner] = /\/(apps|pipelines)\/([^/]+)\//.exec(parameter) ?? [];
  return owner === undefined ? [] : [owner];
}

function isAny(
  named: ReadonlyMap<string, readonly Dated[]>,
  names: readonly string[],
  from: number,
  to: number,
): boolean {
  return names.some((name) => countBetween(named.get(name) ?? [], from, to) > 0);
}

/** Every text that a text begins with, from none of it to all of it. */
function beginningsOf(text: string): readonly string[] {
  return Array.from({ length: text.length + 1 }, (_, length) => text.slice(0, length));
}

function endingsOf(text: string): readonly string[] {
  return Array.from({ length: text.length + 1 }, (_, start) => text.slice(start));
}
