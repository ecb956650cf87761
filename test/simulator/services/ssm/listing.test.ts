import { describe, expect, it } from 'vitest';
import { randomInteger, seededRandom } from '../../../../src/simulator/random.ts';
import { createParameterStore, type Parameter } from '../../../../src/simulator/services/ssm/state.ts';

const NAMES = ['/a', '/a/b', '/a/c', '/a/b/d', '/z', 'flat', '/B/x', '/b.x'];

describe('the list of parameters that readers find', () => {
  it.each([0, 40])(
    'has what each of them is seen as, in the order of names, when writes lag by up to %i ms',
    (lagMax) => {
      let now = 0;
      const random = seededRandom(11);
      const store = createParameterStore(() => now);
      for (let turn = 0; turn < 3000; turn += 1) {
        now += randomInteger(random, 15);
        const name = NAMES[randomInteger(random, NAMES.length)] ?? '';
        const isGone = random() < 0.3;
        store.set(name, isGone ? undefined : parameter(name, turn, now), randomInteger(random, lagMax + 1));
        if (random() < 0.5) continue;
        now += randomInteger(random, 30);
        const seen = NAMES.flatMap((one) => store.seen(one) ?? []);
        expect(store.allSeen()).toEqual(seen.sort((a, b) => (a.name < b.name ? -1 : 1)));
      }
    },
  );
});

function parameter(name: string, version: number, modifiedAt: number): Parameter {
  return {
    name,
    type: 'String',
    tags: new Map(),
    versions: [
      {
        version,
        value: String(version),
        dataType: 'text',
        tier: 'Standard',
        policies: [],
        labels: [],
        modifiedAt,
        modifiedBy: 'somebody',
      },
    ],
  };
}
