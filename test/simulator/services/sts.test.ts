import { GetParametersByPathCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { type Bench, DEFAULT_REGION, openBench } from '../kit.ts';

const ROLE = 'arn:aws:iam::222222222222:role/trimtab/controller';

function openSts(bench: Bench = openBench()) {
  const sts = new STSClient(bench.client());
  const assume = async (RoleArn: string, more: { ExternalId?: string; DurationSeconds?: number } = {}) => {
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'night', ...more }),
    );
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    return { ...bench.client(), credentials };
  };
  return { ...bench, sts, assume };
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
describe('GetCallerIdentity', () => {
  it('names the caller and the account, and needs no permission', async () => {
    const { sts, simulator } = openSts();
    simulator.switches.denials.push({ action: '*', resource: '*' });
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:user/test',
    });
  });
});

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
describe('AssumeRole', () => {
  it('gives credentials that reach the account of the role', async () => {
    const { sts, assume } = openSts();
    const settings = await assume(ROLE);
    await new SSMClient(settings).send(new PutParameterCommand({ Name: '/a', Value: 'v', Type: 'String' }));
    const list = new GetParametersByPathCommand({ Path: '/' });
    const there = await new SSMClient(settings).send(list);
    expect(there.Parameters?.[0]?.ARN).toBe('arn:aws:ssm:us-east-1:222222222222:parameter/a');
    const here = await new SSMClient({ ...settings, credentials: sts.config.credentials }).send(list);
    expect(here.Parameters).toEqual([]);
  });

  it('keeps roles of different accounts apart', async () => {
    const { assume } = openSts();
    const first = await assume(ROLE);
    const second = await assume('arn:aws:iam::333333333333:role/reader');
    const identity = async (settings: typeof first) => {
      const { Arn, Account } = await new STSClient(settings).send(new GetCallerIdentityCommand({}));
      return [Account, Arn];
    };
    expect(await identity(first)).toEqual([
      '222222222222',
      'arn:aws:sts::222222222222:assumed-role/controller/night',
    ]);
    expect(await identity(second)).toEqual([
      '333333333333',
      'arn:aws:sts::333333333333:assumed-role/reader/night',
    ]);
  });

  it('says when the credentials end', async () => {
    const { sts, clock } = openSts();
    const input = { RoleArn: ROLE, RoleSessionName: 'night', DurationSeconds: 900 };
    const { Credentials, AssumedRoleUser } = await sts.send(new AssumeRoleCommand(input));
    expect(Credentials?.Expiration).toEqual(new Date(clock.now() + 900_000));
    expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::222222222222:assumed-role/controller/night');
  });

  it('gives credentials that every service refuses once they are over', async () => {
    const { assume, clock } = openSts();
    const settings = await assume(ROLE, { DurationSeconds: 900 });
    const list = new GetParametersByPathCommand({ Path: '/' });
    const ssm = new SSMClient({ ...settings, maxAttempts: 1 });
    await clock.advance(899_000);
    await ssm.send(list);
    await clock.advance(1_000);
    await expect(ssm.send(list)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
  });

  it('refuses callers who may not, and malformed requests', async () => {
    const { assume, simulator } = openSts();
    await expect(assume(ROLE, { DurationSeconds: 60 })).rejects.toThrow(/durationSeconds/);
    await expect(assume('arn:aws:iam::222222222222:user/somebody')).rejects.toThrow(/is invalid/);
    await expect(assume('short')).rejects.toThrow(/roleArn/);
    simulator.switches.denials.push({ action: 'sts:AssumeRole', resource: ROLE });
    await expect(assume(ROLE)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('asks for the external id of a role the world describes, and knows no other role of its account', async () => {
    const bench = openBench();
    const { assume } = openSts(bench);
    const service = bench.simulator.region('222222222222', DEFAULT_REGION).get('sts');
    service?.load({ roles: { [ROLE]: { externalId: 'secret' } } });
    await expect(assume(ROLE)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume(`${ROLE}-2`, { ExternalId: 'secret' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(assume(ROLE, { ExternalId: 'secret' })).resolves.toBeDefined();
  });
});

describe('the world section sts', () => {
  it('gives the same state back', async () => {
    const bench = openBench();
    const there = () => bench.simulator.region('222222222222', DEFAULT_REGION).get('sts');
    there()?.load({ roles: { [ROLE]: {} } });
    await openSts(bench).assume(ROLE);
    const dumped = there()?.dump() as { sessions?: Record<string, unknown> } | undefined;
    expect(dumped).toMatchObject({ roles: { [ROLE]: {} }, sessions: {} });
    expect(Object.values(dumped?.sessions ?? {})).toMatchObject([{ roleArn: ROLE, sessionName: 'night' }]);
    const other = openBench().simulator.region('222222222222', DEFAULT_REGION).get('sts');
    other?.load(dumped);
    expect(other?.dump()).toEqual(dumped);
  });

  it('says where it is wrong', () => {
    const service = openBench().simulator.region('222222222222', DEFAULT_REGION).get('sts');
    expect(() => service?.load({ roles: { controller: {} } })).toThrow(/sts\.roles/);
  });
});
