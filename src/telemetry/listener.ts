import type { Work } from '../reconcile/controller.ts';
import type { Key } from '../reconcile/key.ts';
import type { Condition } from '../reconcile/plan.ts';
import type { Report } from '../reconcile/reconcile.ts';

/** One attempt of an AWS call that went out and ended. */
export interface AwsCall {
  /** The short name of the service: `ecs`, `ssm`. */
  readonly service: string;
  readonly operation: string;
  /** `OK`, or AWS's error name. */
  readonly code: string;
  readonly durationMs: number;
  readonly throttled: boolean;
  /** The pass that made the call; calls of the queues belong to none. */
  readonly pass?: { readonly id: string } | undefined;
}

/**
 * What happens to a received key inside this process: `ready` when it waits for a slot, `started` and `ended`
 * around its pass, `released` when it was given back or deleted without one. A key that is ready and comes
 * again is still one key.
 */
export type WorkEvent =
  | { readonly type: 'ready'; readonly key: Key; readonly redelivered: boolean }
  | { readonly type: 'started' | 'ended' | 'released'; readonly key: Key };

/** A pass that threw instead of returning a report. */
export interface PassFailure {
  readonly work: Work;
  readonly error: unknown;
  readonly durationMs: number;
}

/** What became of one message of the intake queue. */
export interface IntakeResult {
  /** Who sent it: an EventBridge source such as `aws.ssm`, or `trimtab` for wakes and requests. */
  readonly source: string;
  /** `queued`, `ignored` (nothing of ours), `malformed` or `failed`. */
  readonly result: string;
  readonly keys?: number | undefined;
}

/** A look over a whole account that ended. */
export interface SweepResult {
  readonly account: string;
  readonly region: string;
  /** How many keys were compared, and how many of them need a pass. */
  readonly surveyed: number;
  readonly differing: number;
  readonly durationMs: number;
}

/** The messages of one queue as SQS counts them; `undefined` when they could not be read. */
export interface Backlog {
  readonly queue: string;
  readonly messages?: { readonly visible: number; readonly inFlight: number; readonly delayed: number };
}

/** What is known of one key without a pass: its stored status, in short. */
export interface KeyState {
  readonly key: Key;
  readonly synced: boolean;
  readonly paused: boolean;
  readonly conditions: readonly Condition[];
}

/** All keys of an account and region; a key that is not among them is gone. */
export interface Listing {
  readonly account: string;
  readonly region: string;
  readonly keys: readonly KeyState[];
}

/** Everything telemetry hears of. Methods never throw and never wait: the loop does not depend on them. */
export interface Listener {
  report(report: Report): void;
  failure(failure: PassFailure): void;
  work(event: WorkEvent): void;
  awsCall(call: AwsCall): void;
  intake(result: IntakeResult): void;
  sweep(result: SweepResult): void;
  backlog(backlog: Backlog): void;
  listing(listing: Listing): void;
}

/** One listener that tells all of `listeners`, in their order. */
export function joinListeners(...listeners: readonly Listener[]): Listener {
  return {
    report: (report) => listeners.forEach((one) => void one.report(report)),
    failure: (failure) => listeners.forEach((one) => void one.failure(failure)),
    work: (event) => listeners.forEach((one) => void one.work(event)),
    awsCall: (call) => listeners.forEach((one) => void one.awsCall(call)),
    intake: (result) => listeners.forEach((one) => void one.intake(result)),
    sweep: (result) => listeners.forEach((one) => void one.sweep(result)),
    backlog: (backlog) => listeners.forEach((one) => void one.backlog(backlog)),
    listing: (listing) => listeners.forEach((one) => void one.listing(listing)),
  };
}
