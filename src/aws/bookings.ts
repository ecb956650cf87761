import type { Rate } from './rates.ts';

/** A key that does not come for its turns within this time has lost them. */
const LAPSE_MS = 60_000;

interface Booked {
  /** The pass that asked last, and for how many calls. */
  pass: string;
  asked: number;
  /** Instants, in order. */
  readonly turns: number[];
}

/**
 * Turns at a bucket, in the order in which they are asked for. A pass whose turn is minutes away need not wait for it
 * with its messages in hand, which would hold up fresh changes of its key and everybody else's slot: it ends, and
 * the key comes back when its turn has come. It keeps no clock; every method is told the time.
 */
export class Bookings {
  private readonly spacingMs: number;
  private readonly toleranceMs: number;
  private readonly keys = new Map<string, Booked>();
  /** When the next call would be due if there were no bursts (GCRA's theoretical arrival time). */
  private dueAt = Number.NEGATIVE_INFINITY;

  constructor({ burst, perSecond }: Rate) {
    this.spacingMs = 1000 / perSecond;
    this.toleranceMs = (burst - 1) * this.spacingMs;
  }

  /**
   * The instant of one call's turn. One that is not later than `latest` is taken with that; a later one stays
   * booked, and the same calls of a later pass of the key are given it again.
   */
  turn({ key, pass }: { readonly key: string; readonly pass: string }, now: number, latest: number): number {
    this.forget(now);
    const booked = this.keys.get(key) ?? { pass, asked: 0, turns: [] };
    if (booked.pass !== pass) Object.assign(booked, { pass, asked: 0 });
    const known = booked.turns[booked.asked];
    const at = known ?? this.book(now);
    if (at <= latest) {
      if (known !== undefined) booked.turns.splice(booked.asked, 1);
      return at;
    }
    if (known === undefined) booked.turns.push(at);
    booked.asked += 1;
    this.keys.set(key, booked);
    return at;
  }

  private book(now: number): number {
    const at = Math.max(now, this.dueAt - this.toleranceMs);
    this.dueAt = Math.max(now, this.dueAt) + this.spacingMs;
    return at;
  }

  private forget(now: number): void {
    for (const [key, { turns }] of this.keys) {
      if ((turns.at(-1) ?? 0) < now - LAPSE_MS) this.keys.delete(key);
    }
  }
}
