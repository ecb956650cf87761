/** Items of which the first is at hand: a binary heap. */
export class Heap<Item> {
  private items: Item[] = [];
  private readonly precedes: (a: Item, b: Item) => boolean;

  constructor(precedes: (a: Item, b: Item) => boolean) {
    this.precedes = precedes;
  }

  get size(): number {
    return this.items.length;
  }

  /** The first item, left where it is. */
  first(): Item | undefined {
    return this.items[0];
  }

  push(item: Item): void {
    let index = this.items.length;
    this.items.push(item);
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const other = this.items[parent];
      if (other === undefined || this.precedes(other, item)) break;
      this.items[index] = other;
      index = parent;
    }
    this.items[index] = item;
  }

  /** Takes the first item out. */
  takeFirst(): Item | undefined {
    const [first] = this.items;
    const last = this.items.pop();
    if (last !== undefined && this.items.length > 0) this.sink(last);
    return first;
  }

  /** Leaves only the items that `isKept` says. */
  keep(isKept: (item: Item) => boolean): void {
    // A sorted list is a heap, too.
    this.items = this.items.filter(isKept).sort((a, b) => (this.precedes(a, b) ? -1 : 1));
  }

  clear(): void {
    this.items.length = 0;
  }

  private sink(item: Item): void {
    let index = 0;
    for (;;) {
      const child = this.smallerChild(index);
      const other = this.items[child];
      if (other === undefined || this.precedes(item, other)) break;
      this.items[index] = other;
      index = child;
    }
    this.items[index] = item;
  }

  private smallerChild(index: number): number {
    const left = this.items[2 * index + 1];
    const right = this.items[2 * index + 2];
    const isRight = left !== undefined && right !== undefined && this.precedes(right, left);
    return isRight ? 2 * index + 2 : 2 * index + 1;
  }
}
