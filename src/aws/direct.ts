import type { Command } from '@smithy/core/client';
import { isThrottlingError, isTransientError, type StandardRetryStrategy } from '@smithy/core/retry';
import { HttpResponse } from '@smithy/core/transport';
import { type CallPorts, type Place, throughOurMiddleware } from './middleware.ts';
import type { Credentials } from './signer.ts';
import { type OperationShape, type WireShape, wireShapeOf } from './wire-shapes.ts';

/** A call as the wire would carry it. `input` belongs to whoever is asked. */
export interface DirectCall {
  /** Our short name of the service: `ecs`. */
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly accessKey: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal | undefined;
}

/** What a refusal looks like on the wire. */
interface Refusal {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** A simulated account that can be asked without a wire in between. */
export interface DirectLine {
  /**
   * Resolves to what `read` makes of the answer's document, which is only good while `read` runs, or to a refusal.
   * What of it is frozen never changes, all the way down, and stays good: it may be read once for all who are given it.
   * Rejects as a request handler does when there is no answer.
   */
  ask<Output>(
    call: DirectCall,
    read: (document: unknown) => Output,
  ): Promise<{ readonly output: Output } | { readonly refused: Refusal }>;
}

/** What of a client is needed here. */
interface DirectClient {
  send: (command: never, options?: never) => unknown;
  readonly config: {
    readonly retryStrategy: () => Promise<unknown>;
    readonly protocol: { deserializeResponse(...given: never[]): Promise<unknown> };
  };
}

export interface DirectOptions extends CallPorts {
  readonly line: DirectLine;
  readonly region: string;
  readonly credentials: Credentials;
}

type AnyCommand = Pick<Command<object, object, never>, 'input'> & { readonly schema?: unknown };
type Schema = readonly [9, string, string, unknown, OperationShape['input'], OperationShape['output']];
type Output = Record<string, unknown> & { $metadata: { httpStatusCode: number; attempts: number } };
type Send = (input: object, signal: AbortSignal | undefined) => Promise<unknown>;

/**
 * Makes a client of a JSON protocol send without writing, signing and parsing texts: what goes out and comes back is what
 * the SDK would have made of it, errors, attempts and our own middleware included, at a tenth of the time.
 * Operations that have something in them the wire says in a way of its own keep the SDK's way.
 */
export function sendDirectly(client: DirectClient, place: Place, options: DirectOptions): void {
  const usual = client.send.bind(client) as (command: unknown, options: unknown) => unknown;
  const known = new Map<unknown, Send | 'usual'>();
  const direct = (command: AnyCommand, given?: { readonly abortSignal?: AbortSignal }) => {
    const { schema } = command;
    let send = known.get(schema);
    if (send === undefined) {
      send = senderOf(client, schema, place, options) ?? 'usual';
      known.set(schema, send);
    }
    return send === 'usual' ? usual(command, given) : send(command.input, given?.abortSignal);
  };
  // The SDK types a client by all its commands; a method for any of them is all of these at once.
  client.send = direct as DirectClient['send'];
}

function senderOf(client: DirectClient, given: unknown, place: Place, options: DirectOptions) {
  if (!isOperation(given)) return undefined;
  const [, , operation, , input, output] = given;
  const shape = wireShapeOf({ input, output }, given);
  if (shape === undefined) return undefined;
  const attempt = throughOurMiddleware(askOnce(client, given, { shape, place, options }), place, options, {
    commandName: operation,
  });
  return async (given: object, signal: AbortSignal | undefined) => {
    // What the attempts of a call have in common, as the SDK's request object is.
    const call = { input: given, request: { document: shape.write(given) }, signal };
    try {
      return (await attempt(call)).output;
    } catch (error) {
      return attemptAgain(client, () => attempt(call), error);
    }
  };
}

function isOperation(schema: unknown): schema is Schema {
  return Array.isArray(schema) && schema[0] === 9;
}

interface Asking {
  readonly shape: WireShape;
  readonly place: Place;
  readonly options: DirectOptions;
}

interface Attempt {
  readonly input: object;
  readonly request: { readonly document: unknown };
  readonly signal: AbortSignal | undefined;
}

/** The innermost step: what the signer, the request handler and the deserializer are in the SDK. */
function askOnce(client: DirectClient, schema: Schema, { shape, place, options }: Asking) {
  const [, namespace, operation, traits, input, output] = schema;
  const { credentials } = options;
  const read = (document: unknown) => shape.read(document ?? {});
  return async ({ request, signal }: Attempt): Promise<{ output: Output }> => {
    const { accessKeyId } = typeof credentials === 'function' ? await credentials() : credentials;
    const answer = await options.line.ask(
      {
        service: place.service,
        operation,
        region: options.region,
        accessKey: accessKeyId,
        // A converted struct is an object.
        input: request.document as Record<string, unknown>,
        signal,
      },
      read,
    );
    if ('refused' in answer) {
      // The SDK knows which exception it is, and throws it.
      const { deserializeResponse } = client.config.protocol as unknown as Deserializer;
      const described = { namespace, name: operation, traits, input, output };
      await deserializeResponse.call(
        client.config.protocol,
        described,
        { ...client.config },
        new HttpResponse(answer.refused),
      );
      throw new Error(`this is a bug in trimtab: ${operation} was refused and gave no error`);
    }
    // An output is a struct, too, and fresh.
    const made = answer.output as Output;
    made.$metadata = { httpStatusCode: 200, attempts: 1 };
    return { output: made };
  };
}

interface Deserializer {
  deserializeResponse(operation: unknown, context: unknown, response: HttpResponse): Promise<never>;
}

/** As the SDK's retry middleware does, with the client's own strategy. */
async function attemptAgain(
  client: DirectClient,
  attempt: () => Promise<{ output: Output }>,
  first: unknown,
): Promise<unknown> {
  // `createRetry` makes them all.
  const strategy = (await client.config.retryStrategy()) as StandardRetryStrategy;
  let token = await strategy.acquireInitialRetryToken('');
  let error = first;
  for (;;) {
    const made = token.getRetryCount() + 1;
    try {
      token = await strategy.refreshRetryTokenForRetry(token, {
        error,
        errorType: typeOf(error),
      } as ErrorInfo);
    } catch {
      throw noteAttempts(error, made);
    }
    try {
      const { output } = await attempt();
      output.$metadata.attempts = made + 1;
      return output;
    } catch (next) {
      error = next;
    }
  }
}

function noteAttempts(error: unknown, made: number): unknown {
  if (!(error instanceof Error)) return error;
  const { $metadata } = error as Error & { $metadata?: object };
  return Object.assign(error, { $metadata: { ...$metadata, attempts: made } });
}

type ErrorInfo = Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>[1];

function typeOf(error: unknown) {
  // The SDK asks whatever is thrown for its name and metadata.
  const thrown = error as Parameters<typeof isThrottlingError>[0];
  if (isThrottlingError(thrown)) return 'THROTTLING';
  return isTransientError(thrown) ? 'TRANSIENT' : 'CLIENT_ERROR';
}
