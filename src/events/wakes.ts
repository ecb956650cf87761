import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { DELAY_SECONDS_MAX, type Outgoing, type Queue } from '../aws/queues.ts';
import type { WakePort, WorkItem } from '../reconcile/controller.ts';
import type { Key } from '../reconcile/key.ts';
import { formatDeferred, formatRequest, formatWake } from './event.ts';

/** A wake as a message to the intake queue: delayed until it is due, or as long as SQS can. */
export function wakeMessage(key: Key, wake: { at: number; token: string }, now: number): Outgoing {
  return { body: formatWake(key, wake), delaySeconds: delaySeconds(wake.at - now) };
}

/** Sends wakes through the intake queue. They come in whole seconds, never early. */
export function createWakes(intake: Queue): WakePort {
  return { send: (key, wake) => send(intake, wakeMessage(key, wake, intake.clock.now())) };
}

/** Sends what a look is put off for through the intake queue. It comes in whole seconds, never early. */
export function createDeferrals(intake: Queue): (item: WorkItem, forMs: number) => Promise<void> {
  return (item, forMs) => send(intake, { body: formatDeferred(item), delaySeconds: delaySeconds(forMs) });
}

/** Asks the installation's workers to look at a key now; the status tells `id` when somebody has. */
export function sendRequest(intake: Queue, key: Key, id: string): Promise<void> {
  return send(intake, { body: formatRequest(key, id) });
}

async function send({ sqs, url }: Queue, { body, delaySeconds }: Outgoing): Promise<void> {
  const delay = delaySeconds === undefined ? {} : { DelaySeconds: delaySeconds };
  await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...delay }));
}

function delaySeconds(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms / 1000)), DELAY_SECONDS_MAX);
}
