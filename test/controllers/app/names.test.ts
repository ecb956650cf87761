import { describe, expect, it } from 'vitest';
import { namesOf, processProblem, rivalCuts } from '../../../src/controllers/app/names.ts';
import { NAMING, someNames } from './builders.ts';

describe('the names of an app', () => {
  it('finds the parameters, items and mark of an app', () => {
    expect(someNames('shop')).toMatchObject({
      documents: { scaling: '/apppack/apps/shop/scaling', paused: '/apppack/apps/shop/paused' },
      configPaths: ['/apppack/apps/shop/config'],
      items: { deployStatus: { partition: 'APP#shop', sort: 'DEPLOYSTATUS' } },
      servicePrefix: 'shop-',
      owner: '/apppack/apps/shop',
    });
  });

  it('finds what a review app shares with its pipeline, the pipeline first', () => {
    expect(someNames('shop:7')).toMatchObject({
      documents: {
        scaling: '/apppack/pipelines/shop/review-apps/pr/7/scaling',
        pipelineScaling: '/apppack/pipelines/shop/scaling',
        reviewApp: '/apppack/pipelines/shop/review-apps/pr/7',
      },
      configPaths: ['/apppack/pipelines/shop/config', '/apppack/pipelines/shop/review-apps/pr/7/config'],
      items: {
        settings: { partition: 'APP#shop', sort: 'settings' },
        deployStatus: { partition: 'APP#shop', sort: 'DEPLOYSTATUS#7' },
      },
      servicePrefix: 'shop-pr7-',
      owner: '/apppack/apps/shop:7',
    });
  });

  it.each(['a'.repeat(300), '', 'shop/web', 'shop:x', '-shop', 'sh op', '../shop', 'shop:7:8', '__proto__'])(
    'refuses the name %s before anything is asked under it',
    (app) => {
      expect(namesOf(app, NAMING)).toHaveProperty('invalid');
    },
  );

  it.each(['shell', 'dbutils', 'dbshell', 'postdeploy', '__proto__', 'a b', '', 'web/1', 'a'.repeat(260)])(
    'refuses the process %s, which can be no service',
    (process) => {
      expect(processProblem(process, someNames())).toEqual(expect.any(String));
    },
  );

  it('reads the name of a service in every other way it could be meant', () => {
    expect(rivalCuts('shop-api-web', 'shop')).toEqual([{ app: 'shop-api', process: 'web' }]);
    expect(rivalCuts('shop-api-web', 'shop-api')).toEqual([{ app: 'shop', process: 'api-web' }]);
    expect(rivalCuts('shop-pr7-web', 'shop-pr7')).toEqual([
      { app: 'shop', process: 'pr7-web' },
      { app: 'shop:7', process: 'web' },
    ]);
    expect(rivalCuts('shop-web', 'shop')).toEqual([]);
  });

  it('does not ask more apps than a handful', () => {
    expect(rivalCuts(Array.from({ length: 30 }, () => 'a').join('-'), 'a')).toBeUndefined();
  });
});
