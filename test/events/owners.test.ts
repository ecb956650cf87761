import { describe, expect, it } from 'vitest';
import { POSSIBLE_APPS_MAX, possibleApps, rememberOwners } from '../../src/events/owners.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';

describe('the apps a service may belong to', () => {
  it.each([
    ['shop-web', ['shop']],
    ['shop-api-web', ['shop', 'shop-api']],
    ['web', []],
    ['-web', []],
    ['shop-pr12-web', ['shop', 'shop-pr12', 'shop:12']],
  ])('by the name %s', (service, apps) => {
    expect(possibleApps(service, true)).toEqual(apps);
  });

  it('are no review apps while those are not worked on', () => {
    expect(possibleApps('shop-pr12-web', false)).toEqual(['shop', 'shop-pr12']);
  });

  it('are the longest names when there are too many', () => {
    const apps = possibleApps('a-b-c-d-e-f-g-h-i-j-k-web', false);
    expect(apps).toHaveLength(POSSIBLE_APPS_MAX);
    expect(apps.at(-1)).toBe('a-b-c-d-e-f-g-h-i-j-k');
  });
});

describe('remembering owners', () => {
  it('asks again after a minute', async () => {
    const clock = new VirtualClock();
    const asked: string[] = [];
    const owners = rememberOwners(async (cluster, service) => {
      asked.push(`${cluster}/${service}`);
      return ['shop'];
    }, clock);
    await owners('main', 'shop-web');
    await clock.advance(59_000);
    expect(await owners('main', 'shop-web')).toEqual(['shop']);
    await owners('other', 'shop-web');
    expect(asked).toEqual(['main/shop-web', 'other/shop-web']);
    await clock.advance(1000);
    await owners('main', 'shop-web');
    expect(asked).toHaveLength(3);
  });

  it('does not remember that it could not ask', async () => {
    let broken = true;
    const owners = rememberOwners(async () => {
      if (broken) throw new Error('no answer');
      return ['shop'];
    }, new VirtualClock());
    await expect(owners('main', 'shop-web')).rejects.toThrow('no answer');
    broken = false;
    expect(await owners('main', 'shop-web')).toEqual(['shop']);
  });

  it('keeps a bounded number of answers', async () => {
    let asked = 0;
    const owners = rememberOwners(async () => {
      asked += 1;
      return [];
    }, new VirtualClock());
    for (let index = 0; index <= 5000; index += 1) await owners('main', `s${index}`);
    await owners('main', 's5000');
    expect(asked).toBe(5001);
    await owners('main', 's0');
    expect(asked).toBe(5002);
  });
});
