import { describe, expect, it } from 'vitest';
import { wantedRules } from '../../../../src/controllers/app/schedules/grouping.ts';
import {
  digestIn,
  isOwned,
  ownerOfRule,
  ruleDescription,
  ruleName,
  rulePrefix,
} from '../../../../src/controllers/app/schedules/marks.ts';
import {
  ecsTarget,
  type Placement,
  targetsDigest,
} from '../../../../src/controllers/app/schedules/targets.ts';
import { CLUSTER_ARN, revisionArn, someNames } from '../builders.ts';

const names = someNames();
const daily = '0 3 * * ? *';
const tasks = (count: number, schedule = daily) =>
  Array.from({ length: count }, (_, index) => ({ schedule, command: `./task ${index}` }));

describe('the rules of a list of tasks', () => {
  it('hold the tasks of one schedule together, and five at most', () => {
    const rules = wantedRules([...tasks(7), ...tasks(1, '0 4 * * ? *')], names);
    expect(rules.map(({ expression, tasks: { length } }) => [expression, length])).toEqual([
      ['cron(0 3 * * ? *)', 5],
      ['cron(0 3 * * ? *)', 2],
      ['cron(0 4 * * ? *)', 1],
    ]);
    expect(new Set(rules.map(({ name }) => name)).size).toBe(3);
  });

  it('have targets of their own for two equal tasks, also across rules', () => {
    const rules = wantedRules(
      Array.from({ length: 7 }, () => ({ schedule: daily, command: 'same' })),
      names,
    );
    const ids = rules.flatMap((rule) => rule.tasks.map(({ id }) => id));
    expect(new Set(ids).size).toBe(7);
  });

  it('stay the same rules when other schedules come and go', () => {
    const before = wantedRules(tasks(2), names);
    const after = wantedRules([...tasks(1, '0 4 * * ? *'), ...tasks(2)], names);
    expect(after).toContainEqual(before[0]);
  });

  it('change only in the last one of a schedule when a task is added to it', () => {
    const [first, second] = wantedRules(tasks(7), names);
    expect(wantedRules(tasks(8), names)[0]).toEqual(first);
    expect(wantedRules(tasks(8), names)[1]?.name).toBe(second?.name);
  });
});

