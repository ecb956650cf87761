import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import {
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  ECSClient,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { createReader, type Reader } from '../../src/aws/reader.ts';
import { createTaskDefinitionCache } from '../../src/aws/task-definitions.ts';
import { valueIn } from '../../src/reconcile/reading.ts';
import { answerScaling, countCalls, handmade, openAccount, type ScalingState } from './reading-kit.ts';

const TASKS = 'arn:aws:ecs:us-east-1:123456789012:task-definition';

/** A cluster with `names` as services, each of a family of its own. */
function ecsWorld(names: readonly string[]) {
  return {
    clusters: [{ name: 'main' }, { name: 'other' }],
    taskDefinitions: names.map((family) => ({
      family,
      cpu: '256',
      memory: '512',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      containerDefinitions: [{ name: 'web', image: 'nginx' }],
      tags: [{ key: 'trimtab:digest', value: family }],
    })),
    services: names.map((name) => ({
      cluster: 'main',
      name,
      taskDefinition: `${name}:1`,
      desiredCount: 1,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      tags: [{ key: 'trimtab:owner', value: '/apppack/apps/shop' }],
    })),
  };
}

interface Opened {
  readonly sections?: Readonly<Record<string, unknown>>;
  readonly scaling?: ScalingState;
}

function open({ sections = {}, scaling = { targets: [], policies: [] } }: Opened = {}) {
  const { bench, clients: simulated } = openAccount(sections);
  const autoscaling = handmade(answerScaling(scaling));
  const clients = { ...simulated, autoscaling: new ApplicationAutoScalingClient(autoscaling) };
  const cache = createTaskDefinitionCache();
  return {
    bench,
    clients,
    switches: bench.simulator.switches,
    scalingCalls: autoscaling.calls,
    newReader: (): Reader => createReader(clients, { table: 'apppack', taskDefinitions: cache }),
    calls: () => countCalls(bench.simulator.calls),
  };
}

describe('services', () => {
  it('row 25: missing and INACTIVE ones are absent, though the answer is good', async () => {
    const { newReader, clients, bench } = open({ sections: { ecs: ecsWorld(['shop-web', 'shop-old']) } });
    await clients.ecs.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-old', desiredCount: 0 }),
    );
    await clients.ecs.send(new DeleteServiceCommand({ cluster: 'main', service: 'shop-old', force: true }));

    await bench.clock.advance(600_000);

    const read = await newReader().services('main', ['shop-web', 'shop-old', 'shop-none']);

    expect(read.get('shop-web')).toMatchObject({
      state: 'found',
      value: { serviceName: 'shop-web', tags: [{ key: 'trimtab:owner', value: '/apppack/apps/shop' }] },
    });
    expect(read.get('shop-old')).toEqual({ state: 'absent' });
    expect(read.get('shop-none')).toEqual({ state: 'absent' });
  });

  it('one whose status is INACTIVE is absent, one that drains is found', async () => {
    const { clients } = open();
    const services = [
      { serviceName: 'gone', status: 'INACTIVE' },
      { serviceName: 'going', status: 'DRAINING' },
    ];
    const ecs = new ECSClient(handmade(() => ({ services, failures: [] })));
    const reader = createReader(
      { ...clients, ecs },
      { table: 'apppack', taskDefinitions: createTaskDefinitionCache() },
    );

    const read = await reader.services('main', ['gone', 'going']);

    expect([...read.values()].map((one) => one.state)).toEqual(['absent', 'found']);
  });

  it('come without their events', async () => {
    const events = [{ id: 'a', message: '(service shop-web) has reached a steady state.' }];
    const services = [{ serviceName: 'shop-web', status: 'ACTIVE', desiredCount: 2, events }];
    const ecs = new ECSClient(handmade(() => ({ services, failures: [] })));
    const reader = createReader(
      { ...openAccount({}).clients, ecs },
      { table: 'apppack', taskDefinitions: createTaskDefinitionCache() },
    );

    const read = await reader.services('main', ['shop-web']);

    expect([...read.values()].map(valueIn)).toEqual([
      { serviceName: 'shop-web', status: 'ACTIVE', desiredCount: 2 },
    ]);
  });

  it('one that the answer fails for another reason, or passes over, is unreadable', async () => {
    const { clients } = open();
    const failures = [{ arn: 'arn:aws:ecs:us-east-1:123456789012:service/main/odd', reason: 'ACCESS' }];
    const ecs = new ECSClient(handmade(() => ({ services: [], failures })));
    const reader = createReader(
      { ...clients, ecs },
      { table: 'apppack', taskDefinitions: createTaskDefinitionCache() },
    );

    const read = await reader.services('main', ['odd', 'silent']);

    expect([...read.values()].map((one) => one.state)).toEqual(['unreadable', 'unreadable']);
  });

  it('of a cluster that does not exist are unreadable, not absent', async () => {
    const { newReader } = open({ sections: { ecs: ecsWorld(['shop-web']) } });

    const read = await newReader().services('nowhere', ['shop-web']);

    expect(read.get('shop-web')).toMatchObject({
      state: 'unreadable',
      failure: { code: 'ClusterNotFoundException' },
    });
  });

  it('asked for in one turn are described together, ten at a time, each cluster on its own', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `shop-p${index}`);
    const { newReader, calls } = open({ sections: { ecs: ecsWorld(names) } });
    const reader = newReader();

    const [first, second, elsewhere] = await Promise.all([
      reader.services('main', names.slice(0, 7)),
      reader.services('main', names.slice(5)),
      reader.services('other', ['shop-p0']),
    ]);

    expect(calls()).toEqual({ 'ecs.DescribeServices': 3 });
    expect([...first.values(), ...second.values()].every((one) => one.state === 'found')).toBe(true);
    expect(elsewhere.get('shop-p0')).toEqual({ state: 'absent' });
  });

  it('a denied one makes no other one unreadable', async () => {
    const { newReader, switches } = open({ sections: { ecs: ecsWorld(['shop-web', 'shop-worker']) } });
    switches.denials.push({ action: 'ecs:DescribeServices', resource: '*/shop-web' });

    const read = await newReader().services('main', ['shop-web', 'shop-worker']);

    expect(read.get('shop-web')).toMatchObject({ state: 'unreadable', failure: { kind: 'denied' } });
    expect(read.get('shop-worker')?.state).toBe('found');
  });
});

