import { type Failure, type FailureKind, LeaseLostError, NotYetError } from '../reconcile/errors.ts';

/** Long enough for AWS's longest useful sentences, short enough for a condition. */
const MESSAGE_CHARACTERS_MAX = 500;
/** Codes are metric labels. */
const CODE_CHARACTERS_MAX = 80;
/** `wrapError` nests a few times; a cycle must not hang us. */
const CAUSES_MAX = 10;

/**
 * Refused for its rate. `LimitExceededException` is not here although the SDK's own list has it: in the
 * services we use it is a quota (rules per bus, targets per rule, policies per target), and waiting does not help.
 */
const THROTTLED: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'KmsThrottled',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** The role may not, or there is no usable role: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
const DENIED: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'AuthorizationError',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'FailedResourceAccessException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSecurity',
  'InvalidSignatureException',
  'KmsAccessDenied',
  'KmsOptInRequired',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'NotAuthorized',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);

const NOT_FOUND: ReadonlySet<string> = new Set([
  'AWS.SimpleQueueService.NonExistentQueue',
  'ClusterNotFoundException',
  'ObjectNotFoundException',
  'ParameterNotFound',
  'ParameterVersionNotFound',
  'QueueDoesNotExist',
  'ResourceNotFoundException',
  'ServiceDeploymentNotFoundException',
  'ServiceNotFoundException',
  'TableNotFoundException',
  'TargetNotFoundException',
]);

/**
 * A refusal that comes with a 5xx: "an update to an Application Auto Scaling resource that already has a pending
 * update". https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
 */
const REFUSED_WITH_5XX: ReadonlySet<string> = new Set(['ConcurrentUpdateException']);

/** Says "no answer in time" with a 4xx: the request may have been carried out. */
const UNKNOWN_WITH_4XX: ReadonlySet<string> = new Set(['RequestTimeout', 'RequestTimeoutException']);

/** Marks errors of calls of which an earlier attempt got no answer. */
const EARLIER_ATTEMPT_UNKNOWN = Symbol('an earlier attempt of this call may have taken effect');

/** The part of the SDK's errors that we read. */
interface AwsFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly $fault?: 'client' | 'server';
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: unknown;
  readonly [EARLIER_ATTEMPT_UNKNOWN]?: true;
}

/**
 * Says what a failed call means. It speaks of the whole call: when an earlier attempt of it got no answer, the
 * kind is `unknown` whatever the last attempt was told. `LeaseLostError` counts as refused and `NotYetError` as
 * throttled, because nothing was sent; who can let them through should.
 */
export function classify(error: unknown): Failure {
  const failure = find(error);
  return { kind: kindOf(failure), code: errorCode(error), message: messageOf(failure) };
}

/** AWS's name of the error (`ParameterNotFound`), the system's (`ECONNRESET`), or the class of a bug. */
export function errorCode(error: unknown): string {
  const { name, code } = find(error);
  const system = typeof code === 'string' && /^E[A-Z_]+$/.test(code);
  const text = system ? code : name;
  return /^[A-Za-z][\w.]*$/.test(text) ? text.slice(0, CODE_CHARACTERS_MAX) : 'UnknownError';
}

export function isThrottled(error: unknown): boolean {
  const failure = find(error);
  return THROTTLED.has(failure.name) || statusOf(failure) === 429;
}

export function isDenied(error: unknown): boolean {
  return DENIED.has(find(error).name);
}

export function isNotFound(error: unknown): boolean {
  return NOT_FOUND.has(find(error).name);
}

/** A quota is reached (rules per bus, targets per rule): trying again at once cannot help. */
export function isQuota(error: unknown): boolean {
  return find(error).name === 'LimitExceededException';
}

/** The HTTP status AWS answered with; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return find(error).$metadata?.httpStatusCode;
}

/** Notes on an error that an earlier attempt of the same call may have taken effect. */
export function markUncertain(error: unknown): void {
  if (error instanceof Error) Object.defineProperty(error, EARLIER_ATTEMPT_UNKNOWN, { value: true });
}

function kindOf(failure: AwsFailure): FailureKind {
  if (failure[EARLIER_ATTEMPT_UNKNOWN] === true) return 'unknown';
  if (isThrottled(failure) || failure.name === NotYetError.name) return 'throttled';
  if (DENIED.has(failure.name)) return 'denied';
  if (REFUSED_WITH_5XX.has(failure.name)) return 'refused';
  if (UNKNOWN_WITH_4XX.has(failure.name)) return 'unknown';
  if (failure.name === LeaseLostError.name) return 'refused';
  const status = statusOf(failure);
  const answered = failure.$fault === 'client' && status !== undefined && status < 500;
  return answered ? 'refused' : 'unknown';
}

/**
 * AWS's own text, bounded. Text of an answer that could not be read is never passed on: parsers quote what they
 * choked on, and that may be a parameter's value. Request ids go, so that the same refusal is the same text.
 */
function messageOf(failure: AwsFailure): string {
  const unreadable = failure.$fault === undefined && failure.$response !== undefined;
  if (unreadable || failure.name === 'SyntaxError') {
    const status = statusOf(failure);
    return `The answer could not be read${status === undefined ? '' : ` (HTTP ${status})`}.`;
  }
  const text = failure.message
    .replace(/\s*\(Service: [^()]*\)/g, '')
    .replace(/,?\s*\(?request ?id:? [\w-]+\)?/gi, '')
    .replace(/\s+/g, ' ')
    .trim();
  // The SDK's word for an error without text; many of Parameter Store's have none.
  if (text === '' || text === 'UnknownError') return `${failure.name}.`;
  return text.length <= MESSAGE_CHARACTERS_MAX ? text : `${text.slice(0, MESSAGE_CHARACTERS_MAX - 1)}…`;
}

/** The error AWS or the network gave, below any phrases that were put around it. */
function find(error: unknown): AwsFailure {
  let candidate: unknown = error;
  for (let depth = 0; depth < CAUSES_MAX && candidate instanceof Error; depth += 1) {
    if (isOrigin(candidate)) return candidate;
    candidate = candidate.cause;
  }
  // An `Error` has what `AwsFailure` requires; its other members are optional and checked where they are used.
  return error instanceof Error ? (error as AwsFailure) : { name: 'UnknownError', message: String(error) };
}

function isOrigin(error: Error): error is Error & AwsFailure {
  return '$fault' in error || '$response' in error || 'code' in error || isOurs(error);
}

function isOurs(error: Error): boolean {
  return error instanceof LeaseLostError || error instanceof NotYetError;
}
