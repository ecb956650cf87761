import { describe, expect, it } from 'vitest';
import { found, unreadable } from '../../../src/reconcile/reading.ts';
import { DENIED, someDesired, someParameter, THROTTLED } from './builders.ts';

describe('reading settings', () => {
  const settingsOf = (settings: unknown) => someDesired({ documents: { settings } }).settings;

  it('reads every member', () => {
    const network = { subnets: ['subnet-1'], securityGroups: ['sg-1'], assignPublicIp: 'ENABLED' };
    const { value, conditions, unknown } = settingsOf({
      cluster: 'production',
      events_role_arn: 'arn:aws:iam::123456789012:role/events',
      cpu_target: 60,
      network,
      log_group: '/apppack/shop',
      deletion_policy: 'delete',
    });
    expect(value).toEqual({
      cluster: 'production',
      eventsRoleArn: 'arn:aws:iam::123456789012:role/events',
      cpuTarget: 60,
      network,
      logGroup: '/apppack/shop',
      deletionPolicy: 'delete',
    });
    expect({ conditions, unknown }).toEqual({ conditions: [], unknown: [] });
  });

  it('lets one bad member spoil no other', () => {
    const { value, unknown, conditions } = settingsOf({
      cluster: 'production',
      deletion_policy: 'Delete',
      cpu_target: '60',
    });
    expect(value).toEqual({ cluster: 'production' });
    expect(unknown).toEqual(['cpuTarget', 'deletionPolicy']);
    expect(conditions).toMatchObject([
      { reason: 'InvalidSetting', path: 'cpu_target' },
      { reason: 'InvalidSetting', path: 'deletion_policy' },
    ]);
    expect(conditions[1]?.message).toContain('Allowed: "retain" or "delete"');
  });

  it("puts the stack's item over the parameter", () => {
    const { settings } = someDesired({
      documents: { settings: { cluster: 'mine', cpu_target: 70 } },
      settingsItem: found({
        value: { cluster: { arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/theirs' } },
      }),
    });
    expect(settings.value).toEqual({
      cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/theirs',
      cpuTarget: 70,
    });
  });

  it('does not know the cluster while the item that may say it cannot be read', () => {
    const { settings } = someDesired({
      documents: { settings: { cluster: 'mine' } },
      settingsItem: unreadable(THROTTLED),
    });
    expect(settings.unknown).toContain('cluster');
    expect(settings.conditions).toMatchObject([{ type: 'Readable', reason: 'ThrottlingException' }]);
  });

  it('knows what the item says although the parameter is malformed', () => {
    const { settings } = someDesired({
      documents: { settings: '{"cluster":' },
      settingsItem: found({ value: { cluster: { name: 'theirs' } } }),
    });
    expect(settings.unknown).not.toContain('cluster');
    expect(settings.unknown).toContain('deletionPolicy');
    expect(settings.conditions).toMatchObject([{ reason: 'NotJson' }]);
  });
});

describe('reading release', () => {
  const releaseOf = (release: unknown) => someDesired({ documents: { release } }).release;
  const good = { image: 'repo:1', processes: { web: { command: './web' } }, release_command: './migrate' };

  it('reads image, processes and release command', () => {
    expect(releaseOf(good)).toMatchObject({
      state: 'found',
      named: ['web'],
      release: {
        image: 'repo:1',
        processes: [{ process: 'web', command: './web' }],
        releaseCommand: './migrate',
      },
    });
  });

  it.each([
    ['no image', { ...good, image: undefined }, 'image'],
    ['no processes', { ...good, processes: undefined }, 'processes'],
    ['a process without a command', { ...good, processes: { web: {} } }, 'processes.web.command'],
    ['a process that is a task', { ...good, processes: { release: { command: 'x' } } }, 'processes.release'],
    ['a process that is reserved', { ...good, processes: { shell: { command: 'x' } } }, 'processes.shell'],
    [
      'a command that is a list',
      { ...good, processes: { web: { command: ['x'] } } },
      'processes.web.command',
    ],
  ])('refuses as a whole one with %s', (_name, release, path) => {
    expect(releaseOf(release)).toMatchObject({
      state: 'broken',
      named: [],
      conditions: [
        { type: 'Valid', reason: 'InvalidRelease', path, parameter: '/apppack/apps/shop/release' },
      ],
    });
    expect(releaseOf(release)).not.toHaveProperty('release');
  });

  it('is not led astray by keys that JavaScript knows', () => {
    expect(releaseOf('{"image":"a","processes":{"constructor":{"command":"x"}}}').named).toEqual([
      'constructor',
    ]);
    expect(releaseOf('{"image":"a","processes":{"__proto__":{"command":"x"}}}').state).toBe('broken');
  });
});

describe('reading paused', () => {
  const pausedOf = (paused: unknown) => someDesired({ documents: { paused } }).paused;

  it('takes any text but false for the reason', () => {
    expect(pausedOf('incident 12')).toEqual({ state: 'yes', reason: 'incident 12' });
    expect(pausedOf(' False ')).toEqual({ state: 'no' });
    expect(pausedOf(undefined)).toEqual({ state: 'no' });
  });

  it('takes a SecureString, whose text nobody reads, for paused', () => {
    const paused = someParameter('/apppack/apps/shop/paused', '', { type: 'SecureString' });
    expect(pausedOf(paused)).toEqual({ state: 'yes', reason: 'no reason given' });
  });

  it('does not know while it cannot be read', () => {
    const desired = someDesired({ documents: { paused: unreadable(DENIED) } });
    expect(desired.paused).toEqual({ state: 'unknown' });
    expect(desired.conditions).toMatchObject([{ type: 'Readable', reason: 'AccessDeniedException' }]);
  });
});

describe('reading the deployment record', () => {
  it('takes services from it and leaves tasks', () => {
    const processes = [{ name: 'web' }, { name: 'release' }, { name: 'shell' }, { name: 'worker' }];
    expect(someDesired({ deployStatus: found({ value: { processes } }) }).deployStatus.named).toEqual([
      'web',
      'worker',
    ]);
  });

  it('tells a malformed one from an absent one', () => {
    expect(someDesired({ deployStatus: found({ value: { processes: 5 } }) }).deployStatus).toMatchObject({
      state: 'broken',
      conditions: [{ type: 'Valid', reason: 'MalformedItem' }],
    });
    expect(someDesired().deployStatus).toMatchObject({ state: 'absent', conditions: [] });
  });
});

describe('whether anything of an app is there', () => {
  it('is absent only when everything was read and nothing found', () => {
    expect(someDesired().absent).toBe(true);
    expect(someDesired({ config: ['A'] }).absent).toBe(false);
    expect(someDesired({ config: DENIED }).absent).toBe(false);
    expect(someDesired({ documents: { scheduledTasks: unreadable(THROTTLED) } }).absent).toBe(false);
    expect(someDesired({ documents: { paused: 'x' } }).absent).toBe(false);
    expect(someDesired({ deployStatus: unreadable(THROTTLED) }).absent).toBe(false);
  });

  it("does not count a review app's pipeline", () => {
    const documents = { pipelineScaling: { web: {} } };
    expect(someDesired({ app: 'shop:7', documents, settingsItem: found({ value: {} }) }).absent).toBe(true);
  });

  it('tells the versions of everything it read, config variables with it', () => {
    const { parameters } = someDesired({ documents: { scaling: {} }, config: ['A'] });
    expect(Object.keys(parameters).sort()).toEqual([
      '/apppack/apps/shop/config/A',
      '/apppack/apps/shop/scaling',
    ]);
  });
});
