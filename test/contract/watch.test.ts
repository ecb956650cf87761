import { afterEach, describe, expect, it } from 'vitest';
import { type BuildWorld, loseEvents, openBuilds, startBuild, stopBuild } from '../scenario/builders.ts';
import { ecsOf } from '../scenario/people.ts';
import type { Stage } from '../scenario/stage.ts';
import { type RecordWatch, watchRecords } from './invariants.ts';
import { buildItems, decodeBuild } from './records.ts';
import { type Verdict, watchBuild } from './watch.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

interface Course {
  readonly verdict: Verdict;
  readonly records: RecordWatch;
  readonly on: Stage;
}

/** Starts a build and watches it as `apppack build start --watch` does, to the end. */
async function watched(
  world: BuildWorld,
  meddle: (on: Stage, build: { id: string }) => Promise<void> = async () => {},
): Promise<Course> {
  const { on } = await openBuilds(world);
  stage = on;
  const records = watchRecords(on.simulator);
  const build = await startBuild(on);
  const { number } = build;
  const ended = { isOver: false };
  const watching = watchBuild({
    clients: on.person,
    clock: on.clock,
    app: 'shop',
    number,
    cluster: 'main',
  }).finally(() => {
    ended.isOver = true;
  });
  await meddle(on, build);
  for (let step = 0; step < 40_000 && !ended.isOver; step += 1) await on.clock.advance(200);
  return { verdict: await watching, records, on };
}

const COURSES: ReadonlyArray<readonly [string, BuildWorld, Verdict]> = [
  ['that goes well', {}, { type: 'deployed' }],
  ['without a release task', { toml: '[services.web]\ncommand = "x"\n' }, { type: 'deployed' }],
  ['whose image cannot be built', { builds: [{ fails: 'BUILD' }] }, { type: 'failed', phase: 'build' }],
  ['whose tests fail', { builds: [{ fails: 'POST_BUILD' }] }, { type: 'failed', phase: 'test' }],
  [
    'whose release task fails',
    { tasks: [{ family: 'shop-release', runSeconds: 12, exitCode: 3 }] },
    { type: 'failed', phase: 'release' },
  ],
  [
    'whose release task never runs',
    { tasks: [{ family: 'shop-release', cannotPull: true }] },
    { type: 'failed', phase: 'release' },
  ],
  ['whose manifest is no TOML', { toml: '[services.web' }, { type: 'failed', phase: 'deploy' }],
];

describe('apppack build watch', () => {
  it.each(COURSES)('ends rightly with a build %s', async (_title, world, verdict) => {
    const course = await watched(world);
    expect(course.verdict).toEqual(verdict);
    expect(course.records.found).toEqual([]);
    expect(course.records.checked()).toBeGreaterThan(3);
  });

  it('ends rightly with a deployment that ECS rolls back', async () => {
    const { on, records } = await watched({});
    ecsOf(on).setOutcomes([{ family: 'shop-web', exitCode: 1 }]);
    const second = await startBuild(on);
    const verdict = { value: undefined as Verdict | undefined };
    const watching = watchBuild({
      clients: on.person,
      clock: on.clock,
      app: 'shop',
      number: second.number,
      cluster: 'main',
    }).then((value) => {
      verdict.value = value;
    });
    for (let step = 0; step < 20_000 && verdict.value === undefined; step += 1) await on.clock.advance(200);
    await watching;
    expect(verdict.value).toEqual({ type: 'failed', phase: 'deploy' });
    expect(records.found).toEqual([]);
  }, 60_000);

  it('ends rightly with a build that somebody stops', async () => {
    const { verdict, records } = await watched({ builds: [{ stuckIn: 'BUILD' }] }, async (on, { id }) => {
      await on.clock.advance(30_000);
      await stopBuild(on, id);
    });
    expect(verdict).toEqual({ type: 'failed', phase: 'build' });
    expect(records.found).toEqual([]);
  });

  it('ends rightly though every event after the record began is lost', async () => {
    const { verdict, records } = await watched({}, async (on) => {
      await on.clock.advance(5_000);
      await loseEvents(on);
    });
    expect(verdict).toEqual({ type: 'deployed' });
    expect(records.found).toEqual([]);
  });

  it('reads numbers as numbers, and every phase that ran has begun and ended', async () => {
    const { on } = await watched({});
    for (const item of buildItems(on.simulator).values()) {
      const build = decodeBuild(item);
      expect(build.deploy.end).toBeGreaterThanOrEqual(build.deploy.start);
    }
  });
});
