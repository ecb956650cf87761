import { describe, expect, it } from 'vitest';
import { openCodeBuild, PROJECT, phasesOf } from './kit.ts';

describe('the section codebuild of a world', () => {
  it('needs only the names of projects', async () => {
    const bench = openCodeBuild();
    bench.load({ projects: { blog: {} } });
    expect(bench.dump()).toMatchObject({
      projects: {
        blog: {
          artifacts: { type: 'NO_ARTIFACTS' },
          environment: { image: 'public.ecr.aws/d9q4v8a4/apppack-build:builder', privilegedMode: true },
          lastBuildNumber: 0,
        },
      },
    });
  });

  it('counts on from the builds there were', async () => {
    const bench = openCodeBuild([], { section: { projects: { shop: { ...PROJECT, lastBuildNumber: 41 } } } });
    const build = await bench.build();
    expect(build.buildNumber).toBe(42);
    expect(Object.keys(await bench.artifacts())).toContain('42/build.log');
  });

  it('begins a build that has no phases yet', async () => {
    const bench = openCodeBuild([], {
      section: { projects: { shop: PROJECT }, builds: [{ id: 'shop:a', number: 7, sourceVersion: 'main' }] },
    });
    expect(await bench.look('shop:a')).toMatchObject({
      buildStatus: 'IN_PROGRESS',
      currentPhase: 'SUBMITTED',
    });
    await bench.clock.advance(30_000);
    expect(await bench.look('shop:a')).toMatchObject({ buildStatus: 'SUCCEEDED', sourceVersion: 'main' });
    expect(Object.keys(await bench.artifacts())).toContain('7/build.log');
    expect(bench.events[0]).toMatchObject({ detail: { 'build-status': 'IN_PROGRESS' } });
    expect((await bench.start()).buildNumber).toBe(8);
  });

  it('takes a build up in its middle', async () => {
    const bench = openCodeBuild([{ buildLog: ['one'], times: 1 }, { fails: 'BUILD' }]);
    const { id } = await bench.start({ sourceVersion: 'pr/7' });
    await bench.clock.advance(12_000);
    const saved = bench.dump();
    bench.load(saved);
    expect(bench.dump()).toEqual(saved);
    expect(saved).toMatchObject({ outcomes: [{ times: 0 }, { fails: 'BUILD' }] });
    await bench.clock.advance(30_000);
    const build = await bench.look(id);
    expect(build).toMatchObject({ buildStatus: 'SUCCEEDED', sourceVersion: 'pr/7' });
    expect(phasesOf(build)).toHaveLength(11);
    expect(await bench.artifacts()).toMatchObject({ '1/build.log': 'one\n' });
    expect((await bench.build()).buildStatus).toBe('FAILED');
  });

  it('lets a test say how the next builds fare', async () => {
    const bench = openCodeBuild([{ fails: 'BUILD' }]);
    bench.setOutcomes([{ fails: 'POST_BUILD' }]);
    expect(phasesOf(await bench.build())).toContain('POST_BUILD FAILED');
    expect(() => bench.setOutcomes([{ fail: 'BUILD' }])).toThrow('codebuild outcomes');
  });

  it.each<[Record<string, unknown>, string]>([
    [{ projects: { shop: { artifacts: { type: 'S3' } } } }, 'location must be specified'],
    [{ projects: { shop: { timeoutInMinutes: 1 } } }, 'codebuild.projects.shop.timeoutInMinutes'],
    [{ outcomes: [{ fail: 'BUILD' }] }, 'codebuild.outcomes.0'],
    [{ outcomes: [{ fails: 'COMPLETED' }] }, 'codebuild.outcomes.0.fails'],
    [
      {
        builds: [
          {
            id: 'gone:1',
            number: 1,
            startedAt: '2026-01-05T12:00:00Z',
            phases: [{ type: 'QUEUED', startedAt: '2026-01-05T12:00:00Z' }],
          },
        ],
      },
      'gone:1 is of no known project',
    ],
  ])('says what is wrong: %j', (section, message) => {
    expect(() => openCodeBuild().load(section)).toThrow(message);
  });
});
