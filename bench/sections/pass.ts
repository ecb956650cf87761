import { listCalls } from '../counting.ts';
import type { Section } from '../figures.ts';
import { measurePass, type PassCost } from '../measures/pass.ts';

/** Documents, variables, services, targets, policies, rules: one call each, and one for what may not be joined. */
const READS_MAX = 7;

/** A look at one app that is as desired. */
export async function passSection(): Promise<Section> {
  const { warm, cold, writes } = await measurePass();
  return {
    title: 'A pass over one app with nothing to do',
    figures: [
      { name: 'warm: calls', value: warm.calls.counted, atMost: READS_MAX },
      { name: 'warm: round trips', value: warm.readRoundTrips, atMost: 1 },
      { name: 'warm: DynamoDB calls', value: warm.calls.dynamodb },
      { name: 'cold: calls', value: cold.calls.counted },
      { name: 'cold: round trips', value: cold.readRoundTrips },
      { name: 'writes', value: writes, atMost: 0 },
    ],
    notes: [noteOf('warm', warm), noteOf('cold', cold)],
  };
}

function noteOf(name: string, { calls }: PassCost): string {
  return `${name}: ${listCalls(calls)}`;
}
