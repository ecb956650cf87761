import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DescribeTasksCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import {
  DeleteRuleCommand,
  DisableRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { EVENTS_ROLE, type Scene } from '../scene.ts';
import { operations, reasons, settle } from '../shop.ts';
import {
  DAILY,
  eventsOf,
  HOURLY,
  pinned,
  ruleNameOf,
  rulesIn,
  SCALING,
  scheduled,
  TASKS,
  targetIdOf,
} from './scene.ts';

async function converged(options: Parameters<typeof scheduled>[0] = {}): Promise<Scene> {
  const scene = await scheduled(options);
  await scene.pass();
  await settle(scene);
  return scene;
}

describe('schedules on a simulated account', () => {
  it('become rules with our mark that run the image of web', async () => {
    const scene = await scheduled({ tasks: [DAILY, HOURLY] });
    expect(await scene.pass()).toMatchObject({ outcome: 'applied' });
    await settle(scene);
    const rules = await rulesIn(scene);
    expect(
      rules.map(({ ScheduleExpression, State, commands }) => [ScheduleExpression, State, commands]),
    ).toEqual(
      expect.arrayContaining([
        ['cron(0 3 * * ? *)', 'ENABLED', ['./daily']],
        ['cron(0 * * * ? *)', 'ENABLED', ['./hourly']],
      ]),
    );
    for (const { Description, targets } of rules) {
      expect(Description).toMatch(/^\/apppack\/apps\/shop [0-9a-f]{16} /);
      expect(targets).toMatchObject([
        {
          Arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/main',
          RoleArn: EVENTS_ROLE,
          EcsParameters: { LaunchType: 'FARGATE', PropagateTags: 'TASK_DEFINITION', TaskCount: 1 },
        },
      ]);
    }
    expect(pinned(rules)).toEqual(['shop-scheduler:1']);
    const made = await scene.definition('shop-scheduler');
    expect(made).toMatchObject({ revision: 1, cpu: '256', memory: '512' });
    expect(made.tags).toMatchObject({ team: 'shop', 'trimtab:owner': '/apppack/apps/shop' });
    expect(JSON.parse(made.document).containerDefinitions).toMatchObject([
      { name: 'scheduler', image: 'shop:1', portMappings: [], environment: [{ name: 'KEEP', value: 'me' }] },
    ]);
    const last = await scene.pass();
    expect(last).toMatchObject({ outcome: 'unchanged', synced: true, differences: [], conditions: [] });
  });

  it('cost two writes for a schedule that is added, and one read afterwards', async () => {
    const scene = await converged();
    await scene.put(TASKS, [DAILY, HOURLY]);
    const since = scene.simulator.calls.length;
    await scene.pass();
    expect(operations(scene, since)).toEqual(['PutRule', 'PutTargets']);
    await settle(scene);
    expect(operations(scene, since)).toEqual(['PutRule', 'PutTargets']);
    const looked = scene.simulator.calls
      .slice(since)
      .filter(({ operation, client }) => client === 'controller' && operation === 'ListTargetsByRule');
    expect(looked).toHaveLength(1);
  });

  it('cost one call of each pass while nothing changes', async () => {
    const scene = await converged({ tasks: [DAILY, HOURLY] });
    const before = scene.roundTrips();
    const { calls } = await scene.pass();
    expect(scene.roundTrips() - before).toBe(1);
    expect(Object.keys(calls).filter((name) => name.startsWith('events.'))).toEqual(['events.ListRules']);
    expect(calls['events.ListRules']).toBe(1);
    expect(Object.values(calls).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(7);
  });

  it('start a task when the time comes', async () => {
    const scene = await converged({ tasks: [{ schedule: '* * * * ? *', command: 'echo hello' }] });
    await scene.clock.advance(90_000);
    expect(eventsOf(scene).failedInvocations()).toEqual([]);
    const { taskArns = [] } = await scene.person.ecs.send(
      new ListTasksCommand({ cluster: 'main', family: 'shop-scheduler' }),
    );
    const { tasks = [] } = await scene.person.ecs.send(
      new DescribeTasksCommand({ cluster: 'main', tasks: taskArns }),
    );
    expect(tasks[0]).toMatchObject({
      overrides: { containerOverrides: [{ name: 'scheduler', command: ['/bin/sh', '-c', 'echo hello'] }] },
    });
  });

  it('make two rules of seven tasks on one schedule, and two targets of two equal tasks', async () => {
    const tasks = [
      ...Array.from({ length: 5 }, (_, index) => ({ ...DAILY, command: `./${index}` })),
      DAILY,
      DAILY,
    ];
    const scene = await converged({ tasks });
    const rules = await rulesIn(scene);
    expect(rules.map(({ targets }) => targets.length).sort()).toEqual([2, 5]);
    expect(rules.flatMap(({ commands }) => commands).filter((command) => command === './daily')).toHaveLength(
      2,
    );
  });

  it('lose the rule of a schedule that was taken off the list, and a target of one that has others', async () => {
    const other = { ...DAILY, command: './other' };
    const scene = await converged({ tasks: [DAILY, other, HOURLY] });
    await scene.put(TASKS, [other]);
    const since = scene.simulator.calls.length;
    await scene.pass();
    await settle(scene);
    expect((await rulesIn(scene)).map(({ commands }) => commands)).toEqual([['./other']]);
    expect(operations(scene, since)).toContain('DeleteRule');
  });

  it('all go with an explicit empty list, however many', async () => {
    const tasks = Array.from({ length: 12 }, (_, index) => ({
      schedule: `${index} 3 * * ? *`,
      command: 'x',
    }));
    const scene = await converged({ tasks });
    await scene.put(TASKS, []);
    await scene.pass();
    await settle(scene);
    expect(await rulesIn(scene)).toEqual([]);
    expect(await scene.pass()).toMatchObject({ synced: true });
  });

  it('are held when a lost parameter would take more than half of them, until a person says so', async () => {
    const tasks = Array.from({ length: 8 }, (_, index) => ({ schedule: `${index} 3 * * ? *`, command: 'x' }));
    const scene = await converged({ tasks });
    await scene.person.ssm.send(new DeleteParameterCommand({ Name: TASKS }));
    expect(await scene.pass()).toMatchObject({ outcome: 'held' });
    expect(await rulesIn(scene)).toHaveLength(8);
  });

  it('go one by one when the parameter of a few is gone', async () => {
    const scene = await converged({ tasks: [DAILY, HOURLY] });
    await scene.person.ssm.send(new DeleteParameterCommand({ Name: TASKS }));
    await scene.pass();
    expect(await rulesIn(scene)).toEqual([]);
  });

  it('stay as they are while the list cannot be used, and the condition says where it is wrong', async () => {
    const scene = await converged();
    const since = scene.simulator.calls.length;
    await scene.put(TASKS, [{ schedule: '0 3 * * *', command: './daily' }]);
    const report = await scene.pass();
    expect(report.conditions).toMatchObject([
      { reason: 'InvalidSchedule', path: '[0].schedule', parameter: TASKS },
    ]);
    expect(operations(scene, since)).toEqual([]);
    expect(await rulesIn(scene)).toHaveLength(1);
  });

  it('go when the app is gone, and its service stays', async () => {
    const scene = await converged();
    for (const Name of [TASKS, SCALING]) await scene.person.ssm.send(new DeleteParameterCommand({ Name }));
    await scene.pass();
    await settle(scene);
    expect(await rulesIn(scene)).toEqual([]);
    expect(await scene.service('shop-web')).toMatchObject({ status: 'ACTIVE' });
  });
});

describe('the revision of scheduled tasks', () => {
  it('moves with the service in the same pass, and rules with it', async () => {
    const scene = await converged();
    await scene.put(SCALING, { web: { cpu: 512, memory: 1024, min_processes: 1, max_processes: 1 } });
    const since = scene.simulator.calls.length;
    await scene.pass();
    expect(operations(scene, since)).toEqual(
      expect.arrayContaining(['RegisterTaskDefinition', 'UpdateService', 'PutTargets', 'PutRule']),
    );
    expect(pinned(await rulesIn(scene))).toEqual(['shop-scheduler:2']);
    expect(await scene.definition('shop-scheduler')).toMatchObject({ cpu: '512', memory: '1024' });
    await settle(scene);
    expect(operations(scene, since).filter((one) => one === 'RegisterTaskDefinition')).toHaveLength(2);
    expect(await scene.pass()).toMatchObject({ synced: true });
  });

  it('gets the config of the app when its services get it, in the same pass', async () => {
    const scene = await converged();
    const Name = '/apppack/apps/shop/config/DATABASE_URL';
    await scene.person.ssm.send(new PutParameterCommand({ Name, Type: 'SecureString', Value: 'canary' }));
    await scene.pass();
    await settle(scene);
    const made = await scene.definition('shop-scheduler');
    expect(made.revision).toBe(2);
    expect(JSON.parse(made.document).containerDefinitions[0].secrets).toMatchObject([
      { name: 'DATABASE_URL' },
    ]);
    expect(pinned(await rulesIn(scene))).toEqual(['shop-scheduler:2']);
    expect(await scene.pass()).toMatchObject({ synced: true });
  });

  it('has the size of the scheduler entry, and then does not change with the size of web', async () => {
    const scaling = { web: { min_processes: 1, max_processes: 1 }, scheduler: { cpu: 1024, memory: 2048 } };
    const scene = await converged({ parameters: { [SCALING]: { json: scaling } } });
    expect(await scene.definition('shop-scheduler')).toMatchObject({
      revision: 1,
      cpu: '1024',
      memory: '2048',
    });
    await scene.put(SCALING, { ...scaling, web: { ...scaling.web, cpu: 512, memory: 1024 } });
    await scene.pass();
    await settle(scene);
    expect(await scene.definition('shop-scheduler')).toMatchObject({ revision: 1 });
    expect(await scene.pass()).toMatchObject({ synced: true });
  });

  it('is registered once, also when the answer was lost', async () => {
    const scene = await scheduled();
    scene.simulator.switches.faults.push({
      kind: 'lostResponse',
      operation: 'RegisterTaskDefinition',
      client: 'controller',
      times: 1,
    });
    await scene.pass();
    await settle(scene);
    expect(await scene.definition('shop-scheduler')).toMatchObject({ revision: 1 });
    expect(pinned(await rulesIn(scene))).toEqual(['shop-scheduler:1']);
  });

  it('runs commands through the launcher where AppPack says that buildpacks made the image', async () => {
    const { definition, serviceSection } = await import('../scene.ts');
    const tags = [
      { key: 'apppack:appName', value: 'shop' },
      { key: 'apppack:buildSystem', value: 'buildpacks' },
    ];
    const scene = await converged({
      ecs: {
        taskDefinitions: [definition('shop-web'), definition('shop-shell', { tags })],
        services: [serviceSection('shop-web')],
      },
    });
    const [rule] = await rulesIn(scene);
    expect(rule?.targets[0]?.Input).toBe(
      '{"containerOverrides":[{"name":"scheduler","command":["./daily"]}]}',
    );
    expect((await scene.definition('shop-scheduler')).document).toContain(
      '"entryPoint":["/cnb/lifecycle/launcher"]',
    );
    expect(await scene.pass()).toMatchObject({ synced: true });
  });
});

describe('rules that somebody changes', () => {
  it('come back when they were deleted by hand', async () => {
    const scene = await converged();
    const [rule] = await rulesIn(scene);
    const Ids = rule?.targets.map(({ Id }) => Id ?? '') ?? [];
    await scene.person.events.send(new RemoveTargetsCommand({ Rule: rule?.Name, Ids }));
    await scene.person.events.send(new DeleteRuleCommand({ Name: rule?.Name }));
    await scene.pass();
    await settle(scene);
    expect(await rulesIn(scene)).toEqual([rule]);
  });

  it('are enabled again', async () => {
    const scene = await converged();
    await scene.person.events.send(new DisableRuleCommand({ Name: ruleNameOf(DAILY) }));
    const since = scene.simulator.calls.length;
    await scene.pass();
    expect(operations(scene, since)).toEqual(['PutRule']);
    expect(await rulesIn(scene)).toMatchObject([{ State: 'ENABLED', commands: ['./daily'] }]);
  });

  it('are left alone and contested when they have a name of ours and no mark', async () => {
    const scene = await scheduled();
    const mine = { Name: ruleNameOf(DAILY), ScheduleExpression: 'rate(1 day)', Description: 'mine' };
    await scene.person.events.send(new PutRuleCommand(mine));
    const report = await scene.pass();
    expect(reasons(report)).toContain('Contested');
    await settle(scene);
    expect(await rulesIn(scene)).toMatchObject([{ ...mine, targets: [] }]);
  });

  it('are looked at all the same every few hours, and repaired', async () => {
    const scene = await converged({ tasks: [DAILY, HOURLY], settings: { checkTargetsMs: 3_600_000 } });
    const Rule = ruleNameOf(DAILY);
    const [rule] = (await rulesIn(scene)).filter(({ Name }) => Name === Rule);
    const [target] = rule?.targets ?? [];
    if (target === undefined) throw new Error('the rule has a target');
    await scene.person.events.send(
      new PutTargetsCommand({
        Rule,
        Targets: [
          { ...target, Input: '{}' },
          { ...target, Id: 'mine' },
        ],
      }),
    );
    expect(await scene.pass()).toMatchObject({ outcome: 'unchanged' });
    await scene.clock.advance(3_700_000);
    await scene.pass();
    await settle(scene);
    expect((await rulesIn(scene)).filter(({ Name }) => Name === Rule)).toEqual([rule]);
  });

  it('are not looked at when that is switched off', async () => {
    const scene = await converged({ settings: { checkTargetsMs: 0 } });
    await scene.clock.advance(100 * 3_600_000);
    const { calls } = await scene.pass();
    expect(calls).not.toHaveProperty('events.ListTargetsByRule');
  });
});

describe('what goes wrong between two calls', () => {
  it.each([
    [
      'PutTargets got no answer and did not arrive',
      { kind: 'reset' as const, operation: 'PutTargets', times: 3 },
    ],
    [
      'PutTargets took effect and the answer was lost',
      { kind: 'lostResponse' as const, operation: 'PutTargets', times: 3 },
    ],
    ['PutTargets was throttled', { kind: 'throttle' as const, operation: 'PutTargets', times: 3 }],
    ['PutRule failed', { kind: 'error' as const, operation: 'PutRule', times: 3 }],
    ['the targets could not be listed', { kind: 'error' as const, operation: 'ListTargetsByRule', times: 3 }],
  ])('is healed without looking at everything: %s', async (_what, fault) => {
    const scene = await scheduled({ settings: { checkTargetsMs: 0 } });
    scene.simulator.switches.faults.push({ client: 'controller', ...fault });
    await scene.pass();
    await settle(scene);
    expect(await rulesIn(scene)).toMatchObject([{ commands: ['./daily'] }]);
    expect(await scene.pass()).toMatchObject({ synced: true, outcome: 'unchanged' });
  });

  it('is healed after a crash between PutRule and PutTargets, by what was recorded before', async () => {
    const scene = await scheduled({ settings: { checkTargetsMs: 0 } });
    let writes = 0;
    const afterTheFirst = () => {
      writes += 1;
      return writes > 1;
    };
    const { faults } = scene.simulator.switches;
    faults.push({ kind: 'reset', client: 'controller', operation: 'PutTargets', times: 3 });
    // The first write of the status records intents, the second what came of them.
    faults.push({
      kind: 'error',
      client: 'controller',
      operation: 'UpdateItem',
      when: afterTheFirst,
      times: 3,
    });
    await expect(scene.pass()).rejects.toThrow();
    expect(await rulesIn(scene)).toMatchObject([{ targets: [] }]);
    await scene.clock.advance(30_000);
    await scene.pass();
    expect(await rulesIn(scene)).toMatchObject([{ commands: ['./daily'] }]);
    await settle(scene);
    expect(await scene.pass()).toMatchObject({ synced: true, outcome: 'unchanged' });
  });

  it('costs reads and no writes when all that was remembered is lost', async () => {
    const scene = await converged({ tasks: [DAILY, HOURLY], settings: { checkTargetsMs: 0 } });
    const { Items = [] } = await scene.person.dynamodb.send(new ScanCommand({ TableName: 'apppack' }));
    for (const { primary_id, secondary_id } of Items) {
      const Key = { primary_id: primary_id ?? { NULL: true }, secondary_id: secondary_id ?? { NULL: true } };
      await scene.person.dynamodb.send(new DeleteItemCommand({ TableName: 'apppack', Key }));
    }
    const since = scene.simulator.calls.length;
    const { calls } = await scene.pass();
    expect(calls['events.ListTargetsByRule']).toBe(2);
    await settle(scene);
    expect(operations(scene, since)).toEqual([]);
    expect(await scene.pass()).toMatchObject({ synced: true });
  });

  it('is told when EventBridge refuses targets with a good answer, and healed in the next pass', async () => {
    const tasks = [DAILY, { ...DAILY, command: './other' }];
    const scene = await scheduled({ tasks, settings: { checkTargetsMs: 0 } });
    const second = targetIdOf('./other');
    eventsOf(scene).failTargets(({ targetId }) => targetId === second, 'ConcurrentModificationException', 1);
    const report = await scene.pass();
    expect(report).toMatchObject({ outcome: 'failed' });
    expect(reasons(report)).toContain('ConcurrentModificationException');
    expect(await rulesIn(scene)).toMatchObject([{ targets: { length: 1 } }]);
    await scene.wake();
    expect(await rulesIn(scene)).toMatchObject([{ commands: ['./daily', './other'] }]);
  });

  it('leaves the app with what fits when the account has no room for more rules, and asks again slowly', async () => {
    const filler = Array.from({ length: 299 }, (_, index) => ({
      name: `other-${index}`,
      scheduleExpression: 'rate(1 day)',
    }));
    const scene = await scheduled({ tasks: [DAILY, HOURLY], sections: { events: { rules: filler } } });
    expect(await scene.pass()).toMatchObject({ outcome: 'failed' });
    await scene.wake();
    const since = scene.simulator.calls.length;
    const report = await scene.pass();
    expect(report.conditions).toMatchObject([{ type: 'Supported', reason: 'QuotaReached' }]);
    for (let minutes = 0; minutes < 50; minutes += 5) {
      await scene.clock.advance(300_000);
      await scene.pass();
    }
    expect(operations(scene, since)).toEqual([]);
    expect(await rulesIn(scene)).toHaveLength(1);
    await scene.person.events.send(new DeleteRuleCommand({ Name: 'other-0' }));
    await scene.clock.advance(900_000);
    await scene.pass();
    await settle(scene);
    expect(await rulesIn(scene)).toHaveLength(2);
    expect(await scene.pass()).toMatchObject({ synced: true });
  });
});
