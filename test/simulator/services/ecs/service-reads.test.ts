import {
  DescribeServicesCommand,
  ListServicesCommand,
  type ListServicesCommandInput,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { describe1, openEcs, refusal, shopSection, update, webDefinition } from './kit.ts';

describe('DescribeServices', () => {
  it('row 25: takes at most 10 names and tells of missing ones with HTTP 200', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
    const bench = openEcs(shopSection());
    const find = (services: string[]) =>
      bench.aws.send(new DescribeServicesCommand({ cluster: 'main', services }));
    const { services, failures } = await find(['shop-web', 'nothing']);
    expect(services?.map(({ serviceName }) => serviceName)).toEqual(['shop-web']);
    expect(failures).toMatchObject([
      { arn: 'arn:aws:ecs:us-east-1:123456789012:service/main/nothing', reason: 'MISSING' },
    ]);
    const eleven = Array.from({ length: 11 }, (_, index) => `service-${index}`);
    expect((await refusal(find(eleven))).name).toBe('InvalidParameterException');
    expect((await refusal(find([]))).message).toBe('Services cannot be empty.');
  });

  it('takes ARNs, and shows tags only when asked', async () => {
    const bench = openEcs(shopSection({ tags: [{ key: 'a', value: 'b' }] }));
    const { services } = await bench.aws.send(
      new DescribeServicesCommand({
        cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/main',
        services: ['arn:aws:ecs:us-east-1:123456789012:service/main/shop-web'],
      }),
    );
    expect(services?.[0]).not.toHaveProperty('tags');
    expect((await describe1(bench)).tags).toEqual([{ key: 'a', value: 'b' }]);
  });

  it('looks into the cluster "default" when none is named', async () => {
    const bench = openEcs(shopSection());
    const call = bench.aws.send(new DescribeServicesCommand({ services: ['shop-web'] }));
    expect(await refusal(call)).toEqual({
      name: 'ClusterNotFoundException',
      message: 'Cluster not found.',
    });
  });

  it('keeps the 100 latest events, newest first', async () => {
    const bench = openEcs(shopSection());
    for (let round = 0; round < 60; round += 1) {
      await update(bench, { desiredCount: round % 2 === 0 ? 3 : 2 });
      await bench.clock.advance(10_000);
    }
    const { events = [] } = await describe1(bench);
    expect(events).toHaveLength(100);
    const times = events.map(({ createdAt }) => createdAt?.getTime() ?? 0);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });
});

describe('ListServices', () => {
  const names = Array.from({ length: 25 }, (_, index) => `service-${index}`);
  const many = () =>
    openEcs({
      taskDefinitions: [webDefinition()],
      services: names.map((name) => ({
        cluster: 'main',
        name,
        taskDefinition: 'shop-web:1',
        desiredCount: 0,
      })),
    });

  it('gives 10 to a page unless asked otherwise, and each service once', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html
    const bench = many();
    const list = (input: Partial<ListServicesCommandInput>) =>
      bench.aws.send(new ListServicesCommand({ cluster: 'main', ...input }));
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await list(nextToken === undefined ? {} : { nextToken });
      expect(page.serviceArns?.length).toBeLessThanOrEqual(10);
      seen.push(...(page.serviceArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(new Set(seen).size).toBe(25);
    expect((await list({ maxResults: 100 })).serviceArns).toHaveLength(25);
    expect((await refusal(list({ maxResults: 101 }))).name).toBe('InvalidParameterException');
    expect((await refusal(list({ maxResults: 0 }))).name).toBe('InvalidParameterException');
  });

  it('gives no token after a last page that is full', async () => {
    const page = await many().aws.send(new ListServicesCommand({ cluster: 'main', maxResults: 25 }));
    expect(page.serviceArns).toHaveLength(25);
    expect(page.nextToken).toBeUndefined();
  });

  it('filters by launch type and by scheduling strategy', async () => {
    const bench = openEcs({
      clusters: [{ name: 'main', containerInstances: 1 }],
      taskDefinitions: [
        webDefinition(),
        { family: 'old', containerDefinitions: [{ name: 'web', image: 'x', memory: 128 }] },
      ],
      services: [
        { cluster: 'main', name: 'new', taskDefinition: 'shop-web:1' },
        { cluster: 'main', name: 'old', taskDefinition: 'old:1' },
        { cluster: 'main', name: 'agent', taskDefinition: 'old:1', schedulingStrategy: 'DAEMON' },
      ],
    });
    const list = async (input: Partial<ListServicesCommandInput>) =>
      (await bench.aws.send(new ListServicesCommand({ cluster: 'main', ...input }))).serviceArns?.map((arn) =>
        arn.split('/').at(-1),
      );
    expect(await list({ launchType: 'FARGATE' })).toEqual(['new']);
    expect(await list({ launchType: 'EC2' })).toEqual(['old', 'agent']);
    expect(await list({ schedulingStrategy: 'DAEMON' })).toEqual(['agent']);
  });
});
