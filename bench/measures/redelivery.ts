import type { Fault } from '../../src/simulator/faults.ts';
import { PROFILE, scalingOf } from '../profile.ts';
import { openStand } from '../stand.ts';

const APP = 'shop1';

/** Long enough for a message that was not deleted to be seen again. */
const REDELIVERY_MS = 180_000;

/** The work message of a pass stays in its queue although the pass is over. */
const LOST_DELETE: Fault = {
  kind: 'denied',
  service: 'sqs',
  operation: 'DeleteMessageBatch',
  when: ({ QueueUrl }) => String(QueueUrl).endsWith('.fifo'),
};

/** How many writes it costs that a message, whose pass changed a count, is delivered once more. */
export async function measureRedelivery(): Promise<number> {
  const profile = { ...PROFILE, autoscaled: false };
  const stand = await openStand({ profile });
  try {
    const { stage } = stand;
    const at = stage.clock.now();
    // The first rule that matches a call is used, and every call of the controller is slow.
    stage.simulator.switches.faults.unshift({ ...LOST_DELETE, times: 1 });
    await stand.put(APP, 'scaling', scalingOf(profile, 2));
    await stage.clock.advance(REDELIVERY_MS);
    const [first, ...later] = stand.passesSince(at, APP);
    const causes = new Set(first?.work.causes.map(({ id }) => id));
    const again = later.find(({ work }) => work.causes.some(({ id }) => causes.has(id)));
    if (again === undefined) throw new Error('the message was not delivered again');
    return stage.writes(again.startedAt).length;
  } finally {
    await stand.stop();
  }
}
