import type { Report } from '../../src/reconcile/reconcile.ts';
import { type Calls, countCalls, isCounted, isRead } from '../counting.ts';
import type { Stand } from '../stand.ts';
import { LATENCY_MS } from '../weather.ts';

/** Until a change was made, deployed and looked at again. */
const CHANGE_MS = 180_000;

export interface ChangeCost {
  /** Calls that changed something, by operation; DynamoDB and SQS are ours and not in it. */
  readonly writes: Calls;
  /** Round trips from the end of the reads to the last write, over all passes that wrote. */
  readonly writeRoundTrips: number;
  /** Passes that recorded an intent first; each has one of the round trips above. */
  readonly intents: number;
  /** Round trips of the reads of the first pass. */
  readonly readRoundTrips: number;
  readonly passes: number;
  /** From the change to the end of its last write. */
  readonly doneMs: number;
}

/** Makes a change on a settled stand and watches what it costs until nothing is left to do. */
export async function measureChange(
  stand: Stand,
  app: string,
  change: () => Promise<void>,
): Promise<ChangeCost> {
  const at = stand.stage.clock.now();
  await change();
  await stand.stage.clock.advance(CHANGE_MS);
  const writes = stand.stage.writes(at);
  const passes = stand.passesSince(at, app);
  const writing = passes.map((pass) => writePhase(stand, pass)).filter(({ roundTrips }) => roundTrips > 0);
  const [first] = passes;
  return {
    writes: countCalls(writes),
    writeRoundTrips: writing.reduce((sum, { roundTrips }) => sum + roundTrips, 0),
    intents: writing.filter(({ intent }) => intent).length,
    readRoundTrips: (first?.timings.readMs ?? 0) / LATENCY_MS,
    passes: passes.length,
    doneMs: Math.max(at, ...writes.map(({ endedAt }) => endedAt)) - at,
  };
}

/** What a pass did between its reads and its last write; our own records of what is to be written count. */
function writePhase(stand: Stand, { startedAt, timings }: Report): { roundTrips: number; intent: boolean } {
  const readAt = startedAt + timings.readMs;
  const endedAt = startedAt + timings.totalMs;
  const calls = stand.callsSince(readAt).filter((call) => call.at < endedAt && !isRead(call));
  const writes = calls.filter(isCounted);
  const lastAt = Math.max(readAt, ...writes.map((call) => call.endedAt));
  const firstAt = Math.min(...writes.map((call) => call.at));
  return {
    roundTrips: (lastAt - readAt) / LATENCY_MS,
    intent: calls.some((call) => call.service === 'dynamodb' && call.at < firstAt),
  };
}
