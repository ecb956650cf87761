import type { Work } from '../reconcile/controller.ts';
import type { Key } from '../reconcile/key.ts';

/**
 * What happens to a received key: `ready` when it waits for a slot (once for all its messages of a receive),
 * `started` and `ended` around its pass, `released` when it was given back or deleted without one.
 */
export type WorkEvent =
  | { readonly type: 'ready'; readonly key: Key; readonly redelivered: boolean }
  | { readonly type: 'started' | 'ended' | 'released'; readonly key: Key };

/** A pass that threw; its messages stay in the queue. */
export interface FailedPass {
  readonly work: Work;
  readonly error: unknown;
  readonly durationMs: number;
}

/**
 * Why messages were put back for a while: the status was written by somebody else, the pass broke down, the key's
 * last pass here still runs though its lease is gone, the key had too many passes in a moment, or its account is slow.
 */
export type Postponed = 'conflict' | 'failed' | 'busy' | 'storm' | 'crowded';

/** Listens to a worker. Methods must not throw. */
export interface WorkerListener {
  /** The work queue answered a poll. */
  readonly polled?: () => void;
  /**
   * The worker polls nothing because no slot is free, or a poll failed; told again and again, so that it is not
   * taken for dead.
   */
  readonly turned?: () => void;
  readonly work?: (event: WorkEvent) => void;
  readonly failure?: (failure: FailedPass) => void;
  /** Messages whose change an earlier pass has seen, or one that is sure to come will see; deleted without a pass. */
  readonly skipped?: (key: Key, messages: number) => void;
  readonly postponed?: (key: Key, why: Postponed, delayMs: number) => void;
  /** Messages nobody here understands; left for another version, or for the dead-letter queue. */
  readonly unreadable?: (messages: number) => void;
  /** A call to SQS failed; the worker goes on by itself. */
  readonly failing?: (doing: string, error: unknown) => void;
}
