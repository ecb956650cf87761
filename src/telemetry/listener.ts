import type { Work } from '../reconcile/controller.ts';
import type { Key } from '../reconcile/key.ts';
import type { Condition } from '../reconcile/plan.ts';
import type { Report } from '../reconcile/reconcile.ts';

/** One attempt of an AWS call that went out and ended. */
export interface AwsCall {
  /** The short name of the service: `ecs`, `ssm`. */
  readonly service: string;
  readonly operation: string;
  /** `OK`, or the error's name. */
  readonly code: string;
  readonly durationMs: number;
  readonly throttled: boolean;
  /** The pass that made the call; calls of the queues belong to none. */
  readonly pass?: { readonly id: string } | undefined;
}

/** A pass that threw instead of returning a report. */
export interface PassFailure {
  readonly work: Work;
  readonly error: unknown;
  readonly durationMs: number;
}

/**
 * What happens to a received key inside this process: `ready` when it waits for a slot (once for all its messages
 * of a receive), `started` and `ended` around its pass, `released` when it was given back or deleted without one.
 */
export type WorkEvent =
  | { readonly type: 'ready'; readonly key: Key; readonly redelivered: boolean }
  | { readonly type: 'started' | 'ended' | 'released'; readonly key: Key };

/** What became of one message of the intake queue. */
export interface IntakeResult {
  /** Who sent it: an EventBridge source such as `aws.ssm`, or `trimtab` for wakes and requests. */
  readonly source: string;
  /** `queued`, `later` (a wake that is not due), `noted`, `ignored`, `malformed`, or `failed` (it comes back). */
  readonly result: string;
  /** Why it was ignored; from a closed set. */
  readonly reason?: string | undefined;
  readonly keys?: number | undefined;
  /** From when SQS got it until it was handled. */
  readonly ageMs?: number | undefined;
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

/** The messages of one queue as SQS counts them; without numbers when it could not be asked. */
export interface Backlog {
  readonly queue: string;
  readonly messages?: { readonly visible: number; readonly inFlight: number; readonly delayed: number };
  /** It receives what others gave up; whatever lies in it waits for a person. */
  readonly dead?: boolean;
}

/** A task that the clock started and that failed: it ended badly, or it could not start. */
export interface TaskFailure {
  /** The app whose schedule it was. */
  readonly key: Key;
}

/** What is known of one key without a pass: its stored status, in short. */
export interface KeyState {
  readonly key: Key;
  readonly synced: boolean;
  readonly paused: boolean;
  /** With the instant each became so, where that is known. */
  readonly conditions: readonly (Condition & { readonly since?: number })[];
}

/** All apps of an account and region; one that is not among them is gone. */
export interface Listing {
  readonly account: string;
  readonly region: string;
  readonly keys: readonly KeyState[];
}

/**
 * Everything telemetry hears of. Methods never throw and never wait: the loop does not depend on them. Its parts
 * fit what workers, intakes and AWS clients tell.
 */
export interface Listener {
  report(report: Report): void;
  failure(failure: PassFailure): void;
  work(event: WorkEvent): void;
  awsCall(call: AwsCall): void;
  intake(result: IntakeResult): void;
  sweep(result: SweepResult): void;
  backlog(backlog: Backlog): void;
  listing(listing: Listing): void;
  taskFailed(failure: TaskFailure): void;
  /** Messages of a key were deleted without a pass: another one has seen, or will see, what they tell of. */
  skipped(key: Key, messages: number): void;
  /** A key's messages were put back for a while. */
  postponed(key: Key, why: string, delayMs: number): void;
  /** Work messages that nobody here understands; they are left alone. */
  unreadable(messages: number): void;
  /** A call of one of the endless loops failed; the loop goes on by itself. */
  failing(doing: string, error: unknown): void;
}

/** A listener that hears only of some things. */
export type PartialListener = Partial<Listener>;

/** One listener that tells all of `listeners`, in their order. */
export function joinListeners(...listeners: readonly PartialListener[]): Listener {
  return {
    report: (report) => listeners.forEach((one) => void one.report?.(report)),
    failure: (failure) => listeners.forEach((one) => void one.failure?.(failure)),
    work: (event) => listeners.forEach((one) => void one.work?.(event)),
    awsCall: (call) => listeners.forEach((one) => void one.awsCall?.(call)),
    intake: (result) => listeners.forEach((one) => void one.intake?.(result)),
    sweep: (result) => listeners.forEach((one) => void one.sweep?.(result)),
    backlog: (backlog) => listeners.forEach((one) => void one.backlog?.(backlog)),
    listing: (listing) => listeners.forEach((one) => void one.listing?.(listing)),
    taskFailed: (failure) => listeners.forEach((one) => void one.taskFailed?.(failure)),
    skipped: (key, messages) => listeners.forEach((one) => void one.skipped?.(key, messages)),
    postponed: (key, why, delayMs) => listeners.forEach((one) => void one.postponed?.(key, why, delayMs)),
    unreadable: (messages) => listeners.forEach((one) => void one.unreadable?.(messages)),
    failing: (doing, error) => listeners.forEach((one) => void one.failing?.(doing, error)),
  };
}
