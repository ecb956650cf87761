import { describe, expect, it } from 'vitest';
import { appKey, openQueues, type Pass, recordPasses, someEvent, startWorker, stopAll } from './kit.ts';

const EVENTS = 10_000;

describe('a storm of events of one key', () => {
  it('costs a few passes when ten thousand come at once, however fast a pass is', async () => {
    const bench = await openQueues();
    const sentAt = bench.clock.now();
    const items = Array.from({ length: EVENTS }, (_, id) => ({ key: appKey('shop'), cause: someEvent(id) }));
    expect(await bench.work.addAll(items)).toEqual([]);
    const passes: Pass[] = [];
    const worker = startWorker(bench, { handle: recordPasses(bench, passes) });
    await bench.clock.advance(30_000);
    expect(bench.bodies('work.fifo')).toEqual([]);
    expect(bench.bodies('work-dead.fifo')).toEqual([]);
    expect(passes.length).toBeLessThanOrEqual(8);
    expect(passes.at(-1)?.startedAt).toBeGreaterThan(sentAt);
    await stopAll(bench, worker);
  });

  it('costs a few passes when it lasts ten seconds, and the last event is not lost', async () => {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const worker = startWorker(bench, { handle: recordPasses(bench, passes, { tookMs: 300 }) });
    let lastSentAt = 0;
    for (let second = 0; second < 10; second += 1) {
      const items = Array.from({ length: 200 }, (_, id) => ({
        key: appKey('shop'),
        cause: someEvent(`${second}/${id}`),
      }));
      await bench.work.addAll(items);
      lastSentAt = bench.clock.now();
      await bench.clock.advance(1000);
    }
    await bench.clock.advance(30_000);
    expect(bench.bodies('work.fifo')).toEqual([]);
    expect(passes.length).toBeLessThanOrEqual(25);
    expect(passes.at(-1)?.startedAt).toBeGreaterThanOrEqual(lastSentAt);
    await stopAll(bench, worker);
  });

  it('leaves every wake and every request among them its pass', async () => {
    const bench = await openQueues();
    const items = Array.from({ length: 500 }, (_, id) => ({
      key: appKey('shop'),
      cause:
        id % 100 === 0 ? { id: `request:${id}` } : id % 100 === 50 ? { id: `wake:${id}` } : someEvent(id),
    }));
    await bench.work.addAll(items);
    const passes: Pass[] = [];
    const worker = startWorker(bench, { handle: recordPasses(bench, passes) });
    await bench.clock.advance(120_000);
    const causes = passes.flatMap((pass) => pass.work.causes.map((cause) => cause.id));
    const kept = items.map((item) => item.cause.id).filter((id) => !id.startsWith('event:'));
    expect(causes.filter((id) => !id.startsWith('event:'))).toEqual(kept);
    expect(bench.bodies('work.fifo')).toEqual([]);
    await stopAll(bench, worker);
  });

  it('does not hold up another key', async () => {
    const bench = await openQueues();
    const items = Array.from({ length: 2000 }, (_, id) => ({ key: appKey('shop'), cause: someEvent(id) }));
    await bench.work.addAll(items);
    await bench.work.add(appKey('blog'), someEvent('blog'));
    const passes: Pass[] = [];
    const worker = startWorker(bench, {
      concurrency: 2,
      handle: recordPasses(bench, passes, { tookMs: 500 }),
    });
    await bench.clock.advance(2000);
    expect(passes.some((pass) => pass.work.key.name === 'blog')).toBe(true);
    await stopAll(bench, worker);
  });
});
