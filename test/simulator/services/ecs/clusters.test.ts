import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeClustersCommand,
  ListClustersCommand,
  ListServicesCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { NETWORK, openEcs, refusal, shopSection } from './kit.ts';

describe('CreateCluster', () => {
  it('makes a cluster, "default" when it is not named', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
    const { aws } = openEcs();
    const { cluster } = await aws.send(new CreateClusterCommand({ tags: [{ key: 'a', value: 'b' }] }));
    expect(cluster).toMatchObject({
      clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default',
      clusterName: 'default',
      status: 'ACTIVE',
      registeredContainerInstancesCount: 0,
      capacityProviders: [],
      tags: [{ key: 'a', value: 'b' }],
    });
    const again = await aws.send(new CreateClusterCommand({}));
    expect(again.cluster?.tags).toEqual([{ key: 'a', value: 'b' }]);
    const odd = aws.send(new CreateClusterCommand({ clusterName: 'a b' }));
    expect((await refusal(odd)).name).toBe('InvalidParameterException');
  });
});

describe('DescribeClusters', () => {
  it('counts services and tasks and tells of missing clusters', async () => {
    const { aws } = openEcs(shopSection());
    const { clusters, failures } = await aws.send(
      new DescribeClustersCommand({ clusters: ['main', 'nowhere'] }),
    );
    expect(clusters?.[0]).toMatchObject({ activeServicesCount: 1, runningTasksCount: 2, tags: [] });
    expect(failures).toMatchObject([
      { arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/nowhere', reason: 'MISSING' },
    ]);
    const none = await aws.send(new DescribeClustersCommand({}));
    expect(none.failures?.[0]?.arn).toMatch(/cluster\/default$/);
    const many = aws.send(
      new DescribeClustersCommand({ clusters: Array.from({ length: 101 }, (_, index) => `c${index}`) }),
    );
    expect((await refusal(many)).name).toBe('InvalidParameterException');
  });
});

describe('ListClusters', () => {
  it('pages through ACTIVE clusters', async () => {
    const { aws } = openEcs({
      clusters: [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd', status: 'INACTIVE' }],
    });
    const first = await aws.send(new ListClustersCommand({ maxResults: 2 }));
    expect(first.clusterArns).toHaveLength(2);
    const second = await aws.send(new ListClustersCommand({ nextToken: first.nextToken }));
    expect(second.clusterArns).toEqual(['arn:aws:ecs:us-east-1:123456789012:cluster/c']);
    expect(second.nextToken).toBeUndefined();
  });
});

describe('DeleteCluster', () => {
  it('wants services and tasks gone first, and leaves an INACTIVE cluster', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
    const bench = openEcs(shopSection());
    const { aws, clock } = bench;
    const remove = () => aws.send(new DeleteClusterCommand({ cluster: 'main' }));
    expect((await refusal(remove())).name).toBe('ClusterContainsServicesException');
    await aws.send(new DeleteServiceCommand({ cluster: 'main', service: 'shop-web', force: true }));
    await clock.advance(10_000);
    await aws.send(
      new RunTaskCommand({
        cluster: 'main',
        taskDefinition: 'shop-web:1',
        launchType: 'FARGATE',
        networkConfiguration: NETWORK,
      }),
    );
    expect((await refusal(remove())).name).toBe('ClusterContainsTasksException');
    await clock.advance(60_000);
    expect((await remove()).cluster?.status).toBe('INACTIVE');
    const { clusters } = await aws.send(new DescribeClustersCommand({ clusters: ['main'] }));
    expect(clusters?.[0]?.status).toBe('INACTIVE');
    expect(await refusal(aws.send(new ListServicesCommand({ cluster: 'main' })))).toEqual({
      name: 'ClusterNotFoundException',
      message: 'The referenced cluster was inactive.',
    });
    const { cluster } = await aws.send(new CreateClusterCommand({ clusterName: 'main' }));
    expect(cluster?.status).toBe('ACTIVE');
  });

  it('refuses a cluster with machines and one that does not exist', async () => {
    const { aws } = openEcs({ clusters: [{ name: 'main', containerInstances: 1 }] });
    const busy = aws.send(new DeleteClusterCommand({ cluster: 'main' }));
    expect((await refusal(busy)).name).toBe('ClusterContainsContainerInstancesException');
    const missing = aws.send(new DeleteClusterCommand({ cluster: 'nowhere' }));
    expect((await refusal(missing)).name).toBe('ClusterNotFoundException');
  });
});
