import {
  CreateServiceCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionFamiliesCommand,
  type ListTaskDefinitionFamiliesCommandInput,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import {
  describe1,
  type EcsBench,
  NETWORK,
  openEcs,
  primary,
  refusal,
  shopSection,
  webDefinition,
} from './kit.ts';

const ARN = 'arn:aws:ecs:us-east-1:123456789012:task-definition';

function register(bench: EcsBench, changes: Parameters<typeof webDefinition>[0] = {}) {
  return bench.aws.send(new RegisterTaskDefinitionCommand(webDefinition(changes)));
}

function find(bench: EcsBench, taskDefinition: string) {
  return bench.aws.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }));
}

describe('RegisterTaskDefinition', () => {
  it('row 19: gives the same content a new revision each time, and never a number again', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    const bench = openEcs();
    await register(bench);
    const second = await register(bench);
    expect(second.taskDefinition?.taskDefinitionArn).toBe(`${ARN}/shop-web:2`);
    await bench.aws.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'shop-web:2' }));
    await bench.aws.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: ['shop-web:2'] }));
    await bench.clock.advance(600_000);
    expect((await refusal(find(bench, 'shop-web:2'))).name).toBe('ClientException');
    expect((await register(bench)).taskDefinition?.revision).toBe(3);
  });

  it('row 19: refuses more than a million revisions of a family, deregistered ones among them', async () => {
    // https://docs.aws.amazon.com/general/latest/gr/ecs-service.html
    const bench = openEcs({
      taskDefinitions: [{ ...webDefinition(), revision: 1_000_000, status: 'INACTIVE' }],
    });
    expect((await refusal(register(bench))).message).toContain('1000000');
  });

  it('row 20: gives back a normal form, not what was sent', async () => {
    // gh hashicorp/terraform-provider-aws#3035, #10387, #36029
    const bench = openEcs();
    const names = ['A', 'B', 'C', 'D', 'E', 'F'];
    await register(bench, {
      cpu: '.25 vCPU',
      memory: '0.5 GB',
      containerDefinitions: [
        {
          name: 'web',
          image: 'shop:1',
          portMappings: [{ containerPort: 8000 }],
          environment: names.map((name) => ({ name, value: name.toLowerCase() })),
        },
      ],
    });
    const { taskDefinition } = await find(bench, 'shop-web');
    expect(taskDefinition).toMatchObject({
      cpu: '256',
      memory: '512',
      revision: 1,
      status: 'ACTIVE',
      volumes: [],
      placementConstraints: [],
      compatibilities: ['EC2', 'FARGATE'],
      registeredBy: 'arn:aws:iam::123456789012:user/test',
    });
    expect(taskDefinition?.registeredAt?.getTime()).toBe(bench.clock.now());
    expect(taskDefinition?.requiresAttributes).toContainEqual({ name: 'ecs.capability.task-eni' });
    const container = taskDefinition?.containerDefinitions?.[0];
    expect(container).toMatchObject({
      cpu: 0,
      essential: true,
      portMappings: [{ containerPort: 8000, hostPort: 8000, protocol: 'tcp' }],
      mountPoints: [],
      volumesFrom: [],
      systemControls: [],
    });
    const order = container?.environment?.map(({ name }) => name) ?? [];
    expect([...order].sort()).toEqual(names);
    expect(order).not.toEqual(names);
  });

  it('row 20: fills in empty lists where nothing was said', async () => {
    const bench = openEcs();
    const { taskDefinition } = await register(bench, {
      containerDefinitions: [{ name: 'web', image: 'shop:1' }],
    });
    expect(taskDefinition?.containerDefinitions?.[0]).toMatchObject({ environment: [], portMappings: [] });
    expect(taskDefinition?.containerDefinitions?.[0]).not.toHaveProperty('secrets');
  });

  it('row 21: may be refused when others register the same family at the same time', async () => {
    // gh cloudposse/terraform-aws-ecs-alb-service-task#258
    const bench = openEcs();
    bench.ecs.contendFamily('shop-web', 1);
    expect(await refusal(register(bench))).toEqual({
      name: 'ClientException',
      message: 'Too many concurrent attempts to create a new revision of the specified family.',
    });
    expect((await register(bench)).taskDefinition?.revision).toBe(1);
  });

  it('row 22: refuses a definition of more than 64 KB', async () => {
    // https://docs.aws.amazon.com/general/latest/gr/ecs-service.html
    const bench = openEcs();
    const secrets = Array.from({ length: 400 }, (_, index) => ({
      name: `NAME_${index}`,
      valueFrom: `arn:aws:ssm:us-east-1:123456789012:parameter/apppack/apps/shop/config/${'X'.repeat(80)}_${index}`,
    }));
    const answer = await refusal(
      register(bench, { containerDefinitions: [{ name: 'web', image: 'shop:1', secrets }] }),
    );
    expect(answer.name).toBe('ClientException');
    expect(answer.message).toMatch(/Max allowed length is '65536' bytes/);
  });

  it('keeps its tags, and asks for the right to tag', async () => {
    const bench = openEcs();
    await register(bench, { tags: [{ key: 'apppack:buildNumber', value: '7' }] });
    expect((await find(bench, 'shop-web:1')).tags).toEqual([{ key: 'apppack:buildNumber', value: '7' }]);
    const bare = await bench.aws.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'shop-web:1' }));
    expect(bare.tags).toBeUndefined();
  });
});

