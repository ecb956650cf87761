import { READS_MAX } from '../budget.ts';
import { listCalls } from '../counting.ts';
import type { Figure, Section } from '../figures.ts';
import { measurePass, type PassCost } from '../measures/pass.ts';
import { PROFILE } from '../profile.ts';

/** Parameter Store gives ten names a page, and the next page only to who has seen the one before. */
const TWO_PAGES = { ...PROFILE, variables: 15 };

/** A look at one app that is as desired. */
export async function passSection(): Promise<Section> {
  const { warm, cold, writes } = await measurePass();
  const paged = await measurePass(TWO_PAGES);
  return {
    title: 'A pass over one app with nothing to do',
    figures: [
      ...readFigures('warm', warm, 1),
      ...readFigures(`warm, ${TWO_PAGES.variables} variables`, paged.warm, 2),
      { name: 'cold: calls', value: cold.calls.counted },
      { name: 'cold: round trips', value: cold.readRoundTrips },
      { name: 'writes', value: writes + paged.writes, atMost: 0 },
    ],
    notes: [noteOf('warm', warm), noteOf('cold', cold)],
  };
}

/** Each further page of variables is one more call and one more round trip. */
function readFigures(name: string, { calls, readRoundTrips }: PassCost, pages: number): Figure[] {
  return [
    { name: `${name}: calls`, value: calls.counted, atMost: READS_MAX + pages - 1 },
    { name: `${name}: round trips`, value: readRoundTrips, atMost: pages },
    { name: `${name}: DynamoDB calls`, value: calls.dynamodb },
  ];
}

function noteOf(name: string, { calls }: PassCost): string {
  return `${name}: ${listCalls(calls)}`;
}
