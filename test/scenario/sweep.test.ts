import { PurgeQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { sqsAmong } from '../../src/simulator/services/sqs/index.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import {
  appKey,
  countOf,
  exactly,
  loseAllEvents,
  messagesIn,
  put,
  queueUrl,
  remove,
  waitForCount,
} from './hands.ts';
import { openStage, type Stage } from './stage.ts';
import { type AppOptions, worldOf } from './worlds.ts';

const SLOT_MS = 300_000;

let stage: Stage | undefined;
afterEach(async () => {
  stage?.simulator.switches.faults.splice(0);
  await stage?.stop();
  stage = undefined;
});

function manyApps(count: number, options: AppOptions, prefix = 'app'): Record<string, AppOptions> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${prefix}${100 + index}`, options]),
  );
}

/** Apps that lie in the work queue because of a sweep, waiting or worked on. */
function sweptNow(on: Stage): number {
  const sqs = sqsAmong(on.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION));
  return sqs
    .contents('trimtab-work.fifo')
    .filter(({ body }) => body.includes('/app/') && body.includes('"sweep:')).length;
}

describe('a sweep', () => {
  it('brings 200 apps where they belong, and a change of a person lands in between within seconds', async () => {
    const apps = manyApps(200, { scaling: { web: exactly(2) } });
    const on = await openStage({ sections: worldOf({ ...apps, zebra: {} }) });
    stage = on;
    const actor = await on.start('controller', { TRIMTAB_CONCURRENCY: '2' });
    await on.clock.advance(5_000);
    await put(on, 'zebra/scaling', { web: exactly(4) });
    expect(await waitForCount(on, 'zebra-web', 4)).toBeLessThan(10_000);
    let outstanding = 0;
    while ((await countOf(on, 'app299-web')) !== 2) {
      outstanding = Math.max(outstanding, sweptNow(on));
      await on.clock.advance(200);
    }
    expect(outstanding).toBeLessThanOrEqual(4);
    await on.clock.advance(20_000);
    const counts = await Promise.all(Object.keys(apps).map((app) => countOf(on, `${app}-web`)));
    expect(counts.filter((count) => count !== 2)).toEqual([]);
    expect(actor.failures).toEqual([]);
  });

  it('is not held up by keys whose passes break down, however many', async () => {
    const on = await openStage({ sections: worldOf({ ...manyApps(12, {}, 'bad'), zebra: {} }) });
    stage = on;
    await on.start('controller', { TRIMTAB_CONCURRENCY: '2' });
    await on.clock.advance(60_000);
    on.simulator.switches.faults.push({
      kind: 'denied',
      operation: 'UpdateItem',
      when: (input) => JSON.stringify(input).includes('#app#bad'),
    });
    loseAllEvents(on);
    for (const app of Object.keys(manyApps(12, {}, 'bad')))
      await put(on, `${app}/scaling`, { web: exactly(2) });
    await put(on, 'zebra/scaling', { web: exactly(4) });
    expect(await waitForCount(on, 'zebra-web', 4, 3_600_000)).toBeLessThan(2 * SLOT_MS);
  });

  it('queues again what could not be queued', async () => {
    const on = await openStage({ sections: worldOf({ shop: {}, blog: {} }) });
    stage = on;
    await on.start();
    await on.clock.advance(60_000);
    loseAllEvents(on);
    await put(on, 'shop/scaling', { web: exactly(2) });
    on.simulator.switches.faults.push({
      kind: 'throttle',
      operation: 'SendMessageBatch',
      times: 3,
      when: (input) => JSON.stringify(input).includes('/app/shop'),
    });
    expect(await waitForCount(on, 'shop-web', 2)).toBeLessThan(SLOT_MS + 20_000);
  });

  it('finds a wake that got lost', async () => {
    const on = await openStage({ sections: worldOf({ shop: {} }) });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(60_000);
    on.simulator.switches.faults.push({ kind: 'throttle', operation: 'UpdateService', times: 3 });
    await put(on, 'shop/scaling', { web: exactly(4) });
    await on.clock.waitFor('a pass fails', () => actor.reports.some(({ outcome }) => outcome === 'failed'));
    await on.person.sqs.send(new PurgeQueueCommand({ QueueUrl: await queueUrl(on, 'trimtab-intake') }));
    expect(await waitForCount(on, 'shop-web', 4)).toBeLessThan(SLOT_MS + 10_000);
  });

  it('finds an app whose last parameter vanished unseen, and keeps its services', async () => {
    const marked = { scaling: { web: exactly(2) } };
    const on = await openStage({ sections: worldOf({ shop: marked, blog: {} }) });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(60_000);
    loseAllEvents(on);
    await remove(on, 'shop/scaling', 'shop/settings', 'blog/scaling', 'blog/settings');
    await on.clock.advance(SLOT_MS + 10_000);
    const shop = await on.drive(actor.connection.statuses.read(appKey('shop')));
    expect(shop.conditions).toMatchObject([{ type: 'Active', status: 'True', reason: 'Retained' }]);
    expect(await countOf(on, 'shop-web')).toBe(2);
    // Nothing of it was ever written, so nothing of it is left to know.
    expect(await on.drive(actor.connection.statuses.read(appKey('blog')))).toMatchObject({ revision: 0 });
  });

  it.each([0, 60_000])(
    'happens once a slot with two replicas whose clocks are %i ms apart',
    async (skewMs) => {
      const on = await openStage({ sections: worldOf({ shop: {} }) });
      stage = on;
      await on.start('first');
      await on.start('second', {}, skewMs);
      await on.clock.advance(60_000);
      const since = on.clock.now();
      await on.clock.advance(12 * SLOT_MS);
      const surveys = on.simulator.calls.filter(
        (call) => call.at >= since && call.operation === 'GetParametersByPath' && isFirstPage(call.input),
      );
      expect(surveys).toHaveLength(12);
    },
  );

  it('as often as every five seconds keeps the only worker free for people', async () => {
    const settings = { TRIMTAB_SWEEP_SECONDS: '5', TRIMTAB_CONCURRENCY: '1' };
    const on = await openStage({ sections: worldOf({ shop: {}, blog: {} }), settings });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(60_000);
    for (const count of [2, 3, 4]) {
      await put(on, 'shop/scaling', { web: exactly(count) });
      expect(await waitForCount(on, 'shop-web', count)).toBeLessThan(10_000);
      await on.clock.advance(7_000);
    }
    expect(actor.failures).toEqual([]);
  });
});

function isFirstPage(input: Readonly<Record<string, unknown>>): boolean {
  return input.Path === '/apppack/apps' && input.NextToken === undefined;
}

describe('a work message that nobody understands', () => {
  it('ends with the dead letters, and its key is worked on meanwhile', async () => {
    const on = await openStage({ sections: worldOf({ shop: {} }) });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(60_000);
    await on.person.sqs.send(
      new SendMessageCommand({
        QueueUrl: await queueUrl(on, 'trimtab-work.fifo'),
        MessageBody: '{"later":"version"}',
        MessageGroupId: `${DEFAULT_ACCOUNT}/${DEFAULT_REGION}/app/shop`,
        MessageDeduplicationId: 'later',
      }),
    );
    await on.clock.advance(1_000);
    await put(on, 'shop/scaling', { web: exactly(2) });
    expect(await waitForCount(on, 'shop-web', 2)).toBeLessThan(40_000);
    await on.clock.advance(400_000);
    expect(await messagesIn(on, 'trimtab-work-dead.fifo')).toBe(1);
    expect(await messagesIn(on, 'trimtab-work.fifo')).toBe(0);
    expect(new Set(actor.failures)).toEqual(new Set(['1 unreadable messages']));
  });
});
