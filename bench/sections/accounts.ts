import { medianOf, type Section } from '../figures.ts';
import { type AccountsCost, measureAccounts } from '../measures/accounts.ts';

const PAIRS = 15;
const RATIO_MAX = 1.1;

/** What broken accounts cost the others. */
export async function accountsSection(): Promise<Section> {
  const pairs: AccountsCost[] = [];
  for (let seed = 1; seed <= PAIRS; seed += 1) pairs.push(await measureAccounts(seed));
  const ratios = pairs.map(({ aloneMs, besideBrokenMs }) => besideBrokenMs / aloneMs);
  return {
    title:
      '48 accounts of 2 apps each that have to change, beside one that is denied and one at 1 call a second',
    figures: [
      {
        name: `time over that without the two, median of ${PAIRS} pairs`,
        value: medianOf(ratios),
        atMost: RATIO_MAX,
        unit: '×',
      },
      { name: 'the worst pair', value: Math.max(...ratios), unit: '×' },
      {
        name: 'virtual time without the two',
        value: medianOf(pairs.map(({ aloneMs }) => aloneMs)) / 1000,
        unit: 's',
      },
    ],
  };
}
