import { Gauge, type Registry } from 'prom-client';
import { formatKey, type Key, type Kind } from '../../reconcile/key.ts';
import type { Condition } from '../../reconcile/plan.ts';
import type { Clock } from '../../reconcile/ports.ts';
import type { Report } from '../../reconcile/reconcile.ts';
import { boundLabelPerOwner } from '../labels.ts';
import type { KeyState, Listing } from '../listener.ts';
import { APP_SERIES_MAX, type ConditionLabels, type Known, type KnownKey } from './known.ts';
import { defineKeyDetails } from './per-key.ts';
import { createTimingSeries } from './timing.ts';

const REASONS_PER_TYPE_MAX = 24;
/**
 * What was learnt longer ago is not shown: another replica may have changed it since. Sweeps are at most five minutes
 * apart and fall to a replica by chance, so this leaves it some turns.
 */
const KNOWN_MS = 1_200_000;
const STATES = ['synced', 'unsynced', 'paused'] as const;

/**
 * How things stand: per app, and counted over all keys. A report tells of one key; a listing of the stored
 * statuses brings in what other replicas did and drops what is gone.
 */
export function createKeySeries(registry: Registry, controllers: readonly Kind[], clock: Clock) {
  const known = new Map<string, KnownKey>();
  const knownNow = () => {
    const oldest = clock.now() - KNOWN_MS;
    for (const [id, { at }] of known) if (at < oldest) forget(id);
    return known;
  };
  const timing = createTimingSeries(registry, controllers);
  const reasonOf = boundLabelPerOwner(REASONS_PER_TYPE_MAX);
  defineAppGauges(registry, knownNow);
  defineKeyDetails(registry, knownNow);
  defineKeyGauges(registry, knownNow, controllers);
  defineConditionGauge(registry, knownNow);

  const labelsOf = ({ type, status, reason }: Condition): ConditionLabels => ({
    type,
    status,
    reason: reasonOf(type, reason),
  });

  return {
    report(report: Report): void {
      // A dropped wake looked at nothing, and may be the last echo of an app that is gone.
      if (report.outcome === 'dropped') return;
      const { key } = report.work;
      const id = formatKey(key);
      timing.report(report);
      if (report.gone === true) {
        forget(id);
        return;
      }
      known.set(id, {
        key,
        synced: report.synced,
        paused: report.paused !== undefined,
        conditions: report.conditions.map(labelsOf),
        differences: report.differences.length,
        ...unsyncedSince(report, known.get(id)),
        at: clock.now(),
      });
    },
    listing({ account, region, keys }: Listing): void {
      const listed = new Set(keys.map((state) => formatKey(state.key)));
      for (const [id, { key }] of known) {
        const isOfThese = key.kind === 'app' && key.account === account && key.region === region;
        if (isOfThese && !listed.has(id)) forget(id);
      }
      for (const state of keys) {
        const id = formatKey(state.key);
        known.set(id, fromListing(state, known.get(id)));
        if (state.synced) timing.settled(id, clock.now());
      }
    },
  };

  function fromListing(state: KeyState, before: KnownKey | undefined): KnownKey {
    return {
      key: state.key,
      synced: state.synced,
      paused: state.paused,
      conditions: state.conditions.map(labelsOf),
      // A status does not hold differences; a synced key has none.
      differences: state.synced ? 0 : (before?.differences ?? 0),
      ...unsyncedSince(state, before),
      at: clock.now(),
    };
  }

  /** A problem may be older than this process; of a mere difference the first look here is all there is. */
  function unsyncedSince(state: Pick<KeyState, 'synced' | 'conditions'>, before: KnownKey | undefined) {
    if (state.synced) return {};
    const problems = state.conditions.filter(({ status }) => status === 'False');
    const instants = [before?.unsyncedAt, ...problems.map(({ since }) => since)];
    const now = clock.now();
    return { unsyncedAt: Math.min(now, ...instants.filter((at): at is number => at !== undefined)) };
  }

  function forget(id: string): void {
    known.delete(id);
    timing.forget(id);
  }
}

function defineAppGauges(registry: Registry, known: Known): void {
  const labelNames = ['account', 'region', 'app'] as const;
  const registers = [registry];
  new Gauge({
    name: 'trimtab_app_synced',
    help: `1 when the last look at the app found neither difference nor problem, else 0; goes away with the app. At most ${APP_SERIES_MAX} apps are shown, those that are not as desired first.`,
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const app of shownApps(known())) this.set(appLabels(app.key), app.synced ? 1 : 0);
    },
  });
  new Gauge({
    name: 'trimtab_app_paused',
    help: '1 while the app is paused; absent otherwise.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const app of shownApps(known())) if (app.paused) this.set(appLabels(app.key), 1);
    },
  });
}

/** Where there are too many, those that need a person come first. */
function shownApps(known: ReadonlyMap<string, KnownKey>): readonly KnownKey[] {
  const apps = [...known.values()].filter(({ key }) => key.kind === 'app');
  if (apps.length <= APP_SERIES_MAX) return apps;
  const [open, fine] = [apps.filter(needsPerson), apps.filter((app) => !needsPerson(app))];
  return [...open, ...fine].slice(0, APP_SERIES_MAX);
}

function needsPerson({ synced, paused }: KnownKey): boolean {
  return paused || !synced;
}

function appLabels({ account, region, name }: Key) {
  return { account, region, app: name };
}

function defineKeyGauges(registry: Registry, known: Known, controllers: readonly Kind[]): void {
  const registers = [registry];
  new Gauge({
    name: 'trimtab_keys',
    help: 'Keys by how the last look found them. A paused key is in paused only.',
    labelNames: ['controller', 'state'] as const,
    registers,
    collect() {
      for (const controller of controllers) {
        for (const state of STATES) this.set({ controller, state }, 0);
      }
      for (const one of known().values()) this.inc({ controller: one.key.kind, state: stateOf(one) });
    },
  });
  new Gauge({
    name: 'trimtab_differences',
    help: 'Differences between desired and observed that the last looks found, over all keys.',
    labelNames: ['controller'] as const,
    registers,
    collect() {
      for (const controller of controllers) this.set({ controller }, 0);
      for (const { key, differences } of known().values()) this.inc({ controller: key.kind }, differences);
    },
  });
}

function stateOf({ paused, synced }: KnownKey): (typeof STATES)[number] {
  if (paused) return 'paused';
  return synced ? 'synced' : 'unsynced';
}

function defineConditionGauge(registry: Registry, known: Known): void {
  const seen = new Map<string, ConditionLabels>();
  new Gauge({
    name: 'trimtab_conditions',
    help: 'Conditions of all keys; status False is a problem. A condition that was there stays at 0 when it is gone.',
    labelNames: ['type', 'status', 'reason'] as const,
    registers: [registry],
    collect() {
      for (const labels of seen.values()) this.set({ ...labels }, 0);
      for (const { conditions } of known().values()) {
        for (const labels of conditions) {
          seen.set(`${labels.type} ${labels.status} ${labels.reason}`, labels);
          this.inc({ ...labels });
        }
      }
    },
  });
}
