import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { failure, openSsm } from './kit.ts';

const NO_CHANGE =
  '[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Days"}}]';

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
describe('PutParameter', () => {
  it('creates version 1, and the next version with Overwrite', async () => {
    const { ssm, put } = openSsm();
    expect(await put('/apppack/apps/shop/scaling', { Value: '{"web":1}' })).toBe(1);
    expect(await put('/apppack/apps/shop/scaling', { Value: '{"web":2}', Overwrite: true })).toBe(2);
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/apppack/apps/shop/scaling' }));
    expect(Parameter).toMatchObject({
      Name: '/apppack/apps/shop/scaling',
      Type: 'String',
      Value: '{"web":2}',
      Version: 2,
      ARN: 'arn:aws:ssm:us-east-1:123456789012:parameter/apppack/apps/shop/scaling',
      DataType: 'text',
    });
  });

  it('starts again at version 1 after a deletion', async () => {
    const { ssm, put } = openSsm();
    await put('/a');
    await put('/a', { Overwrite: true });
    await ssm.send(new DeleteParameterCommand({ Name: '/a' }));
    expect(await put('/a')).toBe(1);
  });

  it('keeps type and description when an update leaves them out', async () => {
    const { ssm, put } = openSsm();
    await put('/a', { Type: 'StringList', Value: 'x,y', Description: 'two' });
    await ssm.send(new PutParameterCommand({ Name: '/a', Value: 'x', Overwrite: true }));
    const { Parameters } = await ssm.send(new DescribeParametersCommand({}));
    expect(Parameters?.[0]).toMatchObject({ Type: 'StringList', Description: 'two', Version: 2 });
  });

  it('tells a name that is taken, with and without its slash, from an overwrite', async () => {
    const { put } = openSsm();
    await put('/a');
    expect(await failure(put('/a'))).toBe('ParameterAlreadyExists');
    // "The following examples, however, if in the same Region, aren't unique: /TestParam1 and TestParam1"
    expect(await failure(put('a'))).toBe('ParameterAlreadyExists');
  });

  const refused: Array<[string, Partial<PutParameterCommandInput>, string]> = [
    ['an empty value', { Value: '' }, 'ValidationException'],
    ['no type on creation', { Type: undefined }, 'ValidationException'],
    ['an unknown type', { Type: 'Text' as 'String' }, 'ValidationException'],
    [
      'tags together with Overwrite',
      { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] },
      'ValidationException',
    ],
    ['a reserved tag key', { Tags: [{ Key: 'aws:x', Value: 'b' }] }, 'ValidationException'],
    ['a value that names another parameter', { Value: '{{ssm:other}}' }, 'ValidationException'],
    ['an unknown data type', { DataType: 'Text' }, 'ValidationException'],
    ['a description over 1024 characters', { Description: 'd'.repeat(1025) }, 'ValidationException'],
    ['a KMS key for a plain string', { KeyId: 'alias/aws/ssm' }, 'ValidationException'],
    ['an unknown KMS key', { Type: 'SecureString', KeyId: 'alias/nowhere' }, 'InvalidKeyId'],
    ['a value against its pattern', { AllowedPattern: '^\\d+$' }, 'ParameterPatternMismatchException'],
    ['a pattern that is none', { AllowedPattern: '(' }, 'InvalidAllowedPatternException'],
    ['policies in the standard tier', { Policies: NO_CHANGE }, 'ValidationException'],
  ];
  it.each(refused)('refuses %s', async (_what, input, code) => {
    const { put } = openSsm();
    expect(await failure(put('/a', input))).toBe(code);
  });

  // https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
  it.each([
    ['a/b', 'ValidationException'],
    ['/a b', 'ValidationException'],
    ['/a//b', 'ValidationException'],
    ['/a/', 'ValidationException'],
    ['/a@b', 'ValidationException'],
    ['awsThing', 'ValidationException'],
    ['SSM-thing', 'ValidationException'],
    ['/ssm/thing', 'ValidationException'],
    ['/aws/thing', 'AccessDeniedException'],
    ['/AWS-things/thing', 'AccessDeniedException'],
    [`/${'x'.repeat(1000)}`, 'ValidationException'],
    [`${'/l'.repeat(16)}`, 'HierarchyLevelLimitExceededException'],
  ])('refuses the name %s', async (name, code) => {
    const { put } = openSsm();
    expect(await failure(put(name))).toBe(code);
  });

  it('takes a name of fifteen levels and drops spaces around a name', async () => {
    const { put, ssm } = openSsm();
    expect(await put('/l'.repeat(15))).toBe(1);
    expect(await put(' /padded ')).toBe(1);
    expect((await ssm.send(new GetParameterCommand({ Name: '/padded' }))).Parameter?.Name).toBe('/padded');
  });

  it('never changes the type of a parameter', async () => {
    const { put } = openSsm();
    await put('/a');
    const changed = put('/a', { Type: 'SecureString', Overwrite: true });
    expect(await failure(changed)).toBe('HierarchyTypeMismatchException');
  });

  it('answers a member of the wrong JSON type with an AWS error, not with a failure of its own', async () => {
    const { put } = openSsm();
    expect(await failure(put('/a', { Overwrite: 'yes' as unknown as boolean }))).toBe(
      'SerializationException',
    );
  });

  it('does nothing for a caller who may not write', async () => {
    const { put, simulator, ssm } = openSsm();
    simulator.switches.denials.push({ action: 'ssm:PutParameter', resource: '*parameter/apppack/*' });
    expect(await failure(put('/apppack/x'))).toBe('AccessDeniedException');
    expect(await put('/other/x')).toBe(1);
    expect((await ssm.send(new DescribeParametersCommand({}))).Parameters).toHaveLength(1);
  });
});

