import {
  DescribeParametersCommand,
  type DescribeParametersCommandInput,
  type ParameterStringFilter,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { failure, openSsm, type SsmBench } from './kit.ts';

async function openFilled(): Promise<SsmBench> {
  const bench = openSsm();
  await bench.put('/apppack/apps/shop/scaling', { Tags: [{ Key: 'team', Value: 'red' }] });
  await bench.put('/apppack/apps/shop/config/TOKEN', {
    Type: 'SecureString',
    Tags: [{ Key: 'team', Value: 'blue' }],
  });
  await bench.put('/apppack/apps/shop/config/A', { Type: 'SecureString' });
  await bench.put('/other', { Type: 'StringList' });
  return bench;
}

async function names(bench: SsmBench, ...ParameterFilters: ParameterStringFilter[]): Promise<string[]> {
  const { Parameters } = await bench.ssm.send(new DescribeParametersCommand({ ParameterFilters }));
  return (Parameters ?? []).map(({ Name }) => (Name ?? '').replace('/apppack/apps/shop/', ''));
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
describe('DescribeParameters', () => {
  it('row 49: gives names, versions and who changed them when, and no values', async () => {
    const bench = openSsm();
    await bench.put('/a', { Type: 'SecureString', Value: 'hunter2', Description: 'a secret' });
    const page = await bench.ssm.send(new DescribeParametersCommand({}));
    expect(page.Parameters).toEqual([
      {
        Name: '/a',
        ARN: 'arn:aws:ssm:us-east-1:123456789012:parameter/a',
        Type: 'SecureString',
        KeyId: 'alias/aws/ssm',
        LastModifiedDate: new Date(bench.clock.now()),
        LastModifiedUser: 'arn:aws:iam::123456789012:user/test',
        Description: 'a secret',
        Version: 1,
        Tier: 'Standard',
        Policies: [],
        DataType: 'text',
      },
    ]);
    expect(JSON.stringify(page)).not.toContain('hunter2');
  });

  it('filters by name, path, type and tag', async () => {
    const bench = await openFilled();
    expect(await names(bench, { Key: 'Name', Values: ['/other'] })).toEqual(['/other']);
    expect(await names(bench, { Key: 'Name', Option: 'Equals', Values: ['/oth'] })).toEqual([]);
    expect(
      await names(bench, { Key: 'Name', Option: 'BeginsWith', Values: ['/oth', '/apppack/apps/shop/s'] }),
    ).toEqual(['scaling', '/other']);
    expect(await names(bench, { Key: 'Name', Option: 'Contains', Values: ['TOK'] })).toEqual([
      'config/TOKEN',
    ]);
    expect(await names(bench, { Key: 'Path', Values: ['/apppack/apps/shop'] })).toEqual(['scaling']);
    expect(await names(bench, { Key: 'Path', Option: 'Recursive', Values: ['/apppack/apps/shop/'] })).toEqual(
      ['config/A', 'config/TOKEN', 'scaling'],
    );
    expect(await names(bench, { Key: 'Type', Values: ['StringList', 'String'] })).toEqual([
      'scaling',
      '/other',
    ]);
    expect(await names(bench, { Key: 'tag:team', Values: ['blue'] })).toEqual(['config/TOKEN']);
    expect(await names(bench, { Key: 'tag:team' })).toEqual(['config/TOKEN', 'scaling']);
    expect(
      await names(bench, { Key: 'tag:team', Values: ['red'] }, { Key: 'Type', Values: ['SecureString'] }),
    ).toEqual([]);
  });

  const refused: Array<[string, ParameterStringFilter[], string]> = [
    ['a label', [{ Key: 'Label', Values: ['x'] }], 'InvalidFilterKey'],
    ['an unknown key', [{ Key: 'Owner', Values: ['x'] }], 'ValidationException'],
    ['a key twice', [1, 2].map((value) => ({ Key: 'Name', Values: [`/${value}`] })), 'InvalidFilterKey'],
    ['no values', [{ Key: 'Name' }], 'InvalidFilterValue'],
    [
      'the wrong option for a path',
      [{ Key: 'Path', Option: 'Equals', Values: ['/a'] }],
      'InvalidFilterOption',
    ],
    [
      'the wrong option for a name',
      [{ Key: 'Name', Option: 'OneLevel', Values: ['/a'] }],
      'InvalidFilterOption',
    ],
    ['an unknown type', [{ Key: 'Type', Values: ['Text'] }], 'InvalidFilterValue'],
    ['a path without a slash', [{ Key: 'Path', Values: ['a'] }], 'ValidationException'],
    ['a reserved path', [{ Key: 'Path', Values: ['/aws/service'] }], 'ValidationException'],
  ];
  it.each(refused)('refuses a filter with %s', async (_what, ParameterFilters, code) => {
    const { ssm } = openSsm();
    expect(await failure(ssm.send(new DescribeParametersCommand({ ParameterFilters })))).toBe(code);
  });

  it('pages by fifty, and may give an empty page with a token', async () => {
    const bench = openSsm();
    const parameters = Array.from({ length: 101 }, (_, index) => [`/p/${index}`, { value: 'v' }]);
    bench.service.load({ parameters: Object.fromEntries(parameters) });
    const sizes = async (input: DescribeParametersCommandInput) => {
      const found: number[] = [];
      let NextToken: string | undefined;
      do {
        const page = await bench.ssm.send(
          new DescribeParametersCommand({ ...input, ...(NextToken ? { NextToken } : {}) }),
        );
        found.push(page.Parameters?.length ?? 0);
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return found;
    };
    expect(await sizes({})).toEqual([50, 50, 1]);
    bench.service.forceEmptyPages(1);
    expect(await sizes({ MaxResults: 40 })).toEqual([0, 40, 40, 21]);
    const many = bench.ssm.send(new DescribeParametersCommand({ MaxResults: 51 }));
    expect(await failure(many)).toBe('ValidationException');
  });

  // https://docs.aws.amazon.com/general/latest/gr/ssm.html
  it('row 46: DescribeParameters has 3 calls a second of its own', async () => {
    const { ssm, clock } = openSsm({ limits: true });
    const call = () => failure(ssm.send(new DescribeParametersCommand({})));
    expect([await call(), await call(), await call(), await call()]).toEqual([
      'no error',
      'no error',
      'no error',
      'ThrottlingException',
    ]);
    await clock.advance(334);
    expect(await call()).toBe('no error');
  });
});
