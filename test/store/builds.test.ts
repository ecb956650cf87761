import { describe, expect, it } from 'vitest';
import {
  type BuildRecord,
  buildAttributes,
  buildRecordKey,
  closingOf,
  failedPhase,
  parseBuildItem,
} from '../../src/store/builds.ts';

const key = buildRecordKey('shop', 106);
const record: BuildRecord = {
  key,
  revision: 3,
  app: 'shop',
  buildNumber: 106,
  commit: 'c0ffee',
  source: 'build:shop:1',
  phases: {
    build: {
      arns: ['arn:b'],
      logs: 's3://b/106/build.log',
      start: 1_700_000_000,
      end: 1_700_000_200,
      state: 'succeeded',
    },
  },
};

describe('the record of a build', () => {
  it('lies under its padded number, and one of a parameter right behind the last build', () => {
    expect(key).toEqual({ partition: 'APP#shop', sort: 'BUILD#0000000106' });
    expect(buildRecordKey('shop:7', 106).partition).toBe('APP#shop:7');
    const sorts = [
      buildRecordKey('shop', 107),
      buildRecordKey('shop', 106, 12),
      buildRecordKey('shop', 106, 9),
      buildRecordKey('shop', 106),
    ].map(({ sort }) => sort);
    expect([...sorts].sort()).toEqual([...sorts].reverse());
  });

  it('has the attributes that the CLI decodes, in its types', () => {
    const item = buildAttributes({ ...record, prNumber: '7' }, '/apppack/apps/shop');
    expect(item).toMatchObject({ app: 'shop', build_number: 106, pr_number: '7', commit: 'c0ffee' });
    expect(item.build).toEqual(record.phases.build);
    expect(item).not.toHaveProperty('test');
  });

  it('is read back as it was written', () => {
    const item = {
      primary_id: key.partition,
      secondary_id: key.sort,
      trimtab_revision: 3,
      ...buildAttributes(record, 'owner'),
    };
    expect(parseBuildItem(item)).toEqual({ ok: true, value: record });
  });

  it('of another writer has no revision, and members nobody knows', () => {
    const item = {
      primary_id: 'APP#shop',
      secondary_id: key.sort,
      app: 'shop',
      build_number: 106,
      odd: true,
    };
    expect(parseBuildItem(item)).toMatchObject({ ok: true, value: { revision: 0, phases: {} } });
  });

  it('that cannot be read says where', () => {
    const item = { app: 'shop', build_number: 1, deploy: { state: 'gone' } };
    expect(parseBuildItem(item)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('deploy.state'),
    });
  });

  it.each([
    [{}, undefined],
    [{ build: { state: 'succeeded' } }, undefined],
    [{ build: { state: 'succeeded' }, deploy: { state: 'started' } }, undefined],
    [{ deploy: { state: 'succeeded' } }, 'succeeded'],
    [{ test: { state: 'failed' }, deploy: { state: 'started' } }, 'failed'],
  ] as const)('with %o is closed as %s', (phases, closing) => {
    expect(closingOf({ ...record, phases })).toBe(closing);
  });

  it('of a build that nobody wanted or that was overtaken is closed as such', () => {
    expect(closingOf({ ...record, outcome: 'skipped' })).toBe('skipped');
    const overtaken: BuildRecord = {
      ...record,
      outcome: 'superseded',
      phases: { deploy: { state: 'failed' } },
    };
    expect(closingOf(overtaken)).toBe('superseded');
  });

  it('fails where the first of its phases failed', () => {
    const phases = { deploy: { state: 'failed' }, release: { state: 'failed', reason: 'it did' } } as const;
    expect(failedPhase({ ...record, phases })).toMatchObject({
      name: 'release',
      phase: { reason: 'it did' },
    });
    expect(failedPhase(record)).toBeUndefined();
  });
});
