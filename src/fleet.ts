import { readFile } from 'node:fs/promises';
import { type ManagedPlace, parseAccounts } from './aws/accounts.ts';
import type { Connection } from './connection.ts';
import { wrapError } from './reconcile/errors.ts';
import { canonicalJson } from './reconcile/plan.ts';
import { sleep } from './reconcile/ports.ts';
import { listAccountItems } from './store/accounts.ts';

/** Said instead of a file's name: the accounts are items of the table. */
const TABLE = 'table';

interface Place {
  readonly account: string;
  readonly region: string;
}

/** Every account and region that one installation serves. */
export interface Fleet {
  /** The home first, the others by account and region. */
  places(): readonly Connection[];
  /** Undefined for an account and region that is not served, or not any more. */
  of(place: Place): Connection | undefined;
  /** Stops looking for changes of the list. */
  stop(): Promise<void>;
}

type Failing = (doing: string, error: unknown) => void;

/**
 * Opens the fleet of an installation: its home, and what `--accounts` lists. The list is read again now and then; while
 * it cannot be read, or makes no sense, the last one holds. Throws when it cannot be read at the start.
 */
export async function openFleet(home: Connection, failing: Failing): Promise<Fleet> {
  const { clock, config } = home;
  let others = new Map<string, Reached>();
  const load = async (): Promise<void> => {
    others = reachAll(home, await listPlaces(home, failing), others);
  };
  if (config.accounts !== undefined) await load();
  const stopping = new AbortController();
  const loop = config.accounts === undefined ? Promise.resolve() : watch();

  async function watch(): Promise<void> {
    for (;;) {
      await sleep(clock, config.sweepSeconds * 1000, stopping.signal);
      if (stopping.signal.aborted) return;
      await load().catch((error: unknown) => failing('reading the list of accounts', error));
    }
  }

  return {
    places: () => [home, ...[...others.values()].map(({ connection }) => connection)],
    of: (place) => (isAt(home, place) ? home : others.get(nameOf(place))?.connection),
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

/**
 * The connection to what `--accounts` lists as `<account>` or `<account>/<region>`; of several regions the first. The
 * home when nothing is named. Throws when nothing of that name is listed.
 */
export async function findPlace(home: Connection, name: string | undefined): Promise<Connection> {
  if (name === undefined || name === home.account || name === nameOf(home)) return home;
  const listed = home.config.accounts === undefined ? [] : await listPlaces(home, () => {});
  const place = listed.find((one) => name === nameOf(one) || name === one.account);
  if (place !== undefined) return isAt(home, place) ? home : home.reach(place);
  const known = [home, ...listed].map(nameOf).join(', ');
  throw new Error(`there is no account "${name}" on the list (--accounts); there are ${known}`);
}

interface Reached {
  readonly wish: string;
  readonly connection: Connection;
}

/** A place whose entry is the same keeps its connection, and with it its keys, limits and what it knows. */
function reachAll(
  home: Connection,
  places: readonly ManagedPlace[],
  before: ReadonlyMap<string, Reached>,
): Map<string, Reached> {
  const others = places.filter((place) => !isAt(home, place));
  const sorted = [...others].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return new Map(
    sorted.map((place) => {
      const wish = canonicalJson(place);
      const known = before.get(nameOf(place));
      return [nameOf(place), known?.wish === wish ? known : { wish, connection: home.reach(place) }];
    }),
  );
}

async function listPlaces(
  { config, clients }: Connection,
  failing: Failing,
): Promise<readonly ManagedPlace[]> {
  const { accounts = TABLE } = config;
  if (accounts === TABLE) return listAccountItems(clients.dynamodb, config.table, failing);
  try {
    const document: unknown = JSON.parse(await readFile(accounts, 'utf8'));
    return parseAccounts(document, accounts);
  } catch (error) {
    throw wrapError(`reading ${accounts} (--accounts)`, error);
  }
}

function isAt({ account, region }: Place, place: Place): boolean {
  return account === place.account && region === place.region;
}

function nameOf({ account, region }: Place): string {
  return `${account}/${region}`;
}
