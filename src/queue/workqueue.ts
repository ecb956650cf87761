import { hash } from 'node:crypto';
import { z } from 'zod';
import { type Outgoing, type Queue, type QueueDepth, queueDepth, sendAll } from '../aws/queues.ts';
import type { Cause, WorkItem, WorkSink } from '../reconcile/controller.ts';
import { formatKey, type Key, parseKey } from '../reconcile/key.ts';

/** What SQS takes as a message group id. Source: SQS quotas-messages.html */
const GROUP_ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

const bodySchema = z.object({
  key: z.string(),
  cause: z.object({
    id: z.string().min(1),
    change: z.object({ parameter: z.string(), operation: z.string(), at: z.number() }).optional(),
    began: z.string().optional(),
  }),
  toldAt: z.number().optional(),
});

/** The work queue as those who add to it see it. */
export interface WorkQueue extends WorkSink {
  /** Adds one key; throws when SQS does not take it. */
  add(key: Key, cause: Cause): Promise<void>;
  /** How many messages wait or are worked on, over all replicas; SQS calls the numbers approximate. */
  depth(): Promise<QueueDepth>;
}

/** A work queue on an SQS FIFO queue; `failing` hears of messages that could not be sent. */
export function createWorkQueue(queue: Queue, failing?: (doing: string, error: unknown) => void): WorkQueue {
  const addAll = async (items: readonly WorkItem[]): Promise<readonly WorkItem[]> => {
    const messages = items.map((item) => ({ ...workMessage(item), item }));
    const refusals = await sendAll(queue, messages);
    for (const { entry, code, message } of refusals) {
      failing?.(`queueing ${formatKey(entry.item.key)}`, new Error(`${code}: ${message}`));
    }
    return refusals.map(({ entry }) => entry.item);
  };
  return {
    addAll,
    async add(key, cause) {
      const unsent = await addAll([{ key, cause }]);
      if (unsent.length > 0) throw new Error(`${formatKey(key)} could not be queued`);
    },
    depth: () => queueDepth(queue),
  };
}

/**
 * Group = key: SQS hands a key to one worker at a time. The same key and cause within five minutes is one message, but
 * for a cause that comes back.
 */
export function workMessage({ key, cause, toldAt }: WorkItem): Outgoing {
  const name = formatKey(key);
  return {
    body: JSON.stringify({ key: name, cause, toldAt }),
    groupId: GROUP_ID.test(name) ? name : sha256(name),
    deduplicationId: sha256(`${name}\n${cause.id}${toldAt === undefined ? '' : `\n${toldAt}`}`),
  };
}

/** Reads a work message back; undefined for what we did not write, or what a later version did. */
export function parseWorkMessage(body: string): WorkItem | undefined {
  const parsed = bodySchema.safeParse(readJson(body));
  const key = parseKey(parsed.data?.key ?? '');
  if (!parsed.success || key === undefined) return undefined;
  const { cause, toldAt } = parsed.data;
  const { id, change, began } = cause;
  const hint = { ...(change === undefined ? {} : { change }), ...(began === undefined ? {} : { began }) };
  return { key, cause: { id, ...hint }, ...(toldAt === undefined ? {} : { toldAt }) };
}

function sha256(text: string): string {
  return hash('sha256', text);
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
