import { describe, expect, it } from 'vitest';
import { settleConfig } from '../../../src/controllers/app/services/settling.ts';
import { NOW, PACE } from './builders.ts';

const at = (versions: string, youngestAt = NOW - 3_600_000) => ({ versions, youngestAt });
const rest = { versions: 'a', changedAt: NOW - 3_600_000 };

describe('config comes to rest', () => {
  it('at once when it is seen for the first time and is old, or empty', () => {
    expect(settleConfig(undefined, at('a'), PACE, NOW)).toEqual({
      memory: { versions: 'a', changedAt: NOW - 3_600_000 },
    });
    expect(settleConfig(undefined, at('a', 0), PACE, NOW)).not.toHaveProperty('settlesAt');
  });

  it('after the quiet when it is seen for the first time and was just written', () => {
    const { memory, settlesAt } = settleConfig(undefined, at('a', NOW - 1_000), PACE, NOW);
    expect(settlesAt).toBe(NOW + 4_000);
    expect(memory).toEqual({ versions: 'a', changedAt: NOW - 1_000, unsettledAt: NOW - 1_000 });
  });

  it('never later than the quiet allows although Parameter Store’s clock is ahead of ours', () => {
    expect(settleConfig(undefined, at('a', NOW + 60_000), PACE, NOW).settlesAt).toBe(NOW + 5_000);
  });

  it('five seconds after the last change that was seen', () => {
    const first = settleConfig(rest, at('b'), PACE, NOW);
    expect(first.settlesAt).toBe(NOW + 5_000);
    const second = settleConfig(first.memory, at('c'), PACE, NOW + 3_000);
    expect(second.settlesAt).toBe(NOW + 8_000);
    expect(settleConfig(second.memory, at('c'), PACE, NOW + 7_999).settlesAt).toBe(NOW + 8_000);
    const third = settleConfig(second.memory, at('c'), PACE, NOW + 8_000);
    expect(third).toEqual({ memory: { versions: 'c', changedAt: NOW + 3_000 } });
  });

  it('at most a minute after the first change, however often it changes, also with that very pass', () => {
    let memory = settleConfig(rest, at('0'), PACE, NOW).memory;
    for (let seconds = 3; seconds < 60; seconds += 3) {
      const settled = settleConfig(memory, at(String(seconds)), PACE, NOW + seconds * 1000);
      expect(settled.settlesAt).toBeLessThanOrEqual(NOW + 60_000);
      memory = settled.memory;
    }
    const last = settleConfig(memory, at('60'), PACE, NOW + 60_000);
    expect(last).toEqual({ memory: { versions: '60', changedAt: NOW + 60_000 } });
    expect(settleConfig(last.memory, at('63'), PACE, NOW + 63_000).settlesAt).toBe(NOW + 68_000);
  });

  it('later when we were told of a change that no read shows yet', () => {
    const told = { ...at('a'), unseenAt: NOW - 1_000 };
    expect(settleConfig(rest, told, PACE, NOW)).toEqual({
      memory: { ...rest, changedAt: NOW - 1_000, unsettledAt: NOW - 1_000 },
      settlesAt: NOW + 4_000,
    });
    expect(settleConfig(rest, told, PACE, NOW + 4_000)).not.toHaveProperty('settlesAt');
    const changed = settleConfig(rest, { ...told, versions: 'b', unseenAt: NOW + 2_000 }, PACE, NOW);
    // AWS's clock may be ahead of ours: nothing was made later than now.
    expect(changed.settlesAt).toBe(NOW + 5_000);
  });

  it('five seconds after we were told of the last change, when it is looked at later than that', () => {
    const told = { ...at('b'), toldAt: NOW - 1_500 };
    const { memory, settlesAt } = settleConfig(rest, told, PACE, NOW);
    expect(settlesAt).toBe(NOW + 3_500);
    expect(memory).toEqual({ versions: 'b', changedAt: NOW - 1_500, unsettledAt: NOW - 1_500 });
    expect(settleConfig(rest, { ...told, toldAt: NOW + 60_000 }, PACE, NOW).settlesAt).toBe(NOW + 5_000);
  });

  it('five seconds after the youngest variable was written, whoever was told of it', () => {
    const late = { ...at('b', NOW - 1_000), toldAt: NOW - 5_000 };
    expect(settleConfig(rest, late, PACE, NOW)).toEqual({
      memory: { versions: 'b', changedAt: NOW - 1_000, unsettledAt: NOW - 1_000 },
      settlesAt: NOW + 4_000,
    });
    // A deletion leaves none that is younger.
    const deleted = { ...at('b', NOW - 60_000), toldAt: NOW - 5_000 };
    expect(settleConfig(rest, deleted, PACE, NOW)).not.toHaveProperty('settlesAt');
  });

  it('five seconds after it was written where nobody told this worker, as another one that was told would have it', () => {
    expect(settleConfig(rest, at('b', NOW - 4_500), PACE, NOW)).toEqual({
      memory: { versions: 'b', changedAt: NOW - 4_500, unsettledAt: NOW - 4_500 },
      settlesAt: NOW + 500,
    });
    expect(settleConfig(rest, at('b', NOW - 60_000), PACE, NOW)).not.toHaveProperty('settlesAt');
  });

  it('at most a minute after we were told of the first change, whose look was put off', () => {
    const told = { ...at('b'), toldAt: NOW - 500, toldSince: NOW - 4_500 };
    expect(settleConfig(rest, told, PACE, NOW).memory.unsettledAt).toBe(NOW - 4_500);
    // What comes much too late is of an older change.
    const stale = { ...told, toldSince: NOW - 600_000 };
    expect(settleConfig(rest, stale, PACE, NOW).memory.unsettledAt).toBe(NOW - 5_500);
  });

  it('not while a change that we were told of just now does not show', () => {
    const told = { ...at('a'), toldAt: NOW - 300 };
    expect(settleConfig(rest, told, PACE, NOW)).toEqual({
      memory: { ...rest, changedAt: NOW - 300, unsettledAt: NOW - 300 },
      settlesAt: NOW + 4_700,
    });
    // Also where the next look is another worker's, which was told nothing.
    const { memory } = settleConfig(rest, told, PACE, NOW);
    expect(settleConfig(memory, at('a'), PACE, NOW + 1_000).settlesAt).toBe(NOW + 4_700);
    expect(settleConfig(memory, at('a'), PACE, NOW + 4_700)).toEqual({
      memory: { ...rest, changedAt: NOW - 300 },
    });
  });

  it('at most a minute later, however often we are told of what never shows', () => {
    let memory: typeof rest & { unsettledAt?: number | undefined } = rest;
    for (let seconds = 0; seconds < 60; seconds += 4) {
      const now = NOW + seconds * 1000;
      const settled = settleConfig(memory, { ...at('a'), toldAt: now }, PACE, now);
      expect(settled.settlesAt).toBe(Math.min(now + 5_000, NOW + 60_000));
      memory = settled.memory;
    }
    const last = { ...at('a'), toldAt: NOW + 60_000 };
    expect(settleConfig(memory, last, PACE, NOW + 60_000)).not.toHaveProperty('settlesAt');
  });

  it('and stays at rest as long as nothing changes', () => {
    expect(settleConfig(rest, at('a'), PACE, NOW)).toEqual({ memory: rest });
  });

  it('at once where no quiet is wanted', () => {
    const pace = { quietMs: 0, quietMaxMs: 60_000 };
    expect(settleConfig(rest, at('b'), pace, NOW)).not.toHaveProperty('settlesAt');
  });
});
