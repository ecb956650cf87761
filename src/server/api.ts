import type { Socket } from 'node:net';
import { fastifyRateLimit } from '@fastify/rate-limit';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { wrapError } from '../reconcile/errors.ts';

/** Nothing here takes a body. */
const BODY_BYTES_MAX = 1024;
const REQUEST_TIMEOUT_MS = 10_000;
/** An e-mail address with every character escaped. */
const PARAMETER_CHARACTERS_MAX = 800;
const RATE_WINDOW_MS = 60_000;

/** Names by which this machine may be addressed when only it may ask. */
const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** For answers a browser should neither keep, guess the type of, nor put into a page. */
const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** Every error answer is `{"error": "<one of these>"}`, whatever the reason: nothing about it tells who exists. */
const ERRORS = {
  400: 'bad request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  429: 'too many requests',
  500: 'internal error',
  503: 'unavailable',
} as const;
export type ErrorCode = keyof typeof ERRORS;

export interface ApiOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Only this machine may ask, and only by a name of its own: pages that point theirs at us are refused. */
  readonly localOnly: boolean;
  readonly requestsPerMinute: number;
  /** Addresses of proxies whose `X-Forwarded-For` is believed; nobody's without it. */
  readonly trustedProxies?: string | undefined;
  /** Each adds the routes of one subject. */
  readonly routes: ReadonlyArray<(server: FastifyInstance) => void>;
  /** Told why an answer was an internal error; whoever asked is not. */
  readonly failing?: (doing: string, error: unknown) => void;
}

export interface Api {
  readonly url: string;
  readonly port: number;
  /** Stops listening, answers what was asked, and resolves. */
  close(): Promise<void>;
}

/** Serves the API. Resolves when listening. */
export async function serveApi(options: ApiOptions): Promise<Api> {
  const { host, port } = options;
  const server = await createApi(options);
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw wrapError(`serving the API on ${host}:${port} (--api-port)`, error);
  }
  const address = server.server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  const named = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return { url: `http://${named}:${actual}`, port: actual, close: () => server.close() };
}

/** Sends the one error answer there is for a code. */
export function refuse(reply: FastifyReply, code: ErrorCode): FastifyReply {
  if (code === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(code).send({ error: ERRORS[code] });
}

async function createApi(options: ApiOptions): Promise<FastifyInstance> {
  const { failing, localOnly, requestsPerMinute, trustedProxies } = options;
  const server = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: PARAMETER_CHARACTERS_MAX },
    trustProxy: trustedProxies ?? false,
    forceCloseConnections: 'idle',
    clientErrorHandler: (_error, socket) => refuseUnread(socket),
    // Without this, a path that cannot be decoded is repeated to whoever sent it.
    frameworkErrors: (_error, _request, reply) => {
      reply.hijack();
      reply.raw.writeHead(400, { ...SAFE_HEADERS, 'content-type': 'application/json; charset=utf-8' });
      reply.raw.end(JSON.stringify({ error: ERRORS[400] }));
    },
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(SAFE_HEADERS);
    if (localOnly && !LOCAL_NAMES.has(hostOf(request.headers.host))) return refuse(reply, 403);
  });
  await server.register(fastifyRateLimit, {
    max: requestsPerMinute,
    timeWindow: RATE_WINDOW_MS,
    errorResponseBuilder: () => Object.assign(new Error(ERRORS[429]), { statusCode: 429 }),
  });
  server.setNotFoundHandler({ preHandler: server.rateLimit() }, async (_request, reply) =>
    refuse(reply, 404),
  );
  server.setErrorHandler(async (error: { statusCode?: number }, request, reply) => {
    const code = codeOf(error.statusCode);
    // The route, not the path: an address may be in that.
    if (code >= 500) failing?.(`answering ${request.routeOptions.url ?? 'a request'}`, error);
    return refuse(reply, code);
  });
  for (const addRoutes of options.routes) addRoutes(server);
  return server;
}

/** The answer to what is no HTTP, or too much of it. */
function refuseUnread(socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify({ error: ERRORS[400] });
  const head = [
    'HTTP/1.1 400 Bad Request',
    'content-type: application/json; charset=utf-8',
    `content-length: ${body.length}`,
    ...Object.entries(SAFE_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** The name a request was sent to, without the port. */
function hostOf(header: string | undefined): string {
  return (header ?? '').replace(/:\d*$/, '').toLowerCase();
}

function codeOf(status = 500): ErrorCode {
  if (status === 429 || status === 503) return status;
  return status < 500 ? 400 : 500;
}
