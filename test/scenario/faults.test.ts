import { ListServiceDeploymentsCommand, ListTaskDefinitionsCommand } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from 'vitest';
import { requestPass } from '../../src/compose.ts';
import type { FaultKind } from '../../src/simulator/faults.ts';
import { appKey, countOf, exactly, messagesIn, put, waitForCount } from './hands.ts';
import { type Actor, openStage, type Stage } from './stage.ts';
import { worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  stage?.simulator.switches.faults.splice(0);
  await stage?.stop();
  stage = undefined;
});

/** Every write that a change of a size makes, to ECS, to the table and to the queues. */
const WRITES = [
  ['ecs', 'RegisterTaskDefinition'],
  ['ecs', 'TagResource'],
  ['ecs', 'UpdateService'],
  ['dynamodb', 'UpdateItem'],
  ['dynamodb', 'PutItem'],
  ['sqs', 'SendMessage'],
  ['sqs', 'SendMessageBatch'],
  ['sqs', 'DeleteMessageBatch'],
  ['sqs', 'ChangeMessageVisibilityBatch'],
  ['sqs', 'ReceiveMessage'],
] as const;

/** One that the SDK's own tries make up for, and more than those. */
const TIMES = [1, 4];

/** A change of size and count under way with a fault in it, until nothing is left to do. */
async function changeWith(fault: { service: string; operation: string; kind: FaultKind; times: number }) {
  const on = await openStage({ sections: worldOf({ shop: {} }) });
  stage = on;
  const actor = await on.start();
  await on.clock.advance(60_000);
  on.simulator.switches.faults.push({ ...fault, client: 'controller' });
  await put(on, 'shop/scaling', { web: exactly(3, { cpu: 1024, memory: 2048 }) });
  await waitForCount(on, 'shop-web', 3);
  await on.clock.advance(400_000);
  return { on, actor };
}

async function expectDoneOnce(on: Stage, actor: Actor): Promise<void> {
  const { taskDefinitionArns } = await on.person.ecs.send(
    new ListTaskDefinitionsCommand({ familyPrefix: 'shop-web' }),
  );
  expect(taskDefinitionArns).toHaveLength(2);
  const { serviceDeployments } = await on.person.ecs.send(
    new ListServiceDeploymentsCommand({ cluster: 'main', service: 'shop-web' }),
  );
  // The one it had, and one for the change.
  expect(serviceDeployments).toHaveLength(2);
  const status = await on.drive(actor.connection.statuses.read(appKey('shop')));
  expect(status).toMatchObject({ synced: true, conditions: [], intents: [], attempts: 0 });
  expect(status.wake).toBeUndefined();
  const passes = actor.reports.filter((report) => report.work.key.name === 'shop');
  expect(passes.length).toBeLessThan(30);
  for (const queue of [
    'trimtab-intake',
    'trimtab-work.fifo',
    'trimtab-intake-dead',
    'trimtab-work-dead.fifo',
  ]) {
    expect(await messagesIn(on, queue)).toBe(0);
  }
}

describe('a change makes one revision and one deployment and leaves nothing behind', () => {
  it.each(WRITES.flatMap(([service, operation]) => TIMES.map((times) => ({ service, operation, times }))))(
    'when $times answers of $operation get lost',
    async ({ service, operation, times }) => {
      const { on, actor } = await changeWith({ service, operation, times, kind: 'lostResponse' });
      await expectDoneOnce(on, actor);
    },
  );

  it.each(
    WRITES.flatMap(([service, operation]) =>
      (['reset', 'throttle'] as const).map((kind) => ({ service, operation, kind })),
    ),
  )('when $operation meets $kind again and again', async ({ service, operation, kind }) => {
    const { on, actor } = await changeWith({ service, operation, kind, times: 4 });
    await expectDoneOnce(on, actor);
  });
});

describe('a permission that is missing for one service', () => {
  it('hinders nothing else, is tried less and less, is told once, and heals', async () => {
    const on = await openStage({ sections: worldOf({ shop: {}, blog: {} }) });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(60_000);
    const since = on.clock.now();
    on.simulator.switches.faults.push({
      kind: 'denied',
      operation: 'UpdateService',
      when: (input) => input.service === 'shop-web',
    });
    await put(on, 'shop/scaling', { web: exactly(3, { cpu: 1024, memory: 2048 }) });
    await put(on, 'blog/scaling', { web: exactly(3) });
    expect(await waitForCount(on, 'blog-web', 3)).toBeLessThan(10_000);
    await on.clock.advance(3_600_000);
    const writes = on.writes(since);
    expect(writes.filter(({ operation }) => operation === 'RegisterTaskDefinition')).toHaveLength(1);
    // Backing off to five minutes, whatever else brings a pass.
    expect(writes.filter(({ code }) => code === 'AccessDeniedException').length).toBeLessThan(25);
    const news = actor.reports.flatMap((report) => report.news);
    expect(news.filter(({ reason }) => reason === 'AccessDeniedException')).toHaveLength(1);
    on.simulator.switches.faults.splice(0);
    // A person who gave the permission need not wait for the next try.
    const visit = await on.visit();
    await on.drive(requestPass(visit, appKey('shop')));
    expect(await waitForCount(on, 'shop-web', 3)).toBeLessThan(10_000);
  });
});

describe('five minutes in which ECS throttles everything', () => {
  it('cost few calls, and are over soon after', async () => {
    const on = await openStage({ sections: worldOf({ shop: {}, blog: {} }) });
    stage = on;
    await on.start();
    await on.clock.advance(60_000);
    const since = on.clock.now();
    on.simulator.switches.faults.push({ kind: 'throttle', service: 'ecs', client: 'controller' });
    await put(on, 'shop/scaling', { web: exactly(3) });
    await on.clock.advance(300_000);
    on.simulator.switches.faults.splice(0);
    const refused = on.simulator.calls.filter(
      (call) => call.at >= since && call.code === 'ThrottlingException',
    );
    expect(refused.length).toBeLessThan(100);
    expect(await waitForCount(on, 'shop-web', 3)).toBeLessThan(310_000);
  });

  it('of one service hold no other app up', async () => {
    const on = await openStage({ sections: worldOf({ shop: {}, blog: {} }) });
    stage = on;
    await on.start();
    await on.clock.advance(60_000);
    on.simulator.switches.faults.push({
      kind: 'throttle',
      operation: 'UpdateService',
      when: (input) => input.service === 'shop-web',
    });
    await put(on, 'shop/scaling', { web: exactly(3) });
    for (const count of [2, 3, 4, 5, 6]) {
      await on.clock.advance(20_000);
      await put(on, 'blog/scaling', { web: exactly(count) });
      expect(await waitForCount(on, 'blog-web', count)).toBeLessThan(10_000);
    }
    expect(await countOf(on, 'shop-web')).toBe(1);
  });
});

describe('an outage of SQS', () => {
  it('is no reason to restart the process, which goes on when it is over', async () => {
    const on = await openStage({ sections: worldOf({ shop: {} }) });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(60_000);
    on.simulator.switches.faults.push({ kind: 'error', service: 'sqs', client: 'controller' });
    for (let minute = 0; minute < 10; minute += 1) {
      await on.clock.advance(60_000);
      expect(actor.health.liveness()).toMatchObject({ alive: true });
    }
    on.simulator.switches.faults.splice(0);
    await put(on, 'shop/scaling', { web: exactly(2) });
    expect(await waitForCount(on, 'shop-web', 2)).toBeLessThan(60_000);
  });
});
