import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createReader, type Reader } from '../../src/aws/reader.ts';
import { createSweepReader } from '../../src/aws/sweep-reader.ts';
import { createTaskDefinitionCache } from '../../src/aws/task-definitions.ts';
import { valueIn } from '../../src/reconcile/reading.ts';
import { answerScaling, countCalls, handmade, openAccount, type ScalingState } from './reading-kit.ts';

const PROCESSES = ['web', 'worker', 'clock'];
const VARIABLES = Array.from({ length: 10 }, (_, index) => `NAME_${index}`);
const SCHEDULES = 5;

/** The profile of the call budget: three services, ten variables, three documents, five schedules, a policy each. */
function profile(count: number) {
  const apps = Array.from({ length: count }, (_, index) => `app${String(index).padStart(4, '0')}`);
  const services = apps.flatMap((app) => PROCESSES.map((process) => `${app}-${process}`));
  const parameters = apps.flatMap((app) => [
    [`/apppack/apps/${app}/scaling`, { value: `{"of":"${app}"}` }],
    [`/apppack/apps/${app}/scheduled-tasks`, { value: '[]' }],
    [`/apppack/apps/${app}/users`, { value: 'ada@example.com', type: 'StringList' }],
    ...VARIABLES.map((name) => [
      `/apppack/apps/${app}/config/${name}`,
      { value: 'canary', type: 'SecureString' },
    ]),
  ]);
  const sections = {
    ssm: { parameters: Object.fromEntries(parameters) },
    ecs: {
      clusters: [{ name: 'main', containerInstances: 1 }],
      taskDefinitions: services.map((family) => ({
        family,
        containerDefinitions: [{ name: 'web', image: 'nginx', memory: 128 }],
      })),
      services: services.map((name) => ({
        cluster: 'main',
        name,
        taskDefinition: `${name}:1`,
        desiredCount: 0,
      })),
    },
    events: {
      rules: apps.flatMap((app) =>
        Array.from({ length: SCHEDULES }, (_, index) => ({
          name: `apppack-${app}-${index}`,
          scheduleExpression: 'rate(1 hour)',
        })),
      ),
    },
  };
  const resources = services.map((service) => ({ ResourceId: `service/main/${service}` }));
  return { apps, sections, scaling: { targets: resources, policies: resources } };
}

/** Reads of one app as its controller makes them: desired state first, then what it names. */
async function readApp(reader: Reader, app: string) {
  const root = `/apppack/apps/${app}`;
  const [documents, config] = await Promise.all([
    reader.parameters(
      ['scaling', 'scheduled-tasks', 'users', 'paused', 'release'].map((one) => `${root}/${one}`),
    ),
    reader.parameterNames(`${root}/config`),
  ]);
  const names = PROCESSES.map((process) => `${app}-${process}`);
  const ids = names.map((name) => `service/main/${name}`);
  const [services, targets, rules, policies, actions] = await Promise.all([
    reader.services('main', names),
    reader.scalableTargets(ids),
    reader.rules(`apppack-${app}-`),
    Promise.all(ids.map((id) => reader.scalingPolicies(id))),
    Promise.all(ids.map((id) => reader.scheduledActions(id))),
  ]);
  const definitions = await Promise.all(
    [...services.values()].map((service) => reader.taskDefinition(valueIn(service)?.taskDefinition ?? '')),
  );
  return { documents, config, services, targets, rules, policies, actions, definitions };
}

function open(sections: Readonly<Record<string, unknown>>, scaling: ScalingState, gated = false) {
  const { bench, clients: simulated } = openAccount(sections, { gated });
  const autoscaling = handmade(answerScaling(scaling));
  const clients = { ...simulated, autoscaling: new ApplicationAutoScalingClient(autoscaling) };
  const taskDefinitions = createTaskDefinitionCache();
  return {
    bench,
    clients,
    switches: bench.simulator.switches,
    newSweep: () => createSweepReader(clients, { table: 'apppack', prefix: '/apppack', taskDefinitions }),
    calls: () => {
      const counts = countCalls(bench.simulator.calls);
      for (const operation of autoscaling.calls) {
        counts[`autoscaling.${operation}`] = (counts[`autoscaling.${operation}`] ?? 0) + 1;
      }
      return counts;
    },
    forgetCalls: () => {
      bench.simulator.calls.length = 0;
      autoscaling.calls.length = 0;
    },
  };
}

