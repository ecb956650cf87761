import {
  DescribeServicesCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { describe1, type EcsBench, openEcs, refusal, runningTasks, shopSection } from './kit.ts';

const PREFIX = 'arn:aws:ecs:us-east-1:123456789012';
const SERVICE = `${PREFIX}:service/main/shop-web`;

function tag(bench: EcsBench, resourceArn: string, tags: Array<{ key?: string; value?: string }>) {
  return bench.aws.send(new TagResourceCommand({ resourceArn, tags }));
}

async function tagsOf(bench: EcsBench, resourceArn: string) {
  return (await bench.aws.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
}

describe('tags of a resource', () => {
  it.each([
    ['a service', SERVICE],
    ['a cluster', `${PREFIX}:cluster/main`],
    ['a task definition', `${PREFIX}:task-definition/shop-web:1`],
  ])('of %s can be set, changed, listed and taken away', async (_what, arn) => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html
    const bench = openEcs(shopSection());
    await tag(bench, arn, [
      { key: 'trimtab:owner', value: '/apppack' },
      { key: 'a', value: '1' },
    ]);
    await tag(bench, arn, [{ key: 'a', value: '2' }]);
    expect(await tagsOf(bench, arn)).toEqual([
      { key: 'trimtab:owner', value: '/apppack' },
      { key: 'a', value: '2' },
    ]);
    await bench.aws.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['a', 'b'] }));
    expect(await tagsOf(bench, arn)).toEqual([{ key: 'trimtab:owner', value: '/apppack' }]);
  });

  it('of a task can be set while it runs', async () => {
    const bench = openEcs(shopSection());
    const [arn = ''] = await runningTasks(bench);
    await tag(bench, arn, [{ key: 'a', value: '1' }]);
    expect(await tagsOf(bench, arn)).toEqual([{ key: 'a', value: '1' }]);
  });

  it('of a service start no deployment', async () => {
    const bench = openEcs(shopSection());
    const { id } = (await describe1(bench)).deployments?.[0] ?? {};
    await tag(bench, SERVICE, [{ key: 'trimtab:owner', value: '/apppack' }]);
    await bench.clock.advance(10_000);
    const { services } = await bench.aws.send(
      new DescribeServicesCommand({ cluster: 'main', services: ['shop-web'], include: ['TAGS'] }),
    );
    expect(services?.[0]?.deployments?.map((deployment) => deployment.id)).toEqual([id]);
    expect(services?.[0]?.tags).toEqual([{ key: 'trimtab:owner', value: '/apppack' }]);
  });

  it.each<[string, Array<{ key?: string; value?: string }>]>([
    ['no key', [{ value: 'x' }]],
    ['an empty key', [{ key: '', value: 'x' }]],
    ['a long key', [{ key: 'x'.repeat(129), value: '' }]],
    ['a long value', [{ key: 'x', value: 'x'.repeat(257) }]],
    ['a key of AWS', [{ key: 'AWS:x', value: '' }]],
    [
      'a key twice',
      [
        { key: 'x', value: '1' },
        { key: 'x', value: '2' },
      ],
    ],
    ['too many', Array.from({ length: 51 }, (_, key) => ({ key: `${key}`, value: '' }))],
  ])('may not have %s', async (_what, tags) => {
    const answer = await refusal(tag(openEcs(shopSection()), SERVICE, tags));
    expect(answer.name).toBe('InvalidParameterException');
  });

  it('may not be more than 50 in all', async () => {
    const bench = openEcs(shopSection());
    await tag(
      bench,
      SERVICE,
      Array.from({ length: 50 }, (_, key) => ({ key: `${key}`, value: '' })),
    );
    expect((await refusal(tag(bench, SERVICE, [{ key: 'one more', value: '' }]))).name).toBe(
      'InvalidParameterException',
    );
  });

  it.each([
    [`${PREFIX}:service/main/nothing`, 'ResourceNotFoundException'],
    [`${PREFIX}:task/main/${'0'.repeat(32)}`, 'ResourceNotFoundException'],
    [`${PREFIX}:task-definition/nothing:1`, 'ResourceNotFoundException'],
    [`${PREFIX}:cluster/nowhere`, 'ClusterNotFoundException'],
    ['shop-web', 'InvalidParameterException'],
  ])('of %s are refused with %s', async (arn, name) => {
    const bench = openEcs(shopSection());
    expect((await refusal(tag(bench, arn, [{ key: 'a', value: '' }]))).name).toBe(name);
    expect((await refusal(tagsOf(bench, arn))).name).toBe(name);
  });
});
