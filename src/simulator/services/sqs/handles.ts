import type { Operation } from '../../region.ts';
import { type Document, text } from '../members.ts';
import { readEntries, runBatch } from './batch.ts';
import { missingParameter, sqsError } from './errors.ts';
import type { Queue } from './queue.ts';
import { ExpiredHandle } from './receipts.ts';
import { readVisibility } from './receive.ts';
import type { Registry } from './registry.ts';

/** What can be done with a receipt handle: delete its message, or change how long it stays hidden. */
export function handleOperations(registry: Registry): Record<string, Operation> {
  return {
    DeleteMessage: (input, caller) => {
      deleteMessage(registry.reach(input, 'sqs:DeleteMessage', caller).queue, input);
      return {};
    },
    DeleteMessageBatch: (input, caller) => {
      const { queue } = registry.reach(input, 'sqs:DeleteMessage', caller);
      const entries = readEntries(input, 'DeleteMessageBatchRequestEntry');
      return runBatch(entries, (document) => inBatch(() => deleteMessage(queue, document)));
    },
    ChangeMessageVisibility: (input, caller) => {
      changeVisibility(registry.reach(input, 'sqs:ChangeMessageVisibility', caller).queue, input);
      return {};
    },
    ChangeMessageVisibilityBatch: (input, caller) => {
      const { queue } = registry.reach(input, 'sqs:ChangeMessageVisibility', caller);
      const entries = readEntries(input, 'ChangeMessageVisibilityBatchRequestEntry');
      return runBatch(entries, (document) => inBatch(() => changeVisibility(queue, document)));
    },
  };
}

function deleteMessage(queue: Queue, document: Document): void {
  queue.delete(readHandle(document));
}

function changeVisibility(queue: Queue, document: Document): void {
  const handle = readHandle(document);
  const seconds = readVisibility(document);
  if (seconds === undefined) throw missingParameter('VisibilityTimeout');
  queue.changeVisibility(handle, seconds * 1000);
}

function readHandle(document: Document): string {
  const handle = text(document, 'ReceiptHandle');
  if (handle === undefined || handle === '') throw missingParameter('ReceiptHandle');
  return handle;
}

/** In a batch an expired handle has a code of its own. Source: gh smaskalik/sqsmover#54 */
function inBatch(perform: () => void): Record<string, unknown> {
  try {
    perform();
    return {};
  } catch (error) {
    if (!(error instanceof ExpiredHandle)) throw error;
    throw sqsError('ReceiptHandleIsInvalid', 'The receipt handle has expired');
  }
}