const NOTHING: ScalingState = { targets: [], policies: [] };

describe('a sweep', () => {
  it('over a hundred unchanged apps stays within 1.02 of the least number of calls', async () => {
    const { apps, sections, scaling } = profile(100);
    const { newSweep, calls, forgetCalls } = open(sections, scaling);
    const first = newSweep();
    await Promise.all(apps.map((app) => readApp(first, app)));
    forgetCalls();

    const reader = newSweep();
    const names = valueIn(await reader.appNames()) ?? [];
    const reads = await Promise.all(names.map((app) => readApp(reader, app)));

    expect(names).toEqual(apps);
    expect(reads[41]?.definitions.map((one) => valueIn(one)?.definition.family)).toEqual([
      'app0041-web',
      'app0041-worker',
      'app0041-clock',
    ]);
    expect(reads.every((read) => valueIn(read.config)?.length === 10)).toBe(true);
    expect(reads.every((read) => valueIn(read.rules)?.length === 5)).toBe(true);
    expect(reads.flatMap((read) => read.policies).every((one) => valueIn(one)?.length === 1)).toBe(true);
    // B_warm = ⌈1300/10⌉ + ⌈300/100⌉ + ⌈300/10⌉ + ⌈300/50⌉ + ⌈300/10⌉ + ⌈500/100⌉; we list no services.
    expect(calls()).toEqual({
      'ssm.GetParametersByPath': 130 + 1,
      'ecs.DescribeServices': 30,
      'autoscaling.DescribeScalableTargets': 6,
      'autoscaling.DescribeScalingPolicies': 30,
      'autoscaling.DescribeScheduledActions': 1,
      'events.ListRules': 5,
    });
    const total = Object.values(calls()).reduce((sum, count) => sum + count, 0);
    expect(total).toBeLessThanOrEqual(Math.floor(1.02 * 204));
  });

  it('finds in every app what a pass over that app alone would find', async () => {
    const { apps, sections, scaling } = profile(7);
    const { newSweep, clients } = open(sections, scaling);
    const taskDefinitions = createTaskDefinitionCache();

    const sweep = newSweep();
    const joint = await Promise.all(apps.map((app) => readApp(sweep, app)));
    const alone = await Promise.all(
      apps.map((app) => readApp(createReader(clients, { table: 'apppack', taskDefinitions }), app)),
    );

    expect(joint).toEqual(alone);
  });

  it('makes the same calls in the same order in virtual time, whenever it is run', async () => {
    const run = async () => {
      const { apps, sections, scaling } = profile(9);
      const { newSweep, bench } = open(sections, scaling, true);
      const reader = newSweep();
      const reads = Promise.all(apps.map((app) => readApp(reader, app)));
      await bench.clock.advance(1_000);
      await reads;
      return bench.simulator.calls.map(({ operation, input }) => [operation, input]);
    };

    const calls = await run();

    // The tree 12, services 3 and their definitions 27, rules 1.
    expect(calls).toHaveLength(12 + 3 + 27 + 1);
    expect(await run()).toEqual(calls);
  });
});

