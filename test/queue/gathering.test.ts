import { describe, expect, it } from 'vitest';
import type { WorkMessage } from '../../src/queue/parcel.ts';
import { RecentPasses } from '../../src/queue/recent.ts';
import { beginningOf, type Cause } from '../../src/reconcile/controller.ts';
import type { Gathering } from '../../src/reconcile/plan.ts';
import { sleep } from '../../src/reconcile/ports.ts';
import { appKey, openQueues, type Pass, type QueueBench, recordPasses, startWorker, stopAll } from './kit.ts';

const CONFIG = '/apppack/apps/shop/config/';

function changeOf(parameter: string, at: number): Cause {
  return { id: `event:${parameter}`, change: { parameter, operation: 'Update', at } };
}

/** Tells the worker that a parameter was deleted, now. */
async function tellDeletion(bench: QueueBench, parameter: string): Promise<void> {
  const change = { parameter, operation: 'Delete', at: bench.clock.now() };
  await bench.work.addAll([{ key: appKey('shop'), cause: { id: `event:no ${parameter}`, change } }]);
}

/** Tells the worker of a change of each of these parameters, now. */
async function tell(bench: QueueBench, ...parameters: readonly string[]): Promise<void> {
  const now = bench.clock.now();
  await bench.work.addAll(
    parameters.map((parameter) => ({ key: appKey('shop'), cause: changeOf(parameter, now) })),
  );
}

/** Passes over the app, of which each says that changes of config are gathered for five seconds. */
async function gatherConfig({ failsOn = -1 }: { failsOn?: number } = {}) {
  const bench = await openQueues();
  const passes: Pass[] = [];
  const record = recordPasses(bench, passes);
  let begun = 0;
  const handle: typeof record = async (work, lease) => {
    begun += 1;
    const gathering: Gathering[] = [{ about: CONFIG, until: bench.clock.now() + 5_000 }];
    if (begun === failsOn) throw new Error('broken');
    return { ...(await record(work, lease)), gathering };
  };
  const skipped: number[] = [];
  const listener = { skipped: (_key: unknown, messages: number) => void skipped.push(messages) };
  const worker = startWorker(bench, { handle, listener });
  await tell(bench, `${CONFIG}FIRST`);
  await bench.clock.advance(1_000);
  expect(passes).toHaveLength(1);
  return { bench, passes, skipped, worker };
}

describe('changes that a pass to come will see', () => {
  it('cost no pass, and are causes of the next one with the times they were told', async () => {
    const { bench, passes, skipped, worker } = await gatherConfig();
    const toldAt = bench.clock.now();
    await tell(bench, `${CONFIG}A`);
    await bench.clock.advance(300);
    await tell(bench, `${CONFIG}B`, `${CONFIG}C`);
    await bench.clock.advance(2_000);
    expect(passes).toHaveLength(1);
    expect(bench.bodies('work.fifo')).toEqual([]);
    expect(skipped.reduce((sum, messages) => sum + messages, 0)).toBe(3);
    await bench.work.add(appKey('shop'), { id: 'wake:token' });
    await bench.clock.advance(1_000);
    const { causes, told } = passes[1]?.work ?? {};
    expect(causes?.map(({ id }) => id)).toEqual([
      `event:${CONFIG}A`,
      `event:${CONFIG}B`,
      `event:${CONFIG}C`,
      'wake:token',
    ]);
    expect(told).toEqual([
      { parameter: `${CONFIG}A`, at: toldAt },
      { parameter: `${CONFIG}B`, at: toldAt + 300 },
      { parameter: `${CONFIG}C`, at: toldAt + 300 },
    ]);
    await bench.work.add(appKey('shop'), { id: 'wake:another' });
    await bench.clock.advance(1_000);
    expect(passes[2]?.work.causes).toEqual([{ id: 'wake:another' }]);
    await stopAll(bench, worker);
  });

  it('go with a change of something else, which has its pass at once', async () => {
    const { bench, passes, worker } = await gatherConfig();
    await tell(bench, `${CONFIG}A`);
    await bench.clock.advance(300);
    await tell(bench, '/apppack/apps/shop/scaling');
    await bench.clock.advance(100);
    expect(passes[1]?.work.causes.map(({ change }) => change?.parameter)).toEqual([
      `${CONFIG}A`,
      '/apppack/apps/shop/scaling',
    ]);
    await stopAll(bench, worker);
  });

  it('have a pass of their own where that one comes so soon that its reads may lag', async () => {
    const { bench, passes, worker } = await gatherConfig();
    await bench.clock.advance(2_001);
    await tell(bench, `${CONFIG}LATE`);
    await bench.clock.advance(100);
    expect(passes).toHaveLength(2);
    await stopAll(bench, worker);
  });

  it('are causes of the pass after it when it breaks down', async () => {
    const { bench, passes, worker } = await gatherConfig({ failsOn: 2 });
    await tell(bench, `${CONFIG}A`);
    await bench.clock.advance(300);
    await bench.work.add(appKey('shop'), { id: 'wake:token' });
    await bench.clock.advance(20_000);
    expect(passes).toHaveLength(2);
    expect(passes[1]?.work.causes.map(({ id }) => id)).toEqual([`event:${CONFIG}A`, 'wake:token']);
    await stopAll(bench, worker);
  });

  it('are a hundred at most; the next one has a pass, which takes them all', async () => {
    const { bench, passes, worker } = await gatherConfig();
    await tell(bench, ...Array.from({ length: 100 }, (_, index) => `${CONFIG}V${index}`));
    await bench.clock.advance(500);
    expect(passes).toHaveLength(1);
    await tell(bench, `${CONFIG}LAST`);
    await bench.clock.advance(100);
    expect(passes[1]?.work.causes).toHaveLength(101);
    await stopAll(bench, worker);
  });

  it('are forgotten when their pass was another worker’s a minute ago', async () => {
    const { bench, passes, worker } = await gatherConfig();
    await tell(bench, `${CONFIG}A`);
    await bench.clock.advance(70_000);
    await bench.work.add(appKey('shop'), { id: 'wake:token' });
    await bench.clock.advance(1_000);
    expect(passes[1]?.work.causes).toEqual([{ id: 'wake:token' }]);
    await stopAll(bench, worker);
  });

  it('are told to another worker, which knows nothing of them, by a pass each', async () => {
    const { bench, passes, worker } = await gatherConfig();
    await stopAll(bench, worker);
    const other: Pass[] = [];
    const another = startWorker(bench, { label: 'b', handle: recordPasses(bench, other) });
    await tell(bench, `${CONFIG}A`);
    await bench.clock.advance(100);
    expect([passes.length, other.length]).toEqual([1, 1]);
    await stopAll(bench, another);
  });
});

