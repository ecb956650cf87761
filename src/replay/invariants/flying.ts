import type { LoggedCall } from '../../simulator/region.ts';
import { subjectOf, tookEffect, when } from './calls.ts';
import { type Dossier, knownUntil } from './dossier.ts';
import { earliestFrom } from './passes.ts';

/** I7: one worker at a time writes a key, and an intent has one effect. */
export function fliesSingly(dossier: Dossier): readonly string[] {
  return [
    ...overlapping(dossier),
    ...interleaved(dossier),
    ...doubledRegistrations(dossier),
    ...doubledRestarts(dossier),
  ];
}

function overlapping(dossier: Dossier): readonly string[] {
  return [...dossier.passes.byApp].flatMap(([app, passes]) => {
    const writing = passes.filter(({ report }) => report.actions.length > 0);
    const begun = earliestFrom(writing);
    return writing.flatMap((one, index) => {
      // As a rule all that follow began after it had ended.
      let end = index + 1;
      while ((begun[end] ?? Infinity) < one.at) end += 1;
      return writing
        .slice(index + 1, end)
        .filter((other) => other.client !== one.client)
        .filter((other) => other.report.startedAt < one.at && one.report.startedAt < other.at)
        .map(
          (other) =>
            `${one.client} and ${other.client} wrote ${app} at the same time, at ${when(dossier, one.at)}`,
        );
    });
  });
}

/** A pass that lost its lease makes no report; then a write of another controller lies between two of its own. */
function interleaved(dossier: Dossier): readonly string[] {
  const earlier = new Map<string, LoggedCall[]>();
  return dossier.writes.flatMap((call) => {
    const { client, at } = call;
    const subject = subjectOf(call);
    // Logs are copied whole, so it does no harm to copy one twice.
    if (call.service === 's3') return [];
    const calls = earlier.get(subject) ?? [];
    const place = calls.findLastIndex((other) => other.client === client);
    const own = calls[place];
    const between = calls
      .slice(place + 1)
      .find((other) => own !== undefined && other.at > own.endedAt && other.endedAt < at);
    calls.push(call);
    earlier.set(subject, calls);
    if (own === undefined || between === undefined) return [];
    return dossier.passes.hasEnded(client, subject, own.endedAt, at)
      ? []
      : [`${client} and ${between.client} wrote ${subject} at the same time, at ${when(dossier, at)}`];
  });
}

/**
 * A registration bears the digest of its intent; its effect is looked for in the newest revision of the family. Asked
 * for again after another one, it is another intent: then somebody wants again what they wanted before.
 */
function doubledRegistrations(dossier: Dossier): readonly string[] {
  const newest = new Map<string, string>();
  const first = new Map<string, LoggedCall>();
  return dossier.writes.flatMap((call) => {
    if (call.operation !== 'RegisterTaskDefinition' || !tookEffect(call)) return [];
    const digest = tagIn(call.input.tags, 'trimtab:digest');
    if (digest === undefined) return [];
    const subject = subjectOf(call);
    const isNewest = newest.get(subject) === digest;
    const before = first.get(`${subject} ${digest}`);
    newest.set(subject, digest);
    first.set(`${subject} ${digest}`, call);
    if (before === undefined) return [];
    const { people } = dossier;
    const isExcused = isNewest
      ? people.haveMeddled(subject, before.at, call.at)
      : people.countChanges(before.at, call.at) > 0 || hasFailed(dossier, before.at, call.at);
    return isExcused
      ? []
      : [
          `${subject} got two revisions for one intent, at ${when(dossier, before.at)} and ${when(dossier, call.at)}`,
        ];
  });
}

/** A deployment that failed puts its service back, and what follows the service goes back with it. */
function hasFailed({ rollouts }: Dossier, from: number, to: number): boolean {
  return rollouts.some(({ ended, endedAt = 0 }) => ended === 'failed' && endedAt >= from && endedAt <= to);
}

/** A service is made to restart for config that changed since whoever made it restart before had looked. */
function doubledRestarts(dossier: Dossier): readonly string[] {
  const last = new Map<string, LoggedCall>();
  return dossier.writes.flatMap((call) => {
    if (call.input.forceNewDeployment !== true || !tookEffect(call)) return [];
    const subject = subjectOf(call);
    const before = last.get(subject);
    last.set(subject, call);
    if (before === undefined) return [];
    const { people } = dossier;
    const since = knownUntil(dossier, before);
    const isExcused = people.haveChangedConfig(since, call.at) || people.haveMeddled(subject, since, call.at);
    return isExcused
      ? []
      : [
          `${subject} was restarted twice for one change, at ${when(dossier, before.at)} and ${when(dossier, call.at)}`,
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