describe('desired state in a sweep', () => {
  const parameters = {
    '/apppack/apps/shop/scaling': { value: '{}' },
    '/apppack/apps/shop/config/KEY': { value: 'canary' },
    '/apppack/pipelines/web/scaling': { value: '{}' },
    '/apppack/pipelines/web/review-apps/pr/7': { value: '{"status":"created"}' },
    '/apppack/account/administrators': { value: 'ada@example.com', type: 'StringList' },
  };

  it('names apps and review apps, but no pipelines', async () => {
    const { newSweep } = open({ ssm: { parameters } }, NOTHING);

    expect(await newSweep().appNames()).toEqual({ state: 'found', value: ['shop', 'web:7'] });
  });

  it('comes from the trees; what lies elsewhere is read by name', async () => {
    const { newSweep, calls } = open({ ssm: { parameters } }, NOTHING);
    const reader = newSweep();

    const read = await reader.parameters([
      '/apppack/apps/shop/scaling',
      '/apppack/apps/shop/paused',
      '/apppack/pipelines/web/review-apps/pr/7',
      '/apppack/account/administrators',
    ]);

    expect([...read.values()].map((one) => one.state)).toEqual(['found', 'absent', 'found', 'found']);
    expect(valueIn(await reader.parameterNames('/apppack/apps/shop/config'))).toHaveLength(1);
    expect(valueIn(await reader.parameterNames('/apppack/apps/blog/config'))).toEqual([]);
    expect(calls()).toEqual({ 'ssm.GetParametersByPath': 2, 'ssm.GetParameters': 1 });
  });

  it('is read key by key where the role may not list everything', async () => {
    const { newSweep, switches } = open({ ssm: { parameters } }, NOTHING);
    switches.denials.push({ action: 'ssm:GetParametersByPath', resource: '*/apppack/apps' });
    const reader = newSweep();

    const read = await reader.parameters(['/apppack/apps/shop/scaling', '/apppack/apps/shop/paused']);

    expect([...read.values()].map((one) => one.state)).toEqual(['found', 'absent']);
    expect(valueIn(await reader.parameterNames('/apppack/apps/shop/config'))).toHaveLength(1);
    expect(await reader.appNames()).toMatchObject({ state: 'unreadable', failure: { kind: 'denied' } });
  });

  it('after a throttled page is unreadable for every key, and no more calls are made for it', async () => {
    const { newSweep, switches, calls } = open({ ssm: { parameters } }, NOTHING);
    switches.faults.push({ kind: 'throttle', service: 'ssm' });
    const reader = newSweep();

    const read = await reader.parameters(['/apppack/apps/shop/scaling', '/apppack/apps/blog/scaling']);
    const names = await reader.parameterNames('/apppack/apps/shop/config');

    expect([...read.values(), names].map((one) => one.state)).toEqual(Array(3).fill('unreadable'));
    expect(calls()).toEqual({ 'ssm.GetParametersByPath': 1 });
  });
});

describe('what hangs on many resources', () => {
  const id = (index: number) => `service/main/p${index}`;
  const policiesOf = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ResourceId: id(index) }));

  it('is asked for one by one when there are two of them', async () => {
    const { newSweep, calls } = open({}, { targets: [], policies: policiesOf(100) });
    const reader = newSweep();

    await Promise.all([reader.scalingPolicies(id(0)), reader.scalingPolicies(id(1))]);

    expect(calls()).toEqual({ 'autoscaling.DescribeScalingPolicies': 2 });
  });

  it('is listed for all when there are more', async () => {
    const { newSweep, calls } = open({}, { targets: [], policies: policiesOf(30) });
    const reader = newSweep();

    const read = await Promise.all([0, 1, 2, 99].map((index) => reader.scalingPolicies(id(index))));

    expect(read.map((one) => valueIn(one)?.length)).toEqual([1, 1, 1, 0]);
    expect(calls()).toEqual({ 'autoscaling.DescribeScalingPolicies': 3 });
  });

  it('is asked for one by one after all when others have very many', async () => {
    const { newSweep, calls } = open({}, { targets: [], policies: policiesOf(1_000) });
    const reader = newSweep();

    const read = await Promise.all([0, 1, 2].map((index) => reader.scalingPolicies(id(index))));

    expect(read.map((one) => valueIn(one)?.length)).toEqual([1, 1, 1]);
    expect(calls()).toEqual({ 'autoscaling.DescribeScalingPolicies': 3 + 3 });
  });
});

describe('rules in a sweep', () => {
  const rules = ['shop-1', 'shop-2', 'blog-1'].map((name) => ({ name, scheduleExpression: 'rate(1 hour)' }));

  it('are listed once for all, and told apart by prefix', async () => {
    const { newSweep, calls } = open({ events: { rules } }, NOTHING);
    const reader = newSweep();

    const [shop, blog, all] = await Promise.all(['shop-', 'blog-', ''].map((prefix) => reader.rules(prefix)));

    expect([shop, blog, all].map((read) => read && valueIn(read)?.length)).toEqual([2, 1, 3]);
    expect(calls()).toEqual({ 'events.ListRules': 1 });
  });

  it('are unreadable for everybody when the list is throttled', async () => {
    const { newSweep, switches } = open({ events: { rules } }, NOTHING);
    switches.faults.push({ kind: 'throttle', service: 'events' });

    expect((await newSweep().rules('shop-')).state).toBe('unreadable');
  });
});

