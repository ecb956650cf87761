import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/reconcile/ports.ts';
import { appKey, openQueues, type Pass, recordPasses, someEvent, startWorker, stopAll } from './kit.ts';

describe('a worker', () => {
  it('makes one pass of all messages of a key that it receives together, and deletes them', async () => {
    const bench = await openQueues();
    const sentAt = bench.clock.now();
    for (const id of [1, 2, 3]) await bench.work.add(appKey('shop'), someEvent(id));
    const passes: Pass[] = [];
    const worker = startWorker(bench, { handle: recordPasses(bench, passes) });
    await bench.clock.advance(1000);
    expect(passes.map((pass) => pass.work)).toEqual([
      { key: appKey('shop'), causes: [someEvent(1), someEvent(2), someEvent(3)], beganAt: sentAt },
    ]);
    expect(bench.bodies('work.fifo')).toEqual([]);
    await stopAll(bench, worker);
  });

  it('looks at a key again for a change that comes during its pass', async () => {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const worker = startWorker(bench, { handle: recordPasses(bench, passes, { tookMs: 4000 }) });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(1000);
    await bench.work.add(appKey('shop'), someEvent(2));
    await bench.clock.advance(20_000);
    expect(passes.map((pass) => pass.work.causes)).toEqual([[someEvent(1)], [someEvent(2)]]);
    await stopAll(bench, worker);
  });

  it('works on one key at a time and on different keys at the same time', async () => {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const worker = startWorker(bench, { handle: recordPasses(bench, passes, { tookMs: 1000 }) });
    for (const name of ['shop', 'blog', 'api']) await bench.work.add(appKey(name), someEvent(1));
    await bench.clock.advance(1500);
    expect(passes.map((pass) => pass.endedAt - pass.startedAt)).toEqual([1000, 1000, 1000]);
    expect(new Set(passes.map((pass) => pass.startedAt)).size).toBe(1);
    await stopAll(bench, worker);
  });

  it('receives only for slots that are free, and leaves the rest to others', async () => {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const items = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ key: appKey(name), cause: someEvent(1) }));
    await bench.work.addAll(items);
    const handle = recordPasses(bench, passes, { tookMs: 5000 });
    const worker = startWorker(bench, { handle, concurrency: 2 });
    await bench.clock.advance(1000);
    expect(await bench.work.depth()).toEqual({ visible: 3, inFlight: 2, delayed: 0 });
    await bench.clock.advance(20_000);
    expect(passes).toHaveLength(5);
    await stopAll(bench, worker);
  });

  it('says that it is alive while long passes hold all its slots', async () => {
    const bench = await openQueues();
    let turns = 0;
    const worker = startWorker(bench, {
      concurrency: 1,
      handle: recordPasses(bench, [], { tookMs: 120_000 }),
      listener: {
        turned: () => {
          turns += 1;
        },
      },
    });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(110_000);
    expect(turns).toBe(5);
    await stopAll(bench, worker);
  });

  it('tells what happens to a key: ready once for all its messages, then started and ended', async () => {
    const bench = await openQueues();
    const events: string[] = [];
    let broken = 0;
    const worker = startWorker(bench, {
      handle: async () => {
        broken += 1;
        if (broken === 1) throw new Error('broken');
        return { outcome: 'unchanged' };
      },
      listener: {
        work: (event) =>
          events.push(event.type === 'ready' ? `ready, redelivered ${event.redelivered}` : event.type),
      },
    });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(20_000);
    expect(events).toEqual([
      'ready, redelivered false',
      'started',
      'ended',
      'ready, redelivered true',
      'started',
      'ended',
    ]);
    await stopAll(bench, worker);
  });

  it('keeps a key for as long as its pass takes', async () => {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const slow = startWorker(bench, {
      label: 'a',
      handle: async (work, lease) => {
        await sleep(bench.clock, 300_000);
        lease.check('the last call');
        return recordPasses(bench, passes)(work, lease);
      },
    });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(1000);
    const other = startWorker(bench, { label: 'b', handle: recordPasses(bench, passes, { worker: 'b' }) });
    await bench.clock.advance(400_000);
    expect(passes.map((pass) => pass.worker)).toEqual(['a']);
    expect(bench.bodies('work.fifo')).toEqual([]);
    await stopAll(bench, slow, other);
  });

  it('has its lease also for a message that comes at the end of a long poll', async () => {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const worker = startWorker(bench, {
      handle: async (work, lease) => {
        await sleep(bench.clock, 3000);
        lease.check('the write');
        return recordPasses(bench, passes)(work, lease);
      },
    });
    await bench.clock.advance(19_900);
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(5000);
    expect(passes).toHaveLength(1);
    await stopAll(bench, worker);
  });

  it('leaves messages it does not understand to others, and at last to the dead-letter queue', async () => {
    const bench = await openQueues();
    let unreadable = 0;
    const worker = startWorker(bench, {
      handle: recordPasses(bench, []),
      listener: {
        unreadable: (messages) => {
          unreadable += messages;
        },
      },
    });
    const { sqs, url } = bench.workQueue('stranger');
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'hello',
        MessageGroupId: 'x',
        MessageDeduplicationId: 'x',
      }),
    );
    await bench.clock.advance(600_000);
    expect(unreadable).toBe(10);
    expect(bench.bodies('work-dead.fifo')).toEqual(['hello']);
    await stopAll(bench, worker);
  });
});

describe('a work queue that does not answer', () => {
  it('is asked again after a growing while, and worked on once it answers', async () => {
    const bench = await openQueues();
    const outage = { kind: 'error' as const, client: 'worker', operation: 'ReceiveMessage', times: 1000 };
    bench.simulator.switches.faults.push(outage);
    const passes: Pass[] = [];
    let failing = 0;
    const worker = startWorker(bench, {
      handle: recordPasses(bench, passes),
      listener: {
        failing: () => {
          failing += 1;
        },
      },
    });
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.clock.advance(300_000);
    expect(failing).toBeGreaterThan(5);
    expect(failing).toBeLessThan(20);
    outage.times = 0;
    await bench.clock.advance(31_000);
    expect(passes).toHaveLength(1);
    await stopAll(bench, worker);
  });

  it('costs three polls a minute while it is empty', async () => {
    const bench = await openQueues();
    const worker = startWorker(bench, { handle: recordPasses(bench, []) });
    await bench.clock.advance(60_000);
    const before = bench.calls('ReceiveMessage');
    await bench.clock.advance(600_000);
    expect(bench.calls('ReceiveMessage') - before).toBe(30);
    await stopAll(bench, worker);
  });
});
