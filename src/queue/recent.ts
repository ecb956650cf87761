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
const GATHERED_MS = 60_000;

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
  /** What the last completed pass said may be looked at later. */
  readonly deferring: readonly Deferral[];
}

const NOTHING: Recent = {
  coveredUntil: Number.NEGATIVE_INFINITY,
  begins: [],
  gathering: [],
  gathered: [],
  deferring: [],
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
  awaits(name: string, { cause }: WorkMessage, now: number): boolean {
    const { gathering, gathered } = this.keys.get(name) ?? NOTHING;
    if (gathered.length >= GATHERED_MAX) return false;
    return gathering.some(({ about, until }) => isAbout({ cause }, about) && now <= until - SETTLED_MS);
  }

  /** Takes note of messages that were deleted because a pass awaits them. */
  gather(name: string, messages: readonly WorkMessage[]): void {
    const recent = this.keys.get(name) ?? NOTHING;
    const fresh = messages.map(({ cause, sentAt }) => ({ cause, sentAt }));
    this.set(name, { ...recent, gathered: [...recent.gathered, ...fresh] });
  }

  /**
   * Until when the look at these messages may be put off, if at all: once for each of them, and not where one was put off
   * already and its look is so near that its reads may lag.
   */
  deferral(name: string, messages: readonly WorkMessage[], now: number): Gathering | undefined {
    const { deferring, gathering } = this.keys.get(name) ?? NOTHING;
    const found = deferring.find(({ about }) => messages.every((one) => isAbout(one, about)));
    const isFirst = messages.every(
      ({ isDeferred, sentAt }) => isDeferred !== true && Number.isFinite(sentAt),
    );
    if (found === undefined || !isFirst) return undefined;
    const { about, forMs } = found;
    return gathering.some((one) => one.about === about) ? undefined : { about, until: now + forMs };
  }

  /** The look at these messages was put off; it takes what else is told until then, or a look before it takes them. */
  deferred(name: string, messages: readonly WorkMessage[], until: Gathering): void {
    const recent = this.keys.get(name) ?? NOTHING;
    this.set(name, { ...recent, gathering: [...recent.gathering, until] });
    this.gather(name, messages);
  }

  /** What was gathered since the last completed pass: causes of the next one, unless another worker had that long ago. */
  gathered(name: string, now: number): readonly Gathered[] {
    const { gathering, gathered } = this.keys.get(name) ?? NOTHING;
    return gathering.some(({ until }) => now <= until + GATHERED_MS) ? gathered : [];
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
