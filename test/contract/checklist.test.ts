import { ListServicesCommand } from '@aws-sdk/client-ecs';
import { ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import type { BuildRecord } from '../../src/store/builds.ts';
import {
  closed,
  loseEvents,
  recordName,
  recordOf,
  releaseOf,
  startBuild,
  startsOf,
  states,
  until,
} from '../scenario/builders.ts';
import { deploymentsOf, ecsOf, scale, serviceOf } from '../scenario/people.ts';
import type { Actor, Stage } from '../scenario/stage.ts';
import { definition, item, openInstallation, REPOSITORY, rawItem, tagsOfTasks } from './installation.ts';

/** The checklist of the contract, §11: what builds and releases have to be. Its other half is checklist-apps.test.ts. */

let on: Stage;
let actor: Actor;
/** `type` of every message that the rules put into the intake queue. */
const delivered: string[] = [];
/** Shop's first build, and those of the pull requests 7, 8 and 9. */
let shop: BuildRecord;
let seven: BuildRecord;
let eight: BuildRecord;
let nine: BuildRecord;
/** When the shop's build was started, and when its record was there. */
let startedAt = 0;
let recordedAt = 0;

beforeAll(async () => {
  // Every event comes twice.
  ({ on, actor } = await openInstallation({
    weather: { staleReadsMs: 3000, duplicateEvents: 1, lostEvents: 0, eventDelayMs: 500 },
  }));
  const offers = on.simulator.offers(DEFAULT_ACCOUNT, DEFAULT_REGION);
  const { deliverToQueue } = offers;
  offers.deliverToQueue = (queue, body, ...rest) => {
    delivered.push(String(JSON.parse(body).type));
    return deliverToQueue?.(queue, body, ...rest) ?? false;
  };
  const numbers = await Promise.all([
    startBuild(on),
    ...[7, 8, 9].map((number) => startBuild(on, `pr/${number}`, 'pipe')),
  ]);
  startedAt = on.clock.now();
  await until(on, async () => (await recordOf(on, 1)) !== undefined, 60_000);
  recordedAt = on.clock.now();
  await on.clock.advance(150_000);
  shop = await closed(on, 1);
  const [, ofSeven = 0, ofEight = 0, ofNine = 0] = numbers.map(({ number }) => number);
  seven = await closed(on, ofSeven, 'pipe:7');
  eight = await closed(on, ofEight, 'pipe:8');
  nine = await closed(on, ofNine, 'pipe:9');
  await on.clock.advance(60_000);
}, 60_000);
afterAll(() => on.stop());

const DEPLOYED = {
  build: 'succeeded',
  test: 'succeeded',
  finalize: 'succeeded',
  release: 'succeeded',
  deploy: 'succeeded',
};

async function services(): Promise<string[]> {
  const { serviceArns = [] } = await on.person.ecs.send(new ListServicesCommand({ cluster: 'main' }));
  return serviceArns.map((arn) => arn.slice(arn.lastIndexOf('/') + 1)).sort();
}

/** The revision that a service runs. */
async function running(service: string) {
  const { taskDefinition = '' } = await serviceOf(on, service);
  return definition(on, taskDefinition);
}

describe('contract §11, builds and releases', () => {
  it('1: takes in six kinds of events, though each comes twice, and looks by itself when they are lost', async () => {
    const { Rules = [] } = await on.person.events.send(new ListRulesCommand({ NamePrefix: 'trimtab' }));
    const kinds = new Set(
      Rules.flatMap(({ EventPattern = '{}' }) => JSON.parse(EventPattern)['detail-type'] ?? []),
    );
    expect(kinds).toEqual(
      new Set([
        'CodeBuild Build Phase Change',
        'CodeBuild Build State Change',
        'ECS Deployment State Change',
        'ECS Service Action',
        'ECS Task State Change',
        'Parameter Store Change',
      ]),
    );
    await scale(on, { min_processes: 2, max_processes: 2 });
    // In a world where all goes well ECS has no news of a service but that it is steady.
    const arn = `arn:aws:ecs:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:service/main/shop-web`;
    const passes = actor.reports.length;
    on.simulator.emit(DEFAULT_ACCOUNT, DEFAULT_REGION, {
      source: 'aws.ecs',
      detailType: 'ECS Service Action',
      resources: [arn],
      detail: {
        eventType: 'WARN',
        eventName: 'SERVICE_TASK_START_IMPAIRED',
        clusterArn: arn.replace(':service/main/shop-web', ':cluster/main'),
      },
    });
    await on.clock.advance(10_000);
    expect(actor.reports.length).toBeGreaterThan(passes);
    expect(new Set(delivered)).toEqual(kinds);
    expect(await startsOf(on)).toBe(1);
    // What ran before, and the release.
    expect(await deploymentsOf(on)).toHaveLength(2);
    expect((await serviceOf(on)).desiredCount).toBe(2);
  });

  it('2: has a record with the ARN of the build within 30 seconds, which the CLI can watch to its end', async () => {
    expect(recordedAt - startedAt).toBeLessThan(10_000);
    expect(shop.phases.build?.arns).toEqual([expect.stringContaining(':build/shop:')]);
    expect(on.cli.verdictOf('shop', recordName(1))).toEqual({ type: 'deployed' });
    expect(on.cli.verdictOf('pipe:7', recordName(seven.buildNumber))).toEqual({ type: 'deployed' });
    // Every write so far was checked against §3.5.1, and a stage does not end well after a breach.
    expect(on.cli.checked()).toBeGreaterThan(20);
  });

  it('3: writes numbers as N, instants in seconds, and build numbers in ten digits', async () => {
    const record = await rawItem(on, 'APP#shop', 'BUILD#0000000001');
    expect(record.build_number).toEqual({ N: '1' });
    const { start, end, arns } = record.deploy?.M ?? {};
    expect(start?.N).toMatch(/^\d{10}$/);
    expect(Math.abs(Number(end?.N) - on.clock.now() / 1000)).toBeLessThan(600);
    expect(arns?.L?.every((arn) => arn.S !== undefined)).toBe(true);
    const { value } = await rawItem(on, 'APP#shop', 'DEPLOYSTATUS');
    expect(value?.M).toMatchObject({
      build_number: { N: '1' },
      last_update: { N: expect.stringMatching(/^\d{10}$/) },
      failed: { BOOL: false },
      processes: { L: [{ M: { cpu: { S: '512' }, min_processes: { N: expect.any(String) } } }, { M: {} }] },
    });
  });

  it('4: reads services, release and initialize command from apppack.toml in the artifact bucket', async () => {
    expect(await services()).toEqual(['pipe-pr7-web', 'shop-web', 'shop-worker']);
    expect((await running('shop-worker')).start).toEqual(['/bin/sh', '-c', './bin/work']);
    expect((await definition(on, 'shop-release')).start).toEqual(['/bin/sh', '-c', './bin/migrate']);
    expect((await definition(on, 'pipe-pr7-postdeploy')).start).toEqual(['/cnb/lifecycle/launcher', 'seed']);
  });

  it('5: knows builds that the builder skipped, by the status of the pull request and by their empty log', async () => {
    for (const [app, record] of [['pipe:8', eight] as const, ['pipe:9', nine] as const]) {
      expect(record).toMatchObject({ app, outcome: 'skipped' });
      expect(states(record)).toEqual({ build: 'succeeded', test: 'succeeded', finalize: 'succeeded' });
      expect(await releaseOf(on, app)).toBeUndefined();
    }
    expect(await startsOf(on, 'pipe-pr8-release')).toBe(0);
    expect(await startsOf(on, 'pipe-pr9-release')).toBe(0);
  });

  it('6: deploys the image of the commit that was built', async () => {
    expect(shop.commit).toMatch(/^[0-9a-f]{40}$/);
    const image = `${REPOSITORY}/shop:${shop.commit}`;
    for (const family of ['shop-web', 'shop-worker', 'shop-release', 'shop-shell'])
      expect((await definition(on, family)).image).toBe(image);
    expect((await running('pipe-pr7-web')).image).toBe(`${REPOSITORY}/pipe:${seven.commit}`);
  });

  it('7: names and tags tasks as the CLI looks for them, and registers the shell anew with its build system', async () => {
    const tags = await tagsOfTasks(on);
    const task = (app: string, processType: string, buildNumber: number) => ({
      'apppack:appName': app,
      'apppack:processType': processType,
      'apppack:buildNumber': String(buildNumber),
    });
    expect(tags).toContainEqual(
      expect.objectContaining({ ...task('shop', 'web', 1), group: 'service:shop-web' }),
    );
    expect(tags).toContainEqual(expect.objectContaining(task('shop', 'worker', 1)));
    const review = tags.find(({ group }) => group === 'service:pipe-pr7-web');
    expect(review).toMatchObject({ ...task('pipe', 'web', seven.buildNumber), 'apppack:reviewApp': 'pr/7' });
    expect(await running('shop-web')).toMatchObject({ container: 'web', stream: 'web' });
    expect(await running('pipe-pr7-web')).toMatchObject({ container: 'web', stream: 'pr7-web' });
    expect((await definition(on, 'shop-shell')).tags['apppack:buildSystem']).toBe('dockerfile');
    expect((await definition(on, 'pipe-pr7-shell')).tags['apppack:buildSystem']).toBe('buildpacks');
  });

  it('8: releases, seeds a review app once, deploys; stops where one fails, and always comes to an end', async () => {
    expect(states(shop)).toEqual(DEPLOYED);
    expect(states(seven)).toEqual({ ...DEPLOYED, postdeploy: 'succeeded' });
    const { finalize, release, postdeploy, deploy } = seven.phases;
    const instants = [finalize, release, postdeploy, deploy].flatMap((phase) => [phase?.start, phase?.end]);
    expect(instants).toEqual([...instants].sort());
    const before = (await serviceOf(on)).taskDefinition;
    ecsOf(on).setOutcomes([{ family: 'shop-release', runSeconds: 4, exitCode: 3 }]);
    const second = await closed(on, (await startBuild(on)).number);
    expect(states(second)).toEqual({
      build: 'succeeded',
      test: 'succeeded',
      finalize: 'succeeded',
      release: 'failed',
    });
    expect(second.phases.release?.reason).toContain('exit code 3');
    await on.clock.advance(60_000);
    expect((await serviceOf(on)).taskDefinition).toBe(before);
    expect(await releaseOf(on)).toMatchObject({
      current: { buildNumber: 1 },
      decided: { outcome: 'failed' },
    });
    expect(on.cli.verdictOf('shop', recordName(2))).toEqual({ type: 'failed', phase: 'release' });
    ecsOf(on).setOutcomes([]);
  });

  it('9: keeps DEPLOYSTATUS after a release and after scaling, of a review app in its pipeline', async () => {
    expect(await item(on, 'APP#pipe', 'DEPLOYSTATUS#7')).toMatchObject({
      value: {
        phase: 'deployed',
        build_number: seven.buildNumber,
        processes: [{ name: 'web', command: 'serve' }],
      },
    });
    expect(await item(on, 'APP#pipe:7', 'DEPLOYSTATUS')).toEqual({});
    await scale(on, { cpu: 1024, memory: 2048, min_processes: 3, max_processes: 5 });
    await on.clock.advance(10_000);
    const { value } = await item(on, 'APP#shop', 'DEPLOYSTATUS');
    expect(value).toMatchObject({
      build_number: 1,
      processes: [
        { name: 'web', cpu: '1024', memory: '2048', min_processes: 3, max_processes: 5 },
        { name: 'worker', min_processes: 1, max_processes: 1 },
      ],
    });
    await on.clock.advance(300_000);
    expect(await item(on, 'APP#shop', 'DEPLOYSTATUS')).toMatchObject({
      value: { phase: 'deployed', failed: false },
    });
  });

  it('1 again: a count that changed while every event was lost is there after the next sweep', async () => {
    await loseEvents(on);
    await scale(on, { cpu: 1024, memory: 2048, min_processes: 4, max_processes: 4 });
    expect(await until(on, async () => (await serviceOf(on)).desiredCount === 4, 330_000)).toBe(true);
    expect(actor.failures).toEqual([]);
  });
});
