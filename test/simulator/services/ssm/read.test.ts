import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  paginateGetParametersByPath,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { FAIR_WEATHER } from '../../../../src/simulator/faults.ts';
import { failure, openSsm, type SsmBench } from './kit.ts';

describe('GetParameter', () => {
  it('finds a version by number, by label and by ARN', async () => {
    const { ssm, put } = openSsm();
    await put('/a/b', { Value: 'one' });
    await put('/a/b', { Value: 'two', Overwrite: true });
    await ssm.send(
      new LabelParameterVersionCommand({ Name: '/a/b', ParameterVersion: 1, Labels: ['first'] }),
    );
    const read = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter;
    expect(await read('/a/b:1')).toMatchObject({ Name: '/a/b', Value: 'one', Version: 1, Selector: ':1' });
    expect(await read('/a/b:first')).toMatchObject({ Value: 'one' });
    expect(await read('arn:aws:ssm:us-east-1:123456789012:parameter/a/b')).toMatchObject({ Value: 'two' });
    expect(await read('arn:aws:ssm:us-east-1:123456789012:parameter/a/b:1')).toMatchObject({ Value: 'one' });
  });

  it('tells a missing parameter from a missing version', async () => {
    const { ssm, put } = openSsm();
    await put('/a');
    const read = (Name: string) => failure(ssm.send(new GetParameterCommand({ Name })));
    expect(await read('/b')).toBe('ParameterNotFound');
    expect(await read('/a:2')).toBe('ParameterVersionNotFound');
    expect(await read('a/b')).toBe('ValidationException');
    expect(await read('arn:aws:ssm:eu-west-1:123456789012:parameter/a')).toBe('ParameterNotFound');
  });

  it('gives ciphertext without decryption, and never the plaintext', async () => {
    const { ssm, put } = openSsm();
    await put('/secret', { Type: 'SecureString', Value: 'hunter2' });
    const hidden = await ssm.send(new GetParameterCommand({ Name: '/secret' }));
    expect(hidden.Parameter?.Value).toMatch(/^AQICAH/);
    expect(JSON.stringify(hidden)).not.toContain('hunter2');
    const shown = await ssm.send(new GetParameterCommand({ Name: '/secret', WithDecryption: true }));
    expect(shown.Parameter?.Value).toBe('hunter2');
  });

  it('decrypts only for callers who may use the key', async () => {
    const { ssm, put, simulator } = openSsm();
    await put('/secret', { Type: 'SecureString', Value: 'hunter2' });
    simulator.switches.denials.push({ action: 'kms:Decrypt', resource: '*' });
    const read = (WithDecryption: boolean) =>
      failure(ssm.send(new GetParameterCommand({ Name: '/secret', WithDecryption })));
    expect(await read(true)).toBe('AccessDeniedException');
    expect(await read(false)).toBe('no error');
  });
});

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
describe('GetParameters', () => {
  it('row 48: puts missing names into InvalidParameters, and what it finds in alphabetical order', async () => {
    const { ssm, put } = openSsm();
    await put('/b');
    await put('/a');
    const found = await ssm.send(new GetParametersCommand({ Names: ['/b', '/nowhere', '/a', '/a:7'] }));
    expect(found.Parameters?.map(({ Name }) => Name)).toEqual(['/a', '/b']);
    expect(found.InvalidParameters).toEqual(['/nowhere', '/a:7']);
  });

  it('row 48: a denied name denies the whole call, unlike a missing one', async () => {
    const { ssm, put, simulator } = openSsm();
    await put('/a');
    await put('/b');
    simulator.switches.denials.push({ action: 'ssm:GetParameters', resource: '*parameter/b' });
    const read = ssm.send(new GetParametersCommand({ Names: ['/a', '/b'] }));
    expect(await failure(read)).toBe('AccessDeniedException');
  });

  it('row 48: takes at most ten names', async () => {
    const { ssm } = openSsm();
    const names = Array.from({ length: 11 }, (_, index) => `/p${index}`);
    expect(await failure(ssm.send(new GetParametersCommand({ Names: names })))).toBe('ValidationException');
    expect(await failure(ssm.send(new GetParametersCommand({ Names: [] })))).toBe('ValidationException');
  });
});

