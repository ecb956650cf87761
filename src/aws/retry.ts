import { StandardRetryStrategy } from '@smithy/core/retry';
import { isQuota } from './errors.ts';

type Token = Awaited<ReturnType<StandardRetryStrategy['acquireInitialRetryToken']>>;
type ErrorInfo = Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>[1];

/**
 * The SDK's standard retry, but for quotas: its list of throttles has `LimitExceededException`, which in the
 * services we use says that something is full.
 */
class StandardRetry extends StandardRetryStrategy {
  override async refreshRetryTokenForRetry(token: Token, info: ErrorInfo): Promise<Token> {
    if (isQuota(info.error)) throw new Error('a quota is not retried');
    return super.refreshRetryTokenForRetry(token, info);
  }
}

/**
 * Repeats at once, for simulated accounts. The SDK's own strategies wait on the real clock even for a delay of
 * zero, and virtual time would run on meanwhile.
 */
class InstantRetry extends StandardRetryStrategy {
  private readonly attemptsMax: number;

  constructor(attemptsMax: number) {
    super(attemptsMax);
    this.attemptsMax = attemptsMax;
  }

  override async refreshRetryTokenForRetry(token: Token, info: ErrorInfo): Promise<Token> {
    const attempts = token.getRetryCount() + 1;
    const worthwhile = info.errorType === 'THROTTLING' || info.errorType === 'TRANSIENT';
    if (!worthwhile || isQuota(info.error) || attempts >= this.attemptsMax) throw new Error('not retried');
    return { getRetryCount: () => attempts, getRetryCost: () => undefined, getRetryDelay: () => 0 };
  }
}

/** How often a client tries a call (`attemptsMax` ≥ 1 in all), and whether it waits in between. */
export function createRetry(attemptsMax: number, options: { instant: boolean }): StandardRetryStrategy {
  return options.instant ? new InstantRetry(attemptsMax) : new StandardRetry(attemptsMax);
}
