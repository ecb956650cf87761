import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { inspectApps, requestPass } from '../../src/compose.ts';
import { findPlace } from '../../src/fleet.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { indexItems, ROLES } from './access-hands.ts';
import {
  accountIds,
  accountWith,
  countIn,
  list,
  ownPartitions,
  roleIn,
  scaleIn,
  TABLE_OF_ACCOUNTS,
  waitForCountIn,
} from './accounts-hands.ts';
import { messagesIn } from './hands.ts';
import { type Actor, openStage, type Stage, type StageOptions } from './stage.ts';
import { worldOf } from './worlds.ts';

const SWEEP_MS = 60_000;
const [FIRST = '', SECOND = ''] = accountIds(2);

let stage: Stage | undefined;
afterEach(async () => {
  stage?.simulator.switches.faults.splice(0);
  await stage?.stop();
  stage = undefined;
});

function accountKey(name: string) {
  return { account: FIRST, region: DEFAULT_REGION, kind: 'app', name } as const;
}

/** The home with a shop, and two accounts that have one too. */
async function open(options: StageOptions = {}): Promise<Stage> {
  const on = await openStage({
    sections: worldOf({ shop: {} }),
    others: [accountWith(FIRST, ['shop']), accountWith(SECOND, ['shop'])],
    settings: { ...TABLE_OF_ACCOUNTS, ...ROLES },
    ...options,
  });
  stage = on;
  return on;
}

async function openListed(options: StageOptions = {}): Promise<[Stage, Actor]> {
  const on = await open(options);
  await list(on, [FIRST, SECOND]);
  const actor = await on.start();
  await on.clock.advance(30_000);
  return [on, actor];
}

describe('an account on the list', () => {
  it('is kept where its own parameters say, and no other account moves with it', async () => {
    const [on, actor] = await openListed();
    await scaleIn(on, FIRST, 'shop', 3);
    await waitForCountIn(on, { account: FIRST, app: 'shop' }, 3, SWEEP_MS + 10_000);
    expect(await countIn(on, SECOND, 'shop')).toBe(1);
    expect(await countIn(on, DEFAULT_ACCOUNT, 'shop')).toBe(1);
    expect(on.writes().map(({ account, operation }) => [account, operation])).toEqual([
      [FIRST, 'TagResource'],
      [FIRST, 'UpdateService'],
    ]);
    await on.clock.advance(30_000);
    expect([...(await ownPartitions(on))].sort()).toEqual(
      [FIRST, SECOND, DEFAULT_ACCOUNT].map((account) => `TRIMTAB#${account}/${DEFAULT_REGION}`).sort(),
    );
    expect(actor.failures).toEqual([]);
  });

  it('is told of changes by its own events, through rules that lead to the home', async () => {
    const [on] = await openListed();
    const { events } = on.personIn(FIRST);
    const EventPattern = JSON.stringify({ source: ['aws.ssm'] });
    await events.send(new PutRuleCommand({ Name: 'trimtab', EventPattern }));
    const home = `arn:aws:events:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:event-bus/default`;
    await events.send(
      new PutTargetsCommand({
        Rule: 'trimtab',
        Targets: [{ Id: 'home', Arn: home, RoleArn: roleIn(FIRST) }],
      }),
    );
    await on.clock.advance(SWEEP_MS - (on.clock.now() % SWEEP_MS) + 5_000);
    await scaleIn(on, FIRST, 'shop', 2);
    expect(await waitForCountIn(on, { account: FIRST, app: 'shop' }, 2, SWEEP_MS)).toBeLessThan(10_000);
  });

  it('has its people in the index of the home, under its own number and name', async () => {
    const [on] = await openListed();
    const put = (Name: string) =>
      on
        .personIn(FIRST)
        .ssm.send(new PutParameterCommand({ Name, Value: 'anna@example.com', Type: 'StringList' }));
    await put('/apppack/apps/shop/users');
    await put('/apppack/account/administrators');
    await on.clock.advance(SWEEP_MS + 10_000);
    expect(await indexItems(on)).toMatchObject([
      { primary_id: 'ADMIN#anna@example.com', secondary_id: FIRST, alias: 'account 01' },
      {
        primary_id: 'USER#anna@example.com',
        secondary_id: `${FIRST}#shop`,
        role_arn: `arn:aws:iam::${FIRST}:role/shop-user`,
      },
    ]);
  });

  it('keeps being reached when hours have passed, at a call to STS an hour', async () => {
    const [on] = await openListed({ settings: { TRIMTAB_ACCOUNTS: 'table' } });
    await on.clock.advance(2.5 * 3_600_000);
    await scaleIn(on, SECOND, 'shop', 2);
    await waitForCountIn(on, { account: SECOND, app: 'shop' }, 2, 310_000);
    const assumed = on.simulator.calls.filter(({ operation }) => operation === 'AssumeRole');
    expect(assumed.length).toBeLessThanOrEqual(2 * 4);
    expect(on.simulator.calls.filter(({ code }) => code === 'ExpiredTokenException')).toEqual([]);
  });
});

