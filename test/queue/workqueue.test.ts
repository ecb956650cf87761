import { describe, expect, it } from 'vitest';
import { createWorkQueue, parseWorkMessage, workMessage } from '../../src/queue/workqueue.ts';
import { appKey, openQueues, someEvent } from './kit.ts';

describe('adding to the work queue', () => {
  it('sends a key with its cause, under the key as the group', async () => {
    const bench = await openQueues();
    const change = { parameter: '/apppack/apps/shop/scaling', operation: 'Update', at: 1_767_614_400_000 };
    await bench.work.add(appKey('shop'), { id: 'event:1', change });
    const [message] = bench.service.contents('work.fifo');
    expect(message?.groupId).toBe('123456789012/us-east-1/app/shop');
    expect(parseWorkMessage(message?.body ?? '')).toEqual({
      key: appKey('shop'),
      cause: { id: 'event:1', change },
    });
  });

  it('adds a key once for a cause, however often it is told', async () => {
    const bench = await openQueues();
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.work.add(appKey('shop'), someEvent(1));
    await bench.work.add(appKey('shop'), someEvent(2));
    await bench.work.add(appKey('blog'), someEvent(1));
    expect(bench.bodies('work.fifo')).toHaveLength(3);
  });

  it('adds more than ten keys in calls of ten', async () => {
    const bench = await openQueues();
    const items = Array.from({ length: 25 }, (_, index) => ({
      key: appKey(`app${index}`),
      cause: someEvent(1),
    }));
    expect(await bench.work.addAll(items)).toEqual([]);
    expect(bench.bodies('work.fifo')).toHaveLength(25);
    expect(bench.calls('SendMessageBatch')).toBe(3);
  });

  it('tells which items could not be added, and throws for a single one', async () => {
    const bench = await openQueues();
    const errors: string[] = [];
    const work = createWorkQueue(bench.workQueue('denied'), (doing) => errors.push(doing));
    bench.simulator.switches.faults.push({ kind: 'denied', client: 'denied' });
    const items = [{ key: appKey('shop'), cause: someEvent(1) }];
    expect(await work.addAll(items)).toEqual(items);
    expect(errors).toEqual(['queueing 123456789012/us-east-1/app/shop']);
    await expect(work.add(appKey('shop'), someEvent(1))).rejects.toThrow('could not be queued');
  });

  it('tells how many messages wait and are in flight', async () => {
    const bench = await openQueues();
    await bench.work.add(appKey('shop'), someEvent(1));
    expect(await bench.work.depth()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });
});

describe('group ids', () => {
  it.each([
    ['a plain key', 'shop', '123456789012/us-east-1/app/shop'],
    ['a review app', 'shop:12', '123456789012/us-east-1/app/shop:12'],
  ])('are the key itself for %s', (_what, name, groupId) => {
    expect(workMessage({ key: appKey(name), cause: someEvent(1) }).groupId).toBe(groupId);
  });

  it.each([
    ['longer than 128 characters', 'a'.repeat(120)],
    ['with characters SQS does not take', 'café au lait'],
  ])('are a hash for keys %s, which SQS takes', async (_what, name) => {
    const bench = await openQueues();
    expect(workMessage({ key: appKey(name), cause: someEvent(1) }).groupId).toMatch(/^[0-9a-f]{64}$/);
    await bench.work.add(appKey(name), someEvent(1));
    expect(parseWorkMessage(bench.bodies('work.fifo')[0] ?? '')?.key).toEqual(appKey(name));
  });
});

describe('reading a work message', () => {
  it.each([
    [{ id: 'event:1', change: { parameter: '/apppack/apps/shop/scaling', operation: 'Update', at: 1 } }],
    [{ id: 'event:1', began: 'shop-web' }],
    [{ id: 'wake:token' }],
  ])('gives back what was sent: %j', (cause) => {
    expect(parseWorkMessage(workMessage({ key: appKey('shop'), cause }).body)).toEqual({
      key: appKey('shop'),
      cause,
    });
  });

  it.each([
    'not json',
    '{}',
    '{"key":"nonsense","cause":{"id":"event:1"}}',
    '{"key":"123456789012/us-east-1/cluster/x","cause":{"id":"event:1"}}',
    '{"key":"123456789012/us-east-1/app/shop"}',
  ])('gives nothing for %s', (body) => {
    expect(parseWorkMessage(body)).toBeUndefined();
  });
});
