import { AwsError } from '../../errors.ts';

/** DynamoDB's refusal of a request that cannot be. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** The same, in the words it uses for values. */
export function invalidParameter(message: string): AwsError {
  return invalid(`One or more parameter values were invalid: ${message}`);
}

/** The reply to JSON of the wrong type. */
export function unreadable(message: string): AwsError {
  return new AwsError('SerializationException', message);
}

/** The reply to a table that is not there, or not ready; control-plane operations name it. */
export function tableNotFound(name?: string): AwsError {
  const more = name === undefined ? '' : `: Table: ${name} not found`;
  return new AwsError('ResourceNotFoundException', `Requested resource not found${more}`);
}
