import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { inspectApps, requestPass } from '../../src/compose.ts';
import { ADMINISTRATORS } from '../../src/reconcile/key.ts';
import type { DatedCondition } from '../../src/reconcile/status.ts';
import { FAIR_WEATHER } from '../../src/simulator/faults.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { describeReport } from '../../src/telemetry/describe.ts';
import {
  at,
  indexItems,
  indexOf,
  indexWrites,
  putList,
  ROLES,
  removeParameter,
  waitForIndex,
} from './access-hands.ts';
import { loseAllEvents } from './hands.ts';
import { type Actor, openStage, type Stage, type StageOptions } from './stage.ts';
import { worldOf } from './worlds.ts';

const SLOT_MS = 300_000;

let stage: Stage | undefined;
afterEach(async () => {
  stage?.simulator.switches.faults.splice(0);
  await stage?.stop();
  stage = undefined;
});

async function open(options: StageOptions = {}): Promise<[Stage, Actor]> {
  const on = await openStage({ settings: ROLES, ...options });
  stage = on;
  const actor = await on.start();
  await on.clock.advance(30_000);
  return [on, actor];
}

function accessKey(name: string) {
  return { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION, kind: 'access', name } as const;
}

async function conditionsOf(on: Stage, actor: Actor, name: string): Promise<readonly DatedCondition[]> {
  return (await on.drive(actor.connection.statuses.read(accessKey(name)))).conditions;
}

