import { listCalls } from '../counting.ts';
import type { Figure, Section } from '../figures.ts';
import { measureSweep, type SweepCost } from '../measures/sweep.ts';

/** Sizes of the account, the largest last. */
const APPS = [1, 100, 1_000];

const RATIO_MAX = 1.02;

/** Of no app: parameters of pipelines, which there are none of, and the documents that say who may see what. */
const ACCOUNT_CALLS = 2;

const MEGABYTE = 1e6;

/** A sweep over a whole account that is as desired. */
export async function sweepSection(): Promise<Section> {
  const costs: SweepCost[] = [];
  for (const apps of APPS) costs.push(await measureSweep(apps));
  const largest = costs.at(-1);
  return {
    title: 'A warm sweep with nothing to do',
    figures: costs.flatMap(figuresOf),
    notes: largest === undefined ? [] : [`${largest.apps} apps: ${listCalls(largest.calls)}`],
  };
}

function figuresOf({ apps, calls, floor, writes, ...cost }: SweepCost): Figure[] {
  const of = (name: string) => `${apps.toLocaleString('en-US')} apps: ${name}`;
  return [
    {
      name: of(`calls (floor ${floor.toLocaleString('en-US')})`),
      value: calls.counted,
      atMost: Math.ceil(floor * RATIO_MAX) + ACCOUNT_CALLS,
    },
    { name: of('calls per app'), value: calls.counted / apps },
    { name: of('DynamoDB calls'), value: calls.dynamodb },
    { name: of('virtual time at default rates'), value: cost.tookMs / 1000, unit: 's' },
    { name: of('writes'), value: writes, atMost: 0 },
    { name: of('resident memory, account included'), value: cost.residentBytes / MEGABYTE, unit: 'MB' },
  ];
}
