import { describe, expect, it } from 'vitest';
import { LeaseLostError } from '../../src/reconcile/errors.ts';
import { sleep } from '../../src/reconcile/ports.ts';
import { appKey, openQueues, type Pass, recordPasses, someEvent, startWorker } from './kit.ts';

describe('stopping a worker', () => {
  it('ends running passes, deletes their messages, and receives nothing more', async () => {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const worker = startWorker(bench, { handle: recordPasses(bench, passes, { tookMs: 12_000 }) });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(1000);
    const stopped = worker.stop();
    await bench.work.add(appKey('blog'), someEvent(1));
    await bench.clock.advance(15_000);
    expect(await stopped).toBe(true);
    expect(passes.map((pass) => pass.work.key.name)).toEqual(['shop']);
    expect(bench.service.contents('work.fifo').map((message) => message.groupId)).toEqual([
      '123456789012/us-east-1/app/blog',
    ]);
  });

  it('ends at once when nothing runs, although a poll is open', async () => {
    const bench = await openQueues();
    const worker = startWorker(bench, { handle: recordPasses(bench, []) });
    await bench.clock.advance(5000);
    const askedAt = bench.clock.now();
    expect(await worker.stop()).toBe(true);
    expect(bench.clock.now()).toBe(askedAt);
  });

  it('gives back what an open poll is still handed, so that others need not wait for it', async () => {
    const bench = await openQueues();
    const worker = startWorker(bench, { label: 'a', handle: recordPasses(bench, []) });
    await bench.clock.advance(5000);
    await worker.stop();
    await bench.work.add(appKey('shop'), someEvent(1));
    const passes: Pass[] = [];
    const other = startWorker(bench, { label: 'b', handle: recordPasses(bench, passes) });
    await bench.clock.advance(1000);
    expect(passes).toHaveLength(1);
    await other.stop();
  });

  it('takes the lease from a pass that does not end in time, and leaves its messages', async () => {
    const bench = await openQueues();
    let lost = false;
    const worker = startWorker(bench, {
      handle: async (_work, lease) => {
        await sleep(bench.clock, 100_000, lease.signal);
        try {
          lease.check('a write');
        } catch (error) {
          lost = error instanceof LeaseLostError;
          throw error;
        }
        return { outcome: 'applied' };
      },
    });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(1000);
    const stopped = worker.stop(30_000);
    await bench.clock.advance(31_000);
    expect(await stopped).toBe(false);
    expect(lost).toBe(true);
    expect(bench.bodies('work.fifo')).toHaveLength(1);
  });
});
