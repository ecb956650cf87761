import type { Dice } from './dice.ts';
import type { Parent } from './mutate.ts';
import { projectsIn } from './subjects.ts';

/** Inputs that are kept at most of either kind; each is a few kilobytes, for it shares its world with the others. */
const ENTRIES_MAX = 200;

/** How often a case is made from a snapshot as it was given. */
const GIVEN_SHARE = 0.2;

/**
 * How often a case is made from one in which apps are built, where there are others: it costs three times as much, and
 * shows something new more often, so left alone there would soon be few others.
 */
const BUILT_SHARE = 0.3;

/** Inputs that showed something new, to make more from. */
export class Corpus {
  private readonly plain: Shelf;
  private readonly built: Shelf;

  constructor(given: readonly Parent[]) {
    this.plain = new Shelf(given.filter((one) => !isBuilt(one)));
    this.built = new Shelf(given.filter(isBuilt));
  }

  get size(): number {
    return this.plain.size + this.built.size;
  }

  /** Keeps an input; when there are too many, one of the others goes. */
  keep(entry: Parent, dice: Dice): void {
    const shelf = isBuilt(entry) ? this.built : this.plain;
    shelf.keep(entry, dice);
  }

  /** One to make a case from; the younger half is chosen more often. */
  choose(dice: Dice): Parent {
    if (this.built.size === 0) return this.plain.choose(dice);
    if (this.plain.size === 0) return this.built.choose(dice);
    return (dice.chance(BUILT_SHARE) ? this.built : this.plain).choose(dice);
  }
}

function isBuilt({ snapshot }: Parent): boolean {
  return projectsIn(snapshot).length > 0;
}

/** Inputs of one kind. */
class Shelf {
  private readonly given: readonly Parent[];
  private readonly kept: Parent[] = [];

  constructor(given: readonly Parent[]) {
    this.given = given;
  }

  get size(): number {
    return this.given.length + this.kept.length;
  }

  keep(entry: Parent, dice: Dice): void {
    if (this.kept.length < ENTRIES_MAX) this.kept.push(entry);
    else this.kept[dice.between(0, ENTRIES_MAX - 1)] = entry;
  }

  choose(dice: Dice): Parent {
    if (this.kept.length === 0 || dice.chance(GIVEN_SHARE)) return dice.pick(this.given);
    const from = dice.chance(0.5) ? Math.floor(this.kept.length / 2) : 0;
    return dice.pick(this.kept.slice(from));
  }
}
