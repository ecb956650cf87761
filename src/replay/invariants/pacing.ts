import { UNSEEN_LOOKS_MAX } from '../../reconcile/retry.ts';
import { groupBy } from '../grouping.ts';
import type { DatedReport } from '../trace.ts';
import { when } from './calls.ts';
import type { Dossier } from './dossier.ts';
import { ofTypes } from './people.ts';

/** Retries until the delay has grown to its last: 5, 10, 20, … 300 s; and how often they come then, at most. */
const RETRIES_FREE = 8;
const RETRY_LATE_MS = 200_000;

/** What was changed so long before a key first failed may have made it fail. */
const EARLIER_MS = 10_000;

/** A key that is looked at more often than this in ten minutes goes round in circles. */
const PASSES_MAX = 120;
const WINDOW_MS = 600_000;

/** Beyond two sweeps, a change that nobody told of may wait this long for its pass. */
const WAIT_MS = 60_000;

const SWEEP_SECONDS = 300;

/** How long whoever looked at an account beside the controller is felt there. */
const COMPANY_MS = 10_000;

/**
 * I13: a key that goes on failing comes back later each time. Only passes that nothing but its own wakes brought
 * about count; those that look for a change not shown yet are a few more.
 */
export function backsOff(dossier: Dossier): readonly string[] {
  return [...dossier.passes.byKey].flatMap(([app, passes]) =>
    failingStreaks(passes).flatMap((streak) => {
      const first = streak[0];
      const last = streak.at(-1);
      if (first === undefined || last === undefined) return [];
      const retries = streak.slice(1).filter(isRetry).length;
      const changes = dossier.people.countChanges(first.at - EARLIER_MS, last.at);
      const allowed = RETRIES_FREE + (last.at - first.at) / RETRY_LATE_MS + UNSEEN_LOOKS_MAX * (changes + 1);
      if (retries <= allowed) return [];
      return [
        `${app} tried again ${retries} times in ${(last.at - first.at) / 1000} s, from ${when(dossier, first.at)}`,
      ];
    }),
  );
}

function failingStreaks(passes: readonly DatedReport[]): ReadonlyArray<readonly DatedReport[]> {
  const streaks: DatedReport[][] = [];
  for (const pass of passes) {
    if (pass.report.attempts === 0 || isUnderWay(pass)) continue;
    const last = streaks.at(-1);
    if (last !== undefined && pass.report.attempts > 1) last.push(pass);
    else streaks.push([pass]);
  }
  return streaks;
}

/** A build goes on from step to step, whatever else of its key cannot be read. */
function isUnderWay({ report: { work, differences } }: DatedReport): boolean {
  return work.key.kind === 'build' && differences.length > 0;
}

/** Nothing but its own wake brought the key back. */
function isRetry({ report }: DatedReport): boolean {
  return report.work.causes.every(({ id }) => id.startsWith('wake:'));
}

/** I14: a change of an app is looked at within two sweeps, whatever other keys do. */
export function isFair(dossier: Dossier): readonly string[] {
  const { snapshot, faulty, whole, end, passes, people } = dossier;
  if (faulty || !whole) return [];
  const sweepMs = Number(snapshot.settings?.sweepSeconds ?? SWEEP_SECONDS) * 1000;
  const boundMs = 2 * sweepMs + WAIT_MS;
  const apps = new Set(end.observation.apps.map(({ key }) => key.name));
  // Of an app that cannot be named so nothing is read: once that is told, no change of it says anything new.
  const isMisnamed = (app: string, at: number) =>
    end.statuses.get(app)?.conditions.some(({ reason, since }) => reason === 'InvalidName' && since <= at);
  return ofTypes(people.changes, ['put', 'delete']).flatMap(({ change, at }) => {
    const [, app] =
      /\/apps\/([^/]+)\/(scaling|release|settings|scheduled-tasks|paused)$/.exec(change.name) ?? [];
    if (app === undefined || !apps.has(app) || end.at < at + boundMs || isMisnamed(app, at)) return [];
    const seen = passes.byApp.get(app)?.find(({ report }) => report.startedAt >= at);
    if (seen !== undefined && seen.report.startedAt <= at + boundMs) return [];
    return [`nobody looked at ${change.name}, changed at ${when(dossier, at)}, within ${boundMs / 1000} s`];
  });
}

/** I15: a controller that has AWS to itself is never throttled: it knows the limits. */
export function keepsToLimits(dossier: Dossier): readonly string[] {
  const { replicas = 1, timeline } = dossier.snapshot;
  if (replicas > 1) return [];
  // Who types `trimtab approve` looks at the account too, beside the controller.
  const typed = timeline.flatMap(({ type, at }) => (type === 'approve' ? [Date.parse(at)] : []));
  return dossier.calls
    .filter(
      ({ code, fault }) => fault === undefined && /Throttl|TooManyRequests|RequestLimitExceeded/.test(code),
    )
    .filter(({ at }) => !typed.some((one) => at >= one && at <= one + COMPANY_MS))
    .map(({ service, operation, at }) => `${service}.${operation} was throttled at ${when(dossier, at)}`);
}

/** I16: no key is looked at again and again. */
export function doesNotSpin(dossier: Dossier): readonly string[] {
  return [...dossier.passes.byKey].flatMap(([app, passes]) => {
    const spin = passes.find((pass, index) => {
      const last = passes[index + PASSES_MAX];
      return last !== undefined && last.at - pass.at < WINDOW_MS;
    });
    return spin === undefined
      ? []
      : [`${app} had more than ${PASSES_MAX} passes in ten minutes from ${when(dossier, spin.at)}`];
  });
}

/** I20: a controller that stopped calls nobody any more. */
export function fallsSilent(dossier: Dossier): readonly string[] {
  const calls = groupBy(dossier.calls, ({ client }) => [client]);
  return dossier.lives.flatMap(({ client, stoppedAt }) => {
    if (stoppedAt === undefined) return [];
    const late = calls.get(client)?.find(({ at }) => at > stoppedAt);
    return late === undefined
      ? []
      : [`${client} called ${late.operation} after it stopped, at ${when(dossier, late.at)}`];
  });
}
