import { describe, expect, it } from 'vitest';
import { Crowd } from '../../src/queue/crowd.ts';

const ONE = '111111111111/us-east-1';
const OTHER = '222222222222/us-east-1';

function enter(crowd: Crowd, place: string, count: number, now = 0) {
  return Array.from({ length: count }, () => crowd.enter(place, now));
}

describe('the slots of a worker', () => {
  it('are taken by every pass, however slow, where there is one account', () => {
    const crowd = new Crowd(8, () => false);
    const [first] = enter(crowd, ONE, 8);
    expect([crowd.free(0), crowd.free(60_000)]).toEqual([0, 0]);
    expect(first !== undefined && crowd.isCrowded(first, 60_000)).toBe(false);
    if (first !== undefined) crowd.leave(first);
    expect(crowd.free(60_000)).toBe(1);
  });

  it('are given back by passes that have become slow, where there are several', () => {
    const crowd = new Crowd(8, () => true);
    enter(crowd, ONE, 8);
    expect([crowd.free(1_999), crowd.free(2_000)]).toEqual([0, 8]);
  });

  it('are not given back without end', () => {
    const crowd = new Crowd(8, () => true);
    enter(crowd, ONE, 30);
    expect(crowd.free(2_000)).toBe(2);
    enter(crowd, ONE, 2);
    expect(crowd.free(2_000)).toBe(0);
  });

  it('are for others when an account has several slow passes, and only then', () => {
    const crowd = new Crowd(8, () => true);
    const slow = enter(crowd, ONE, 2);
    const [next, stranger] = [crowd.enter(ONE, 2_000), crowd.enter(OTHER, 2_000)];
    expect([crowd.isCrowded(next, 2_000), crowd.isCrowded(stranger, 2_000)]).toEqual([true, false]);
    for (const stay of slow) crowd.leave(stay);
    expect(crowd.isCrowded(next, 2_000)).toBe(false);
  });
});
