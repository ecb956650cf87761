import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aws, awsEnvironment, type Background, background, freePort, MAIN, trimtab, until } from './kit.ts';

let port = 0;
let account: Background;
let controller: Background;
let metrics = 0;
const SWEEP_SECONDS = '5';

beforeAll(async () => {
  port = await freePort();
  metrics = await freePort();
  account = background(process.execPath, [MAIN, 'simulate', '--port', String(port)]);
  await account.says('answers on');
  controller = background(process.execPath, [MAIN, 'run', '--port', String(metrics)], {
    env: { ...awsEnvironment(port), TRIMTAB_SWEEP_SECONDS: SWEEP_SECONDS, TRIMTAB_LOG_FORMAT: 'json' },
  });
  await controller.says('trimtab is running');
});

afterAll(async () => {
  expect(await controller?.stop()).toBe(0);
  expect(await account?.stop()).toBe(0);
});

const folder = mkdtempSync(join(tmpdir(), 'trimtab-lane-'));

function file(name: string, document: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(document));
  return `file://${path}`;
}

interface Described {
  services: Array<{ desiredCount: number; taskDefinition: string }>;
}

async function service(name: string): Promise<Described['services'][number] | undefined> {
  const { services } = (await aws(
    port,
    'ecs',
    'describe-services',
    '--cluster',
    'main',
    '--services',
    name,
  )) as Described;
  return services[0];
}

const scaling = (count: number, cpu: number, memory: number) =>
  JSON.stringify({ web: { cpu, memory, min_processes: count, max_processes: count } });

/** Everything a foreign task definition may carry that is none of our business. */
const FOREIGN = {
  family: 'shop-web',
  cpu: '256',
  memory: '512',
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
  taskRoleArn: 'arn:aws:iam::123456789012:role/task',
  runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
  ephemeralStorage: { sizeInGiB: 30 },
  volumes: [{ name: 'scratch' }],
  tags: [{ key: 'team', value: 'checkout' }],
  containerDefinitions: [
    {
      name: 'web',
      image: 'example.com/shop:7',
      essential: true,
      environment: [{ name: 'KEEP', value: 'me' }],
      command: ['serve'],
      dockerLabels: { keep: 'me too' },
      ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: 4096 }],
      healthCheck: { command: ['CMD-SHELL', 'true'], interval: 30, timeout: 5, retries: 3 },
      mountPoints: [{ sourceVolume: 'scratch', containerPath: '/scratch' }],
      portMappings: [{ containerPort: 8000, protocol: 'tcp' }],
      stopTimeout: 60,
    },
  ],
};

