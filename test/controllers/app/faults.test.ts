import { DeleteParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/simulator/faults.ts';
import type { SsmService } from '../../../src/simulator/services/ssm/index.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../../src/simulator/transport.ts';

import { LARGER, operations, reasons, SCALING, settle, shop } from './shop.ts';

describe('what cannot be read', () => {
  const denied = {
    action: 'ssm:GetParameters',
    resource: `arn:aws:ssm:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:parameter${SCALING}`,
    client: 'controller',
  };

  it('keeps everything as it is while scaling is denied, and goes on when it is allowed', async () => {
    const scene = await shop({ switches: { denials: [denied] } });
    const report = await scene.pass();
    expect(report.outcome).toBe('failed');
    expect(report.conditions).toMatchObject([
      { type: 'Readable', status: 'False', reason: 'AccessDeniedException', parameter: SCALING },
    ]);
    expect(scene.writes()).toEqual([]);
    scene.simulator.switches.denials.length = 0;
    expect(await scene.wake()).toMatchObject({ outcome: 'applied', conditions: [] });
  });

  it('keeps a claim while scaling is cut in half', async () => {
    const scene = await shop();
    await scene.pass();
    await settle(scene);
    await scene.put(SCALING, '{"web":{"cpu":512,"mem');
    const since = scene.simulator.calls.length;
    expect(reasons(await scene.pass())).toEqual(['NotJson']);
    expect(operations(scene, since)).toEqual([]);
    await scene.put(SCALING, { web: { ...LARGER, min_processes: 3, max_processes: 3 } });
    await scene.pass();
    expect(operations(scene, since)).toEqual(['UpdateService']);
  });

  it('does not take an empty page with a token for the end of the config', async () => {
    const settings = { cluster: 'main', deletion_policy: 'delete' };
    const scene = await shop({
      parameters: {
        [SCALING]: { json: { web: LARGER } },
        '/apppack/apps/shop/settings': { json: settings },
        '/apppack/apps/shop/config/A': { type: 'SecureString', value: 'x' },
      },
    });
    await scene.pass();
    await settle(scene);
    for (const name of [SCALING, '/apppack/apps/shop/settings']) {
      await scene.person.ssm.send(new DeleteParameterCommand({ Name: name }));
    }
    const ssm = scene.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('ssm');
    // The region hands out all services as one type; this one is Parameter Store.
    (ssm as SsmService).forceEmptyPages(2);
    const since = scene.simulator.calls.length;
    const report = await scene.pass();
    expect(report.differences).toEqual([]);
    expect(operations(scene, since)).toEqual([]);
  });
});

describe('writes that go wrong', () => {
  const failing = (fault: Fault) => shop({ switches: { faults: [fault] } });

  it('registers no second revision when the update after the registration fails', async () => {
    const scene = await failing({ kind: 'denied', operation: 'UpdateService', times: 3 });
    const first = await scene.pass();
    expect(first).toMatchObject({ outcome: 'failed' });
    expect(first.conditions).toMatchObject([
      { type: 'Applied', status: 'False', resource: 'service shop-web' },
    ]);
    await settle(scene);
    expect(operations(scene).filter((name) => name === 'RegisterTaskDefinition')).toHaveLength(1);
    expect((await scene.service('shop-web')).taskDefinition).toMatch(/shop-web:2$/);
    expect((await scene.definition('shop-web')).revision).toBe(2);
  });

  it('registers exactly one revision when the answer to the registration is lost', async () => {
    const scene = await failing({ kind: 'lostResponse', operation: 'RegisterTaskDefinition', times: 1 });
    expect(await scene.pass()).toMatchObject({ outcome: 'failed' });
    await settle(scene);
    expect((await scene.definition('shop-web')).revision).toBe(2);
    expect(await scene.service('shop-web')).toMatchObject({ desiredCount: 2 });
    expect((await scene.service('shop-web')).taskDefinition).toMatch(/shop-web:2$/);
    expect(await scene.pass()).toMatchObject({ outcome: 'unchanged', synced: true });
  });

  it.each<Fault>([
    { kind: 'denied', operation: 'UpdateService', times: 4 },
    { kind: 'lostResponse', operation: 'RegisterTaskDefinition', times: 1 },
    { kind: 'error', operation: 'RegisterTaskDefinition', times: 2 },
  ])(
    'registers exactly one revision although reads lag and passes come one upon the other: %o',
    async (fault) => {
      const weather = { staleReadsMs: 3000, duplicateEvents: 0, lostEvents: 0, eventDelayMs: 0 };
      const scene = await shop({ switches: { weather, faults: [fault] } });
      for (let turn = 0; turn < 12; turn += 1) {
        await scene.pass();
        await scene.clock.advance(600);
      }
      await settle(scene);
      expect((await scene.definition('shop-web')).revision).toBe(2);
      expect((await scene.service('shop-web')).taskDefinition).toMatch(/shop-web:2$/);
      expect(await scene.pass()).toMatchObject({ outcome: 'unchanged', synced: true });
    },
  );

  it('registers again when the registration never reached ECS', async () => {
    const scene = await failing({ kind: 'reset', operation: 'RegisterTaskDefinition', times: 1 });
    await scene.pass();
    await settle(scene);
    expect((await scene.definition('shop-web')).revision).toBe(2);
    expect(await scene.pass()).toMatchObject({ outcome: 'unchanged', synced: true });
  });

  it('keeps the count as desired although no revision can be registered', async () => {
    const scene = await failing({ kind: 'denied', operation: 'RegisterTaskDefinition', times: 50 });
    await scene.pass();
    await scene.wake();
    expect(await scene.service('shop-web')).toMatchObject({ desiredCount: 2 });
    expect((await scene.service('shop-web')).taskDefinition).toMatch(/shop-web:1$/);
  });
});
