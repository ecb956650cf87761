import { array, assert, constantFrom, property, record } from 'fast-check';
import { expect, it } from 'vitest';
import { parseDesired } from '../../../src/controllers/app/desired.ts';
import { createParsed } from '../../../src/controllers/app/parsed.ts';
import { DENIED, type DesiredOptions, NAMING, someDocuments, someNames } from './builders.ts';

const TASKS = [{ schedule: '0 3 * * ? *', command: 'clean' }];

const desires = record({
  app: constantFrom('shop', 'blog'),
  documents: record({
    scaling: constantFrom({ web: { cpu: 256 } }, { web: { cpu: 512 } }, '{', undefined),
    scheduledTasks: constantFrom(TASKS, [], 'none', undefined),
    paused: constantFrom('no releases today', undefined),
  }),
  config: constantFrom(DENIED, [] as const, ['A'], ['A', 'B']),
});

it('says of documents what parsing them says, whatever was parsed before', () => {
  assert(
    property(array(desires, { maxLength: 6 }), (all) => {
      const parsed = createParsed(NAMING);
      for (const options of all) {
        const documents = someDocuments(options);
        const names = someNames(options.app);
        expect(parsed.desired(documents, names)).toEqual(parseDesired(documents, names));
      }
    }),
  );
});

it('keeps the scheduled tasks of an app whose config changes', () => {
  const parsed = createParsed(NAMING);
  const names = someNames();
  const desiredWith = (options: DesiredOptions) =>
    parsed.desired(someDocuments({ documents: { scheduledTasks: TASKS }, ...options }), names);
  const before = desiredWith({ config: ['A'] });
  const after = desiredWith({ config: ['A', 'B'] });
  expect(after.config?.variables.map(({ name }) => name)).toEqual(['A', 'B']);
  expect(after.schedules.tasks).toBe(before.schedules.tasks);
});
