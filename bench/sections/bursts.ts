import type { Figure, Section } from '../figures.ts';
import { measureBurst } from '../measures/bursts.ts';
import { type MassCost, measureMass } from '../measures/mass.ts';
import { openStand } from '../stand.ts';

const EVENTS = 3_000;

/** Four passes in three seconds while the events come in, which at the intake's pace is under half a minute. */
const PASSES_MAX = 40;

/** A tenth of a call each to receive, queue and delete an event, and to receive and delete its key. */
const SQS_CALLS_MAX = 0.55;

const MASS_APPS = 100;

/** Over what AWS's rate alone takes, config's rest before anything is done not counted. */
const FLOOR_RATIO_MAX = 1.05;
const QUIET_MS = 5_000;

/** A count waits for nobody: an event's way through two queues, a pass and its write. */
const HURRIED_MAX_MS = 1_000;

/** Many things said at once: of one app, and of all apps. */
export async function burstsSection(): Promise<Section> {
  return {
    title: 'Bursts',
    figures: [...(await eventFigures()), ...massFigures(await measureMass(MASS_APPS))],
  };
}

async function eventFigures(): Promise<Figure[]> {
  const stand = await openStand();
  try {
    const cost = await measureBurst(stand, 'shop1', EVENTS);
    const of = (name: string) => `${EVENTS.toLocaleString('en-US')} events of one app: ${name}`;
    return [
      { name: of('passes'), value: cost.passes, atMost: PASSES_MAX },
      { name: of('calls'), value: cost.counted },
      { name: of('SQS calls per event'), value: cost.sqsCallsPerEvent, atMost: SQS_CALLS_MAX },
      { name: of('writes'), value: cost.writes, atMost: 0 },
    ];
  } finally {
    await stand.stop();
  }
}

function massFigures({ apps, doneMs, floorMs, calls, throttles, surplus, hurriedMs }: MassCost): Figure[] {
  const of = (name: string) => `a variable added to ${apps} apps: ${name}`;
  return [
    { name: of(`time (the rate alone takes ${floorMs / 1000} s)`), value: doneMs / 1000, unit: 's' },
    { name: of('over that'), value: (doneMs - QUIET_MS) / floorMs, atMost: FLOOR_RATIO_MAX, unit: '×' },
    { name: of('calls AWS refused'), value: throttles, atMost: 0 },
    { name: of('writes too many or too few'), value: surplus, exactly: 0 },
    { name: of('calls per app'), value: calls.counted / apps },
    { name: of('a count meanwhile'), value: hurriedMs, atMost: HURRIED_MAX_MS, unit: 'ms' },
  ];
}
