import { parseKey } from '../../reconcile/key.ts';
import type { LoggedCall } from '../../simulator/region.ts';
import type { Evidence } from '../evidence.ts';
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

/** I7: one worker at a time writes a key, and an intent has one effect. */
export function fliesSingly(evidence: Evidence): readonly string[] {
  return [
    ...overlapping(evidence),
    ...interleaved(evidence),
    ...doubledRegistrations(evidence),
    ...doubledRestarts(evidence),
  ];
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

/** A pass that lost its lease makes no report; then a write of another controller lies between two of its own. */
function interleaved(evidence: Evidence): readonly string[] {
  const earlier = new Map<string, LoggedCall[]>();
  return writesOf(evidence).flatMap((call) => {
    const subject = subjectOf(call);
    // Logs are copied whole, so it does no harm to copy one twice.
    if (call.service === 's3') return [];
    const calls = earlier.get(subject) ?? [];
    earlier.set(subject, [...calls, call]);
    const own = calls.findLast(({ client }) => client === call.client);
    const others = calls.slice(own === undefined ? calls.length : calls.indexOf(own) + 1);
    const between = others.find((other) => other.at > (own?.endedAt ?? 0) && other.endedAt < call.at);
    if (own === undefined || between === undefined) return [];
    const isOver = endsOf(evidence, call.client, subject).some((at) => at >= own.endedAt && at <= call.at);
    return isOver
      ? []
      : [
          `${call.client} and ${between.client} wrote ${subject} at the same time, at ${when(evidence, call.at)}`,
        ];
  });
}

/** When passes of a controller over what may own a subject ended, well or not. */
function endsOf({ reports, failures }: Evidence, client: string, subject: string): readonly number[] {
  const ended = [
    ...reports.map((one) => ({ ...one, name: one.report.work.key.name })),
    ...failures.map((one) => ({ ...one, name: parseKey(one.key ?? '')?.name })),
  ];
  return ended.flatMap((one) =>
    one.client === client && one.name !== undefined && mayBeOf(one.name, subject) ? [one.at] : [],
  );
}

/**
 * A registration bears the digest of its intent; its effect is looked for in the newest revision of the family. Asked
 * for again after another one, it is another intent: then somebody wants again what they wanted before.
 */
function doubledRegistrations(evidence: Evidence): readonly string[] {
  const newest = new Map<string, string>();
  const first = new Map<string, LoggedCall>();
  return writesOf(evidence).flatMap((call) => {
    if (call.operation !== 'RegisterTaskDefinition' || !tookEffect(call)) return [];
    const digest = tagIn(call.input.tags, 'trimtab:digest');
    if (digest === undefined) return [];
    const subject = subjectOf(call);
    const isNewest = newest.get(subject) === digest;
    const before = first.get(`${subject} ${digest}`);
    newest.set(subject, digest);
    first.set(`${subject} ${digest}`, call);
    if (before === undefined) return [];
    const isBetween = (at: number) => at >= before.at && at <= call.at;
    const isExcused = isNewest
      ? meddling(evidence, subject).some(isBetween)
      : evidence.snapshot.timeline.some(({ at }) => isBetween(Date.parse(at)));
    return isExcused
      ? []
      : [
          `${subject} got two revisions for one intent, at ${when(evidence, before.at)} and ${when(evidence, call.at)}`,
        ];
  });
}

/** A service is made to restart for config that changed since whoever made it restart before had looked. */
function doubledRestarts(evidence: Evidence): readonly string[] {
  const last = new Map<string, LoggedCall>();
  return writesOf(evidence).flatMap((call) => {
    if (call.input.forceNewDeployment !== true || !tookEffect(call)) return [];
    const subject = subjectOf(call);
    const before = last.get(subject);
    last.set(subject, call);
    if (before === undefined) return [];
    const since = lookedAt(evidence, before) - lagOf(evidence);
    const isBetween = (at: number) => at >= since && at <= call.at;
    const isExcused = [...configChanges(evidence), ...meddling(evidence, subject)].some(isBetween);
    return isExcused
      ? []
      : [
          `${subject} was restarted twice for one change, at ${when(evidence, before.at)} and ${when(evidence, call.at)}`,
        ];
  });
}

function configChanges({ snapshot }: Evidence): readonly number[] {
  return snapshot.timeline.flatMap((change) =>
    (change.type === 'put' || change.type === 'delete') && change.name.includes('/config/')
      ? [Date.parse(change.at)]
      : [],
  );
}

function tagIn(tags: unknown, name: string): string | undefined {
  if (!Array.isArray(tags)) return undefined;
  const found: unknown = tags.find(
    (tag: unknown) => typeof tag === 'object' && tag !== null && 'key' in tag && tag.key === name,
  );
  return typeof found === 'object' && found !== null && 'value' in found ? String(found.value) : undefined;
}
