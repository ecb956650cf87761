/**
 * The ports through which time and chance enter. Everything that waits or rolls dice takes one of
 * these, so that a whole account and its controller can run in virtual time and be replayed.
 */

/** Takes back a timer; calling it twice, or after the timer fired, does nothing. */
export type CancelTimer = () => void;

/** A source of time. `now` is milliseconds since 1970 and never goes backwards. */
export interface Clock {
  now(): number;
  /** Calls `fire` once, `delayMs` (≥ 0) from now, never synchronously. */
  setTimer(delayMs: number, fire: () => void): CancelTimer;
}

/** Uniform numbers in [0, 1). Seeded in simulation and replay. */
export type Random = () => number;

/** Resolves after `delayMs`, or at once when `signal` is or becomes aborted; it never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.setTimer(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
