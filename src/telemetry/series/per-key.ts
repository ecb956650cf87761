import { Gauge, type Registry } from 'prom-client';
import { APP_SERIES_MAX, type Known, type KnownKey } from './known.ts';

const PLACE = ['controller', 'account', 'region', 'name'] as const;

/** What an alert says of one key of any kind: what is wrong with it, and since when it has not been as desired. */
export function defineKeyDetails(registry: Registry, known: Known): void {
  defineUnsynced(registry, known);
  defineProblems(registry, known);
}

function defineUnsynced(registry: Registry, known: Known): void {
  new Gauge({
    name: 'trimtab_key_unsynced_since_timestamp_seconds',
    help: `Since when a key has not been as desired, as far as this replica can tell; state problem: a condition says what is wrong, changing: it is on its way. Absent while it is as desired or paused. At most ${APP_SERIES_MAX} keys are shown, the oldest first.`,
    labelNames: [...PLACE, 'state'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const one of openKeys(known())) {
        const state = one.conditions.some(isProblem) ? 'problem' : 'changing';
        this.set({ ...placeOf(one), state }, (one.unsyncedAt ?? one.at) / 1000);
      }
    },
  });
}

function defineProblems(registry: Registry, known: Known): void {
  new Gauge({
    name: 'trimtab_key_problem',
    help: `1 for each type and reason of problem a key that is not paused has; absent otherwise. At most ${APP_SERIES_MAX} keys are shown.`,
    labelNames: [...PLACE, 'type', 'reason'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const one of openKeys(known())) {
        for (const { type, reason } of one.conditions.filter(isProblem)) {
          this.set({ ...placeOf(one), type, reason }, 1);
        }
      }
    },
  });
}

function openKeys(known: ReadonlyMap<string, KnownKey>): readonly KnownKey[] {
  return [...known.values()]
    .filter(({ synced, paused }) => !synced && !paused)
    .sort((one, other) => (one.unsyncedAt ?? one.at) - (other.unsyncedAt ?? other.at))
    .slice(0, APP_SERIES_MAX);
}

function isProblem({ status }: { readonly status: string }): boolean {
  return status === 'False';
}

function placeOf({ key }: KnownKey) {
  return { controller: key.kind, account: key.account, region: key.region, name: key.name };
}
