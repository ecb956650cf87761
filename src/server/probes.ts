import { type FastifyInstance, fastify } from 'fastify';
import { wrapError } from '../reconcile/errors.ts';
import type { Health } from './health.ts';

/** Probes and scrapes have no body. */
const BODY_BYTES_MAX = 1024;
const REQUEST_TIMEOUT_MS = 10_000;

/** For answers a browser should neither keep, guess the type of, nor put into a page. */
const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

export interface ProbesOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly health: Health;
  /** What `/metrics` answers with. */
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  /** Told why an answer was an internal error; whoever asked is not. */
  readonly failing?: (doing: string, error: unknown) => void;
}

export interface Probes {
  readonly url: string;
  readonly port: number;
  /** Stops listening, answers what was asked, and resolves. */
  close(): Promise<void>;
}

/** Serves `/metrics`, `/healthz` and `/readyz` (GET and HEAD) and nothing else. Resolves when listening. */
export async function serveProbes(options: ProbesOptions): Promise<Probes> {
  const { host, port } = options;
  const server = createProbes(options);
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw wrapError(`serving metrics and probes on ${host}:${port} (--port, --host)`, error);
  }
  const address = server.server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${urlHost(host)}:${actual}`,
    port: actual,
    close: () => server.close(),
  };
}

function createProbes({ health, metrics, failing }: ProbesOptions): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Kept-alive connections of a scraper must not hold a shutdown up; answers under way are finished.
    forceCloseConnections: 'idle',
    // Without this, a path that cannot be decoded is repeated to whoever sent it.
    frameworkErrors: (_error, _request, reply) => {
      reply.hijack();
      reply.raw.writeHead(400, { ...SAFE_HEADERS, 'content-type': 'application/json; charset=utf-8' });
      reply.raw.end(JSON.stringify({ error: 'bad request' }));
    },
  });
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers(SAFE_HEADERS);
  });
  server.get('/metrics', async (_request, reply) => {
    const text = await metrics.render();
    return reply.type(metrics.contentType).send(text);
  });
  server.get('/healthz', async (_request, reply) => {
    const liveness = health.liveness();
    return reply.code(liveness.alive ? 200 : 503).send(liveness);
  });
  server.get('/readyz', async (_request, reply) => {
    const readiness = health.readiness();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  server.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({ error: 'not found', routes: ['/metrics', '/healthz', '/readyz'] }),
  );
  server.setErrorHandler(async (error: { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) failing?.(`answering ${request.routeOptions.url ?? 'a request'}`, error);
    return reply.code(status).send({ error: status < 500 ? 'bad request' : 'internal error' });
  });
  return server;
}

/** The host as it is written in a URL that reaches this machine. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
