interface Entry {
  readonly at: number;
  readonly position: number;
}

/**
 * Positions ordered by instant, then by position. An entry is never taken out when it loses its meaning; it is
 * skipped when it comes to the front and `isCurrent` denies it.
 */
export class Timeline {
  private readonly entries: Entry[] = [];
  private readonly isCurrent: (position: number, at: number) => boolean;

  constructor(isCurrent: (position: number, at: number) => boolean) {
    this.isCurrent = isCurrent;
  }

  push(at: number, position: number): void {
    let index = this.entries.length;
    const entry = { at, position };
    this.entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const other = this.entries[parent];
      if (other === undefined || !precedes(entry, other)) break;
      this.entries[index] = other;
      index = parent;
    }
    this.entries[index] = entry;
  }

  /** The first current entry, left where it is. */
  peek(): Entry | undefined {
    for (;;) {
      const first = this.entries[0];
      if (first === undefined || this.isCurrent(first.position, first.at)) return first;
      this.removeFirst();
    }
  }

  /** Takes the first current entry out. */
  pop(): Entry | undefined {
    const first = this.peek();
    if (first !== undefined) this.removeFirst();
    return first;
  }

  clear(): void {
    this.entries.length = 0;
  }

  private removeFirst(): void {
    const last = this.entries.pop();
    if (last === undefined || this.entries.length === 0) return;
    let index = 0;
    for (;;) {
      const child = this.smallerChild(index);
      const other = this.entries[child];
      if (other === undefined || !precedes(other, last)) break;
      this.entries[index] = other;
      index = child;
    }
    this.entries[index] = last;
  }

  private smallerChild(index: number): number {
    const left = this.entries[2 * index + 1];
    const right = this.entries[2 * index + 2];
    return left !== undefined && right !== undefined && precedes(right, left) ? 2 * index + 2 : 2 * index + 1;
  }
}

function precedes(a: Entry, b: Entry): boolean {
  return a.at === b.at ? a.position < b.position : a.at < b.at;
}