describe('task definitions', () => {
  it('by ARN come with tags and are asked for once in the life of the process', async () => {
    const { newReader, calls } = open({ sections: { ecs: ecsWorld(['shop-web']) } });

    await newReader().taskDefinition(`${TASKS}/shop-web:1`);
    const again = await newReader().taskDefinition(`${TASKS}/shop-web:1`);

    expect(valueIn(again)).toMatchObject({
      definition: { family: 'shop-web', revision: 1, cpu: '256' },
      tags: [{ key: 'trimtab:digest', value: 'shop-web' }],
    });
    expect(calls()).toEqual({ 'ecs.DescribeTaskDefinition': 1 });
  });

  it('that are missing or INACTIVE are asked for again', async () => {
    const { newReader, clients, calls } = open({ sections: { ecs: ecsWorld(['shop-web']) } });
    await clients.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'shop-web:1' }));

    const inactive = await newReader().taskDefinition(`${TASKS}/shop-web:1`);
    await newReader().taskDefinition(`${TASKS}/shop-web:1`);
    const missing = await newReader().taskDefinition(`${TASKS}/shop-web:2`);
    await newReader().taskDefinition(`${TASKS}/shop-web:2`);

    expect(valueIn(inactive)?.definition.status).toBe('INACTIVE');
    expect(missing).toEqual({ state: 'absent' });
    expect(calls()).toMatchObject({ 'ecs.DescribeTaskDefinition': 4 });
  });

  it('the newest of a family is never remembered, and a family without one is absent', async () => {
    const { newReader, calls } = open({ sections: { ecs: ecsWorld(['shop-web']) } });
    const reader = newReader();

    const newest = await reader.newestTaskDefinition('shop-web');
    await reader.newestTaskDefinition('shop-web');

    expect(valueIn(newest)?.definition.revision).toBe(1);
    expect(await reader.newestTaskDefinition('shop-none')).toEqual({ state: 'absent' });
    expect(calls()).toEqual({ 'ecs.DescribeTaskDefinition': 3 });
  });

  it('that nobody may read are unreadable', async () => {
    const { newReader, switches } = open({ sections: { ecs: ecsWorld(['shop-web']) } });
    switches.denials.push({ action: 'ecs:DescribeTaskDefinition', resource: '*' });

    expect(await newReader().newestTaskDefinition('shop-web')).toMatchObject({
      state: 'unreadable',
      failure: { kind: 'denied' },
    });
  });

  it('used longest ago are forgotten first', () => {
    const cache = createTaskDefinitionCache(2);
    const revision = (number: number) => `${TASKS}/shop-web:${number}`;
    const definition = { definition: { status: 'ACTIVE' as const }, tags: [] };

    cache.set(revision(1), definition);
    cache.set(revision(2), definition);
    cache.get(revision(1));
    cache.set(revision(3), definition);
    cache.set('shop-web', definition);

    expect([1, 2, 3].filter((number) => cache.get(revision(number)) !== undefined)).toEqual([1, 3]);
    expect(cache.get('shop-web')).toBeUndefined();
  });
});

