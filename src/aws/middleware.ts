import type { Client, SmithyResolvedConfiguration } from '@smithy/core/client';
import { BugError, LeaseLostError } from '../reconcile/errors.ts';
import type { Key } from '../reconcile/key.ts';
import type { Clock } from '../reconcile/ports.ts';
import { classify, errorCode, isThrottled, markUncertain, statusOf } from './errors.ts';
import type { Leave, Limits, Ticket } from './limits.ts';
import { isMutating, isUnrepeatable } from './operations.ts';
import { type CurrentPass, countCall, currentPass } from './scope.ts';

/** One attempt of a call that went out and came back. */
export interface CallRecord {
  /** Our short name of it: `ecs`. */
  readonly service: string;
  readonly operation: string;
  /** `OK`, or the error's code as in `errorCode`. */
  readonly code: string;
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** From sending to the parsed answer; waiting for limits does not count. */
  readonly durationMs: number;
  readonly throttled: boolean;
  readonly pass?: { readonly id: string; readonly key: Key };
}

/** What the middleware of all clients of an account and region share. */
export interface CallPorts {
  readonly clock: Clock;
  readonly limits: Limits;
  /** Told of every attempt; must not throw. */
  readonly onCall?: ((call: CallRecord) => void) | undefined;
}

/** The client that middleware goes on, and how often it tries a call. */
export interface Place {
  readonly service: string;
  readonly attemptsMax: number;
}

/** What we read of the SDK's context and results. */
interface Metadata {
  $metadata: { readonly httpStatusCode?: number };
}
interface Context {
  readonly commandName?: string;
}
type Next<Args, Result> = (args: Args) => Promise<Result>;

/**
 * Puts our middleware on a client. From the outside in, for each attempt: wait for the limits, (the SDK signs),
 * tell the observer, (the SDK parses), check the lease, send. With `cacheMiddleware` one handler serves all calls
 * of an operation, `context` included: what belongs to one call lives only in the innermost functions.
 */
export function instrument<
  Options,
  In extends object,
  Out extends Metadata,
  Config extends SmithyResolvedConfiguration<Options>,
>(client: Client<Options, In, Out, Config>, place: Place, ports: CallPorts): void {
  const stack = client.middlewareStack;
  // It filters inputs and outputs for logging even when nobody logs: up to a sixth of a large call.
  stack.remove('loggerMiddleware');
  stack.add(onceOnly(place), { name: 'trimtabOnceOnly', step: 'initialize' });
  stack.addRelativeTo(limited(place, ports), {
    name: 'trimtabLimits',
    relation: 'before',
    toMiddleware: 'httpSigningMiddleware',
  });
  stack.add(observed(place, ports), { name: 'trimtabObserver', step: 'deserialize', priority: 'high' });
  stack.add(leased(place), { name: 'trimtabLease', step: 'deserialize', priority: 'low' });
}

/**
 * The same around each attempt of a client that sends in a way of its own (`sendDirectly`): check, limits, observer, lease.
 */
export function throughOurMiddleware<
  Args extends { input: object; request: unknown },
  Result extends { output: Metadata },
>(
  send: Next<Args, Result>,
  place: Place,
  ports: CallPorts,
  context: { readonly commandName: string },
): Next<Args, Result> {
  const leasing = leased(place)<Args, Result>(send, context);
  const observing = observed(place, ports)<Args, Result>(leasing, context);
  const limiting = limited(place, ports)<Args, Result>(observing, context);
  return onceOnly(place)<Args, Result>(limiting, context);
}

/** A request that must not be repeated must not meet a client that repeats. */
function onceOnly(place: Place) {
  return <Args extends { input: object }, Result>(next: Next<Args, Result>, context: Context) => {
    const operation = operationOf(context);
    return (args: Args): Promise<Result> => {
      const fits = place.attemptsMax === 1 || !isUnrepeatable(operation, args.input);
      if (fits) return next(args);
      const what = `${operation} is not safe to repeat and was sent with a client that repeats`;
      return Promise.reject(new BugError(what));
    };
  };
}

/**
 * Requests of which an attempt got no answer. The SDK passes the same request object to every attempt of a call;
 * a later attempt may be refused although an earlier one took effect.
 */
const unanswered = new WeakSet<object>();

function limited(place: Place, ports: CallPorts) {
  return <Args extends { request: unknown }, Result>(next: Next<Args, Result>, context: Context) => {
    const call = { service: place.service, operation: operationOf(context) };
    const mutating = isMutating(call.operation);
    return async (args: Args): Promise<Result> => {
      const pass = currentPass();
      let leave: Leave;
      try {
        leave = await ports.limits.enter(ticketOf(call, pass, mutating));
      } catch (error) {
        // Whatever reason the signal gives, this is what it means.
        throw pass?.lease.signal.aborted ? new LeaseLostError(`${call.service}.${call.operation}`) : error;
      }
      let throttled = false;
      try {
        return await next(args);
      } catch (error) {
        throttled = isThrottled(error);
        if (mutating) noteUncertainty(args.request, error);
        throw error;
      } finally {
        leave(throttled);
      }
    };
  };
}

function ticketOf(
  { service, operation }: Pick<Ticket, 'service' | 'operation'>,
  pass: CurrentPass | undefined,
  mutating: boolean,
): Ticket {
  if (pass === undefined) return { service, operation, key: '', background: false };
  return {
    service,
    operation,
    key: pass.keyText,
    background: pass.key.kind === 'sweep',
    signal: pass.lease.signal,
    pass: mutating ? pass.id : undefined,
  };
}

function noteUncertainty(request: unknown, error: unknown): void {
  if (typeof request !== 'object' || request === null) return;
  if (unanswered.has(request)) markUncertain(error);
  if (classify(error).kind === 'unknown') unanswered.add(request);
}

type Ending = Pick<CallRecord, 'code' | 'status' | 'throttled'>;

function observed(place: Place, ports: CallPorts) {
  return <Args, Result extends { output?: Metadata }>(next: Next<Args, Result>, context: Context) => {
    const { service } = place;
    const operation = operationOf(context);
    const { clock, onCall } = ports;
    if (onCall === undefined) return next;
    const tell = (sentAt: number, { code, status, throttled }: Ending) => {
      const pass = currentPass();
      const record = { service, operation, durationMs: clock.now() - sentAt, code, status, throttled };
      onCall(pass === undefined ? record : { ...record, pass: { id: pass.id, key: pass.key } });
    };
    return async (args: Args): Promise<Result> => {
      const sentAt = clock.now();
      try {
        const result = await next(args);
        tell(sentAt, { code: 'OK', status: result.output?.$metadata.httpStatusCode, throttled: false });
        return result;
      } catch (error) {
        if (!(error instanceof LeaseLostError)) {
          tell(sentAt, { code: errorCode(error), status: statusOf(error), throttled: isThrottled(error) });
        }
        throw error;
      }
    };
  };
}

/** The last thing before a request goes out: nothing that may change something leaves without the lease. */
function leased(place: Place) {
  return <Args, Result>(next: Next<Args, Result>, context: Context) => {
    const operation = operationOf(context);
    const name = `${place.service}.${operation}`;
    const mutating = isMutating(operation);
    return (args: Args): Promise<Result> => {
      try {
        if (mutating) currentPass()?.lease.check(name);
      } catch (error) {
        return Promise.reject(error);
      }
      countCall(name);
      return next(args);
    };
  };
}

function operationOf(context: Context): string {
  return (context.commandName ?? 'Unknown').replace(/Command$/, '');
}
