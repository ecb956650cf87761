import { describe, expect, it } from 'vitest';
import { HeldLease, type LeaseOptions } from '../../src/queue/lease.ts';
import { LeaseLostError } from '../../src/reconcile/errors.ts';
import { sleep } from '../../src/reconcile/ports.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';

const VISIBILITY_MS = 30_000;

function openLease(options: Partial<LeaseOptions> & { clock: VirtualClock }): HeldLease {
  return new HeldLease({
    visibilityMs: VISIBILITY_MS,
    heldFrom: options.clock.now(),
    renew: async () => true,
    ...options,
  });
}

function holds(lease: HeldLease): boolean {
  try {
    lease.check('a write');
    return true;
  } catch (error) {
    if (error instanceof LeaseLostError) return false;
    throw error;
  }
}

describe('a lease', () => {
  it('holds as long as heartbeats get through, one every ten seconds', async () => {
    const clock = new VirtualClock();
    const beatsAt: number[] = [];
    const startedAt = clock.now();
    const renew = async () => beatsAt.push(clock.now() - startedAt) > 0;
    const lease = openLease({ clock, renew });
    expect(await lease.begin()).toBe(true);
    await clock.advance(65_000);
    expect(holds(lease)).toBe(true);
    expect(beatsAt).toEqual([10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
  });

  it('is lost with the first heartbeat that fails, and does not come back', async () => {
    const clock = new VirtualClock();
    let beats = 0;
    const lease = openLease({
      clock,
      renew: async () => {
        beats += 1;
        return beats !== 2;
      },
    });
    await lease.begin();
    await clock.advance(19_999);
    expect([holds(lease), lease.signal.aborted]).toEqual([true, false]);
    await clock.advance(60_000);
    expect([holds(lease), lease.signal.aborted]).toEqual([false, true]);
    expect(beats).toBe(2);
  });

  it('counts from before the heartbeat was sent, and ends ten seconds early, while the next one hangs', async () => {
    const clock = new VirtualClock();
    let beats = 0;
    const renew = async () => {
      beats += 1;
      await sleep(clock, beats === 1 ? 4000 : 600_000);
      return true;
    };
    const lease = openLease({ clock, renew });
    await lease.begin();
    // The heartbeat sent at 10 s is answered at 14 s; it hides the messages until 40 s at least.
    await clock.advance(29_999);
    expect([holds(lease), lease.signal.aborted]).toEqual([true, false]);
    await clock.advance(1);
    expect([holds(lease), lease.signal.aborted]).toEqual([false, true]);
  });

  it('counts from when the receive was sent, and is renewed before the pass when that is long ago', async () => {
    const clock = new VirtualClock();
    let beats = 0;
    const renew = async () => {
      beats += 1;
      await sleep(clock, 300);
      return true;
    };
    const lease = openLease({ clock, renew, heldFrom: clock.now() - 19_000 });
    let begunAt = 0;
    const startedAt = clock.now();
    void lease.begin().then(() => {
      begunAt = clock.now();
    });
    await clock.advance(9000);
    expect([beats, begunAt - startedAt, holds(lease)]).toEqual([1, 300, true]);
  });

  it('does not begin when it cannot be renewed', async () => {
    const clock = new VirtualClock();
    const lease = openLease({ clock, renew: async () => false, heldFrom: clock.now() - 19_000 });
    expect(await lease.begin()).toBe(false);
    expect(holds(lease)).toBe(false);
  });

  it('is over with its pass: what comes late may not write, and nothing beats on', async () => {
    const clock = new VirtualClock();
    let beats = 0;
    const lease = openLease({
      clock,
      renew: async () => {
        beats += 1;
        return true;
      },
    });
    await lease.begin();
    await clock.advance(15_000);
    await lease.end();
    await clock.advance(600_000);
    expect([holds(lease), lease.signal.aborted, beats]).toEqual([false, false, 1]);
  });

  it('is taken from a pass that is stuck', async () => {
    const clock = new VirtualClock();
    const lease = openLease({ clock });
    await lease.begin();
    await clock.advance(899_000);
    expect(holds(lease)).toBe(true);
    await clock.advance(1000);
    expect([holds(lease), lease.signal.aborted]).toEqual([false, true]);
  });
});