describe('DescribeTaskDefinition', () => {
  it('finds a family by its latest ACTIVE revision, and any revision by number or ARN', async () => {
    const bench = openEcs();
    for (let revision = 1; revision <= 3; revision += 1) await register(bench);
    await bench.aws.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'shop-web:3' }));
    expect((await find(bench, 'shop-web')).taskDefinition?.revision).toBe(2);
    expect((await find(bench, `${ARN}/shop-web`)).taskDefinition?.revision).toBe(2);
    expect((await find(bench, `${ARN}/shop-web:1`)).taskDefinition?.revision).toBe(1);
    expect((await find(bench, 'shop-web:3')).taskDefinition).toMatchObject({ status: 'INACTIVE' });
  });

  it.each([
    'nothing',
    'shop-web:99',
    'arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:1',
    'a b',
    '',
  ])('answers a ClientException for %j', async (reference) => {
    const bench = openEcs();
    await register(bench);
    expect((await refusal(find(bench, reference))).name).toBe('ClientException');
  });
});

describe('DeregisterTaskDefinition', () => {
  it('row 23: keeps running services alive, which can still be scaled', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html
    const bench = openEcs(shopSection());
    const { taskDefinition } = await bench.aws.send(
      new DeregisterTaskDefinitionCommand({ taskDefinition: 'shop-web:1' }),
    );
    expect(taskDefinition?.status).toBe('INACTIVE');
    expect(taskDefinition?.deregisteredAt).toBeInstanceOf(Date);
    await bench.aws.send(new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', desiredCount: 3 }));
    await bench.clock.advance(15_000);
    expect((await describe1(bench)).runningCount).toBe(3);
  });

  it('row 23: leaves a revision nobody can start anything new from', async () => {
    const bench = openEcs(shopSection());
    await bench.aws.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'shop-web:2' }));
    const launch = { launchType: 'FARGATE', networkConfiguration: NETWORK } as const;
    const uses = [
      bench.aws.send(new RunTaskCommand({ cluster: 'main', taskDefinition: 'shop-web:2', ...launch })),
      bench.aws.send(
        new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web:2' }),
      ),
      bench.aws.send(
        new CreateServiceCommand({
          cluster: 'main',
          serviceName: 'other',
          taskDefinition: 'shop-web:2',
          desiredCount: 1,
          ...launch,
        }),
      ),
    ];
    for (const use of uses) {
      expect(await refusal(use)).toEqual({ name: 'ClientException', message: 'TaskDefinition is inactive' });
    }
  });

  it('wants a revision', async () => {
    const bench = openEcs(shopSection());
    const call = bench.aws.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'shop-web' }));
    expect((await refusal(call)).name).toBe('InvalidParameterException');
  });
});

