import { describe, expect, it } from 'vitest';
import { closingOf } from '../../src/store/builds.ts';
import {
  buildConditionsOf,
  closed,
  imageOf,
  objectOf,
  putRelease,
  REPOSITORY,
  recordsOf,
  startBuild,
  startsOf,
  states,
  until,
  verdictOf,
} from './builders.ts';
import { deploymentsOf, ecsOf, revisionsOf, serviceOf } from './people.ts';
import type { Stage } from './stage.ts';
import { stagesOfBuilds } from './staged.ts';

const shop = stagesOfBuilds();

const BREAKER = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } };
const WEB = { web: { command: 'manual' } };

/** The sort key of a version's record, after one build. */
const versionName = (version: number) => `BUILD#0000000001+${String(version).padStart(10, '0')}`;

/** The record of one version of the parameter, once it is closed. */
async function closedVersion(on: Stage, version: number) {
  const find = async () => (await recordsOf(on)).find(({ key }) => key.sort === versionName(version));
  const isClosed = async () => {
    const record = await find();
    return record !== undefined && closingOf(record) !== undefined;
  };
  await on.clock.advance(60_000);
  expect(await until(on, isClosed, 3_600_000)).toBe(true);
  return find();
}

describe('a release by parameter', () => {
  it('runs its release task once and is deployed by one rollout, with a record behind the last build', async () => {
    const { on } = await shop();
    const built = await closed(on, (await startBuild(on)).number);
    await on.clock.advance(30_000);
    const rollouts = (await deploymentsOf(on)).length;
    await putRelease(on, {
      image: `${REPOSITORY}:manual`,
      processes: WEB,
      release_command: './bin/migrate',
    });
    const record = await closedVersion(on, 1);
    expect(record).toMatchObject({ key: { sort: versionName(1) }, buildNumber: built.buildNumber });
    expect(states(record)).toEqual({ release: 'succeeded', deploy: 'succeeded' });
    expect(await verdictOf(on, versionName(1))).toEqual({ type: 'deployed' });
    expect(await imageOf(on)).toBe(`${REPOSITORY}:manual`);
    expect(record?.phases.release?.logs).toBe('s3://shop-artifacts/1/release-1.log');
    expect(await objectOf(on, '1/release-1.log')).toContain('The release task succeeded.');
    await on.clock.advance(600_000);
    expect(await startsOf(on)).toBe(2);
    expect(await deploymentsOf(on)).toHaveLength(rollouts + 1);
  });

  it('of an image that cannot be pulled fails with the reason, and is not tried again before it is corrected', async () => {
    const { on, actor } = await shop({ app: { services: { web: BREAKER } } });
    const good = await closed(on, (await startBuild(on)).number);
    const serving = `${REPOSITORY}:${good.commit}`;
    ecsOf(on).setOutcomes([{ image: `${REPOSITORY}:gone`, cannotPull: true }]);
    const gone = { image: `${REPOSITORY}:gone`, processes: WEB };
    await putRelease(on, { ...gone, release_command: './bin/migrate' });
    const released = await closedVersion(on, 1);
    expect(states(released)).toEqual({ release: 'failed' });
    expect(released?.phases.release?.reason).toContain('The image could not be pulled');
    expect(await verdictOf(on, versionName(1))).toEqual({ type: 'failed', phase: 'release' });
    expect(await imageOf(on)).toBe(serving);
    expect(await revisionsOf(on)).toHaveLength(2);

    await putRelease(on, gone);
    const deployed = await closedVersion(on, 2);
    expect(states(deployed)).toEqual({ deploy: 'failed' });
    expect(deployed?.phases.deploy?.reason).toContain('CannotPullContainerError');
    expect(await verdictOf(on, versionName(2))).toEqual({ type: 'failed', phase: 'deploy' });
    const back = async () => {
      const { deployments = [], runningCount } = await serviceOf(on);
      return deployments.length === 1 && runningCount === 1;
    };
    expect(await until(on, back)).toBe(true);
    expect(await imageOf(on)).toBe(serving);
    const [condition] = (await buildConditionsOf(on, actor)).filter(({ status }) => status === 'False');
    expect(condition).toMatchObject({
      reason: 'ReleaseFailed',
      message: expect.stringContaining('CannotPull'),
    });

    const since = on.clock.now();
    await on.clock.advance(3 * 3_600_000);
    expect(on.writes(since)).toEqual([]);
    expect(await imageOf(on)).toBe(serving);

    await putRelease(on, { ...gone, image: `${REPOSITORY}:found` });
    expect(states(await closedVersion(on, 3))).toEqual({ deploy: 'succeeded' });
    expect(await imageOf(on)).toBe(`${REPOSITORY}:found`);
    expect(actor.failures).toEqual([]);
  }, 60_000);
});