describe('items of the table', () => {
  const apps = Array.from({ length: 150 }, (_, index) => `app${index}`);
  const keys = { partition: 'primary_id', sort: 'secondary_id' };
  const items = apps.slice(0, 149).map((app) => ({
    primary_id: `APP#${app}`,
    secondary_id: 'settings',
    value: { cluster: { name: app } },
  }));
  const table = { dynamodb: { tables: [{ name: 'apppack', keys, items }] } };

  it('are read a hundred at a time', async () => {
    const { newSweep, calls } = open(table, NOTHING);
    const reader = newSweep();

    const read = await Promise.all(apps.map((app) => reader.item(`APP#${app}`, 'settings')));

    expect(read.slice(0, 149).map((one) => valueIn(one)?.value)).toEqual(
      apps.slice(0, 149).map((app) => ({ cluster: { name: app } })),
    );
    expect(read[149]).toEqual({ state: 'absent' });
    expect(calls()).toEqual({ 'dynamodb.BatchGetItem': 2 });
  });

  it('are read one by one where the role may not read them together', async () => {
    const { newSweep, switches } = open(table, NOTHING);
    switches.denials.push({ action: 'dynamodb:BatchGetItem', resource: '*' });
    const reader = newSweep();

    const read = await Promise.all(['app0', 'app149'].map((app) => reader.item(`APP#${app}`, 'settings')));

    expect(read.map((one) => one.state)).toEqual(['found', 'absent']);
  });

  it('are unreadable, not absent, when the table is missing', async () => {
    const { newSweep } = open({}, NOTHING);

    expect(await newSweep().item('APP#shop', 'settings')).toMatchObject({
      state: 'unreadable',
      failure: { code: 'ResourceNotFoundException' },
    });
  });

  const item = (app: string) => ({
    primary_id: { S: `APP#${app}` },
    secondary_id: { S: 'settings' },
    value: { M: { cluster: { M: { name: { S: 'main' }, arn: { NULL: true } } } } },
  });

  function openTable(answer: (operation: string, input: Record<string, unknown>) => unknown) {
    const { clients } = openAccount({});
    const settings = handmade(answer);
    const dynamodb = new DynamoDBClient(settings);
    const options = { table: 'apppack', prefix: '/apppack', taskDefinitions: createTaskDefinitionCache() };
    return { reader: createSweepReader({ ...clients, dynamodb }, options), calls: settings.calls };
  }

  it('that a batch left over are asked for again; those in no answer are absent', async () => {
    let round = 0;
    const { reader, calls } = openTable(() => {
      round += 1;
      if (round > 1) return { Responses: { apppack: [item('b')] }, UnprocessedKeys: {} };
      const { primary_id, secondary_id } = item('b');
      const left = { apppack: { Keys: [{ primary_id, secondary_id }], ConsistentRead: true } };
      return { Responses: { apppack: [item('a')] }, UnprocessedKeys: left };
    });

    const read = await Promise.all(['a', 'b', 'c'].map((app) => reader.item(`APP#${app}`, 'settings')));

    expect(read.map((one) => one.state)).toEqual(['found', 'found', 'absent']);
    expect(calls).toEqual(['BatchGetItem', 'BatchGetItem']);
    expect(read[0]).toEqual({
      state: 'found',
      value: { primary_id: 'APP#a', secondary_id: 'settings', value: { cluster: { name: 'main' } } },
    });
  });

  it('that are left over again and again are unreadable', async () => {
    const { reader } = openTable((_operation, input) => ({
      Responses: {},
      UnprocessedKeys: input.RequestItems,
    }));

    const read = await Promise.all(['a', 'b'].map((app) => reader.item(`APP#${app}`, 'settings')));

    expect(read).toMatchObject(Array(2).fill({ state: 'unreadable', failure: { kind: 'throttled' } }));
  });
});
