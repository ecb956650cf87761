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
  /** What has buckets of its own (a queue); the whole service where absent, nothing limited where undefined. */
  readonly scope?: (operation: string, input: Readonly<Record<string, unknown>>) => string | undefined;
  /** Code and message of the refusal; services differ. */
  readonly refusal: { readonly code: string; readonly message: string };
}

interface Level {
  readonly tokens: number;
  readonly at: number;
}

/** The state of one service's buckets in one account and region. */
export class Limiter {
  /** By kind of bucket, then by what has one of its own. */
  private readonly levels = new Map<string, Map<string, Level>>();
  private readonly limits: ServiceLimits;

  constructor(limits: ServiceLimits) {
    this.limits = limits;
  }

  /** Takes one token for `operation`, or throws the service's throttling error. */
  take(operation: string, now: number, input: Readonly<Record<string, unknown>> = {}): void {
    const group = this.limits.operations[operation];
    const bucket = group === undefined ? undefined : this.limits.buckets[group];
    const scope = this.limits.scope === undefined ? '' : this.limits.scope(operation, input);
    if (group === undefined || bucket === undefined || scope === undefined) return;
    const levels = this.levels.get(group) ?? new Map<string, Level>();
    this.levels.set(group, levels);
    const level = levels.get(scope) ?? { tokens: bucket.burst, at: now };
    const refilled = level.tokens + ((now - level.at) / 1000) * bucket.perSecond;
    const tokens = Math.min(bucket.burst, refilled);
    const granted = tokens >= 1;
    levels.set(scope, { tokens: granted ? tokens - 1 : tokens, at: now });
    if (!granted) throw new AwsError(this.limits.refusal.code, this.limits.refusal.message);
  }
}
