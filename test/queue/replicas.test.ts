import { describe, expect, it } from 'vitest';
import type { Postponed } from '../../src/queue/listener.ts';
import { sleep } from '../../src/reconcile/ports.ts';
import { appKey, openQueues, type Pass, recordPasses, someEvent, startWorker, stopAll } from './kit.ts';

describe('two workers on one queue', () => {
  it('never have the same key at the same time', async () => {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const workers = ['a', 'b'].map((worker) =>
      startWorker(bench, {
        label: worker,
        concurrency: 3,
        handle: recordPasses(bench, passes, { worker, tookMs: 700 }),
      }),
    );
    for (let id = 0; id < 60; id += 1) {
      await bench.work.add(appKey(`app${id % 7}`), someEvent(id));
      await bench.clock.advance(150);
    }
    await bench.clock.advance(60_000);
    expect(new Set(passes.map((pass) => pass.worker))).toEqual(new Set(['a', 'b']));
    expect(overlaps(passes)).toEqual([]);
    expect(bench.bodies('work.fifo')).toEqual([]);
    await stopAll(bench, ...workers);
  });

  it('hand a key over only after the lease of a worker without heartbeats has ended', async () => {
    const bench = await openQueues();
    const refusedAt: number[] = [];
    let grantedAt = 0;
    bench.simulator.switches.faults.push({
      kind: 'reset',
      client: 'a',
      operation: 'ChangeMessageVisibilityBatch',
    });
    const paused = startWorker(bench, {
      label: 'a',
      handle: async (_work, lease) => {
        for (;;) {
          await sleep(bench.clock, 250);
          try {
            lease.check('a write');
            grantedAt = bench.clock.now();
          } catch (error) {
            refusedAt.push(bench.clock.now());
            if (refusedAt.length > 200) throw error;
          }
        }
      },
    });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(1000);
    const passes: Pass[] = [];
    const other = startWorker(bench, { label: 'b', handle: recordPasses(bench, passes, { worker: 'b' }) });
    await bench.clock.advance(120_000);
    expect(passes.map((pass) => pass.worker)).toEqual(['b']);
    expect(grantedAt).toBeGreaterThan(0);
    expect((passes[0]?.startedAt ?? 0) - grantedAt).toBeGreaterThan(9000);
    expect(bench.bodies('work.fifo')).toEqual([]);
    await stopAll(bench, paused, other);
  });

  it('do not begin a key here whose pass still runs here, though SQS hands it out again', async () => {
    const bench = await openQueues();
    let running = 0;
    let most = 0;
    const postponed: Postponed[] = [];
    bench.simulator.switches.faults.push({
      kind: 'error',
      operation: 'ChangeMessageVisibilityBatch',
      times: 3,
    });
    const worker = startWorker(bench, {
      handle: async (_work, lease) => {
        running += 1;
        most = Math.max(most, running);
        await sleep(bench.clock, 45_000);
        running -= 1;
        lease.check('a write');
        return { outcome: 'applied' };
      },
      listener: { postponed: (_key, why) => postponed.push(why) },
    });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(200_000);
    expect(postponed).toContain('busy');
    expect(most).toBe(1);
    expect(bench.bodies('work.fifo')).toEqual([]);
    await stopAll(bench, worker);
  });
});

function overlaps(passes: readonly Pass[]): Pass[] {
  return passes.filter((pass) =>
    passes.some(
      (other) =>
        other !== pass &&
        other.name === pass.name &&
        other.startedAt < pass.endedAt &&
        pass.startedAt < other.endedAt,
    ),
  );
}