function addresses(count: number, prefix = 'user'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}@example.com`);
}

describe('a list of users', () => {
  it('is in the index within a second of its event, with role, region and pipeline', async () => {
    const [on, actor] = await open({ switches: { weather: FAIR_WEATHER } });
    await putList(on, 'apps/shop/users', 'Anna@Example.com, ben@example.com');
    expect(await waitForIndex(on, (index) => index['USER#ben@example.com'] !== undefined)).toBeLessThan(
      1_000,
    );
    expect(await indexItems(on)).toEqual([
      {
        primary_id: 'USER#anna@example.com',
        secondary_id: at('shop'),
        role_arn: 'arn:aws:iam::123456789012:role/shop-user',
        region: DEFAULT_REGION,
        pipeline: false,
        trimtab_owner: '/apppack/access/123456789012/us-east-1/shop',
      },
      expect.objectContaining({ primary_id: 'USER#ben@example.com' }),
    ]);
    expect(indexWrites(on)).toEqual([{ puts: 2, deletes: 0 }]);
    await on.clock.advance(60_000);
    expect(actor.failures).toEqual([]);
    expect(await on.drive(actor.connection.statuses.read(accessKey('shop')))).toMatchObject({ synced: true });
  });

  it('is found by the next sweep when no event tells of it', async () => {
    const [on] = await open();
    loseAllEvents(on);
    await putList(on, 'apps/shop/users', ['anna@example.com']);
    await putList(on, 'pipelines/blog/users', ['anna@example.com']);
    await putList(on, 'account/administrators', ['chris@example.com']);
    const took = await waitForIndex(on, (index) => Object.keys(index).length === 2);
    expect(took).toBeLessThan(SLOT_MS + 10_000);
    expect(await indexOf(on)).toEqual({
      'ADMIN#chris@example.com': [DEFAULT_ACCOUNT],
      'USER#anna@example.com': [at('blog'), at('shop')],
    });
    loseAllEvents(on);
    await removeParameter(on, 'pipelines/blog/users');
    await waitForIndex(on, (index) => index['USER#anna@example.com']?.length === 1, SLOT_MS + 10_000);
  });

  it('changes by exactly the items that differ, and who stays is in the index at every instant', async () => {
    const people = addresses(250);
    const [on] = await open({ settings: { ...ROLES } });
    await putList(on, 'apps/shop/users', people);
    await waitForIndex(on, (index) => Object.keys(index).length === 250);
    expect(indexWrites(on)).toEqual([
      { puts: 100, deletes: 0 },
      { puts: 100, deletes: 0 },
      { puts: 50, deletes: 0 },
    ]);
    await on.clock.advance(20_000);
    const since = on.clock.now();
    const steps = [
      [...people.slice(1), 'new@example.com'],
      people.slice(1).map((email) => email.toUpperCase()),
      people
        .slice(1)
        .map((email) => ` ${email} `)
        .reverse(),
    ];
    const kept = `USER#${people[100]}`;
    for (const step of steps) {
      await putList(on, 'apps/shop/users', step);
      for (let turn = 0; turn < 60; turn += 1) {
        await on.clock.advance(100);
        expect((await indexOf(on))[kept]).toEqual([at('shop')]);
      }
    }
    expect(indexWrites(on, since)).toEqual([
      { puts: 1, deletes: 1 },
      { puts: 0, deletes: 1 },
    ]);
    expect(Object.keys(await indexOf(on))).toHaveLength(249);
  });

  it('writes one item when one user comes or goes', async () => {
    const [on] = await open();
    await putList(on, 'apps/shop/users', addresses(5));
    await on.clock.advance(20_000);
    const since = on.clock.now();
    await putList(on, 'apps/shop/users', addresses(6));
    await on.clock.advance(20_000);
    await putList(on, 'apps/shop/users', addresses(5));
    await on.clock.advance(20_000);
    expect(indexWrites(on, since)).toEqual([
      { puts: 1, deletes: 0 },
      { puts: 0, deletes: 1 },
    ]);
  });

  it('that makes no sense changes nothing, says what is wrong and names nobody', async () => {
    const [on, actor] = await open();
    await putList(on, 'apps/shop/users', ['anna@example.com', 'ben@example.com']);
    await on.clock.advance(20_000);
    const since = on.clock.now();
    await putList(on, 'apps/shop/users', ['anna@example.com', 'dora-at-example.com']);
    await on.clock.advance(20_000);
    expect(indexWrites(on, since)).toEqual([]);
    const conditions = await conditionsOf(on, actor, 'shop');
    expect(conditions).toMatchObject([
      {
        type: 'Valid',
        status: 'False',
        reason: 'InvalidEmail',
        parameter: '/apppack/apps/shop/users',
        path: '2',
        version: 2,
      },
    ]);
    expect(JSON.stringify(conditions)).not.toContain('dora');
    await putList(on, 'apps/shop/users', ['ben@example.com']);
    await on.clock.advance(20_000);
    expect(Object.keys(await indexOf(on))).toEqual(['USER#ben@example.com']);
    expect(await conditionsOf(on, actor, 'shop')).toEqual([]);
  });

  it('goes with an app of which nothing is left, however many were on it', async () => {
    const [on, actor] = await open({ sections: worldOf({ shop: {} }) });
    await putList(on, 'apps/shop/users', addresses(20));
    await on.clock.advance(20_000);
    for (const name of ['scaling', 'settings', 'users']) await removeParameter(on, `apps/shop/${name}`);
    await waitForIndex(on, (index) => Object.keys(index).length === 0, SLOT_MS + 10_000);
    await on.clock.advance(20_000);
    expect(await on.drive(actor.connection.statuses.read(accessKey('shop')))).toMatchObject({ revision: 0 });
  });

  it('that vanishes or shrinks by more than half while its app stays is held until somebody approves', async () => {
    const [on, actor] = await open({ sections: worldOf({ shop: {} }) });
    await putList(on, 'apps/shop/users', addresses(20));
    await on.clock.advance(20_000);
    await removeParameter(on, 'apps/shop/users');
    await on.clock.advance(SLOT_MS);
    expect(Object.keys(await indexOf(on))).toHaveLength(20);
    expect(await conditionsOf(on, actor, 'shop')).toMatchObject([{ type: 'Released', reason: 'Held' }]);
    await putList(on, 'apps/shop/users', [...addresses(3), 'new@example.com']);
    await on.clock.advance(20_000);
    expect(Object.keys(await indexOf(on))).toHaveLength(21);
    expect(await conditionsOf(on, actor, 'shop')).toMatchObject([{ type: 'Released', reason: 'Held' }]);
  });

  it('gets the role that settings name, and moves in place when they name another', async () => {
    const [on] = await open({ settings: {} });
    await putList(on, 'apps/shop/users', ['anna@example.com']);
    await on.clock.advance(20_000);
    expect(await indexItems(on)).toEqual([]);
    await putList(on, 'apps/shop/settings', '{"user_role_arn":"arn:aws:iam::123456789012:role/one"}');
    await waitForIndex(on, (index) => index['USER#anna@example.com'] !== undefined, 20_000);
    await putList(on, 'apps/shop/settings', '{"user_role_arn":"arn:aws:iam::123456789012:role/two"}');
    await on.clock.advance(20_000);
    expect(await indexItems(on)).toMatchObject([{ role_arn: 'arn:aws:iam::123456789012:role/two' }]);
    expect(indexWrites(on)).toEqual([
      { puts: 1, deletes: 0 },
      { puts: 1, deletes: 0 },
    ]);
  });

  it('may lie elsewhere: events and sweeps find it all the same', async () => {
    const settings = { ...ROLES, TRIMTAB_USER_PATH: '/company/teams/*/members' };
    const [on] = await open({ settings, switches: { permits: undefined, weather: FAIR_WEATHER } });
    const put = (team: string, Value: string) =>
      on.person.ssm.send(
        new PutParameterCommand({
          Name: `/company/teams/${team}/members`,
          Value,
          Type: 'StringList',
          Overwrite: true,
        }),
      );
    await put('shop', 'anna@example.com');
    await on.clock.advance(1_000);
    expect(await indexOf(on)).toEqual({ 'USER#anna@example.com': [at('shop')] });
    await putList(on, 'apps/shop/users', 'nobody@example.com');
    loseAllEvents(on);
    await put('blog', 'ben@example.com');
    await waitForIndex(on, (index) => index['USER#ben@example.com'] !== undefined, SLOT_MS + 10_000);
    expect(Object.keys(await indexOf(on))).toHaveLength(2);
  });

  it('of an app and of a pipeline with its name are taken together', async () => {
    const [on] = await open();
    await putList(on, 'apps/shop/users', ['anna@example.com', 'ben@example.com']);
    await putList(on, 'pipelines/shop/users', ['ben@example.com']);
    await on.clock.advance(10_000);
    const pipelines = (await indexItems(on)).map(({ primary_id, pipeline }) => [primary_id, pipeline]);
    expect(pipelines).toEqual([
      ['USER#anna@example.com', false],
      ['USER#ben@example.com', true],
    ]);
  });

  it('leaves items of others alone, and says so', async () => {
    const [on, actor] = await open();
    const Item = { primary_id: { S: 'USER#anna@example.com' }, secondary_id: { S: at('shop') } };
    await on.person.dynamodb.send(new PutItemCommand({ TableName: 'apppack', Item }));
    await putList(on, 'apps/shop/users', ['anna@example.com', 'ben@example.com']);
    await on.clock.advance(20_000);
    expect(await indexItems(on)).toMatchObject([
      { primary_id: 'USER#anna@example.com', secondary_id: at('shop') },
      { primary_id: 'USER#ben@example.com', trimtab_owner: expect.any(String) },
    ]);
    expect((await indexItems(on))[0]).not.toHaveProperty('role_arn');
    expect(await conditionsOf(on, actor, 'shop')).toMatchObject([{ type: 'Owned', reason: 'Contested' }]);
    await removeParameter(on, 'apps/shop/users');
    await on.clock.advance(20_000);
    expect(await indexOf(on)).toEqual({ 'USER#anna@example.com': [at('shop')] });
  });

  it('loses who left while its status was lost', async () => {
    const [on, actor] = await open();
    await putList(on, 'apps/shop/users', ['anna@example.com', 'ben@example.com']);
    await on.clock.advance(20_000);
    const status = await on.drive(actor.connection.statuses.read(accessKey('shop')));
    await on.drive(actor.connection.statuses.remove(accessKey('shop'), status));
    await putList(on, 'apps/shop/users', ['ben@example.com']);
    await on.clock.advance(20_000);
    expect(await indexOf(on)).toEqual({ 'USER#ben@example.com': [at('shop')] });
  });

  it('is put right when somebody deletes or changes an item', async () => {
    const [on] = await open();
    await putList(on, 'apps/shop/users', ['anna@example.com', 'ben@example.com']);
    await on.clock.advance(20_000);
    await on.person.dynamodb.send(
      new DeleteItemCommand({
        TableName: 'apppack',
        Key: { primary_id: { S: 'USER#anna@example.com' }, secondary_id: { S: at('shop') } },
      }),
    );
    await waitForIndex(on, (index) => Object.keys(index).length === 2, SLOT_MS + 10_000);
  });
});

