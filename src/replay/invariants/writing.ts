import { canonicalJson } from '../../reconcile/plan.ts';
import type { LoggedCall } from '../../simulator/region.ts';
import type { Evidence } from '../evidence.ts';
import type { DatedReport } from '../trace.ts';
import { meddling, passesByApp, subjectOf, tookEffect, when, writesOf } from './calls.ts';

/** A write is sent again when no read has shown it for this long; reads that lag longer make repetitions right. */
const LAG_MAX_MS = 5_000;

/** I2: what was done is not done again while nobody undid it. */
export function repeatsNothing(evidence: Evidence): readonly string[] {
  if (lagsLong(evidence)) return [];
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

function lagsLong({ snapshot }: Evidence): boolean {
  const changed = snapshot.timeline.flatMap((change) => (change.type === 'weather' ? [change.weather] : []));
  return [snapshot.aws ?? {}, ...changed].some(({ staleReadsMs = 0 }) => staleReadsMs > LAG_MAX_MS);
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
  const name = subject.replace('service ', '');
  const wanted = before.input.desiredCount;
  const moved = evidence.counts
    .get(name)
    ?.some(({ at, desired }) => at > before.at && at < call.at && wanted !== undefined && desired !== wanted);
  return (
    moved === true ||
    meddling(evidence, subject).some(isBetween) ||
    wishesAbout(evidence, name).some(isBetween) ||
    evidence.lives.some(({ stoppedAt }) => isBetween(stoppedAt)) ||
    evidence.failures.some(({ at, key }) => key !== undefined && isBetween(at))
  );
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

/** I6: nobody writes by an older version of a parameter than was seen before, or deletes what was not just read. */
export function doesNotTravelBack(evidence: Evidence): readonly string[] {
  const back = [...passesByApp(evidence)].flatMap(([app, passes]) => staleWrites(evidence, app, passes));
  return evidence.whole ? [...back, ...blindDeletions(evidence)] : back;
}

function staleWrites(evidence: Evidence, app: string, passes: readonly DatedReport[]): readonly string[] {
  const newest = new Map<string, { readonly version: number; readonly at: number }>();
  return passes.flatMap(({ report, at }) => {
    const older = Object.entries(report.parameters).filter(([name, version]) => {
      const known = newest.get(name);
      if (known === undefined || version >= known.version) {
        newest.set(name, { version, at });
        return false;
      }
      // A parameter that was deleted begins again with version 1.
      const deleted = deletionsOf(evidence, name).some((one) => one <= at);
      if (deleted) newest.set(name, { version, at });
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

/** I7: one worker at a time writes a key, and an intent has one effect. */
export function fliesSingly(evidence: Evidence): readonly string[] {
  return [...overlapping(evidence), ...doubledEffects(evidence)];
}

function overlapping(evidence: Evidence): readonly string[] {
  return [...passesByApp(evidence)].flatMap(([app, passes]) => {
    const writing = passes.filter(({ report }) => report.actions.length > 0);
    return writing.flatMap((one, index) =>
      writing
        .slice(index + 1)
        .filter((other) => other.client !== one.client)
        .filter((other) => other.report.startedAt < one.at && one.report.startedAt < other.at)
        .map(
          (other) =>
            `${one.client} and ${other.client} wrote ${app} at the same time, at ${when(evidence, one.at)}`,
        ),
    );
  });
}

/** A registration bears the digest of its intent. */
function doubledEffects(evidence: Evidence): readonly string[] {
  const first = new Map<string, LoggedCall>();
  return writesOf(evidence).flatMap((call) => {
    if (call.operation !== 'RegisterTaskDefinition' || !tookEffect(call)) return [];
    const digest = tagIn(call.input.tags, 'trimtab:digest');
    if (digest === undefined) return [];
    const subject = subjectOf(call);
    const before = first.get(`${subject} ${digest}`);
    first.set(`${subject} ${digest}`, call);
    if (before === undefined) return [];
    const isExcused = meddling(evidence, subject).some((at) => at >= before.at && at <= call.at);
    return isExcused
      ? []
      : [
          `${subject} got two revisions for one intent, at ${when(evidence, before.at)} and ${when(evidence, call.at)}`,
        ];
  });
}

function tagIn(tags: unknown, name: string): string | undefined {
  if (!Array.isArray(tags)) return undefined;
  const found: unknown = tags.find(
    (tag: unknown) => typeof tag === 'object' && tag !== null && 'key' in tag && tag.key === name,
  );
  return typeof found === 'object' && found !== null && 'value' in found ? String(found.value) : undefined;
}
