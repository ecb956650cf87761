import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/simulator/clock.ts';
import { randomInteger, seededRandom } from '../../src/simulator/random.ts';

describe('the timers of a virtual clock', () => {
  it('fire by instant, and those of one instant in the order in which they were set', async () => {
    const clock = new VirtualClock(0);
    const random = seededRandom(7);
    const fired: Array<readonly [at: number, order: number]> = [];
    for (let order = 0; order < 2000; order += 1) {
      const at = randomInteger(random, 50);
      clock.setTimer(at, () => fired.push([clock.now(), order]));
    }
    await clock.runUntil(100);
    expect(fired).toEqual([...fired].sort(([a, first], [b, second]) => a - b || first - second));
    expect(fired).toHaveLength(2000);
  });

  it('do not fire when they were cancelled, whenever that was', async () => {
    const clock = new VirtualClock(0);
    const random = seededRandom(3);
    const fired = new Set<number>();
    const expected = new Set<number>();
    for (let order = 0; order < 2000; order += 1) {
      const cancel = clock.setTimer(1 + randomInteger(random, 1000), () => fired.add(order));
      if (random() < 0.2) expected.add(order);
      else if (random() < 0.5) cancel();
      else clock.setTimer(0, cancel);
    }
    await clock.runUntil(2000);
    expect(fired).toEqual(expected);
  });

  it('may be cancelled after they fired, and be cancelled twice', async () => {
    const clock = new VirtualClock(0);
    const fired: number[] = [];
    const cancels = Array.from({ length: 200 }, (_, at) => clock.setTimer(at, () => fired.push(at)));
    await clock.runUntil(150);
    for (const cancel of [...cancels.slice(0, 160), ...cancels.slice(0, 160)]) cancel();
    await clock.runUntil(1000);
    expect(fired).toEqual([...Array(151).keys(), ...[...Array(200).keys()].slice(160)]);
  });

  it('wait for a program of promises alone, however many come one after the other', async () => {
    const clock = new VirtualClock(0, { onlyPromises: true });
    const fired: number[] = [];
    const afterPromises = async (count: number): Promise<void> => {
      for (let left = count; left > 0; left -= 1) await Promise.resolve();
      clock.setTimer(1, () => {
        fired.push(clock.now());
        if (count < 2000) void afterPromises(count * 2);
      });
    };
    void afterPromises(1);
    await clock.runUntil(100);
    expect(fired).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });
});
