import type { Queue, QueueAddOptions } from 'p-queue';

type Run = () => Promise<unknown>;

/** How a waiting call is filed: calls of one `key` wait for one another, not for those of other keys. */
export type FairOptions = QueueAddOptions & { readonly key: string };

/** Priority of calls that step back for others; p-queue's default, 0, is that of everything else. */
export const BACKGROUND_PRIORITY = -1;

/** This many calls in a row may pass a waiting background call; then it is its turn. */
const PASSED_OVER_MAX = 7;

interface Waiter {
  readonly id: string;
  readonly key: string;
  readonly priority: number;
  readonly run: Run;
}

/**
 * The order in which calls leave a `PQueue`: keys take turns, so that one with hundreds of calls delays the first
 * call of another by one turn of each waiting key at most. Background calls go last, but one in eight is theirs.
 */
export class FairQueue implements Queue<Run, FairOptions> {
  private readonly ordinary = new Ring();
  private readonly background = new Ring();
  private passedOver = 0;

  get size(): number {
    return this.ordinary.size + this.background.size;
  }

  enqueue(run: Run, options: Partial<FairOptions> = {}): void {
    const waiter = { id: options.id ?? '', key: options.key ?? '', priority: options.priority ?? 0, run };
    this.ringOf(waiter.priority).push(waiter);
  }

  dequeue(): Run | undefined {
    const backgroundsTurn = this.ordinary.size === 0 || this.passedOver >= PASSED_OVER_MAX;
    if (backgroundsTurn && this.background.size > 0) {
      this.passedOver = 0;
      return this.background.shift()?.run;
    }
    this.passedOver = this.background.size > 0 ? this.passedOver + 1 : 0;
    return this.ordinary.shift()?.run;
  }

  remove(id: string): void {
    if (this.ordinary.remove(id) === undefined) this.background.remove(id);
  }

  setPriority(id: string, priority: number): void {
    const waiter = this.ordinary.remove(id) ?? this.background.remove(id);
    if (waiter !== undefined) this.ringOf(priority).push({ ...waiter, priority });
  }

  filter(options: Readonly<Partial<FairOptions>>): Run[] {
    const { key, priority } = options;
    return [...this.ordinary.all(), ...this.background.all()]
      .filter((waiter) => key === undefined || waiter.key === key)
      .filter((waiter) => priority === undefined || waiter.priority === priority)
      .map((waiter) => waiter.run);
  }

  private ringOf(priority: number): Ring {
    return priority < 0 ? this.background : this.ordinary;
  }
}

/** Keys in the order of their turns, each with its own line. */
class Ring {
  size = 0;
  private readonly lines = new Map<string, Waiter[]>();

  push(waiter: Waiter): void {
    const line = this.lines.get(waiter.key);
    if (line === undefined) this.lines.set(waiter.key, [waiter]);
    else line.push(waiter);
    this.size += 1;
  }

  /** Takes the first of the key whose turn it is, and sends the rest of that key's line to the back. */
  shift(): Waiter | undefined {
    for (const [key, line] of this.lines) {
      this.lines.delete(key);
      const [first, ...rest] = line;
      if (rest.length > 0) this.lines.set(key, rest);
      this.size -= 1;
      return first;
    }
    return undefined;
  }

  remove(id: string): Waiter | undefined {
    for (const [key, line] of this.lines) {
      const index = line.findIndex((waiter) => waiter.id === id);
      if (index < 0) continue;
      const [removed] = line.splice(index, 1);
      if (line.length === 0) this.lines.delete(key);
      this.size -= 1;
      return removed;
    }
    return undefined;
  }

  all(): Waiter[] {
    return [...this.lines.values()].flat();
  }
}
