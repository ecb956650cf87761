import PQueue from 'p-queue';
import { NotYetError } from '../reconcile/errors.ts';
import type { CancelTimer, Clock } from '../reconcile/ports.ts';
import { Bookings } from './bookings.ts';
import { Bucket } from './bucket.ts';
import { BACKGROUND_PRIORITY, type FairOptions, FairQueue } from './fair-queue.ts';
import { isMutating } from './operations.ts';
import { type Rate, type RateGroup, rateGroupOf } from './rates.ts';

/** Calls of one group under way at once; well below the 50 sockets of a Node HTTP agent. */
const CONCURRENCY_MAX = 20;

/** The part of the published rates that is ours; the rest is for people, deployments and other tools. */
const SHARE_DEFAULT = 0.8;

/** A pass waits this long for the turn of a write; for a later one it comes back. */
const PATIENCE_MS = 500;

/** A call that asks to go out. */
export interface Ticket {
  readonly service: string;
  readonly operation: string;
  /** Whose turn it takes: the pass's key, or empty outside of passes. */
  readonly key: string;
  /** Steps back for others (a sweep's calls do). */
  readonly background: boolean;
  /** The pass that writes, which need not wait: it can come back. */
  readonly pass?: string | undefined;
  /** Gives up waiting when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** Ends a call that was let through, once; `throttled` when AWS refused it for its rate. */
export type Leave = (throttled: boolean) => void;

/** What the limits do now, for metrics. */
interface GroupNumbers {
  /** `ecs/service-read`. */
  readonly group: string;
  readonly waiting: number;
  readonly underWay: number;
  /** Calls a second let through now, and when nothing is wrong. */
  readonly ratePerSecond: number;
  readonly fullRatePerSecond: number;
  /** Throttles since the start. */
  readonly throttles: number;
}

/** Keeps the calls of one account and region below AWS's rates. */
export interface Limits {
  /**
   * Resolves when the call may go out; rejects with the signal's reason when it is aborted before that, and with
   * `NotYetError` when it is a pass's write whose turn is too far away to wait for. Waiting calls are held by those
   * who wait, so there are never more than the passes under way make at once.
   */
  enter(ticket: Ticket): Promise<Leave>;
  /** One entry for each group that was used so far, by name. */
  numbers(): readonly GroupNumbers[];
}

const UNLIMITED: Promise<Leave> = Promise.resolve(() => {});

/**
 * Makes the limits of one account and region: at most `share` of each published rate but
 * those that are ours alone. Several replicas know
 * nothing of one another; what they ask too much together, throttling takes back (each halves its rate and
 * recovers slowly).
 */
export function createLimits(options: { readonly clock: Clock; readonly share?: number }): Limits {
  const { clock, share = SHARE_DEFAULT } = options;
  const lanes = new Map<string, Lane>();
  const laneOf = (group: RateGroup): Lane => {
    const known = lanes.get(group.name);
    if (known !== undefined) return known;
    const made = new Lane(group, partOf(group, share), clock);
    lanes.set(group.name, made);
    return made;
  };
  return {
    enter(ticket) {
      const group = rateGroupOf(ticket.service, ticket.operation);
      return group === undefined ? UNLIMITED : laneOf(group).enter(ticket);
    },
    numbers: () =>
      [...lanes.values()]
        .map((lane) => lane.numbers())
        .sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0)),
  };
}

function partOf({ published, isOurs }: RateGroup, share: number): Rate {
  const { burst, perSecond } = published;
  // One call of the burst makes up for calls that the network brings closer together.
  if (isOurs === true) return { burst: Math.max(1, burst - 1), perSecond };
  return { burst: Math.max(1, Math.floor(burst * share)), perSecond: perSecond * share };
}

/**
 * The calls of one bucket. A `PQueue` holds those that wait in fair order; it is paused while the bucket is empty or as
 * many are under way as may be. (Its own `intervalCap` is not used: it reads the real clock.)
 */
class Lane {
  private readonly name: string;
  private readonly clock: Clock;
  private readonly bucket: Bucket;
  /** For groups of writes only; where reads wait too, a turn cannot be foreseen. */
  private readonly bookings: Bookings | undefined;
  private readonly waiting = new PQueue<FairQueue, FairOptions>({ queueClass: FairQueue });
  private underWay = 0;
  private timer: CancelTimer | undefined;
  private throttles = 0;

  constructor({ name, operations }: RateGroup, full: Rate, clock: Clock) {
    this.name = name;
    this.clock = clock;
    this.bucket = new Bucket(full, clock.now());
    this.bookings = operations?.every(isMutating) === true ? new Bookings(full) : undefined;
  }

  enter(ticket: Ticket): Promise<Leave> {
    const now = this.clock.now();
    const at = this.turnOf(ticket, now);
    if (at <= now + PATIENCE_MS) return this.wait(ticket);
    return Promise.reject(new NotYetError(`${ticket.service}.${ticket.operation}`, at));
  }

  private turnOf({ key, pass }: Ticket, now: number): number {
    if (pass === undefined || this.bookings === undefined) return now;
    return this.bookings.turn({ key, pass }, now, now + PATIENCE_MS);
  }

  private wait({ key, signal, background }: Ticket): Promise<Leave> {
    this.openOrClose();
    // Most calls need not wait, and the queue costs as much as all the rest.
    const isFree = !this.waiting.isPaused && this.waiting.size === 0;
    if (isFree && signal?.aborted !== true) return Promise.resolve(this.go());
    const priority = background ? BACKGROUND_PRIORITY : 0;
    return new Promise((resolve, reject) => {
      // The call itself runs where it was made, not in the queue's context: only the turn is taken here.
      const turn = async () => resolve(this.go());
      this.waiting.add(turn, { key, priority, signal }).catch(reject);
      this.openOrClose();
    });
  }

  private go(): Leave {
    this.underWay += 1;
    this.bucket.take(this.clock.now());
    this.openOrClose();
    return (throttled) => this.leave(throttled);
  }

  numbers(): GroupNumbers {
    return {
      group: this.name,
      waiting: this.waiting.size,
      underWay: this.underWay,
      ratePerSecond: this.bucket.ratePerSecond(this.clock.now()),
      fullRatePerSecond: this.bucket.full.perSecond,
      throttles: this.throttles,
    };
  }

  private leave(throttled: boolean): void {
    this.underWay -= 1;
    if (throttled) {
      this.throttles += 1;
      this.bucket.slow(this.clock.now());
    }
    if (throttled || this.waiting.size > 0) this.openOrClose();
  }

  /** Lets calls through while there are tokens and room; for the next token it looks again when that is due. */
  private openOrClose(): void {
    const waitMs = this.bucket.waitMs(this.clock.now());
    if (waitMs === 0 && this.underWay < CONCURRENCY_MAX) {
      this.waiting.start();
      return;
    }
    this.waiting.pause();
    if (waitMs === 0 || this.timer !== undefined || this.waiting.size === 0) return;
    this.timer = this.clock.setTimer(waitMs, () => {
      this.timer = undefined;
      this.openOrClose();
    });
  }
}
