import { describe, expect, it } from 'vitest';
import { familyWishes } from '../../../src/controllers/app/releases/wishes.ts';
import type { ServiceFacts } from '../../../src/controllers/app/services/observed.ts';
import { found, type Reading, unreadable } from '../../../src/reconcile/reading.ts';
import { type ReleaseSpec, releaseItem, releaseKey } from '../../../src/store/releases.ts';
import type { Item } from '../../../src/store/table.ts';
import { ACCOUNT, DENIED, type FactsOptions, REGION, someFacts, someService } from './builders.ts';
import { plan } from './planning.ts';

const place = { account: ACCOUNT, region: REGION };

const spec: ReleaseSpec = {
  sequence: 1,
  source: 'build:shop:1',
  image: 'example.com/shop:2',
  buildSystem: 'dockerfile',
  processes: [
    { process: 'web', command: './bin/web' },
    { process: 'worker', command: './bin/worker' },
  ],
  buildNumber: 2,
};

function releasing(current = spec): Pick<FactsOptions, 'releaseRecord'> {
  const record = releaseItem(releaseKey(place, 'shop'), { revision: 1, current }, '/apppack/apps/shop');
  return { releaseRecord: found(record) };
}

function digestOfShell(options: FactsOptions, current = spec): string | undefined {
  const { desired, names, services } = someFacts({ ...options, ...releasing(current) });
  const wishes = familyWishes({ desired, names, services, place });
  return 'problem' in wishes ? undefined : wishes.find(({ type }) => type === 'shell')?.digest;
}

const stackSays = (value: object) => found({ primary_id: 'APP#shop', secondary_id: 'CONFIG#ecs', value });

describe('task families of a release', () => {
  const [web, worker] = [someService('web'), someService('worker')];

  it('are not made anew when another service comes to show how tasks are made', () => {
    const digest = digestOfShell({ services: [worker] });
    expect(digest).toBeDefined();
    expect(digestOfShell({ services: [worker, web] })).toBe(digest);
    expect(digestOfShell({ services: [web] })).toBe(digest);
  });

  it('are made anew for another image, and when the stack says how tasks are made', () => {
    const digest = digestOfShell({ services: [web] });
    expect(digestOfShell({ services: [web] }, { ...spec, image: 'example.com/shop:3' })).not.toBe(digest);
    const value = {
      run_task_args: { launchType: 'FARGATE' },
      task_definition_args: { networkMode: 'awsvpc' },
    };
    const ecsConfig = stackSays(value);
    expect(digestOfShell({ services: [web], ecsConfig })).not.toBe(digest);
  });

  it.each<[string, Reading<Item>, object]>([
    ['cannot be read', unreadable(DENIED), { type: 'Readable', reason: DENIED.code }],
    ['makes no sense', stackSays({ task_definition_args: {} }), { type: 'Valid', reason: 'MalformedItem' }],
  ])('are not made of services instead while what the stack says of them %s', (_what, ecsConfig, told) => {
    const options = { documents: { scaling: {} }, services: [web], ...releasing() };
    const made = (changes: FactsOptions) =>
      plan({ ...options, ...changes }).actions.filter(({ type }) =>
        /^(registerFamily|createService|putDeployStatus)$/.test(type),
      );
    expect(made({})).not.toEqual([]);
    expect(made({ ecsConfig })).toEqual([]);
    expect(plan({ ...options, ecsConfig }).conditions).toContainEqual(
      expect.objectContaining({ ...told, status: 'False', resource: 'CONFIG#ecs of shop' }),
    );
  });

  it.each<[string, FactsOptions]>([
    ['the stack', { settingsItem: unreadable(DENIED) }],
    ['a parameter that makes no sense', { documents: { settings: { log_group: 7 } } }],
  ])('are not made without the log group that %s may say', (_where, changes) => {
    expect(digestOfShell({ services: [web] })).toBeDefined();
    expect(digestOfShell({ services: [web], ...changes })).toBeUndefined();
  });

  it('are made of no other service while web cannot be read, unless the stack says how', () => {
    const unread: readonly ServiceFacts[] = [{ ...web, reading: unreadable(DENIED) }, worker];
    expect(digestOfShell({ services: unread })).toBeUndefined();
    const value = {
      run_task_args: { launchType: 'FARGATE' },
      task_definition_args: { networkMode: 'awsvpc' },
    };
    expect(digestOfShell({ services: unread, ecsConfig: stackSays(value) })).toBeDefined();
  });

  it('are looked at while services come up, and no sooner than what cannot be read is tried again', () => {
    const value = {
      run_task_args: { launchType: 'FARGATE' },
      task_definition_args: { networkMode: 'awsvpc' },
    };
    const ecsConfig = stackSays(value);
    const digest = digestOfShell({ services: [web], ecsConfig }) ?? '';
    const families = [{ type: 'shell', digest, arn: 'arn:shell' }];
    const memory = { named: {}, resources: { releases: { families } } };
    const lookAt = (services: readonly ServiceFacts[]) => {
      const options = { documents: { scaling: {} }, ecsConfig, ...releasing() };
      return plan({ ...options, services }, { memory }).wakeAt;
    };
    expect(lookAt([web, worker])).toBeDefined();
    expect(lookAt([web, { ...worker, reading: unreadable(DENIED) }])).toBeUndefined();
  });
});
