import { Heap } from './heap.ts';

/** One call to make at an instant. */
export interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
  /** It was cancelled, or its turn has come. */
  isOver: boolean;
}

/** Cancelled timers are swept out once there are more of them than this and than half of all. */
const SWEEP_MIN = 64;

/**
 * Timers by instant, those of one instant in the order in which they were set. A timer that was cancelled stays in until it
 * is the first, or until most are like it; a poll's may be set for days ahead, and are many.
 */
export class Timers {
  private readonly heap = new Heap<Timer>(precedes);
  /** How many of the heap are over. */
  private over = 0;

  add(timer: Timer): void {
    this.heap.push(timer);
  }

  cancel(timer: Timer): void {
    if (timer.isOver) return;
    timer.isOver = true;
    this.over += 1;
    if (this.over > SWEEP_MIN && this.over * 2 > this.heap.size) this.sweep();
  }

  /** The next timer that was not cancelled, left where it is. */
  first(): Timer | undefined {
    while (this.heap.first()?.isOver) this.takeFirst();
    return this.heap.first();
  }

  /** Takes the first timer out. */
  takeFirst(): void {
    const first = this.heap.takeFirst();
    if (first === undefined) return;
    if (first.isOver) this.over -= 1;
    first.isOver = true;
  }

  private sweep(): void {
    this.heap.keep(({ isOver }) => !isOver);
    this.over = 0;
  }
}

function precedes(a: Timer, b: Timer): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}