describe('a real AWS CLI, starting from nothing', () => {
  it('sees ECS follow Parameter Store within a second of the event', async () => {
    await aws(port, 'ecs', 'create-cluster', '--cluster-name', 'main');
    await aws(port, 'ecs', 'register-task-definition', '--cli-input-json', file('definition.json', FOREIGN));
    await aws(
      port,
      'ecs',
      'create-service',
      '--cluster',
      'main',
      '--service-name',
      'shop-web',
      '--task-definition',
      'shop-web:1',
      '--desired-count',
      '1',
      '--launch-type',
      'FARGATE',
      '--network-configuration',
      'awsvpcConfiguration={subnets=[subnet-1]}',
    );
    await aws(
      port,
      'ssm',
      'put-parameter',
      '--type',
      'String',
      '--name',
      '/apppack/apps/shop/settings',
      '--value',
      '{"cluster": "main"}',
    );
    await aws(
      port,
      'ssm',
      'put-parameter',
      '--type',
      'String',
      '--name',
      '/apppack/apps/shop/scaling',
      '--value',
      scaling(2, 512, 1024),
    );
    const putAt = Date.now();
    await until(
      'two processes',
      async () => (await service('shop-web'))?.desiredCount === 2,
      5_000,
      controller.output,
    );
    const elapsedMs = Date.now() - putAt;
    console.log(`count and size shown ${elapsedMs} ms after the put returned, the CLI's own start included`);
    const { taskDefinition } = (await aws(
      port,
      'ecs',
      'describe-task-definition',
      '--task-definition',
      (await service('shop-web'))?.taskDefinition ?? '',
      '--include',
      'TAGS',
    )) as {
      taskDefinition: Record<string, unknown>;
    };
    expect(taskDefinition).toMatchObject({
      ...withoutTags(FOREIGN),
      cpu: '512',
      memory: '1024',
      revision: 2,
    });
    // The AWS CLI itself needs most of a second to start; the server-side figure is asserted in the scenario tests.
    expect(elapsedMs).toBeLessThan(3_000);
  });

  it('survives the loss of the event by its sweep', async () => {
    await aws(port, 'events', 'disable-rule', '--name', 'trimtab-intake-parameters');
    await aws(
      port,
      'ssm',
      'put-parameter',
      '--overwrite',
      '--type',
      'String',
      '--name',
      '/apppack/apps/shop/scaling',
      '--value',
      scaling(3, 512, 1024),
    );
    await until(
      'three processes',
      async () => (await service('shop-web'))?.desiredCount === 3,
      15_000,
      controller.output,
    );
    await aws(port, 'events', 'enable-rule', '--name', 'trimtab-intake-parameters');
  });

  it('plans nothing for a converged account, shows a hand-made change, and puts it back within a sweep', async () => {
    await until(
      'a plan without differences',
      async () => (await trimtab(port, 'plan', 'shop')).code === 0,
      30_000,
      controller.output,
    );
    await controller.stop();
    await aws(
      port,
      'ecs',
      'update-service',
      '--cluster',
      'main',
      '--service',
      'shop-web',
      '--desired-count',
      '5',
    );
    const plan = await trimtab(port, 'plan', 'shop');
    expect(plan).toMatchObject({ code: 2 });
    expect(plan.out).toMatch(/desiredCount: is 5, should be 3/);
    controller = background(process.execPath, [MAIN, 'run', '--port', String(metrics)], {
      env: { ...awsEnvironment(port), TRIMTAB_SWEEP_SECONDS: SWEEP_SECONDS, TRIMTAB_LOG_FORMAT: 'json' },
    });
    await until(
      'three processes again',
      async () => (await service('shop-web'))?.desiredCount === 3,
      30_000,
      controller.output,
    );
  });

  it('says what is wrong with a parameter, and heals with a good one', async () => {
    await aws(
      port,
      'ssm',
      'put-parameter',
      '--overwrite',
      '--type',
      'String',
      '--name',
      '/apppack/apps/shop/scaling',
      '--value',
      scaling(3, 300, 1024),
    );
    await until(
      'a condition',
      async () => (await trimtab(port, 'status', 'shop')).code === 2,
      15_000,
      controller.output,
    );
    const status = await trimtab(port, 'status', 'shop', '-o', 'json');
    const { keys } = JSON.parse(status.out) as {
      keys: Array<{ conditions: Array<Record<string, unknown>> }>;
    };
    expect(keys[0]?.conditions[0]).toMatchObject({
      status: 'False',
      parameter: '/apppack/apps/shop/scaling',
      path: 'web.cpu',
    });
    expect((await service('shop-web'))?.desiredCount).toBe(3);
    await aws(
      port,
      'ssm',
      'put-parameter',
      '--overwrite',
      '--type',
      'String',
      '--name',
      '/apppack/apps/shop/scaling',
      '--value',
      scaling(1, 512, 1024),
    );
    const done = await trimtab(port, 'reconcile', 'shop', '--wait');
    expect([0, 2]).toContain(done.code);
    await until(
      'healed',
      async () => (await trimtab(port, 'status', 'shop')).code === 0,
      30_000,
      controller.output,
    );
  });

  it('answers an unknown app with the nearest name, and an unknown operation as AWS does', async () => {
    const unknown = await trimtab(port, 'plan', 'shpo');
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.err).toMatch(/no app "shpo".*Did you mean shop\?/s);
    await expect(aws(port, 'ecs', 'list-account-settings')).rejects.toThrow(/UnknownOperationException/);
  });
});

function withoutTags({ tags: _tags, ...rest }: typeof FOREIGN) {
  return rest;
}
