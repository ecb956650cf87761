/** A send that later sends with the same id are taken for. */
export interface RememberedSend {
  readonly id: string;
  /** Only where the queue deduplicates by group. */
  readonly groupId?: string;
  readonly messageId: string;
  readonly sequenceNumber: string;
  readonly sentAt: number;
}

/** Source: SQS using-messagededuplicationid-property.html; the interval cannot be changed. */
export const DEDUPLICATION_MS = 300_000;

/**
 * The deduplication ids a FIFO queue has seen in the last five minutes. They are kept when the message is
 * received and deleted. Source: SQS API_SendMessage.html, MessageDeduplicationId
 */
export class Deduplication {
  /** In order of time, so that the oldest can be dropped from the front. */
  private readonly sends = new Map<string, RememberedSend>();

  find(id: string, groupId: string | undefined, now: number): RememberedSend | undefined {
    this.forget(now);
    return this.sends.get(nameOf(id, groupId));
  }

  remember(send: RememberedSend): void {
    this.sends.set(nameOf(send.id, send.groupId), send);
  }

  /** Those still remembered at `now`, oldest first. */
  list(now: number): readonly RememberedSend[] {
    this.forget(now);
    return [...this.sends.values()];
  }

  clear(): void {
    this.sends.clear();
  }

  private forget(now: number): void {
    for (const [name, send] of this.sends) {
      if (now < send.sentAt + DEDUPLICATION_MS) return;
      this.sends.delete(name);
    }
  }
}

function nameOf(id: string, groupId: string | undefined): string {
  return groupId === undefined ? id : `${id} ${groupId}`;
}
