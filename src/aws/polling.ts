import { sleep } from '../reconcile/ports.ts';
import { backoff } from '../reconcile/retry.ts';
import { BATCH_MAX, type Queue, type Received, receive } from './queues.ts';

/** Longest wait SQS allows; a quiet queue costs three requests a minute. */
const WAIT_SECONDS = 20;

/** After a failed poll. Doubles from the first to the last. */
const AFTER_FAILURE_FIRST_MS = 1_000;
const AFTER_FAILURE_LAST_MS = 30_000;

/** A queue that answers "nothing" sooner than this was not asked to wait, or does not want to: slow down. */
const EMPTY_POLL_MIN_MS = 1_000;

export interface Polling {
  readonly queue: Queue;
  readonly visibilitySeconds: number;
  /** Waits until there is room or the loop is stopped, and tells for how many messages. */
  readonly room: () => Promise<number>;
  /** Takes messages over; `polledAt` is when the receive was sent. It never throws. */
  readonly take: (messages: readonly Received[], polledAt: number) => void;
  /** The queue answered a poll. */
  readonly polled: () => void;
  /** The queue did not answer; the loop goes on after a while. */
  readonly failing: (error: unknown) => void;
}

/**
 * Long-polls a queue until `signal` is aborted. It survives every error of SQS with a growing wait, and never
 * spins. The first poll, and the one after an error, do not wait: they show soon whether the queue answers.
 */
export async function pollQueue(polling: Polling, signal: AbortSignal): Promise<void> {
  const { clock } = polling.queue;
  let failures = 0;
  let patient = false;
  while (!signal.aborted) {
    const room = await polling.room();
    if (signal.aborted) return;
    const polledAt = clock.now();
    try {
      const messages = await receive(polling.queue, pollFor(polling, room, patient), signal);
      if (!signal.aborted) polling.polled();
      failures = 0;
      if (messages.length > 0) polling.take(messages, polledAt);
      else if (patient) await sleep(clock, Math.max(0, polledAt + EMPTY_POLL_MIN_MS - clock.now()), signal);
      patient = true;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      patient = false;
      polling.failing(error);
      await sleep(clock, backoff(failures, AFTER_FAILURE_FIRST_MS, AFTER_FAILURE_LAST_MS), signal);
    }
  }
}

function pollFor(polling: Polling, room: number, patient: boolean) {
  return {
    max: Math.min(BATCH_MAX, Math.max(1, room)),
    waitSeconds: patient ? WAIT_SECONDS : 0,
    visibilitySeconds: polling.visibilitySeconds,
  };
}