describe('many lists', () => {
  it('of 5,000 users over 200 apps, 250 each, converge from empty within the limits of transactions', async () => {
    const lists = Array.from({ length: 200 }, (_, app) =>
      Array.from({ length: 250 }, (_, index) => `u${((app * 25 + index) % 5_000) + 1}@example.com`),
    );
    const parameters = Object.fromEntries(
      lists.map((list, app) => [
        `/apppack/apps/app${app}/users`,
        { type: 'StringList', value: list.join(','), tier: 'Advanced' },
      ]),
    );
    const on = await openStage({ settings: ROLES, sections: { ssm: { parameters } } });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(60_000);
    const items = await indexItems(on);
    expect(items).toHaveLength(200 * 250);
    const anna = items.filter(({ primary_id }) => primary_id === 'USER#u1@example.com');
    expect(anna).toHaveLength(lists.filter((list) => list.includes('u1@example.com')).length);
    const written = indexWrites(on);
    expect(written).toHaveLength(200 * 3);
    expect(Math.max(...written.map(({ puts, deletes }) => puts + deletes))).toBe(100);
    const since = on.clock.now();
    await putList(on, 'apps/app7/users', [...(lists[7] ?? []), 'new@example.com'].join(','));
    await on.clock.advance(10_000);
    expect(indexWrites(on, since)).toEqual([{ puts: 1, deletes: 0 }]);
    expect(actor.failures).toEqual([]);
  }, 120_000);
});