describe('a command', () => {
  it('looks at the account it is told, and has it looked at through the queue of the home', async () => {
    const [on, actor] = await openListed();
    const home = await on.visit();
    const place = await on.drive(findPlace(home, FIRST));
    await scaleIn(on, FIRST, 'shop', 3);
    // Until reads show it.
    await on.clock.advance(4_000);
    const [shop] = await on.drive(inspectApps(place, ['shop']));
    expect(shop?.key).toEqual({ account: FIRST, region: DEFAULT_REGION, kind: 'app', name: 'shop' });
    expect(shop?.actions).toMatchObject([{ type: 'tagService' }, { type: 'updateService' }]);
    const asked = await on.drive(requestPass(home, shop?.key ?? accountKey('shop')));
    expect(await waitForCountIn(on, { account: FIRST, app: 'shop' }, 3, SWEEP_MS)).toBeLessThan(5_000);
    await on.clock.advance(1_000);
    const status = await on.drive(home.statuses.read(accountKey('shop')));
    expect(status.handledRequests).toContain(asked.id);
    await expect(on.drive(findPlace(home, '999999999999'))).rejects.toThrow(`there are ${DEFAULT_ACCOUNT}/`);
    expect(actor.failures).toEqual([]);
  });
});

describe('the list of accounts', () => {
  it('is read again: an account that is put on it is served, one that is taken off is left alone', async () => {
    const on = await open();
    const actor = await on.start();
    await list(on, [FIRST]);
    await scaleIn(on, FIRST, 'shop', 2);
    await waitForCountIn(on, { account: FIRST, app: 'shop' }, 2, 3 * SWEEP_MS);
    await on.person.dynamodb.send(
      new DeleteItemCommand({
        TableName: 'apppack',
        Key: { primary_id: { S: `ACCT#${FIRST}` }, secondary_id: { S: '-' } },
      }),
    );
    await on.clock.advance(2 * SWEEP_MS);
    const since = on.clock.now();
    await scaleIn(on, FIRST, 'shop', 4);
    await on.clock.advance(3 * SWEEP_MS);
    expect(on.writes(since)).toEqual([]);
    expect(
      on.simulator.calls.filter(
        ({ at, account, client }) => at >= since && account === FIRST && client !== 'person',
      ),
    ).toEqual([]);
    expect(actor.failures).toEqual([]);
  });

  it('may be a file, and one that is wrong says where before anything starts', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'trimtab-')), 'accounts.json');
    const entry = {
      account: FIRST,
      region: DEFAULT_REGION,
      role_arn: roleIn(FIRST),
      external_id: 'between us',
    };
    writeFileSync(file, JSON.stringify([{ ...entry, role_arn: 'trimtab' }]));
    const on = await open({ settings: { TRIMTAB_ACCOUNTS: file, TRIMTAB_SWEEP_SECONDS: '60' } });
    await expect(on.start()).rejects.toThrow(/accounts\.json \(--accounts\).*0\.role_arn/s);
    writeFileSync(file, JSON.stringify([entry]));
    await on.start();
    await scaleIn(on, FIRST, 'shop', 2);
    await waitForCountIn(on, { account: FIRST, app: 'shop' }, 2, SWEEP_MS + 10_000);
  });
});

describe('a broken account', () => {
  it('whose role is gone says so, costs a call to STS a minute, and is served again when the role is back', async () => {
    const on = await open({ settings: { TRIMTAB_ACCOUNTS: 'table' } });
    await list(on, [FIRST, SECOND]);
    on.simulator.switches.denials.push({ action: 'sts:AssumeRole', resource: roleIn(FIRST) });
    await scaleIn(on, FIRST, 'shop', 2);
    await scaleIn(on, SECOND, 'shop', 2);
    const actor = await on.start();
    expect(await waitForCountIn(on, { account: SECOND, app: 'shop' }, 2, 60_000)).toBeLessThan(10_000);
    await on.clock.advance(30 * 60_000);
    const refused = on.simulator.calls.filter(({ operation }) => operation === 'AssumeRole');
    expect(refused.length).toBeLessThanOrEqual(31);
    const sweep = { account: FIRST, region: DEFAULT_REGION, kind: 'sweep', name: 'all' } as const;
    const { conditions } = await on.drive(actor.connection.statuses.read(sweep));
    expect(conditions).toMatchObject([{ type: 'Readable', status: 'False', reason: 'AccessDenied' }]);
    on.simulator.switches.denials.splice(0);
    await waitForCountIn(on, { account: FIRST, app: 'shop' }, 2, 400_000);
    expect(actor.failures).toEqual([]);
  });

  it('that does not answer holds nobody up, and none of its keys ends with the dead letters', async () => {
    const apps = ['api', 'blog', 'mail', 'news', 'shop', 'wiki'];
    const settings = { TRIMTAB_ACCOUNTS: 'table', TRIMTAB_CONCURRENCY: '2' };
    const on = await open({ settings, others: [accountWith(FIRST, apps), accountWith(SECOND, ['shop'])] });
    await list(on, [FIRST, SECOND]);
    await on.start();
    await on.clock.advance(30_000);
    const home = await on.visit();
    const ask = (account: string, app: string) =>
      on.drive(requestPass(home, { ...accountKey(app), account }));
    const silence = { kind: 'slow', account: FIRST, client: 'controller', delayMs: 9_000 } as const;
    on.simulator.switches.faults.push(silence);
    for (const app of apps) {
      await scaleIn(on, FIRST, app, 2);
      await ask(FIRST, app);
    }
    await on.clock.advance(5_000);
    for (const count of [2, 3, 4]) {
      await scaleIn(on, SECOND, 'shop', count);
      await on.clock.advance(3_500);
      await ask(SECOND, 'shop');
      const took = await waitForCountIn(on, { account: SECOND, app: 'shop' }, count, 60_000);
      expect(took).toBeLessThanOrEqual(5_000);
    }
    on.simulator.switches.faults.splice(0);
    await on.clock.advance(400_000);
    const counts = await Promise.all(apps.map((app) => countIn(on, FIRST, app)));
    expect(counts).toEqual(apps.map(() => 2));
    expect(await messagesIn(on, 'trimtab-work-dead.fifo')).toBe(0);
  });
});
