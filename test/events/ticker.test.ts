import { describe, expect, it } from 'vitest';
import { Ticker, type TickerOptions } from '../../src/events/ticker.ts';
import { parseWorkMessage } from '../../src/queue/workqueue.ts';
import type { Key } from '../../src/reconcile/key.ts';
import { appKey, openQueues, type QueueBench } from '../queue/kit.ts';

const SWEEP_MS = 300_000;
const SWEEP: Key = { ...appKey('all'), kind: 'sweep' };

function startTicker(bench: QueueBench, changes: Partial<TickerOptions> = {}): Ticker {
  const ticker = new Ticker({
    clock: bench.clock,
    sink: bench.work,
    keys: () => [SWEEP],
    sweepMs: SWEEP_MS,
    ...changes,
  });
  ticker.start();
  return ticker;
}

function causes(bench: QueueBench): (string | undefined)[] {
  return bench.bodies('work.fifo').map((body) => parseWorkMessage(body)?.cause.id);
}

describe('the ticker', () => {
  it('queues a sweep at start and at the begin of each slot', async () => {
    const bench = await openQueues();
    await bench.clock.advance(100_000);
    const ticked: number[] = [];
    const ticker = startTicker(bench, { ticked: (slot) => ticked.push(slot) });
    const slot = Math.floor(bench.clock.now() / SWEEP_MS);
    await bench.clock.advance(1000);
    expect(causes(bench)).toEqual([`sweep:${slot}`]);
    await bench.clock.runUntil((slot + 1) * SWEEP_MS - 1);
    expect(causes(bench)).toHaveLength(1);
    await bench.clock.runUntil((slot + 2) * SWEEP_MS);
    expect(causes(bench)).toEqual([`sweep:${slot}`, `sweep:${slot + 1}`, `sweep:${slot + 2}`]);
    expect(ticked).toEqual([slot, slot + 1, slot + 2]);
    await ticker.stop();
  });

  it('makes one sweep a slot, however many replicas tick and however often they start', async () => {
    const bench = await openQueues();
    const tickers = [startTicker(bench), startTicker(bench)];
    await bench.clock.advance(200_000);
    tickers.push(startTicker(bench));
    await bench.clock.advance(99_000);
    tickers.push(startTicker(bench));
    await bench.clock.advance(200_000);
    expect(causes(bench)).toHaveLength(2);
    await Promise.all(tickers.map((ticker) => ticker.stop()));
  });

  it('tries again soon when the sweep could not be queued', async () => {
    const bench = await openQueues();
    bench.simulator.switches.faults.push({ kind: 'error', operation: 'SendMessageBatch', times: 3 });
    let failures = 0;
    const ticker = startTicker(bench, {
      failing: () => {
        failures += 1;
      },
    });
    await bench.clock.advance(20_000);
    expect(causes(bench)).toHaveLength(1);
    expect(failures).toBeGreaterThan(0);
    await ticker.stop();
  });

  it('ends when it is told to, without waiting for the slot to end', async () => {
    const bench = await openQueues();
    const ticker = startTicker(bench);
    await bench.clock.advance(1000);
    await ticker.stop();
    await bench.clock.advance(2 * SWEEP_MS);
    expect(causes(bench)).toHaveLength(1);
  });

  it('refuses slots that are longer than SQS remembers', async () => {
    const bench = await openQueues();
    expect(() => startTicker(bench, { sweepMs: SWEEP_MS + 1 })).toThrow('at most five minutes');
  });
});
