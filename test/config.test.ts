import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, SETTINGS } from '../src/config.ts';

describe('configuration', () => {
  it('needs nothing', () => {
    expect(readConfig({})).toMatchObject({
      prefix: '/apppack',
      installation: '/apppack',
      sweepSeconds: 300,
      port: 8080,
    });
  });

  it('takes the environment, and flags over it', () => {
    const config = readConfig({ TRIMTAB_SWEEP_SECONDS: '60', TRIMTAB_TABLE: 'one' }, { table: 'two' });
    expect(config).toMatchObject({ sweepSeconds: 60, table: 'two' });
  });

  it('marks with the prefix unless told otherwise', () => {
    expect(readConfig({ TRIMTAB_PREFIX: '/mine' }).installation).toBe('/mine');
    expect(readConfig({ TRIMTAB_PREFIX: '/mine', TRIMTAB_INSTALLATION: 'prod' }).installation).toBe('prod');
  });

  it.each([
    [{ TRIMTAB_SWEEP_SECONDS: '900' }, /--sweep-seconds \(TRIMTAB_SWEEP_SECONDS\) is "900"/],
    [{ TRIMTAB_WORK_QUEUE: 'work' }, /--work-queue .* ends in \.fifo/],
    [{ TRIMTAB_MODE: 'dance' }, /--mode \(TRIMTAB_MODE\) is "dance"/],
    [{ TRIMTAB_PREFIX: 'apppack/' }, /--prefix .* like \/apppack/],
    [{ TRIMTAB_USER_PATH: '/apppack/apps/shop/users' }, /--user-path .* with one \*/],
    [{ TRIMTAB_USER_PATH: '/apppack/*/*' }, /--user-path/],
    [{ TRIMTAB_USER_ROLE_TEMPLATE: 'arn:aws:iam::{account}:role/{name}' }, /--user-role-template/],
    [{ TRIMTAB_OIDC_ISSUER: 'https://login.example.com/' }, /belong together: set all or none/],
    [{ TRIMTAB_OIDC_JWKS_URI: 'http://login.example.com/jwks' }, /--oidc-jwks-uri .* an https URL/],
    [{ TRIMTAB_QUIET_SECONDS: '30', TRIMTAB_QUIET_MAX_SECONDS: '20' }, /quiet-max-seconds is 20/],
  ])('says what is wrong with %j', (environment, message) => {
    expect(() => readConfig(environment)).toThrow(ConfigError);
    expect(() => readConfig(environment)).toThrow(message);
  });

  it('puts lists of people below the prefix unless told otherwise', () => {
    expect(
      readConfig({ TRIMTAB_PREFIX: '/mine', TRIMTAB_ADMINISTRATOR_PATH: '/company/admins' }),
    ).toMatchObject({
      userPath: '/mine/apps/*/users',
      pipelineUserPath: '/mine/pipelines/*/users',
      administratorPath: '/company/admins',
    });
  });

  it('can be changed by nobody', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });

  it('explains every setting', () => {
    for (const setting of SETTINGS) expect(setting.help, setting.flag).not.toBe('');
  });
});