describe('limits of a parameter', () => {
  // https://docs.aws.amazon.com/general/latest/gr/ssm.html
  it('row 52: a standard value holds 4096 bytes, an advanced one 8192', async () => {
    const { put } = openSsm();
    expect(await put('/a', { Value: 'v'.repeat(4096) })).toBe(1);
    expect(await failure(put('/b', { Value: 'v'.repeat(4097) }))).toBe('ValidationException');
    expect(await failure(put('/b', { Value: 'é'.repeat(2049) }))).toBe('ValidationException');
    expect(await put('/b', { Value: 'v'.repeat(8192), Tier: 'Advanced' })).toBe(1);
    expect(await failure(put('/c', { Value: 'v'.repeat(8193), Tier: 'Advanced' }))).toBe(
      'ValidationException',
    );
  });

  // https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
  it('row 52: Intelligent-Tiering picks the tier, and an advanced parameter never goes back', async () => {
    const { ssm, put } = openSsm();
    const send = (value: string, more: Partial<PutParameterCommandInput> = {}) =>
      ssm.send(
        new PutParameterCommand({
          Name: '/a',
          Value: value,
          Type: 'String',
          Tier: 'Intelligent-Tiering',
          Overwrite: true,
          ...more,
        }),
      );
    expect((await send('small')).Tier).toBe('Standard');
    expect((await send('v'.repeat(5000))).Tier).toBe('Advanced');
    expect((await send('small')).Tier).toBe('Advanced');
    expect(await failure(put('/a', { Overwrite: true, Tier: 'Standard' }))).toBe('ValidationException');
  });

  // https://docs.aws.amazon.com/general/latest/gr/ssm.html
  it('row 52: there are at most 10,000 standard parameters, and Intelligent-Tiering goes on in the other tier', async () => {
    const { put, service, ssm } = openSsm();
    const names = Array.from({ length: 10_000 }, (_, index) => [`/full/p${index}`, { value: 'v' }]);
    service.load({ parameters: Object.fromEntries(names) });
    expect(await failure(put('/one/more'))).toBe('ParameterLimitExceeded');
    expect(await put('/full/p1', { Overwrite: true })).toBe(2);
    const more = new PutParameterCommand({
      Name: '/one/more',
      Value: 'v',
      Type: 'String',
      Tier: 'Intelligent-Tiering',
    });
    expect((await ssm.send(more)).Tier).toBe('Advanced');
  });

  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
  it('row 53: a StringList is kept as one text with commas', async () => {
    const { put, ssm } = openSsm();
    await put('/users', { Type: 'StringList', Value: 'ann@example.com, bob@example.com' });
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/users' }));
    expect(Parameter).toMatchObject({ Type: 'StringList', Value: 'ann@example.com, bob@example.com' });
  });

  // https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
  it('row 54: keeps the newest hundred versions, unless the oldest has a label', async () => {
    const { put, ssm } = openSsm();
    await put('/a');
    for (let version = 2; version <= 101; version += 1) await put('/a', { Overwrite: true });
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: '/a' }));
    expect(Parameters?.[0]?.Version).toBe(2);
    await ssm.send(new LabelParameterVersionCommand({ Name: '/a', ParameterVersion: 2, Labels: ['keep'] }));
    expect(await failure(put('/a', { Overwrite: true }))).toBe('ParameterMaxVersionLimitExceeded');
  });

  // https://docs.aws.amazon.com/general/latest/gr/ssm.html
  it('row 46: PutParameter draws from its own bucket of 3 a second, reads share 40', async () => {
    const { put, ssm, clock } = openSsm({ limits: true });
    for (const name of ['/a', '/b', '/c']) await put(name);
    expect(await failure(put('/d'))).toBe('ThrottlingException');
    for (let read = 0; read < 40; read += 1) await ssm.send(new GetParameterCommand({ Name: '/a' }));
    const next = () => ssm.send(new GetParameterCommand({ Name: '/a' }));
    expect(await failure(next())).toBe('ThrottlingException');
    await clock.advance(1000);
    expect(await put('/d')).toBe(1);
    expect(await failure(next())).toBe('no error');
  });
});
