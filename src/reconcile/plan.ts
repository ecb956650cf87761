import { hash } from 'node:crypto';

/**
 * One AWS write, as data. `id` is unique in a plan and stays the same from pass to pass
 * (`services/web/update`), which is how a repeated write is recognised.
 */
export interface Action {
  readonly id: string;
  readonly type: string;
  /** What is written, for people: `service shop-web`. */
  readonly resource: string;
  /** Ids of actions that must have succeeded first; their results are handed to `apply`. */
  readonly after?: readonly string[];
  /**
   * Set on actions that are not safe to repeat: an intent is recorded before the call goes out, and
   * `intent` is its digest. Without it the action may be sent any number of times.
   */
  readonly intent?: string;
  /**
   * What the write asks for, where the action's data may change from pass to pass though it asks for the same
   * (an ARN known only once a sibling action ran). A repeated write is recognised by this, else by all its data.
   */
  readonly fingerprint?: string;
  /** True when the action takes something away; such actions count against the deletion guard. */
  readonly deletes?: boolean;
}

/** What differs, for people. `path` is stable: `services/web/desiredCount`. */
export interface Difference {
  readonly path: string;
  readonly desired: unknown;
  readonly observed: unknown;
}

/** A problem or fact about a key. Status `False` is a problem; `since` is when it became so. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False';
  /** CamelCase, from a closed set each controller documents. */
  readonly reason: string;
  /** Sentences for a person: what was found, what is allowed, what happens now, what to type. */
  readonly message: string;
  /** The parameter concerned, the place in it (`web.cpu`), and the version that was read. */
  readonly parameter?: string;
  readonly path?: string;
  readonly version?: number;
  /** The service, rule or other resource concerned, when it is not a parameter. */
  readonly resource?: string;
}

/**
 * Valid: parameters parse. Readable: reads succeeded. Owned: nobody else claims the resource. Supported: we
 * can write it. Applied: writes succeeded. RolledOut: the last rollout ended well. Released: nothing is held.
 */
export type ConditionType =
  | 'Valid'
  | 'Readable'
  | 'Owned'
  | 'Supported'
  | 'Applied'
  | 'RolledOut'
  | 'Released'
  | 'Active';

/** The outcome of planning; data only, the same for the same input. */
export interface Plan<A extends Action = Action> {
  readonly actions: readonly A[];
  readonly differences: readonly Difference[];
  readonly conditions: readonly Condition[];
  /** What the controller remembers until the next pass (claims, baselines, workflows); JSON. */
  readonly memory: unknown;
  /** When to look again although nothing happened (epoch milliseconds). */
  readonly wakeAt?: number;
  /**
   * From when on the same facts may be planned in another way though nothing wakes the key then. Unless said never, once
   * the key's last write is as old as `CORRECTIONS_WINDOW_MS`.
   */
  readonly staleAt?: number;
  /** Events that need no look of their own: one that is sure to come sees what they tell of. */
  readonly gathering?: readonly Gathering[];
  /** Events that may be looked at later than they are told. */
  readonly deferring?: readonly Deferral[];
  /** The parameters that were read and are there, by name; an absent one is not in it. */
  readonly parameters: Readonly<Record<string, ParameterVersion>>;
  /** Actions that were planned but must wait for `trimtab approve`, and why. */
  readonly held?: { readonly actions: readonly A[]; readonly reason: string };
  /** Why nothing is written (the text of the `paused` parameter). */
  readonly paused?: string;
  /** Nothing is left of this key: no parameter, no marked resource. Its status may be forgotten. */
  readonly gone?: boolean;
  /** Ids of open intents whose effect was seen, or that are known to have had none. */
  readonly closedIntents?: readonly string[];
}

/** Nothing is done for events about this before `until` (epoch milliseconds), and there will be a look by then. */
export interface Gathering {
  /** What `subjectOf` their causes begins with. */
  readonly about: string;
  readonly until: number;
  /** A look that comes before `until` asks for another one by then, so these outlast the wake that is stored now. */
  readonly lasting?: true;
}

/** Nothing would be done for an event about this within `forMs` of when it was told, so its look need not come before. */
export interface Deferral {
  /** What `subjectOf` its cause begins with. */
  readonly about: string;
  readonly forMs: number;
}

/** Which version of a parameter was read, and when it was written (epoch milliseconds). */
export interface ParameterVersion {
  readonly version: number;
  readonly modifiedAt: number;
}

/** JSON with sorted keys: equal values give equal text. `undefined` members are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inOrder(value)) ?? '';
}

/**
 * The same JSON with members sorted, but for names that are array indices: those come first, by size, in every object.
 * `JSON.stringify` with a replacer that sorts takes five times as long, and every pass writes a dozen of these.
 */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  if ('toJSON' in value && typeof value.toJSON === 'function') return value;
  const members = value as Members;
  const sorted: Record<string, unknown> = {};
  for (const name of Object.keys(members).sort()) setMember(sorted, name, inOrder(members[name]));
  return sorted;
}

/** Of all names only `__proto__` cannot be given to an object by assigning it. */
function setMember(members: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(members, name, { value, enumerable: true });
  else members[name] = value;
}

/** Whether two values are the same JSON, whatever the order of their members: undefined ones count as missing. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && sameItems(a, b);
  }
  return sameMembers(a as Members, b as Members);
}

type Members = Readonly<Record<string, unknown>>;

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
}

function sameMembers(a: Members, b: Members): boolean {
  for (const name of Object.keys(a)) if (!sameJson(a[name], b[name])) return false;
  for (const name of Object.keys(b)) if (b[name] !== undefined && a[name] === undefined) return false;
  return true;
}

/** Sixteen hexadecimal digits that stand for a value; equal values have equal digests. */
export function digestOf(value: unknown): string {
  return hash('sha256', canonicalJson(value)).slice(0, 16);
}

/** What a repeated write is recognised by. What it waits for does not change what it asks for. */
export function fingerprintOf({ fingerprint, after: _after, ...asked }: Action): string {
  return fingerprint ?? digestOf(asked);
}

/** The digest a person approves: exactly these actions. */
export function planDigest(actions: readonly Action[]): string {
  return digestOf([...actions].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)));
}
