import { canonicalJson } from '../../reconcile/plan.ts';
import type { LoggedCall } from '../../simulator/region.ts';
import { groupBy } from '../grouping.ts';
import type { DatedReport } from '../trace.ts';
import { subjectOf, tookEffect, when } from './calls.ts';
import { type Dossier, knownUntil } from './dossier.ts';
import { countBefore, countBetween, countUntil, inOrder } from './instants.ts';

/** A write is sent again when no read has shown it for this long; reads that lag longer make repetitions right. */
const LAG_MAX_MS = 5_000;

/** I2: what was done is not done again while nobody undid it. */
export function repeatsNothing(dossier: Dossier): readonly string[] {
  if (dossier.lagMs > LAG_MAX_MS) return [];
  const last = new Map<string, LoggedCall>();
  const repeated: string[] = [];
  for (const call of dossier.writes) {
    const subject = subjectOf(call);
    const before = last.get(subject);
    if (before !== undefined && isSame(before, call) && !undoneBetween(dossier, before, call)) {
      repeated.push(
        `${call.operation} of ${subject} at ${when(dossier, call.at)} asks for what ${when(dossier, before.at)} did`,
      );
    }
    if (tookEffect(call)) last.set(subject, call);
  }
  return repeated;
}

function isSame(before: LoggedCall, call: LoggedCall): boolean {
  return (
    before.code === 'OK' &&
    tookEffect(call) &&
    before.operation === call.operation &&
    canonicalJson(before.input) === canonicalJson(call.input)
  );
}

/**
 * Somebody meddled or asked anew, the count moved, or whoever did the first died, or failed, before it could write
 * down that it did. Where that must not lead to a second effect there is an intent (I7).
 */
function undoneBetween(dossier: Dossier, before: LoggedCall, call: LoggedCall): boolean {
  const { people, passes, lives } = dossier;
  const subject = subjectOf(call);
  return (
    countMoved(dossier, before, call) ||
    people.haveMeddled(subject, before.at, call.at) ||
    people.haveAsked(subject.replace('service ', ''), before.at, call.at) ||
    people.havePut(String(before.input.Name), knownUntil(dossier, before), call.at) ||
    lives.some(({ client, stoppedAt = Infinity }) => {
      return client === before.client && stoppedAt >= before.at && stoppedAt <= call.at;
    }) ||
    passes.hasFailed(before.client, subject, before.at, call.at)
  );
}

/**
 * Away from what the first write asked for; or to it, but so late that reads had no time to show it: the autoscaler
 * brings a count inside new bounds some time after it took them.
 * https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
 */
function countMoved(dossier: Dossier, before: LoggedCall, call: LoggedCall): boolean {
  const name = subjectOf(call).replace('service ', '');
  const wanted = before.input.desiredCount;
  const samples = dossier.counts.get(name) ?? [];
  const first = countUntil(samples, before.at);
  const moves = samples
    .slice(first, countBefore(samples, call.at))
    .filter(({ desired }, index) => desired !== samples[first + index - 1]?.desired);
  if (moves.some(({ desired }) => wanted !== undefined && desired !== wanted)) return true;
  const seenAt = knownUntil(dossier, call);
  return call.operation === 'RegisterScalableTarget' && moves.some(({ at }) => at >= seenAt);
}

/** I6: nobody writes by an older version of a parameter than was seen before, or deletes what was not just read. */
export function doesNotTravelBack(dossier: Dossier): readonly string[] {
  const back = [...dossier.passes.byApp].flatMap(([app, passes]) => staleWrites(dossier, app, passes));
  return dossier.whole ? [...back, ...blindDeletions(dossier)] : back;
}

function staleWrites(dossier: Dossier, app: string, passes: readonly DatedReport[]): readonly string[] {
  const newest = new Map<string, { readonly version: number; readonly seenAt: number }>();
  return passes.flatMap(({ report, at }) => {
    // What may only be looked at keeps the versions that were read before.
    if (report.outcome === 'observed') return [];
    const seenAt = report.startedAt - dossier.lagMs;
    const older = Object.entries(report.parameters).filter(([name, version]) => {
      const known = newest.get(name);
      if (known === undefined || version >= known.version) {
        newest.set(name, { version, seenAt });
        return false;
      }
      // A parameter that was deleted since begins again with version 1.
      const deleted = dossier.people.haveDeleted(name, known.seenAt, at);
      if (deleted) newest.set(name, { version, seenAt });
      return !deleted;
    });
    const wrote = report.actions.some(({ type }) => type === 'applied');
    if (!wrote || older.length === 0) return [];
    return [
      `${app} wrote at ${when(dossier, at)} by version ${older[0]?.[1]} of ${older[0]?.[0]}, having seen a newer one`,
    ];
  });
}

function blindDeletions(dossier: Dossier): readonly string[] {
  const looks = looksOf(dossier);
  return dossier.writes
    .filter(({ operation }) => operation === 'DeleteService')
    .filter((deletion) => {
      const { client, at, input } = deletion;
      const since = dossier.passes.around(deletion)?.report.startedAt ?? at - 60_000;
      return countBetween(looks.get(`${client} ${String(input.service)}`) ?? [], since, at) === 0;
    })
    .map(
      (deletion) =>
        `${subjectOf(deletion)} was deleted at ${when(dossier, deletion.at)} without a look at it`,
    );
}

/** When each controller looked at each service. */
function looksOf({ calls }: Dossier): ReadonlyMap<string, readonly LoggedCall[]> {
  const looks = calls.filter(({ operation, code }) => operation === 'DescribeServices' && code === 'OK');
  return groupBy(inOrder(looks), ({ client, input }) =>
    Array.isArray(input.services) ? input.services.map((name) => `${client} ${String(name)}`) : [],
  );
}
