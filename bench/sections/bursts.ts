import type { Section } from '../figures.ts';
import { measureBurst } from '../measures/bursts.ts';
import { openStand } from '../stand.ts';

/** Four passes in three seconds while the events come in, which at the intake's pace is under half a minute. */
const PASSES_MAX = 40;

/** A tenth of a call each to receive, queue and delete an event, and to receive and delete its key. */
const SQS_CALLS_MAX = 0.55;

/** Many things said of one app at once. */
export async function burstsSection(): Promise<Section> {
  const stand = await openStand();
  try {
    const cost = await measureBurst(stand, 'shop1');
    const events = cost.events.toLocaleString('en-US');
    return {
      title: 'Bursts',
      figures: [
        { name: `${events} events of one app: passes`, value: cost.passes, atMost: PASSES_MAX },
        { name: `${events} events of one app: calls`, value: cost.counted },
        {
          name: `${events} events of one app: SQS calls per event`,
          value: cost.sqsCallsPerEvent,
          atMost: SQS_CALLS_MAX,
        },
        { name: `${events} events of one app: writes`, value: cost.writes, atMost: 0 },
      ],
    };
  } finally {
    await stand.stop();
  }
}
