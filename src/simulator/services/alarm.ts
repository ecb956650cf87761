import type { CancelTimer, Clock } from '../../reconcile/ports.ts';

/** Node's timers overflow after 24.8 days, so a longer wait is cut into hops of a day. */
const HOP_MS = 86_400_000;

/** Calls `fire` once at the instant `at` (soon, if it has passed), however far away that is. */
export function setAlarm(clock: Clock, at: number, fire: () => void): CancelTimer {
  let cancel: CancelTimer = () => {};
  const hop = (): void => {
    const left = at - clock.now();
    cancel = clock.setTimer(Math.min(Math.max(left, 0), HOP_MS), left <= HOP_MS ? fire : hop);
  };
  hop();
  return () => cancel();
}
