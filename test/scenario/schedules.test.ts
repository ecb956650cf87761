import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteRuleCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { inspectApps } from '../../src/compose.ts';
import { openStage, type Stage } from './stage.ts';
import { scaled, worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const TASKS = '/apppack/apps/shop/scheduled-tasks';
const DAILY = { schedule: '0 3 * * ? *', command: './daily' };
const settings = { TRIMTAB_EVENTS_ROLE_ARN: 'arn:aws:iam::123456789012:role/events' };
const shop = worldOf({ shop: { parameters: { [TASKS]: { type: 'String', json: [DAILY] } } } });

async function rulesOn(on: Stage, NamePrefix = 'shop-') {
  const { Rules = [] } = await on.person.events.send(new ListRulesCommand({ NamePrefix }));
  return Promise.all(
    Rules.map(async ({ Name, ScheduleExpression }) => {
      const { Targets = [] } = await on.person.events.send(new ListTargetsByRuleCommand({ Rule: Name }));
      const revisions = Targets.map(({ EcsParameters }) =>
        EcsParameters?.TaskDefinitionArn?.split('/').at(-1),
      );
      return { name: Name, schedule: ScheduleExpression, ids: Targets.map(({ Id }) => Id ?? ''), revisions };
    }),
  );
}

async function put(on: Stage, name: string, document: unknown): Promise<void> {
  const Value = JSON.stringify(document);
  await on.person.ssm.send(new PutParameterCommand({ Name: name, Value, Type: 'String', Overwrite: true }));
}

/** Waits until all is done, and says how long nothing was written before. */
async function calm(on: Stage): Promise<void> {
  await on.clock.advance(120_000);
}

describe('schedules, from Parameter Store to EventBridge', () => {
  it('follow a change of the list at once, and cost no write once they are there', async () => {
    stage = await openStage({ sections: shop, settings });
    const actor = await stage.start();
    await calm(stage);
    expect(await rulesOn(stage)).toMatchObject([
      { schedule: 'cron(0 3 * * ? *)', revisions: ['shop-scheduler:1'] },
    ]);
    const since = stage.clock.now();
    await put(stage, TASKS, [DAILY, { schedule: '0/10 * * * ? *', command: './ping' }]);
    // Reads of parameters may lag by three seconds; then trimtab looks again.
    await stage.clock.advance(5_000);
    expect(stage.writes(since).map(({ operation }) => operation)).toEqual(['PutRule', 'PutTargets']);
    await calm(stage);
    const quiet = stage.clock.now();
    await stage.clock.advance(2 * 3_600_000);
    expect(stage.writes(quiet)).toEqual([]);
    expect(await rulesOn(stage)).toHaveLength(2);
    expect(actor.failures).toEqual([]);
  });

  it('move with the service when it gets another size, before the old revision is of no use', async () => {
    stage = await openStage({ sections: shop, settings });
    await stage.start();
    await calm(stage);
    await put(stage, '/apppack/apps/shop/scaling', { web: scaled({ cpu: 1024, memory: 2048 }) });
    await calm(stage);
    expect(await rulesOn(stage)).toMatchObject([{ revisions: ['shop-scheduler:2'] }]);
    const since = stage.clock.now();
    await stage.clock.advance(3_600_000);
    expect(stage.writes(since)).toEqual([]);
  });

  it('come back by the sweep when somebody deletes a rule, of which no event tells', async () => {
    stage = await openStage({ sections: shop, settings });
    await stage.start();
    await calm(stage);
    const [rule] = await rulesOn(stage);
    await stage.person.events.send(new RemoveTargetsCommand({ Rule: rule?.name, Ids: rule?.ids }));
    await stage.person.events.send(new DeleteRuleCommand({ Name: rule?.name }));
    await stage.clock.advance(330_000);
    expect(await rulesOn(stage)).toEqual([rule]);
  });

  it('are looked at every few hours by the sweep alone, one after the other', async () => {
    stage = await openStage({
      sections: shop,
      settings: { ...settings, TRIMTAB_CHECK_TARGETS_SECONDS: '3600' },
    });
    await stage.start();
    await calm(stage);
    const [rule] = await rulesOn(stage);
    await stage.person.events.send(new RemoveTargetsCommand({ Rule: rule?.name, Ids: rule?.ids }));
    await stage.clock.advance(1_800_000);
    expect(await rulesOn(stage)).toMatchObject([{ ids: [] }]);
    await stage.clock.advance(2_400_000);
    expect(await rulesOn(stage)).toEqual([rule]);
  });

  it('go when their app is gone unseen and nothing is remembered of it', async () => {
    stage = await openStage({ sections: shop, settings });
    const actor = await stage.start();
    await calm(stage);
    await actor.trimtab.stop();
    for (const Name of [TASKS, '/apppack/apps/shop/scaling', '/apppack/apps/shop/settings'])
      await stage.person.ssm.send(new DeleteParameterCommand({ Name }));
    await forgetEverything(stage);
    await stage.clock.advance(3_600_000);
    expect(await rulesOn(stage)).toHaveLength(1);
    await stage.start('another');
    await stage.clock.advance(330_000);
    expect(await rulesOn(stage)).toEqual([]);
  });

  it('stay when the list of many is lost, and go when a person says so', async () => {
    const many = Array.from({ length: 8 }, (_, index) => ({ ...DAILY, schedule: `${index} 4 * * ? *` }));
    const parameters = { [TASKS]: { type: 'String', json: many } };
    stage = await openStage({ sections: worldOf({ shop: { parameters } }), settings });
    await stage.start();
    await calm(stage);
    await stage.person.ssm.send(new DeleteParameterCommand({ Name: TASKS }));
    await calm(stage);
    expect(await rulesOn(stage)).toHaveLength(8);
    const visitor = await stage.visit();
    const [inspection] = await stage.drive(inspectApps(visitor, ['shop']));
    expect(inspection?.plan.held?.reason).toContain('8 of 8 schedules of shop');
    await stage.drive(visitor.statuses.approve(inspection?.key ?? failed(), inspection?.digest ?? ''));
    await stage.clock.advance(330_000);
    expect(await rulesOn(stage)).toEqual([]);
  });

  it('that go thirty of forty at once are held, and an approval lets exactly that plan pass', async () => {
    const many = Array.from({ length: 40 }, (_, minute) => ({ ...DAILY, schedule: `${minute} 4 * * ? *` }));
    const parameters = { [TASKS]: { type: 'String', json: many } };
    stage = await openStage({ sections: worldOf({ shop: { parameters } }), settings });
    await stage.start();
    await calm(stage);
    expect(await rulesOn(stage)).toHaveLength(40);
    await put(stage, TASKS, many.slice(0, 10));
    await calm(stage);
    expect(await rulesOn(stage)).toHaveLength(40);
    const visitor = await stage.visit();
    const [shown] = await stage.drive(inspectApps(visitor, ['shop']));
    expect(shown?.plan.held?.reason).toContain('30 of 40 schedules of shop');
    // By the time somebody says yes to what was shown, it is another thirty that would go.
    await put(stage, TASKS, many.slice(1, 11));
    await calm(stage);
    await stage.drive(visitor.statuses.approve(shown?.key ?? failed(), shown?.digest ?? ''));
    await stage.clock.advance(330_000);
    expect(await rulesOn(stage)).toHaveLength(40);
    await put(stage, TASKS, many.slice(0, 10));
    await stage.clock.advance(330_000);
    const left = (await rulesOn(stage)).map(({ schedule }) => schedule).sort();
    expect(left).toEqual(many.slice(0, 10).map(({ schedule }) => `cron(${schedule})`));
  });

  it('leave other apps running when the account has no room for more rules', async () => {
    // The account's 300 less those of the installation, which are eight, and one of each app.
    const rules = Array.from({ length: 290 }, (_, index) => ({
      name: `other-${index}`,
      scheduleExpression: 'rate(1 day)',
    }));
    const blog = { '/apppack/apps/blog/scheduled-tasks': { type: 'String', json: [DAILY] } };
    const sections = worldOf({
      shop: { parameters: { [TASKS]: { type: 'String', json: [DAILY] } } },
      blog: { parameters: blog },
    });
    stage = await openStage({ sections: { ...sections, events: { rules } }, settings });
    await stage.start();
    await calm(stage);
    const before = stage.clock.now();
    await put(stage, '/apppack/apps/blog/scaling', { web: scaled({ min_processes: 2, max_processes: 2 }) });
    await put(
      stage,
      TASKS,
      Array.from({ length: 9 }, (_, index) => ({ ...DAILY, schedule: `${index} 4 * * ? *` })),
    );
    await stage.clock.advance(1_800_000);
    const tries = stage.writes(before).filter(({ operation }) => operation === 'PutRule');
    expect(tries.length).toBeLessThan(30);
    expect(await rulesOn(stage, 'blog-')).toHaveLength(1);
  });
});

function failed(): never {
  throw new Error('nothing was inspected');
}

async function forgetEverything(on: Stage): Promise<void> {
  const { Items = [] } = await on.person.dynamodb.send(new ScanCommand({ TableName: 'apppack' }));
  for (const { primary_id, secondary_id } of Items) {
    const Key = { primary_id: primary_id ?? { NULL: true }, secondary_id: secondary_id ?? { NULL: true } };
    await on.person.dynamodb.send(new DeleteItemCommand({ TableName: 'apppack', Key }));
  }
}
