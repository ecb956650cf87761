import { setMember } from '../members.ts';
import { type AttributeValue, attributeOf, type Item } from './values.ts';

/** A document path: the name of an attribute, then names and list positions. */
export type Path = readonly [string, ...(string | number)[]];

/** The value at `path`, if there is one. */
export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  let value = attributeOf(item, path[0]);
  for (let index = 1; index < path.length; index += 1) {
    const step = path[index];
    if (value === undefined || step === undefined) return undefined;
    value = childOf(value, step);
  }
  return value;
}

/** The value one step inside of `value`. */
export function childOf(value: AttributeValue, step: string | number): AttributeValue | undefined {
  if (typeof step === 'number') return 'L' in value ? value.L[step] : undefined;
  return 'M' in value ? attributeOf(value.M, step) : undefined;
}

/** A path as DynamoDB writes it in messages: `[a, b, [0]]`. */
export function showPath(path: Path): string {
  return `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;
}

/** How two paths stand to each other: the same or one inside the other, or using one thing in two ways. */
export function pathConflict(a: Path, b: Path): 'overlap' | 'conflict' | undefined {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    if (typeof a[index] !== typeof b[index]) return 'conflict';
    if (a[index] !== b[index]) return undefined;
  }
  return 'overlap';
}

type PathTree = Map<string | number, PathTree>;

/** Those parts of an item that `paths` name. Elements of lists move together. */
export function project(item: Item, paths: readonly Path[]): Item {
  return projectionOn(paths)(item);
}

/** The same for many items. */
export function projectionOn(paths: readonly Path[]): (item: Item) => Item {
  const root: PathTree = new Map();
  for (const path of paths) {
    let node = root;
    for (const step of path) {
      const next = node.get(step) ?? (new Map() as PathTree);
      node.set(step, next);
      node = next;
    }
  }
  return (item) => pickAttributes(item, root);
}

function pickAttributes(item: Item, tree: PathTree): Item {
  const picked: Record<string, AttributeValue> = {};
  for (const name of Object.keys(item)) {
    const node = tree.get(name);
    const value = node && item[name];
    const part = node && value && pick(value, node);
    if (part !== undefined) setMember(picked, name, part);
  }
  return picked;
}

function pick(value: AttributeValue, tree: PathTree): AttributeValue | undefined {
  if (tree.size === 0) return value;
  if ('L' in value) {
    const members = value.L.flatMap((member, index) => {
      const node = tree.get(index);
      const part = node === undefined ? undefined : pick(member, node);
      return part === undefined ? [] : [part];
    });
    return members.length === 0 ? undefined : { L: members };
  }
  if (!('M' in value)) return undefined;
  const members = pickAttributes(value.M, tree);
  return Object.keys(members).length === 0 ? undefined : { M: members };
}
