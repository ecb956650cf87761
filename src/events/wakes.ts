import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { DELAY_SECONDS_MAX, type Outgoing, type Queue } from '../aws/queues.ts';
import type { WakePort } from '../reconcile/controller.ts';
import type { Key } from '../reconcile/key.ts';
import { formatRequest, formatWake } from './event.ts';

/** A wake as a message to the intake queue: delayed until it is due, or as long as SQS can. */
export function wakeMessage(key: Key, wake: { at: number; token: string }, now: number): Outgoing {
  const delaySeconds = Math.min(Math.max(0, Math.ceil((wake.at - now) / 1000)), DELAY_SECONDS_MAX);
  return { body: formatWake(key, wake), delaySeconds };
}

/** Sends wakes through the intake queue. They come in whole seconds, never early. */
export function createWakes(intake: Queue): WakePort {
  return {
    async send(key, wake) {
      const { body, delaySeconds } = wakeMessage(key, wake, intake.clock.now());
      const command = new SendMessageCommand({
        QueueUrl: intake.url,
        MessageBody: body,
        DelaySeconds: delaySeconds,
      });
      await intake.sqs.send(command);
    },
  };
}

/** Asks the installation's workers to look at a key now; the status tells `id` when somebody has. */
export async function sendRequest(intake: Queue, key: Key, id: string): Promise<void> {
  await intake.sqs.send(
    new SendMessageCommand({ QueueUrl: intake.url, MessageBody: formatRequest(key, id) }),
  );
}
