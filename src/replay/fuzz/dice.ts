import { assert } from '../../reconcile/errors.ts';
import type { Random } from '../../reconcile/ports.ts';
import { randomInteger, seededRandom } from '../../simulator/random.ts';

/** Choices made by a seed: the same seed makes the same ones. */
export interface Dice {
  /** True in `share` of all cases, from 0 to 1. */
  chance(share: number): boolean;
  /** An integer in [low, high]. */
  between(low: number, high: number): number;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
}

export function createDice(seed: number): Dice {
  const random: Random = seededRandom(seed);
  return {
    chance: (share) => random() < share,
    between: (low, high) => low + randomInteger(random, high - low + 1),
    pick<T>(list: readonly T[]): T {
      assert(list.length > 0, 'there is nothing to choose from');
      // The index is within the list, which may well have `undefined` in it.
      return list[randomInteger(random, list.length)] as T;
    },
  };
}

/** The seed of one run of many: runs of neighbouring numbers have nothing in common. */
export function seedOfRun(seed: number, run: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(run + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
