import { describe, expect, it } from 'vitest';
import type { Build } from '../../../src/aws/build-shapes.ts';
import { buildNames } from '../../../src/controllers/build/names.ts';
import type { BuildFacts, ReadFacts } from '../../../src/controllers/build/observed.ts';
import { planBuild } from '../../../src/controllers/build/plan.ts';
import { ABSENT, found, type Parameter, type Reading, unreadable } from '../../../src/reconcile/reading.ts';
import { EMPTY_STATUS, type Status } from '../../../src/reconcile/status.ts';
import { type BuildRecord, buildAttributes, buildRecordKey } from '../../../src/store/builds.ts';
import {
  type ReleaseRecord,
  type ReleaseSpec,
  releaseItem,
  releaseKey,
} from '../../../src/store/releases.ts';
import type { Item } from '../../../src/store/table.ts';

const NOW = 1_767_614_400_000;
const KEY = { account: '123456789012', region: 'us-east-1', kind: 'build', name: 'shop' } as const;
const DENIED = unreadable<never>({ kind: 'denied', code: 'AccessDenied', message: 'It is not allowed.' });
const names = buildNames(KEY, { prefix: '/apppack', installation: '/apppack' });
if (names === undefined) throw new Error('shop is a name');

const RELEASE = '/apppack/apps/shop/release';
const PAUSED = '/apppack/apps/shop/paused';

const SPEC: ReleaseSpec = {
  // Its build's start, and its number for builds that start at the same time.
  sequence: NOW - 60_000 + 0.002,
  source: 'build:shop:1',
  image: 'example.com/shop:c0ffee',
  buildSystem: 'dockerfile',
  processes: [{ process: 'web', command: './bin/web' }],
  releaseCommand: './bin/migrate',
  buildNumber: 1,
};

function build(changes: Partial<Build> = {}): Build {
  return {
    id: 'shop:1',
    arn: 'arn:aws:codebuild:us-east-1:123456789012:build/shop:1',
    project: 'shop',
    number: 1,
    commit: 'c0ffee',
    status: 'SUCCEEDED',
    startedAt: NOW - 60_000,
    endedAt: NOW - 10_000,
    phases: [{ type: 'BUILD', status: 'SUCCEEDED', startedAt: NOW - 50_000, endedAt: NOW - 20_000 }],
    artifacts: { bucket: 'artifacts', folder: '1' },
    external: false,
    ...changes,
  };
}

function recordItem(changes: Partial<BuildRecord> = {}, revision = 3): Item {
  const record: BuildRecord = {
    key: buildRecordKey('shop', 1),
    revision,
    app: 'shop',
    buildNumber: 1,
    source: 'build:shop:1',
    phases: { build: { arns: [build().arn], start: 1, state: 'started' } },
    ...changes,
  };
  const ours = revision > 0 ? { trimtab_revision: revision } : {};
  return {
    primary_id: record.key.partition,
    secondary_id: record.key.sort,
    ...buildAttributes(record, 'o'),
    ...ours,
  };
}

function release(record: Partial<ReleaseRecord>): Reading<Item> {
  return found(releaseItem(releaseKey(KEY, 'shop'), { revision: 1, ...record }, 'o'));
}

function parameter(name: string, value: string): Reading<Parameter> {
  return found({ name, type: 'String', value, version: 1, modifiedAt: NOW - 5_000 });
}

function facts(changes: Partial<ReadFacts> = {}): BuildFacts {
  if (names === undefined) throw new Error('shop is a name');
  const builds = changes.builds ?? found([]);
  return {
    state: 'read',
    told: false,
    names,
    parameters: new Map([
      [RELEASE, ABSENT],
      [PAUSED, ABSENT],
    ]),
    settings: found({ value: { codebuild_project: { name: 'shop' } } }),
    releaseItem: ABSENT,
    appStatus: ABSENT,
    records: found([]),
    ids: builds.state === 'found' ? found(builds.value.map(({ id }) => id)) : builds,
    builds,
    repository: 'example.com/shop',
    artifacts: new Map(),
    tasks: {},
    ...changes,
  };
}

const MANIFEST = {
  build: { system: 'dockerfile' },
  deploy: { release_command: './bin/migrate' },
  services: { web: { command: './bin/web' }, release: { command: 'never a service' } },
};
const ARTIFACTS = new Map([
  [
    'shop:1',
    {
      buildLog: found(10),
      testLog: found(10),
      manifest: found({ state: 'usable' as const, document: MANIFEST }),
    },
  ],
]);

