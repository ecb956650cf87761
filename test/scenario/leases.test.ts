import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HeldLease } from '../../src/queue/lease.ts';
import { FAIR_WEATHER } from '../../src/simulator/faults.ts';
import type { LoggedCall } from '../../src/simulator/region.ts';
import { openStage, type Stage } from './stage.ts';
import { type ProcessScaling, scaled, worldOf } from './worlds.ts';

const TWO = { min_processes: 2, max_processes: 2 };
const TWO_BIGGER = { cpu: 1024, memory: 2048, ...TWO };

let stage: Stage | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await stage?.stop();
  stage = undefined;
});

/** Longer than the visibility timeout of the work queue, which is 30 s. */
const PAUSE_MS = 45_000;

/**
 * Two controllers on one queue. The one that gets the change is frozen before its first write, for longer than its
 * messages stay hidden: whatever it sends hangs.
 */
async function freezeOne(wanted: ProcessScaling): Promise<{ on: Stage; frozen: string; changedAt: number }> {
  const on = await openStage({ sections: worldOf({ shop: {} }), switches: { weather: FAIR_WEATHER } });
  stage = on;
  await on.start('first');
  await on.start('second');
  await on.clock.advance(60_000);
  const changedAt = on.clock.now();
  let frozen = '';
  const freeze = (client: string) => ({
    kind: 'slow' as const,
    client,
    delayMs: PAUSE_MS,
    when: () => {
      if (frozen === '') return false;
      return frozen === client && on.clock.now() < changedAt + PAUSE_MS;
    },
  });
  on.simulator.switches.faults.push(
    {
      // Whoever reads the changed parameter first is the one that freezes.
      kind: 'slow',
      service: 'ssm',
      operation: 'GetParameters',
      delayMs: PAUSE_MS,
      times: 1,
      when: () => {
        if (on.clock.now() <= changedAt) return false;
        return true;
      },
    },
    freeze('first'),
    freeze('second'),
  );
  await on.person.ssm.send(
    new PutParameterCommand({
      Name: '/apppack/apps/shop/scaling',
      Value: JSON.stringify({ web: scaled(wanted) }),
      Type: 'String',
      Overwrite: true,
    }),
  );
  await on.clock.waitFor('somebody works on the change', () => {
    const taken = on.simulator.calls.findLast(
      (call) => call.operation === 'GetParameters' && call.fault === 'slow',
    );
    const reading = on.simulator.calls.findLast(
      (call) =>
        call.at > changedAt &&
        call.service === 'dynamodb' &&
        call.operation === 'GetItem' &&
        call.client !== 'person',
    );
    frozen = taken?.client ?? reading?.client ?? '';
    return frozen !== '';
  });
  return { on, frozen, changedAt };
}

function writesOf(on: Stage, client: string, since: number): LoggedCall[] {
  return on.writes(since).filter((call) => call.client === client);
}

describe('two controllers on one queue', () => {
  it('let a frozen one write nothing after its lease, and the other do the work once', async () => {
    const { on, frozen, changedAt } = await freezeOne(TWO_BIGGER);
    await on.clock.advance(300_000);
    expect(writesOf(on, frozen, changedAt)).toEqual([]);
    const registered = on.writes(changedAt).filter((call) => call.operation === 'RegisterTaskDefinition');
    expect(registered).toHaveLength(1);
    expect(registered[0]?.client).not.toBe(frozen);
    const { services } = await on.person.ecs.send(
      new DescribeServicesCommand({ cluster: 'main', services: ['shop-web'] }),
    );
    expect(services?.[0]).toMatchObject({ desiredCount: 2 });
    expect(services?.[0]?.taskDefinition).toMatch(/shop-web:2$/);
  });

  it('would not without the lease check: the frozen one writes when it thaws', async () => {
    vi.spyOn(HeldLease.prototype, 'check').mockImplementation(() => {});
    const { on, frozen, changedAt } = await freezeOne(TWO);
    await on.clock.advance(300_000);
    expect(writesOf(on, frozen, changedAt)).not.toEqual([]);
  });
});

describe('stopping', () => {
  it('ends what runs, deletes nothing before its effect, and leaves the rest to the others', async () => {
    const on = await openStage({ sections: worldOf({ shop: {} }), switches: { weather: FAIR_WEATHER } });
    stage = on;
    const actor = await on.start('first');
    await on.clock.advance(60_000);
    on.simulator.switches.faults.push({
      kind: 'slow',
      service: 'ecs',
      operation: 'UpdateService',
      delayMs: 8_000,
      times: 1,
    });
    const changedAt = on.clock.now();
    await on.person.ssm.send(
      new PutParameterCommand({
        Name: '/apppack/apps/shop/scaling',
        Value: JSON.stringify({ web: scaled({ min_processes: 4, max_processes: 4 }) }),
        Type: 'String',
        Overwrite: true,
      }),
    );
    await on.clock.advance(2_000);
    const stopping = actor.trimtab.stop();
    await on.clock.advance(30_000);
    await expect(stopping).resolves.toBe(true);
    const calls = on.simulator.calls.filter((call) => call.at >= changedAt && call.client === 'first');
    const update = calls.find((call) => call.operation === 'UpdateService');
    const removed = calls.find(
      (call) => call.operation === 'DeleteMessageBatch' && String(call.input.QueueUrl).endsWith('work.fifo'),
    );
    expect(update?.code).toBe('OK');
    expect(removed?.at ?? 0).toBeGreaterThanOrEqual(update?.endedAt ?? Number.POSITIVE_INFINITY);
    expect(calls.filter((call) => call.at > changedAt + 30_000)).toEqual([]);
  });
});
