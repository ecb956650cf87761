import { StartBuildCommand } from '@aws-sdk/client-codebuild';
import { afterEach, describe, expect, it } from 'vitest';
import { closingOf } from '../../src/store/builds.ts';
import { recordOf, until, worldOfBuilds } from './builders.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const PROJECTS = 30;
const BUILDS = 100;
const HOUR_MS = 3_600_000;
const EPOCH = Date.UTC(2026, 0, 1);

/** Instants as a world has them; the simulated clock begins on the fifth of January. */
function at(ms: number): string {
  return new Date(EPOCH + ms).toISOString();
}

function buildOf(app: string, place: number, number: number): Record<string, unknown> {
  const id = `${app}:${String(place).padStart(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const startedMs = number * (HOUR_MS / 2);
  const endedAt = at(startedMs + HOUR_MS / 12);
  const phases = [{ type: 'COMPLETED', startedAt: endedAt }];
  return { id, number, startedAt: at(startedMs), endedAt, phases };
}

/** An account in which many apps were built often before trimtab came; one of them is built right now. */
function busyWorld(): Record<string, unknown> {
  const names = Array.from({ length: PROJECTS }, (_, index) => `app${index}`);
  const world = worldOfBuilds();
  // As `worldOfBuilds` makes it.
  const { projects } = world.codebuild as { projects: { shop: unknown } };
  const builds = names.flatMap((name, place) =>
    Array.from({ length: BUILDS }, (_, index) => buildOf(name, place, index + 1)),
  );
  const parameters = names.map((name) => [
    `/apppack/apps/${name}/settings`,
    { type: 'String', json: { cluster: 'main' } },
  ]);
  const items = names.map((name) => ({
    primary_id: `APP#${name}`,
    secondary_id: 'settings',
    value: { codebuild_project: { name } },
  }));
  return {
    ...world,
    ssm: { parameters: Object.fromEntries(parameters) },
    codebuild: {
      projects: Object.fromEntries(names.map((name) => [name, projects.shop])),
      builds,
      outcomes: [{ fails: 'POST_BUILD' }],
    },
    dynamodb: {
      tables: [{ name: 'apppack', keys: { partition: 'primary_id', sort: 'secondary_id' }, items }],
    },
  };
}

/** Calls of controllers to CodeBuild and S3, by operation. */
function callsOf(on: Stage): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { client, service, operation } of on.simulator.calls) {
    if (client !== 'controller' || (service !== 'codebuild' && service !== 's3')) continue;
    counts[operation] = (counts[operation] ?? 0) + 1;
  }
  return counts;
}

describe('first contact with an account in which much was built', () => {
  it('takes one list and one batch a project, and reads nothing of what had ended', async () => {
    stage = await openStage({ sections: busyWorld() });
    await stage.start();
    await stage.clock.advance(420_000);
    const { ListBuilds: lists = 0, ...calls } = callsOf(stage);
    expect(calls).toEqual({ ListBuildsForProject: PROJECTS, BatchGetBuilds: PROJECTS });
    // One a sweep, however many projects there are.
    expect(lists).toBeLessThanOrEqual(3);
    await stage.clock.advance(900_000);
    const { ListBuilds: _sweeps, ...later } = callsOf(stage);
    expect(later).toEqual(calls);
  }, 60_000);

  it('follows the build that runs, and only that', async () => {
    stage = await openStage({ sections: busyWorld() });
    const on = stage;
    await on.person.codebuild.send(new StartBuildCommand({ projectName: 'app3' }));
    await on.clock.advance(20_000);
    await on.start();
    const isClosed = async () => {
      const record = await recordOf(on, BUILDS + 1, 'app3');
      return record !== undefined && closingOf(record) !== undefined;
    };
    expect(await until(on, isClosed)).toBe(true);
    // CodeBuild goes on after a failed phase, and uploads the logs.
    await on.clock.advance(60_000);
    const { HeadObject: logs = 0, BatchGetProjects: projects = 0 } = callsOf(on);
    expect(projects).toBeGreaterThan(0);
    expect(logs).toBeGreaterThan(0);
    expect(logs).toBeLessThan(BUILDS / 2);
  }, 60_000);
});
