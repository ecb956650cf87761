import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { Intake, type IntakeOptions, type IntakeReport } from '../../src/events/intake.ts';
import { type RoutingOptions, routeMessage } from '../../src/events/routing.ts';
import { createDeferrals, createWakes, sendRequest } from '../../src/events/wakes.ts';
import { parseWorkMessage } from '../../src/queue/workqueue.ts';
import {
  appKey,
  openQueues,
  type Pass,
  type QueueBench,
  recordPasses,
  startWorker,
  stopAll,
} from '../queue/kit.ts';
import { installRules } from './installed.ts';
import { parameterChange, someRouting } from './kit.ts';

function startIntake(
  bench: QueueBench,
  options: Partial<IntakeOptions> & { routing?: Partial<RoutingOptions>; label?: string } = {},
): Intake {
  const { routing = {}, label, ...more } = options;
  const intake = new Intake({
    queue: bench.intakeQueue(label),
    sink: bench.work,
    route: (message, now) => routeMessage(message, someRouting(routing), now),
    ...more,
  });
  intake.start();
  return intake;
}

async function send(bench: QueueBench, ...documents: readonly unknown[]): Promise<void> {
  const { sqs, url } = bench.intakeQueue('stranger');
  for (const document of documents) {
    const MessageBody = typeof document === 'string' ? document : JSON.stringify(document);
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
  }
}

/** Name and cause of what lies in the work queue. */
function queued(bench: QueueBench): string[] {
  return bench.bodies('work.fifo').map((body) => {
    const item = parseWorkMessage(body);
    return `${item?.key.name} ${item?.cause.id}`;
  });
}

describe('the intake', () => {
  it('makes a pass of a parameter somebody put', async () => {
    const bench = await openQueues();
    await installRules(bench, new Set(['app']));
    const passes: Pass[] = [];
    const intake = startIntake(bench);
    const worker = startWorker(bench, { handle: recordPasses(bench, passes) });
    const ssm = new SSMClient(bench.client('person'));
    await ssm.send(
      new PutParameterCommand({ Name: '/apppack/apps/shop/scaling', Value: '{}', Type: 'String' }),
    );
    await ssm.send(
      new PutParameterCommand({ Name: '/elsewhere/apps/blog/scaling', Value: '{}', Type: 'String' }),
    );
    await bench.clock.advance(5000);
    expect(passes.map((pass) => pass.work.key)).toEqual([appKey('shop')]);
    expect(passes[0]?.work.causes[0]?.change?.parameter).toBe('/apppack/apps/shop/scaling');
    expect([...bench.bodies('intake'), ...bench.bodies('work.fifo')]).toEqual([]);
    await stopAll(bench, worker);
    await intake.stop();
  });

  it('queues a key once for an event that comes twice', async () => {
    const bench = await openQueues();
    const change = parameterChange('/apppack/apps/shop/scaling');
    await send(bench, change, change);
    const intake = startIntake(bench);
    await bench.clock.advance(1000);
    expect(queued(bench)).toEqual(['shop event:e-1']);
    await intake.stop();
  });

  it('counts and deletes what says nothing to it, and tells nobody what was in it', async () => {
    const bench = await openQueues();
    await send(bench, 'password=hunter2', '{"a":1}', { ...parameterChange('/x/y/z'), secret: 'hunter2' });
    const reports: IntakeReport[] = [];
    const intake = startIntake(bench, { listener: { intake: (report) => reports.push(report) } });
    await bench.clock.advance(1000);
    expect(reports).toEqual([
      { source: 'other', result: 'malformed', reason: 'notJson', keys: 0, ageMs: 0 },
      { source: 'other', result: 'malformed', reason: 'malformed', keys: 0, ageMs: 0 },
      { source: 'aws.ssm', result: 'ignored', reason: 'otherParameter', keys: 0, ageMs: 0 },
    ]);
    expect([...bench.bodies('intake'), ...queued(bench)]).toEqual([]);
    await intake.stop();
  });

  it('keeps a message until its key is queued, and deletes the others', async () => {
    const bench = await openQueues();
    const [shop, blog] = ['shop', 'blog'].map((app) => parameterChange(`/apppack/apps/${app}/scaling`, app));
    await send(bench, shop, blog);
    let refusals = 2;
    const reports: string[] = [];
    const intake = startIntake(bench, {
      sink: {
        addAll: async (items) => {
          const refused = items.filter((item) => item.key.name === 'blog' && refusals-- > 0);
          await bench.work.addAll(items.filter((item) => !refused.includes(item)));
          return refused;
        },
      },
      listener: { intake: ({ result }) => reports.push(result) },
    });
    await bench.clock.advance(1000);
    expect(queued(bench)).toEqual(['shop event:shop']);
    expect(bench.bodies('intake')).toEqual([JSON.stringify(blog)]);
    await bench.clock.advance(90_000);
    expect(queued(bench)).toEqual(['shop event:shop', 'blog event:blog']);
    expect(reports).toEqual(['queued', 'failed', 'failed', 'queued']);
    await intake.stop();
  });

  it('keeps an event whose owner cannot be looked up', async () => {
    const bench = await openQueues();
    const resources = ['arn:aws:ecs:us-east-1:123456789012:service/main/shop-web'];
    const detail = { eventName: 'SERVICE_DEPLOYMENT_FAILED' };
    const event = { ...parameterChange(''), 'detail-type': 'ECS Deployment State Change', detail, resources };
    await send(bench, event);
    let answers = false;
    const failing: string[] = [];
    const intake = startIntake(bench, {
      routing: {
        appsOfService: async () => {
          if (!answers) throw new Error('no answer');
          return ['shop'];
        },
      },
      listener: { failing: (doing) => failing.push(doing) },
    });
    await bench.clock.advance(1000);
    expect(failing).toEqual(['finding the keys of an event']);
    answers = true;
    await bench.clock.advance(31_000);
    expect(queued(bench)).toEqual(['shop event:e-1']);
    await intake.stop();
  });

  it('hands on what a person asks for', async () => {
    const bench = await openQueues();
    await sendRequest(bench.intakeQueue(), appKey('shop'), 'r-1');
    const intake = startIntake(bench);
    await bench.clock.advance(1000);
    expect(queued(bench)).toEqual(['shop request:r-1']);
    await intake.stop();
  });

  it('hands on what was put off when it is time, although the same was queued a moment ago', async () => {
    const bench = await openQueues();
    const change = { parameter: '/apppack/apps/shop/config/A', operation: 'Update', at: bench.clock.now() };
    const item = { key: appKey('shop'), cause: { id: 'event:e-1', change } };
    await bench.work.addAll([item]);
    const toldAt = bench.clock.now();
    await createDeferrals(bench.intakeQueue())({ ...item, toldAt }, 4_500);
    const intake = startIntake(bench);
    await bench.clock.advance(4_900);
    expect(queued(bench)).toEqual(['shop event:e-1']);
    await bench.clock.advance(1_000);
    expect(bench.bodies('work.fifo').map(parseWorkMessage)).toEqual([item, { ...item, toldAt }]);
    await intake.stop();
  });

  it('survives an outage of SQS without spinning', async () => {
    const bench = await openQueues();
    const outage = { kind: 'throttle' as const, client: 'intake', operation: 'ReceiveMessage', times: 1000 };
    bench.simulator.switches.faults.push(outage);
    await send(bench, parameterChange('/apppack/apps/shop/scaling'));
    let failures = 0;
    const intake = startIntake(bench, {
      listener: {
        failing: () => {
          failures += 1;
        },
      },
    });
    await bench.clock.advance(300_000);
    expect(failures).toBeGreaterThan(5);
    expect(failures).toBeLessThan(20);
    outage.times = 0;
    await bench.clock.advance(31_000);
    expect(queued(bench)).toEqual(['shop event:e-1']);
    await intake.stop();
  });

  it('stops at once when nothing is at hand, and leaves what comes to others', async () => {
    const bench = await openQueues();
    const intake = startIntake(bench, { label: 'a' });
    await bench.clock.advance(5000);
    await intake.stop();
    await send(bench, parameterChange('/apppack/apps/shop/scaling'));
    const other = startIntake(bench, { label: 'b' });
    await bench.clock.advance(1000);
    expect(queued(bench)).toEqual(['shop event:e-1']);
    await other.stop();
  });
});

