import type { Figure, Section } from '../figures.ts';
import { type ChangeCost, measureChange } from '../measures/changes.ts';
import { PROFILE, type Profile, scalingOf } from '../profile.ts';
import { openStand, type Stand } from '../stand.ts';

const APP = 'shop1';
const FIXED: Profile = { ...PROFILE, autoscaled: false };

/** A change of an app's desired state, and what it may cost. */
interface Change {
  readonly name: string;
  readonly make: (stand: Stand) => Promise<void>;
  readonly writes: number;
  /** Round trips of the writes; one more where an intent is recorded. */
  readonly roundTrips: number;
}

const CHANGES: readonly Change[] = [
  {
    name: 'count of one service',
    make: (stand) => stand.put(APP, 'scaling', { ...scalingOf(FIXED), web: scalingOf(FIXED, 2).web }),
    writes: 1,
    roundTrips: 1,
  },
  {
    name: 'count of three services',
    make: (stand) => stand.put(APP, 'scaling', scalingOf(FIXED, 3)),
    writes: 3,
    roundTrips: 1,
  },
];

/** What changes of one app cost, one after another on the same app. */
export async function changesSection(): Promise<Section> {
  const stand = await openStand({ profile: FIXED });
  const figures: Figure[] = [];
  try {
    for (const change of CHANGES) {
      const cost = await measureChange(stand, APP, () => change.make(stand));
      figures.push(...figuresOf(change, cost));
    }
  } finally {
    await stand.stop();
  }
  return { title: 'A change of one app', figures };
}

function figuresOf({ name, writes, roundTrips }: Change, cost: ChangeCost): Figure[] {
  return [
    { name: `${name}: writes`, value: cost.writes.counted, atMost: writes },
    {
      name: `${name}: round trips of the writes`,
      value: cost.writeRoundTrips,
      atMost: roundTrips + cost.intents,
    },
  ];
}
