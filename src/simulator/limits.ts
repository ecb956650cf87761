import { AwsError } from './errors.ts';

/** A token bucket as AWS documents it: `burst` tokens at most, `perSecond` of them come back. */
export interface Bucket {
  readonly burst: number;
  readonly perSecond: number;
}

/** Which bucket an operation draws from, by service. Operations not listed are not limited. */
export interface ServiceLimits {
  readonly buckets: Readonly<Record<string, Bucket>>;
  readonly operations: Readonly<Record<string, string>>;
  /** Code and message of the refusal; services differ. */
  readonly refusal: { readonly code: string; readonly message: string };
}

/** The state of one service's buckets in one account and region. */
export class Limiter {
  private readonly levels = new Map<string, { tokens: number; at: number }>();
  private readonly limits: ServiceLimits;

  constructor(limits: ServiceLimits) {
    this.limits = limits;
  }

  /** Takes one token for `operation`, or throws the service's throttling error. */
  take(operation: string, now: number): void {
    const name = this.limits.operations[operation];
    const bucket = name === undefined ? undefined : this.limits.buckets[name];
    if (name === undefined || bucket === undefined) return;
    const level = this.levels.get(name) ?? { tokens: bucket.burst, at: now };
    const refilled = level.tokens + ((now - level.at) / 1000) * bucket.perSecond;
    const tokens = Math.min(bucket.burst, refilled);
    const granted = tokens >= 1;
    this.levels.set(name, { tokens: granted ? tokens - 1 : tokens, at: now });
    if (!granted) throw new AwsError(this.limits.refusal.code, this.limits.refusal.message);
  }
}
