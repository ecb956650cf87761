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
 * Timers by instant, those of one instant in the order in which they were set: a binary heap. A timer that was cancelled
 * stays in until it is the first, or until most are like it; a poll's may be set for days ahead, and are many.
 */
export class Timers {
  private heap: Timer[] = [];
  /** How many of the heap are over. */
  private over = 0;

  add(timer: Timer): void {
    this.heap.push(timer);
    this.rise(this.heap.length - 1, timer);
  }

  cancel(timer: Timer): void {
    if (timer.isOver) return;
    timer.isOver = true;
    this.over += 1;
    if (this.over > SWEEP_MIN && this.over * 2 > this.heap.length) this.sweep();
  }

  /** The next timer that was not cancelled, left where it is. */
  first(): Timer | undefined {
    while (this.heap[0]?.isOver) this.takeFirst();
    return this.heap[0];
  }

  /** Takes the first timer out. */
  takeFirst(): void {
    const [first] = this.heap;
    const last = this.heap.pop();
    if (first === undefined || last === undefined) return;
    if (first.isOver) this.over -= 1;
    first.isOver = true;
    if (first !== last) this.sink(last);
  }

  /** A sorted list is a heap, too. */
  private sweep(): void {
    this.heap = this.heap.filter(({ isOver }) => !isOver).sort((a, b) => (precedes(a, b) ? -1 : 1));
    this.over = 0;
  }

  private rise(from: number, timer: Timer): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const other = this.heap[parent];
      if (other === undefined || precedes(other, timer)) break;
      this.heap[index] = other;
      index = parent;
    }
    this.heap[index] = timer;
  }

  private sink(timer: Timer): void {
    let index = 0;
    for (;;) {
      const child = this.smallerChild(index);
      const other = this.heap[child];
      if (other === undefined || precedes(timer, other)) break;
      this.heap[index] = other;
      index = child;
    }
    this.heap[index] = timer;
  }

  private smallerChild(index: number): number {
    const left = this.heap[2 * index + 1];
    const right = this.heap[2 * index + 2];
    return left !== undefined && right !== undefined && precedes(right, left) ? 2 * index + 2 : 2 * index + 1;
  }
}

function precedes(a: Timer, b: Timer): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}
