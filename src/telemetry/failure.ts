import { BugError, LeaseLostError, StatusConflictError } from '../reconcile/errors.ts';

/**
 * Whose fault it is that a pass threw.
 * - `lease`: it outlived its lease · `conflict`: somebody else wrote the status: the message comes back by itself
 * - `bug`: a mistake of ours · `error`: AWS, the network, the table
 */
export type Fault = 'lease' | 'conflict' | 'bug' | 'error';

/** How many causes of causes are looked at. */
const CHAIN_MAX = 5;

/** AWS errors whose messages name roles and resources, and are needed to mend what is wrong. */
const TELLING =
  /^(AccessDenied|ResourceNotFound|QueueDoesNotExist|ExpiredToken|UnrecognizedClient|Throttling)/;

export function faultOf(error: unknown): Fault {
  const chain = chainOf(error);
  if (chain.some((one) => one instanceof LeaseLostError)) return 'lease';
  if (chain.some((one) => one instanceof StatusConflictError)) return 'conflict';
  return chain.some(isBug) ? 'bug' : 'error';
}

function isBug(error: unknown): boolean {
  // The SDK's own stumbles over a broken answer carry `$metadata`.
  if (error instanceof Error && '$metadata' in error) return false;
  return [BugError, TypeError, RangeError, ReferenceError].some((type) => error instanceof type);
}

/** An error as it may be written down. */
export interface ToldError {
  readonly name: string;
  readonly message: string;
  /** Frames without the message line; only for mistakes of ours. */
  readonly stack?: string;
}

/**
 * An error without anything AWS or a parser may have echoed: requests, responses and the text that could not
 * be parsed never get into it. An SDK exception is told by its name and HTTP status.
 */
export function tellError(error: unknown): ToldError {
  const chain = chainOf(error);
  const name = error instanceof Error ? error.name : typeof error;
  const message = chain.map(ownWords).join(': ');
  const stack = faultOf(error) === 'bug' ? framesOf(chain.find(isBug)) : undefined;
  return { name, message, ...(stack === undefined ? {} : { stack }) };
}

function chainOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let one = error; one !== undefined && chain.length < CHAIN_MAX; one = causeOf(one)) chain.push(one);
  return chain;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

/** What this link of the chain says itself: `wrapError` repeats its cause's text behind a colon. */
function ownWords(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if (isServiceException(error)) return awsWords(error);
  // A parser quotes the text it could not parse.
  if (error instanceof SyntaxError) return error.name;
  if (error.cause === undefined) return error.message || codeOf(error) || error.name;
  const repeated = error.cause instanceof Error ? error.cause.message : String(error.cause);
  const end = error.message.lastIndexOf(`: ${repeated}`);
  if (end >= 0) return error.message.slice(0, end);
  return error.message.includes(repeated) ? error.name : error.message;
}

/** The SDK marks what a service answered with `$fault`; it puts `$metadata` on network errors too. */
function isServiceException(error: Error): boolean {
  return '$fault' in error;
}

function awsWords(error: Error & { $metadata?: { httpStatusCode?: number } }): string {
  if (TELLING.test(error.name)) return `${error.name}: ${error.message}`;
  const status = error.$metadata?.httpStatusCode;
  return status === undefined ? error.name : `${error.name} (HTTP ${status})`;
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function framesOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  return error.stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n');
}
