import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bucket } from '../../src/aws/bucket.ts';

const RATE = { burst: 10, perSecond: 4 };

function takeAll(bucket: Bucket, now: number): number {
  let taken = 0;
  while (bucket.waitMs(now) === 0) {
    bucket.take(now);
    taken += 1;
  }
  return taken;
}

describe('Bucket', () => {
  it('gives its burst at once and then one token each 1/rate', () => {
    const bucket = new Bucket(RATE, 0);
    expect(takeAll(bucket, 0)).toBe(10);
    expect(bucket.waitMs(0)).toBe(250);
    expect(takeAll(bucket, 249)).toBe(0);
    expect(takeAll(bucket, 250)).toBe(1);
    expect(takeAll(bucket, 1_250)).toBe(4);
  });

  it('never saves up more than its burst', () => {
    const bucket = new Bucket(RATE, 0);
    takeAll(bucket, 0);
    expect(takeAll(bucket, 3_600_000)).toBe(10);
  });

  it('halves its rate and drops what it saved when a call was throttled', () => {
    const bucket = new Bucket(RATE, 0);
    bucket.slow(0);
    expect(bucket.ratePerSecond(0)).toBe(2);
    expect(bucket.waitMs(0)).toBe(500);
  });

  it('takes throttles of one moment for one', () => {
    const bucket = new Bucket(RATE, 0);
    for (let call = 0; call < 20; call += 1) bucket.slow(call * 40);
    expect(bucket.ratePerSecond(0)).toBeCloseTo(2, 0);
  });

  it('is back at its full rate half a minute after one throttle', () => {
    const bucket = new Bucket(RATE, 0);
    bucket.slow(0);
    expect(bucket.ratePerSecond(15_000)).toBeCloseTo(3);
    expect(bucket.ratePerSecond(30_000)).toBe(4);
    expect(bucket.ratePerSecond(300_000)).toBe(4);
  });

  it('keeps a sixteenth of its rate however long it is throttled', () => {
    const bucket = new Bucket(RATE, 0);
    for (let second = 0; second < 100; second += 1) bucket.slow(second * 1_000);
    expect(bucket.ratePerSecond(99_000)).toBe(0.25);
    expect(bucket.waitMs(99_000)).toBe(4_000);
  });

  it('gives the same number of tokens however often it is looked at while it recovers', () => {
    const seldom = new Bucket({ burst: 1_000, perSecond: 4 }, 0);
    const often = new Bucket({ burst: 1_000, perSecond: 4 }, 0);
    for (const bucket of [seldom, often]) bucket.slow(0);
    for (let at = 0; at < 60_000; at += 7) often.ratePerSecond(at);
    expect(takeAll(seldom, 60_000)).toBe(210);
    expect(takeAll(often, 60_000)).toBe(210);
  });

  it('never lets more through than burst plus rate times time, whatever happens', () => {
    const steps = fc.array(fc.record({ waitMs: fc.nat(3_000), throttled: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (walk) => {
        const bucket = new Bucket(RATE, 0);
        let now = 0;
        let taken = takeAll(bucket, now);
        for (const step of walk) {
          now += step.waitMs;
          if (step.throttled) bucket.slow(now);
          taken += takeAll(bucket, now);
          expect(taken).toBeLessThanOrEqual(RATE.burst + (RATE.perSecond * now) / 1000 + 1e-6);
        }
      }),
    );
  });

  it('has a token when it said it would, when nothing slows it meanwhile', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.boolean(), (at, throttled) => {
        const bucket = new Bucket({ burst: 3, perSecond: 0.8 }, 0);
        if (throttled) bucket.slow(0);
        takeAll(bucket, at);
        expect(bucket.waitMs(at + bucket.waitMs(at))).toBe(0);
      }),
    );
  });
});