describe('DeleteTaskDefinitions', () => {
  it('row 23: deletes only INACTIVE revisions, at most 10 in one call', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html
    const bench = openEcs(shopSection());
    await bench.aws.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'shop-web:2' }));
    const { taskDefinitions, failures } = await bench.aws.send(
      new DeleteTaskDefinitionsCommand({ taskDefinitions: ['shop-web:1', 'shop-web:2', 'shop-web:9'] }),
    );
    expect(taskDefinitions?.map(({ revision, status }) => [revision, status])).toEqual([
      [2, 'DELETE_IN_PROGRESS'],
    ]);
    expect(failures?.map(({ arn }) => arn)).toEqual([`${ARN}/shop-web:1`, `${ARN}/shop-web:9`]);
    const tooMany = bench.aws.send(
      new DeleteTaskDefinitionsCommand({
        taskDefinitions: Array.from({ length: 11 }, (_, index) => `shop-web:${index + 1}`),
      }),
    );
    expect((await refusal(tooMany)).name).toBe('InvalidParameterException');
  });

  it('stays in progress while a service uses the revision', async () => {
    const bench = openEcs(shopSection());
    await bench.aws.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'shop-web:1' }));
    await bench.aws.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: ['shop-web:1'] }));
    await bench.clock.advance(3_600_000);
    expect((await find(bench, 'shop-web:1')).taskDefinition?.status).toBe('DELETE_IN_PROGRESS');
    await bench.aws.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web:2' }),
    );
    await bench.clock.advance(60_000);
    expect((await primary(bench)).rolloutState).toBe('COMPLETED');
    expect((await refusal(find(bench, 'shop-web:1'))).name).toBe('ClientException');
  });
});

describe('listing', () => {
  async function families(bench: EcsBench) {
    for (const family of ['shop-web', 'shop', 'api']) {
      await register(bench, { family });
      await register(bench, { family });
    }
    await bench.aws.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'api:1' }));
    await bench.aws.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'api:2' }));
  }
  const short = (arns: readonly string[] = []) => arns.map((arn) => arn.split('/')[1]);

  it('sorts by family and revision, newest last unless asked otherwise', async () => {
    const bench = openEcs();
    await families(bench);
    const ascending = await bench.aws.send(new ListTaskDefinitionsCommand({}));
    expect(short(ascending.taskDefinitionArns)).toEqual(['shop:1', 'shop:2', 'shop-web:1', 'shop-web:2']);
    const descending = await bench.aws.send(new ListTaskDefinitionsCommand({ sort: 'DESC' }));
    expect(short(descending.taskDefinitionArns)).toEqual(['shop-web:2', 'shop-web:1', 'shop:2', 'shop:1']);
  });

  it('takes familyPrefix for a whole name, and lists INACTIVE ones on request', async () => {
    const bench = openEcs();
    await families(bench);
    const shop = await bench.aws.send(new ListTaskDefinitionsCommand({ familyPrefix: 'shop' }));
    expect(short(shop.taskDefinitionArns)).toEqual(['shop:1', 'shop:2']);
    const inactive = await bench.aws.send(new ListTaskDefinitionsCommand({ status: 'INACTIVE' }));
    expect(short(inactive.taskDefinitionArns)).toEqual(['api:1', 'api:2']);
  });

  it.each(['ASC', 'DESC'] as const)('pages through everything, once each (%s)', async (sort) => {
    const bench = openEcs();
    for (let revision = 1; revision <= 25; revision += 1) await register(bench);
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await bench.aws.send(
        new ListTaskDefinitionsCommand({ sort, maxResults: 10, ...(nextToken ? { nextToken } : {}) }),
      );
      seen.push(...(page.taskDefinitionArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
    expect(seen[0]).toBe(`${ARN}/shop-web:${sort === 'ASC' ? 1 : 25}`);
  });

  it('refuses page sizes over 100 and tokens of other listings', async () => {
    const bench = openEcs();
    const large = bench.aws.send(new ListTaskDefinitionsCommand({ maxResults: 101 }));
    expect((await refusal(large)).name).toBe('InvalidParameterException');
    const odd = bench.aws.send(new ListTaskDefinitionsCommand({ nextToken: 'bm90IG1pbmU' }));
    expect((await refusal(odd)).name).toBe('InvalidParameterException');
  });

  it('lists families by prefix and by whether a revision is ACTIVE', async () => {
    const bench = openEcs();
    await families(bench);
    const list = async (input: ListTaskDefinitionFamiliesCommandInput) =>
      (await bench.aws.send(new ListTaskDefinitionFamiliesCommand(input))).families;
    expect(await list({})).toEqual(['api', 'shop', 'shop-web']);
    expect(await list({ familyPrefix: 'shop' })).toEqual(['shop', 'shop-web']);
    expect(await list({ status: 'ACTIVE' })).toEqual(['shop', 'shop-web']);
    expect(await list({ status: 'INACTIVE' })).toEqual(['api']);
  });
});
