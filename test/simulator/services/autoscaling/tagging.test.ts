import {
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { describe, expect, it } from 'vitest';
import { refusal } from '../ecs/kit.ts';
import { openScaling, type ScalingBench } from './kit.ts';

// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TagResource.html

async function openTagged(): Promise<{ bench: ScalingBench; ResourceARN: string }> {
  const bench = openScaling();
  const ResourceARN = (await bench.register({ Tags: { team: 'shop' } })) ?? '';
  return { bench, ResourceARN };
}

async function tags({ scaling }: ScalingBench, ResourceARN: string) {
  return (await scaling.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags;
}

describe('tags of a scalable target', () => {
  it('come with the registration, are added to and taken away', async () => {
    const { bench, ResourceARN } = await openTagged();
    expect(await tags(bench, ResourceARN)).toEqual({ team: 'shop' });
    await bench.scaling.send(new TagResourceCommand({ ResourceARN, Tags: { team: 'web', stage: 'live' } }));
    expect(await tags(bench, ResourceARN)).toEqual({ team: 'web', stage: 'live' });
    await bench.scaling.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['team', 'nothing'] }));
    expect(await tags(bench, ResourceARN)).toEqual({ stage: 'live' });
  });

  it('are fifty at most', async () => {
    const { bench, ResourceARN } = await openTagged();
    const Tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key-${index}`, '']));
    const call = bench.scaling.send(new TagResourceCommand({ ResourceARN, Tags }));
    expect((await refusal(call)).name).toBe('TooManyTagsException');
    expect(await tags(bench, ResourceARN)).toEqual({ team: 'shop' });
  });

  it.each([
    ['a reserved key', { 'aws:team': 'shop' }],
    ['an empty key', { '': 'shop' }],
    ['a value of 257 letters', { team: 's'.repeat(257) }],
  ])('refuse %s', async (_title, Tags) => {
    const { bench, ResourceARN } = await openTagged();
    const call = bench.scaling.send(new TagResourceCommand({ ResourceARN, Tags }));
    expect((await refusal(call)).name).toBe('ValidationException');
  });

  it('are of targets only, and of those that exist', async () => {
    const { bench, ResourceARN } = await openTagged();
    expect((await refusal(tags(bench, `${ResourceARN}0`))).name).toBe('ResourceNotFoundException');
    const policy = 'arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:x';
    expect((await refusal(tags(bench, policy))).name).toBe('ValidationException');
  });
});
