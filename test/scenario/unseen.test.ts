import { afterEach, describe, expect, it } from 'vitest';
import { appKey, countOf, exactly, put, remove, waitForCount } from './hands.ts';
import { openStage, type Stage } from './stage.ts';
import { worldOf } from './worlds.ts';

/** Well before the next sweep, and after the three looks for a change that reads do not show yet. */
const SOON_MS = 15_000;

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

/** Each seed lets the event come before or after reads show the change. */
const SEEDS = [1, 2, 3, 4];

describe('a change that its event overtakes', () => {
  it.each(SEEDS)('makes a new app known at once (seed %i)', async (seed) => {
    const on = await openStage({ sections: worldOf({ late: {} }), seed });
    stage = on;
    await remove(on, 'late/settings', 'late/scaling');
    await on.clock.advance(10_000);
    const actor = await on.start();
    await on.clock.advance(20_000);
    await put(on, 'late/settings', { cluster: 'main' });
    await put(on, 'late/scaling', { web: exactly(2) });
    expect(await waitForCount(on, 'late-web', 2)).toBeLessThan(SOON_MS);
    expect(actor.failures).toEqual([]);
  });

  it.each(SEEDS)('ends a pause at once (seed %i)', async (seed) => {
    const paused = { '/apppack/apps/shop/paused': { type: 'String', value: 'moving house' } };
    const on = await openStage({ sections: worldOf({ shop: { parameters: paused } }), seed });
    stage = on;
    const actor = await on.start();
    await put(on, 'shop/scaling', { web: exactly(2) });
    await on.clock.advance(60_000);
    expect(await countOf(on, 'shop-web')).toBe(1);
    expect(on.writes()).toEqual([]);
    await remove(on, 'shop/paused');
    expect(await waitForCount(on, 'shop-web', 2)).toBeLessThan(SOON_MS);
    expect(actor.failures).toEqual([]);
  });

  it.each([60_000, -60_000])(
    "is found soon by a controller whose clock is %i ms off AWS's",
    async (skewMs) => {
      const on = await openStage({ sections: worldOf({ shop: {} }) });
      stage = on;
      const actor = await on.start('controller', {}, skewMs);
      await on.clock.advance(60_000);
      for (const count of [2, 3, 4, 5]) {
        await put(on, 'shop/scaling', { web: exactly(count) });
        expect(await waitForCount(on, 'shop-web', count)).toBeLessThan(SOON_MS);
        await on.clock.advance(30_000);
      }
      await on.clock.advance(300_000);
      const status = await on.drive(actor.connection.statuses.read(appKey('shop')));
      expect(status).toMatchObject({ synced: true });
      expect([status.wake, status.unseen]).toEqual([undefined, undefined]);
    },
  );

  it('is not looked for without end, and what never was leaves nothing behind', async () => {
    const on = await openStage({ sections: worldOf({ shop: {} }) });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(20_000);
    await put(on, 'ghost/notes', 'nothing that an app has');
    await remove(on, 'ghost/notes');
    await on.clock.advance(60_000);
    const passes = actor.reports.filter(
      (report) => report.work.key.name === 'ghost' && report.outcome !== 'dropped',
    );
    expect(passes.length).toBeLessThanOrEqual(6);
    expect(passes.at(-1)).toMatchObject({ gone: true });
    expect(await on.drive(actor.connection.statuses.read(appKey('ghost')))).toMatchObject({ revision: 0 });
  });
});
