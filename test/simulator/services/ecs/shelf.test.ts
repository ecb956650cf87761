import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/simulator/clock.ts';
import { Shelf } from '../../../../src/simulator/services/ecs/shelf.ts';

function openShelf(keepMs: number) {
  const clock = new VirtualClock(0);
  return { clock, shelf: new Shelf<string>(clock, () => keepMs) };
}

describe('a shelf', () => {
  it('tells what a value was at an instant', async () => {
    const { clock, shelf } = openShelf(1000);
    await clock.advance(100);
    shelf.put('a', 'one');
    await clock.advance(100);
    shelf.put('a', 'two');
    await clock.advance(100);
    shelf.remove('a');
    expect(shelf.get('a')).toBeUndefined();
    expect([50, 100, 150, 200, 250, 300].map((at) => shelf.get('a', at))).toEqual([
      undefined,
      'one',
      'one',
      'two',
      'two',
      undefined,
    ]);
  });

  it('lists what there was at an instant, in the order of appearance', async () => {
    const { clock, shelf } = openShelf(1000);
    shelf.put('b', 'B');
    shelf.put('a', 'A');
    await clock.advance(100);
    shelf.remove('b');
    shelf.put('c', 'C');
    expect([...shelf.values()]).toEqual(['A', 'C']);
    expect([...shelf.values(50)]).toEqual(['B', 'A']);
    expect([...shelf.after(1)].map(({ value }) => value)).toEqual(['A', 'C']);
  });

  it('remembers nothing on a fair day, and nothing for longer than it should', async () => {
    const fair = openShelf(0);
    fair.shelf.put('a', 'one');
    await fair.clock.advance(100);
    fair.shelf.put('a', 'two');
    expect(fair.shelf.get('a', 50)).toBe('two');
    const { clock, shelf } = openShelf(1000);
    shelf.put('a', 'one');
    await clock.advance(5000);
    shelf.put('a', 'two');
    await clock.advance(5000);
    shelf.put('a', 'three');
    expect(shelf.get('a', 4000)).toBe('two');
    shelf.remove('a');
    await clock.advance(5000);
    expect([...shelf.values(clock.now() - 500)]).toEqual([]);
    shelf.put('a', 'four');
    expect(shelf.get('a', 4000)).toBeUndefined();
  });
});
