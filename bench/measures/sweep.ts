import type { Report } from '../../src/reconcile/reconcile.ts';
import { type Calls, sumUp } from '../counting.ts';
import { PROFILE, type Profile, warmFloor } from '../profile.ts';
import { openStand, type Stand } from '../stand.ts';

/** Between two sweeps: the default of `--sweep-seconds`. */
const SWEEP_MS = 300_000;

/** First passes of a thousand apps wait for AWS's rates; a sweep that finds nothing to do ends the wait. */
const SETTLE_SWEEPS_MAX = 12;

export interface SweepCost {
  readonly apps: number;
  readonly calls: Calls;
  /** The fewest calls that could do it. */
  readonly floor: number;
  /** Virtual time of the look over the account. */
  readonly tookMs: number;
  readonly writes: number;
  /** Resident memory right after it, simulated account included. */
  readonly residentBytes: number;
  readonly heapBytes: number;
}

/** A sweep over so many apps in a process that has seen them before, with nothing to do. */
export async function measureSweep(apps: number, profile: Profile = PROFILE): Promise<SweepCost> {
  const stand = await openStand({ apps, profile });
  try {
    await settle(stand);
    const since = stand.stage.clock.now();
    const report = await nextSweep(stand);
    const memory = process.memoryUsage();
    return {
      apps,
      calls: sumUp(report.calls),
      floor: warmFloor(apps, profile),
      tookMs: report.timings.readMs,
      writes: stand.stage.writes(since).length,
      residentBytes: memory.rss,
      heapBytes: memory.heapUsed,
    };
  } finally {
    await stand.stop();
  }
}

async function settle(stand: Stand): Promise<void> {
  for (let sweep = 0; sweep < SETTLE_SWEEPS_MAX; sweep += 1) {
    const since = stand.stage.clock.now();
    const { actions } = await nextSweep(stand);
    if (actions.length === 0 && stand.passesSince(since).length === 0) return;
  }
  throw new Error(`the account did not come to rest within ${SETTLE_SWEEPS_MAX} sweeps`);
}

/** Waits for the end of the next sweep that looks over the account. */
async function nextSweep({ stage, actor }: Stand): Promise<Report> {
  const since = stage.clock.now();
  const looks = () =>
    actor.reports.find(
      ({ work, startedAt, calls }) =>
        work.key.kind === 'sweep' && startedAt >= since && 'ssm.GetParametersByPath' in calls,
    );
  await stage.clock.waitFor('a sweep', () => looks() !== undefined, 2 * SWEEP_MS);
  const report = looks();
  if (report === undefined) throw new Error('there was no sweep');
  return report;
}
