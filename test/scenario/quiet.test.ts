import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { openQueue } from '../../src/compose.ts';
import { formatKey } from '../../src/reconcile/key.ts';
import { openStage, type Stage } from './stage.ts';
import { scaled, worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const key = { account: '123456789012', region: 'us-east-1', kind: 'app', name: 'shop' } as const;

async function putScaling(on: Stage, count: number): Promise<void> {
  await on.person.ssm.send(
    new PutParameterCommand({
      Name: '/apppack/apps/shop/scaling',
      Value: JSON.stringify({ web: scaled({ min_processes: count, max_processes: count }) }),
      Type: 'String',
      Overwrite: true,
    }),
  );
}

/** Sends an event about the service straight to the intake queue, as a rule would. */
async function sendServiceEvent(on: Stage, id: number): Promise<void> {
  const connection = await on.visit();
  const intake = await on.drive(openQueue(connection, on.config.intakeQueue, ''));
  await on.person.sqs.send(
    new SendMessageCommand({
      QueueUrl: intake.url,
      MessageBody: JSON.stringify({
        id: `event-${id}`,
        time: new Date(on.clock.now()).toISOString(),
        source: 'aws.ecs',
        type: 'ECS Service Action',
        account: key.account,
        region: key.region,
        resources: [`arn:aws:ecs:us-east-1:${key.account}:service/main/shop-web`],
        eventName: 'SERVICE_TASK_START_IMPAIRED',
      }),
    }),
  );
}

describe('a quiet account', () => {
  it('costs an hour of long polls and sweeps, and nothing else', async () => {
    const on = await openStage({ sections: worldOf({ shop: {}, blog: {} }) });
    stage = on;
    await on.start();
    await on.clock.advance(600_000);
    const since = on.clock.now();
    await on.clock.advance(3_600_000);
    const counts: Record<string, number> = {};
    for (const call of on.simulator.calls) {
      if (call.at < since) continue;
      counts[`${call.service}.${call.operation}`] = (counts[`${call.service}.${call.operation}`] ?? 0) + 1;
    }
    console.log('calls of an idle hour with two apps:', counts);
    expect(on.writes(since)).toEqual([]);
    // Two queues, a poll each 20 s, and the sweep's own messages in between.
    expect(counts['sqs.ReceiveMessage']).toBeLessThanOrEqual(2 * 180 + 4 * 12);
    expect(counts['ssm.GetParametersByPath'] ?? 0).toBeLessThanOrEqual(12 * 4);
    expect(counts['ecs.DescribeServices'] ?? 0).toBeLessThanOrEqual(12 * 2);
    expect(counts['ecs.DescribeTaskDefinition'] ?? 0).toBeLessThanOrEqual(4);
  });
});

describe('wakes', () => {
  it('are one while something is to be looked at later, however many events come, and none after', async () => {
    const on = await openStage({ sections: worldOf({ shop: {} }) });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(120_000);
    await putScaling(on, 3);
    await on.clock.advance(1_500);
    for (let event = 0; event < 50; event += 1) {
      await sendServiceEvent(on, event);
      await on.clock.advance(40);
    }
    const during = await on.drive(actor.connection.statuses.read(key));
    expect(during.wake).toBeDefined();
    await on.clock.advance(180_000);
    const after = await on.drive(actor.connection.statuses.read(key));
    expect(after.wake).toBeUndefined();
    expect(after.synced).toBe(true);
    const sent = on.simulator.calls.filter(
      (call) =>
        call.client === 'controller' &&
        call.operation === 'SendMessage' &&
        call.at > on.clock.now() - 190_000,
    );
    // One a write for looking whether it shows, and few more; never one for each event.
    expect(sent.length).toBeLessThanOrEqual(5);
    expect(actor.failures).toEqual([]);
  });

  it('reach an app whose name is too long for anything, and say so', async () => {
    const name = 'x'.repeat(300);
    const on = await openStage({ sections: worldOf({ shop: {} }) });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(60_000);
    await on.person.ssm.send(
      new PutParameterCommand({
        Name: `/apppack/apps/${name}/scaling`,
        Value: JSON.stringify({ web: scaled() }),
        Type: 'String',
      }),
    );
    await on.clock.advance(30_000);
    const status = await on.drive(actor.connection.statuses.read({ ...key, name }));
    expect(status.conditions.some((condition) => condition.status === 'False')).toBe(true);
    expect(actor.reports.some((report) => formatKey(report.work.key).endsWith(name))).toBe(true);
    const { services } = await on.person.ecs.send(
      new DescribeServicesCommand({ cluster: 'main', services: ['shop-web'] }),
    );
    expect(services?.[0]?.desiredCount).toBe(1);
  });
});

describe('events nobody sent for us', () => {
  it('are put aside without a pass', async () => {
    const on = await openStage({ sections: worldOf({ shop: {} }) });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(60_000);
    const before = actor.reports.length;
    await on.person.events.send(
      new PutEventsCommand({
        Entries: [
          {
            Source: 'somebody',
            DetailType: 'Parameter Store Change',
            Detail: '{"name":"/apppack/apps/shop/scaling"}',
          },
        ],
      }),
    );
    await on.clock.advance(10_000);
    expect(actor.reports.length).toBe(before);
  });
});
