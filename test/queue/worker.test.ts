import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { Postponed } from '../../src/queue/listener.ts';
import { LeaseLostError, StatusConflictError } from '../../src/reconcile/errors.ts';
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
