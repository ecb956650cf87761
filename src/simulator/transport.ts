import { Readable } from 'node:stream';
import { type Call, ConnectionLost, type Simulator } from './account.ts';
import type { VirtualClock } from './clock.ts';
import { AwsError } from './errors.ts';
import { readS3Request, writeS3Error, writeS3Reply } from './services/s3/wire.ts';
import {
  bodyText,
  encodeText,
  escapeXml,
  header,
  isStream,
  type WireRequest,
  type WireResponse,
  withWholeBody,
} from './wire.ts';

export type { WireRequest, WireResponse } from './wire.ts';

/** The first account of every simulation; any credentials mean it unless a world says otherwise. */
export const DEFAULT_ACCOUNT = '123456789012';
export const DEFAULT_REGION = 'us-east-1';

/** `x-amz-target` prefix → our service name. */
const TARGETS: Readonly<Record<string, string>> = {
  AmazonSSM: 'ssm',
  AmazonEC2ContainerServiceV20141113: 'ecs',
  AmazonSQS: 'sqs',
  AWSEvents: 'events',
  AnyScaleFrontendService: 'autoscaling',
  DynamoDB_20120810: 'dynamodb',
  CodeBuild_20161006: 'codebuild',
  Logs_20140328: 'logs',
};

/** Signing name → our service name, where they differ. */
const SIGNED_AS: Readonly<Record<string, string>> = { elasticloadbalancing: 'elbv2' };

export interface TransportOptions {
  /** Label of the caller in the call log. */
  readonly client?: string;
  readonly gate?: Gate;
  readonly isGone?: () => boolean;
}

/** One for each caller: a promise keeps everybody who waits for it. */
function never(): Promise<never> {
  return new Promise(() => {});
}

/**
 * A `requestHandler` for any SDK v3 client. In virtual time calls are held until the program is idle and
 * then answered sorted by (client, service, operation, body), so the order never depends on the machine.
 */
export class SimulatedTransport {
  private readonly simulator: Simulator;
  private readonly client: string;
  private readonly gate: Gate | undefined;
  private readonly isGone: () => boolean;

  /** Once `isGone` says so, nobody is there any more: what was sent still takes effect, and nothing is answered. */
  constructor(
    simulator: Simulator,
    { client = 'controller', gate, isGone = () => false }: TransportOptions = {},
  ) {
    this.simulator = simulator;
    this.client = client;
    this.gate = gate;
    this.isGone = isGone;
  }

  async handle(
    given: WireRequest,
    options: { readonly abortSignal?: unknown } = {},
  ): Promise<{ response: WireResponse }> {
    if (this.isGone()) return never();
    const request = isStream(given.body) ? await withWholeBody(given) : given;
    const call = readCall(request, this.client, signalOf(options.abortSignal));
    await this.gate?.pass(call);
    const response = await respond(this.simulator, call, request);
    if (this.isGone()) return never();
    return { response: isObject(call, response) ? streamed(response) : response };
  }

  /**
   * The same without a wire: takes the document of a request and gives `read` that of the answer, which is only good while
   * `read` runs. Refusals come back as the wire would have them.
   */
  async ask<Output>(
    asked: DirectCall,
    read: (document: unknown) => Output,
  ): Promise<{ readonly output: Output } | { readonly refused: WireResponse }> {
    if (this.isGone()) return never();
    const { accessKey, region, service, operation, input, signal } = asked;
    const { client } = this;
    const caller = signal === undefined ? { client, accessKey } : { client, accessKey, signal };
    const call: Call = { account: accountOf(accessKey), region, service, operation, input, caller };
    await this.gate?.pass(call);
    try {
      const output = await this.simulator.answerAs(call, read);
      return this.isGone() ? never() : { output };
    } catch (error) {
      return this.isGone() ? never() : { refused: jsonError(asAwsError(error)) };
    }
  }

  /** Part of the SDK's handler contract; there is nothing to configure. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  destroy(): void {}
}

function isObject(call: Call, response: WireResponse): boolean {
  return call.service === 's3' && call.operation === 'GetObject' && response.statusCode < 300;
}

/** The SDK gives objects as streams, and takes nothing else for them. */
function streamed(response: WireResponse): WireResponse {
  const stream: unknown = Readable.from([Buffer.from(response.body)], { objectMode: false });
  // Only the SDK reads this answer, and its type of a body is `any`.
  return { ...response, body: stream as Uint8Array };
}

/** A call that comes without a wire. Its document is read only. */
export interface DirectCall {
  readonly accessKey: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal | undefined;
}

/** Holds calls in virtual time; each release is one round trip. */
export class Gate {
  /** How many times a batch of held calls was let through. */
  roundTrips = 0;
  private held: HeldCall[] = [];

  constructor(clock: VirtualClock) {
    clock.onIdle(() => this.release());
  }

  pass(call: Call): Promise<void> {
    return new Promise((resolve) => {
      this.held.push({ call, go: resolve });
    });
  }

