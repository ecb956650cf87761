import { parseKey } from '../../reconcile/key.ts';
import { canonicalJson } from '../../reconcile/plan.ts';
import type { LoggedCall } from '../../simulator/region.ts';
import type { Evidence } from '../evidence.ts';
import type { DatedReport } from '../trace.ts';
import {
  lagOf,
  lookedAt,
  mayBeOf,
  meddling,
  passesByApp,
  subjectOf,
  tookEffect,
  when,
  writesOf,
} from './calls.ts';

/** A write is sent again when no read has shown it for this long; reads that lag longer make repetitions right. */
const LAG_MAX_MS = 5_000;

/** I2: what was done is not done again while nobody undid it. */
export function repeatsNothing(evidence: Evidence): readonly string[] {
  if (lagOf(evidence) > LAG_MAX_MS) return [];
  const last = new Map<string, LoggedCall>();
  const repeated: string[] = [];
  for (const call of writesOf(evidence)) {
    const subject = subjectOf(call);
    const before = last.get(subject);
    if (before !== undefined && isSame(before, call) && !undoneBetween(evidence, before, call)) {
      repeated.push(
        `${call.operation} of ${subject} at ${when(evidence, call.at)} asks for what ${when(evidence, before.at)} did`,
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
function undoneBetween(evidence: Evidence, before: LoggedCall, call: LoggedCall): boolean {
  const isBetween = (at: number | undefined) => at !== undefined && at >= before.at && at <= call.at;
  const subject = subjectOf(call);
  const seenAt = lookedAt(evidence, before) - lagOf(evidence);
  const failed = evidence.failures.filter(
    ({ client, key }) => client === before.client && isAbout(key, subject),
  );
  return (
    countMoved(evidence, before, call) ||
    meddling(evidence, subject).some(isBetween) ||
    wishesAbout(evidence, subject.replace('service ', '')).some(isBetween) ||
    putsOf(evidence, before.input.Name).some((at) => at >= seenAt && at <= call.at) ||
    evidence.lives.some(({ client, stoppedAt }) => client === before.client && isBetween(stoppedAt)) ||
    failed.some(({ at }) => isBetween(at))
  );
}

function isAbout(key: string | undefined, subject: string): boolean {
  const { name } = (key === undefined ? undefined : parseKey(key)) ?? {};
  return name !== undefined && mayBeOf(name, subject);
}

/**
 * Away from what the first write asked for; or to it, but so late that reads had no time to show it: the autoscaler
 * brings a count inside new bounds some time after it took them.
 * https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
 */
function countMoved(evidence: Evidence, before: LoggedCall, call: LoggedCall): boolean {
  const name = subjectOf(call).replace('service ', '');
  const wanted = before.input.desiredCount;
  const samples = evidence.counts.get(name) ?? [];
  const moves = samples.filter(
    ({ at, desired }, index) => at > before.at && at < call.at && desired !== samples[index - 1]?.desired,
  );
  if (moves.some(({ desired }) => wanted !== undefined && desired !== wanted)) return true;
  const seenAt = lookedAt(evidence, call) - lagOf(evidence);
  return call.operation === 'RegisterScalableTarget' && moves.some(({ at }) => at >= seenAt);
}

/** When somebody put or deleted a parameter of the app a service may belong to. */
function wishesAbout({ snapshot }: Evidence, service: string): readonly number[] {
  const name = service.slice(service.lastIndexOf('/') + 1);
  return snapshot.timeline.flatMap((change) => {
    if (change.type !== 'put' && change.type !== 'delete') return [];
    const [, , app] = /\/(apps|pipelines)\/([^/]+)\//.exec(change.name) ?? [];
    return app !== undefined && name.startsWith(app) ? [Date.parse(change.at)] : [];
  });
}

/** When somebody put this very parameter: whoever writes it too may have seen that only afterwards. */
function putsOf({ snapshot }: Evidence, name: unknown): readonly number[] {
  return snapshot.timeline.flatMap((change) =>
    change.type === 'put' && change.name === name ? [Date.parse(change.at)] : [],
  );
}

/** I6: nobody writes by an older version of a parameter than was seen before, or deletes what was not just read. */
export function doesNotTravelBack(evidence: Evidence): readonly string[] {
  const back = [...passesByApp(evidence)].flatMap(([app, passes]) => staleWrites(evidence, app, passes));
  return evidence.whole ? [...back, ...blindDeletions(evidence)] : back;
}

function staleWrites(evidence: Evidence, app: string, passes: readonly DatedReport[]): readonly string[] {
  const newest = new Map<string, { readonly version: number; readonly seenAt: number }>();
  const lagMs = lagOf(evidence);
  return passes.flatMap(({ report, at }) => {
    const seenAt = report.startedAt - lagMs;
    const older = Object.entries(report.parameters).filter(([name, version]) => {
      const known = newest.get(name);
      if (known === undefined || version >= known.version) {
        newest.set(name, { version, seenAt });
        return false;
      }
      // A parameter that was deleted since begins again with version 1.
      const deleted = deletionsOf(evidence, name).some((one) => one >= known.seenAt && one <= at);
      if (deleted) newest.set(name, { version, seenAt });
      return !deleted;
    });
    const wrote = report.actions.some(({ type }) => type === 'applied');
    if (!wrote || older.length === 0) return [];
    return [
      `${app} wrote at ${when(evidence, at)} by version ${older[0]?.[1]} of ${older[0]?.[0]}, having seen a newer one`,
    ];
  });
}

function deletionsOf({ snapshot }: Evidence, name: string): readonly number[] {
  return snapshot.timeline.flatMap((change) =>
    change.type === 'delete' && change.name === name ? [Date.parse(change.at)] : [],
  );
}

function blindDeletions(evidence: Evidence): readonly string[] {
  return writesOf(evidence)
    .filter(({ operation }) => operation === 'DeleteService')
    .filter((deletion) => !wasJustRead(evidence, deletion))
    .map(
      (deletion) =>
        `${subjectOf(deletion)} was deleted at ${when(evidence, deletion.at)} without a look at it`,
    );
}

function wasJustRead({ calls, reports }: Evidence, deletion: LoggedCall): boolean {
  const name = String(deletion.input.service);
  const pass = reports.find(
    ({ client, at, report }) =>
      client === deletion.client && report.startedAt <= deletion.at && at >= deletion.at,
  );
  const since = pass?.report.startedAt ?? deletion.at - 60_000;
  return calls.some(
    ({ operation, client, at, code, input }) =>
      operation === 'DescribeServices' &&
      client === deletion.client &&
      code === 'OK' &&
      at >= since &&
      at <= deletion.at &&
      Array.isArray(input.services) &&
      input.services.includes(name),
  );
}
