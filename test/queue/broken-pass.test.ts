import { describe, expect, it } from 'vitest';
import type { Postponed } from '../../src/queue/listener.ts';
import { LeaseLostError, StatusConflictError } from '../../src/reconcile/errors.ts';
import { appKey, openQueues, type Pass, recordPasses, someEvent, startWorker, stopAll } from './kit.ts';

describe('passes that do not end well', () => {
  it('come back after a growing while, and end in the dead-letter queue without holding up other keys', async () => {
    const bench = await openQueues();
    const triedAt: number[] = [];
    const passes: Pass[] = [];
    const record = recordPasses(bench, passes);
    const failures: unknown[] = [];
    const worker = startWorker(bench, {
      handle: async (work, lease) => {
        if (work.key.name !== 'poison') return record(work, lease);
        triedAt.push(bench.clock.now());
        throw new Error('broken');
      },
      listener: { failure: ({ error }) => failures.push(error) },
    });
    await bench.work.add(appKey('poison'), someEvent(1));
    for (const id of [1, 2, 3, 4, 5]) {
      await bench.work.add(appKey('shop'), someEvent(id));
      await bench.clock.advance(5000);
    }
    expect(passes).toHaveLength(5);
    expect(passes.every((pass) => pass.endedAt - pass.work.beganAt < 1000)).toBe(true);
    await bench.clock.advance(900_000);
    const waits = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0));
    expect(triedAt).toHaveLength(10);
    expect(waits[0]).toBeLessThanOrEqual(5000);
    expect(waits.every((wait, index) => wait >= (waits[index - 1] ?? 0) && wait <= 60_000)).toBe(true);
    expect(bench.bodies('work-dead.fifo')).toHaveLength(1);
    expect(failures).toHaveLength(10);
    await stopAll(bench, worker);
  });

  it('come back soon when somebody else wrote the status', async () => {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const postponed: Postponed[] = [];
    let conflicts = 0;
    const worker = startWorker(bench, {
      handle: async (work, lease) => {
        if (conflicts++ === 0) throw new StatusConflictError('revision 4 is not 3');
        return recordPasses(bench, passes)(work, lease);
      },
      listener: { postponed: (_key, why) => postponed.push(why) },
    });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(2000);
    expect(passes).toHaveLength(1);
    expect(postponed).toEqual(['conflict']);
    await stopAll(bench, worker);
  });

  it('do not count as having seen a change when they only dropped an old wake', async () => {
    const bench = await openQueues();
    await bench.work.add(appKey('shop'), { id: 'wake:old' });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(10_000);
    const passes: Pass[] = [];
    const handle = recordPasses(bench, passes, { outcome: 'dropped' });
    const worker = startWorker(bench, { concurrency: 1, handle });
    await bench.clock.advance(1000);
    expect(passes.map((pass) => pass.work.causes)).toEqual([[{ id: 'wake:old' }], [someEvent(1)]]);
    await stopAll(bench, worker);
  });

  it('leave the messages alone when they lost their lease', async () => {
    const bench = await openQueues();
    const postponed: Postponed[] = [];
    const passes: Pass[] = [];
    let lost = 0;
    const worker = startWorker(bench, {
      handle: async (work, lease) => {
        lost += 1;
        if (lost === 1) throw new LeaseLostError('a write');
        return recordPasses(bench, passes)(work, lease);
      },
      listener: { postponed: (_key, why) => postponed.push(why) },
    });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(29_000);
    expect([passes.length, postponed.length]).toEqual([0, 0]);
    await bench.clock.advance(5000);
    expect(passes).toHaveLength(1);
    await stopAll(bench, worker);
  });
});