describe('no address', () => {
  it('gets into a log line of the usual level, whatever becomes of lists', async () => {
    const [on, actor] = await open({ sections: worldOf({ shop: {} }) });
    const lists = [addresses(9), [...addresses(8), 'not an address'], [], addresses(2), addresses(12)];
    for (const list of lists) {
      await putList(on, 'apps/shop/users', list);
      await on.clock.advance(10_000);
    }
    on.simulator.switches.faults.push({ kind: 'denied', operation: 'TransactWriteItems' });
    await putList(on, 'apps/shop/users', addresses(13));
    await on.clock.advance(10_000);
    const lines = actor.reports.flatMap(describeReport).filter(({ level }) => level !== 'debug');
    expect(lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['changes applied', 'changes held', 'problem found', 'pass failed']),
    );
    expect(JSON.stringify(lines)).not.toMatch(/@|user\d|not an address/);
  });
});

describe('a list of administrators', () => {
  it('emptied by mistake is held, not wiped, and passes when it is approved', async () => {
    const [on, actor] = await open();
    await putList(on, 'account/administrators', 'anna@example.com,ben@example.com');
    await on.clock.advance(20_000);
    for (const empty of [',', '[]']) {
      await putList(on, 'account/administrators', empty);
      await on.clock.advance(20_000);
      expect(Object.keys(await indexOf(on))).toHaveLength(2);
    }
    expect(await conditionsOf(on, actor, ADMINISTRATORS)).toMatchObject([
      { type: 'Released', status: 'False', reason: 'Held' },
    ]);
    await putList(on, 'account/administrators', 'anna@example.com');
    await on.clock.advance(20_000);
    expect(await indexOf(on)).toEqual({ 'ADMIN#anna@example.com': [DEFAULT_ACCOUNT] });
    expect(await conditionsOf(on, actor, ADMINISTRATORS)).toEqual([]);
    await putList(on, 'account/administrators', ',');
    await on.clock.advance(20_000);
    const visitor = await on.visit();
    const [held] = await on.drive(inspectApps(visitor, [`access/${ADMINISTRATORS}`]));
    expect(held?.plan.held?.reason).toContain(`trimtab approve access/${ADMINISTRATORS}`);
    await on.drive(visitor.statuses.approve(accessKey(ADMINISTRATORS), held?.digest ?? ''));
    await on.drive(requestPass(visitor, accessKey(ADMINISTRATORS)));
    await on.clock.advance(20_000);
    expect(await indexOf(on)).toEqual({});
  });
});
