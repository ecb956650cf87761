import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionOf, scaled, serviceOf } from '../scenario/worlds.ts';
import { aws, awsEnvironment, type Background, background, freePort, MAIN, trimtab, until } from './kit.ts';

let port = 0;
let account: Background;
let controller: Background;

beforeAll(async () => {
  port = await freePort();
  const world = join(mkdtempSync(join(tmpdir(), 'trimtab-lane-')), 'world.json');
  writeFileSync(world, JSON.stringify(WORLD));
  account = background(process.execPath, [MAIN, 'simulate', '--world', world, '--port', String(port)]);
  await account.says('answers on');
  controller = background(process.execPath, [MAIN, 'run', '--port', String(await freePort())], {
    env: {
      ...awsEnvironment(port),
      TRIMTAB_LOG_FORMAT: 'json',
      TRIMTAB_SWEEP_SECONDS: '30',
    },
  });
  await controller.says('trimtab is running');
});

afterAll(async () => {
  await controller?.stop();
  await account?.stop();
});

const ROLE = 'arn:aws:iam::123456789012:role';
const WORLD = {
  version: 1,
  accounts: [
    {
      id: '123456789012',
      region: 'us-east-1',
      ssm: {
        parameters: {
          '/apppack/apps/shop/settings': {
            type: 'String',
            json: { cluster: 'main', events_role_arn: `${ROLE}/events` },
          },
          '/apppack/apps/shop/scaling': { type: 'String', json: { web: scaled() } },
          '/apppack/apps/shop/config/FIRST': { type: 'SecureString', value: 'one' },
        },
      },
      ecs: {
        clusters: [{ name: 'main' }],
        taskDefinitions: [
          {
            ...definitionOf('shop-web', 'web', { executionRoleArn: `${ROLE}/execution` }),
            containerDefinitions: [
              {
                name: 'web',
                image: 'example.com/shop:1',
                secrets: [
                  {
                    name: 'FIRST',
                    valueFrom: 'arn:aws:ssm:us-east-1:123456789012:parameter/apppack/apps/shop/config/FIRST',
                  },
                ],
              },
            ],
          },
        ],
        services: [serviceOf('shop-web')],
      },
    },
  ],
};

async function put(name: string, value: string, type = 'String'): Promise<void> {
  await aws(
    port,
    'ssm',
    'put-parameter',
    '--overwrite',
    '--type',
    type,
    '--name',
    `/apppack/apps/shop/${name}`,
    '--value',
    value,
  );
}

async function list(
  service: string,
  operation: string,
  member: string,
  ...args: string[]
): Promise<Array<Record<string, unknown>>> {
  const answer = (await aws(port, service, operation, ...args)) as Record<
    string,
    Array<Record<string, unknown>>
  >;
  return answer[member] ?? [];
}

const targets = () =>
  list(
    'application-autoscaling',
    'describe-scalable-targets',
    'ScalableTargets',
    '--service-namespace',
    'ecs',
  );
const rules = async () =>
  (await list('events', 'list-rules', 'Rules', '--name-prefix', 'shop-')).filter(
    (rule) => rule.ScheduleExpression !== undefined,
  );
const service = async () =>
  (await list('ecs', 'describe-services', 'services', '--cluster', 'main', '--services', 'shop-web'))[0];
const revisions = async () =>
  (await list('ecs', 'list-task-definitions', 'taskDefinitionArns', '--family-prefix', 'shop-web')).length;
const deployments = async () =>
  (
    await list(
      'ecs',
      'list-service-deployments',
      'serviceDeployments',
      '--cluster',
      'main',
      '--service',
      'shop-web',
    )
  ).length;

async function eventually(what: string, done: () => Promise<boolean>): Promise<void> {
  await until(what, done, 40_000, controller.output);
}

describe('autoscaling, by the AWS CLI', () => {
  it('appears for a range and goes for a fixed count', async () => {
    await put('scaling', JSON.stringify({ web: scaled({ min_processes: 2, max_processes: 4 }) }));
    await eventually('a scalable target', async () => (await targets()).length === 1);
    expect(await targets()).toMatchObject([
      { ResourceId: 'service/main/shop-web', MinCapacity: 2, MaxCapacity: 4 },
    ]);
    await eventually(
      'a policy',
      async () =>
        (
          await list(
            'application-autoscaling',
            'describe-scaling-policies',
            'ScalingPolicies',
            '--service-namespace',
            'ecs',
          )
        ).length === 1,
    );
    const policies = await list(
      'application-autoscaling',
      'describe-scaling-policies',
      'ScalingPolicies',
      '--service-namespace',
      'ecs',
    );
    expect(policies).toMatchObject([
      { PolicyType: 'TargetTrackingScaling', TargetTrackingScalingPolicyConfiguration: { TargetValue: 50 } },
    ]);
    await eventually('two processes', async () => (await service())?.desiredCount === 2);
    await put('scaling', JSON.stringify({ web: scaled({ min_processes: 3, max_processes: 3 }) }));
    await eventually('no target', async () => (await targets()).length === 0);
    await eventually('three processes', async () => (await service())?.desiredCount === 3);
  });
});

