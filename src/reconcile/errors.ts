/** The call would have started outside the lease on its key; nothing was sent. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  constructor(doing: string) {
    super(`the lease on this key ended before ${doing}; another worker has it now`);
  }
}

/**
 * Too many calls of this kind are waiting before the call, or AWS still has to notice what it needs: its turn is at
 * `at`. It did not take effect.
 */
export class NotYetError extends Error {
  override readonly name = 'NotYetError';
  readonly at: number;
  constructor(doing: string, at: number) {
    super(`the turn of ${doing} comes later`);
    this.at = at;
  }
}

/** Somebody else wrote the key's status since we read it: this pass must not go on. */
export class StatusConflictError extends Error {
  override readonly name = 'StatusConflictError';
}

/**
 * What a failed AWS call means to the loop.
 * - `throttled`: refused for its rate; did not take effect
 * - `denied`: the role may not; did not take effect; a person must act
 * - `refused`: AWS says the request is wrong or conflicts; did not take effect; retried slowly
 * - `unknown`: no answer or a 5xx: it may have taken effect
 */
export type FailureKind = 'throttled' | 'denied' | 'refused' | 'unknown';

/** A failed AWS call in the loop's words. The message never holds values from requests. */
export interface Failure {
  readonly kind: FailureKind;
  /** AWS's error name, `AccessDeniedException`; bounded, fit for a label. */
  readonly code: string;
  readonly message: string;
}

/** Something only a mistake of ours can bring about; counted as a panic. */
export class BugError extends Error {
  override readonly name = 'BugError';
  constructor(what: string) {
    super(`this is a bug in trimtab: ${what}`);
  }
}

/** Asserts what only a mistake of ours can break; kept in production. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new BugError(message);
}

/** The exhaustive `default` of a switch over a union. Tells the type of what came, never its contents. */
export function unreachable(value: never): never {
  const found: unknown = value;
  const type = typeof found === 'object' && found !== null && 'type' in found ? found.type : typeof found;
  throw new BugError(`unexpected ${String(type)}`);
}

/** Puts what was being done in front of an error, and keeps the cause. */
export function wrapError(doing: string, cause: unknown): Error {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${doing}: ${text}`, { cause });
}
