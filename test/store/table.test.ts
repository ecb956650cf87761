import { describe, expect, it } from 'vitest';
import {
  buildKey,
  deployStatusItem,
  deployStatusKey,
  ecsConfigKey,
  keyOfStatus,
  parseDeployStatusItem,
  parseEcsConfigItem,
  parseSettingsItem,
  serviceIndexKey,
  settingsKey,
  statusKey,
  statusPrefix,
} from '../../src/store/table.ts';

const KEY = { account: '123456789012', region: 'us-east-1', kind: 'app', name: 'web:7' } as const;

describe('keys of the table', () => {
  it.each([
    ['settings of an app', settingsKey('shop'), 'APP#shop', 'settings'],
    ['settings of a review app', settingsKey('web:7'), 'APP#web:7', 'settings'],
    ['task settings of an app', ecsConfigKey('shop'), 'APP#shop', 'CONFIG#ecs'],
    ['task settings of a review app', ecsConfigKey('web:7'), 'APP#web', 'CONFIG#ecs'],
    ['deployment of an app', deployStatusKey('shop'), 'APP#shop', 'DEPLOYSTATUS'],
    ['deployment of a review app', deployStatusKey('web:7'), 'APP#web', 'DEPLOYSTATUS#7'],
    ['a build', buildKey('web:7', 106), 'APP#web:7', 'BUILD#0000000106'],
    ['a status', statusKey(KEY), 'TRIMTAB#123456789012/us-east-1', 'STATUS#app#web:7'],
    [
      'claims of a service',
      serviceIndexKey('123456789012', 'us-east-1', 'main', 'shop-web'),
      'TRIMTAB#123456789012/us-east-1',
      'INDEX#main#shop-web',
    ],
  ])('%s', (_what, key, partition, sort) => {
    expect(key).toEqual({ partition, sort });
  });

  it('of statuses lead back to what is reconciled', () => {
    expect(keyOfStatus(KEY.account, KEY.region, statusKey(KEY).sort)).toEqual(KEY);
    expect(statusKey(KEY).sort.startsWith(statusPrefix('app'))).toBe(true);
    expect(statusKey(KEY).sort.startsWith(statusPrefix())).toBe(true);
    expect(keyOfStatus(KEY.account, KEY.region, 'STATUS#plan#shop')).toBeUndefined();
  });
});

describe('the settings item', () => {
  it('gives cluster, target group, log group and domains', () => {
    const item = {
      value: {
        cluster: { arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/main', name: 'main' },
        target_group: {
          arn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/1',
          suffix: 'x',
        },
        load_balancer: null,
        domains: ['shop.example.com'],
        log_group: { name: '/apppack/shop' },
        codebuild_project: { name: 'shop' },
        stack_id: '',
        added_later: { by: 'somebody' },
      },
    };

    expect(parseSettingsItem(item)).toEqual({
      ok: true,
      value: {
        clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/main',
        clusterName: 'main',
        loadBalancerArn: undefined,
        targetGroupArn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/1',
        domains: ['shop.example.com'],
        codebuildProject: 'shop',
        logGroup: '/apppack/shop',
        stackId: undefined,
      },
    });
  });

  it('may be empty, but a member of the wrong shape is named', () => {
    expect(parseSettingsItem({ value: {} })).toMatchObject({ ok: true, value: { domains: [] } });
    expect(parseSettingsItem({ value: { cluster: 'main' } })).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^value\.cluster: /),
    });
    expect(parseSettingsItem({})).toMatchObject({ ok: false, problem: expect.stringMatching(/^value: /) });
  });
});

describe('the CONFIG#ecs item', () => {
  it('names arguments as the API does, whatever case they were written in, and reads sizes from texts', () => {
    const item = {
      value: {
        run_task_args: {
          LaunchType: 'FARGATE',
          networkConfiguration: { AwsvpcConfiguration: { Subnets: ['subnet-1'], assignPublicIp: 'ENABLED' } },
        },
        task_definition_args: {
          Cpu: '512',
          memory: 1024,
          containerDefinitions: [{ DockerLabels: { Team: 'web' }, Name: 'web' }],
        },
      },
    };

    expect(parseEcsConfigItem(item)).toEqual({
      ok: true,
      value: {
        runTask: {
          launchType: 'FARGATE',
          networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' } },
        },
        runTaskFargate: undefined,
        taskDefinition: {
          cpu: '512',
          memory: 1024,
          containerDefinitions: [{ dockerLabels: { Team: 'web' }, name: 'web' }],
        },
        cpu: 512,
        memory: 1024,
      },
    });
  });

  it('says where it is wrong', () => {
    const item = { value: { run_task_args: {}, task_definition_args: { cpu: '0.5 vCPU' } } };

    expect(parseEcsConfigItem(item)).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^value\.task_definition_args\.cpu: /),
    });
  });
});

describe('the deployment record', () => {
  const status = {
    phase: 'deployed',
    processes: [
      {
        name: 'web',
        cpu: '256',
        memory: '512',
        minProcesses: 1,
        maxProcesses: 4,
        state: 'running',
        command: 'serve',
      },
    ],
    buildId: 'shop:1',
    buildNumber: 106,
    commit: 'abc',
    failed: false,
    lastUpdateSeconds: 1_767_614_400,
  };

  it('is written as the CLI decodes it: counts and times as numbers, sizes as texts, and with our mark', () => {
    expect(deployStatusItem('web:7', status, '/apppack/apps/web:7')).toEqual({
      primary_id: 'APP#web',
      secondary_id: 'DEPLOYSTATUS#7',
      trimtab_owner: '/apppack/apps/web:7',
      value: {
        phase: 'deployed',
        processes: [
          {
            name: 'web',
            cpu: '256',
            memory: '512',
            min_processes: 1,
            max_processes: 4,
            state: 'running',
            command: 'serve',
          },
        ],
        build_id: 'shop:1',
        last_update: 1_767_614_400,
        commit: 'abc',
        build_number: 106,
        failed: false,
      },
    });
  });

  it('reads back what was written', () => {
    expect(parseDeployStatusItem(deployStatusItem('shop', status, 'mark'))).toEqual({
      ok: true,
      value: status,
    });
  });

  it('of before 2021 has a map of processes; numbers may be texts', () => {
    const item = { value: { processes: { web: { min_processes: '2', cpu: 256 } } } };

    expect(parseDeployStatusItem(item)).toMatchObject({
      ok: true,
      value: { failed: false, processes: [{ name: 'web', minProcesses: 2, cpu: '256' }] },
    });
  });

  it('that names no process in an entry is not usable', () => {
    expect(parseDeployStatusItem({ value: { processes: [{ cpu: '256' }] } })).toMatchObject({ ok: false });
  });
});