describe('schedules, by the AWS CLI', () => {
  const tasks = (...crons: Array<[string, string]>) =>
    JSON.stringify(crons.map(([schedule, command]) => ({ schedule, command })));

  it('are rules with pinned targets, follow a change, and go when they are removed', async () => {
    await put('scheduled-tasks', tasks(['0 3 * * ? *', './nightly'], ['0/10 * * * ? *', './often']));
    await eventually('two rules', async () => (await rules()).length === 2);
    const rule = (await rules()).find(({ ScheduleExpression }) => ScheduleExpression === 'cron(0 3 * * ? *)');
    await eventually(
      'a target',
      async () =>
        (await list('events', 'list-targets-by-rule', 'Targets', '--rule', String(rule?.Name))).length === 1,
    );
    const [target] = await list('events', 'list-targets-by-rule', 'Targets', '--rule', String(rule?.Name));
    expect(target).toMatchObject({
      RoleArn: `${ROLE}/events`,
      EcsParameters: { TaskDefinitionArn: expect.stringMatching(/task-definition\/shop-scheduler:\d+$/) },
    });
    expect(String(target?.Input)).toContain('./nightly');
    await put('scheduled-tasks', tasks(['0 4 * * ? *', './nightly']));
    await eventually('one other rule', async () => {
      const now = await rules();
      return now.length === 1 && now[0]?.ScheduleExpression === 'cron(0 4 * * ? *)';
    });
    await put('scheduled-tasks', '[]');
    await eventually('no rule', async () => (await rules()).length === 0);
  });

  it('that go thirty of forty at once are held until `trimtab approve`', async () => {
    const many = Array.from({ length: 40 }, (_, minute): [string, string] => [
      `${minute} 5 * * ? *`,
      `./task-${minute}`,
    ]);
    await put('scheduled-tasks', tasks(...many));
    await eventually('forty rules', async () => (await rules()).length === 40);
    const steady = async () => (await trimtab(port, 'plan', 'shop')).code === 0;
    await eventually('nothing left to do', steady);
    await put('scheduled-tasks', tasks(...many.slice(0, 10)));
    const held = async () => (await trimtab(port, 'plan', 'shop')).out;
    await eventually('a held plan', async () => (await held()).includes('30 of 40 schedules of shop'));
    expect(await rules()).toHaveLength(40);
    expect(await trimtab(port, 'approve', 'shop')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^approved plan [0-9a-f]{16} of shop: 30 actions may pass/),
    });
    await eventually('ten rules', async () => (await rules()).length === 10);
    await put('scheduled-tasks', '[]');
    await eventually('no rule', async () => (await rules()).length === 0);
  });
});

describe('config, by the AWS CLI', () => {
  const COMPLETED = async () => {
    const { deployments: running } = (await service()) as { deployments: Array<{ rolloutState: string }> };
    return running.length === 1 && running[0]?.rolloutState === 'COMPLETED';
  };

  it('a new and a deleted name make one revision and one deployment each, a changed value one deployment', async () => {
    await eventually('a steady service', COMPLETED);
    const [before, began] = [await revisions(), await deployments()];
    await put('config/SECOND', 'two', 'SecureString');
    await eventually('a revision for the new name', async () => (await revisions()) === before + 1);
    await eventually(
      'its deployment',
      async () => (await deployments()) === began + 1 && (await COMPLETED()),
    );
    await put('config/SECOND', 'other', 'SecureString');
    await eventually('a deployment for the new value', async () => (await deployments()) === began + 2);
    await eventually('steadiness', COMPLETED);
    expect(await revisions()).toBe(before + 1);
    await aws(port, 'ssm', 'delete-parameter', '--name', '/apppack/apps/shop/config/SECOND');
    await eventually('a revision without the name', async () => (await revisions()) === before + 2);
    await eventually(
      'its deployment',
      async () => (await deployments()) === began + 3 && (await COMPLETED()),
    );
  });

  it('ten new names at once, and ten deleted ones, make one revision and one deployment each', async () => {
    await eventually('a steady service', COMPLETED);
    const [before, began] = [await revisions(), await deployments()];
    const names = Array.from({ length: 10 }, (_, index) => `config/MANY_${index}`);
    await Promise.all(names.map((name) => put(name, 'a value', 'SecureString')));
    const done = async (times: number) => (await deployments()) === began + times && (await COMPLETED());
    await eventually('one deployment for ten names', () => done(1));
    expect(await revisions()).toBe(before + 1);
    const parameters = names.map((name) => `/apppack/apps/shop/${name}`);
    await aws(port, 'ssm', 'delete-parameters', '--names', ...parameters);
    await eventually('one deployment without them', () => done(2));
    expect(await revisions()).toBe(before + 2);
  });
});
