import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { formatKey } from '../../reconcile/key.ts';
import type { Clock } from '../../reconcile/ports.ts';
import type { AccessIndex, AppEntry } from '../../store/access.ts';
import { refuse } from '../api.ts';
import { callerOf } from '../api-access.ts';
import type { TokenVerifier } from '../api-tokens.ts';
import type { ShownKey } from './keys.ts';
import { PAGE_POLICY, renderDashboard } from './page.ts';

/** Apps a caller may have and still see all of. */
const ENTRIES_MAX = 1_000;

export interface DashboardOptions {
  readonly keys: () => Promise<readonly ShownKey[]>;
  readonly mode: 'act' | 'observe';
  readonly clock: Clock;
  /** Without one only this machine can ask, and it sees everything. */
  readonly verify: TokenVerifier | undefined;
  /** What a caller with a token may open; nothing else is shown. */
  readonly index: Pick<AccessIndex, 'appsOf'>;
  readonly failing?: (doing: string, error: unknown) => void;
}

/** `/`, a page with every key and its conditions, and `/api/v1/status`, the same as JSON. Nothing can be changed here. */
export function dashboardRoutes(options: DashboardOptions): (server: FastifyInstance) => void {
  return (server) => {
    server.get('/', (request, reply) =>
      answer(request, reply, options, (keys) => {
        reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8');
        return renderDashboard({ keys, now: options.clock.now(), mode: options.mode });
      }),
    );
    server.get('/api/v1/status', (request, reply) =>
      answer(request, reply, options, (keys) => ({ keys: keys.map(statusJson) })),
    );
  };
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  options: DashboardOptions,
  show: (keys: readonly ShownKey[]) => unknown,
): Promise<FastifyReply> {
  const isVisible = await visibleTo(request, options);
  if (typeof isVisible === 'number') return refuse(reply, isVisible);
  try {
    const keys = await options.keys();
    return reply.send(show(keys.filter(isVisible)));
  } catch (error) {
    options.failing?.('reading what is remembered of all keys', error);
    return refuse(reply, 503);
  }
}

/** Which keys a caller may see, or the code of the refusal. */
async function visibleTo(
  request: FastifyRequest,
  { verify, index, failing }: DashboardOptions,
): Promise<((one: ShownKey) => boolean) | 401 | 503> {
  if (verify === undefined) return () => true;
  const caller = await callerOf(request, { verify, ...(failing === undefined ? {} : { failing }) });
  if (caller === 'unknown') return 401;
  if (caller === 'unavailable') return 503;
  try {
    const { entries } = await index.appsOf(caller.email, { limit: ENTRIES_MAX });
    return (one) => entries.some((entry) => isOf(one, entry));
  } catch (error) {
    failing?.('reading the index of people', error);
    return 503;
  }
}

/** An app and its builds, or the review apps of a pipeline. */
function isOf({ key }: ShownKey, { name, account_id, region, pipeline }: AppEntry): boolean {
  const isHere = key.account === account_id && key.region === region;
  const isNamed = key.name === name || (pipeline && key.name.startsWith(`${name}:`));
  return isHere && isNamed && (key.kind === 'app' || key.kind === 'build');
}

/** Like one entry of `trimtab status -o json`. */
function statusJson({ key, synced, paused, conditions, changedAt, nextLookAt }: ShownKey): unknown {
  return {
    key: formatKey(key),
    kind: key.kind,
    name: key.name,
    synced,
    ...(paused ? { paused } : {}),
    conditions: conditions.map(({ since, ...rest }) => ({ ...rest, since: new Date(since).toISOString() })),
    changedAt: new Date(changedAt).toISOString(),
    ...(nextLookAt === undefined ? {} : { nextLookAt: new Date(nextLookAt).toISOString() }),
  };
}
