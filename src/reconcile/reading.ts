import type { Failure } from './errors.ts';

/**
 * What a read found. `absent` is only said by a read that succeeded and was complete; anything else that
 * kept us from seeing the thing is `unreadable` and never counts as a deletion.
 */
export type Reading<T> =
  | { readonly state: 'found'; readonly value: T }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly failure: Failure };

export const ABSENT: { readonly state: 'absent' } = { state: 'absent' };

export function found<T>(value: T): Reading<T> {
  return { state: 'found', value };
}

export function unreadable<T>(failure: Failure): Reading<T> {
  return { state: 'unreadable', failure };
}

/** The value, or undefined when it is absent or unreadable. */
export function valueIn<T>(reading: Reading<T>): T | undefined {
  return reading.state === 'found' ? reading.value : undefined;
}

/** A parameter of desired state as it was read. Never one under `config/`. */
export interface Parameter {
  readonly name: string;
  /** `String`, `StringList` or `SecureString`; the value of a SecureString is not kept. */
  readonly type: string;
  readonly value: string;
  readonly version: number;
  readonly modifiedAt: number;
}

/** All that is ever known of a config variable: no value, no ciphertext. */
export interface ParameterName {
  readonly name: string;
  readonly type: string;
  readonly version: number;
  readonly modifiedAt: number;
}
