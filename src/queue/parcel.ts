import type { Received } from '../aws/queues.ts';
import type { Cause, Work } from '../reconcile/controller.ts';
import { formatKey, type Key } from '../reconcile/key.ts';
import { parseWorkMessage } from './workqueue.ts';

/** A work message together with what it says; one that was deferred was sent when it was sent first. */
export interface WorkMessage extends Received {
  readonly cause: Cause;
  readonly isDeferred?: true;
}

/** A message that waits for a look that is sure to come: why it was sent, and when. */
export type Gathered = Pick<WorkMessage, 'cause' | 'sentAt'>;

/** All messages of one key that one receive handed out. */
export interface Parcel {
  readonly key: Key;
  readonly name: string;
  readonly messages: readonly WorkMessage[];
}

/** Sorts what was received by key, in the order of arrival. */
export function sortByKey(received: readonly Received[]): {
  readonly parcels: readonly Parcel[];
  readonly unreadable: readonly Received[];
} {
  const parcels = new Map<string, { key: Key; name: string; messages: WorkMessage[] }>();
  const unreadable: Received[] = [];
  for (const message of received) {
    const item = parseWorkMessage(message.body);
    if (item === undefined) {
      unreadable.push(message);
      continue;
    }
    const name = formatKey(item.key);
    const parcel = parcels.get(name) ?? { key: item.key, name, messages: [] };
    const { cause, toldAt } = item;
    parcel.messages.push({
      ...message,
      cause,
      ...(toldAt === undefined ? {} : { sentAt: toldAt, isDeferred: true }),
    });
    parcels.set(name, parcel);
  }
  return { parcels: [...parcels.values()], unreadable };
}

/** One pass for all messages of a key, and for those that were gathered before. */
export function workOf(key: Key, messages: readonly WorkMessage[], gathered: readonly Gathered[]): Work {
  // What was put off comes back, and is remembered as well.
  const known = new Set(gathered.map(({ cause }) => cause.id));
  const all = [...gathered, ...messages.filter(({ cause }) => !known.has(cause.id))];
  const told = all.flatMap(({ cause: { change }, sentAt }) =>
    change === undefined || !Number.isFinite(sentAt) ? [] : [{ parameter: change.parameter, at: sentAt }],
  );
  return {
    key,
    causes: all.map(({ cause }) => cause),
    beganAt: Math.min(...messages.map((message) => message.firstReceivedAt)),
    ...(told.length === 0 ? {} : { told }),
  };
}

/** How often the most often handed out message of a parcel was. */
export function receivesOf(messages: readonly WorkMessage[]): number {
  return Math.max(...messages.map((message) => message.receiveCount));
}
