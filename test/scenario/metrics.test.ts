import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { KINDS } from '../../src/reconcile/key.ts';
import { createHealth } from '../../src/server/health.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { startTrimtab, type Trimtab } from '../../src/trimtab.ts';
import { parseScrape, type Scrape } from '../telemetry/kit.ts';
import { openStage, type Stage } from './stage.ts';
import { worldOf } from './worlds.ts';

let stage: Stage | undefined;
let trimtab: Trimtab | undefined;
afterEach(async () => {
  if (trimtab !== undefined) await stage?.drive(trimtab.stop());
  await stage?.stop();
  stage = undefined;
  trimtab = undefined;
});

/** Starts a controller whose metrics can be scraped. */
async function startScraped(on: Stage): Promise<() => Promise<Scrape>> {
  const connection = await on.visit();
  const { clock } = connection;
  const metrics = createMetrics({ version: '1', controllers: KINDS, concurrency: 10, clock });
  const started = await on.drive(
    startTrimtab(connection, { listener: metrics, health: createHealth(clock) }),
  );
  trimtab = started;
  return async () => {
    await on.drive(started.tellBacklog());
    return parseScrape(await metrics.render());
  };
}

describe('metrics of a running controller', () => {
  it('count what lies in the dead-letter queues', async () => {
    stage = await openStage({ sections: worldOf({ shop: {} }) });
    const { sqs } = stage.person;
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'trimtab-work-dead.fifo' }));
    const group = { MessageGroupId: 'g', MessageDeduplicationId: 'd' };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}', ...group }));
    const scrape = await startScraped(stage);
    await stage.clock.advance(5_000);
    const dead = (await scrape()).of('trimtab_dead_letter_messages');
    expect([...dead.values()].sort()).toEqual([0, 1]);
  });

  it('tell that a scheduled task failed, from the rule that started it to the alert’s series', async () => {
    const tasks = { type: 'String', json: [{ schedule: '0/10 * * * ? *', command: './report' }] };
    const world = worldOf({ shop: { parameters: { '/apppack/apps/shop/scheduled-tasks': tasks } } });
    const ecs = {
      ...(world.ecs as object),
      outcomes: [{ family: 'shop-scheduler', exitCode: 3, runSeconds: 5 }],
    };
    const settings = { TRIMTAB_EVENTS_ROLE_ARN: 'arn:aws:iam::123456789012:role/events' };
    stage = await openStage({ sections: { ...world, ecs }, settings });
    const scrape = await startScraped(stage);
    await stage.clock.advance(60_000);
    expect((await scrape()).value('trimtab_scheduled_task_failures_total')).toBe(0);
    await stage.clock.advance(12 * 60_000);
    const after = await scrape();
    expect(after.value('trimtab_scheduled_task_failures_total')).toBeGreaterThanOrEqual(1);
    const shop = { account: '123456789012', region: 'us-east-1', app: 'shop' };
    const at = after.value('trimtab_app_scheduled_task_failed_timestamp_seconds', shop);
    expect(stage.clock.now() / 1000 - (at ?? 0)).toBeLessThan(600);
  });
});
