import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Simulator } from './account.ts';
import { readCall, respond, type WireRequest } from './transport.ts';

/** Larger objects of S3 are put in parts; every other request is far smaller. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

export interface SimulatorServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the account over HTTP, so that any AWS client can talk to it. Resolves when listening. */
export async function serveSimulator(
  simulator: Simulator,
  options: { port: number; host?: string },
): Promise<SimulatorServer> {
  const host = options.host ?? '127.0.0.1';
  const server = createServer((request, response) => {
    answer(simulator, request, response).catch((error: unknown) => {
      // A lost connection is a fault somebody asked for: the client sees a closed socket.
      request.socket.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.keepAliveTimeout = 65_000;
  await listen(server, options.port, host);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `http://${host}:${port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(
  simulator: Simulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413).end();
    return;
  }
  const wire: WireRequest = {
    method: request.method ?? 'POST',
    path: request.url ?? '/',
    headers: flatHeaders(request),
    body,
  };
  const hungUp = new AbortController();
  response.once('close', () => hungUp.abort());
  const reply = await respond(simulator, readCall(wire, undefined, hungUp.signal), wire);
  response.writeHead(reply.statusCode, { 'content-length': reply.body.byteLength, ...reply.headers });
  response.end(reply.body);
}

async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flatHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