async function readPages(bench: SsmBench, input: GetParametersByPathCommandInput) {
  const sizes: number[] = [];
  const names: string[] = [];
  for await (const page of paginateGetParametersByPath({ client: bench.ssm }, input)) {
    sizes.push(page.Parameters?.length ?? 0);
    names.push(...(page.Parameters ?? []).map(({ Name }) => Name ?? ''));
  }
  return { sizes, names };
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
describe('GetParametersByPath', () => {
  it('lists one level, or all of them with Recursive, and never its own path', async () => {
    const bench = openSsm();
    for (const name of ['/a', '/a/x', '/a/x/deep', '/ab/x', '/a/y']) await bench.put(name);
    expect((await readPages(bench, { Path: '/a' })).names).toEqual(['/a/x', '/a/y']);
    expect((await readPages(bench, { Path: '/a/' })).names).toEqual(['/a/x', '/a/y']);
    expect((await readPages(bench, { Path: '/a', Recursive: true })).names).toEqual([
      '/a/x',
      '/a/x/deep',
      '/a/y',
    ]);
    expect((await readPages(bench, { Path: '/', Recursive: true })).names).toHaveLength(5);
    expect((await readPages(bench, { Path: '/none' })).names).toEqual([]);
  });

  it('pages by ten', async () => {
    const bench = openSsm();
    for (let index = 0; index < 20; index += 1) await bench.put(`/a/p${index}`);
    expect((await readPages(bench, { Path: '/a' })).sizes).toEqual([10, 10]);
    expect((await readPages(bench, { Path: '/a', MaxResults: 8 })).sizes).toEqual([8, 8, 4]);
    const eleven = bench.ssm.send(new GetParametersByPathCommand({ Path: '/a', MaxResults: 11 }));
    expect(await failure(eleven)).toBe('ValidationException');
  });

  it('shows what was changed, added or removed since the same page was read', async () => {
    const { ssm, put } = openSsm();
    const values = async () =>
      (await ssm.send(new GetParametersByPathCommand({ Path: '/a' }))).Parameters?.map(
        ({ Name, Value, Version }) => `${Name} ${Value} ${Version}`,
      );
    await put('/a/x', { Value: 'one' });
    await put('/a/y', { Value: 'one' });
    expect(await values()).toEqual(['/a/x one 1', '/a/y one 1']);
    await put('/a/y', { Value: 'two', Overwrite: true });
    expect(await values()).toEqual(['/a/x one 1', '/a/y two 2']);
    await put('/a/z', { Value: 'one' });
    expect(await values()).toEqual(['/a/x one 1', '/a/y two 2', '/a/z one 1']);
    await ssm.send(new DeleteParameterCommand({ Name: '/a/y' }));
    expect(await values()).toEqual(['/a/x one 1', '/a/z one 1']);
  });

  it('asks for the key of each decrypted page, and seals the next one again', async () => {
    const { ssm, put, simulator } = openSsm();
    await put('/a/s', { Value: 'secret', Type: 'SecureString' });
    const read = async (WithDecryption: boolean) =>
      (await ssm.send(new GetParametersByPathCommand({ Path: '/a', WithDecryption }))).Parameters?.[0]?.Value;
    const sealed = await read(false);
    expect(await read(true)).toBe('secret');
    expect(await read(false)).toBe(sealed);
    simulator.switches.denials.push({ action: 'kms:Decrypt', resource: '*' });
    expect(await failure(read(true))).toBe('AccessDeniedException');
  });

  it('row 47: GetParametersByPath may return fewer items than asked, even none, with a NextToken', async () => {
    const bench = openSsm();
    await bench.put('/a/x');
    bench.service.forceEmptyPages(2);
    expect(await readPages(bench, { Path: '/a' })).toEqual({ sizes: [0, 0, 1], names: ['/a/x'] });
    bench.service.forceEmptyPages(1);
    expect(await readPages(bench, { Path: '/none' })).toEqual({ sizes: [0, 0], names: [] });
  });

  it('row 47: some pages are short when reads misbehave, and none of the items is lost', async () => {
    const bench = openSsm({ weather: { ...FAIR_WEATHER, staleReadsMs: 1000 } });
    for (let index = 0; index < 50; index += 1) await bench.put(`/a/p${index}`);
    await bench.clock.advance(2000);
    const { sizes, names } = await readPages(bench, { Path: '/a' });
    expect(new Set(names).size).toBe(50);
    expect(sizes.length).toBeGreaterThan(5);
  });

  it('refuses tokens it did not give, and those of another request', async () => {
    const { ssm, put } = openSsm();
    for (let index = 0; index < 3; index += 1) await put(`/a/p${index}`);
    const read = (input: GetParametersByPathCommandInput) => ssm.send(new GetParametersByPathCommand(input));
    expect(await failure(read({ Path: '/a', NextToken: 'garbage' }))).toBe('InvalidNextToken');
    const { NextToken } = await read({ Path: '/a', MaxResults: 1 });
    expect(await failure(read({ Path: '/b', NextToken }))).toBe('InvalidNextToken');
    expect((await read({ Path: '/a', NextToken })).Parameters).toHaveLength(2);
  });

  it('filters by type and label, and refuses other keys', async () => {
    const { ssm, put } = openSsm();
    await put('/a/plain');
    await put('/a/secret', { Type: 'SecureString' });
    await put('/a/plain', { Value: 'new', Overwrite: true });
    await ssm.send(
      new LabelParameterVersionCommand({ Name: '/a/plain', ParameterVersion: 1, Labels: ['live'] }),
    );
    const read = (Key: string, Values: string[]) =>
      ssm.send(new GetParametersByPathCommand({ Path: '/a', ParameterFilters: [{ Key, Values }] }));
    expect((await read('Type', ['SecureString'])).Parameters?.map(({ Name }) => Name)).toEqual(['/a/secret']);
    expect((await read('Label', ['live'])).Parameters).toMatchObject([{ Value: 'value', Version: 1 }]);
    expect(await failure(read('Name', ['/a']))).toBe('InvalidFilterKey');
    expect(await failure(read('tag:x', ['y']))).toBe('InvalidFilterKey');
  });

  it('row 49: without decryption a SecureString shows its version and ciphertext, never its value', async () => {
    const { ssm, put } = openSsm();
    await put('/a/config/TOKEN', { Type: 'SecureString', Value: 'hunter2' });
    const page = await ssm.send(new GetParametersByPathCommand({ Path: '/a/config' }));
    expect(page.Parameters).toMatchObject([{ Name: '/a/config/TOKEN', Version: 1 }]);
    expect(JSON.stringify(page)).not.toContain('hunter2');
    const open = await ssm.send(new GetParametersByPathCommand({ Path: '/a/config', WithDecryption: true }));
    expect(open.Parameters?.[0]?.Value).toBe('hunter2');
  });

  it('checks permission on the path, once for everything below it', async () => {
    const { ssm, put, simulator } = openSsm();
    await put('/a/b/c');
    simulator.switches.denials.push({ action: 'ssm:GetParametersByPath', resource: '*:parameter/a/b' });
    const read = (Path: string) =>
      failure(ssm.send(new GetParametersByPathCommand({ Path, Recursive: true })));
    expect(await read('/a/b/')).toBe('AccessDeniedException');
    expect(await read('/a')).toBe('no error');
  });

  it.each(['a', '', '/a//b', '/a b'])('refuses the path "%s"', async (Path) => {
    const { ssm } = openSsm();
    expect(await failure(ssm.send(new GetParametersByPathCommand({ Path })))).toBe('ValidationException');
  });
});

describe('GetParameterHistory', () => {
  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html
  it('lists the versions from the oldest on, with labels, and hides secrets', async () => {
    const { ssm, put } = openSsm();
    for (let version = 1; version <= 12; version += 1) {
      await put('/a', { Type: 'SecureString', Value: `hunter${version}`, Overwrite: true });
    }
    await ssm.send(new LabelParameterVersionCommand({ Name: '/a', ParameterVersion: 10, Labels: ['live'] }));
    const first = await ssm.send(new GetParameterHistoryCommand({ Name: '/a', MaxResults: 10 }));
    expect(first.Parameters?.map(({ Version }) => Version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(first.Parameters?.at(-1)).toMatchObject({ Labels: ['live'], Type: 'SecureString' });
    expect(JSON.stringify(first)).not.toContain('hunter');
    const rest = await ssm.send(
      new GetParameterHistoryCommand({ Name: '/a', NextToken: first.NextToken, WithDecryption: true }),
    );
    expect(rest.Parameters?.map(({ Value }) => Value)).toEqual(['hunter11', 'hunter12']);
  });

  it('knows no history of a missing parameter, and pages of at most 50', async () => {
    const { ssm, put } = openSsm();
    const read = (Name: string, MaxResults: number) =>
      failure(ssm.send(new GetParameterHistoryCommand({ Name, MaxResults })));
    await put('/a');
    expect(await read('/b', 50)).toBe('ParameterNotFound');
    expect(await read('/a', 51)).toBe('ValidationException');
  });
});

describe('reads after writes', () => {
  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html
  it('row 51: a write may take a moment to show, and never shows backwards', async () => {
    const { ssm, put, clock } = openSsm({ weather: { ...FAIR_WEATHER, staleReadsMs: 3000 } });
    const version = async () => {
      const found = await ssm.send(new GetParametersCommand({ Names: ['/a'] }));
      return found.Parameters?.[0]?.Version ?? 0;
    };
    await put('/a');
    expect(await version()).toBe(0);
    expect(await failure(put('/a'))).toBe('ParameterAlreadyExists');
    await put('/a', { Overwrite: true });
    const seen: number[] = [];
    for (let step = 0; step < 40; step += 1) {
      seen.push(await version());
      await clock.advance(100);
    }
    expect(seen.at(-1)).toBe(2);
    expect(seen).toEqual([...seen].sort());
    await ssm.send(new DeleteParameterCommand({ Name: '/a' }));
    await clock.advance(3000);
    expect(await version()).toBe(0);
  });

  it('row 51: no read lags behind longer than that, however often a parameter is written', async () => {
    const { ssm, put, clock } = openSsm({ weather: { ...FAIR_WEATHER, staleReadsMs: 3000 } });
    await put('/a');
    await clock.advance(3000);
    for (let version = 2; version < 20; version += 1) {
      await put('/a', { Overwrite: true });
      await clock.advance(1000);
      const { Parameters } = await ssm.send(new GetParametersCommand({ Names: ['/a'] }));
      // What was written four seconds ago shows.
      expect(Parameters?.[0]?.Version).toBeGreaterThanOrEqual(version - 2);
    }
  });

  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
  it('row 56: missing, denied and throttled are three different answers', async () => {
    const bench = openSsm();
    const read = () => failure(bench.ssm.send(new GetParameterCommand({ Name: '/a' })));
    expect(await read()).toBe('ParameterNotFound');
    bench.simulator.switches.denials.push({ action: 'ssm:GetParameter', resource: '*' });
    expect(await read()).toBe('AccessDeniedException');
    bench.simulator.switches.limits = true;
    for (let call = 0; call < 40; call += 1) await read();
    expect(await read()).toBe('ThrottlingException');
  });

  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
  it('row 57: nothing guards a read-modify-write; the last writer wins and leaves its name', async () => {
    const { ssm, put, simulator, client } = openSsm();
    const other = new SSMClient(client('other'));
    await put('/a', { Value: '[]' });
    await ssm.send(new PutParameterCommand({ Name: '/a', Value: '["mine"]', Overwrite: true }));
    await other.send(new PutParameterCommand({ Name: '/a', Value: '["theirs"]', Overwrite: true }));
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: '/a' }));
    expect(Parameters?.at(-1)).toMatchObject({
      Version: 3,
      Value: '["theirs"]',
      LastModifiedUser: 'arn:aws:iam::123456789012:user/other',
    });
    expect(simulator.calls.filter(({ operation }) => operation === 'PutParameter')).toHaveLength(3);
  });
});
