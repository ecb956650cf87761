import { describe, expect, it } from 'vitest';
import { createHealth, PARTS } from '../../src/server/health.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';

describe('readiness', () => {
  it('names what is not there yet, and comes with the last part', () => {
    const health = createHealth(new VirtualClock());
    health.done('work queue polled');
    expect(health.readiness()).toEqual({
      ready: false,
      missing: ['not yet: intake queue polled', 'not yet: first sweep queued'],
    });
    for (const part of PARTS) health.done(part);
    expect(health.readiness()).toEqual({ ready: true, missing: [] });
  });

  it('ends with draining, so that nothing is sent here any more', () => {
    const health = createHealth(new VirtualClock());
    for (const part of PARTS) health.done(part);
    health.drain();
    expect(health.readiness()).toEqual({ ready: false, missing: ['shutting down'] });
  });
});

describe('liveness', () => {
  it('holds while every loop turns within its bound, and says which one does not', async () => {
    const clock = new VirtualClock();
    const health = createHealth(clock);
    const intakeTurned = health.loop('intake', 60_000);
    health.loop('worker', 60_000);
    await clock.advance(60_000);
    expect(health.liveness().alive).toBe(true);
    intakeTurned();
    await clock.advance(1);
    expect(health.liveness()).toEqual({
      alive: false,
      loops: [
        { loop: 'intake', alive: true, lastTurnMs: 1, boundMs: 60_000 },
        { loop: 'worker', alive: false, lastTurnMs: 60_001, boundMs: 60_000 },
      ],
    });
  });

  it('comes back when the loop turns again', async () => {
    const clock = new VirtualClock();
    const health = createHealth(clock);
    const turned = health.loop('worker', 1_000);
    await clock.advance(5_000);
    expect(health.liveness().alive).toBe(false);
    turned();
    expect(health.liveness().alive).toBe(true);
  });

  it('does not end a process that drains, although its loops have stopped', async () => {
    const clock = new VirtualClock();
    const health = createHealth(clock);
    health.loop('worker', 1_000);
    health.drain();
    await clock.advance(30_000);
    expect(health.liveness().alive).toBe(true);
  });
});
