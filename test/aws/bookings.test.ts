import { describe, expect, it } from 'vitest';
import { Bookings } from '../../src/aws/bookings.ts';

const RATE = { burst: 3, perSecond: 1 };

/** Asks for the turns of `count` calls of one pass. */
function ask(
  bookings: Bookings,
  key: string,
  count: number,
  now: number,
  pass = `${key} at ${now}`,
): number[] {
  return Array.from({ length: count }, () => bookings.turn({ key, pass }, now, now));
}

describe('turns at a slow bucket', () => {
  it('come at once while the burst lasts, then one after the other', () => {
    const bookings = new Bookings(RATE);
    expect(ask(bookings, 'shop', 3, 0)).toEqual([0, 0, 0]);
    expect(ask(bookings, 'blog', 3, 0)).toEqual([1000, 2000, 3000]);
    expect(ask(bookings, 'wiki', 1, 500)).toEqual([4000]);
  });

  it('stay booked for a key that comes too early, and are taken when it comes in time', () => {
    const bookings = new Bookings(RATE);
    ask(bookings, 'shop', 3, 0);
    expect(ask(bookings, 'blog', 2, 0)).toEqual([1000, 2000]);
    expect(ask(bookings, 'blog', 2, 400)).toEqual([1000, 2000]);
    expect(ask(bookings, 'blog', 2, 1500)).toEqual([1000, 2000]);
    expect(ask(bookings, 'blog', 1, 2100)).toEqual([2000]);
    // Both are taken: another call is a new one.
    expect(ask(bookings, 'blog', 1, 2100)).toEqual([3000]);
  });

  it('are given anew to a key that let them lapse', () => {
    const bookings = new Bookings(RATE);
    ask(bookings, 'shop', 3, 0);
    expect(ask(bookings, 'blog', 1, 0)).toEqual([1000]);
    expect(ask(bookings, 'blog', 1, 120_000)).toEqual([120_000]);
  });

  it('may lie a little ahead for who is ready to wait', () => {
    const bookings = new Bookings(RATE);
    ask(bookings, 'shop', 3, 0);
    expect(bookings.turn({ key: 'blog', pass: '1' }, 600, 1100)).toBe(1000);
    // It was taken, not booked.
    expect(ask(bookings, 'blog', 1, 1000)).toEqual([2000]);
  });
});
