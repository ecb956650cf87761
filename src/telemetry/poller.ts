import type { Clock } from '../reconcile/ports.ts';

export interface PollingOptions {
  readonly clock: Clock;
  /** From the end of one call to the next. */
  readonly everyMs: number;
  /** Told what `poll` rejected with; polling goes on. */
  readonly onError: (error: unknown) => void;
}

/** Calls `poll` now and again and again, never twice at a time, until the returned function is called. */
export function startPolling(options: PollingOptions, poll: () => Promise<void>): () => void {
  const { clock, everyMs, onError } = options;
  let isStopped = false;
  let cancel = () => {};
  const turn = async () => {
    await poll().catch(onError);
    if (!isStopped) cancel = clock.setTimer(everyMs, () => void turn());
  };
  void turn();
  return () => {
    isStopped = true;
    cancel();
  };
}
