/** A pass that takes longer than this waits for AWS more than it works. */
const SLOW_MS = 2_000;

/** Passes under way for each slot, those that are slow included. */
const UNDER_WAY_FACTOR = 4;

/** The part of the slots that slow passes of one account and region may be as many as, before its others wait. */
const SLOW_SHARE = 0.25;

/** A pass under way, from when its messages came. */
export interface Stay {
  readonly place: string;
  readonly since: number;
}

/**
 * Shares the slots of a worker between accounts. Where there are several, a pass that has become slow, because its
 * account is throttled or does not answer, takes no slot from others, and as long as an account has slow ones no more
 * of it are begun than a few. Where there is one account, every pass takes a slot.
 */
export class Crowd {
  private readonly slots: number;
  private readonly isShared: () => boolean;
  private readonly stays = new Set<Stay>();

  constructor(slots: number, isShared: () => boolean) {
    this.slots = slots;
    this.isShared = isShared;
  }

  /** How long who waits for a slot may sleep before a pass can have become slow; undefined: until one ends. */
  get lookMs(): number | undefined {
    return this.isShared() ? SLOW_MS / 2 : undefined;
  }

  enter(place: string, now: number): Stay {
    const stay = { place, since: now };
    this.stays.add(stay);
    return stay;
  }

  leave(stay: Stay): void {
    this.stays.delete(stay);
  }

  free(now: number): number {
    if (!this.isShared()) return this.slots - this.stays.size;
    const quick = [...this.stays].filter((stay) => !isSlow(stay, now)).length;
    return Math.min(this.slots - quick, this.slots * UNDER_WAY_FACTOR - this.stays.size);
  }

  /** Whether an account and region has so many slow passes that another one should wait. */
  isCrowded({ place }: Stay, now: number): boolean {
    if (!this.isShared()) return false;
    const slow = [...this.stays].filter((stay) => stay.place === place && isSlow(stay, now)).length;
    return slow >= Math.max(1, Math.floor(this.slots * SLOW_SHARE));
  }
}

function isSlow({ since }: Stay, now: number): boolean {
  return now >= since + SLOW_MS;
}
