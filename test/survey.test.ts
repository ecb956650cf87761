import { describe, expect, it } from 'vitest';
import { found } from '../src/reconcile/reading.ts';
import { EMPTY_STATUS } from '../src/reconcile/status.ts';
import { type SurveyPorts, summarize, surveyApps } from '../src/survey.ts';

const place = { account: '123456789012', region: 'us-east-1' };

/** Three apps, of which planning `bad` is beyond us. */
const ports: SurveyPorts = {
  ...place,
  naming: { prefix: '/apppack', installation: '/apppack' },
  // Of a reader a survey itself asks for names and rules only.
  reader: {
    appNames: async () => found(['bad', 'blog', 'shop']),
    rules: async () => found([]),
  } as unknown as SurveyPorts['reader'],
  controller: {
    kind: 'app',
    read: async () => undefined,
    plan(_facts, { key }) {
      if (key.name === 'bad') throw new TypeError('planning it is beyond us');
      const actions =
        key.name === 'shop' ? [{ id: 'a', type: 'updateService', resource: 'service shop-web' }] : [];
      return { actions, differences: [], conditions: [], memory: undefined, parameters: {} };
    },
    apply: async () => undefined,
  },
  foresee: () => {},
  storedStatuses: async () => new Map([['blog', { ...EMPTY_STATUS, synced: true }]]),
  now: () => 1_767_614_400_000,
};

describe('a survey', () => {
  it('goes on without an app that it cannot plan, and has that app looked at by a pass', async () => {
    const broken: string[] = [];
    const inspections = await surveyApps(ports, (key) => broken.push(key.name));
    expect(inspections.map(({ key }) => key.name)).toEqual(['blog', 'shop']);
    expect(broken).toEqual(['bad']);
    const survey = summarize(inspections, [{ ...place, kind: 'app', name: 'bad' }]);
    expect(survey.surveyed).toBe(3);
    expect(survey.keys.map((key) => key.split('/').at(-1))).toEqual(['bad', 'shop']);
  });

  it('of a person, who wants to know, fails with what went wrong', async () => {
    await expect(surveyApps(ports)).rejects.toThrow('planning it is beyond us');
  });
});
