import { AwsError } from '../../errors.ts';
import { invalidParameter, sqsError } from './errors.ts';

/** What a receipt handle names: one receive of one message of one queue. */
export interface Receipt {
  readonly queueName: string;
  readonly messageId: string;
  readonly position: number;
  readonly receipt: number;
}

const PREFIX = 'AQEB';

/** The handles made last, which come back soon: most messages are deleted right after they were received. */
const made = new Map<string, Receipt>();
const MADE_MAX = 1000;

/** Makes a handle. It holds all it names, so it stays readable when the message is long gone. */
export function writeReceiptHandle(receipt: Receipt): string {
  const handle = encode(receipt);
  if (made.size >= MADE_MAX) made.clear();
  made.set(handle, receipt);
  return handle;
}

function encode({ queueName, messageId, position, receipt }: Receipt): string {
  return PREFIX + Buffer.from(`${queueName} ${messageId} ${position} ${receipt}`, 'utf8').toString('base64');
}

/** Reads a handle given to the queue `queueName`; anything SQS did not make for it is refused. */
export function readReceiptHandle(handle: string, queueName: string): Receipt {
  const known = made.get(handle);
  return known?.queueName === queueName ? known : decode(handle, queueName);
}

function decode(handle: string, queueName: string): Receipt {
  const text = handle.startsWith(PREFIX) ? Buffer.from(handle.slice(PREFIX.length), 'base64').toString() : '';
  const found = /^(\S+) (\S+) (\d+) (\d+)$/.exec(text);
  if (found !== null && found[1] === queueName && found[2] !== undefined) {
    const receipt = {
      queueName,
      messageId: found[2],
      position: Number(found[3]),
      receipt: Number(found[4]),
    };
    if (encode(receipt) === handle) return receipt;
  }
  throw sqsError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
  );
}

/** The reply of a FIFO queue to a handle whose time is over. Source: SQS API_ReceiveMessage.html */
export class ExpiredHandle extends AwsError {
  constructor(handle: string) {
    super(
      'InvalidParameterValueException',
      `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
      { queryCode: 'InvalidParameterValue' },
    );
  }
}

/** The reply to changing the visibility of a message that is gone, or that somebody else received since. */
export function unavailableMessage(handle: string) {
  return invalidParameter(
    `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
  );
}
