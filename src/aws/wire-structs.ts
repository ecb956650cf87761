/** Makes a document of the wire of a member of the SDK's, or the other way round. Never gives back what it was given. */
export type Convert = (value: unknown) => unknown;

/** For what is the same on both sides, and cannot be changed: texts and switches. */
export const asItIs: Convert = (value) => value;

/** A member of a struct, and how it is converted. */
export interface Part {
  readonly name: string;
  readonly convert: Convert;
}

type Document = Readonly<Record<string, unknown>>;
type Make = (value: Document) => unknown;

/** Structs are given with the same few sets of members time and again; so many of them, counted by member, are remembered. */
const REMEMBERED_MAX = 512;

/** A set of members that was given this often gets a function of its own. */
const COMPILED_FROM = 8;

/**
 * A converter of structs with these parts, and no others: members that are undefined are left out, unknown ones are dropped,
 * and the rest comes in the order of `parts`.
 *
 * Nothing is done as often in a replay. An object that is written out whole is made several times faster than one that grows
 * member by member, and takes half the room, so each set of members that comes often gets a function that does that.
 */
export function structOf(parts: readonly Part[]): Convert {
  const none = new Given(new Struct(parts), []);
  return (value) => {
    if (!isObject(value)) return value;
    let given = none;
    // By far the fastest way through an object.
    for (const name in value) {
      const member = value[name];
      if (member !== undefined && member !== null) given = given.and(name);
    }
    return given.make(value);
  };
}

export function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null;
}

class Struct {
  remembered = 0;
  private readonly parts: ReadonlyMap<string, Part>;

  constructor(parts: readonly Part[]) {
    this.parts = new Map(parts.map((part) => [part.name, part]));
  }

  has(name: string): boolean {
    return this.parts.has(name);
  }

  /** Those of the parts that are named, in the struct's order. */
  pick(names: readonly string[]): readonly Part[] {
    const wanted = new Set(names);
    return [...this.parts.values()].filter(({ name }) => wanted.has(name));
  }
}

/** The members that a document was found to have so far, in its own order. */
class Given {
  private readonly struct: Struct;
  private readonly names: readonly string[];
  private readonly following = new Map<string, Given>();
  /** What followed last time follows most of the time. */
  private lastName: string | undefined;
  private last: Given = this;
  private uses = 0;
  private made: Make | undefined;

  constructor(struct: Struct, names: readonly string[]) {
    this.struct = struct;
    this.names = names;
  }

  and(name: string): Given {
    if (name === this.lastName) return this.last;
    const next = this.following.get(name) ?? this.begin(name);
    this.lastName = name;
    this.last = next;
    return next;
  }

  make(value: Document): unknown {
    this.made ??= memberByMember(this.struct.pick(this.names));
    this.uses += 1;
    if (this.uses === COMPILED_FROM) this.made = compile(this.struct.pick(this.names));
    return this.made(value);
  }

  private begin(name: string): Given {
    if (!this.struct.has(name)) return this;
    const next = new Given(this.struct, [...this.names, name]);
    if (this.struct.remembered >= REMEMBERED_MAX) return next;
    this.struct.remembered += 1;
    this.following.set(name, next);
    return next;
  }
}

function memberByMember(parts: readonly Part[]): Make {
  return (value) => {
    const made: Record<string, unknown> = {};
    for (const { name, convert } of parts) made[name] = convert(value[name]);
    return made;
  };
}

/** `(value) => ({ "a": value["a"], "b": convert1(value["b"]) })` */
function compile(parts: readonly Part[]): Make {
  const members = parts.map(({ name, convert }, index) => {
    const quoted = JSON.stringify(name);
    return `${quoted}: ${convert === asItIs ? '' : `convert${index}`}(value[${quoted}])`;
  });
  const makeWith = new Function(
    ...parts.map((_, index) => `convert${index}`),
    `return (value) => ({ ${members.join(', ')} });`,
  );
  // The text above is nothing but such a function; its names come from the SDK's schemas.
  return makeWith(...parts.map(({ convert }) => convert)) as Make;
}
