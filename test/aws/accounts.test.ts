import { describe, expect, it } from 'vitest';
import { AccountsError, createRoleCredentials, parseAccounts } from '../../src/aws/accounts.ts';
import { type AwsBench, openAws } from './kit.ts';

const ROLE = 'arn:aws:iam::222222222222:role/trimtab';
const HOUR_MS = 3_600_000;

function openRole(externalId?: string) {
  const bench = openAws();
  const credentials = createRoleCredentials({
    sts: bench.clients.sts,
    clock: bench.clock,
    roleArn: ROLE,
    sessionName: 'trimtab',
    ...(externalId === undefined ? {} : { externalId }),
  });
  const get = () => bench.during(credentials(), 100);
  return { ...bench, credentials, get };
}

function calls({ simulator }: Pick<AwsBench, 'simulator'>): number {
  return simulator.calls.filter(({ operation }) => operation === 'AssumeRole').length;
}

function deny({ simulator }: Pick<AwsBench, 'simulator'>): void {
  simulator.switches.denials.push({ action: 'sts:AssumeRole', resource: ROLE });
}

describe('the credentials of a role', () => {
  it('are asked for once, also by many at the same time, and lead to its account', async () => {
    const bench = openRole();
    const [first, second] = await Promise.all([bench.get(), bench.get()]);
    expect(first).toEqual(second);
    expect(first.accessKeyId).toMatch(/^ASIA222222222222/);
    expect(await bench.get()).toEqual(first);
    expect(calls(bench)).toBe(1);
  });

  it('carry the external id', async () => {
    const bench = openRole('between us');
    bench.simulator
      .region('222222222222', 'us-east-1')
      .get('sts')
      ?.load({ roles: { [ROLE]: { externalId: 'between us' } } });
    await expect(bench.get()).resolves.toBeDefined();
  });

  it('are fetched anew before they end', async () => {
    const bench = openRole();
    const first = await bench.get();
    await bench.clock.advance(HOUR_MS - 900_000);
    expect(await bench.get()).toEqual(first);
    await bench.clock.advance(400_000);
    const next = await bench.get();
    expect(next.accessKeyId).not.toBe(first.accessKeyId);
    expect(calls(bench)).toBe(2);
  });

  it('hold as long as they last when the role is gone', async () => {
    const bench = openRole();
    const first = await bench.get();
    deny(bench);
    await bench.clock.advance(HOUR_MS - 60_000);
    expect(await bench.get()).toEqual(first);
    await bench.clock.advance(60_000);
    await expect(bench.get()).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('that are refused are not asked for again at once, but again they are', async () => {
    const bench = openRole();
    deny(bench);
    for (let turn = 0; turn < 5; turn += 1) {
      await expect(bench.get()).rejects.toMatchObject({ name: 'AccessDenied' });
    }
    expect(calls(bench)).toBe(1);
    for (let minute = 0; minute < 30; minute += 1) {
      await bench.clock.advance(60_000);
      await bench.get().catch(() => {});
    }
    expect(calls(bench)).toBeLessThanOrEqual(35);
    bench.simulator.switches.denials.splice(0);
    await bench.clock.advance(60_000);
    await expect(bench.get()).resolves.toBeDefined();
  });
});

describe('a list of accounts', () => {
  const entry = { account: '222222222222', region: 'eu-central-1', role_arn: ROLE };

  it('makes a place of every region', () => {
    const list = [
      { ...entry, external_id: 'xy', alias: 'production' },
      { account: '333333333333', regions: ['us-east-1', 'us-west-2'], role_arn: ROLE, external_id: null },
    ];
    expect(parseAccounts(list, 'accounts.json')).toEqual([
      {
        account: '222222222222',
        region: 'eu-central-1',
        roleArn: ROLE,
        externalId: 'xy',
        alias: 'production',
      },
      { account: '333333333333', region: 'us-east-1', roleArn: ROLE },
      { account: '333333333333', region: 'us-west-2', roleArn: ROLE },
    ]);
  });

  it.each([
    [{}, /accounts\.json: the list/],
    [[{ ...entry, account: '12' }], /0\.account: the twelve digits/],
    [[{ ...entry, region: 'Europe' }], /0\.region/],
    [[{ ...entry, region: undefined }], /neither region nor regions/],
    [[{ ...entry, role_arn: 'trimtab' }], /0\.role_arn/],
    [[entry, entry], /222222222222\/eu-central-1 is there twice/],
  ])('that is wrong says where (case %#)', (list, message) => {
    expect(() => parseAccounts(list, 'accounts.json')).toThrow(AccountsError);
    expect(() => parseAccounts(list, 'accounts.json')).toThrow(message);
  });
});