describe('wakes', () => {
  it.each([
    ['now', 0],
    ['in the past', -5000],
    ['in a moment', 1200],
    ['in ten minutes', 600_000],
    ['in forty minutes, in hops of fifteen', 2_400_000],
  ])('come %s: not early, and at most a second late', async (_when, afterMs) => {
    const bench = await openQueues();
    const intake = startIntake(bench);
    const at = bench.clock.now() + afterMs;
    await createWakes(bench.intakeQueue()).send(appKey('shop'), { at, token: 't' });
    await bench.clock.advance(Math.max(0, afterMs - 1));
    if (afterMs > 0) expect(queued(bench)).toEqual([]);
    await bench.clock.advance(1002);
    expect(queued(bench)).toEqual(['shop wake:t']);
    await intake.stop();
  });

  it('are neither lost nor multiplied while SQS loses answers and two replicas take part', async () => {
    const bench = await openQueues();
    const passes: Pass[] = [];
    const intakes = ['a', 'b'].map((label) => startIntake(bench, { label }));
    const worker = startWorker(bench, { handle: recordPasses(bench, passes) });
    bench.simulator.switches.faults.push(
      { kind: 'lostResponse', service: 'sqs', operation: 'SendMessageBatch', probability: 0.3 },
      { kind: 'reset', service: 'sqs', operation: 'SendMessageBatch', probability: 0.2 },
      { kind: 'lostResponse', service: 'sqs', operation: 'DeleteMessageBatch', probability: 0.3 },
      { kind: 'error', service: 'sqs', operation: 'ReceiveMessage', probability: 0.1 },
    );
    const wakes = createWakes(bench.intakeQueue('sender'));
    const names = Array.from({ length: 30 }, (_, index) => `app${index}`);
    for (const [index, name] of names.entries()) {
      await wakes.send(appKey(name), { at: bench.clock.now() + index * 90_000, token: `t-${name}` });
    }
    await bench.clock.advance(3_600_000);
    expect(passes.map((pass) => pass.work.key.name).sort()).toEqual([...names].sort());
    expect([...bench.bodies('intake'), ...bench.bodies('work.fifo')]).toEqual([]);
    await stopAll(bench, worker);
    await Promise.all(intakes.map((intake) => intake.stop()));
  });
});
