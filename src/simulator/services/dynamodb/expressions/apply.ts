import { setMember } from '../../members.ts';
import { membersOf } from '../compare.ts';
import { invalid } from '../errors.ts';
import { addNumbers } from '../numbers.ts';
import { type Path, valueAt } from '../paths.ts';
import { type AttributeValue, attributeOf, type Item, typeOf } from '../values.ts';
import type { SetValue, UpdateAction } from './actions.ts';

/**
 * The item after an update. Everything is worked out from the item as it was: `SET a = b, b = a` swaps.
 * Source: DynamoDB Expressions.UpdateExpressions.html
 */
export function applyUpdate(item: Item, actions: readonly UpdateAction[]): Item {
  const writes: { path: Path; value: AttributeValue }[] = [];
  const removals: Path[] = [];
  for (const action of actions) {
    const value = resultOf(action, item);
    if (value === undefined) removals.push(action.path);
    else writes.push({ path: action.path, value });
  }
  // Elements written beyond the end of a list are appended in order; removals then count from the back.
  writes.sort((a, b) => compareSteps(a.path, b.path));
  removals.sort((a, b) => compareSteps(b, a));
  // Most updates write many attributes as a whole: all of them go into one copy of the item.
  const written: Record<string, AttributeValue> = { ...item };
  for (const { path, value } of writes) {
    const [name] = path;
    const isWhole = path.length === 1;
    setMember(
      written,
      name,
      isWhole ? value : changeInside(attributeOf(written, name), path.slice(1), value),
    );
  }
  return removals.reduce(withoutPath, written);
}

function withoutPath(item: Item, path: Path): Item {
  const [name] = path;
  const left =
    path.length === 1 ? undefined : changeInside(attributeOf(item, name), path.slice(1), undefined);
  return withAttribute(item, name, left);
}

/** What an action leaves at its path; nothing means that it is removed. */
function resultOf(action: UpdateAction, item: Item): AttributeValue | undefined {
  if (action.kind === 'remove') return undefined;
  if (action.kind === 'set') return evaluate(action.value, item);
  const existing = valueAt(item, action.path);
  return action.kind === 'add' ? added(existing, action.value) : withoutMembers(existing, action.value);
}

function evaluate(value: SetValue, item: Item): AttributeValue {
  switch (value.kind) {
    case 'value':
      return value.value;
    case 'path': {
      const found = valueAt(item, value.path);
      if (found !== undefined) return found;
      throw invalid('The provided expression refers to an attribute that does not exist in the item');
    }
    case 'ifNotExists':
      return valueAt(item, value.path) ?? evaluate(value.otherwise, item);
    case 'listAppend': {
      const first = evaluate(value.first, item);
      const second = evaluate(value.second, item);
      if ('L' in first && 'L' in second) return { L: [...first.L, ...second.L] };
      throw incorrectType();
    }
    case 'sum': {
      const left = evaluate(value.left, item);
      const right = evaluate(value.right, item);
      if ('N' in left && 'N' in right) return { N: addNumbers(left.N, right.N, value.sign) };
      throw incorrectType();
    }
  }
}

function added(existing: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if (existing === undefined) return value;
  if ('N' in existing && 'N' in value) return { N: addNumbers(existing.N, value.N) };
  const [old, more] = sameSets(existing, value);
  return asSet(existing, [...old, ...more.filter((member) => !old.includes(member))]);
}

function withoutMembers(
  existing: AttributeValue | undefined,
  value: AttributeValue,
): AttributeValue | undefined {
  if (existing === undefined) return undefined;
  const [old, less] = sameSets(existing, value);
  const left = old.filter((member) => !less.includes(member));
  return left.length === 0 ? undefined : asSet(existing, left);
}

function sameSets(a: AttributeValue, b: AttributeValue): [readonly string[], readonly string[]] {
  const left = membersOf(a);
  const right = membersOf(b);
  if (left === undefined || right === undefined || typeOf(a) !== typeOf(b)) throw incorrectType();
  return [left, right];
}

function asSet(like: AttributeValue, members: readonly string[]): AttributeValue {
  if ('SS' in like) return { SS: members };
  return 'NS' in like ? { NS: members } : { BS: members };
}

/** `container` with `value` (or nothing) at `path` inside of it. The way there must exist. */
function changeAt(
  container: AttributeValue,
  path: readonly (string | number)[],
  value: AttributeValue | undefined,
): AttributeValue {
  const [step, ...rest] = path;
  if (typeof step === 'string' && 'M' in container) {
    const existing = attributeOf(container.M, step);
    return {
      M: withAttribute(container.M, step, rest.length === 0 ? value : changeInside(existing, rest, value)),
    };
  }
  if (typeof step === 'number' && 'L' in container) {
    const existing = container.L[step];
    const members = [...container.L];
    const changed = rest.length === 0 ? value : changeInside(existing, rest, value);
    if (changed === undefined) members.splice(step, 1);
    else members.splice(step, 1, changed);
    return { L: members };
  }
  throw invalidPath();
}

function changeInside(
  existing: AttributeValue | undefined,
  rest: readonly (string | number)[],
  value: AttributeValue | undefined,
): AttributeValue {
  if (existing === undefined) throw invalidPath();
  return changeAt(existing, rest, value);
}

function withAttribute(item: Item, name: string, value: AttributeValue | undefined): Item {
  if (value !== undefined) return { ...item, [name]: value };
  if (!Object.hasOwn(item, name)) return item;
  return Object.fromEntries(Object.entries(item).filter(([other]) => other !== name));
}

/** Paths by their steps; positions in lists by number. */
function compareSteps(a: Path, b: Path): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const left = a[index];
    const right = b[index];
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return String(left) < String(right) ? -1 : 1;
  }
  return a.length - b.length;
}

function incorrectType() {
  return invalid('An operand in the update expression has an incorrect data type');
}

function invalidPath() {
  return invalid('The document path provided in the update expression is invalid for update');
}
