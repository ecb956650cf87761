import { AwsError } from '../../errors.ts';

const OLD_PREFIX = 'AWS.SimpleQueueService.';

/**
 * The errors of SQS: old name (sent in `x-amzn-query-error`, the code botocore shows) and status.
 * Sources: the Errors section of each operation in the API reference; the service model of the SDKs.
 */
const ERRORS = {
  BatchEntryIdsNotDistinct: [`${OLD_PREFIX}BatchEntryIdsNotDistinct`, 400],
  BatchRequestTooLong: [`${OLD_PREFIX}BatchRequestTooLong`, 400],
  EmptyBatchRequest: [`${OLD_PREFIX}EmptyBatchRequest`, 400],
  InvalidAttributeName: ['InvalidAttributeName', 400],
  InvalidAttributeValue: ['InvalidAttributeValue', 400],
  InvalidBatchEntryId: [`${OLD_PREFIX}InvalidBatchEntryId`, 400],
  InvalidMessageContents: ['InvalidMessageContents', 400],
  InvalidParameterValueException: ['InvalidParameterValue', 400],
  MessageNotInflight: [`${OLD_PREFIX}MessageNotInflight`, 400],
  MissingRequiredParameterException: ['MissingParameter', 400],
  OverLimit: ['OverLimit', 403],
  PurgeQueueInProgress: [`${OLD_PREFIX}PurgeQueueInProgress`, 403],
  QueueDeletedRecently: [`${OLD_PREFIX}QueueDeletedRecently`, 400],
  QueueDoesNotExist: [`${OLD_PREFIX}NonExistentQueue`, 400],
  QueueNameExists: ['QueueAlreadyExists', 400],
  ReceiptHandleIsInvalid: ['ReceiptHandleIsInvalid', 404],
  ResourceNotFoundException: ['ResourceNotFoundException', 404],
  TooManyEntriesInBatchRequest: [`${OLD_PREFIX}TooManyEntriesInBatchRequest`, 400],
} as const satisfies Record<string, readonly [string, number]>;

/** An error of SQS by its name on the wire. */
export function sqsError(code: keyof typeof ERRORS, message: string): AwsError {
  const [queryCode, status] = ERRORS[code];
  return new AwsError(code, message, { status, queryCode });
}

/** The refusal of a parameter whose value cannot be. */
export function invalidParameter(message: string): AwsError {
  return sqsError('InvalidParameterValueException', message);
}

/** The same, in the words SQS uses when it repeats the value. */
export function invalidValue(parameter: string, value: unknown, reason: string): AwsError {
  return invalidParameter(`Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

/** The refusal of a call that lacks a parameter. */
export function missingParameter(parameter: string): AwsError {
  return sqsError(
    'MissingRequiredParameterException',
    `The request must contain the parameter ${parameter}.`,
  );
}
