import { beginningWith, compare, firstIndex } from '../paging.ts';

interface Named {
  readonly name: string;
}

/** What readers find of parameters now, by the part of their ARN. */
interface Sight<Parameter> {
  readonly seen: (resource: string) => Parameter | undefined;
  /** Whether the last change of a parameter shows, so that what is seen of it stays; what is gone is then forgotten. */
  readonly settle: (resource: string) => boolean;
}

/**
 * The parameters that readers find, in the order of their names. It follows the changes one by one: neither a page of
 * ten nor a change costs a look at ten thousand.
 */
export class Listing<Parameter extends Named> {
  private readonly sight: Sight<Parameter>;
  private readonly listed: Parameter[] = [];
  /** What is listed, by the part of its ARN. */
  private readonly shown = new Map<string, Parameter>();
  /** Those that may be seen otherwise by now. */
  private readonly changing = new Set<string>();

  /** What was asked for last, which the next page asks for again. */
  private range: { readonly prefix: string; readonly items: readonly Parameter[] } | undefined;

  constructor(sight: Sight<Parameter>) {
    this.sight = sight;
  }

  /** Good until the next change. */
  all(): readonly Parameter[] {
    for (const resource of this.changing) {
      this.show(resource, this.sight.seen(resource));
      if (this.sight.settle(resource)) this.changing.delete(resource);
    }
    return this.listed;
  }

  /** Those whose names begin with `prefix`. */
  beginningWith(prefix: string): readonly Parameter[] {
    const all = this.all();
    if (this.range?.prefix !== prefix) {
      this.range = { prefix, items: beginningWith(all, ({ name }) => name, prefix) };
    }
    return this.range.items;
  }

  changed(resource: string): void {
    this.changing.add(resource);
  }

  clear(): void {
    this.listed.length = 0;
    this.range = undefined;
    this.shown.clear();
    this.changing.clear();
  }

  private show(resource: string, parameter: Parameter | undefined): void {
    const before = this.shown.get(resource);
    if (before === parameter) return;
    this.range = undefined;
    if (before !== undefined) this.listed.splice(this.placeOf(before), 1);
    if (parameter === undefined) this.shown.delete(resource);
    else {
      this.listed.splice(this.placeOf(parameter), 0, parameter);
      this.shown.set(resource, parameter);
    }
  }

  private placeOf({ name }: Named): number {
    return firstIndex(this.listed, (other) => compare(other.name, name) >= 0);
  }
}
