import { ListBuildsCommand } from '@aws-sdk/client-codebuild';
import { describe, expect, it } from 'vitest';
import { found, type Reading } from '../src/reconcile/reading.ts';
import { EMPTY_STATUS, type Status } from '../src/reconcile/status.ts';
import { type BuildSurveyPorts, surveyBuilds } from '../src/survey-builds.ts';

const NOW = 1_767_614_400_000;
const RELEASE = '/apppack/apps/shop/release';
const PAUSED = '/apppack/apps/shop/paused';

interface Account {
  /** Apps and pipelines with a project of their own name. */
  readonly projects?: readonly string[];
  readonly ids?: readonly string[];
  readonly statuses?: Readonly<Record<string, Partial<Status>>>;
  readonly release?: number;
  readonly paused?: string;
  readonly mode?: 'act' | 'observe';
}

/** The keys of an account that a sweep makes look. */
async function due(apps: readonly string[], account: Account): Promise<string[]> {
  const { projects = apps, ids = [], statuses = {}, release, paused, mode = 'act' } = account;
  const ports: BuildSurveyPorts = {
    account: '123456789012',
    region: 'us-east-1',
    naming: { prefix: '/apppack', installation: '/apppack' },
    mode,
    // Of a reader a survey of builds asks for settings and what is asked of releases only.
    reader: {
      item: async (partition: string): Promise<Reading<object>> => {
        const name = partition.replace('APP#', '');
        return projects.includes(name)
          ? found({ value: { codebuild_project: { name } } })
          : { state: 'absent' };
      },
      parameters: async (names: readonly string[]) => {
        const there = new Map<string, object>([
          ...apps.map((app) => [`/apppack/pipelines/${app.replace(':', '/review-apps/pr/')}`, {}] as const),
          ...(release === undefined ? [] : [[RELEASE, { version: release }] as const]),
          ...(paused === undefined ? [] : [[PAUSED, { value: paused }] as const]),
        ]);
        return new Map(
          names.map((name) => [name, there.has(name) ? found(there.get(name)) : { state: 'absent' }]),
        );
      },
    } as unknown as BuildSurveyPorts['reader'],
    codebuild: {
      send: async (command: unknown) => {
        if (!(command instanceof ListBuildsCommand)) throw new Error('it asks for more than one list');
        return { ids };
      },
    } as unknown as BuildSurveyPorts['codebuild'],
    storedStatuses: async () =>
      new Map(
        Object.entries(statuses).map(([name, status]) => [name, { ...EMPTY_STATUS, revision: 1, ...status }]),
      ),
    now: () => NOW,
  };
  return (await surveyBuilds(ports, apps)).map(({ name }) => name);
}

const seen = (settled: readonly string[], flows: object = {}): Partial<Status> => ({
  memory: { since: 1, settled, told: {}, flows },
});

describe('a sweep of builds', () => {
  it('makes those look that never did and have a project', async () => {
    expect(await due(['blog', 'shop'], { projects: ['shop'] })).toEqual(['shop']);
  });

  it('leaves those alone that know all builds of their project', async () => {
    const ids = ['shop:aaaaaaaaaaaa', 'shop:bbbbbbbbbbbb'];
    const wake = { at: NOW + 10_000, token: 't' };
    const status = { ...seen(['aaaaaaaaaaaa'], { 'build:shop:bbbbbbbbbbbb': {} }), wake };
    expect(await due(['shop'], { ids, statuses: { shop: status } })).toEqual([]);
  });

  it('makes those look whose project has a build they do not know', async () => {
    const statuses = { shop: seen(['aaaaaaaaaaaa']), blog: seen([]) };
    expect(await due(['blog', 'shop'], { ids: ['shop:bbbbbbbbbbbb'], statuses })).toEqual(['shop']);
  });

  it('finds a pipeline, which has no parameter of its own, by its builds', async () => {
    expect(await due([], { projects: ['shop'], ids: ['shop:1'] })).toEqual(['shop']);
  });

  it('makes those look whose wake was lost', async () => {
    const wake = (at: number) => ({ shop: { ...seen([]), wake: { at, token: 't' } } });
    expect(await due(['shop'], { statuses: wake(NOW - 61_000) })).toEqual(['shop']);
    expect(await due(['shop'], { statuses: wake(NOW - 1_000) })).toEqual([]);
  });

  it('makes those look that wait for nothing since they were paused, once they are not any more', async () => {
    const statuses = { shop: seen([], { 'parameter:/apppack/apps/shop/release@1': {} }) };
    expect(await due(['shop'], { statuses })).toEqual(['shop']);
    expect(await due(['shop'], { statuses, paused: 'false' })).toEqual(['shop']);
    expect(await due(['shop'], { statuses, paused: 'moving house' })).toEqual([]);
  });

  it('makes those of review apps look that were closed, as long as anything is remembered of them', async () => {
    const statuses = { 'pipe:7': seen([]) };
    expect(await due([], { projects: ['pipe'], statuses })).toEqual(['pipe:7']);
    const wake = { at: NOW + 10_000, token: 't' };
    expect(await due([], { projects: ['pipe'], statuses: { 'pipe:7': { ...seen([]), wake } } })).toEqual([]);
  });

  it('makes those look whose release parameter is not the one they saw', async () => {
    const status = { ...seen([]), parameters: { [RELEASE]: 3 } };
    expect(await due(['shop'], { statuses: { shop: status }, release: 3 })).toEqual([]);
    expect(await due(['shop'], { statuses: { shop: status }, release: 4 })).toEqual(['shop']);
    expect(await due(['shop'], { statuses: { shop: status } })).toEqual(['shop']);
    expect(await due(['shop'], { projects: [], release: 1 })).toEqual(['shop']);
  });

  it('does not look at review apps for builds that their pipeline tells them of', async () => {
    const statuses = { shop: seen(['aaaaaaaaaaaa']), 'shop:7': seen([]) };
    expect(await due(['shop:7'], { projects: ['shop'], ids: ['shop:aaaaaaaaaaaa'], statuses })).toEqual([]);
  });

  it('makes nobody look where nothing may be written', async () => {
    expect(await due(['shop'], { mode: 'observe' })).toEqual([]);
  });
});
