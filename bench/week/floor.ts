import type { PlayedChange } from '../../src/replay/changes.ts';
import { playChange } from '../../src/replay/play.ts';
import { openRig, type RigListener } from '../../src/replay/rig.ts';
import type { Snapshot } from '../../src/replay/snapshot.ts';
import type { LoggedCall } from '../../src/simulator/region.ts';
import { joinListeners } from '../../src/telemetry/listener.ts';
import { prepareCall } from '../replay.ts';
import type { OpenClients } from './clients.ts';

/** Codes the SDK answers by sending again by itself: what it sends then is in the log as well. */
const RETRIED = /Throttl|TooManyRequests|RequestLimitExceeded|InternalFailure|ConnectionLost/;

/** Hears nothing. */
export const NOBODY: RigListener = { listener: () => joinListeners(), onCall: () => {}, onEvent: () => {} };

/**
 * The same case without a controller: the same account, the same changes of people, and at the same virtual instants
 * the very requests that a controller made, sent by nothing but the SDK. Resolves to the codes of all answers.
 */
export async function playFloor(
  snapshot: Snapshot,
  calls: readonly LoggedCall[],
  openClients: OpenClients,
): Promise<ReadonlyMap<string, number>> {
  const rig = await openRig(snapshot, snapshot.seed ?? 1, NOBODY);
  const clients = openClients(rig.simulator);
  const codes = new Map<string, number>();
  const sent = calls.filter(({ code }) => !RETRIED.test(code)).sort((a, b) => a.at - b.at);
  const changes = snapshot.timeline.filter((change): change is PlayedChange => change.type !== 'seen');
  let next = 0;
  for (const call of sent) {
    for (let change = changes[next]; change !== undefined; change = changes[next]) {
      if (Date.parse(change.at) > call.at) break;
      await rig.clock.runUntil(Date.parse(change.at));
      await playChange(rig, change);
      next += 1;
    }
    if (call.at > rig.clock.now()) await rig.clock.runUntil(call.at);
    const answer = prepareCall(clients, call)().then(
      () => 'OK',
      (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
    );
    const counted = answer.then((code) => void codes.set(code, (codes.get(code) ?? 0) + 1));
    // A long poll is answered only when time passes.
    if (call.operation !== 'ReceiveMessage') await counted;
    rig.simulator.calls.length = 0;
  }
  rig.close();
  return codes;
}
