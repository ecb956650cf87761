import { requestPass } from '../../src/compose.ts';
import { type Calls, sumUp } from '../counting.ts';
import { PROFILE, type Profile } from '../profile.ts';
import { keyOf, openStand, type Stand } from '../stand.ts';
import { LATENCY_MS } from '../weather.ts';

export interface PassCost {
  readonly calls: Calls;
  /** Round trips from the begin of the pass until everything was read. */
  readonly readRoundTrips: number;
}

export interface PassCosts {
  /** The first pass of a process that was just started, on an account where nothing is to do. */
  readonly cold: PassCost;
  readonly warm: PassCost;
  /** Calls to change anything that both passes made. */
  readonly writes: number;
}

/** What looking at one app costs when nothing is to do. */
export async function measurePass(profile: Profile = PROFILE): Promise<PassCosts> {
  const stand = await openStand({ profile });
  try {
    const since = stand.stage.clock.now();
    const warm = await costOf(stand);
    const cold = await coldCost(stand);
    return { warm, cold, writes: stand.stage.writes(since).length };
  } finally {
    await stand.stop();
  }
}

async function costOf(stand: Stand): Promise<PassCost> {
  const { calls, timings } = await stand.look('shop1');
  return { calls: sumUp(calls), readRoundTrips: timings.readMs / LATENCY_MS };
}

/** The request waits in the queue when the process starts, so that no sweep has looked before. */
async function coldCost({ stage, actor }: Stand): Promise<PassCost> {
  await stage.drive(actor.trimtab.stop());
  const visitor = await stage.visit();
  await stage.drive(requestPass(visitor, keyOf('shop1')));
  const fresh = await stage.start();
  await stage.clock.advance(10_000);
  const report = fresh.reports.find(({ work }) => work.key.kind === 'app');
  if (report === undefined) throw new Error('the fresh controller did not look at the app');
  return { calls: sumUp(report.calls), readRoundTrips: report.timings.readMs / LATENCY_MS };
}
