/** The part of the SDK's request that we read. Over HTTP the query is part of the path; the SDK keeps it apart. */
export interface WireRequest {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly path?: string;
  readonly hostname?: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null | undefined>>;
}

/** The part of a response that the SDK reads. */
export interface WireResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

const encoder = new TextEncoder();

/** A header, however it is spelt. */
export function header(request: WireRequest, name: string): string | undefined {
  const direct = request.headers[name];
  if (direct !== undefined) return direct;
  const found = Object.keys(request.headers).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : request.headers[found];
}

/** The body as text. The SDK's JSON body is an adapter object, so `String(body)` is the document. */
export function bodyText(body: unknown): string {
  if (body === undefined || body === null) return '';
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  return String(body);
}

/** The body as it is, for services that take more than documents. */
export function bodyBytes(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  return body instanceof Uint8Array ? body : encoder.encode(String(body));
}

/** Reads a body that is a stream, as of an upload of unknown length; any other body is left as it is. */
export async function withWholeBody(request: WireRequest): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  // `isStream` has looked for the iterator.
  for await (const chunk of request.body as AsyncIterable<Uint8Array | string>)
    chunks.push(Buffer.from(chunk));
  return {
    headers: request.headers,
    body: Buffer.concat(chunks),
    ...(request.method === undefined ? {} : { method: request.method }),
    ...(request.path === undefined ? {} : { path: request.path }),
    ...(request.hostname === undefined ? {} : { hostname: request.hostname }),
    ...(request.query === undefined ? {} : { query: request.query }),
  };
}

/** Whether the body of a request has yet to be read. */
export function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** Text as XML writes it. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Text as the bytes of a body. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}
