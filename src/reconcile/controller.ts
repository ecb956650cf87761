import type { Failure } from './errors.ts';
import type { Key, Kind } from './key.ts';
import type { Action, Plan } from './plan.ts';
import type { Clock } from './ports.ts';
import type { Status } from './status.ts';

/** What a controller is asked to read. `status` arrives while other reads are under way. */
export interface ReadRequest {
  readonly key: Key;
  readonly status: Promise<Status>;
  /** Why the key is looked at; absent when somebody only wants to know. */
  readonly causes?: readonly Cause[];
  /** When the look began: what is read may be younger by as much as reads take. Absent when somebody only wants to know. */
  readonly startedAt?: number;
  /** What was read of the key before: given back as it is where the same would be read again. */
  readonly before?: unknown;
}

/** What planning may look at besides the facts: no clock, no environment. */
export interface PlanContext {
  readonly key: Key;
  readonly status: Status;
  readonly now: number;
  /** What this look was told of; absent when somebody only wants to know. */
  readonly told?: readonly Told[];
}

/** That a parameter was changed, and when we heard of it (epoch milliseconds). */
export interface Told {
  readonly parameter: string;
  readonly at: number;
}

export interface ApplyContext {
  readonly key: Key;
  /** Results of the actions this one comes after, by id. */
  readonly results: ReadonlyMap<string, unknown>;
  /** When the action starts. */
  readonly now: number;
}

/**
 * One kind of key. `read` collects desired and observed and never throws for what AWS refuses: an unreadable
 * part is a fact. `plan` is pure. `apply` does exactly one action and throws what AWS threw.
 */
export interface Controller<Facts = unknown, A extends Action = Action> {
  readonly kind: Kind;
  read(request: ReadRequest): Promise<Facts>;
  plan(facts: Facts, context: PlanContext): Plan<A>;
  apply(action: A, context: ApplyContext): Promise<unknown>;
}

/** The right to write a key, given by the queue and kept by heartbeats. */
export interface Lease {
  /** Aborted when a heartbeat failed: stop waiting, start nothing. */
  readonly signal: AbortSignal;
  /** Throws `LeaseLostError` when no mutating call may start any more. */
  check(doing: string): void;
}

/** The stored statuses. Reads are strongly consistent, writes conditional on the revision. */
export interface StatusStore {
  read(key: Key): Promise<Status>;
  /** Stores `status` as revision + 1; throws `StatusConflictError` when the stored revision is another. */
  write(key: Key, status: Status): Promise<Status>;
  /** Forgets a key; conditional like `write`. */
  remove(key: Key, status: Status): Promise<void>;
}

/** Sends a key its "later". */
export interface WakePort {
  send(key: Key, wake: { at: number; token: string }): Promise<void>;
}

/** Marks everything done inside `run` as part of one pass, for counting, logging and the lease check. */
export interface PassScope {
  run<T>(
    pass: { readonly id: string; readonly key: Key; readonly lease: Lease },
    work: () => Promise<T>,
  ): Promise<T>;
  /** AWS calls made so far inside the current pass: `ecs.DescribeServices` → count. */
  calls(): Readonly<Record<string, number>>;
}

export type Mode = 'act' | 'observe';

/** Everything `converge` needs from outside. */
export interface LoopPorts {
  readonly clock: Clock;
  readonly statuses: StatusStore;
  readonly wakes: WakePort;
  readonly scope: PassScope;
  readonly classify: (error: unknown) => Failure;
  readonly mode: Mode;
}

/** Why a key is looked at. Several causes of one key make one pass. */
export interface Cause {
  /** `event:<id>`, `wake:<token>`, `sweep:<slot>` or `request:<id>`. */
  readonly id: string;
  /** The change an event told us of, so that a read that does not show it yet is noticed. */
  readonly change?: { readonly parameter: string; readonly operation: string; readonly at: number };
  /** The service of which an event told us that a deployment began. */
  readonly began?: string;
}

/** What the event behind a cause is about: a parameter's name, or that a deployment began; undefined for all others. */
export function subjectOf({ change, began }: Cause): string | undefined {
  return change?.parameter ?? (began === undefined ? undefined : beginningOf(began));
}

/** That a deployment of a service began, as a subject. */
export function beginningOf(service: string): string {
  return `began/${service}/`;
}

/** One reason to look at one key, as it goes into the work queue. */
export interface WorkItem {
  readonly key: Key;
  readonly cause: Cause;
  /** When the queue first got word of the cause, on SQS's clock, if its look was deferred since. */
  readonly toldAt?: number;
}

/** Puts keys into the work queue, for any worker of the installation. */
export interface WorkSink {
  /** Adds all it can and returns the items it could not add; a repeated (key, cause) is added once. */
  addAll(items: readonly WorkItem[]): Promise<readonly WorkItem[]>;
}

/** A key that was handed to this worker. */
export interface Work {
  readonly key: Key;
  readonly causes: readonly Cause[];
  /** SQS's clock when it first handed out the message that began this pass. */
  readonly beganAt: number;
  /** When the queue got word of each change, on SQS's clock; absent where it does not say. */
  readonly told?: readonly Told[];
}
