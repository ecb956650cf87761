import { type Key, parseKey } from '../../reconcile/key.ts';
import type { LoggedCall } from '../../simulator/region.ts';
import type { Evidence } from '../evidence.ts';
import { groupBy } from '../grouping.ts';
import type { DatedReport } from '../trace.ts';
import { beginningOf, beginningsIn } from './calls.ts';
import { countBefore, countBetween, type Dated, inOrder } from './instants.ts';

/** What is known of the passes of a case. */
export interface Passes {
  /** Passes over apps that were more than a dropped wake, by app, in order. */
  readonly byApp: ReadonlyMap<string, readonly DatedReport[]>;
  /** Passes over apps, builds and lists of people by what their key is called: `shop`, `build of shop`. */
  readonly byKey: ReadonlyMap<string, readonly DatedReport[]>;
  /** When whoever made a call had begun to look: what happened later it could not know. */
  lookedAt(call: LoggedCall): number;
  /** Of the passes of a controller that went on while it made a call, the one that ended first. */
  around(call: LoggedCall): DatedReport | undefined;
  /** Whether a pass of a controller over what may own a subject ended from one instant to another, well or not. */
  hasEnded(client: string, subject: string, from: number, to: number): boolean;
  /** Whether one threw. */
  hasFailed(client: string, subject: string, from: number, to: number): boolean;
}

export function passesOf({ reports, failures }: Pick<Evidence, 'reports' | 'failures'>): Passes {
  const controllers = new Map(
    [...groupBy(reports, ({ client }) => [client])].map(([client, all]) => {
      const passes = inOrder(all);
      return [client, { passes, begun: earliestFrom(passes) }] as const;
    }),
  );
  const ended = endsOf(reports, ({ report }) => report.work.key);
  const failed = endsOf(failures, ({ key }) => parseKey(key ?? ''));
  return {
    byApp: namedBy(reports, ({ kind, name }) => (kind === 'app' ? [name] : [])),
    byKey: namedBy(reports, ({ kind, name }) => {
      if (kind === 'sweep') return [];
      return [kind === 'app' ? name : `${kind} of ${name}`];
    }),
    lookedAt: ({ client, at }) => {
      const { passes, begun } = controllers.get(client) ?? NONE;
      // The earliest that had not ended yet; if it began later, so did all others.
      return Math.min(at, begun[countBefore(passes, at)] ?? at);
    },
    around: ({ client, at }) => {
      const { passes, begun } = controllers.get(client) ?? NONE;
      for (let index = countBefore(passes, at); (begun[index] ?? Infinity) <= at; index += 1) {
        const pass = passes[index];
        if (pass !== undefined && pass.report.startedAt <= at) return pass;
      }
      return undefined;
    },
    hasEnded: (...asked) => isAmong(ended, asked) || isAmong(failed, asked),
    hasFailed: (...asked) => isAmong(failed, asked),
  };
}

const NONE = { passes: [], begun: [] };

function namedBy(
  reports: readonly DatedReport[],
  namesOf: (key: DatedReport['report']['work']['key']) => readonly string[],
): ReadonlyMap<string, readonly DatedReport[]> {
  return groupBy(reports, ({ report }) => (report.outcome === 'dropped' ? [] : namesOf(report.work.key)));
}

/** For each pass the earliest start of it and all that follow. */
export function earliestFrom(passes: readonly DatedReport[]): readonly number[] {
  const earliest = passes.map(({ report }) => report.startedAt);
  for (let index = earliest.length - 2; index >= 0; index -= 1) {
    earliest[index] = Math.min(earliest[index] ?? Infinity, earliest[index + 1] ?? Infinity);
  }
  return earliest;
}

/** What passes over builds own, by no name of theirs: all apps of a pipeline share a bucket. */
const OBJECTS = 'objects';

/** Ends in order of time, by controller and what names of what they may own begin with. */
function endsOf<T extends Dated & { readonly client: string }>(
  ends: readonly T[],
  keyOf: (end: T) => Key | undefined,
): ReadonlyMap<string, readonly T[]> {
  return groupBy(inOrder(ends), (end) => {
    const { kind, name } = keyOf(end) ?? {};
    if (name === undefined) return [];
    const own = `${end.client} ${beginningOf(name)}`;
    return kind === 'build' ? [own, `${end.client} ${OBJECTS}`] : [own];
  });
}

function isAmong(
  ends: ReadonlyMap<string, readonly Dated[]>,
  [client, subject, from, to]: Parameters<Passes['hasEnded']>,
): boolean {
  return ownersOf(subject).some((owner) => countBetween(ends.get(`${client} ${owner}`) ?? [], from, to) > 0);
}

function ownersOf(subject: string): readonly string[] {
  return subject.startsWith('object ') ? [OBJECTS] : beginningsIn(subject);
}
