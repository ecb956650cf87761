import { isDocument } from '../documents.ts';
import { ANYTHING, COUNTS, TEXTS } from './bait.ts';
import type { Dice } from './dice.ts';

/** Longer lists and objects grow no further. */
const MEMBERS_MAX = 300;

/**
 * Another JSON value made from one: some part of it changes its type, its size or its place, is doubled or goes away.
 * The value itself is not changed; what stays as it was is shared with it.
 */
export function mutateValue(value: unknown, dice: Dice): unknown {
  const isNested = (Array.isArray(value) && value.length > 0) || (isDocument(value) && sizeOf(value) > 0);
  if (isNested && dice.chance(0.75)) return mutateInside(value, dice);
  if (Array.isArray(value)) return mutateList(value, dice);
  if (isDocument(value)) return mutateDocument(value, dice);
  return mutateScalar(value, dice);
}

function mutateInside(value: unknown, dice: Dice): unknown {
  if (Array.isArray(value)) {
    const index = dice.between(0, value.length - 1);
    return value.map((member: unknown, at) => (at === index ? mutateValue(member, dice) : member));
  }
  const members = Object.entries(value as object);
  const index = dice.between(0, members.length - 1);
  return Object.fromEntries(
    members.map(([name, member], at) => [name, at === index ? mutateValue(member, dice) : member]),
  );
}

function mutateList(list: readonly unknown[], dice: Dice): unknown {
  const index = dice.between(0, Math.max(0, list.length - 1));
  switch (dice.between(0, 4)) {
    case 0:
      return list.filter((_member, at) => at !== index);
    case 1:
      return [...list, ...list.slice(index, index + 1)];
    case 2:
      return [...list].reverse();
    case 3:
      return list.length * 6 > MEMBERS_MAX ? list.slice(0, 1) : Array.from({ length: 6 }, () => list).flat();
    default:
      return dice.pick(ANYTHING);
  }
}

function mutateDocument(document: Readonly<Record<string, unknown>>, dice: Dice): unknown {
  const names = Object.keys(document);
  if (names.length === 0) return dice.chance(0.5) ? { [dice.pick(TEXTS)]: 1 } : dice.pick(ANYTHING);
  const name = dice.pick(names);
  const { [name]: member, ...rest } = document;
  switch (dice.between(0, 4)) {
    case 0:
      return rest;
    case 1:
      return { ...rest, [name.toUpperCase()]: member };
    case 2:
      return { ...document, [`${name}-2`]: member };
    case 3:
      return [document];
    default:
      return dice.pick(ANYTHING);
  }
}

function mutateScalar(value: unknown, dice: Dice): unknown {
  if (typeof value === 'number' && dice.chance(0.6)) {
    return dice.pick([value + 1, value - 1, value * 2, -value, value / 3, 0, String(value)]);
  }
  if (typeof value === 'string' && dice.chance(0.6)) {
    const cut = value.slice(0, dice.between(0, value.length));
    return dice.pick([cut, value + value, value.toUpperCase(), ` ${value} `, dice.pick(TEXTS)]);
  }
  return dice.pick(dice.chance(0.5) ? COUNTS : ANYTHING);
}

function sizeOf(value: object): number {
  return Object.keys(value).length;
}
