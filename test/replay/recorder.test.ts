import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { RegisterTaskDefinitionCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/replay/changes.ts';
import { chartsOf } from '../../src/replay/charts.ts';
import { compareOutcomes } from '../../src/replay/compare.ts';
import { createGrowingFile, readSnapshot } from '../../src/replay/files.ts';
import { renderPage } from '../../src/replay/html/page.ts';
import { follow, record } from '../../src/replay/recorder.ts';
import { runCase } from '../../src/replay/replayer.ts';
import { reportOf } from '../../src/replay/report.ts';
import { outcomeOf } from '../../src/replay/summary.ts';
import { renderText } from '../../src/replay/text.ts';
import { openStage, type Stage } from '../scenario/stage.ts';
import { definitionOf, scaled, worldOf } from '../scenario/worlds.ts';
import { textOf } from './kit.ts';

const CANARY = 'canary-77c1';
const folder = mkdtempSync(join(tmpdir(), 'trimtab-record-'));

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

/** An account with a secret in every place that has one. */
async function openAccount(): Promise<Stage> {
  const containerDefinitions = [
    {
      name: 'web',
      image: 'example.com/shop:1',
      environment: [{ name: 'PASSWORD', value: CANARY }],
      dockerLabels: { token: CANARY },
    },
  ];
  stage = await openStage({
    sections: worldOf({
      shop: {
        scaling: { web: scaled({ min_processes: 2, max_processes: 2 }) },
        services: { web: { desiredCount: 2 } },
        definition: { containerDefinitions, executionRoleArn: 'arn:aws:iam::123456789012:role/execution' },
        parameters: {
          '/apppack/apps/shop/config/DATABASE_URL': { type: 'SecureString', value: CANARY },
          '/apppack/apps/shop/config/PLAIN': { type: 'String', value: CANARY },
        },
      },
      blog: { scaling: { web: scaled({ min_processes: 1, max_processes: 3 }) } },
    }),
  });
  return stage;
}

const put = (name: string, value: string, type: 'String' | 'SecureString' = 'String') =>
  new PutParameterCommand({ Name: `/apppack/apps/${name}`, Value: value, Type: type, Overwrite: true });

const scaling = (count: number) =>
  JSON.stringify({ web: scaled({ min_processes: count, max_processes: count }) });

describe('recording an account', () => {
  it('keeps what a controller looks at, and no secret value from anywhere', async () => {
    const on = await openAccount();
    const actor = await on.start();
    await on.clock.advance(120_000);
    const snapshot = await on.drive(record(actor.connection, { apps: [], about: 'a test' }));
    const text = textOf(snapshot);
    expect(text).not.toContain(CANARY);
    const [account] = snapshot.world.accounts;
    expect(account).toMatchObject({
      id: '123456789012',
      ssm: {
        parameters: {
          '/apppack/apps/shop/config/DATABASE_URL': { type: 'SecureString', version: 1 },
          '/apppack/apps/shop/scaling': { json: { web: scaled({ min_processes: 2, max_processes: 2 }) } },
        },
      },
      ecs: {
        clusters: [{ name: 'main' }],
        services: [
          { name: 'blog-web', desiredCount: 1 },
          { name: 'shop-web', desiredCount: 2 },
        ],
      },
      autoscaling: { targets: [{ resourceId: 'service/main/blog-web', minCapacity: 1, maxCapacity: 3 }] },
    });
    expect(text).toContain('TRIMTAB#123456789012/us-east-1');
    expect(snapshot.recorded).toMatchObject({ by: expect.stringMatching(/^trimtab /) });
    expect(snapshot.recorded?.notes).toBeUndefined();
    const result = await runCase(snapshot);
    const report = { ...reportOf(result, 'recorded'), charts: chartsOf(result) };
    expect(renderText(report) + JSON.stringify(report) + renderPage([report])).not.toContain(CANARY);
    // Nothing was wrong when it was recorded, so there is nothing to do when it is replayed.
    expect(report.steps.flatMap(({ actions }) => actions)).toEqual([]);
    expect(report).toMatchObject({ settled: true, violations: [] });
  });

  it('keeps no value of a SecureString anywhere, nor of the overrides of a task', async () => {
    const overrides = {
      containerOverrides: [{ name: 'web', environment: [{ name: 'TOKEN', value: CANARY }] }],
    };
    const rule = {
      name: 'shop-scheduler-0123456789ab',
      scheduleExpression: 'cron(0 3 * * ? *)',
      description: '/apppack/apps/shop 0123456789ab Scheduled tasks of shop.',
      targets: [
        {
          Id: 'one',
          Arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/main',
          RoleArn: 'arn:aws:iam::123456789012:role/events',
          EcsParameters: {
            TaskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/shop-web:1',
          },
          Input: JSON.stringify(overrides),
        },
      ],
    };
    const paused = { '/apppack/apps/shop/paused': { type: 'SecureString', value: CANARY } };
    const world = worldOf({ shop: { parameters: paused, services: { web: {} } } });
    stage = await openStage({ sections: { ...world, events: { rules: [rule] } } });
    const visitor = await stage.visit();
    const snapshot = await stage.drive(record(visitor, { apps: [], about: 'a test' }));
    const result = await runCase(snapshot);
    const report = { ...reportOf(result, 'recorded'), charts: chartsOf(result) };
    const texts = [textOf(snapshot), renderText(report), JSON.stringify(report), renderPage([report])];
    expect(texts.join('\n')).not.toContain(CANARY);
    expect(texts[0]).toContain('TOKEN');
    expect(snapshot.world.accounts[0]?.ssm).toMatchObject({
      parameters: { '/apppack/apps/shop/paused': { type: 'SecureString', version: 1 } },
    });
  });

  it('records only the apps that are named, and says which names are like an unknown one', async () => {
    const on = await openAccount();
    const visitor = await on.visit();
    const snapshot = await on.drive(record(visitor, { apps: ['blog'], about: 'a test' }));
    expect(snapshot.recorded?.apps).toEqual(['blog']);
    expect(textOf(snapshot)).not.toContain('/apps/shop/');
    await expect(on.drive(record(visitor, { apps: ['blgo'], about: 'x' }))).rejects.toThrow(
      /Did you mean blog/,
    );
  });

  it('notes what it could not read instead of recording that it is not there', async () => {
    const on = await openAccount();
    on.simulator.switches.denials.push({ action: 'application-autoscaling:*', resource: '*' });
    on.simulator.switches.faults.push({ kind: 'denied', service: 'autoscaling' });
    const snapshot = await on.drive(record(await on.visit(), { apps: [], about: 'a test' }));
    expect(snapshot.recorded?.notes?.join()).toMatch(/scalable targets: AccessDenied/);
  });
});

/** Follows the account while `work` happens to it; resolves to the file it wrote. */
async function followWhile(on: Stage, name: string, work: () => Promise<void>) {
  const path = join(folder, `${name}.snapshot.json`);
  const stop = new AbortController();
  const seen: Change[] = [];
  const wholeAfterEach: boolean[] = [];
  const following = follow(await on.visit(), createGrowingFile(path), {
    apps: [],
    about: 'followed by a test',
    everyMs: 10_000,
    stop: stop.signal,
    onChanges: (changes) => {
      seen.push(...changes);
      wholeAfterEach.push(readFileSync(path, 'utf8').endsWith('\n  ]\n}\n'));
    },
  });
  await on.clock.advance(30_000);
  await work();
  await on.clock.advance(60_000);
  stop.abort();
  await on.drive(following);
  return { path, seen, wholeAfterEach };
}

describe('following an account', () => {
  it('tells what people did from what the controller did, and replays to the same end', async () => {
    const on = await openAccount();
    const { person } = on;
    await on.start('controller', { sweepSeconds: '30' });
    await on.clock.advance(120_000);
    const { path, seen, wholeAfterEach } = await followWhile(on, 'all', async () => {
      await person.ssm.send(put('shop/scaling', scaling(4)));
      await on.clock.advance(60_000);
      await person.ssm.send(put('shop/config/DATABASE_URL', `${CANARY} again`, 'SecureString'));
      await on.clock.advance(60_000);
      const revision = definitionOf('blog-web', 'web', {
        containerDefinitions: [
          { name: 'web', image: 'example.com/blog:2', environment: [{ name: 'A', value: CANARY }] },
        ],
      });
      await person.ecsOnce.send(new RegisterTaskDefinitionCommand(revision as never));
      await person.ecs.send(
        new UpdateServiceCommand({ cluster: 'main', service: 'blog-web', taskDefinition: 'blog-web' }),
      );
      await on.clock.advance(60_000);
      await person.ssm.send(put('shop/scaling', '{"web": {"cpu": 300}}'));
      await on.clock.advance(60_000);
      await person.ssm.send(new DeleteParameterCommand({ Name: '/apppack/apps/shop/config/PLAIN' }));
      await on.clock.advance(30_000);
      await person.dynamodb.send(
        new PutItemCommand({
          TableName: 'apppack',
          Item: {
            primary_id: { S: 'APP#blog' },
            secondary_id: { S: 'settings' },
            value: { M: { cluster: { M: { name: { S: 'main' } } } } },
          },
        }),
      );
      await on.clock.advance(60_000);
    });
    const played = seen
      .filter(({ type }) => type !== 'seen')
      .map((change) => ('name' in change ? `${change.type} ${change.name}` : change.type));
    expect(played).toEqual([
      'put /apppack/apps/shop/scaling',
      'put /apppack/apps/shop/config/DATABASE_URL',
      'call',
      'call',
      'put /apppack/apps/shop/scaling',
      'delete /apppack/apps/shop/config/PLAIN',
      'item',
    ]);
    const told = seen.flatMap((change) => (change.type === 'seen' ? [change.what] : []));
    expect(told).toContain('service shop-web: count 2 → 4');
    expect(told.some((what) => what.startsWith('says Valid InvalidSize'))).toBe(true);
    expect(wholeAfterEach.every(Boolean)).toBe(true);
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain(CANARY);
    const snapshot = await readSnapshot(path);
    expect(textOf(snapshot)).toBe(text);
    const result = await runCase(snapshot);
    expect(compareOutcomes(snapshot.outcome, outcomeOf(result))).toEqual({ same: true, lines: [] });
    expect(result.violations).toEqual([]);
  });

  it('plays a change somebody made by hand again, so that the controller mends it again', async () => {
    const on = await openAccount();
    // Nobody mends it while it is recorded.
    const { path, seen } = await followWhile(on, 'drift', async () => {
      await on.person.ecs.send(
        new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', desiredCount: 7 }),
      );
    });
    expect(seen.filter(({ type }) => type !== 'seen')).toEqual([
      expect.objectContaining({
        type: 'call',
        operation: 'UpdateService',
        input: { cluster: 'main', service: 'shop-web', desiredCount: 7 },
      }),
    ]);
    const result = await runCase(await readSnapshot(path));
    expect(outcomeOf(result).end.shop?.services?.['main/shop-web']).toMatchObject({ desired: 2, running: 2 });
  });

  it('does not take for deleted what it cannot read for a while', async () => {
    const on = await openAccount();
    const { seen } = await followWhile(on, 'outage', async () => {
      on.simulator.switches.faults.push({ kind: 'throttle', service: 'ssm', client: 'command' });
      await on.clock.advance(60_000);
      on.simulator.switches.faults.length = 0;
    });
    expect(seen).toEqual([]);
  });
});