/** Plans with a key that was first looked at long ago, unless said. */
function plan(
  what: BuildFacts,
  memory: unknown = { since: 1, settled: [], told: {}, flows: {} },
  changes: Partial<Status> = {},
  now = NOW,
) {
  const status: Status = { ...EMPTY_STATUS, revision: 1, memory, ...changes };
  return planBuild(what, { key: KEY, status, now });
}

const types = (planned: ReturnType<typeof plan>) => planned.actions.map(({ type }) => type);

describe('the plan of a build key', () => {
  it('records a build that succeeded and makes it the candidate, in this order', () => {
    const planned = plan(facts({ builds: found([build()]), artifacts: ARTIFACTS }));
    expect(types(planned)).toEqual(['writeBuild', 'writeRelease', 'nudge']);
    const [, write] = planned.actions;
    expect(write).toMatchObject({
      after: ['builds/1/record'],
      record: { revision: 1, candidate: { ...SPEC, buildId: 'shop:1', commit: 'c0ffee' } },
    });
    expect(planned.wakeAt).toBe(NOW);
  });

  it('is quiet at first contact: what had ended is remembered as settled', () => {
    const planned = plan(facts({ builds: found([build()]), artifacts: ARTIFACTS }), null);
    expect(planned.actions).toEqual([]);
    expect(planned.memory).toMatchObject({ since: NOW, settled: ['shop:1'] });
    expect(planned.wakeAt).toBeUndefined();
  });

  it('knows when it first looked though nothing could be read then, so that a build that ended since is released', () => {
    const first = plan(facts({ records: DENIED }), null, {}, NOW - 20_000);
    const planned = plan(facts({ builds: found([build()]), artifacts: ARTIFACTS }), first.memory);
    expect(types(planned)).toEqual(['writeBuild', 'writeRelease', 'nudge']);
  });

  it('leaves a record alone that somebody else left open before our time', () => {
    const records = found([recordItem({}, 0)]);
    const planned = plan(facts({ builds: found([build()]), records, artifacts: ARTIFACTS }), null);
    expect(planned.actions).toEqual([]);
  });

  it('goes on with a record of ours, whatever was forgotten', () => {
    const planned = plan(
      facts({ builds: found([build()]), records: found([recordItem()]), artifacts: ARTIFACTS }),
      null,
    );
    expect(types(planned)).toEqual(['writeBuild', 'writeRelease', 'nudge']);
  });

  it('closes a record of ours whose build CodeBuild has forgotten', () => {
    const [write, ...others] = plan(facts({ records: found([recordItem()]) })).actions;
    expect(others).toEqual([]);
    expect(plan(facts({ records: found([recordItem({}, 0)]) })).actions).toEqual([]);
    expect(write).toMatchObject({ type: 'writeBuild', record: { phases: { build: { state: 'failed' } } } });
  });

  it('gives a task up that nothing says where to look for, once it cannot be found any more', () => {
    const records = found([recordItem({ phases: { release: { start: NOW / 1000, state: 'started' } } })]);
    const releasing = facts({ records, releaseItem: release({ candidate: SPEC }) });
    const later = (minutes: number, memory: unknown) => plan(releasing, memory, {}, NOW + minutes * 60_000);
    const begun = later(1, undefined);
    expect(begun.differences).toMatchObject([{ observed: 'releasing' }]);
    const waiting = later(45, begun.memory);
    expect(types(waiting)).toEqual(['nudge']);
    expect(later(51, waiting.memory).actions[0]).toMatchObject({
      type: 'writeBuild',
      record: { phases: { release: { state: 'failed', reason: expect.stringContaining('never seen') } } },
    });
  });

  it.each([
    ['the records', { records: DENIED }],
    ['the release record', { releaseItem: DENIED }],
    ['what the release record says', { releaseItem: found({ value: { revision: 'x' } }) }],
    ['whether the app is paused', { parameters: new Map([[PAUSED, DENIED]]) }],
  ])('does nothing while it cannot read %s, and says so', (_what, unread) => {
    const planned = plan(facts({ builds: found([build()]), artifacts: ARTIFACTS, ...unread }));
    expect(planned.actions).toEqual([]);
    expect(planned.conditions).toMatchObject([{ type: 'Readable', status: 'False' }]);
  });

  it('goes on with what is released while CodeBuild cannot be read', () => {
    const answer = { sequence: SPEC.sequence, stage: 'complete', tasks: {}, services: [] };
    const planned = plan(
      facts({
        ids: DENIED,
        builds: DENIED,
        releaseItem: release({ current: SPEC }),
        appStatus: found({ memory: { release: answer } }),
        records: found([recordItem({ phases: { deploy: { start: 5, state: 'started' } } })]),
      }),
    );
    expect(planned.actions).toMatchObject([
      { type: 'writeBuild', record: { phases: { deploy: { state: 'succeeded', start: 5 } } } },
    ]);
  });

  it('tells builds apart that started at the same time: the one with the higher number is younger', () => {
    const twin = build({ id: 'shop:2', number: 2, artifacts: { bucket: 'artifacts', folder: '2' } });
    const artifacts = new Map(
      [...ARTIFACTS.values()].flatMap((one) => [['shop:1', one] as const, ['shop:2', one] as const]),
    );
    const { actions } = plan(facts({ builds: found([build(), twin]), artifacts }));
    const records = actions.filter(({ type }) => type === 'writeBuild');
    expect(records).toMatchObject([
      { record: { buildNumber: 2 } },
      { record: { buildNumber: 1, outcome: 'superseded' } },
    ]);
    expect(actions.filter(({ type }) => type === 'writeRelease')).toMatchObject([
      { record: { candidate: { source: 'build:shop:2' } } },
    ]);
  });

  it('tells what a build waits for that is ready', () => {
    const twin = build({ id: 'shop:2', number: 2, startedAt: NOW - 50_000 });
    const artifacts = new Map([...ARTIFACTS.values()].map((one) => ['shop:2', one] as const));
    const { conditions } = plan(
      facts({
        builds: found([build(), twin]),
        artifacts,
        releaseItem: release({ current: SPEC }),
        records: found([recordItem({ phases: { deploy: { start: 5, state: 'started' } } })]),
      }),
    );
    expect(conditions.map(({ message }) => message)).toContain(
      'build 2: finalize succeeded, it waits for build 1',
    );
  });

  it('keeps what gave way until the next is deployed, and goes back to what was proven when that fails', () => {
    const proven = { ...SPEC, sequence: 1, source: 'build:shop:0' };
    const crashing = { ...SPEC, sequence: 2, source: 'build:shop:x' };
    const record = { current: crashing, previous: proven, overtaken: true, candidate: SPEC };
    const failed = recordItem({ phases: { release: { start: 5, end: 6, state: 'failed' } } });
    const [back] = plan(facts({ releaseItem: release(record), records: found([failed]) })).actions;
    expect(back).toMatchObject({ record: { revision: 2, current: proven } });
    expect(back).not.toHaveProperty('record.overtaken');
    const overtaken = recordItem({
      outcome: 'superseded',
      phases: { deploy: { start: 5, end: 6, state: 'failed' } },
    });
    const [kept] = plan(facts({ releaseItem: release(record), records: found([overtaken]) })).actions;
    expect(kept).toMatchObject({ record: { current: crashing, previous: proven, overtaken: true } });
  });

  it('brings services back to what they ran when a deployment failed', () => {
    const before = { ...SPEC, sequence: 1, source: 'build:shop:0' };
    const [write] = plan(
      facts({
        releaseItem: release({ current: SPEC, previous: before }),
        records: found([
          recordItem({
            phases: { deploy: { start: 5, end: 6, state: 'failed', reason: 'it did not start' } },
          }),
        ]),
      }),
    ).actions;
    expect(write).toMatchObject({
      type: 'writeRelease',
      record: { revision: 2, current: before, decided: { outcome: 'failed', reason: 'it did not start' } },
    });
    expect(write).not.toHaveProperty('record.previous');
  });

  it.each([
    ['no controller ran', { wake: { at: NOW + 5_000, token: 't' } }],
    ['the app was paused, which is not woken', { updatedAt: NOW + 5_000 }],
  ])('waits no longer for services because %s for a day', (_why, left) => {
    const deploying = facts({
      releaseItem: release({ current: SPEC }),
      appStatus: found({
        memory: {
          release: { sequence: SPEC.sequence, stage: 'rollingOut', tasks: {}, services: [] },
        },
      }),
      records: found([recordItem({ phases: { deploy: { start: 5, state: 'started' } } })]),
    });
    const dayMs = 86_400_000;
    const first = plan(deploying);
    const second = plan(deploying, first.memory, left, NOW + dayMs);
    expect(second.actions).toEqual([]);
    expect(second.memory).toMatchObject({ awayMs: dayMs - 5_000 });
    const soon = { wake: { at: NOW + dayMs + 2_000, token: 't' } };
    expect(plan(deploying, second.memory, soon, NOW + dayMs + 2_500).actions).toEqual([]);
    const lateAt = NOW + dayMs + 45 * 60_000;
    const late = plan(deploying, second.memory, { wake: { at: lateAt, token: 't' } }, lateAt);
    expect(late.actions).toMatchObject([{ record: { phases: { deploy: { state: 'failed' } } } }]);
  });

  it('keeps what runs when a candidate failed', () => {
    const current = { ...SPEC, sequence: 1, source: 'build:shop:0' };
    const [write] = plan(
      facts({
        releaseItem: release({ current, candidate: SPEC }),
        records: found([recordItem({ phases: { release: { start: 5, end: 6, state: 'failed' } } })]),
      }),
    ).actions;
    expect(write).toMatchObject({ record: { current, decided: { source: SPEC.source, outcome: 'failed' } } });
    expect(write).not.toHaveProperty('record.candidate');
  });

  it('says nothing more of a parameter that was released, and takes up a new version', () => {
    const asked = JSON.stringify({ image: 'example.com/shop:2', processes: { web: { command: 'w' } } });
    const parameters = new Map([
      [RELEASE, parameter(RELEASE, asked)],
      [PAUSED, ABSENT],
    ]);
    const none = { ids: ABSENT, builds: ABSENT };
    const planned = plan(facts({ ...none, parameters }));
    expect(types(planned)).toEqual(['writeRelease', 'nudge']);
    expect(planned.conditions).toMatchObject([{ resource: `version 1 of ${RELEASE} of shop` }]);
    const decided = {
      sequence: NOW - 5_000,
      source: `parameter:${RELEASE}@1`,
      outcome: 'succeeded',
    } as const;
    expect(plan(facts({ ...none, parameters, releaseItem: release({ decided }) })).actions).toEqual([]);
  });

  it('says what is wrong with a parameter, and releases nothing', () => {
    const parameters = new Map([
      [RELEASE, parameter(RELEASE, '{"image": 7}')],
      [PAUSED, ABSENT],
    ]);
    const planned = plan(facts({ ids: ABSENT, builds: ABSENT, parameters }));
    expect(planned.actions).toEqual([]);
    expect(planned.conditions).toMatchObject([
      { type: 'Valid', parameter: RELEASE, reason: 'InvalidRelease' },
    ]);
  });

  it('plans what it would do and writes nothing while the app is paused', () => {
    const parameters = new Map([
      [RELEASE, ABSENT],
      [PAUSED, parameter(PAUSED, 'a sale')],
    ]);
    expect(plan(facts({ builds: found([build()]), artifacts: ARTIFACTS, parameters })).paused).toBe('a sale');
  });

  it('tells review apps of their builds, once for each step', () => {
    const theirs = build({ sourceVersion: 'pr/7', status: 'IN_PROGRESS' });
    const first = plan(facts({ builds: found([theirs]) }));
    expect(first.actions).toMatchObject([{ type: 'nudge', key: { kind: 'build', name: 'shop:7' } }]);
    expect(plan(facts({ builds: found([theirs]) }), first.memory).actions).toEqual([]);
    const ended = build({ sourceVersion: 'pr/7' });
    expect(plan(facts({ builds: found([ended]) }), first.memory).actions).toHaveLength(1);
  });

  it('is gone when nothing could ever be built or released', () => {
    expect(plan(facts({ ids: ABSENT, builds: ABSENT })).gone).toBe(true);
    expect(plan(facts()).gone).toBeUndefined();
  });

  it('does nothing for a name that no app can have', () => {
    expect(plan({ state: 'misnamed' })).toMatchObject({ actions: [], conditions: [] });
  });
});
