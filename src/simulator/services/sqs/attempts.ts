import type { Delivery } from './message.ts';

/** One receive that can be asked for again. */
export interface ReceiveAttempt {
  readonly id: string;
  readonly receivedAt: number;
  readonly deliveries: readonly Delivery[];
}

/** Source: SQS API_ReceiveMessage.html, ReceiveRequestAttemptId */
const ATTEMPT_MS = 300_000;

/** What a FIFO queue handed out under which attempt id in the last five minutes. */
export class ReceiveAttempts {
  private readonly attempts = new Map<string, ReceiveAttempt>();

  find(id: string, now: number): ReceiveAttempt | undefined {
    this.forget(now);
    return this.attempts.get(id);
  }

  list(now: number): readonly ReceiveAttempt[] {
    this.forget(now);
    return [...this.attempts.values()];
  }

  remember(attempt: ReceiveAttempt): void {
    this.attempts.set(attempt.id, attempt);
  }

  clear(): void {
    this.attempts.clear();
  }

  private forget(now: number): void {
    for (const [id, attempt] of this.attempts) {
      if (now >= attempt.receivedAt + ATTEMPT_MS) this.attempts.delete(id);
    }
  }
}