describe('deployments and tasks of a service', () => {
  it('deployments since an instant come newest first', async () => {
    const { newReader, bench, clients } = open({ sections: { ecs: ecsWorld(['shop-web']) } });
    const force = { cluster: 'main', service: 'shop-web', forceNewDeployment: true };
    await bench.clock.advance(60_000);
    await clients.ecs.send(new UpdateServiceCommand(force));
    await bench.clock.advance(1_500);
    const since = bench.clock.now();
    await clients.ecs.send(new UpdateServiceCommand(force));
    await bench.clock.advance(5_000);
    await clients.ecs.send(new UpdateServiceCommand(force));

    const all = valueIn(await newReader().serviceDeployments('main', 'shop-web', since - 1_500));
    const recent = valueIn(await newReader().serviceDeployments('main', 'shop-web', since));

    expect(all?.map((one) => one.createdAt?.getTime())).toEqual([since + 5_000, since, since - 1_500]);
    expect(recent?.map((one) => one.createdAt?.getTime())).toEqual([since + 5_000, since]);
    expect(recent?.[0]?.status).toBeDefined();
  });

  it('of a service that does not exist are absent; of a cluster that does not exist unreadable', async () => {
    const { newReader } = open({ sections: { ecs: ecsWorld(['shop-web']) } });
    const reader = newReader();

    expect(await reader.serviceDeployments('main', 'shop-none', 0)).toEqual({ state: 'absent' });
    expect((await reader.serviceDeployments('nowhere', 'shop-web', 0)).state).toBe('unreadable');
  });

  it('stopped tasks come with their reasons and without what was put into their environment', async () => {
    const { clients } = open();
    const overrides = {
      containerOverrides: [{ name: 'web', environment: [{ name: 'KEY', value: 'canary' }] }],
    };
    const ecs = new ECSClient(
      handmade((operation) =>
        operation === 'ListTasks'
          ? { taskArns: ['task/1'] }
          : { tasks: [{ taskArn: 'task/1', stoppedReason: 'Essential container exited', overrides }] },
      ),
    );
    const reader = createReader(
      { ...clients, ecs },
      { table: 'apppack', taskDefinitions: createTaskDefinitionCache() },
    );

    const read = valueIn(await reader.stoppedTasks('main', 'shop-web'));

    expect(read).toEqual([{ taskArn: 'task/1', stoppedReason: 'Essential container exited' }]);
  });

  it('a service without stopped tasks has none', async () => {
    const { newReader } = open({ sections: { ecs: ecsWorld(['shop-web']) } });

    expect(await newReader().stoppedTasks('main', 'shop-web')).toEqual({ state: 'found', value: [] });
  });
});

describe('rules', () => {
  const target = { Id: 'a', Arn: 'arn:aws:sqs:us-east-1:123456789012:queue' };
  const rules = Array.from({ length: 120 }, (_, index) => ({
    name: `apppack-shop-${index}`,
    scheduleExpression: 'rate(1 hour)',
    description: '/apppack digest',
    targets: [target],
  }));
  const sections = { events: { rules: [...rules, { name: 'theirs', scheduleExpression: 'rate(1 day)' }] } };

  it('with a prefix are read to the last page', async () => {
    const { newReader, calls } = open({ sections });

    const read = valueIn(await newReader().rules('apppack-shop-'));

    expect(read).toHaveLength(120);
    expect(read?.[0]).toMatchObject({ Description: '/apppack digest', State: 'ENABLED' });
    expect(calls()).toEqual({ 'events.ListRules': 2 });
  });

  it('an empty prefix means all', async () => {
    const { newReader } = open({ sections });

    expect(valueIn(await newReader().rules(''))).toHaveLength(121);
  });

  it('have targets, and those of a rule that is gone are absent', async () => {
    const { newReader } = open({ sections });

    expect(await newReader().ruleTargets('apppack-shop-7')).toEqual({ state: 'found', value: [target] });
    expect(await newReader().ruleTargets('apppack-gone')).toEqual({ state: 'absent' });
  });

  it('of which one page failed are unreadable', async () => {
    const { newReader, switches } = open({ sections });
    switches.faults.push({ kind: 'throttle', when: (input) => input.NextToken !== undefined });

    expect(await newReader().rules('')).toMatchObject({
      state: 'unreadable',
      failure: { kind: 'throttled' },
    });
  });
});

