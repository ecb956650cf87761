import { UNSEEN_LOOKS_MAX } from '../../reconcile/retry.ts';
import type { Evidence } from '../evidence.ts';
import type { DatedReport } from '../trace.ts';
import { passesByApp, passesByKey, when } from './calls.ts';
import { heldOver } from './records.ts';

/** Retries until the delay has grown to its last: 5, 10, 20, … 300 s; and how often they come then, at most. */
const RETRIES_FREE = 8;
const RETRY_LATE_MS = 200_000;

/** A key that is looked at more often than this in ten minutes goes round in circles. */
const PASSES_MAX = 120;
const WINDOW_MS = 600_000;

/** Beyond two sweeps, a change that nobody told of may wait this long for its pass. */
const WAIT_MS = 60_000;

const SWEEP_SECONDS = 300;

/**
 * I13: a key that goes on failing comes back later each time. Only passes that nothing but its own wakes brought
 * about count; those that look for a change not shown yet are a few more.
 */
export function backsOff(evidence: Evidence): readonly string[] {
  return [...passesByKey(evidence)].flatMap(([app, passes]) =>
    failingStreaks(passes).flatMap((streak) => {
      const first = streak[0];
      const last = streak.at(-1);
      if (first === undefined || last === undefined) return [];
      const retries = streak.slice(1).filter(isRetry).length;
      const changes = changesBetween(evidence, first.at, last.at);
      const allowed = RETRIES_FREE + (last.at - first.at) / RETRY_LATE_MS + UNSEEN_LOOKS_MAX * (changes + 1);
      if (retries <= allowed) return [];
      return [
        `${app} tried again ${retries} times in ${(last.at - first.at) / 1000} s, from ${when(evidence, first.at)}`,
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

function changesBetween({ snapshot }: Evidence, from: number, to: number): number {
  return snapshot.timeline.filter(({ at }) => Date.parse(at) >= from - 10_000 && Date.parse(at) <= to).length;
}

/** I14: a change of an app is looked at within two sweeps, whatever other keys do. */
export function isFair(evidence: Evidence): readonly string[] {
  const { snapshot, faulty, whole, end } = evidence;
  if (faulty || !whole) return [];
  const sweepMs = Number(snapshot.settings?.sweepSeconds ?? SWEEP_SECONDS) * 1000;
  const boundMs = 2 * sweepMs + WAIT_MS;
  const passes = passesByApp(evidence);
  const apps = new Set(end.observation.apps.map(({ key }) => key.name));
  return snapshot.timeline.flatMap((change) => {
    if (change.type !== 'put' && change.type !== 'delete') return [];
    const app = /\/apps\/([^/]+)\/(scaling|release|settings|scheduled-tasks|paused)$/.exec(change.name)?.[1];
    const at = Date.parse(change.at);
    if (app === undefined || !apps.has(app) || end.at < at + boundMs) return [];
    // AWS refuses to delete what is not there, and nobody is told.
    if (change.type === 'delete' && heldOver(snapshot, change.name, at, at - 1).at(-1) === undefined)
      return [];
    const seen = passes.get(app)?.find(({ report }) => report.startedAt >= at);
    if (seen !== undefined && seen.report.startedAt <= at + boundMs) return [];
    return [`nobody looked at ${change.name}, changed at ${when(evidence, at)}, within ${boundMs / 1000} s`];
  });
}

/** I15: a controller that has AWS to itself is never throttled: it knows the limits. */
export function keepsToLimits(evidence: Evidence): readonly string[] {
  if ((evidence.snapshot.replicas ?? 1) > 1) return [];
  return evidence.calls
    .filter(
      ({ code, fault }) => fault === undefined && /Throttl|TooManyRequests|RequestLimitExceeded/.test(code),
    )
    .map(({ service, operation, at }) => `${service}.${operation} was throttled at ${when(evidence, at)}`);
}

/** I16: no key is looked at again and again. */
export function doesNotSpin(evidence: Evidence): readonly string[] {
  return [...passesByKey(evidence)].flatMap(([app, passes]) => {
    const spin = passes.find((pass, index) => {
      const last = passes[index + PASSES_MAX];
      return last !== undefined && last.at - pass.at < WINDOW_MS;
    });
    return spin === undefined
      ? []
      : [`${app} had more than ${PASSES_MAX} passes in ten minutes from ${when(evidence, spin.at)}`];
  });
}

/** I20: a controller that stopped calls nobody any more. */
export function fallsSilent(evidence: Evidence): readonly string[] {
  return evidence.lives.flatMap(({ client, stoppedAt }) => {
    if (stoppedAt === undefined) return [];
    const late = evidence.calls.find((call) => call.client === client && call.at > stoppedAt);
    return late === undefined
      ? []
      : [`${client} called ${late.operation} after it stopped, at ${when(evidence, late.at)}`];
  });
}
