import type { CancelTimer, Clock } from '../../../reconcile/ports.ts';
import type { Delivery } from './message.ts';
import type { Queue } from './queue.ts';

/** What a receive asks for. */
export interface ReceiveWish {
  readonly max: number;
  readonly visibilityMs: number;
  /** Aborted when the receiver hung up: it gets nothing, so that nothing is hidden for nobody. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiter extends ReceiveWish {
  readonly resolve: (deliveries: Delivery[]) => void;
  readonly reject: (error: Error) => void;
  /** Ends the timer, and listens to the signal no longer. */
  readonly cancel: CancelTimer;
}

/**
 * The receives that wait at one queue; who waits longest is served first. While somebody waits there is one timer,
 * set to the instant at which the next message becomes visible. Source: SQS sqs-short-and-long-polling.html
 */
export class Polls {
  private readonly clock: Clock;
  private readonly queue: Queue;
  private waiters: Waiter[] = [];
  private wakeAt: number | undefined;
  private cancelWake: CancelTimer = () => {};
  private isServing = false;
  private mustServe = false;

  constructor(clock: Clock, queue: Queue) {
    this.clock = clock;
    this.queue = queue;
    queue.onChange = () => this.serve();
  }

  /** Receives at once, or as soon as there is something, or nothing after `waitMs`. */
  receive(wish: ReceiveWish, waitMs: number): Promise<Delivery[]> {
    this.serve();
    const deliveries = this.waiters.length === 0 ? this.queue.receive(wish.max, wish.visibilityMs) : [];
    if (deliveries.length > 0 || waitMs <= 0) return Promise.resolve(deliveries);
    return new Promise((resolve, reject) => {
      const cancelTimer = this.clock.setTimer(waitMs, () => this.giveUp(waiter));
      const hangUp = () => this.hangUp(waiter);
      // One signal may stand for all polls of a receiver's life.
      const cancel = () => {
        cancelTimer();
        wish.signal?.removeEventListener('abort', hangUp);
      };
      const waiter: Waiter = { ...wish, resolve, reject, cancel };
      this.waiters.push(waiter);
      wish.signal?.addEventListener('abort', hangUp, { once: true });
      this.serve();
    });
  }

  /** Ends every wait with `error`: the queue is gone. */
  close(error: Error): void {
    const waiters = this.waiters;
    this.waiters = [];
    this.setWake(undefined);
    for (const waiter of waiters) {
      waiter.cancel();
      waiter.reject(error);
    }
  }

  /** Burying a message can wake another queue that buries one here: the outer call then goes round again. */
  private serve(): void {
    this.mustServe = true;
    if (this.isServing) return;
    this.isServing = true;
    while (this.mustServe) {
      this.mustServe = false;
      this.serveInOrder();
    }
    this.isServing = false;
    this.setWake(this.waiters.length === 0 ? undefined : this.queue.store.nextChangeAt());
  }

  private serveInOrder(): void {
    for (let first = this.waiters[0]; first !== undefined; first = this.waiters[0]) {
      const deliveries = this.queue.receive(first.max, first.visibilityMs);
      if (deliveries.length === 0) break;
      this.waiters.shift();
      first.cancel();
      first.resolve(deliveries);
    }
  }

  private hangUp(waiter: Waiter): void {
    waiter.cancel();
    this.waiters = this.waiters.filter((other) => other !== waiter);
    waiter.resolve([]);
    this.serve();
  }

  private giveUp(waiter: Waiter): void {
    this.serve();
    if (!this.waiters.includes(waiter)) return;
    waiter.cancel();
    this.waiters = this.waiters.filter((other) => other !== waiter);
    waiter.resolve([]);
    this.serve();
  }

  private setWake(at: number | undefined): void {
    if (at === this.wakeAt) return;
    this.cancelWake();
    this.wakeAt = at;
    if (at === undefined) return;
    this.cancelWake = this.clock.setTimer(Math.max(0, at - this.clock.now()), () => {
      this.wakeAt = undefined;
      this.serve();
    });
  }
}
