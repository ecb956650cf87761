import { type Calls, countCalls } from '../counting.ts';
import { openStand } from '../stand.ts';

const HOUR_MS = 3_600_000;

export interface IdleCost {
  readonly calls: Calls;
  readonly writes: number;
}

/** An hour in which nothing happens, sweeps included. */
export async function measureIdleHour(apps: number): Promise<IdleCost> {
  const stand = await openStand({ apps });
  try {
    // The looks at what first passes wrote are over by then.
    await stand.stage.clock.advance(600_000);
    const since = stand.stage.clock.now();
    await stand.stage.clock.advance(HOUR_MS);
    return { calls: countCalls(stand.callsSince(since)), writes: stand.stage.writes(since).length };
  } finally {
    await stand.stop();
  }
}
