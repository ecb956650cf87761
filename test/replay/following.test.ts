import { expect, it } from 'vitest';
import { changesBetween } from '../../src/replay/following.ts';

const SECOND = Date.UTC(2026, 0, 5, 12);

type Observation = Parameters<typeof changesBetween>[0];

/** What the two looks differ in; nothing else of them is asked for. */
function looked(at: number, putAt: Readonly<Record<string, number>>): Observation {
  const parameters = Object.entries(putAt).map(([name, modifiedAt]) => ({
    name: `/apppack/apps/shop/${name}`,
    type: 'String',
    version: 1,
    modifiedAt,
    value: '{}',
  }));
  const app = {
    key: { account: '123456789012', region: 'us-east-1', kind: 'app', name: 'shop' },
    parameters,
    config: [],
    items: [],
    inspection: { status: { conditions: [] } },
  };
  return { at, apps: [app], services: [], rules: [], notes: [] } as unknown as Observation;
}

it('tells changes in order of time, also those of a whole second and a little later', () => {
  const after = looked(SECOND + 5_000, { scaling: SECOND + 70, settings: SECOND, users: SECOND + 1 });
  expect(changesBetween(looked(SECOND - 1_000, {}), after).map(({ at }) => at)).toEqual([
    '2026-01-05T12:00:00Z',
    '2026-01-05T12:00:00.001Z',
    '2026-01-05T12:00:00.070Z',
  ]);
});
