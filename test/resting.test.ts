import { beforeEach, describe, expect, it } from 'vitest';
import { type Inspection, inspect } from '../src/inspect.ts';
import type { Controller } from '../src/reconcile/controller.ts';
import type { Key } from '../src/reconcile/key.ts';
import type { Action, Plan } from '../src/reconcile/plan.ts';
import { EMPTY_STATUS, type Status } from '../src/reconcile/status.ts';
import { createResting, type Resting } from '../src/resting.ts';

const KEY: Key = { account: '123456789012', region: 'us-east-1', kind: 'app', name: 'shop' };
const NOW = 1_767_614_400_000;
const HOUR_MS = 3_600_000;
const CALM: Status = { ...EMPTY_STATUS, revision: 3, synced: true, memory: { seen: 1 } };
const NOTHING: Plan = { actions: [], differences: [], conditions: [], memory: { seen: 1 }, parameters: {} };
const UPDATE: Action = { id: 'services/web/update', type: 'updateService', resource: 'service shop-web' };

/** An app whose facts and plan a test decides. */
class App {
  facts: unknown = { services: new Map([['web', { count: 2 }]]) };
  plan: Plan = NOTHING;
  status: Status = CALM;
  now = NOW;
  planned = 0;
  readonly controller: Controller = {
    kind: 'app',
    read: async () => structuredClone(this.facts),
    plan: () => {
      this.planned += 1;
      return this.plan;
    },
    apply: async () => undefined,
  };

  look(resting: Resting<Inspection>) {
    return inspect(KEY, structuredClone(this.status), this.controller, () => this.now, { resting });
  }
}

let app: App;
let resting: Resting<Inspection>;
beforeEach(() => {
  app = new App();
  resting = createResting();
});

async function plannedInTwoLooks(between: () => void = () => {}): Promise<number> {
  await app.look(resting);
  between();
  await app.look(resting);
  return app.planned;
}

describe('a key at rest', () => {
  it('is not planned again while it is as it was', async () => {
    expect(await plannedInTwoLooks()).toBe(1);
    expect(await app.look(resting)).toMatchObject({ key: KEY, due: false, synced: true });
  });

  it('is known by what was read last, and after an hour not any more', async () => {
    await app.look(resting);
    const first = resting.known(KEY, NOW)?.facts;
    expect(first).toEqual(app.facts);
    app.now += 1_000;
    await app.look(resting);
    expect(resting.known(KEY, app.now)?.facts).toEqual(app.facts);
    expect(resting.known(KEY, app.now)?.facts).not.toBe(first);
    expect(resting.known(KEY, NOW + HOUR_MS - 1)).toBeDefined();
    expect(resting.known(KEY, NOW + HOUR_MS)).toBeUndefined();
  });

  it('is planned again when something else was read', async () => {
    const next = { services: new Map([['web', { count: 3 }]]) };
    expect(await plannedInTwoLooks(() => (app.facts = next))).toBe(2);
  });

  it('is planned again when something else is remembered', async () => {
    expect(await plannedInTwoLooks(() => (app.status = { ...CALM, revision: 4 }))).toBe(2);
  });

  it('may have been written ten minutes ago', async () => {
    const write = { digest: 'd', at: NOW - 600_000, sent: 1, seen: true, corrections: [] };
    app.status = { ...CALM, writes: { [UPDATE.id]: write } };
    expect(await plannedInTwoLooks()).toBe(1);
  });

  it('is planned again after an hour', async () => {
    expect(await plannedInTwoLooks(() => (app.now = NOW + HOUR_MS - 1))).toBe(1);
    app.now = NOW + HOUR_MS;
    await app.look(resting);
    expect(app.planned).toBe(2);
  });

  it('is planned again when its plan says that it gets stale', async () => {
    app.plan = { ...NOTHING, staleAt: NOW + 1000 };
    expect(await plannedInTwoLooks(() => (app.now = NOW + 999))).toBe(1);
    app.now = NOW + 1000;
    await app.look(resting);
    expect(app.planned).toBe(2);
  });

  it('is planned in each look that remembers nothing', async () => {
    await inspect(KEY, CALM, app.controller, () => NOW);
    await inspect(KEY, CALM, app.controller, () => NOW);
    expect(app.planned).toBe(2);
  });
});

describe('a key is not at rest', () => {
  const write = { digest: 'd', at: NOW, sent: 1, seen: false, corrections: [] };
  it.each<[string, Partial<Plan>, Partial<Status>]>([
    ['while something is to be done', { actions: [UPDATE] }, {}],
    ['while something is held', { held: { actions: [UPDATE], reason: 'many' } }, {}],
    ['while its plan waits for a time', { wakeAt: NOW + 1 }, {}],
    ['while a wake is on its way', {}, { wake: { at: NOW + 1, token: 't' } }],
    ['while a write was not seen', {}, { writes: { [UPDATE.id]: write } }],
    [
      'until a write is ten minutes old',
      {},
      { writes: { [UPDATE.id]: { ...write, seen: true, at: NOW - 599_999 } } },
    ],
    ['while a write may have had an effect', {}, { intents: [{ action: 'a', digest: 'd', at: NOW }] }],
    ['after a failure', {}, { attempts: 1 }],
    ['while a failed action waits', {}, { failures: { a: { digest: 'd', tries: 1, until: NOW + 1 } } }],
    [
      'while a change was told of and not read',
      {},
      { unseen: [{ parameter: 'p', operation: 'Update', at: NOW, looks: 1 }] },
    ],
    ['when it is due', { memory: { seen: 2 } }, {}],
  ])('%s', async (_when, plan, status) => {
    app.plan = { ...NOTHING, ...plan };
    app.status = { ...CALM, ...status };
    expect(await plannedInTwoLooks()).toBe(2);
  });
});

describe('room', () => {
  const rests = createResting<string>(2);
  const key = (name: string): Key => ({ ...KEY, name });
  const known = { facts: {}, status: CALM };
  const sweep = (names: readonly string[], now: number) =>
    names.filter((name) => {
      const isRecalled = rests.recall(key(name), known, now) !== undefined;
      if (!isRecalled) rests.keep(key(name), known, name, { now });
      return isRecalled;
    });

  it('goes to the keys that came first, so that each sweep meets them again, however many others there are', () => {
    expect(sweep(['a', 'b', 'c'], NOW)).toEqual([]);
    expect(sweep(['a', 'b', 'c'], NOW + 1)).toEqual(['a', 'b']);
  });

  it('is freed by keys that were not at rest for an hour', () => {
    expect(sweep(['b', 'c'], NOW + HOUR_MS)).toEqual([]);
    expect(sweep(['b', 'c'], NOW + HOUR_MS + 1)).toEqual(['b', 'c']);
  });
});
