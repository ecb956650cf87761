import type { ServiceLimits } from '../../limits.ts';

/** 300 calls a second for each action and FIFO queue without high throughput. Source: SQS quotas-messages.html */
const FIFO_CALLS = { burst: 300, perSecond: 300 };

const LIMITED = [
  'SendMessage',
  'SendMessageBatch',
  'ReceiveMessage',
  'DeleteMessage',
  'DeleteMessageBatch',
  'ChangeMessageVisibility',
  'ChangeMessageVisibilityBatch',
] as const;

/** Standard queues take nearly any number of calls; each FIFO queue and action has a bucket of its own. */
export const SQS_LIMITS: ServiceLimits = {
  buckets: Object.fromEntries(LIMITED.map((operation) => [operation, FIFO_CALLS])),
  operations: Object.fromEntries(LIMITED.map((operation) => [operation, operation])),
  scope: (_operation, input) => {
    const url = typeof input.QueueUrl === 'string' ? input.QueueUrl : '';
    return url.endsWith('.fifo') ? url.slice(url.lastIndexOf('/') + 1) : undefined;
  },
  refusal: { code: 'RequestThrottled', message: 'Request is throttled.' },
};
