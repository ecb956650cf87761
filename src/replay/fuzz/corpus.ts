import type { Dice } from './dice.ts';
import type { Parent } from './mutate.ts';

/** Inputs that are kept at most; each is a few kilobytes, for it shares its world with the others. */
const ENTRIES_MAX = 400;

/** How often a case is made from a snapshot as it was given. */
const GIVEN_SHARE = 0.2;

/** Inputs that showed something new, to make more from. */
export class Corpus {
  private readonly given: readonly Parent[];
  private readonly kept: Parent[] = [];

  constructor(given: readonly Parent[]) {
    this.given = given;
  }

  get size(): number {
    return this.given.length + this.kept.length;
  }

  /** Keeps an input; when there are too many, one of the others goes. */
  keep(entry: Parent, dice: Dice): void {
    if (this.kept.length < ENTRIES_MAX) this.kept.push(entry);
    else this.kept[dice.between(0, ENTRIES_MAX - 1)] = entry;
  }

  /** One to make a case from; the younger half is chosen more often. */
  choose(dice: Dice): Parent {
    if (this.kept.length === 0 || dice.chance(GIVEN_SHARE)) return dice.pick(this.given);
    const from = dice.chance(0.5) ? Math.floor(this.kept.length / 2) : 0;
    return dice.pick(this.kept.slice(from));
  }
}
