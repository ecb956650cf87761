import type { Snapshot } from '../snapshot.ts';
import type { Dice } from './dice.ts';
import { meddle } from './people.ts';
import { subjectsOf } from './subjects.ts';
import { happen, hastened, moveInTime, rearrange, splice, thinned } from './timeline.ts';
import { type Trouble, trouble } from './troubles.ts';
import { wish } from './wishes.ts';

/** At most so many things are changed at once, so that what they do can be told apart. */
const MUTATIONS_MAX = 5;

/** What a new case is made from. */
export interface Parent {
  readonly snapshot: Snapshot;
  /** Rules that a controller made in it. */
  readonly rules: readonly string[];
}

/**
 * A snapshot like its parent but for a few things that somebody wants, does or suffers. It shares with the parent
 * whatever stays the same; the parent is not changed. `other` gives a snapshot to borrow a piece of.
 */
export function mutate(
  parent: Parent,
  other: () => Snapshot,
  troubles: readonly Trouble[],
  dice: Dice,
): Snapshot {
  let snapshot = thinned(hastened(parent.snapshot), dice);
  for (let count = dice.between(1, MUTATIONS_MAX); count > 0; count -= 1) {
    snapshot = mutateOnce({ ...parent, snapshot }, other, troubles, dice);
  }
  return snapshot;
}

function mutateOnce(
  { snapshot, rules }: Parent,
  other: () => Snapshot,
  troubles: readonly Trouble[],
  dice: Dice,
): Snapshot {
  const roll = dice.between(0, 99);
  if (roll < 50) return happen(snapshot, dice, ...wish(subjectsOf(snapshot), dice));
  if (roll < 80 && troubles.length > 0) return befall(snapshot, rules, dice.pick(troubles), dice);
  if (roll < 92) return rearrange(snapshot, dice);
  if (roll < 97) return splice(snapshot, other(), dice);
  return moveInTime(snapshot, dice);
}

function befall(snapshot: Snapshot, rules: readonly string[], kind: Trouble, dice: Dice): Snapshot {
  if (kind === 'replicas') return { ...snapshot, replicas: dice.between(1, 2) };
  const subjects = subjectsOf(snapshot);
  const happenings = kind === 'people' ? meddle(subjects, rules, dice) : trouble(kind, subjects, dice);
  return happen(snapshot, dice, ...happenings);
}
