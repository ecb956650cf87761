import { BUDGET, type Change } from '../budget.ts';
import { listCalls } from '../counting.ts';
import type { Figure, Section } from '../figures.ts';
import { type ChangeCost, measureChange } from '../measures/changes.ts';
import { measureRedelivery } from '../measures/redelivery.ts';
import { openStand } from '../stand.ts';

const APP = 'shop1';

/** What changes of one app cost, one after another on the same app. */
export async function changesSection(): Promise<Section> {
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const { profile, changes } of BUDGET) {
    const stand = await openStand({ profile });
    try {
      for (const change of changes) {
        const cost = await measureChange(stand, APP, () => change.make(stand, APP));
        figures.push(...figuresOf(change, cost));
        if (change.writes > 0) notes.push(noteOf(change, cost));
      }
    } finally {
      await stand.stop();
    }
  }
  figures.push({ name: 'message delivered again: writes', value: await measureRedelivery(), atMost: 0 });
  return { title: 'A change of one app', figures, notes };
}

function figuresOf({ name, writes, roundTrips }: Change, cost: ChangeCost): Figure[] {
  return [
    { name: `${name}: writes`, value: cost.writes.counted, exactly: writes },
    {
      name: `${name}: round trips of the writes`,
      value: cost.writeRoundTrips,
      atMost: roundTrips + cost.intents,
    },
    { name: `${name}: round trips of the reads before`, value: cost.readRoundTrips },
  ];
}

function noteOf({ name }: Change, { writes, intents, passes, doneMs }: ChangeCost): string {
  return `${name}: ${listCalls(writes)}; ${intents} with an intent, ${passes} passes, done after ${doneMs} ms`;
}
