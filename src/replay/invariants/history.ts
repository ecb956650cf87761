import { asDocument, documentsIn } from '../documents.ts';
import { groupBy } from '../grouping.ts';
import type { Snapshot } from '../snapshot.ts';
import { countBefore, countUntil, type Dated } from './instants.ts';
import { type DatedChange, ofTypes, type People } from './people.ts';

/** A text of a parameter, and from when until when it was there. */
export interface TextSpan {
  readonly name: string;
  readonly version: number;
  readonly text: string;
  readonly from: number;
  readonly until: number;
}

/** What Parameter Store and the table said of apps at any time of a case. */
export interface History {
  /**
   * The texts that a parameter had from one instant to another, one after the other; undefined where it was not there.
   * Its name is told by its end: `/apps/shop/paused`.
   */
  heldOver(ending: `/apps/${string}`, from: number, to: number): ReadonlyArray<string | undefined>;
  /** The same from before a case until an instant, of the times it was there. */
  spansUntil(ending: `/apps/${string}`, to: number): readonly TextSpan[];
  /** Whether an app had a parameter or record at any time from one instant to another. */
  isThere(app: string, from: number, to: number): boolean;
}

export function historyOf({ world }: Pick<Snapshot, 'world'>, { changes }: People): History {
  const account = world.accounts[0];
  const first = Object.entries(asDocument(asDocument(account?.ssm).parameters));
  const changed = ofTypes(changes, ['put', 'delete']);
  const texts = {
    first: groupBy(first, ([name]) => endingsIn(name)),
    changed: groupBy(changed, ({ change }) => endingsIn(change.name)),
  };
  const presence = presenceOf(
    first.map(([name]) => name),
    changed,
  );
  const recorded = new Set(
    documentsIn(asDocument(account?.dynamodb).tables).flatMap(({ items }) =>
      documentsIn(items).map(({ primary_id: partition }) => String(partition)),
    ),
  );
  return {
    heldOver: (ending, from, to) => {
      const [before] = texts.first.get(ending) ?? [];
      const own = texts.changed.get(ending) ?? [];
      const begun = countBefore(own, from);
      const earlier = own[begun - 1];
      return [
        earlier === undefined ? before && textOf(asDocument(before[1])) : textAfter(earlier),
        ...own.slice(begun, countUntil(own, to)).map(textAfter),
      ];
    },
    spansUntil: (ending, to) => {
      const own = texts.changed.get(ending) ?? [];
      return spansOf(texts.first.get(ending)?.[0], own.slice(0, countUntil(own, to)));
    },
    isThere: (app, from, to) => {
      if (recorded.has(`APP#${app}`)) return true;
      const own = presence.get(app) ?? [];
      return own
        .slice(Math.max(0, countUntil(own, from) - 1), countUntil(own, to))
        .some(({ there }) => there);
    },
  };
}

/** What is put anew after it was deleted begins with version 1 again. */
function spansOf(
  first: readonly [name: string, parameter: unknown] | undefined,
  changed: ReadonlyArray<DatedChange<'put' | 'delete'>>,
): readonly TextSpan[] {
  const spans: TextSpan[] = [];
  const never = Number.POSITIVE_INFINITY;
  if (first !== undefined) {
    const [name, parameter] = first;
    const { version = 1, ...said } = asDocument(parameter);
    const from = Number.NEGATIVE_INFINITY;
    spans.push({ name, version: Number(version), text: textOf(said), from, until: never });
  }
  for (const { at, change } of changed) {
    const before = spans.at(-1);
    const isThere = before !== undefined && before.until === never;
    if (isThere) spans.splice(-1, 1, { ...before, until: at });
    if (change.type === 'delete') continue;
    const version = isThere ? before.version + 1 : 1;
    spans.push({ name: change.name, version, text: textOf(change), from: at, until: never });
  }
  return spans;
}

/** `/apps/shop/paused` of `/apppack/apps/shop/paused`. */
function endingsIn(name: string): readonly string[] {
  return [...name.matchAll(/(?=\/apps\/)/g)].map(({ index }) => name.slice(index));
}

/** `shop` of `/apppack/apps/shop/paused`. */
function appsIn(name: string): readonly string[] {
  return [...name.matchAll(/(?=\/apps\/([^/]+)\/)/g)].map(([, app = '']) => app);
}

function textAfter({ change }: DatedChange<'put' | 'delete'>): string | undefined {
  return change.type === 'put' ? textOf(change) : undefined;
}

function textOf({ json, value }: { readonly json?: unknown; readonly value?: unknown }): string {
  return json === undefined ? String(value ?? '') : JSON.stringify(json);
}

/** Whether each app had any parameter, from before a case and from each change of its parameters on. */
function presenceOf(
  first: readonly string[],
  changed: ReadonlyArray<DatedChange<'put' | 'delete'>>,
): ReadonlyMap<string, ReadonlyArray<Dated & { readonly there: boolean }>> {
  const names = new Map<string, Set<string>>();
  const events = [
    ...first.map((name) => ({ at: Number.NEGATIVE_INFINITY, name, isPut: true })),
    ...changed.map(({ at, change }) => ({ at, name: change.name, isPut: change.type === 'put' })),
  ];
  const states = events.flatMap(({ at, name, isPut }) =>
    appsIn(name).map((app) => {
      const own = names.get(app) ?? new Set();
      names.set(app, own);
      if (isPut) own.add(name);
      else own.delete(name);
      return { at, app, there: own.size > 0 };
    }),
  );
  return groupBy(states, ({ app }) => [app]);
}
