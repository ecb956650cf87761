import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { accessName, accessPaths, appsOfParameter, releaseOwner } from '../../src/events/parameters.ts';

const reviewAppsOf = async (pipeline: string) => (pipeline === 'shop' ? ['7', '12'] : []);

describe('the apps a parameter concerns', () => {
  it.each([
    ['/apppack/apps/shop/scaling', ['shop']],
    ['/apppack/apps/shop/config/DATABASE_URL', ['shop']],
    ['/apppack/pipelines/shop/review-apps/pr/3', ['shop:3']],
    ['/apppack/pipelines/shop/review-apps/pr/3/config/A', ['shop:3']],
    ['/apppack/pipelines/shop/scaling', ['shop:7', 'shop:12']],
    ['/apppack/pipelines/shop/config/A', ['shop:7', 'shop:12']],
    ['/apppack/pipelines/blog/config/A', []],
    ['/apppack/apps/shop', undefined],
    ['/apppack/apps//scaling', undefined],
    ['/apppack/redis/main/auth-token', undefined],
    ['/apppackish/apps/shop/scaling', undefined],
    ['flat', undefined],
  ])('%s', async (parameter, apps) => {
    expect(await appsOfParameter(parameter, { prefix: '/apppack', reviewAppsOf })).toEqual(apps);
  });

  it("are none for a pipeline's while review apps are not worked on", async () => {
    const options = { prefix: '/apppack' };
    expect(await appsOfParameter('/apppack/pipelines/shop/scaling', options)).toEqual([]);
  });
});

describe('lists of users', () => {
  it.each([
    ['/apppack/apps/shop/users', 'shop'],
    ['/apppack/pipelines/shop/users', 'shop'],
    ['/apppack/account/administrators', 'account:administrators'],
    ['/apppack/apps/shop/config/users', undefined],
    ['/apppack/apps//users', undefined],
    ['/apppack/apps/users', undefined],
  ])('%s', (parameter, name) => {
    expect(accessName(parameter, accessPaths(readConfig({})))).toBe(name);
  });
});

describe('what asks for a release, or holds it back', () => {
  it.each([
    ['/apppack/apps/shop/release', 'shop'],
    ['/apppack/apps/shop/paused', 'shop'],
    ['/apppack/apps/shop/scaling', undefined],
    ['/apppack/apps/shop/config/release', undefined],
    ['/apppack/pipelines/shop/review-apps/pr/7', 'shop:7'],
    ['/apppack/pipelines/shop/review-apps/pr/7/scaling', undefined],
    ['/apppack/pipelines/shop/review-apps/pr/x', undefined],
    ['/other/apps/shop/release', undefined],
  ])('%s', (parameter, name) => {
    expect(releaseOwner(parameter, '/apppack')).toBe(name);
  });
});
