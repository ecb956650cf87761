import { subjectOf } from '../reconcile/controller.ts';
import type { Deferral, Gathering } from '../reconcile/plan.ts';
import type { Gathered, WorkMessage } from './parcel.ts';

/** A change is taken to show in every read that begins this long after SQS got its message. */
const SETTLED_MS = 2_000;

/** Storms: a key gets this many passes in a window; then its messages wait for the window to end. */
const PASSES_MAX = 4;
const WINDOW_MS = 3_000;

const KEYS_MAX = 10_000;

/** The pass that takes what was gathered comes on time; where it did not, another worker had it. */
const LATE_MS = 60_000;

/** Below this a look that is put off costs more than it saves. */
const DEFERRED_MS_MIN = 2_000;

/** So many changes of a key are gathered; the next one gets a pass, which takes them all. */
const GATHERED_MAX = 100;

interface Recent {
  /** SQS's clock when it first handed out the message that began the last completed pass. */
  readonly coveredUntil: number;
  /** When the last passes began, by our clock; oldest first. */
  readonly begins: readonly number[];
  /** What the last completed pass said to gather, and what was since. */
  readonly gathering: readonly Gathering[];
  readonly gathered: readonly Gathered[];
  /** What the last completed pass said may be looked at later, and the look that was put off since. */
  readonly deferring: readonly Deferral[];
  readonly putOff: readonly Gathering[];
}

const NOTHING: Recent = {
  coveredUntil: Number.NEGATIVE_INFINITY,
  begins: [],
  gathering: [],
  gathered: [],
  deferring: [],
  putOff: [],
};

/** What a completed pass said of events to come. */
type Patience = Partial<Pick<Recent, 'gathering' | 'deferring'>>;

/**
 * What this worker remembers of its last passes, by key. It makes ten thousand events of one key cost a few
 * passes: a pass that began after a message was sent has seen what the message tells of, and one that waits for config
 * to rest comes back anyway. Forgetting costs passes, never changes.
 */
export class RecentPasses {
  private readonly keys = new Map<string, Recent>();

  /** Whether a completed pass has seen what this message tells of. Wakes and requests always get a pass. */
  covers(name: string, message: WorkMessage): boolean {
    if (!/^(event|sweep):/.test(message.cause.id)) return false;
    const { coveredUntil } = this.keys.get(name) ?? NOTHING;
    return message.sentAt < coveredUntil - SETTLED_MS;
  }

  /** Whether a pass that is sure to come will see what this message tells of, also by reads that lag. */
  awaits(name: string, message: WorkMessage, now: number): boolean {
    const { gathering, putOff, gathered } = this.keys.get(name) ?? NOTHING;
    if (message.isDeferred === true || gathered.length >= GATHERED_MAX) return false;
    const sure = isPut(message) ? [...gathering, ...putOff] : gathering;
    return sure.some(({ about, until }) => isAbout(message, about) && now <= until - SETTLED_MS);
  }

  /** Takes note of messages that were deleted because a pass awaits them. */
  gather(name: string, messages: readonly WorkMessage[]): void {
    const recent = this.keys.get(name) ?? NOTHING;
    const fresh = messages.map(({ cause, sentAt }) => ({ cause, sentAt }));
    this.set(name, { ...recent, gathered: [...recent.gathered, ...fresh] });
  }

  /**
   * The look at these messages, if it may be put off: once for each of them, and not where another one was put off that is so
   * near that its reads may lag. Deletions are looked at at once: another worker that does could not see when they were made.
   */
  deferral(name: string, messages: readonly WorkMessage[], now: number): Gathering | undefined {
    const { deferring, gathering, putOff } = this.keys.get(name) ?? NOTHING;
    const found = deferring.find(({ about }) => messages.every((one) => isAbout(one, about)));
    if (found === undefined || !messages.every((one) => isPut(one) && isNew(one))) return undefined;
    const { about, forMs } = found;
    const restMs = forMs - Math.max(...messages.map(waitedMs));
    const isPending = [...gathering, ...putOff].some(
      (one) => one.about === about && now <= one.until + LATE_MS,
    );
    return isPending || restMs < DEFERRED_MS_MIN ? undefined : { about, until: now + restMs };
  }

  /** The look at these messages was put off; it takes what else is told until then, or a look before it takes them. */
  deferred(name: string, messages: readonly WorkMessage[], look: Gathering, now: number): void {
    const recent = this.keys.get(name) ?? NOTHING;
    this.set(name, { ...recent, putOff: [look], gathered: this.gathered(name, now) });
    this.gather(name, messages);
  }

  /** What was gathered since the last completed pass: causes of the next one, unless another worker had that long ago. */
  gathered(name: string, now: number): readonly Gathered[] {
    const { gathering, putOff, gathered } = this.keys.get(name) ?? NOTHING;
    return [...gathering, ...putOff].some(({ until }) => now <= until + LATE_MS) ? gathered : [];
  }

  /** How long the key must wait for its next pass; 0 but in a storm. */
  waitMs(name: string, now: number): number {
    const { begins } = this.keys.get(name) ?? NOTHING;
    const [oldest] = begins;
    if (oldest === undefined || begins.length < PASSES_MAX) return 0;
    return Math.max(0, oldest + WINDOW_MS - now);
  }

  began(name: string, now: number): void {
    const recent = this.keys.get(name) ?? NOTHING;
    this.set(name, { ...recent, begins: [...recent.begins, now].slice(-PASSES_MAX) });
  }

  /** A pass that read the world ended well; `beganAt` is its work's. It took what was gathered. */
  completed(name: string, beganAt: number, { gathering = [], deferring = [] }: Patience = {}): void {
    const { coveredUntil, begins } = this.keys.get(name) ?? NOTHING;
    this.set(name, {
      coveredUntil: Math.max(coveredUntil, beganAt),
      begins,
      gathering,
      gathered: [],
      deferring,
      putOff: [],
    });
  }

  private set(name: string, recent: Recent): void {
    this.keys.delete(name);
    this.keys.set(name, recent);
    const [oldest] = this.keys.keys();
    if (this.keys.size > KEYS_MAX && oldest !== undefined) this.keys.delete(oldest);
  }
}

function isAbout({ cause }: Pick<WorkMessage, 'cause'>, about: string): boolean {
  return subjectOf(cause)?.startsWith(about) === true;
}

function isPut({ cause }: WorkMessage): boolean {
  return cause.change !== undefined && cause.change.operation !== 'Delete';
}

/** Handed out for the first time, and not put off before. */
function isNew({ isDeferred, receiveCount, sentAt }: WorkMessage): boolean {
  return isDeferred !== true && receiveCount === 1 && Number.isFinite(sentAt);
}

/** Both instants are of SQS's clock. */
function waitedMs({ sentAt, firstReceivedAt }: WorkMessage): number {
  return Math.max(0, firstReceivedAt - sentAt);
}
