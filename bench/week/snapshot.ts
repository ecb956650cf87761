import type { Random } from '../../src/reconcile/ports.ts';
import type { PlayedChange } from '../../src/replay/changes.ts';
import { randomInteger, seededRandom } from '../../src/simulator/random.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { appNames, profileWorld } from '../profile.ts';
import { type AppState, newApp, PROFILE, SESSIONS, type Session } from './sessions.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 5);

/** Hours of the week that have about as many changes as the week has on average: the end of an afternoon and the evening. */
const SAMPLE_FROM_HOURS = 17;
export const SAMPLE_HOURS = 3;

export interface WeekOptions {
  readonly apps: number;
  readonly days: number;
  /** At least so many changes. */
  readonly changes: number;
  readonly seed?: number;
}

/** A generated time line as the text of a snapshot, and what is in it. */
export interface Week {
  readonly text: string;
  /** A few hours of it, as the text of a snapshot. */
  readonly sample: string;
  readonly changes: number;
  /** `config imported by a script` → how many of these sessions. */
  readonly sessions: Readonly<Record<string, number>>;
}

/** Makes a week of changes: the same for the same seed, on every machine. */
export function generateWeek({ apps: count, days, changes: least, seed = 1 }: WeekOptions): Week {
  const random = seededRandom(seed);
  const names = appNames(count);
  const states = names.map(newApp);
  const sessions: Record<string, number> = {};
  const timeline: PlayedChange[] = [];
  for (const { state, at } of startingPoints(states, days, random, least / CHANGES_PER_SESSION)) {
    const [name, session] = pickSession(random);
    sessions[name] = (sessions[name] ?? 0) + 1;
    timeline.push(...dated(session(state, random), at));
  }
  if (timeline.length < least) throw new Error(`only ${timeline.length} of ${least} changes were made`);
  timeline.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return {
    text: formatWeek(names, timeline, START),
    sample: sampleOf(names, timeline),
    changes: timeline.length,
    sessions,
  };
}

/** The sampled hours as a snapshot of their own. */
function sampleOf(names: readonly string[], timeline: readonly PlayedChange[]): string {
  const from = START + SAMPLE_FROM_HOURS * HOUR_MS;
  const inside = timeline.filter(({ at }) => {
    const afterMs = Date.parse(at) - from;
    return afterMs >= 0 && afterMs < SAMPLE_HOURS * HOUR_MS;
  });
  return formatWeek(names, inside, from);
}

/** A little less than sessions have on average, so that there are never too few. */
const CHANGES_PER_SESSION = 4.4;

/** When people turn to which app, in order: mostly in working hours, now and then at night and on weekends. */
function startingPoints(
  states: readonly AppState[],
  days: number,
  random: Random,
  sessions: number,
): ReadonlyArray<{ readonly state: AppState; readonly at: number }> {
  const points = Array.from({ length: Math.ceil(sessions) }, (_, index) => {
    const state = states[index % states.length];
    return state === undefined ? [] : [{ state, at: START + momentOf(days, random) }];
  });
  return points.flat().sort((a, b) => a.at - b.at);
}

function momentOf(days: number, random: Random): number {
  for (;;) {
    const at = random() * days * DAY_MS;
    const day = Math.floor(at / DAY_MS) % 7;
    const hour = Math.floor(at / HOUR_MS) % 24;
    const isAtWork = day < 5 && hour >= 8 && hour < 18;
    if (isAtWork || random() < 0.15) return Math.floor(at);
  }
}

function pickSession(random: Random): readonly [string, Session] {
  const all = SESSIONS.reduce((sum, [weight]) => sum + weight, 0);
  let left = randomInteger(random, all);
  for (const [weight, name, session] of SESSIONS) {
    left -= weight;
    if (left < 0) return [name, session];
  }
  throw new Error('the weights of sessions do not add up');
}

function dated(deeds: ReturnType<Session>, startAt: number): readonly PlayedChange[] {
  let at = startAt;
  return deeds.map(({ afterMs, change }) => {
    at += afterMs;
    return { ...change, at: new Date(at).toISOString() };
  });
}

function formatWeek(names: readonly string[], timeline: readonly PlayedChange[], startAt: number): string {
  return JSON.stringify({
    snapshot: 1,
    about: `A week of changes of ${names.length} apps, generated.`,
    startAt: new Date(startAt).toISOString(),
    settings: { sweepSeconds: 300 },
    world: {
      version: 1,
      accounts: [{ id: DEFAULT_ACCOUNT, region: DEFAULT_REGION, ...profileWorld(names, PROFILE) }],
    },
    timeline,
  });
}
