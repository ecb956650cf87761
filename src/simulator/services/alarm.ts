import type { CancelTimer, Clock } from '../../reconcile/ports.ts';

/** Node's timers overflow after 24.8 days, so a longer wait is cut into hops of a day. */
const HOP_MS = 86_400_000;

/**
 * Calls `fire` once at the instant `at` (soon, if it has passed), however far away that is and never before: the wall
 * clock's timers may be a millisecond early.
 */
export function setAlarm(clock: Clock, at: number, fire: () => void): CancelTimer {
  let cancel: CancelTimer = () => {};
  const hop = (): void => {
    const left = Math.max(at - clock.now(), 0);
    cancel = clock.setTimer(Math.min(left, HOP_MS), () => (clock.now() < at ? hop() : fire()));
  };
  hop();
  return () => cancel();
}
