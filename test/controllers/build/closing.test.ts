import { describe, expect, it } from 'vitest';
import { buildNames } from '../../../src/controllers/build/names.ts';
import type { ReadFacts } from '../../../src/controllers/build/observed.ts';
import { planBuild } from '../../../src/controllers/build/plan.ts';
import { ABSENT, found, unreadable } from '../../../src/reconcile/reading.ts';
import { EMPTY_STATUS } from '../../../src/reconcile/status.ts';
import type { Item } from '../../../src/store/table.ts';

const NOW = 1_767_614_400_000;
const KEY = { account: '123456789012', region: 'us-east-1', kind: 'build', name: 'pipe:7' } as const;
const REVIEW_APP = '/apppack/pipelines/pipe/review-apps/pr/7';

/** The record of a build that was skipped. */
const RECORD: Item = {
  primary_id: 'APP#pipe:7',
  secondary_id: 'BUILD#0000000001',
  app: 'pipe:7',
  build_number: 1,
  trimtab_revision: 2,
  trimtab_source: 'build:pipe:1',
  trimtab_outcome: 'skipped',
};

/** Plans a review app whose parameter is not there, though its pipeline and what else is said are. */
function plan(changes: Partial<ReadFacts> = {}) {
  const names = buildNames(KEY, { prefix: '/apppack', installation: '/apppack' });
  if (names === undefined) throw new Error('pipe:7 is a name');
  const facts = {
    state: 'read' as const,
    told: false,
    names,
    parameters: new Map([[REVIEW_APP, ABSENT]]),
    settings: found({ value: { codebuild_project: { name: 'pipe' } } }),
    releaseItem: ABSENT,
    appStatus: ABSENT,
    records: found([RECORD]),
    ids: found(['pipe:1']),
    builds: found([]),
    artifacts: new Map(),
    tasks: {},
    ...changes,
  };
  const memory = { since: 1, settled: [], told: {}, flows: {} };
  const status = { ...EMPTY_STATUS, revision: 1, memory };
  return planBuild(facts, { key: KEY, status, now: NOW });
}

describe('the build key of a review app that was closed', () => {
  it('waits for its records to be deleted, and looks again when they should be', () => {
    const planned = plan({ appStatus: found({ memory: {} }) });
    expect(planned.actions).toEqual([]);
    expect(planned.wakeAt).toBeGreaterThan(NOW + 120_000);
    expect(planned.gone).toBeUndefined();
  });

  it('makes the app look that has forgotten itself, for it deletes them', () => {
    const planned = plan();
    expect(planned.actions).toMatchObject([{ type: 'nudge', key: { ...KEY, kind: 'app' } }]);
    expect(planned.wakeAt).toBeGreaterThan(NOW + 120_000);
  });

  it('is forgotten once nothing is left, though its pipeline has a project', () => {
    expect(plan({ records: found([]) })).toMatchObject({ actions: [], gone: true });
  });

  it('is not while anything of it cannot be read, or its parameter is there', () => {
    const denied = unreadable<never>({ kind: 'denied', code: 'AccessDenied', message: 'It is not allowed.' });
    const parameter = { name: REVIEW_APP, type: 'String', value: '{}', version: 1, modifiedAt: 1 };
    for (const changes of [
      { ids: denied },
      { parameters: new Map([[REVIEW_APP, denied]]) },
      { parameters: new Map([[REVIEW_APP, found(parameter)]]) },
    ]) {
      expect(plan({ records: found([]), ...changes }).gone).toBeUndefined();
    }
  });
});