describe('the names of rules', () => {
  it.each(['shop', 'a', 'x'.repeat(38), 'x'.repeat(39), 'x'.repeat(200), 'My_app-2'])(
    'fit EventBridge and begin with one prefix: %s',
    (app) => {
      const own = someNames(app);
      for (const index of [0, 49]) {
        const name = ruleName(own, daily, index);
        expect(name).toMatch(/^[.\-_A-Za-z0-9]{1,64}$/);
        expect(name.startsWith(rulePrefix(app))).toBe(true);
      }
    },
  );

  it('differ between apps, installations and schedules', () => {
    const long = 'x'.repeat(100);
    const all = [
      ruleName(names, daily, 0),
      ruleName(names, daily, 1),
      ruleName(names, '0 4 * * ? *', 0),
      ruleName({ ...names, owner: '/other/apps/shop' }, daily, 0),
      ruleName(someNames(`${long}a`), daily, 0),
      ruleName(someNames(`${long}b`), daily, 0),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('the mark of a rule', () => {
  const description = ruleDescription(names.owner, '0123456789abcdef');

  it('is the first word of its description, and the digest of its targets the second', () => {
    expect(description).toMatch(/^\/apppack\/apps\/shop 0123456789abcdef /);
    expect(description.length).toBeLessThanOrEqual(512);
    expect(ruleDescription(someNames('x'.repeat(200)).owner, '0123456789abcdef').length).toBeLessThanOrEqual(
      512,
    );
    expect(isOwned(description, names.owner)).toBe(true);
    expect(digestIn(description, names.owner)).toBe('0123456789abcdef');
  });

  it('is nobody else’s', () => {
    expect(isOwned(description, someNames('shop-api').owner)).toBe(false);
    expect(isOwned('/apppack/apps/shop-api 0123456789abcdef', names.owner)).toBe(false);
    expect(isOwned(`about ${description}`, names.owner)).toBe(false);
    expect(isOwned('', names.owner)).toBe(false);
  });

  it('counts although somebody took the digest away', () => {
    expect(isOwned('/apppack/apps/shop', names.owner)).toBe(true);
    expect(digestIn('/apppack/apps/shop', names.owner)).toBeUndefined();
    expect(digestIn('/apppack/apps/shop nightly jobs', names.owner)).toBeUndefined();
  });

  it.each([
    [description, 'shop'],
    ['/apppack/apps/shop-api', 'shop-api'],
    ['/apppack/apps/', undefined],
    ['/other/apps/shop 0123456789abcdef', undefined],
    ['nightly', undefined],
    [undefined, undefined],
  ])('tells a sweep the app: %s is of %s', (Description, app) => {
    expect(ownerOfRule({ Description }, '/apppack')).toBe(app);
  });
});

describe('targets', () => {
  const place: Placement = {
    cluster: CLUSTER_ARN,
    roleArn: 'arn:aws:iam::123456789012:role/events',
    launch: {
      launchType: 'FARGATE',
      network: { subnets: ['subnet-2', 'subnet-1'], securityGroups: ['sg-1'], assignPublicIp: 'ENABLED' },
    },
    form: { container: 'scheduler', wrap: 'shell' },
  };
  const task = { id: 'one', command: 'echo "$HOME"' };
  const revision = revisionArn('shop-scheduler', 3);
  const target = ecsTarget(task, place, revision);

  it('run a command in the pinned revision, with its tags on the task', () => {
    expect(target).toEqual({
      Id: 'one',
      Arn: CLUSTER_ARN,
      RoleArn: place.roleArn,
      Input: '{"containerOverrides":[{"name":"scheduler","command":["/bin/sh","-c","echo \\"$HOME\\""]}]}',
      EcsParameters: {
        TaskDefinitionArn: revision,
        TaskCount: 1,
        LaunchType: 'FARGATE',
        NetworkConfiguration: {
          awsvpcConfiguration: {
            Subnets: ['subnet-2', 'subnet-1'],
            SecurityGroups: ['sg-1'],
            AssignPublicIp: 'ENABLED',
          },
        },
        PropagateTags: 'TASK_DEFINITION',
        EnableECSManagedTags: true,
      },
    });
  });

  it('hand the command over as one text where the image wraps it itself', () => {
    const { Input } = ecsTarget(
      task,
      { ...place, form: { container: 'scheduler', wrap: 'single' } },
      revision,
    );
    expect(JSON.parse(Input).containerOverrides[0].command).toEqual(['echo "$HOME"']);
  });

  it('have one digest however AWS orders and fills them', () => {
    const other = ecsTarget({ id: 'two', command: 'x' }, place, revision);
    const { EcsParameters: ecs } = target;
    const shown = {
      ...target,
      EcsParameters: {
        ...ecs,
        EnableExecuteCommand: false,
        PlacementConstraints: [],
        NetworkConfiguration: {
          awsvpcConfiguration: {
            AssignPublicIp: 'ENABLED',
            Subnets: ['subnet-1', 'subnet-2'],
            SecurityGroups: ['sg-1'],
          },
        },
      },
    };
    expect(targetsDigest([other, shown])).toBe(targetsDigest([target, other]));
  });

  it.each([
    ['another revision', { EcsParameters: { ...target.EcsParameters, TaskDefinitionArn: 'x' } }],
    ['another role', { RoleArn: 'x' }],
    ['another command', { Input: '{}' }],
    ['more tasks', { EcsParameters: { ...target.EcsParameters, TaskCount: 2 } }],
    ['a group', { EcsParameters: { ...target.EcsParameters, Group: 'x' } }],
    ['a retry policy', { RetryPolicy: { MaximumRetryAttempts: 0 } }],
    ['another id', { Id: 'x' }],
  ])('have another digest with %s', (_what, changes) => {
    expect(targetsDigest([{ ...target, ...changes }])).not.toBe(targetsDigest([target]));
  });
});
