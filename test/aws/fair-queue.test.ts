import { describe, expect, it } from 'vitest';
import { BACKGROUND_PRIORITY, FairQueue } from '../../src/aws/fair-queue.ts';

/** Files calls named `<key><number>`; a capital key is a background one. */
function filled(...names: string[]): { queue: FairQueue; drain(count?: number): string[] } {
  const queue = new FairQueue();
  const byRun = new Map<unknown, string>();
  for (const name of names) add(queue, name, byRun);
  return {
    queue,
    drain(count = Number.POSITIVE_INFINITY) {
      const left: string[] = [];
      while (queue.size > 0 && left.length < count) left.push(byRun.get(queue.dequeue()) ?? '?');
      return left;
    },
  };
}

function add(queue: FairQueue, name: string, names: Map<unknown, string>): void {
  const run = async () => name;
  names.set(run, name);
  const key = name.slice(0, 1);
  const priority = key === key.toUpperCase() ? BACKGROUND_PRIORITY : 0;
  queue.enqueue(run, { id: name, key, priority });
}

describe('FairQueue', () => {
  it('keeps the order of one key', () => {
    expect(filled('a1', 'a2', 'a3').drain()).toEqual(['a1', 'a2', 'a3']);
  });

  it('lets keys take turns, however many calls one has', () => {
    const { drain } = filled('a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'c2');
    expect(drain()).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3', 'a4']);
  });

  it('puts a key that comes again behind those that wait', () => {
    const { queue, drain } = filled('a1', 'b1', 'c1');
    expect(drain(1)).toEqual(['a1']);
    const names = new Map<unknown, string>();
    add(queue, 'a2', names);
    queue.dequeue();
    queue.dequeue();
    expect(names.get(queue.dequeue())).toBe('a2');
  });

  it('serves background calls after the others', () => {
    expect(filled('A1', 'A2', 'b1', 'b2', 'c1').drain()).toEqual(['b1', 'c1', 'b2', 'A1', 'A2']);
  });

  it('gives waiting background calls every eighth turn, so that they never starve', () => {
    const many = Array.from({ length: 20 }, (_, index) => `b${index}`);
    const order = filled('A1', 'A2', 'A3', ...many).drain();
    expect([order.indexOf('A1'), order.indexOf('A2')]).toEqual([7, 15]);
    expect(order).toHaveLength(23);
  });

  it('does not save up turns while no background call waits', () => {
    const { queue, drain } = filled(...Array.from({ length: 12 }, (_, index) => `b${index}`));
    drain(10);
    queue.enqueue(async () => 'A1', { id: 'A1', key: 'A', priority: BACKGROUND_PRIORITY });
    expect(drain(2)).toEqual(['b10', 'b11']);
  });

  it('takes out a call by its id', () => {
    const { queue, drain } = filled('a1', 'a2', 'b1', 'C1');
    for (const id of ['a1', 'b1', 'C1', 'nobody']) queue.remove(id);
    expect(queue.size).toBe(1);
    expect(drain()).toEqual(['a2']);
    expect(queue.dequeue()).toBeUndefined();
  });

  it('moves a call when its priority changes', () => {
    const { queue, drain } = filled('A1', 'b1', 'b2');
    queue.setPriority('A1', 0);
    queue.setPriority('b2', BACKGROUND_PRIORITY);
    expect(queue.filter({ priority: BACKGROUND_PRIORITY })).toHaveLength(1);
    expect(queue.filter({ key: 'b' })).toHaveLength(2);
    expect(drain()).toEqual(['b1', 'A1', 'b2']);
  });
});