  private release(): boolean {
    if (this.held.length === 0) return false;
    const batch = this.held.sort(inOrder);
    this.held = [];
    this.roundTrips += 1;
    for (const { go } of batch) go();
    return true;
  }
}

interface HeldCall {
  readonly call: Call;
  readonly go: () => void;
  /** The document as a text, once it was needed. */
  text?: string;
}

function inOrder(a: HeldCall, b: HeldCall): number {
  return (
    compare(a.call.caller.client, b.call.caller.client) ||
    compare(a.call.service, b.call.service) ||
    compare(a.call.operation, b.call.operation) ||
    compare(textOf(a), textOf(b))
  );
}

function textOf(held: HeldCall): string {
  held.text ??= JSON.stringify(held.call.input);
  return held.text;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Answers one request; errors become AWS error documents, lost connections become thrown errors. */
export async function respond(simulator: Simulator, call: Call, request: WireRequest): Promise<WireResponse> {
  const query = header(request, 'x-amz-target') === undefined;
  const write = (output: unknown): WireResponse => {
    if (call.service === 's3') return writeS3Reply(output, request);
    return query ? xmlReply(call, output) : jsonReply(200, output ?? {});
  };
  try {
    return await simulator.answerAs(call, write);
  } catch (error) {
    const known = asAwsError(error);
    if (call.service === 's3') return writeS3Error(known, request);
    return query ? xmlError(known) : jsonError(known);
  }
}

/** Throws what a request handler throws when there is no answer. */
function asAwsError(error: unknown): AwsError {
  if (error instanceof ConnectionLost) {
    throw Object.assign(new Error(error.message), { name: 'TimeoutError', code: error.code });
  }
  return error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), { status: 500 });
}

function jsonError(error: AwsError): WireResponse {
  return jsonReply(error.status, { __type: error.code, message: error.message, ...error.extra }, error);
}

/** The SDK also takes signals of its own making; those that are not the platform's are left alone. */
function signalOf(given: unknown): AbortSignal | undefined {
  return given instanceof AbortSignal ? given : undefined;
}

const CREDENTIAL = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//;

/** The same words in an address that was signed beforehand; the older form is S3's alone and names no region. */
function presigned(request: WireRequest): string {
  const query = new URLSearchParams(request.path?.split('?')[1]);
  const older = query.get('AWSAccessKeyId');
  if (older !== null) return `Credential=${older}/00000000/${DEFAULT_REGION}/s3/`;
  return `Credential=${query.get('X-Amz-Credential') ?? ''}`;
}

/** Reads service, operation, account, region and document from a signed request. */
export function readCall(request: WireRequest, client: string | undefined, signal?: AbortSignal): Call {
  const scope = CREDENTIAL.exec(header(request, 'authorization') ?? presigned(request));
  const accessKey = scope?.[1] ?? 'anonymous';
  const [service, operation, input] = readTarget(request, scope?.[3]);
  return {
    account: accountOf(accessKey),
    region: scope?.[2] ?? DEFAULT_REGION,
    service,
    operation,
    input,
    caller: { client: client ?? accessKey, accessKey, ...(signal === undefined ? {} : { signal }) },
  };
}

function readTarget(request: WireRequest, signedService?: string): [string, string, Record<string, unknown>] {
  if (signedService === 's3') {
    const { operation, input } = readS3Request(request);
    return ['s3', operation, input];
  }
  const text = bodyText(request.body);
  const target = header(request, 'x-amz-target');
  if (target !== undefined) {
    const dot = target.lastIndexOf('.');
    const service = TARGETS[target.slice(0, dot)] ?? target.slice(0, dot);
    return [service, target.slice(dot + 1), parseDocument(text)];
  }
  const form = new URLSearchParams(text);
  const input = Object.fromEntries(form);
  return [SIGNED_AS[signedService ?? ''] ?? signedService ?? 'sts', form.get('Action') ?? 'Unknown', input];
}

function parseDocument(text: string): Record<string, unknown> {
  if (text === '') return {};
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
      return document as Record<string, unknown>;
    }
  } catch {
    // Falls through: the operation's own validation says what is missing.
  }
  return {};
}

/** An access key of twelve digits names its account, and so do the temporary ones STS gives; any other is the first. */
function accountOf(accessKey: string): string {
  return /^(?:ASIA)?(\d{12})(?:[A-Z0-9]{4})?$/.exec(accessKey)?.[1] ?? DEFAULT_ACCOUNT;
}

/** No `Date` header: in virtual time it would shift the SDK's clock offset. */
function jsonReply(statusCode: number, document: unknown, error?: AwsError): WireResponse {
  return {
    statusCode,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': '00000000-0000-0000-0000-000000000000',
      ...(error === undefined ? {} : errorHeaders(error)),
    },
    body: encodeText(JSON.stringify(document)),
  };
}

/** Services that once spoke the query protocol repeat their error's old name in a header of its own. */
function errorHeaders(error: AwsError): Record<string, string> {
  const fault = error.status < 500 ? 'Sender' : 'Receiver';
  return {
    'x-amzn-errortype': error.code,
    ...(error.queryCode === undefined ? {} : { 'x-amzn-query-error': `${error.queryCode};${fault}` }),
  };
}

function xmlReply(call: Call, output: unknown): WireResponse {
  const name = `${call.operation}Response`;
  const result = toXml(output);
  const text = `<${name} xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${call.operation}Result>${result}</${call.operation}Result><ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></${name}>`;
  return { statusCode: 200, headers: { 'content-type': 'text/xml' }, body: encodeText(text) };
}

function xmlError(error: AwsError): WireResponse {
  const text = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>`;
  return { statusCode: error.status, headers: { 'content-type': 'text/xml' }, body: encodeText(text) };
}

function toXml(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `<member>${toXml(item)}</member>`).join('');
  if (typeof value !== 'object' || value === null) return escapeXml(String(value ?? ''));
  return Object.entries(value)
    .map(([name, member]) => `<${name}>${toXml(member)}</${name}>`)
    .join('');
}
