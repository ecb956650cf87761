import type { Rate } from './rates.ts';

/** From nothing to the full rate in this time; a halved rate is whole again after half of it. */
const RECOVERY_MS = 60_000;

/** Throttles this close together speak of the same moment: calls under way when the first one came back. */
const SAME_MOMENT_MS = 1_000;

/** The rate never falls below this part of the full one, so that recovery can be noticed. */
const SLOWEST_PART = 1 / 16;

/** Rounding must not keep a token back for another millisecond. */
const EPSILON = 1e-9;

/**
 * A token bucket that gives way: a throttled call halves its rate and empties it, and the rate grows back
 * linearly. It keeps no clock; every method is told the time, which must not go backwards.
 */
export class Bucket {
  readonly full: Rate;
  private tokens: number;
  private rate: number;
  private at: number;
  private slowedAt = Number.NEGATIVE_INFINITY;

  constructor(full: Rate, now: number) {
    this.full = full;
    this.tokens = full.burst;
    this.rate = full.perSecond;
    this.at = now;
  }

  /** How long until a token is there; 0 when one is. Never too short, maybe too long while the rate recovers. */
  waitMs(now: number): number {
    this.advance(now);
    const missing = 1 - this.tokens;
    return missing <= EPSILON ? 0 : Math.max(1, Math.ceil((missing / this.rate) * 1000));
  }

  /** Takes one token; the caller has seen that one is there. */
  take(now: number): void {
    this.advance(now);
    this.tokens -= 1;
  }

  /** AWS refused a call of this bucket for its rate. */
  slow(now: number): void {
    this.advance(now);
    this.tokens = Math.min(this.tokens, 0);
    if (now - this.slowedAt < SAME_MOMENT_MS) return;
    this.slowedAt = now;
    this.rate = Math.max(this.rate / 2, this.full.perSecond * SLOWEST_PART);
  }

  /** Tokens a second that come back now. */
  ratePerSecond(now: number): number {
    this.advance(now);
    return this.rate;
  }

  /** Adds what came back since the last look: the area under a rate that climbs and then stays level. */
  private advance(now: number): void {
    const seconds = Math.max(0, now - this.at) / 1000;
    this.at = Math.max(this.at, now);
    const climbPerSecond = this.full.perSecond / (RECOVERY_MS / 1000);
    const climbing = Math.min(seconds, (this.full.perSecond - this.rate) / climbPerSecond);
    const gained =
      this.rate * climbing +
      (climbPerSecond * climbing ** 2) / 2 +
      this.full.perSecond * (seconds - climbing);
    this.tokens = Math.min(this.full.burst, this.tokens + gained);
    this.rate = Math.min(this.full.perSecond, this.rate + climbPerSecond * climbing);
  }
}
