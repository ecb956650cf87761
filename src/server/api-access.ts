import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AccessIndex, Page, PageWish } from '../store/access.ts';
import { foldEmail } from '../store/table.ts';
import { refuse } from './api.ts';
import type { Caller, TokenVerifier } from './api-tokens.ts';

/** Clients that know nothing of pages get this many at once. */
const ENTRIES_MAX = 1_000;

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(ENTRIES_MAX).default(ENTRIES_MAX),
  /** Sort keys are texts of at most 1,024 bytes. */
  after: z.string().min(1).max(1_024).optional(),
});

export interface AccessRoutesOptions {
  readonly index: AccessIndex;
  /** Without one only this machine can ask: it may ask for anybody, and nobody is "me". */
  readonly verify: TokenVerifier | undefined;
  readonly failing?: (doing: string, error: unknown) => void;
}

type List = (email: string, wish: PageWish) => Promise<Page<unknown>>;

/**
 * What is there for whom. `/apps` and `/accounts` are of the caller, who is known by a token;
 * `/api/v1/users/<email>/…` are of anybody for this machine, and with tokens of the caller alone. Whether somebody
 * exists shows nowhere: who is in no list has empty ones.
 */
export function accessRoutes(options: AccessRoutesOptions): (server: FastifyInstance) => void {
  const apps: List = (email, wish) => options.index.appsOf(email, wish);
  const accounts: List = (email, wish) => options.index.accountsOf(email, wish);
  return (server) => {
    server.get('/apps', (request, reply) => answerCaller(request, reply, apps, options));
    server.get('/accounts', (request, reply) => answerCaller(request, reply, accounts, options));
    server.get('/api/v1/users/:email/apps', (request, reply) => answerNamed(request, reply, apps, options));
    server.get('/api/v1/users/:email/accounts', (request, reply) =>
      answerNamed(request, reply, accounts, options),
    );
  };
}

async function answerCaller(
  request: FastifyRequest,
  reply: FastifyReply,
  list: List,
  options: AccessRoutesOptions,
): Promise<FastifyReply> {
  const caller = await callerOf(request, options);
  if (caller === 'unknown') return refuse(reply, 401);
  if (caller === 'unavailable') return refuse(reply, 503);
  return answer(request, reply, caller.email, { list, options });
}

async function answerNamed(
  request: FastifyRequest,
  reply: FastifyReply,
  list: List,
  options: AccessRoutesOptions,
): Promise<FastifyReply> {
  const { email } = z.object({ email: z.string() }).parse(request.params);
  const named = foldEmail(email);
  if (options.verify !== undefined) {
    const caller = await callerOf(request, options);
    if (caller === 'unknown') return refuse(reply, 401);
    if (caller === 'unavailable') return refuse(reply, 503);
    if (caller.email !== named) return refuse(reply, 403);
  }
  return answer(request, reply, named, { list, options });
}

/** Who asks, by the token that came along; `unavailable` when tokens cannot be verified now. */
export async function callerOf(
  request: FastifyRequest,
  { verify, failing }: Pick<AccessRoutesOptions, 'verify' | 'failing'>,
): Promise<Caller | 'unknown' | 'unavailable'> {
  const [, token] = /^Bearer +([\w.~+/=-]+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (verify === undefined || token === undefined) return 'unknown';
  try {
    return (await verify(token)) ?? 'unknown';
  } catch (error) {
    failing?.('verifying a token', error);
    return 'unavailable';
  }
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  email: string,
  { list, options }: { readonly list: List; readonly options: AccessRoutesOptions },
): Promise<FastifyReply> {
  const wish = pageSchema.safeParse(request.query);
  if (!wish.success) return refuse(reply, 400);
  try {
    const { entries, after } = await list(email, wish.data);
    if (after !== undefined) reply.header('link', nextLink(request, wish.data.limit, after));
    return reply.send(entries);
  } catch (error) {
    options.failing?.('reading the index of people', error);
    return refuse(reply, 503);
  }
}

/** Where the next page is, relative to this one. Source: RFC 8288 */
function nextLink(request: FastifyRequest, limit: number, after: string): string {
  const path = request.url.replace(/\?.*$/s, '');
  const query = new URLSearchParams({ limit: String(limit), after });
  return `<${path}?${query}>; rel="next"`;
}