describe('news that a deployment began', () => {
  it('waits for the look that is due anyway, of that service only', async () => {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const record = recordPasses(bench, passes);
    const worker = startWorker(bench, {
      handle: async (work, lease) => ({
        ...(await record(work, lease)),
        gathering: [{ about: beginningOf('shop-web'), until: bench.clock.now() + 10_000 }],
      }),
    });
    await bench.work.add(appKey('shop'), { id: 'wake:token' });
    await bench.clock.advance(500);
    await bench.work.add(appKey('shop'), { id: 'event:1', began: 'shop-web' });
    await bench.clock.advance(500);
    expect(passes).toHaveLength(1);
    await bench.work.add(appKey('shop'), { id: 'event:2', began: 'shop-web-2' });
    await bench.clock.advance(500);
    expect(passes[1]?.work.causes.map(({ id }) => id)).toEqual(['event:1', 'event:2']);
    await stopAll(bench, worker);
  });
});

describe('changes of config at rest', () => {
  /** A worker that has looked at the app, which said that looks at config may come five seconds later. */
  async function restConfig({ refuses = false }: { refuses?: boolean } = {}) {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const record = recordPasses(bench, passes);
    const failing: string[] = [];
    const worker = startWorker(bench, {
      handle: async (work, lease) => ({
        ...(await record(work, lease)),
        deferring: [{ about: CONFIG, forMs: 5_000 }],
      }),
      defer: async (item, forMs) => {
        if (refuses) throw new Error('no');
        void sleep(bench.clock, forMs).then(() => bench.work.addAll([item]));
      },
      listener: { failing: (doing) => void failing.push(doing) },
    });
    await bench.work.add(appKey('shop'), { id: 'wake:token' });
    await bench.clock.advance(10_000);
    expect(passes).toHaveLength(1);
    return { bench, passes, worker, failing };
  }

  it('are looked at once, when they may have come to rest, with the times they were told', async () => {
    const { bench, passes, worker } = await restConfig();
    const toldAt = bench.clock.now();
    await tell(bench, `${CONFIG}A`, `${CONFIG}B`);
    await bench.clock.advance(2_000);
    await tell(bench, `${CONFIG}C`);
    await bench.clock.advance(2_900);
    expect(passes).toHaveLength(1);
    expect(bench.bodies('work.fifo')).toEqual([]);
    await bench.clock.advance(1_000);
    expect(passes[1]?.work.causes.map(({ change }) => change?.parameter).sort()).toEqual(
      ['A', 'B', 'C'].map((name) => `${CONFIG}${name}`),
    );
    const told = Object.fromEntries((passes[1]?.work.told ?? []).map(({ parameter, at }) => [parameter, at]));
    expect(told).toEqual({ [`${CONFIG}A`]: toldAt, [`${CONFIG}B`]: toldAt, [`${CONFIG}C`]: toldAt + 2_000 });
    await bench.clock.advance(60_000);
    expect(passes).toHaveLength(2);
    await stopAll(bench, worker);
  });

  it('are looked at at once when the look that was put off is so near that its reads may lag', async () => {
    const { bench, passes, worker } = await restConfig();
    await tell(bench, `${CONFIG}A`);
    await bench.clock.advance(3_500);
    await tell(bench, `${CONFIG}B`);
    await bench.clock.advance(100);
    expect(passes[1]?.work.causes.map(({ change }) => change?.parameter)).toEqual([
      `${CONFIG}A`,
      `${CONFIG}B`,
    ]);
    // That pass has seen the first one, too.
    await bench.clock.advance(10_000);
    expect(passes).toHaveLength(2);
    await stopAll(bench, worker);
  });

  it('go with a change of something else, which has its pass at once', async () => {
    const { bench, passes, worker } = await restConfig();
    await tell(bench, `${CONFIG}A`, `${CONFIG}B`);
    await bench.clock.advance(300);
    await tell(bench, '/apppack/apps/shop/scaling');
    await bench.clock.advance(100);
    expect(passes[1]?.work.causes.map(({ change }) => change?.parameter)).toEqual([
      `${CONFIG}A`,
      `${CONFIG}B`,
      '/apppack/apps/shop/scaling',
    ]);
    await tell(bench, `${CONFIG}C`, '/apppack/apps/shop/scheduled-tasks');
    await bench.clock.advance(100);
    expect(passes).toHaveLength(3);
    await stopAll(bench, worker);
  });

  it('are looked at at once when something was deleted, for nothing shows when that was', async () => {
    const { bench, passes, worker } = await restConfig();
    await tellDeletion(bench, `${CONFIG}A`);
    await bench.clock.advance(100);
    expect(passes).toHaveLength(2);
    await bench.clock.advance(5_000);
    await tell(bench, `${CONFIG}B`);
    await bench.clock.advance(1_000);
    expect(passes).toHaveLength(2);
    await tellDeletion(bench, `${CONFIG}C`);
    await bench.clock.advance(100);
    expect(passes[2]?.work.causes).toHaveLength(2);
    await stopAll(bench, worker);
  });

  it('wait from when they were told, and only when they are handed out for the first time', () => {
    const recent = new RecentPasses();
    recent.completed('shop', 0, { deferring: [{ about: CONFIG, forMs: 5_000 }] });
    const message = {
      messageId: 'm',
      receiptHandle: 'r',
      body: '',
      sentAt: 10_000,
      firstReceivedAt: 10_800,
      receiveCount: 1,
      cause: changeOf(`${CONFIG}A`, 10_000),
    };
    const untilOf = (one: WorkMessage) => recent.deferral('shop', [message, one], 50_000)?.until;
    expect(untilOf(message)).toBe(54_200);
    expect(untilOf({ ...message, firstReceivedAt: 14_000 })).toBeUndefined();
    expect(untilOf({ ...message, receiveCount: 2 })).toBeUndefined();
    expect(untilOf({ ...message, isDeferred: true })).toBeUndefined();
    expect(untilOf({ ...message, sentAt: Number.POSITIVE_INFINITY })).toBeUndefined();
  });

  it('come to another worker when this one is gone', async () => {
    const { bench, worker } = await restConfig();
    await tell(bench, `${CONFIG}A`);
    await bench.clock.advance(100);
    await stopAll(bench, worker);
    const other: Pass[] = [];
    const another = startWorker(bench, { label: 'b', handle: recordPasses(bench, other) });
    await bench.clock.advance(5_000);
    expect(other.map(({ work }) => work.causes[0]?.change?.parameter)).toEqual([`${CONFIG}A`]);
    await stopAll(bench, another);
  });

  it('are looked at at once when SQS does not take them', async () => {
    const { bench, passes, worker, failing } = await restConfig({ refuses: true });
    await tell(bench, `${CONFIG}A`);
    await bench.clock.advance(100);
    expect(passes).toHaveLength(2);
    expect(failing).toEqual([expect.stringMatching(/^putting off a look at .*shop$/)]);
    await stopAll(bench, worker);
  });
});
