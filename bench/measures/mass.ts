import { type Calls, countCalls } from '../counting.ts';
import { PROFILE, type Profile, scalingOf } from '../profile.ts';
import { openStand, type Stand } from '../stand.ts';

/** Apps whose services all get another revision. */
export const MASS: Profile = { ...PROFILE, schedules: 0, autoscaled: false };

/**
 * RegisterTaskDefinition: so many at once, and one a second from then on; every other rate is far wider.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 */
const BURST = 20;
const PER_SECOND = 1;

/** When somebody scales an app, while most of the others wait for their revisions. */
const HURRIED_AT_MS = 60_000;

/** The rates may be missed by so much before the measurement gives up. */
const PATIENCE = 2;

export interface MassCost {
  readonly apps: number;
  /** From the change to the end of the last write. */
  readonly doneMs: number;
  /** What AWS's rate alone takes for so many revisions. */
  readonly floorMs: number;
  readonly calls: Calls;
  /** Calls that AWS refused for their rate. */
  readonly throttles: number;
  /** Revisions and updates of services beyond one for each. */
  readonly surplus: number;
  /** From a change of a count in the midst of it to the end of its write. */
  readonly hurriedMs: number;
}

/** Adds a variable to every app of an account at once, with AWS's rates in force. */
export async function measureMass(count: number): Promise<MassCost> {
  const stand = await openStand({ apps: count, profile: MASS, limits: true });
  try {
    const { stage, apps } = stand;
    const at = stage.clock.now();
    for (const app of apps) await stand.put(app, 'config/ADDED', 'a value');
    await stage.clock.advance(HURRIED_AT_MS);
    const hurriedMs = await scaleMeanwhile(stand);
    const revisions = count * MASS.services;
    const floorMs = ((revisions - BURST) / PER_SECOND) * 1000;
    await stage.clock.advance(PATIENCE * floorMs - HURRIED_AT_MS);
    const writes = stage.writes(at).filter(({ code }) => code === 'OK');
    const calls = stand.callsSince(at);
    return {
      apps: count,
      doneMs: Math.max(...writes.map(({ endedAt }) => endedAt)) - at,
      floorMs,
      calls: countCalls(calls),
      throttles: calls.filter(({ code }) => /Thrott|TooManyRequests/.test(code)).length,
      // The hurried count is an update of its own.
      surplus: writes.length - (2 * revisions + 1),
      hurriedMs,
    };
  } finally {
    await stand.stop();
  }
}

/** Scales an app that has its revision already, and says how long its write took. */
async function scaleMeanwhile(stand: Stand): Promise<number> {
  const { stage } = stand;
  const updated = new Set(
    stage
      .writes()
      .flatMap(({ operation, input }) => (operation === 'UpdateService' ? String(input.service) : [])),
  );
  const app = stand.apps.find((one) => updated.has(`${one}-web`));
  if (app === undefined) throw new Error('no app has its revision yet');
  const at = stage.clock.now();
  await stand.put(app, 'scaling', scalingOf({ ...MASS, services: 1 }, 2));
  const write = () =>
    stage
      .writes(at)
      .find(
        ({ operation, input }) =>
          operation === 'UpdateService' && input.service === `${app}-web` && input.desiredCount === 2,
      );
  await stage.clock.waitFor('the count of an app in the midst of it', () => write() !== undefined);
  return (write()?.endedAt ?? Number.NaN) - at;
}
