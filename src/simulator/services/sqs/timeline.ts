import { Heap } from '../../heap.ts';

interface Entry {
  readonly at: number;
  readonly position: number;
}

/**
 * Positions ordered by instant, then by position. An entry is never taken out when it loses its meaning; it is
 * skipped when it comes to the front and `isCurrent` denies it.
 */
export class Timeline {
  private readonly entries = new Heap<Entry>(precedes);
  private readonly isCurrent: (position: number, at: number) => boolean;

  constructor(isCurrent: (position: number, at: number) => boolean) {
    this.isCurrent = isCurrent;
  }

  push(at: number, position: number): void {
    this.entries.push({ at, position });
  }

  /** The first current entry, left where it is. */
  peek(): Entry | undefined {
    for (;;) {
      const first = this.entries.first();
      if (first === undefined || this.isCurrent(first.position, first.at)) return first;
      this.entries.takeFirst();
    }
  }

  /** Takes the first current entry out. */
  pop(): Entry | undefined {
    const first = this.peek();
    if (first !== undefined) this.entries.takeFirst();
    return first;
  }

  clear(): void {
    this.entries.clear();
  }
}

function precedes(a: Entry, b: Entry): boolean {
  return a.at === b.at ? a.position < b.position : a.at < b.at;
}
