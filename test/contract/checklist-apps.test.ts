import {
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { ListServicesCommand } from '@aws-sdk/client-ecs';
import { ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetParameterCommand, GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAttributes } from '../../src/aws/attributes.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import type { BuildRecord } from '../../src/store/builds.ts';
import { at, indexItems } from '../scenario/access-hands.ts';
import { closed, recordsOf, startBuild } from '../scenario/builders.ts';
import { deploymentsOf, scale, serviceOf } from '../scenario/people.ts';
import type { Actor, Stage } from '../scenario/stage.ts';
import { scaled } from '../scenario/worlds.ts';
import { ADMINISTRATORS, definition, item, openInstallation, put, REPOSITORY } from './installation.ts';

/** The checklist of the contract, §11: what is kept of apps. Its other half is checklist.test.ts. */

let on: Stage;
let actor: Actor;
let shop: BuildRecord;

const PING = { schedule: '0/10 * * * ? *', command: './bin/ping' };

beforeAll(async () => {
  ({ on, actor } = await openInstallation());
  await put(on, 'apps/shop/scheduled-tasks', [PING]);
  const [ofShop, ofSeven] = await Promise.all([startBuild(on), startBuild(on, 'pr/7', 'pipe')]);
  await on.clock.advance(150_000);
  shop = await closed(on, ofShop.number);
  await closed(on, ofSeven.number, 'pipe:7');
  await on.clock.advance(30_000);
}, 60_000);
afterAll(() => on.stop());

async function targets(service: string) {
  const ResourceIds = [`service/main/${service}`];
  const command = new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', ResourceIds });
  return (await on.person.autoscaling.send(command)).ScalableTargets ?? [];
}

async function running(service: string) {
  const { taskDefinition = '' } = await serviceOf(on, service);
  return definition(on, taskDefinition);
}

async function schedules() {
  await on.clock.advance(4_000);
  const { Rules = [] } = await on.person.events.send(new ListRulesCommand({ NamePrefix: 'shop-' }));
  return Promise.all(
    Rules.map(async ({ Name, ScheduleExpression }) => {
      const { Targets = [] } = await on.person.events.send(new ListTargetsByRuleCommand({ Rule: Name }));
      const families = Targets.map(
        ({ EcsParameters }) => EcsParameters?.TaskDefinitionArn?.split('/').at(-1) ?? '',
      );
      return { schedule: ScheduleExpression, count: Targets.length, revision: families[0] ?? '' };
    }),
  );
}

describe('contract §11, apps', () => {
  it('10: fixes the count where min is max, else follows CPU at 50 percent, and never for review apps', async () => {
    await scale(on, { min_processes: 3, max_processes: 3 });
    await on.clock.advance(10_000);
    expect((await serviceOf(on)).desiredCount).toBe(3);
    expect(await targets('shop-web')).toEqual([]);
    await scale(on, { min_processes: 2, max_processes: 6 });
    await put(on, 'pipelines/pipe/review-apps/pr/7/scaling', {
      web: scaled({ cpu: 256, memory: 512, min_processes: 1, max_processes: 4 }),
    });
    await on.clock.advance(60_000);
    expect(await targets('shop-web')).toMatchObject([{ MinCapacity: 2, MaxCapacity: 6 }]);
    const { ScalingPolicies } = await on.person.autoscaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs', ResourceId: 'service/main/shop-web' }),
    );
    expect(ScalingPolicies).toMatchObject([
      {
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 50,
          PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
        },
      },
    ]);
    expect((await running('pipe-pr7-web')).cpu).toBe('256');
    expect(await targets('pipe-pr7-web')).toEqual([]);
    await scale(on, { min_processes: 2, max_processes: 2 });
    await on.clock.advance(60_000);
    expect(await targets('shop-web')).toEqual([]);
  });

  it('11: runs at most five scheduled tasks at one time of UTC, of the revision of each deployment and config', async () => {
    const [first] = await schedules();
    expect(first).toMatchObject({ schedule: 'cron(0/10 * * * ? *)', count: 1 });
    expect((await definition(on, first?.revision ?? '')).image).toBe(`${REPOSITORY}/shop:${shop.commit}`);
    const six = Array.from({ length: 6 }, (_, index) => ({ ...PING, command: `./bin/ping ${index}` }));
    await put(on, 'apps/shop/scheduled-tasks', six);
    await on.clock.advance(30_000);
    expect(Math.max(...(await schedules()).map(({ count }) => count))).toBeLessThanOrEqual(5);
    await put(on, 'apps/shop/scheduled-tasks', six.slice(0, 5));
    await on.clock.advance(30_000);
    expect(await schedules()).toMatchObject([{ schedule: 'cron(0/10 * * * ? *)', count: 5 }]);
    await put(on, 'apps/shop/config/MAIL_URL', 'a secret', 'SecureString');
    await on.clock.advance(60_000);
    const [after] = await schedules();
    expect(after?.revision).not.toBe(first?.revision);
    const { secrets } = await definition(on, after?.revision ?? '');
    expect(secrets.map(({ name }) => name).sort()).toEqual(['DATABASE_URL', 'MAIL_URL']);
  });

  it('12: gives containers config by name, the region unless config says one, the app and a port', async () => {
    const web = await running('shop-web');
    expect(web.variables).toEqual({
      APPPACK_APPNAME: 'shop',
      AWS_REGION: DEFAULT_REGION,
      AWS_DEFAULT_REGION: DEFAULT_REGION,
      PORT: expect.stringMatching(/^\d+$/),
    });
    const parameter = `arn:aws:ssm:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:parameter/apppack/apps/shop/config`;
    expect(web.secrets).toContainEqual({ name: 'DATABASE_URL', valueFrom: `${parameter}/DATABASE_URL` });
    const worker = await running('shop-worker');
    expect(Object.keys(worker.variables).sort()).toEqual([
      'APPPACK_APPNAME',
      'AWS_DEFAULT_REGION',
      'AWS_REGION',
    ]);
    // The pipeline's config names a region, so neither variable is set.
    const review = await running('pipe-pr7-web');
    expect(Object.keys(review.variables).sort()).toEqual(['APPPACK_APPNAME', 'PORT']);
    expect(review.secrets.map(({ name }) => name)).toEqual(['AWS_REGION']);
    expect(review.variables.APPPACK_APPNAME).toBe('pipe');
    const deployments = (await deploymentsOf(on)).length;
    await put(on, 'apps/shop/config/DATABASE_URL', 'another value', 'SecureString');
    await on.clock.advance(90_000);
    expect((await deploymentsOf(on)).length).toBe(deployments + 1);
    expect((await running('shop-web')).revision).toBe(web.revision);
  });

  it('14: keeps the index of who may open what from lists of users and administrators at paths of choice', async () => {
    await put(on, 'apps/shop/users', '["anna@example.com"]');
    await put(on, ADMINISTRATORS, '["boss@example.com"]');
    await on.clock.advance(30_000);
    expect(await indexItems(on)).toMatchObject([
      {
        primary_id: 'USER#anna@example.com',
        secondary_id: at('shop'),
        role_arn: `arn:aws:iam::${DEFAULT_ACCOUNT}:role/shop-user`,
        region: DEFAULT_REGION,
        pipeline: false,
      },
      {
        primary_id: 'ADMIN#boss@example.com',
        secondary_id: DEFAULT_ACCOUNT,
        role_arn: `arn:aws:iam::${DEFAULT_ACCOUNT}:role/administrator`,
        region: DEFAULT_REGION,
      },
    ]);
  });

  it('13: keeps the status of a review app whole while it lives, and takes all away that it leaves', async () => {
    const root = 'pipelines/pipe/review-apps/pr/7';
    const status = async () => {
      const { Parameter } = await on.person.ssm.send(new GetParameterCommand({ Name: `/apppack/${root}` }));
      return JSON.parse(Parameter?.Value ?? '{}');
    };
    await put(on, root, { pull_request: 'pr/7', status: 'created' });
    await on.clock.advance(30_000);
    expect(await status()).toEqual({
      pull_request: 'pr/7',
      status: 'created',
      title: 'Seven',
      url: 'https://pr7-pipe.example.com',
    });
    const Key = toAttributes({ primary_id: 'APP#pipe:7', secondary_id: 'settings' });
    await on.person.dynamodb.send(new DeleteItemCommand({ TableName: 'apppack', Key }));
    await on.clock.advance(900_000);
    const { serviceArns = [] } = await on.person.ecs.send(new ListServicesCommand({ cluster: 'main' }));
    expect(serviceArns.filter((arn) => arn.includes('pipe-pr7'))).toEqual([]);
    expect(await item(on, 'APP#pipe', 'DEPLOYSTATUS#7')).toEqual({});
    const left = await on.person.ssm.send(
      new GetParametersByPathCommand({ Path: `/apppack/${root}`, Recursive: true }),
    );
    expect(left.Parameters).toEqual([]);
    await expect(status()).rejects.toMatchObject({ name: 'ParameterNotFound' });
    expect(await recordsOf(on, 'pipe:7')).toEqual([]);
    expect(actor.failures).toEqual([]);
  });
});