describe('autoscaling', () => {
  const id = (index: number) => `service/main/shop-p${index}`;
  const scaling: ScalingState = {
    targets: Array.from({ length: 60 }, (_, index) => ({
      ResourceId: id(index),
      MinCapacity: 1,
      MaxCapacity: 4,
    })),
    policies: Array.from({ length: 25 }, (_, index) => ({
      ResourceId: id(0),
      PolicyName: `policy-${index}`,
    })),
    actions: [{ ResourceId: id(1), ScheduledActionName: 'night' }],
  };

  it('targets are asked for fifty at a time; one that is not in the answer is absent', async () => {
    const { newReader, scalingCalls } = open({ scaling });
    const ids = Array.from({ length: 61 }, (_, index) => id(index));

    const read = await newReader().scalableTargets(ids);

    expect(scalingCalls).toEqual(['DescribeScalableTargets', 'DescribeScalableTargets']);
    expect(valueIn(read.get(id(59)) ?? { state: 'absent' })).toMatchObject({
      MinCapacity: 1,
      MaxCapacity: 4,
    });
    expect(read.get(id(60))).toEqual({ state: 'absent' });
  });

  it('policies and scheduled actions of a service are read to the last page', async () => {
    const { newReader, scalingCalls } = open({ scaling });
    const reader = newReader();

    expect(valueIn(await reader.scalingPolicies(id(0)))).toHaveLength(25);
    expect(valueIn(await reader.scalingPolicies(id(1)))).toEqual([]);
    expect(valueIn(await reader.scheduledActions(id(1)))).toMatchObject([{ ScheduledActionName: 'night' }]);
    expect(scalingCalls.filter((call) => call === 'DescribeScalingPolicies')).toHaveLength(4);
  });

  describe('policies of one name', () => {
    const policies = [0, 1, 2].flatMap((index) => [
      { ResourceId: id(index), PolicyName: 'ours' },
      { ResourceId: id(index), PolicyName: 'theirs' },
    ]);

    it('are read for all services of an app in one call', async () => {
      const { newReader, scalingCalls } = open({ scaling: { targets: [], policies } });
      const reader = newReader();

      const read = await Promise.all([0, 1, 2].map((index) => reader.ownScalingPolicies(id(index), 'ours')));

      expect(read.map(valueIn)).toEqual(
        [0, 1, 2].map((index) => [{ ResourceId: id(index), PolicyName: 'ours' }]),
      );
      expect(scalingCalls).toEqual(['DescribeScalingPolicies']);
    });

    it('are all policies where a service has none of that name', async () => {
      const { newReader, scalingCalls } = open({ scaling: { targets: [], policies: policies.slice(1) } });
      const reader = newReader();

      const read = await Promise.all([0, 1].map((index) => reader.ownScalingPolicies(id(index), 'ours')));

      expect(read.map(valueIn)).toMatchObject([[{ PolicyName: 'theirs' }], [{ PolicyName: 'ours' }]]);
      expect(scalingCalls).toHaveLength(2);
    });

    it('are asked for service by service where AWS goes through everybody to find them', async () => {
      const scattered = Array.from({ length: 900 }, (_, index) => ({
        ResourceId: id(index),
        PolicyName: 'other',
      }));
      const answer = answerScaling({ targets: [], policies: [...scattered, ...policies] });
      const slow = handmade((operation, input) => {
        const { PolicyNames: names, ...rest } = input;
        const page = answer(operation, rest) as { ScalingPolicies: Array<{ PolicyName: string }> };
        if (!Array.isArray(names)) return page;
        return {
          ...page,
          ScalingPolicies: page.ScalingPolicies.filter((one) => names.includes(one.PolicyName)),
        };
      });
      const reader = createReader(
        { ...open().clients, autoscaling: new ApplicationAutoScalingClient(slow) },
        { table: 'apppack', taskDefinitions: createTaskDefinitionCache() },
      );

      const read = await reader.ownScalingPolicies(id(1), 'ours');

      expect(valueIn(read)?.map((one) => one.PolicyName)).toContain('ours');
      expect(slow.calls).toHaveLength(4);
    });
  });
});

describe('one pass', () => {
  it('asks for nothing twice', async () => {
    const sections = { ecs: ecsWorld(['shop-web']), ssm: { parameters: { '/a/b': { value: 'x' } } } };
    const { newReader, calls } = open({ sections });
    const reader = newReader();

    for (let repeat = 0; repeat < 2; repeat += 1) {
      await Promise.all([
        reader.parameters(['/a/b', '/a/c']),
        reader.parameters(['/a/b']),
        reader.parameterNames('/a'),
        reader.services('main', ['shop-web']),
        reader.taskDefinition(`${TASKS}/shop-web:1`),
        reader.rules('shop'),
        reader.rules('shop'),
      ]);
    }

    expect(calls()).toEqual({
      'ssm.GetParameters': 1,
      'ssm.GetParametersByPath': 1,
      'ecs.DescribeServices': 1,
      'ecs.DescribeTaskDefinition': 1,
      'events.ListRules': 1,
    });
  });

  it('sees the account anew in the next', async () => {
    const { newReader, clients } = open({ sections: { ecs: ecsWorld(['shop-web']) } });
    await newReader().services('main', ['shop-web']);
    await clients.ecs.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', desiredCount: 3 }),
    );

    const read = await newReader().services('main', ['shop-web']);

    expect(valueIn(read.get('shop-web') ?? { state: 'absent' })?.desiredCount).toBe(3);
  });
});
